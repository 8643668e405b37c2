"""Protection of existing mangroves: stock difference in biomass, minus a baseline.

Our own statement in the frame of ISO 14064-2 and of the stock-difference method of the IPCC; see
``methodology/mangrove_protection``. The baseline is a module of its own: which one goes into the
graph is the choice.
"""

from __future__ import annotations

from mrv.accounting.protocol import Accounting

BASELINES = {
    "static": f"{__name__}.baseline_static",
    "natural_growth": f"{__name__}.baseline_natural_growth",
}
"""Module by baseline scenario."""

DEDUCTIONS = {
    "sampling": f"{__name__}.deduction_lower_bound",
    "total": f"{__name__}.deduction_lower_bound_total",
}
"""Module by the error that is deducted; the statement's own choice is the first."""

ACCOUNTING = Accounting(
    id="mangrove_protection",
    equations=(f"{__name__}.core", f"{__name__}.credits", f"{__name__}.uncertainty_total"),
    baselines=BASELINES,
    needs_stocks=True,
    credits=True,
    headline="net_removals",
    limits=("plausibility_limit_soft", "plausibility_limit_hard"),
    deductions=DEDUCTIONS,
)

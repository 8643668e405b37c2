"""Protection of existing mangroves: stock difference, minus a baseline.

Our own statement in the frame of ISO 14064-2 and of the stock-difference method of the IPCC; see
``methodology/mangrove_protection``. Each baseline, each way of counting soil or dead matter and each
deduction is a module of its own: which one goes into the graph is the choice.
"""

from __future__ import annotations

from mrv.accounting.protocol import Accounting

BASELINES = {
    "static": (f"{__name__}.baseline_static",),
    "natural_growth": (f"{__name__}.baseline_natural_growth",),
    "historical_loss": (f"{__name__}.baseline_historical_loss", f"{__name__}.avoided_loss"),
    "degradation": (f"{__name__}.baseline_degradation",),
    "control_area": (f"{__name__}.baseline_control_area",),
    "planned_conversion": (f"{__name__}.baseline_planned_conversion", f"{__name__}.avoided_loss"),
}
"""Modules by baseline scenario."""

SOIL = {
    "excluded": (f"{__name__}.soil_excluded",),
    "stock_difference": (f"{__name__}.soil_included", f"{__name__}.soil_by_stock_difference"),
    "rate": (f"{__name__}.soil_included", f"{__name__}.soil_by_rate"),
}
"""Modules by the way that soil is in the sink; it is not, unless the project says so."""

DEAD_MATTER = {
    "excluded": (f"{__name__}.dead_matter_excluded",),
    "included": (f"{__name__}.dead_matter_included",),
}
"""Modules by whether dead wood and litter are in the sink; they are not, unless the project says so."""

DEDUCTIONS = {
    "sampling": f"{__name__}.deduction_lower_bound",
    "total": f"{__name__}.deduction_lower_bound_total",
}
"""Module by the error that is deducted; the statement's own choice is the first."""

ISSUANCE = ("issuable_removals", "whole_credits", "vintage_share", "issuance", "carried_fraction")
"""Quantities that make an issuance."""

ACCOUNTING = Accounting(
    id="mangrove_protection",
    equations=tuple(f"{__name__}.{name}" for name in ("core", "emissions", "credits", "uncertainty_total")),
    baselines=BASELINES,
    needs_stocks=True,
    credits=True,
    headline="net_removals",
    limits=("plausibility_limit_soft", "plausibility_limit_hard"),
    deductions=DEDUCTIONS,
    soil=SOIL,
    dead_matter=DEAD_MATTER,
    issuance=ISSUANCE,
)

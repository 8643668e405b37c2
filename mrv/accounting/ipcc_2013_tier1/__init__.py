"""Tier 1 of the IPCC for mangroves: defaults, and no plots.

Growth of standing mangrove is one graph, by areas of strata. The other is what two maps of classes tell: the
carbon that each class holds and gains, and what a change of class releases.
"""

from __future__ import annotations

from mrv.accounting.protocol import Accounting

ACCOUNTING = Accounting(
    id="ipcc_2013_tier1",
    equations=(f"{__name__}.gain",),
    needs_stocks=False,
    credits=False,
    headline="net_removals",
    limits=("plausibility_limit_soft", "plausibility_limit_hard"),
    class_maps=(f"{__name__}.dead_matter", f"{__name__}.class_change"),
)

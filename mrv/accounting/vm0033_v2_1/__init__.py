"""Tidal wetland restoration by VM0033 v2.1: emissions without and with the project, year by year.

Emissions are positive and removals negative, as in that text, up to the net emission reductions; these and
all that follows are positive where the atmosphere gains. Every equation stands once, for both scenarios: the
dimension ``scenario`` holds ``baseline`` and ``project``. A series that a case gives takes the place of the
equation that would derive it from two surveys or from a default.
"""

from __future__ import annotations

from mrv.accounting.protocol import Accounting

ACCOUNTING = Accounting(
    id="vm0033_v2_1",
    equations=tuple(
        f"{__name__}.{module}"
        for module in (
            "tree_gain",
            "trees",
            "yearly",
            "biomass",
            "soil",
            "totals",
            "net",
            "uncertainty",
            "credits",
        )
    ),
    baselines={"static": (f"{__name__}.baseline_static",)},
    needs_stocks=True,
    credits=True,
    headline="net_removals",
    limits=("plausibility_limit_soft", "plausibility_limit_hard"),
    issuance=("issuable_removals", "issuance", "carried_fraction"),
)

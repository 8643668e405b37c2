"""What two censuses of tagged stems do not agree on, told and never mended.

All of it is told as notes: the stocks of the two dates do not depend on tags. A lost tag turns a survivor
into a death and a recruit; the change of stock stays what it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mrv.biomass.growth import annual_ingrowth, annual_mortality
from mrv.error_reference import diameter_standard_error
from mrv.findings import Finding, first_place

SHRINKAGE_ERRORS = 2 * math.sqrt(2)
"""Standard errors of a single diameter beyond which a stem's shrinkage is no error of measurement."""

LARGEST_GROWTH_CM_YR = 4.0
"""Growth in diameter above which a new stem must have been there before, under another tag. [cm/yr]"""

MORTALITY_LIMIT = 0.15
"""Annual mortality above which a stand is told. [1/yr]"""

INGROWTH_LIMIT = 0.20
"""Annual ingrowth above which a stand is told. [1/yr]"""


def _finding(stems: pd.DataFrame, rule: str, date: str, message: str, **values: object) -> list[Finding]:
    """One note for all stems, at the place of the first."""
    if not len(stems):
        return []
    place = first_place(stems[f"source_{date}"].astype(str))
    return [Finding(place, rule, message, {"count": len(stems), **values}, severity="note")]


def untagged(first: pd.DataFrame, second: pd.DataFrame) -> list[Finding]:
    """Live stems without a number in surveys that have numbers: their growth cannot be followed."""
    findings = []
    for trees in (first, second):
        without = trees[(trees["status"] == "live") & trees["tree_id"].isna()]
        if len(without):
            findings.append(
                Finding(
                    first_place(without["source"]),
                    "growth-untagged",
                    "no number ({count} of {all} stems, this the first); growth between the surveys is not "
                    "worked out",
                    {"count": len(without), "all": len(trees)},
                    severity="note",
                )
            )
    return findings


def vanished(stems: pd.DataFrame) -> list[Finding]:
    """Stems that were live and are not recorded again: dead and fallen, or without their tag."""
    gone = stems[(stems["fate"] == "died") & ~stems["in_second"]]
    return _finding(
        gone,
        "tag-vanished",
        "first",
        "not recorded at the second date ({count} of {all} live stems, this the first); counted as dead",
        all=int(stems["fate"].isin(["survived", "died"]).sum()),
    )


def resurrected(stems: pd.DataFrame) -> list[Finding]:
    """Stems that were dead and are live: another stem with the same tag, or a slip of the pen."""
    risen = stems[(stems["fate"] == "came") & stems["in_first"]]
    return _finding(
        risen,
        "tag-resurrected",
        "second",
        "live, but dead at the first date ({count} stems, this the first); counted as ingrowth",
    )


def too_large_to_be_new(stems: pd.DataFrame, smallest_cm: float, years: float) -> list[Finding]:
    """New stems larger than anything can grow from the smallest diameter that is measured."""
    limit = smallest_cm + LARGEST_GROWTH_CM_YR * years
    new = stems[(stems["fate"] == "came") & ~stems["in_first"]]
    return _finding(
        new[new["dbh_cm_second"] > limit],
        "tag-lost",
        "second",
        "not recorded at the first date, but above {limit:.1f} cm ({count} stems, this the first); was its "
        "tag replaced?",
        limit=limit,
    )


def _differs(stems: pd.DataFrame, column: str) -> pd.Series[bool]:
    one, other = stems[f"{column}_first"], stems[f"{column}_second"]
    known = one.notna() & other.notna()
    different: pd.Series[bool] = known & (one != other)
    return different


def renamed(stems: pd.DataFrame) -> list[Finding]:
    """Survivors whose species differs between the dates."""
    survivors = stems[stems["fate"] == "survived"]
    other = survivors[_differs(survivors, "species")]
    if not len(other):
        return []
    row = other.sort_values("source_second", kind="stable").iloc[0]
    return _finding(
        other,
        "tag-species",
        "second",
        "of another species than at the first date ({count} stems, such as tree {tree!r}: was {was}, is "
        "{found})",
        tree=row["tree_id_second"],
        was=row["species_first"],
        found=row["species_second"],
    )


def moved_measurement(stems: pd.DataFrame) -> list[Finding]:
    """Survivors measured at another height of the stem than before: their growth is not comparable."""
    survivors = stems[stems["fate"] == "survived"]
    moved = survivors[_differs(survivors, "pom") | _differs(survivors, "pom_m")]
    return _finding(
        moved,
        "point-of-measurement-moved",
        "second",
        "measured at another point than at the first date ({count} of {all} survivors, this the first); "
        "their growth holds the difference between the points",
        all=len(survivors),
    )


def shrunken(stems: pd.DataFrame) -> list[Finding]:
    """Survivors whose diameter fell by more than two errors of measurement explain."""
    survivors = stems[(stems["fate"] == "survived") & ~_differs(stems, "pom") & ~_differs(stems, "pom_m")]
    before, after = (survivors[f"dbh_cm_{date}"].to_numpy(dtype=np.float64) for date in ("first", "second"))
    limit = SHRINKAGE_ERRORS * diameter_standard_error(before)
    return _finding(
        survivors[after < before - limit],
        "diameter-shrunken",
        "second",
        "thinner than at the first date by more than errors of measurement explain ({count} of {all} "
        "survivors, this the first)",
        all=len(survivors),
    )


def rates(stems: pd.DataFrame, stratum_id: str, years: float, place: str) -> list[Finding]:
    """Mortality or ingrowth of a stratum above what stands without a disturbance show."""
    if not (stems["fate"] == "survived").any():
        return []
    findings = []
    deaths, arrivals = annual_mortality(stems, years), annual_ingrowth(stems, years)
    if deaths > MORTALITY_LIMIT:
        findings.append(
            Finding(
                place,
                "mortality-high",
                "{stratum}: {rate:.1%} of the stems die in a year, above {limit:.0%}; tell what happened, or "
                "look for lost tags",
                {"stratum": stratum_id, "rate": deaths, "limit": MORTALITY_LIMIT},
                severity="note",
            )
        )
    if arrivals > INGROWTH_LIMIT:
        findings.append(
            Finding(
                place,
                "ingrowth-high",
                "{stratum}: {rate:.1%} new stems in a year, above {limit:.0%}; tell what was planted, or "
                "look for lost tags",
                {"stratum": stratum_id, "rate": arrivals, "limit": INGROWTH_LIMIT},
                severity="note",
            )
        )
    return findings


def stem_findings(stems: pd.DataFrame, smallest_cm: float, years: float) -> list[Finding]:
    """Every finding on matched stems."""
    checks: Sequence[list[Finding]] = (
        vanished(stems),
        resurrected(stems),
        too_large_to_be_new(stems, smallest_cm, years),
        renamed(stems),
        moved_measurement(stems),
        shrunken(stems),
    )
    return [finding for check in checks for finding in check]

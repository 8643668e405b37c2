"""Two censuses of tagged stems: growth that no stem has, and sheets written in another unit the second time.

What else two censuses do not agree on, such as species, status and lost tags, is told by
:mod:`mrv.biomass.growth_findings`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pandas as pd

from mrv.biomass.growth import match_stems, with_tags
from mrv.error_reference import measurement_error
from mrv.findings import Finding, first_place
from mrv.plausibility import judge, limits, quality_rule
from mrv.quality.measuring_units import SLIPS, WORDS
from mrv.quality.repeats import censuses_copied
from mrv.quality.suspects import LIMIT_RULES, Suspect, range_text, row_list
from mrv.quality.tree_records import TreeRecords

CensusCheck = Callable[[TreeRecords, TreeRecords, float], Iterator[Suspect]]

DIAMETER_SLIPS = tuple(name for name, (dbh, _) in SLIPS.items() if dbh != 1.0)


def survivors(first: TreeRecords, second: TreeRecords) -> pd.DataFrame:
    """Tagged stems that are live at both dates, measured at the same point."""
    numbered = [
        with_tags(records.trees[records.trees["tree_id"].notna()]).drop_duplicates(["plot_id", "tag"])
        for records in (first, second)
    ]
    stems = match_stems(numbered[0], numbered[1])
    stems = stems[stems["fate"].eq("survived")]
    same = stems["pom_first"].eq(stems["pom_second"]) & (
        stems["pom_m_first"].isna()
        | stems["pom_m_second"].isna()
        | stems["pom_m_first"].eq(stems["pom_m_second"])
    )
    return stems[same & stems["dbh_cm_first"].notna() & stems["dbh_cm_second"].notna()]


def growth(first: TreeRecords, second: TreeRecords, years: float) -> Iterator[Suspect]:
    """Stems that grew or shrank more in a year than any does.

    Parameters
    ----------
    first, second : TreeRecords
    years : float
        Between the dates. [yr]
    """
    stems = survivors(first, second)
    rates = (stems["dbh_cm_second"] - stems["dbh_cm_first"]) / years
    wrong = stems[rates.map(lambda rate: judge("diameter_growth_cm_yr", rate) == "fail").astype(bool)]
    rule = LIMIT_RULES["diameter_growth_cm_yr"][1]
    allowed = range_text(limits()["diameter_growth_cm_yr"], hard=True)
    for position in range(len(wrong)):
        stem = wrong.iloc[position]
        yield Suspect(
            Finding(
                str(stem["source_second"]),
                rule,
                "tree {tree!r} of plot {plot!r} had {before} cm on {date} ({place}) and has {after} cm: "
                "{rate} cm a year; allowed without a written reason is {range}",
                {
                    "tree": stem["tree_id_second"],
                    "plot": stem["plot_id"],
                    "before": f"{stem['dbh_cm_first']:g}",
                    "after": f"{stem['dbh_cm_second']:g}",
                    "date": first.date,
                    "place": stem["source_first"],
                    "rate": f"{rates[wrong.index[position]]:+.2g}",
                    "range": allowed,
                },
                waivable=True,
            ),
            "trees",
            (str(stem["source_first"]), str(stem["source_second"])),
        )


def shrunk(first: TreeRecords, second: TreeRecords, years: float) -> Iterator[Suspect]:
    r"""Stems thinner than before by more than two careful measurements differ by chance.

    Parameters
    ----------
    first, second : TreeRecords
    years : float
        Between the dates. [yr]

    Notes
    -----
    .. math:: D_1 - D_2 > 2 \sqrt{2} u_D, \quad u_D = 0.0062 D_1 + 0.0904

    Those that shrank so fast that :func:`growth` refuses them are not told again.
    """
    stems = survivors(first, second)
    before, after = stems["dbh_cm_first"], stems["dbh_cm_second"]
    error = measurement_error("diameter_error_slope") * before + measurement_error("diameter_error_intercept")
    refused = ((after - before) / years).map(lambda rate: judge("diameter_growth_cm_yr", rate) == "fail")
    told = stems[(before - after > 2 * math.sqrt(2) * error) & ~refused.astype(bool)]
    if told.empty:
        return
    rows = told["source_second"].astype(str)
    yield Suspect(
        Finding(
            first_place(rows),
            "stem-shrunk",
            "{count} of {all} stems are thinner than on {date} by more than two measurements differ by "
            "chance: {rows}",
            {"count": len(told), "all": len(stems), "date": first.date, "rows": row_list(rows)},
            severity="note",
        ),
        "trees",
        tuple(sorted({*told["source_first"].astype(str), *rows})),
    )


def unit_between_censuses(first: TreeRecords, second: TreeRecords, _years: float) -> Iterator[Suspect]:
    """Plots whose diameters differ between two censuses by the factor of a slip of units."""
    stems = survivors(first, second)
    ratios = (stems["dbh_cm_second"] / stems["dbh_cm_first"]).map(math.log)
    for plot, group in ratios.groupby(stems["plot_id"], sort=True):
        if len(group) < quality_rule("sheet_minimum"):
            continue
        median = float(group.median())
        for name in DIAMETER_SLIPS:
            shift = math.log(SLIPS[name][0])
            for sign in (1, -1):
                # Nearer to the slip than to no slip: a stand that grows by half of it grows very fast.
                if abs(median - sign * shift) < shift / 4:
                    yield _between(stems.loc[group.index], str(plot), name, first, second, median)


def _between(
    stems: pd.DataFrame, plot: str, slip: str, first: TreeRecords, second: TreeRecords, median: float
) -> Suspect:
    later = median > 0
    rows = stems["source_second" if later else "source_first"].astype(str)
    return Suspect(
        Finding(
            str(rows.iloc[0]),
            "unit-between-censuses",
            "the {count} stems of plot {plot!r} known from both dates are {factor} times as thick on "
            "{late} as on {early}; {date} looks like {slip}",
            {
                "count": len(stems),
                "plot": plot,
                "factor": f"{math.exp(median):.2g}",
                "early": first.date,
                "late": second.date,
                "date": second.date if later else first.date,
                "slip": WORDS[slip],
            },
            waivable=True,
        ),
        "trees",
        tuple(sorted(set(rows))),
    )


def copied(first: TreeRecords, second: TreeRecords, _years: float) -> Iterator[Suspect]:
    """Plots whose second census is a copy of the first."""
    yield from censuses_copied(first, second)


CENSUS_CHECKS: tuple[CensusCheck, ...] = (growth, shrunk, unit_between_censuses, copied)
"""Rules on two surveys that follow each other."""

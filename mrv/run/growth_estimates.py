"""Growth between the first and the last survey of a run, where the stems of both carry tags."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from mrv.accounting.vintages import period_years
from mrv.biomass.growth import COMPONENTS, fates_of_plots, growth_table, match_stems, with_tags
from mrv.biomass.growth_findings import rates, stem_findings, untagged
from mrv.findings import Finding
from mrv.inputs import Subplot, Survey
from mrv.run.survey_estimates import SurveyTables
from mrv.stock.by_design import DESIGN_COLUMNS
from mrv.stock.change import independent_change
from mrv.stock.stocks import StockEstimate, estimate_stocks
from mrv.units import CO2_PER_C

UNIT = "t_c/ha/yr"


@dataclass(frozen=True)
class Growth:
    """Components of change between two surveys.

    Attributes
    ----------
    table : DataFrame
        One row per plot measured at both dates and pool.
    estimates : mapping
        By component, its estimates by stratum and pool, and for the project. [t_c/ha/yr]
    """

    table: pd.DataFrame
    estimates: Mapping[str, Sequence[StockEstimate]]


def _rules(subplots: Sequence[Subplot]) -> set[tuple[float, float, float]]:
    return {(subplot.total_area_m2, subplot.dbh_min_cm, subplot.dbh_limit_cm) for subplot in subplots}


def _comparable(first: Survey, second: Survey, place: str) -> list[Finding]:
    """Whether stems can be followed: the same rule of sizes, and stems numbered alike, at both dates."""
    if _rules(first.subplots) != _rules(second.subplots):
        return [
            Finding(
                place,
                "growth-size-rule",
                "the surveys of {first} and {second} measured by different subplots; growth between them is "
                "not worked out",
                {"first": first.date, "second": second.date},
                severity="note",
            )
        ]
    if first.trees["stem_id"].notna().any() != second.trees["stem_id"].notna().any():
        return [
            Finding(
                place,
                "growth-stems",
                "only one of the surveys of {first} and {second} numbers the stems of a tree; growth between "
                "them is not worked out",
                {"first": first.date, "second": second.date},
                severity="note",
            )
        ]
    return []


def _plots_left_out(first: SurveyTables, second: SurveyTables, both: set[str], place: str) -> list[Finding]:
    """Plots measured at one of the dates only: they count in the stocks, and no growth can be had of them."""
    single = sorted((set(first.plots["plot_id"]) | set(second.plots["plot_id"])) - both)
    if not single:
        return []
    return [
        Finding(
            place,
            "growth-plots",
            "{count} plots were measured at one of the dates {first} and {second} only, such as {plot}; "
            "growth is that of the others",
            {"count": len(single), "first": first.date, "second": second.date, "plot": single[0]},
            severity="note",
        )
    ]


def _smallest_cm(survey: Survey) -> float:
    if survey.subplots:
        return min(subplot.dbh_min_cm for subplot in survey.subplots)
    return float(survey.trees["dbh_cm"].min())


def _estimates(
    table: pd.DataFrame, tables: SurveyTables, areas_ha: Mapping[str, float], dates: str
) -> dict[str, list[StockEstimate]]:
    estimates: dict[str, list[StockEstimate]] = {}
    for component in COMPONENTS:
        by_pool = [
            estimate
            for pool, rows in table.groupby("pool", sort=True)
            for estimate in estimate_stocks(
                rows, tables.design.plain, areas_ha, dates, {str(pool): (f"{component}_t_c_ha_yr", UNIT)}
            )
        ]
        estimates[component] = by_pool
    return estimates


def growth_between(
    surveys: Sequence[Survey],
    tables: Sequence[SurveyTables],
    areas_ha: Mapping[str, float],
    carbon_fraction: Mapping[str, float],
    place: str,
) -> tuple[Growth | None, list[Finding]]:
    """Growth between the first and the last survey.

    Parameters
    ----------
    surveys, tables : sequence
        Surveys and their tables with biomass, in the same order.
    areas_ha : mapping
    carbon_fraction : mapping
        By pool in the sink. [t_c/t_dm]
    place : str
        Place of the surveys in the project file.

    Returns
    -------
    Growth or None
        None without two surveys whose stems are tagged and measured alike.
    list of Finding
        Notes only: the stocks do not depend on tags.
    """
    if len(tables) < 2:
        return None, []
    first, second = tables[0], tables[-1]
    if not all(survey.trees["tree_id"].notna().any() for survey in (first, second)):
        return None, []
    plots = first.plots.merge(second.plots[["plot_id", "stratum_id"]], on=["plot_id", "stratum_id"])
    names = plots["plot_id"]
    one, other = (with_tags(part.trees[part.trees["plot_id"].isin(names)]) for part in (first, second))
    findings = _comparable(surveys[0], surveys[-1], place) + untagged(one, other)
    if findings or plots.empty:
        return None, findings
    years = period_years(first.date, second.date)
    stems = match_stems(one, other)
    findings = _plots_left_out(first, second, set(names), place)
    findings += stem_findings(stems, _smallest_cm(surveys[-1]), years)
    stratum = stems["plot_id"].map(plots.set_index("plot_id")["stratum_id"])
    for stratum_id, group in stems.groupby(stratum, sort=True):
        findings += rates(group, str(stratum_id), years, place)
    columns = list(DESIGN_COLUMNS)
    table = (
        plots[columns]
        .merge(fates_of_plots(stems, list(names)), on="plot_id")
        .merge(growth_table(one, other, list(names), carbon_fraction, years), on="plot_id")
        .assign(first=first.date, second=second.date, years=years)
        .sort_values(["stratum_id", "plot_id", "pool"], kind="stable", ignore_index=True)
    )
    return Growth(table, _estimates(table, second, areas_ha, f"{first.date}/{second.date}")), findings


def sink_if_independent(
    stocks: Sequence[StockEstimate], changes: Sequence[StockEstimate]
) -> list[StockEstimate]:
    """Sinks with the standard error that they would have if no plot had been measured twice. [t_co2e/ha/yr]

    Parameters
    ----------
    stocks : sequence of StockEstimate
        Carbon per hectare of both dates. [t_c/ha]
    changes : sequence of StockEstimate
        The changes as they are estimated.
    """
    carbon = {(s.stratum_id, s.pool, s.date): s.estimate for s in stocks if s.unit == "t_c/ha"}
    sinks = []
    for change in changes:
        first, second = change.date.split("/")
        ends = [carbon[change.stratum_id, change.pool, date] for date in (first, second)]
        if not all(math.isfinite(end.standard_error) for end in ends):
            continue
        rate = independent_change(*ends).times(CO2_PER_C / period_years(first, second))
        sinks.append(replace(change, unit="t_co2e/ha/yr", estimate=rate))
    return sinks

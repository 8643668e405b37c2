"""What stands beside the estimates of a design: the plain mean, other variances of a grid, other changes.

None of it enters a total, a sink that is accounted, or a credit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from mrv.findings import Finding
from mrv.run.figures import error_figure, stock_figures
from mrv.run.results import Figure
from mrv.run.skewed_figures import skewed_figures
from mrv.run.survey_estimates import TOTAL, SurveyTables, carbon_pools
from mrv.sampling.frame import cells
from mrv.stock.change import partial_replacement
from mrv.stock.estimators import Estimate, mean
from mrv.stock.stocks import StockEstimate, estimate_changes, estimate_stocks
from mrv.stock.systematic import METHODS, correlated_grid, neighbour_differences, neighbours_on_grid

FEWEST_ON_GRID = 8
"""Plots of a stratum from which on neighbours are compared."""

CELLS, CELLS_PER_PLOT, MOST_CELLS = 900, 9, 3600
"""Cells into which a stratum is cut: at least, for each plot (well below the step of the grid), at most."""

FEWEST_MATCHED = 4
"""Plots measured twice from which on weights are estimated."""

SINGLE_PLOTS = ("simple_random", "stratified", "systematic")


def plain_figures(
    surveys: Sequence[SurveyTables], areas_ha: Mapping[str, float], level: float
) -> list[Figure]:
    """Carbon per hectare, and its change, from the plots alone, where an estimator uses more. [t_c/ha]"""
    figures: list[Figure] = []
    if all(survey.design.known is None for survey in surveys):
        return figures
    pools = carbon_pools([])
    for survey in surveys:
        stocks = estimate_stocks(survey.plots, survey.design.plain, areas_ha, survey.date, pools)
        figures += stock_figures("carbon_density_plain", stocks, level)
    if len(surveys) > 1:
        first, last = surveys[0], surveys[-1]
        changes = estimate_changes(
            first.plots,
            last.plots,
            (first.design.plain, last.design.plain),
            areas_ha,
            (first.date, last.date),
            pools,
        )
        figures += stock_figures("carbon_stock_change_plain", changes, level)
    return figures


def _grids(plots: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Strata whose plots have coordinates and are enough to compare neighbours."""
    located = plots[["x_m", "y_m"]].notna().all(axis=1)
    return [
        (str(name), group)
        for name, group in plots.groupby("stratum_id", sort=True)
        if len(group) >= FEWEST_ON_GRID and located[group.index].all()
    ]


def _grid_figures(
    plots: pd.DataFrame, column: str, quantity: str, date: str, places: Mapping[str, BaseGeometry]
) -> list[Figure]:
    figures = []
    for stratum, group in _grids(plots):
        values, coordinates = (group[names].to_numpy(dtype=np.float64) for names in (column, ["x_m", "y_m"]))
        pairs = neighbours_on_grid(coordinates)
        found = {"neighbour": neighbour_differences(values, pairs)}
        if stratum in places:
            wanted = min(max(CELLS, CELLS_PER_PLOT * len(values)), MOST_CELLS)
            region, side = cells(places[stratum], wanted)
            found["grid"] = correlated_grid(values, coordinates, region, side, pairs)
        for name, error in found.items():
            if math.isfinite(error):
                estimate = Estimate(mean(values), error, len(values) - 1, len(values), METHODS[name])
                stock = StockEstimate(stratum, TOTAL, date, "t_c/ha", estimate)
                figures.append(error_figure(f"{quantity}_{name}_standard_error", stock))
    return figures


def grid_figures(surveys: Sequence[SurveyTables], places: Mapping[str, BaseGeometry]) -> list[Figure]:
    """Standard errors of systematic samples from neighbours on the grid, by stratum. [t_c/ha]

    Of the stock at each date, and of the change where the same plots were measured. What depends on the form
    of the stratum is left out where it has no polygon.
    """
    figures: list[Figure] = []
    column = f"{TOTAL}_t_c_ha"
    for survey in surveys:
        if survey.design.kind == "systematic":
            figures += _grid_figures(survey.plots, column, "carbon_density", survey.date, places)
    if len(surveys) > 1 and all(s.design.kind == "systematic" for s in (surveys[0], surveys[-1])):
        first, last = surveys[0], surveys[-1]
        keys = ["plot_id", "stratum_id"]
        both = last.plots.merge(first.plots[[*keys, column]], on=keys, suffixes=("", "_first"))
        if len(both) == len(first.plots) == len(last.plots):
            changed = both.assign(**{column: both[column] - both[f"{column}_first"]})
            figures += _grid_figures(
                changed, column, "carbon_stock_change", f"{first.date}/{last.date}", places
            )
    return figures


def _values(survey: SurveyTables, stratum: str) -> dict[str, float]:
    own = survey.plots[survey.plots["stratum_id"].astype("str") == stratum]
    return dict(zip(own["plot_id"].astype("str"), own[f"{TOTAL}_t_c_ha"].astype(float), strict=True))


def replacement_figures(surveys: Sequence[SurveyTables], level: float) -> list[Figure]:
    """Change of carbon by the weights of least variance, where only some plots were measured twice. [t_c/ha]

    It leans on the plots that were found again. What is accounted is the difference of the means of all
    plots, which is right whichever were lost.
    """
    if len(surveys) < 2:
        return []
    first, last = surveys[0], surveys[-1]
    if not all(s.design.kind in SINGLE_PLOTS and s.design.known is None for s in (first, last)):
        return []
    estimates = []
    strata = set(first.plots["stratum_id"].astype("str")) & set(last.plots["stratum_id"].astype("str"))
    for stratum in sorted(strata):
        one, other = _values(first, stratum), _values(last, stratum)
        matched = one.keys() & other.keys()
        if one.keys() == other.keys() or len(matched) < FEWEST_MATCHED:
            continue
        estimate = partial_replacement(one, other).change
        dates = f"{first.date}/{last.date}"
        estimates.append(StockEstimate(stratum, TOTAL, dates, "t_c/ha", estimate))
    return stock_figures("carbon_stock_change_least_variance", estimates, level)


def supplements(
    surveys: Sequence[SurveyTables],
    areas_ha: Mapping[str, float],
    level: float,
    places: Mapping[str, BaseGeometry],
) -> list[Figure]:
    """All figures that stand beside the estimates.

    Parameters
    ----------
    surveys : sequence of SurveyTables
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    level : float
        Confidence level.
    places : mapping
        Polygon of each stratum, where there is geometry. [m]
    """
    return [
        *plain_figures(surveys, areas_ha, level),
        *grid_figures(surveys, places),
        *replacement_figures(surveys, level),
        *skewed_figures(surveys, areas_ha, level),
    ]


def unmatched_findings(surveys: Sequence[SurveyTables], place: str) -> list[Finding]:
    """Plots measured at one of the two dates only, by name, and how their stratum's change is estimated."""
    if len(surveys) < 2:
        return []
    first, last = surveys[0], surveys[-1]
    keys = [
        set(zip(s.plots["stratum_id"].astype(str), s.plots["plot_id"].astype(str), strict=True))
        for s in (first, last)
    ]
    findings = []
    for stratum in sorted({name for name, _ in keys[0]} & {name for name, _ in keys[1]}):
        one, other = ({plot for name, plot in found if name == stratum} for found in keys)
        if one == other:
            continue
        values = {
            "stratum": stratum,
            "matched": len(one & other),
            "first": first.date,
            "second": last.date,
            "lost": ", ".join(sorted(one - other)) or "–",
            "new": ", ".join(sorted(other - one)) or "–",
        }
        message = (
            "stratum {stratum!r}: {matched} plots were measured at both dates, only at {first}: {lost}, only "
            "at {second}: {new}; the change is that of partial replacement, and no plot is dropped"
            if one & other
            else "stratum {stratum!r}: no plot was measured at both dates, only at {first}: {lost}, only at "
            "{second}: {new}; the change is that of independent samples"
        )
        findings.append(Finding(place, "plots-unmatched", message, values, severity="note"))
    return findings

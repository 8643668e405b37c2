"""Figures with the error from everything beside that of sampling, and the budget as people read it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from mrv.accounting.vintages import period_years
from mrv.run.drawn_figures import Array, Total
from mrv.run.error_budget import BASES, ErrorBudget, Share
from mrv.run.figures import finite
from mrv.run.ground_figures import GroundBudget
from mrv.run.methodology_draws import place_key
from mrv.run.results import ErrorBudgetRecord, ErrorComponent, Figure, IntervalRecord
from mrv.run.survey_estimates import TOTAL
from mrv.units import CO2_PER_C

if TYPE_CHECKING:
    from mrv.methodologies import Methodology
    from mrv.run.soil_budget import SoilBudget, SoilShare

DENSITIES = {"biomass_density": "t_dm/ha", "carbon_density": "t_c/ha", "carbon_stock_change": "t_c/ha"}
"""Figures that are draws as they are, and their unit."""

STOCKS = {"biomass_stock": "t_dm/ha", "carbon_stock": "t_c/ha"}
"""Figures that are draws times the area, and the unit of the draws."""


def _draws(figure: Figure, budget: ErrorBudget) -> Array | None:
    """Draws of a figure of stocks or sinks; None for any other."""
    stratum, pool = figure.index.get("stratum"), figure.index.get("pool", "")
    date = figure.index.get("date", f"{budget.dates[0]}/{budget.dates[-1]}")
    if stratum is not None and stratum not in budget.strata:
        return None
    if figure.quantity in DENSITIES:
        return budget.density(stratum, pool, date, DENSITIES[figure.quantity])
    if figure.quantity in STOCKS:
        return budget.density(stratum, pool, date, STOCKS[figure.quantity]) * budget.area(stratum)
    if figure.quantity == "carbon_sink":
        years = period_years(*date.split("/"))
        return budget.density(stratum, pool, date, "t_c/ha") * (CO2_PER_C / years)
    return None


def with_total(figure: Figure, total: Total | None, level: float) -> Figure:
    """Figure with its error from everything, where there is one."""
    if total is None:
        return figure
    return figure.model_copy(
        update={
            "total_standard_error": finite(total.standard_error),
            "total_interval": IntervalRecord(
                level=level,
                low=total.limits.low,
                high=total.limits.high,
                half_width=total.limits.half_width,
            ),
            "monte_carlo_error": finite(total.monte_carlo_error),
        }
    )


def with_totals(
    figures: list[Figure],
    budget: ErrorBudget | None,
    ground: GroundBudget | None,
    level: float,
    net_level: float,
    totals: Mapping[str, Total],
) -> list[Figure]:
    """Figures with the interval from all errors, where there is one.

    Parameters
    ----------
    figures : list of Figure
    budget : ErrorBudget or None
    ground : GroundBudget or None
        Draws of the pools on the ground.
    level, net_level : float
        Confidence level of stocks, and of what the methodology gives.
    totals : mapping
        Errors of what the methodology gives, by :func:`mrv.run.methodology_draws.place_key`.
    """
    if budget is None or ground is None:
        return figures
    found = []
    for figure in figures:
        of_methodology = totals.get(place_key(figure.quantity, figure.index))
        draws = None
        if figure.value is not None and of_methodology is None:
            draws = _draws(figure, budget) if _known(figure, budget) else ground.density(figure)
        total = budget.total(draws, level) if draws is not None else None
        found.append(
            with_total(figure, of_methodology, net_level)
            if of_methodology
            else with_total(figure, total, level)
        )
    return found


def _known(figure: Figure, budget: ErrorBudget) -> bool:
    """Whether the draws hold a figure's pool: those of trees, and carbon of the pools in the sink."""
    pool = figure.index.get("pool", "")
    in_sink = budget.drawn.shared.carbon_fraction
    return (
        pool == TOTAL
        or pool in in_sink
        or (pool == "dead_wood" and figure.quantity in ("biomass_density", "biomass_stock"))
    )


def budget_record(budget: ErrorBudget | None, soil: SoilBudget | None) -> ErrorBudgetRecord | None:
    """The budget for ``results.json``: of trees and of soil, areas once for both."""
    if budget is None and soil is None:
        return None
    settled = budget.settled if budget is not None else None
    noise = budget.tree_noise if budget is not None else (math.nan, math.nan)
    trees = [_component(share) for share in budget.shares] if budget is not None else []
    drawn = budget.drawn.stock.shape[-1] if budget is not None else 0
    return ErrorBudgetRecord(
        draws=int(drawn) or (soil.draws if soil is not None else 0),
        settled=settled.reached if settled is not None else None,
        settled_within=finite(settled.error) if settled is not None else None,
        tolerance=finite(settled.tolerance) if settled is not None else None,
        tree_noise_share_of_stock_sampling=finite(noise[0]),
        tree_noise_share_of_sink_sampling=finite(noise[1]),
        soil_sink_method=(soil.sink_method or None) if soil is not None else None,
        components=_joined(trees, soil.shares if soil is not None else ()),
    )


def _component(share: Share) -> ErrorComponent:
    values = {basis: share.of_variance.get(basis, math.nan) for basis in BASES}
    return ErrorComponent(
        component=share.component,
        state=share.state,
        share_of_stock_variance=finite(values["stock"]),
        share_of_sink_variance=finite(values["sink"]),
        share_of_net_removals_variance=finite(values["net_removals"]),
        because=share.because or None,
    )


def _joined(trees: list[ErrorComponent], soil: Sequence[SoilShare]) -> list[ErrorComponent]:
    """Components of trees and of soil; what acts on both, the areas, stands once."""
    of_soil: dict[str, dict[str, float | None]] = {
        share.component: {
            "share_of_soil_stock_variance": share.of_stock,
            "share_of_soil_sink_variance": share.of_sink,
        }
        for share in soil
    }
    joined = [entry.model_copy(update=of_soil.get(entry.component, {})) for entry in trees]
    known = {entry.component for entry in trees}
    return joined + [
        ErrorComponent(
            component=share.component,
            state=share.state,
            share_of_stock_variance=None,
            share_of_sink_variance=None,
            share_of_net_removals_variance=None,
            because=share.because or None,
            **of_soil[share.component],
        )
        for share in soil
        if share.component not in known
    ]


def budget_table(record: ErrorBudgetRecord, document: Methodology | None) -> pd.DataFrame:
    """The budget as a table, one row for each component; with the methodology that gives net removals."""
    stated = {
        "methodology": document.id if document else None,
        "conformance": document.conformance if document else None,
    }
    return pd.DataFrame([{**component.model_dump(), **stated} for component in record.components])

"""Figures of pools on the ground, and their draws."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.run.drawn_figures import over_strata
from mrv.run.error_budget import ErrorBudget
from mrv.run.figures import stock_figures
from mrv.run.ground_pools import GroundPool
from mrv.run.results import Figure
from mrv.run.survey_estimates import SurveyTables
from mrv.stock.by_design import stratum_estimator
from mrv.stock.stocks import StockEstimate, estimate_stocks
from mrv.uncertainty.ground import GroundDraws, GroundModel, GroundStratum, draw_ground
from mrv.uncertainty.sampling import replicates_of, sampled_stratum
from mrv.uncertainty.shared import Normal

Array = NDArray[np.float64]


def ground_stocks(survey: SurveyTables, areas_ha: Mapping[str, float], pool: str) -> list[StockEstimate]:
    """Dry mass of a pool by stratum and for the project, from the plots that were looked at. [t_dm/ha]

    The project has a figure where every stratum has: a stratum nobody looked at is not like the others.
    """
    column = f"{pool}_t_ha"
    seen = survey.plots[survey.plots[column].notna()]
    if seen.empty:
        return []
    estimates = estimate_stocks(seen, survey.design.plain, areas_ha, survey.date, {pool: (column, "t_dm/ha")})
    whole = set(seen["stratum_id"]) == set(survey.plots["stratum_id"])
    return [entry for entry in estimates if whole or entry.stratum_id is not None]


def _carbon(stock: StockEstimate, fraction: float) -> StockEstimate:
    return StockEstimate(stock.stratum_id, stock.pool, stock.date, "t_c/ha", stock.estimate.times(fraction))


def ground_figures(
    surveys: Sequence[SurveyTables],
    areas_ha: Mapping[str, float],
    level: float,
    in_sink: Collection[str],
) -> list[Figure]:
    """Dry mass and carbon of the pools on the ground that are only reported, by stratum and date."""
    figures: list[Figure] = []
    for survey in surveys:
        for pool, taken in survey.ground.items():
            if pool in in_sink:
                continue
            stocks = ground_stocks(survey, areas_ha, pool)
            figures += stock_figures("biomass_density", stocks, level)
            if taken.carbon_fraction is not None:
                carbon = [_carbon(stock, taken.carbon_fraction.value) for stock in stocks]
                figures += stock_figures("carbon_density", carbon, level)
    return figures


def _model(survey: SurveyTables, taken: GroundPool, areas_ha: Mapping[str, float]) -> GroundModel:
    plots = survey.plots.reset_index(drop=True)
    parts = taken.parts.reindex(pd.Index(plots["plot_id"].astype("str"))).to_numpy(dtype=np.float64)
    seen = plots[plots[f"{taken.pool}_t_ha"].notna()]
    strata = []
    for stock in ground_stocks(survey, areas_ha, taken.pool):
        if stock.stratum_id is None:
            continue
        found = stratum_estimator(seen, survey.design.plain, stock.stratum_id, areas_ha[stock.stratum_id])
        replicates = replicates_of([found.estimator])
        sample = sampled_stratum(found.plots.index.to_numpy(dtype=np.intp), found.estimator, replicates)
        known = math.isfinite(stock.estimate.standard_error)
        df = stock.estimate.degrees_of_freedom if known else None
        strata.append(GroundStratum(stock.stratum_id, len(replicates), sample, df))
    fraction = taken.carbon_fraction
    return GroundModel(
        taken.pool,
        parts,
        {name: Normal(factor.value, factor.standard_error or 0.0) for name, factor in taken.factors.items()},
        Normal(fraction.value, fraction.standard_error or 0.0) if fraction is not None else None,
        strata,
    )


class GroundBudget:
    """Draws of every pool on the ground that is only reported, beside those of the trees."""

    def __init__(
        self,
        surveys: Sequence[SurveyTables],
        areas_ha: Mapping[str, float],
        budget: ErrorBudget,
        in_sink: Collection[str],
    ) -> None:
        self._areas = {name: budget.area(name) for name in budget.strata}
        self._drawn: dict[tuple[str, str], tuple[GroundModel, GroundDraws]] = {}
        streams, draws = budget.model.stand.streams, int(budget.drawn.stock.shape[-1])
        for survey in surveys:
            for pool, taken in survey.ground.items():
                if pool in in_sink:
                    continue
                model = _model(survey, taken, areas_ha)
                if model.strata:
                    self._drawn[pool, survey.date] = (model, draw_ground(model, streams, draws))

    def density(self, figure: Figure) -> Array | None:
        """Draws of a figure of these pools, shape (2, draws); None where sampling has no known error."""
        key = (figure.index.get("pool", ""), figure.index.get("date", ""))
        if key not in self._drawn or figure.quantity not in ("biomass_density", "carbon_density"):
            return None
        model, drawn = self._drawn[key]
        names = [stratum.stratum_id for stratum in model.strata]
        if any(stratum.degrees_of_freedom is None for stratum in model.strata):
            return None
        stratum = figure.index.get("stratum")
        values = (
            drawn.biomass[:, names.index(stratum)]
            if stratum is not None
            else over_strata(drawn.biomass, np.stack([self._areas[name] for name in names]))
        )
        if figure.quantity == "biomass_density":
            return np.asarray(values)
        return np.asarray(values * drawn.carbon_fraction) if drawn.carbon_fraction is not None else None

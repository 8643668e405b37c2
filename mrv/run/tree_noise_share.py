"""How much of the sampling variance is chance at single trees: told beside the budget, added to nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.reference import Equation
from mrv.run.survey_estimates import TOTAL, SurveyTables
from mrv.stock.stocks import StockEstimate
from mrv.uncertainty.simulation import StratumModel
from mrv.uncertainty.tree_noise import TreeMoments, noise_variance, tree_moments

Array = NDArray[np.float64]

TREE = ["plot_id", "tree_id", "stem_id"]


def _plot_weights(
    strata: Sequence[StratumModel], survey: int, plots: Sequence[str], shares: Mapping[str, float]
) -> dict[str, float]:
    """Weight of each plot in the mean of the project."""
    return {
        plots[row]: shares[stratum.stratum_id] * weight
        for stratum in strata
        if (sample := stratum.samples[survey]) is not None
        for row, weight in zip(sample.rows, sample.estimator.weights, strict=True)
        if weight
    }


def _same_trees(first: pd.DataFrame, second: pd.DataFrame) -> tuple[Array, Array]:
    """Positions of the stems measured at both dates, by plot, tree and stem."""
    keys = [
        frame[TREE]
        .astype("str")
        .assign(position=np.arange(len(frame)))[frame["tree_id"].notna().to_numpy()]
        .drop_duplicates(TREE, keep=False)
        for frame in (first, second)
    ]
    both = keys[0].merge(keys[1], on=TREE, suffixes=("_first", "_second"))
    return both["position_first"].to_numpy(), both["position_second"].to_numpy()


def _project_error(estimates: Sequence[StockEstimate], date: str) -> float:
    for entry in estimates:
        whole = entry.stratum_id is None and entry.pool == TOTAL and entry.unit == "t_c/ha"
        if whole and entry.date == date:
            return entry.estimate.standard_error
    return math.nan


def tree_noise_shares(
    surveys: Sequence[SurveyTables],
    strata: Sequence[StratumModel],
    areas_ha: Mapping[str, float],
    equations: Mapping[str, Equation],
    carbon_fraction: Mapping[str, float],
    stocks: Sequence[StockEstimate],
    changes: Sequence[StockEstimate],
) -> tuple[float, float]:
    """Share of chance at single trees in the sampling variance of the project's stock and of its sink.

    Returns
    -------
    pair of float
        Stock of the last survey; sink. NaN where the project has no such figure or no sampling error. [1]
    """
    names = [stratum.stratum_id for stratum in strata]
    whole = math.fsum(areas_ha[name] for name in names)
    shares = {name: areas_ha[name] / whole if len(names) > 1 else 1.0 for name in names}
    stock_error = _project_error(stocks, surveys[-1].date)
    sink_error = _project_error(changes, f"{surveys[0].date}/{surveys[-1].date}")
    if not stock_error > 0:
        return math.nan, math.nan

    def moments(number: int) -> TreeMoments:
        survey = surveys[number]
        weights = _plot_weights(strata, number, list(survey.plots["plot_id"].astype("str")), shares)
        weight = np.array([weights.get(plot, 0.0) for plot in survey.trees["plot_id"].astype("str")])
        return tree_moments(survey.trees, equations, carbon_fraction, weight)

    last = moments(-1)
    of_stock = noise_variance([last]) / stock_error**2
    if len(surveys) < 2 or not sink_error > 0:
        return of_stock, math.nan
    first = moments(0)
    pairs = _same_trees(surveys[0].trees, surveys[-1].trees)
    return of_stock, noise_variance([first, last], pairs) / sink_error**2

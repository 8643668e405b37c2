"""Stocks per hectare of each stratum, pool and date, and their change between two dates.

The replicate is what the design drew: the plot, or the cluster of plots. A change is estimated on
the plots measured at both dates, so that what the dates share cancels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mrv.stock.by_design import SampleDesign, stratum_estimator
from mrv.stock.estimators import Estimate, stratified
from mrv.stock.linear import change


@dataclass(frozen=True)
class StockEstimate:
    """A stock per hectare of one stratum (None: the project), pool and date, in t/ha of its unit.

    For a change, ``date`` is ``first/second``.
    """

    stratum_id: str | None
    pool: str
    date: str
    unit: str
    estimate: Estimate


def project_mean(strata: Sequence[Estimate], areas_ha: Sequence[float]) -> Estimate | None:
    """Mean per hectare of the whole project; None where strata have no known area to weight them by."""
    if len(strata) == 1:
        return strata[0]
    areas = np.array(areas_ha, dtype=np.float64)
    if np.isnan(areas).any():
        return None
    return stratified(areas / math.fsum(areas), strata)


def _with_project(
    estimates: Mapping[str, Estimate], areas_ha: Mapping[str, float], pool: str, date: str, unit: str
) -> list[StockEstimate]:
    strata = [
        StockEstimate(stratum_id, pool, date, unit, estimate) for stratum_id, estimate in estimates.items()
    ]
    whole = project_mean(list(estimates.values()), [areas_ha[name] for name in estimates])
    return strata + ([StockEstimate(None, pool, date, unit, whole)] if whole else [])


def estimate_stocks(
    plots: pd.DataFrame,
    design: SampleDesign,
    areas_ha: Mapping[str, float],
    date: str,
    pools: Mapping[str, tuple[str, str]],
) -> list[StockEstimate]:
    """Stocks of a survey by stratum and pool, and for the project where areas are known.

    Parameters
    ----------
    plots : DataFrame
        Plot table with ``stratum_id`` and the pools' columns. [t/ha]
    design : SampleDesign
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    date : str
    pools : mapping
        Pool → (column of the plot table, unit).
    """
    own = {
        name: stratum_estimator(plots, design, name, areas_ha[name])
        for name in sorted(set(plots["stratum_id"].astype("str")))
    }
    estimates = []
    for pool, (column, unit) in pools.items():
        by_stratum = {name: found.estimator.estimate(found.values(column)) for name, found in own.items()}
        estimates += _with_project(by_stratum, areas_ha, pool, date, unit)
    return estimates


def estimate_changes(
    first: pd.DataFrame,
    second: pd.DataFrame,
    designs: tuple[SampleDesign, SampleDesign],
    areas_ha: Mapping[str, float],
    dates: tuple[str, str],
    pools: Mapping[str, tuple[str, str]],
) -> list[StockEstimate]:
    """Change of stocks between two surveys by stratum and pool, and for the project.

    Parameters
    ----------
    first, second : DataFrame
        Plot tables of the two surveys.
    designs : pair of SampleDesign
    areas_ha : mapping
    dates : pair of str
    pools : mapping
        Pool → (column of the plot tables, unit).

    Returns
    -------
    list of StockEstimate
        For the strata sampled at both dates.
    """
    strata = sorted(set(first["stratum_id"].astype("str")) & set(second["stratum_id"].astype("str")))
    own = {
        name: [
            stratum_estimator(plots, design, name, areas_ha[name])
            for plots, design in zip((first, second), designs, strict=True)
        ]
        for name in strata
    }
    estimates = []
    for pool, (column, unit) in pools.items():
        by_stratum = {
            name: change(one.estimator, one.values(column), other.estimator, other.values(column))
            for name, (one, other) in own.items()
        }
        estimates += _with_project(by_stratum, areas_ha, pool, "/".join(dates), unit)
    return estimates

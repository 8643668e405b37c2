"""Stocks per hectare of each stratum, pool and date, and their change between two dates.

The replicate is what the design drew: the plot, or the cluster of plots. A change is estimated on
the plots measured at both dates, so that what the dates share cancels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from mrv.stock.change import change_of_partly_matched
from mrv.stock.estimators import (
    Array,
    Estimate,
    mean,
    purposive,
    simple_random,
    stratified,
    two_stage_mean,
)
from mrv.units import M2_PER_HA

DesignKind = Literal["simple_random", "stratified", "systematic", "cluster", "purposive"]

FPC_THRESHOLD = 0.05
"""Sampling fraction above which the finite population correction is applied (Cochran 1977, §2.6)."""


@dataclass(frozen=True)
class SampleDesign:
    """How the plots of a survey were chosen.

    Attributes
    ----------
    kind : str
    plot_area_m2 : float
        Area of the whole plot; NaN where plots differ. [m²]
    clusters_in_stratum : mapping
        Clusters that each stratum holds in all, where known.
    """

    kind: DesignKind
    plot_area_m2: float = math.nan
    clusters_in_stratum: Mapping[str, float] = field(default_factory=dict)


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


def _population(design: SampleDesign, plots: int, area_ha: float) -> float:
    """Plots that would fill the stratum, where so many were drawn that the correction matters."""
    possible = area_ha * M2_PER_HA / design.plot_area_m2
    return possible if plots / possible > FPC_THRESHOLD else math.inf


def _clusters(plots: pd.DataFrame, column: str) -> tuple[list[Array], Array | None]:
    groups = plots.groupby("cluster_id", sort=True)
    sizes = groups["plots_in_cluster"].first().to_numpy(dtype=np.float64)
    values = [group[column].to_numpy(dtype=np.float64) for _, group in groups]
    return values, None if np.isnan(sizes).any() else sizes


def stratum_mean(
    plots: pd.DataFrame, column: str, design: SampleDesign, stratum_id: str, area_ha: float
) -> Estimate:
    """Mean per hectare of one stratum under the design.

    Parameters
    ----------
    plots : DataFrame
        The stratum's plots: ``plot_id``, ``cluster_id``, ``plots_in_cluster`` and the column. [per ha]
    column : str
        What to estimate.
    design : SampleDesign
    stratum_id : str
    area_ha : float
        Area of the stratum; NaN where not known. [ha]
    """
    if design.kind == "cluster":
        values, sizes = _clusters(plots, column)
        return two_stage_mean(values, sizes, design.clusters_in_stratum.get(stratum_id, math.inf))
    values_of_plots = plots[column].to_numpy(dtype=np.float64)
    if design.kind == "purposive":
        return purposive(values_of_plots)
    estimate = simple_random(values_of_plots, _population(design, len(plots), area_ha))
    if design.kind == "systematic":
        return Estimate(
            estimate.value,
            estimate.standard_error,
            estimate.degrees_of_freedom,
            estimate.units,
            "systematic sampling, variance as if random (conservative)",
        )
    return estimate


def _by_unit(plots: pd.DataFrame, column: str, design: SampleDesign) -> dict[str, float]:
    """Mean of each replicate, by its identifier."""
    key = "cluster_id" if design.kind == "cluster" else "plot_id"
    return {str(name): mean(group.to_numpy()) for name, group in plots.groupby(key, sort=True)[column]}


def _same_plots(first: pd.DataFrame, second: pd.DataFrame) -> bool:
    columns = ["plot_id", "cluster_id"]
    left, right = (frame[columns].sort_values("plot_id").reset_index(drop=True) for frame in (first, second))
    return left.equals(right)


def stratum_change(
    first: pd.DataFrame,
    second: pd.DataFrame,
    column: str,
    designs: tuple[SampleDesign, SampleDesign],
    stratum_id: str,
    area_ha: float,
) -> Estimate:
    """Change of a mean per hectare between two dates.

    Parameters
    ----------
    first, second : DataFrame
        The stratum's plots at either date.
    column : str
    designs : pair of SampleDesign
    stratum_id : str
    area_ha : float

    Returns
    -------
    Estimate
        On plot differences where the same plots were measured at both dates; else the difference
        of the two means over all plots, with the covariance of the matched ones.
    """
    if designs[0].kind == designs[1].kind and _same_plots(first, second):
        paired = first.merge(second[["plot_id", column]], on="plot_id", suffixes=("", "_second"))
        difference = paired.assign(**{column: paired[f"{column}_second"] - paired[column]})
        estimate = stratum_mean(difference, column, designs[1], stratum_id, area_ha)
        return Estimate(
            estimate.value,
            estimate.standard_error,
            estimate.degrees_of_freedom,
            estimate.units,
            f"paired plots, {estimate.method}",
        )
    if "purposive" in (designs[0].kind, designs[1].kind):
        estimates = [purposive(frame[column].to_numpy(dtype=np.float64)) for frame in (first, second)]
        return Estimate(
            estimates[1].value - estimates[0].value,
            math.nan,
            math.nan,
            sum(estimate.units for estimate in estimates),
            estimates[0].method,
        )
    return change_of_partly_matched(_by_unit(first, column, designs[0]), _by_unit(second, column, designs[1]))


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
    estimates = []
    for pool, (column, unit) in pools.items():
        by_stratum = {
            str(name): stratum_mean(group, column, design, str(name), areas_ha[str(name)])
            for name, group in plots.groupby("stratum_id", sort=True)
        }
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
    strata = sorted(set(first["stratum_id"]) & set(second["stratum_id"]))
    estimates = []
    for pool, (column, unit) in pools.items():
        by_stratum = {
            name: stratum_change(
                first[first["stratum_id"] == name],
                second[second["stratum_id"] == name],
                column,
                designs,
                name,
                areas_ha[name],
            )
            for name in strata
        }
        estimates += _with_project(by_stratum, areas_ha, pool, "/".join(dates), unit)
    return estimates

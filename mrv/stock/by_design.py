"""Which estimator a stratum gets: from the way its plots were chosen, and from what else is known of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from mrv.stock.auxiliary import ratio_to, regression_on
from mrv.stock.clusters import cluster_mean, cluster_total
from mrv.stock.linear import METHOD, Estimator, collapsed_mean, random_mean
from mrv.stock.poststratified import post_strata
from mrv.stock.unequal import hansen_hurwitz
from mrv.units import M2_PER_HA

DesignKind = Literal[
    "simple_random", "stratified", "systematic", "cluster", "unequal_probability", "purposive"
]

FPC_THRESHOLD = 0.05
"""Sampling fraction above which the finite population correction is applied (Cochran 1977, §2.6)."""

DESIGN_COLUMNS = (
    "plot_id",
    "stratum_id",
    "cluster_id",
    "plots_in_cluster",
    "auxiliary",
    "post_stratum",
    "draw_probability",
    "times_drawn",
    "unit_area_ha",
)
"""Columns of the plots that estimators read."""

AS_IF_RANDOM = "variance as if random (conservative)"


@dataclass(frozen=True)
class StratumSample:
    """Plots of a stratum, and what the design says of it.

    Attributes
    ----------
    stratum_id : str
    plots : DataFrame
        With :data:`DESIGN_COLUMNS`, as far as the design needs them.
    area_ha : float
        NaN where not known. [ha]
    population : float
        Plots that would fill the stratum, where so many were drawn that the correction matters; else
        infinite.
    clusters : float
        Clusters that the stratum holds in all; infinite where not known.
    """

    stratum_id: str
    plots: pd.DataFrame
    area_ha: float
    population: float
    clusters: float

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the plots."""
        return tuple(self.plots["plot_id"].astype("str"))

    def numbers(self, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """A column of numbers."""
        return self.plots[column].to_numpy(dtype=np.float64)

    def sizes(self) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
        """Plots that each plot's cluster holds in all; None unless all are known."""
        sizes = self.numbers("plots_in_cluster")
        return None if np.isnan(sizes).any() else sizes


class KnownBeside(Protocol):
    """What is known of the whole area beside the plots, and the estimator that makes use of it."""

    def estimator(self, sample: StratumSample) -> Estimator:
        """Estimator of a stratum."""
        ...


@dataclass(frozen=True)
class RatioTo:
    """Mean of the auxiliary variable over each stratum, to which plot values are proportional."""

    population_mean: Mapping[str, float]

    def estimator(self, sample: StratumSample) -> Estimator:
        """Ratio estimator."""
        mean = self.population_mean[sample.stratum_id]
        return ratio_to(sample.numbers("auxiliary"), mean, sample.population, sample.units)


@dataclass(frozen=True)
class RegressionOn:
    """Mean of the auxiliary variable over each stratum, with which plot values go in a line."""

    population_mean: Mapping[str, float]

    def estimator(self, sample: StratumSample) -> Estimator:
        """Regression estimator, g-weighted variance."""
        mean = self.population_mean[sample.stratum_id]
        fitted = regression_on(
            sample.numbers("auxiliary"), mean, sample.population, "g-weighted", sample.units
        )
        return fitted.estimator


@dataclass(frozen=True)
class PostStrata:
    """Share of each class in each stratum; the classes of plots were found after they were drawn. [1]"""

    shares: Mapping[str, Mapping[str, float]]

    def estimator(self, sample: StratumSample) -> Estimator:
        """Post-stratified mean."""
        classes = list(sample.plots["post_stratum"].astype("str"))
        return post_strata(classes, self.shares[sample.stratum_id], sample.population, sample.units)


@dataclass(frozen=True)
class ClusterTotals:
    """Plots that each stratum holds in all, over which the expanded total of its clusters is spread."""

    plots_in_stratum: Mapping[str, float]

    def estimator(self, sample: StratumSample) -> Estimator:
        """Expanded total over plots."""
        return cluster_total(
            list(sample.plots["cluster_id"].astype("str")),
            sample.numbers("plots_in_cluster"),
            sample.clusters,
            self.plots_in_stratum[sample.stratum_id],
            sample.units,
        )


@dataclass(frozen=True)
class SampleDesign:
    """How the plots of a survey were chosen, and what is known beside them.

    Attributes
    ----------
    kind : str
    plot_area_m2 : float
        Area of the whole plot; NaN where plots differ. [m²]
    clusters_in_stratum : mapping
        Clusters that each stratum holds in all, where known.
    known : KnownBeside or None
        None: the estimate rests on the plots alone.
    collapsed : tuple of frozenset of str
        Groups of strata that share one variance.
    """

    kind: DesignKind
    plot_area_m2: float = math.nan
    clusters_in_stratum: Mapping[str, float] = field(default_factory=dict)
    known: KnownBeside | None = None
    collapsed: tuple[frozenset[str], ...] = ()

    @property
    def plain(self) -> SampleDesign:
        """The same design without anything known beside the plots."""
        return replace(self, known=None)

    def group_of(self, stratum_id: str) -> frozenset[str]:
        """Strata whose plots give the variance of a stratum."""
        return next((group for group in self.collapsed if stratum_id in group), frozenset([stratum_id]))


@dataclass(frozen=True)
class StratumEstimator:
    """Estimator of a stratum with the plots that it is applied to, indexed as they were given."""

    plots: pd.DataFrame
    estimator: Estimator

    def values(self, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """A column of the plots."""
        return self.plots[column].to_numpy(dtype=np.float64)


def _population(design: SampleDesign, plots: int, area_ha: float) -> float:
    possible = area_ha * M2_PER_HA / design.plot_area_m2
    return possible if plots / possible > FPC_THRESHOLD else math.inf


def _drawn_with_replacement(sample: StratumSample) -> Estimator:
    times = sample.plots["times_drawn"].fillna(1).to_numpy(dtype=np.float64)
    shares = sample.numbers("unit_area_ha") / sample.area_ha
    return hansen_hurwitz(sample.numbers("draw_probability"), times, shares, sample.units)


def _by_kind(design: SampleDesign, sample: StratumSample) -> Estimator:
    if design.kind == "cluster":
        names = list(sample.plots["cluster_id"].astype("str"))
        return cluster_mean(names, sample.sizes(), sample.clusters, sample.units)
    if design.kind == "unequal_probability":
        return _drawn_with_replacement(sample)
    if design.kind == "purposive":
        count = len(sample.plots)
        return Estimator(np.full(count, 1 / count), (), math.nan, count, "purposive sample: mean only")
    method = f"systematic sampling, {AS_IF_RANDOM}" if design.kind == "systematic" else METHOD
    return random_mean(len(sample.plots), sample.population, sample.units, method)


def stratum_estimator(
    plots: pd.DataFrame, design: SampleDesign, stratum_id: str, area_ha: float
) -> StratumEstimator:
    """Estimator of a mean per hectare of one stratum under the design.

    Parameters
    ----------
    plots : DataFrame
        Plots of the survey, with at least one in the stratum.
    design : SampleDesign
    stratum_id : str
    area_ha : float
        Area of the stratum; NaN where not known. [ha]
    """
    strata = plots["stratum_id"].astype("str")
    group = design.group_of(stratum_id)
    if len(group) > 1:
        together = plots[strata.isin(group)]
        own = list(strata[together.index] == stratum_id)
        return StratumEstimator(together, collapsed_mean(own, list(together["plot_id"].astype("str"))))
    mine = plots[strata == stratum_id]
    sample = StratumSample(
        stratum_id,
        mine,
        area_ha,
        _population(design, len(mine), area_ha),
        design.clusters_in_stratum.get(stratum_id, math.inf),
    )
    if design.known is None:
        return StratumEstimator(mine, _by_kind(design, sample))
    estimator = design.known.estimator(sample)
    if design.kind == "systematic":
        estimator = replace(estimator, method=f"{estimator.method}, {AS_IF_RANDOM}")
    return StratumEstimator(mine, estimator)

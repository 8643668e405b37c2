"""The error of having drawn these plots and not others, as draws with the design's own t distribution.

A draw moves every plot of a stratum by a random multiple of its departure from the mean. All pools and
dates take the same multiples, so that what they share stays shared; each of them then has the standard
error of the design, and Student's t with the design's degrees of freedom, exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaincinv

from mrv.stock.estimators import Estimate

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SampledStratum:
    """Plots of a stratum in one survey, and how they make its mean.

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
        Positions in the survey's plots.
    weights : ndarray, shape (n,)
        ``ȳ = Σ w y``; they add up to one.
    unit_of_plot : ndarray of int, shape (n,)
        Position of the plot's replicate (plot or cluster) among those of the stratum.
    units : int
        Replicates in this survey.
    """

    rows: NDArray[np.intp]
    weights: Array
    unit_of_plot: NDArray[np.intp]
    units: int

    def multiples(self, normals: Array) -> Array:
        """Weight with which a draw adds each plot's value to the mean.

        Parameters
        ----------
        normals : ndarray, shape (draws, replicates of the stratum)

        Returns
        -------
        ndarray, shape (draws, n)
            ``n w_j (e_j − Σ w e) / √(n(n−1))`` with e the number of the plot's replicate; applied to
            plot values its variance is that of the design, ``s²/n``.
        """
        e = normals[:, self.unit_of_plot]
        centred = e - np.einsum("dj,j->d", e, self.weights)[:, None]
        return np.asarray(centred * self.weights * self.units / math.sqrt(self.units * (self.units - 1)))

    def departures(self, values: Array, replicates: int) -> Array:
        """What each replicate adds to the variance of the mean, as its root, shape (replicates,)."""
        centred = self.weights * (values - math.fsum(self.weights * values)) * self.units
        scale = math.sqrt(self.units * (self.units - 1))
        sums: Array = np.bincount(self.unit_of_plot, centred / scale, minlength=replicates).astype(np.float64)
        return sums


@dataclass(frozen=True)
class Scale:
    """Student's t for a draw: the design's standard error over that of the multiples, and its freedom."""

    factor: float
    degrees_of_freedom: float

    def student(self, chance: Array) -> Array:
        """Factor that turns normal draws into Student's t, ``√(df/χ²)``, from uniform numbers."""
        if math.isinf(self.degrees_of_freedom):
            return np.ones_like(chance)
        half = self.degrees_of_freedom / 2
        return np.asarray(np.sqrt(half / gammaincinv(half, chance)))


def replicate_names(plots: pd.DataFrame, clustered: bool) -> pd.Series[str]:
    """Name of the replicate of each plot: its cluster, or itself."""
    return plots["cluster_id" if clustered else "plot_id"].astype("str")


def sampled_stratum(plots: pd.DataFrame, names: Sequence[str], clustered: bool) -> SampledStratum:
    """Plots of a stratum in a survey.

    Parameters
    ----------
    plots : DataFrame
        The stratum's plots, indexed by their position in the survey.
    names : sequence of str
        Replicates of the stratum in all surveys, sorted.
    clustered : bool
        Whether clusters of plots were drawn; they count by ``plots_in_cluster`` where all are known.
    """
    unit_of_plot = pd.Index(names).get_indexer(pd.Index(replicate_names(plots, clustered)))
    in_unit = np.bincount(unit_of_plot, minlength=len(names))
    units = int((in_unit > 0).sum())
    sizes = plots["plots_in_cluster"].to_numpy(dtype=np.float64) if clustered else np.full(len(plots), np.nan)
    size = np.ones(len(plots)) if np.isnan(sizes).any() else sizes
    share = size / in_unit[unit_of_plot]
    return SampledStratum(
        plots.index.to_numpy(dtype=np.intp), share / math.fsum(share), unit_of_plot.astype(np.intp), units
    )


def scale_of(departures: Array, estimate: Estimate) -> Scale:
    """Scale that gives the draws the standard error and the degrees of freedom of an estimate.

    It differs from one where the design knows more than the plots: a finite population, a second stage.
    """
    own = math.sqrt(math.fsum(departures**2))
    return Scale(estimate.standard_error / own if own > 0 else 1.0, estimate.degrees_of_freedom)

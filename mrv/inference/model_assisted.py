"""The mean of a mapped area, corrected by what the map misses at plots drawn by chance.

The map may be wrong as it likes: the plots measure by how much, and the standard error is that of the
residuals. This holds only if the residuals are those of plots which the model had not seen; a forest
that has learnt its plots by heart has small residuals there and nowhere else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mrv.stock.estimators import Array, Estimate, mean, simple_random

Unseen = Literal["cross-fitted", "map made without these plots"]


@dataclass(frozen=True)
class OutOfSample:
    """Predictions at plots by models that did not see them; residuals are taken from no others.

    Attributes
    ----------
    at_plots : ndarray, shape (n,)
        Predictions in the order of the plots, in the unit of what was observed.
    how : str
        Why the model had not seen the plot.
    """

    at_plots: Array
    how: Unseen

    @classmethod
    def cross_fitted(cls, values: Array, folds: NDArray[np.intp]) -> OutOfSample:
        """Predictions of each plot by the model that was fitted to the other folds.

        Parameters
        ----------
        values : ndarray, shape (n,)
            Predictions out of fold.
        folds : ndarray of int, shape (n,)
            Fold of each plot.

        Raises
        ------
        ValueError
            If there is one fold only: then nothing was held back.
        """
        if len(np.unique(folds)) < 2:
            raise ValueError("one fold holds nothing back; cross-fitting needs two at least")
        return cls(values, "cross-fitted")

    @classmethod
    def foreign(cls, values: Array) -> OutOfSample:
        """Predictions of a map that was made without these plots."""
        return cls(values, "map made without these plots")

    def residuals(self, observed: Array) -> Array:
        """What the map misses at the plots, observed less predicted, shape (n,)."""
        return observed - self.at_plots


def difference_estimator(map_mean: float, residual_mean: Estimate) -> Estimate:
    """Mean of the map over the area, plus the mean of its residuals under the design of the plots.

    Parameters
    ----------
    map_mean : float
        Mean of the predictions over the whole area.
    residual_mean : Estimate
        Mean of :meth:`OutOfSample.residuals` by the estimator of the design, which need not be a simple
        random one; its error and degrees of freedom become those of the result.

    References
    ----------
    .. [1] Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 6.3.
    .. [2] McRoberts, Næsset and Gobakken (2013), Remote Sensing of Environment 128, 268–275,
       doi:10.1016/j.rse.2012.10.007.
    """
    return Estimate(
        map_mean + residual_mean.value,
        residual_mean.standard_error,
        residual_mean.degrees_of_freedom,
        residual_mean.units,
        f"difference estimator, {residual_mean.method}",
    )


def difference_of_simple_random(
    observed: Array, predicted: OutOfSample, map_mean: float, population: float = math.inf
) -> Estimate:
    r"""Difference estimator of a simple random sample.

    Parameters
    ----------
    observed : ndarray, shape (n,)
    predicted : OutOfSample
        Of the same plots.
    map_mean : float
        Mean of the predictions over the area.
    population : float, optional
        Plots that would fill the area.

    Notes
    -----
    .. math:: \hat{\bar Y} = \frac{1}{N} \sum_U \hat y_k + \frac{1}{n} \sum_s (y_i - \hat y_i), \quad
       V = \frac{1 - f}{n} s_e^2
    """
    return difference_estimator(map_mean, simple_random(predicted.residuals(observed), population))


def left_out_means(observed: Array) -> Array:
    """For each plot the mean of all others, shape (n,); NaN where there is no other."""
    n = len(observed)
    return (math.fsum(observed) - observed) / (n - 1) if n > 1 else np.full(n, np.nan)


@dataclass(frozen=True)
class Completed:
    """Predictions for every part of a stratum, also where the map may not be used."""

    map_mean: float
    predicted: OutOfSample


def completed_by_stratum_mean(
    observed: Array,
    predicted: OutOfSample,
    inside_share: Array,
    map_mean: float,
    outside_share: float,
) -> Completed:
    """Predictions where those outside the reach of the map are replaced by the mean of the plots.

    The mean of the stratum is a model too, if a poor one, and it needs no predictor. So the difference
    estimator covers the whole stratum, and what is predicted poorly shows in the residuals.

    Parameters
    ----------
    observed : ndarray, shape (n,)
        All plots of the stratum.
    predicted : OutOfSample
        Of the same plots; what it says outside is not looked at.
    inside_share : ndarray, shape (n,)
        Share of each plot that lies where the map may be used. A plot is completed as the stratum is, by
        share: else pixels beyond the map would count in the plots and not in its mean. [1]
    map_mean : float
        Mean of the map where it may be used; not looked at if that is nowhere.
    outside_share : float
        Share of the stratum's area where it may not. [1]
    """
    of_map = np.where(inside_share > 0, predicted.at_plots, 0.0)
    values = inside_share * of_map
    # A single plot has no other, and needs none where the map covers it.
    beside = inside_share < 1
    values[beside] += (1 - inside_share[beside]) * left_out_means(observed)[beside]
    within = (1 - outside_share) * map_mean if outside_share < 1 else 0.0
    return Completed(within + outside_share * mean(observed), OutOfSample(values, predicted.how))

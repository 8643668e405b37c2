"""Where a model may be used: the area of applicability.

A model knows the predictors it was fitted on. The dissimilarity index of a place is its distance to the
nearest plot in the space of the predictors, each scaled and weighted by its importance, over the mean
distance between plots. Beyond the dissimilarity at which the model was tested there is no ground to
trust it: such places are not credited by the map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from mrv.mapping.rows import Array, Floats, Integers

CHUNK = 8192
"""Rows worked on at a time; no bit depends on it."""

WORTH_COMPILED = 512
"""Fewest places for which compiled code is fetched; no bit depends on it."""


def dissimilarity_threshold(training_index: Array) -> float:
    """Largest dissimilarity at which a model applies: upper whisker, at most the largest tested. [1]

    Parameters
    ----------
    training_index : ndarray, shape (n,)
        Dissimilarity of each plot to the plots of other folds. [1]

    Notes
    -----
    ``min(Q75 + 1.5 (Q75 − Q25), max)``, with quantiles of type 7.

    References
    ----------
    .. [1] Meyer and Pebesma (2021), Methods in Ecology and Evolution 12, 1620-1633,
       doi:10.1111/2041-210X.13650.
    """
    low, high = np.quantile(training_index, [0.25, 0.75])
    return float(min(high + 1.5 * (high - low), training_index.max()))


@dataclass(frozen=True)
class Applicability:
    """What decides whether a model applies at a place.

    Attributes
    ----------
    centre, scale : ndarray, shape (p,)
        Standardisation of the predictors, by the plots.
    weight : ndarray, shape (p,)
        Importance of each; 0 where the model does not use it.
    points : ndarray, shape (n, p)
        Plots, standardised and weighted.
    mean_distance : float
        Mean over the plots of their mean distance to all others.
    training_index : ndarray, shape (n,)
        Dissimilarity of each plot to those of other folds. [1]
    threshold : float
        [1]
    """

    centre: Array
    scale: Array
    weight: Array
    points: Array
    mean_distance: float
    training_index: Array
    threshold: float

    def _placed(self, predictors: Floats) -> Array:
        return np.asarray((predictors - self.centre) / self.scale * self.weight)

    def dissimilarity(self, predictors: Floats) -> Array:
        """Dissimilarity index of places; NaN where a predictor is. [1]

        Parameters
        ----------
        predictors : ndarray, shape (m, p)
        """
        # What no distance is taken by must be there all the same.
        known = np.isfinite(predictors[:, self.weight == 0]).all(axis=1)
        worth = len(predictors) >= WORTH_COMPILED
        nearest = self._nearest_compiled(predictors) if worth else self._nearest_of_few(predictors)
        return np.where(known, np.sqrt(nearest) / self.mean_distance, np.nan)

    def _nearest_of_few(self, predictors: Floats) -> Array:
        """Square of the distance to the nearest plot; NaN where a predictor with weight is."""
        used = np.flatnonzero(self.weight)
        placed = (predictors[:, used] - self.centre[used]) / self.scale[used] * self.weight[used]
        squares = np.zeros((len(predictors), len(self.points)))
        for number, column in enumerate(used):
            squares += (placed[:, number, None] - self.points[:, column]) ** 2
        return np.asarray(squares.min(axis=1))

    def _nearest_compiled(self, predictors: Floats) -> Array:
        """The same bits of many places."""
        from mrv.loops.nearest import find_nearest  # noqa: PLC0415 as in exit_tables

        used = np.flatnonzero(self.weight)
        nearest = np.empty(len(predictors))
        kind = np.float32 if predictors.dtype == np.float32 else np.float64
        find_nearest(
            np.require(predictors.T, kind, ["C", "W"]),
            used,
            self.centre[used],
            self.scale[used],
            self.weight[used],
            np.ascontiguousarray(self.points[:, used]),
            nearest,
        )
        return nearest

    def inside(self, predictors: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether the model applies at places; never where a predictor is missing."""
        return self.within(self.dissimilarity(predictors))

    def within(self, dissimilarity: Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether the model applies at a dissimilarity; never where it is missing."""
        return np.asarray(dissimilarity <= self.threshold)

    def local_density(self, predictors: Floats) -> Integers:
        """Number of plots within the threshold of each place."""
        reach = self.threshold * self.mean_distance
        parts = [
            (cdist(self._placed(predictors[start : start + CHUNK]), self.points) < reach).sum(axis=1)
            for start in range(0, len(predictors), CHUNK)
        ]
        return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, dtype=np.int64)


def applicability(predictors: Array, importance: Array, fold: Integers) -> Applicability:
    """Area of applicability of a model.

    Parameters
    ----------
    predictors : ndarray, shape (n, p)
        Of the plots, none missing.
    importance : ndarray, shape (p,)
        Of the predictors in the model; below zero counts as zero, and if none is above, all count alike.
    fold : ndarray of int, shape (n,)
        Fold in which each plot was left out.

    References
    ----------
    .. [1] Meyer and Pebesma (2021), Methods in Ecology and Evolution 12, 1620-1633,
       doi:10.1111/2041-210X.13650.
    """
    weight = np.maximum(importance, 0.0)
    weight = weight if weight.any() else np.ones_like(weight)
    centre, scale = predictors.mean(axis=0), predictors.std(axis=0, ddof=1)
    scale = np.where(scale > 0, scale, 1.0)
    points = (predictors - centre) / scale * weight
    distances = cdist(points, points)
    others = len(points) - 1
    mean_distance = float(np.mean(distances.sum(axis=1) / others))
    elsewhere = np.where(fold[:, None] == fold[None, :], np.inf, distances)
    index = elsewhere.min(axis=1) / mean_distance
    return Applicability(centre, scale, weight, points, mean_distance, index, dissimilarity_threshold(index))

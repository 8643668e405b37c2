"""Fitted models as plain numbers, and how they predict.

Every model, whichever library fitted it, becomes one of these forms: numbers and arrays without code.
A run predicts with the form itself, so a model that is stored and read again predicts the same bits. Each
row is computed for itself, in an order of operations that does not depend on how many rows there are:
no product of matrices, whose last bits depend on size and threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np

from mrv.mapping.rows import Array, Integers, Rows

Scale = Literal["identity", "sqrt", "log"]
Place = Literal["predictors", "coordinates"]


class Form(Protocol):
    """A fitted model."""

    def predict(self, rows: Rows) -> Array:
        """Above-ground biomass of each row; NaN where the model says nothing of it. [t_dm/ha]"""
        ...


@dataclass(frozen=True)
class BackTransform:
    """From the scale a model was fitted on back to biomass, without the bias of the mere inverse.

    Attributes
    ----------
    scale : {"identity", "sqrt", "log"}
    mean_residual, mean_square_residual, mean_exponential_residual : float
        Of the residuals e on that scale, of plots that were left out of the fit: e, e² and exp(e).

    Notes
    -----
    Smearing [1]: the mean over the residuals of the inverse at prediction plus residual. For the root it
    is ``(p + mean(e))² + var(e)``, for the logarithm ``exp(p) · mean(exp(e))``.

    References
    ----------
    .. [1] Duan (1983), Journal of the American Statistical Association 78, 605-610.
    """

    scale: Scale
    mean_residual: float = 0.0
    mean_square_residual: float = 0.0
    mean_exponential_residual: float = 1.0

    def inverse(self, values: Array) -> Array:
        """Biomass of values on the scale of the model. [t_dm/ha]"""
        if self.scale == "sqrt":
            root = np.maximum(values, 0.0)
            square = root * root + 2.0 * root * self.mean_residual + self.mean_square_residual
            return np.asarray(square)
        if self.scale == "log":
            return np.asarray(np.exp(values) * self.mean_exponential_residual)
        return np.maximum(values, 0.0)


def to_scale(agb_t_ha: Array, scale: Scale) -> Array:
    """Biomass on the scale that a model is fitted on."""
    if scale == "sqrt":
        return np.sqrt(agb_t_ha)
    return np.log(agb_t_ha) if scale == "log" else agb_t_ha


@dataclass(frozen=True)
class StratumMeans:
    """Mean of the plots of each stratum; NaN where a stratum has none."""

    means_t_ha: Array

    def predict(self, rows: Rows) -> Array:
        """Mean of each row's stratum. [t_dm/ha]"""
        return self.means_t_ha[rows.stratum]


@dataclass(frozen=True)
class PowerLaw:
    """``exp(log_factor) · H^exponent`` of a canopy height; no biomass where there is no height."""

    column: int
    log_factor: float
    exponent: float

    def predict(self, rows: Rows) -> Array:
        """Biomass of the canopy height of each row. [t_dm/ha]"""
        height = rows.predictors[:, self.column]
        positive = np.where(height > 0, height, 1.0)
        power = np.exp(self.log_factor + self.exponent * np.log(positive))
        return np.where(np.isnan(height), np.nan, np.where(height > 0, power, 0.0))


@dataclass(frozen=True)
class Linear:
    """``a + Σ b_j x_j`` on a scale.

    Attributes
    ----------
    intercepts : ndarray, shape (strata,)
        a of each stratum.
    coefficients : ndarray, shape (p,)
    back : BackTransform
    """

    intercepts: Array
    coefficients: Array
    back: BackTransform

    @property
    def by_stratum(self) -> bool:
        """Whether strata differ at equal predictors."""
        return bool(np.any(self.intercepts != self.intercepts[0]))

    def on_scale(self, rows: Rows) -> Array:
        """Prediction on the scale of the fit."""
        total = self.intercepts[rows.stratum]
        for column, coefficient in enumerate(self.coefficients):
            total = total + coefficient * rows.predictors[:, column]
        return total

    def predict(self, rows: Rows) -> Array:
        """Biomass of each row. [t_dm/ha]"""
        return self.back.inverse(self.on_scale(rows))


CHUNK = 8192
"""Rows worked on at a time, so that they stay in the cache; no bit depends on it."""


@dataclass(frozen=True)
class Trees:
    """A sum of regression trees, ``base + rate · Σ value``.

    Attributes
    ----------
    roots : ndarray of int, shape (trees,)
        First node of each tree.
    depths : ndarray of int, shape (trees,)
        Longest way from the root to a leaf.
    feature : ndarray of int, shape (nodes,)
        Predictor that a node asks for; a leaf asks for the first one, and both its ways lead to itself.
    threshold, value : ndarray, shape (nodes,)
    left, right : ndarray of int, shape (nodes,)
        Next node where the predictor, as a single-precision number, is at most the threshold, or above it.
    base, rate : float
    """

    roots: Integers
    depths: Integers
    feature: Integers
    threshold: Array
    left: Integers
    right: Integers
    value: Array
    base: float
    rate: float

    @property
    def is_mean(self) -> bool:
        """Whether it is the mean of its trees, so that a few of them estimate what all of them say."""
        return self.base == 0.0 and self.rate == 1.0 / len(self.roots)

    def first(self, count: int) -> Trees:
        """The mean of the first trees of a mean of trees."""
        nodes = int(self.roots[count]) if count < len(self.roots) else len(self.feature)
        return replace(
            self,
            roots=self.roots[:count],
            depths=self.depths[:count],
            feature=self.feature[:nodes],
            threshold=self.threshold[:nodes],
            left=self.left[:nodes],
            right=self.right[:nodes],
            value=self.value[:nodes],
            rate=1.0 / count,
        )

    def each(self, predictors: Array) -> Iterator[Array]:
        """What each tree says of rows, one tree after the other; any value where a predictor is missing.

        Parameters
        ----------
        predictors : ndarray, shape (n, p)
        """
        x = predictors.astype(np.float32)
        numbers = np.arange(len(x))
        for root, depth in zip(self.roots, self.depths, strict=True):
            node = np.full(len(x), root)
            for _ in range(int(depth)):
                low = x[numbers, self.feature[node]] <= self.threshold[node]
                node = np.where(low, self.left[node], self.right[node])
            yield self.value[node]

    def _sum(self, predictors: Array) -> Array:
        total = np.zeros(len(predictors))
        for values in self.each(predictors):
            total += values
        return total

    def predict(self, rows: Rows) -> Array:
        """Biomass of each row. [t_dm/ha]"""
        missing = np.isnan(rows.predictors).any(axis=1)
        parts = [self._sum(rows.predictors[start : start + CHUNK]) for start in range(0, len(rows), CHUNK)]
        total = self.base + self.rate * (np.concatenate(parts) if parts else np.zeros(0))
        return np.where(missing, np.nan, np.maximum(total, 0.0))


def joined(forests: Sequence[Trees]) -> Trees:
    """The trees of several forests, one forest after the other, and the mean of all."""
    starts = np.cumsum([0, *(len(forest.feature) for forest in forests)])[:-1]

    def shifted(name: str) -> Integers:
        parts = [getattr(forest, name) + start for forest, start in zip(forests, starts, strict=True)]
        return np.concatenate(parts).astype(np.int64)

    def chained(name: str) -> np.ndarray[Any, Any]:
        return np.concatenate([getattr(forest, name) for forest in forests])

    return Trees(
        shifted("roots"),
        chained("depths"),
        chained("feature"),
        chained("threshold"),
        shifted("left"),
        shifted("right"),
        chained("value"),
        0.0,
        1.0 / sum(len(forest.roots) for forest in forests),
    )


def matern(scaled_distance: Array, smoothness: float) -> Array:
    """Matérn correlation for a smoothness of 1/2 (exponential) or 3/2, of distance over length. [1]

    References
    ----------
    .. [1] Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, eqs. 4.17 and 4.18.
    """
    if smoothness == 0.5:
        return np.exp(-scaled_distance)
    scaled = np.sqrt(3.0) * scaled_distance
    return np.asarray((1.0 + scaled) * np.exp(-scaled))


@dataclass(frozen=True)
class GaussianProcess:
    """Mean of a Gaussian process: correlations with the plots, each times the plot's weight.

    Attributes
    ----------
    place : {"predictors", "coordinates"}
        What the distances are between.
    centre, scale : ndarray, shape (p,)
        Standardisation of it.
    points : ndarray, shape (n, p)
        The plots, standardised.
    dual : ndarray, shape (n,)
        Weight of each plot, on the scale of the fit.
    length, smoothness : float
        Of the Matérn correlation.
    offset : float
        Mean of the process, on the scale of the fit.
    back : BackTransform
    """

    place: Place
    centre: Array
    scale: Array
    points: Array
    dual: Array
    length: float
    smoothness: float
    offset: float
    back: BackTransform

    def on_scale(self, rows: Rows) -> Array:
        """Prediction on the scale of the fit."""
        places = rows.predictors if self.place == "predictors" else rows.coordinates_m
        parts = [
            self._mean((places[start : start + CHUNK] - self.centre) / self.scale)
            for start in range(0, len(places), CHUNK)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _mean(self, places: Array) -> Array:
        total = np.full(len(places), self.offset)
        for point, dual in zip(self.points, self.dual, strict=True):
            squared = np.zeros(len(places))
            for column, coordinate in enumerate(point):
                squared = squared + (places[:, column] - coordinate) ** 2
            total = total + dual * matern(np.sqrt(squared) / self.length, self.smoothness)
        return total

    def predict(self, rows: Rows) -> Array:
        """Biomass of each row. [t_dm/ha]"""
        return self.back.inverse(self.on_scale(rows))


@dataclass(frozen=True)
class Kriged:
    """A model, and the Gaussian process of its residuals over the map."""

    base: StratumMeans | Trees
    residuals: GaussianProcess | None

    def predict(self, rows: Rows) -> Array:
        """Biomass of each row. [t_dm/ha]"""
        trend = self.base.predict(rows)
        if self.residuals is None:
            return trend
        return np.maximum(trend + self.residuals.on_scale(rows), 0.0)

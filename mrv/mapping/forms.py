"""Fitted models as plain numbers, and how they predict.

Every model, whichever library fitted it, becomes one of these forms: numbers and arrays without code.
A run predicts with the form itself, so a model that is stored and read again predicts the same bits. Each
row is computed for itself, in an order of operations that does not depend on how many rows there are:
no product of matrices, whose last bits depend on size and threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from mrv.mapping.rows import Array, Rows
from mrv.mapping.trees import Trees

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
        height = rows.predictors[:, self.column].astype(np.float64)
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

"""Estimates with a map where no design stands behind the plots: the error is that of the model.

It has two parts: what the coefficients do not know, which every pixel shares, and what departs from the
model, which neighbours share. Where one of them is not stated, there is a mean and no error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.inference.beside import Beside
from mrv.inference.pixel_errors import (
    CorrelationRange,
    correlation_range,
    exponential,
    map_standard_error,
    variance_of_mean,
)
from mrv.inference.rules import Rule
from mrv.inference.spatial import fitted_variogram, spacing_m
from mrv.inference.with_map import MappedPlots, WithMap, diagnosed
from mrv.stock.estimators import Array, Estimate, mean, purposive

ALL_BUT_NONE = 0.005
"""Share outside the map below which edges of pixels and polygons merely do not meet. [1]"""

NO_COEFFICIENT_ERROR = "no error: the plots were chosen on purpose, and model_error is not stated"
NO_PIXEL_ERROR = "no error: the plots were chosen on purpose, and standard_error of the pixels is not given"
OUTSIDE_THE_MAP = "no error: the plots were chosen on purpose, and part of the area lies outside the map"
PIXELS_MISSING = "no error: pixels of the map's standard error are missing in part of the area"
NOT_PLACED = "no error: the places of the plots are not known, and with them how far errors are alike"
NO_ERROR = (NO_COEFFICIENT_ERROR, NO_PIXEL_ERROR, OUTSIDE_THE_MAP, PIXELS_MISSING, NOT_PLACED)
"""Reasons why a model gives a mean and no error."""


@dataclass(frozen=True)
class PixelField:
    """Standard errors of pixels, and which of them lie in each stratum.

    Attributes
    ----------
    standard_errors : ndarray, shape (y, x)
        For what departs from the model. [t/ha]
    strata : mapping
        By stratum, bool of the same shape: whether each pixel lies in it.
    pixel_size_m : pair of float
        Height and width. [m]
    """

    standard_errors: Array
    strata: Mapping[str, NDArray[np.bool_]]
    pixel_size_m: tuple[float, float]

    def within(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each pixel lies in one of some strata."""
        return np.asarray(np.logical_or.reduce([self.strata[name] for name in names]))


@dataclass(frozen=True)
class ModelErrors:
    """What is known of the errors of a map.

    Attributes
    ----------
    coefficients : float or None
        Standard error of the map's mean for the coefficients. [t/ha]
    degrees_of_freedom : float
    pixels : PixelField or None
    """

    coefficients: float | None
    degrees_of_freedom: float
    pixels: PixelField | None


def residual_range(mapped: MappedPlots, places_m: Array) -> CorrelationRange | None:
    """How far errors of the map are alike, from residuals of plots it had not seen; None without places.

    Parameters
    ----------
    mapped : MappedPlots
    places_m : ndarray, shape (n, 2)
        Of its plots. [m]
    """
    if len(places_m) < 2 or not np.isfinite(places_m).all():
        return None
    residuals = (mapped.plots["observed"] - mapped.plots["predicted"]).to_numpy(dtype=np.float64)
    return correlation_range(fitted_variogram(places_m, residuals), spacing_m(places_m))


def model_based(
    mapped: MappedPlots,
    areas_ha: Mapping[str, float],
    rule: Rule,
    errors: ModelErrors,
    reach: CorrelationRange | None,
) -> list[WithMap]:
    """Means of the map by stratum, and for the project where areas are known.

    Parameters
    ----------
    mapped : MappedPlots
    areas_ha : mapping
    rule : Rule
    errors : ModelErrors
    reach : CorrelationRange or None
        By :func:`residual_range`.
    """
    names = list(mapped.map_means)
    areas = np.array([areas_ha[name] for name in names])
    parts = [_stratum(mapped, [name], np.ones(1), rule, errors, reach) for name in names]
    if len(names) == 1 or np.isnan(areas).any():
        return parts
    whole = _stratum(mapped, names, areas / math.fsum(areas), rule, errors, reach)
    return [*parts, replace(whole, stratum_id=None)]


def _missing(
    errors: ModelErrors, reach: CorrelationRange | None, outside: float, pixels: Array | None
) -> str | None:
    """What stands in the way of an error."""
    if errors.coefficients is None:
        return NO_COEFFICIENT_ERROR
    if pixels is None:
        return NO_PIXEL_ERROR
    if outside > ALL_BUT_NONE:
        return OUTSIDE_THE_MAP
    if not np.isfinite(pixels).all() or not len(pixels):
        return PIXELS_MISSING
    return NOT_PLACED if reach is None else None


def _stratum(
    mapped: MappedPlots,
    names: list[str],
    weights: Array,
    rule: Rule,
    errors: ModelErrors,
    reach: CorrelationRange | None,
) -> WithMap:
    frame = pd.concat([mapped.stratum(name) for name in names], ignore_index=True)
    outside = math.fsum(w * mapped.outside_shares[n] for w, n in zip(weights, names, strict=True))
    value = math.fsum(w * mapped.map_means[n] for w, n in zip(weights, names, strict=True))
    plots_only = math.fsum(
        w * mean(mapped.stratum(n)["observed"].to_numpy()) for w, n in zip(weights, names, strict=True)
    )
    field = errors.pixels
    pixels = field.standard_errors[field.within(names)] if field is not None else None
    because = _missing(errors, reach, outside, pixels)
    error = math.nan
    if because is None and field is not None and reach is not None and errors.coefficients is not None:
        shown = np.where(field.within(names), field.standard_errors, np.nan)
        residual = variance_of_mean(shown, field.pixel_size_m, exponential(reach.range_m))
        error = map_standard_error(residual, errors.coefficients)
    with_map = Estimate(value, error, errors.degrees_of_freedom, len(frame), rule.estimator)
    twin = replace(purposive(frame["observed"].to_numpy(dtype=np.float64)), value=plots_only)
    told = diagnosed(names[0], rule, Beside(with_map, twin, error), frame, outside)
    return replace(told, because=because)

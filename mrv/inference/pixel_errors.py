"""The error of the mean of many pixels whose errors are alike among neighbours.

Errors of pixels do not average out as if each were drawn for itself: ten thousand alike pixels know no
more than one. The double sum over all pairs of pixels is exact; by the fast Fourier transform it takes
seconds for ten million of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import fft

from mrv.inference.spatial import Variogram
from mrv.stock.estimators import Array

Correlation = Callable[[Array], Array]


def exponential(range_m: float) -> Correlation:
    """Correlation ``exp(−h/range)`` as a function of the distance in metres."""

    def correlation(distance_m: Array) -> Array:
        return np.asarray(np.exp(-distance_m / range_m))

    return correlation


def _bounding_box(known: np.ndarray) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(known.any(axis=1)), np.flatnonzero(known.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def variance_of_mean(
    standard_errors: Array, pixel_size_m: tuple[float, float], correlation: Correlation
) -> float:
    r"""Variance of the mean of the pixels of a grid.

    Parameters
    ----------
    standard_errors : ndarray, shape (y, x)
        Standard error of each pixel, NaN outside the area; in the unit of the map.
    pixel_size_m : pair of float
        Height and width of a pixel. [m]
    correlation : callable
        Correlation of the errors of two pixels by their distance in metres.

    Returns
    -------
    float
        In the squared unit of the map; NaN if no pixel is in the area.

    Notes
    -----
    .. math:: V = \frac{1}{N^2} \sum_i \sum_j \sigma_i \sigma_j \rho(h_{ij})

    The sum over pairs at one lag is the autocorrelation of σ at that lag, which the transform of the
    zero-padded grid gives for all lags at once; negative lags equal positive ones.

    References
    ----------
    .. [1] Araza et al. (2022), Remote Sensing of Environment 272, 112917,
       doi:10.1016/j.rse.2022.112917.
    """
    known = np.isfinite(standard_errors)
    pixels = int(known.sum())
    if pixels == 0:
        return math.nan
    box = _bounding_box(known)
    sigma = np.where(known[box], standard_errors[box], 0.0)
    rows, columns = sigma.shape
    shape = (fft.next_fast_len(2 * rows - 1, real=True), fft.next_fast_len(2 * columns - 1, real=True))
    spectrum = fft.rfft2(sigma, shape)
    pairs = fft.irfft2(spectrum.real**2 + spectrum.imag**2, shape, overwrite_x=True)
    across = np.r_[0:columns, -(columns - 1) : 0] if columns > 1 else np.array([0])
    lag_x_m = np.abs(across) * pixel_size_m[1]
    sums = []
    for row in range(rows):
        distances = np.hypot(row * pixel_size_m[0], lag_x_m)
        both_ways = 1.0 if row == 0 else 2.0
        sums.append(both_ways * float(pairs[row, across] @ correlation(distances)))
    return math.fsum(sums) / pixels**2


@dataclass(frozen=True)
class CorrelationRange:
    """Range over which errors of a map are taken to be alike, and how far it can be trusted.

    Attributes
    ----------
    range_m : float
        [m]
    spacing_m : float
        Mean distance of a plot to its nearest neighbour; no shorter range can be seen. [m]
    floored : bool
        Whether the spacing took the place of a shorter estimate, or of none.
    weak : bool
        Whether the plots are too few, or the range unbounded, for a clear variogram.
    """

    range_m: float
    spacing_m: float
    floored: bool
    weak: bool


def correlation_range(variogram: Variogram | None, spacing_m: float) -> CorrelationRange:
    """Range of a fitted variogram, at least the spacing of the plots it was fitted to.

    Where the variogram is not clear, the upper end of its interval is taken: likeness that the plots
    cannot rule out makes the error larger.
    """
    if variogram is None:
        return CorrelationRange(spacing_m, spacing_m, True, True)
    estimated = variogram.covariance.range_m if variogram.clear else variogram.range_interval_m[1]
    return CorrelationRange(max(estimated, spacing_m), spacing_m, estimated < spacing_m, not variogram.clear)


def map_standard_error(variance_of_residuals: float, parameter_standard_error: float) -> float:
    """Standard error of a map's mean: what neighbours share, and what all pixels share.

    Parameters
    ----------
    variance_of_residuals : float
        By :func:`variance_of_mean`.
    parameter_standard_error : float
        Standard error of the mean for the coefficients of the model, which are the same in every pixel.
    """
    return math.sqrt(variance_of_residuals + parameter_standard_error**2)

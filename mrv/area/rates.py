"""How fast an area changes: yearly rates under the conventions in use, with their errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def continuous_rate(area_start: float, area_end: float, years: float) -> float:
    """Yearly rate of exponential change, r = ln(A₂/A₁)/t. [1/yr]

    Parameters
    ----------
    area_start, area_end : float
        At the two dates. [ha]
    years : float
        Between them. [yr]

    References
    ----------
    .. [1] Puyravaud (2003), Forest Ecology and Management 177, 593–596,
       doi:10.1016/S0378-1127(02)00335-3.
    """
    return math.log(area_end / area_start) / years


def compound_rate(area_start: float, area_end: float, years: float) -> float:
    """Yearly rate of compound change, q = (A₂/A₁)^(1/t) − 1; parameters as :func:`continuous_rate`. [1/yr]"""
    return math.expm1(continuous_rate(area_start, area_end, years))


def linear_rate(area_start: float, area_end: float, years: float) -> float:
    """Change in a year over the first area, (A₂ − A₁)/(A₁ t); as :func:`continuous_rate`. [1/yr]"""
    return (area_end - area_start) / area_start / years


@dataclass(frozen=True)
class Rate:
    """A yearly rate with its standard error and the ends of its interval. [1/yr]"""

    value: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True)
class ChangeRates:
    """Rates of one change under three conventions.

    Attributes
    ----------
    continuous, compound, linear : Rate
        The interval of ``compound`` is that of ``continuous``, each end turned into a compound rate.
    """

    continuous: Rate
    compound: Rate
    linear: Rate


def change_rates(areas: Array, covariance: Array, years: float, quantile: float) -> ChangeRates:
    """Rates of change between two areas whose errors are known, by the delta method.

    Parameters
    ----------
    areas : ndarray, shape (2,)
        At the first and at the second date, both above zero. [ha]
    covariance : ndarray, shape (2, 2)
        Of these areas. [ha²]
    years : float
        [yr]
    quantile : float
        Of the normal or of Student's distribution that the interval reaches to on either side. [1]

    Notes
    -----
    The variance of ln(A₂/A₁) to first order is g′Σg with g = (−1/A₁, 1/A₂); that of (A₂ − A₁)/A₁ has
    g = (−A₂/A₁², 1/A₁).
    """
    start, end = (float(area) for area in areas)

    def error(gradient: Array) -> float:
        return math.sqrt(max(float(gradient @ covariance @ gradient), 0.0)) / years

    r = continuous_rate(start, end, years)
    r_error = error(np.array([-1 / start, 1 / end]))
    low, high = r - quantile * r_error, r + quantile * r_error
    line = linear_rate(start, end, years)
    line_error = error(np.array([-end / start**2, 1 / start]))
    return ChangeRates(
        Rate(r, r_error, low, high),
        Rate(math.expm1(r), math.exp(r) * r_error, math.expm1(low), math.expm1(high)),
        Rate(line, line_error, line - quantile * line_error, line + quantile * line_error),
    )

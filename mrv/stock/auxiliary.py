"""Means made sharper by a variable that is known for the whole area: ratio and regression estimators.

A map of canopy height, or a count of stems per stratum, costs less than plots. Where it goes with
the plots' biomass, the estimate leans on it; the standard error comes from what it does not explain.
All of these assume a simple random sample.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mrv.stock.estimators import Array, Estimate, mean
from mrv.stock.linear import Estimator, Residuals, names_of

ResidualVariance = Literal["residual", "g-weighted"]

METHODS: dict[ResidualVariance, str] = {
    "residual": "regression estimator, residual variance",
    "g-weighted": "regression estimator, g-weighted variance",
}


def ratio(y: Array, x: Array, population: float = math.inf) -> Estimate:
    r"""Ratio of two means, such as tonnes per stem or carbon per covered area.

    Parameters
    ----------
    y, x : ndarray, shape (n,)
        Numerator and denominator on each sampled unit; the mean of ``x`` must not be zero.
    population : float, optional
        Units in the population.

    Returns
    -------
    Estimate
        In the unit of ``y`` over that of ``x``, with n − 1 degrees of freedom.

    Notes
    -----
    .. math:: \hat R = \bar y / \bar x, \quad
       V = \frac{1 - f}{n \bar x^2} (s_y^2 - 2 \hat R s_{xy} + \hat R^2 s_x^2)

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., eq. 6.13.
    """
    return ratio_to(x, 1.0, population).estimate(y)


def ratio_to(
    x: Array, population_mean: float, population: float = math.inf, units: Sequence[str] | None = None
) -> Estimator:
    r"""Mean by its ratio to a variable whose mean over the whole population is known.

    Parameters
    ----------
    x : ndarray, shape (n,)
        The variable on each sampled unit; its mean must not be zero.
    population_mean : float
        Its mean over the population; with its total instead the result is a total.
    population : float, optional
        Units in the population.
    units : sequence of str, optional
        Names of the sampled units.

    Notes
    -----
    .. math:: \hat Y = \hat R \bar X, \quad V = \frac{\bar X^2}{\bar x^2} \frac{1 - f}{n}
       \frac{\sum (y - \hat R x)^2}{n - 1}

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., eqs. 6.13 and 6.14.
    """
    n, total = len(x), math.fsum(x)
    weights = np.full(n, population_mean / total)
    scale = abs(population_mean) / abs(total / n) * _error_scale(n, population)
    stage = Residuals(
        tuple(units) if units is not None else names_of(n),
        np.full(n, scale),
        np.asarray(x, dtype=np.float64)[:, None],
        np.full((1, n), 1 / total),
    )
    return Estimator(weights, (stage,) if n > 1 else (), n - 1 if n > 1 else math.nan, n, "ratio estimator")


def _error_scale(n: int, population: float) -> float:
    """``√((1 − f) / (n (n − 1)))``; not a number for a single unit."""
    return math.sqrt((1 - n / population) / (n * (n - 1))) if n > 1 else math.nan


@dataclass(frozen=True)
class Regression:
    """A regression estimator with what it is made of.

    Attributes
    ----------
    estimator : Estimator
    fit : ndarray, shape (1 + p, n)
        What makes the coefficients of the values: intercept, then one slope for each variable.
    g : ndarray, shape (n,)
        Factor by which calibration to the known means changes each unit's weight; their mean is 1.
    """

    estimator: Estimator
    fit: Array
    g: Array

    def coefficients(self, y: Array) -> Array:
        """Intercept and slopes of values."""
        return np.array([math.fsum(row * y) for row in self.fit])


def regression_on(
    x: Array,
    population_mean: Array | float,
    population: float = math.inf,
    residual_variance: ResidualVariance = "g-weighted",
    units: Sequence[str] | None = None,
) -> Regression:
    r"""Mean by a linear regression on variables whose means over the population are known (GREG).

    Parameters
    ----------
    x : ndarray, shape (n,) or (n, p)
        Auxiliary variables of the sampled units.
    population_mean : float or ndarray, shape (p,)
        Their means over the whole population.
    population : float, optional
        Units in the population.
    residual_variance : {"residual", "g-weighted"}
        ``residual`` takes the variance of the residuals as they are; ``g-weighted`` multiplies each by
        its calibration factor first, as the R package survey does. Both are divided by n − 1; where a
        sample lies far from the population means they differ, and the method names the one used.
    units : sequence of str, optional
        Names of the sampled units.

    Returns
    -------
    Regression
        Its estimates have n − 1 − p degrees of freedom.

    Notes
    -----
    .. math:: \bar y_{reg} = \bar y + b' (\bar X - \bar x), \quad
       g_i = 1 + (\bar X - \bar x)' S^{-1} (x_i - \bar x), \quad
       V = \frac{1 - f}{n} \, \frac{\sum (g_i e_i)^2}{n - 1}

    with g = 1 in the residual form.

    References
    ----------
    .. [1] Cochran (1977), eq. 7.29.
    .. [2] Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, result 6.6.1.
    """
    n = len(x)
    columns = np.asarray(x, dtype=np.float64).reshape(n, -1)
    centres = np.array([mean(column) for column in columns.T])
    centred = columns - centres
    distance = np.atleast_1d(np.asarray(population_mean, dtype=np.float64)) - centres
    slopes = np.linalg.pinv(centred)
    g = 1 + n * (distance @ slopes)
    weighted = residual_variance == "g-weighted"
    stage = Residuals(
        tuple(units) if units is not None else names_of(n),
        (g if weighted else np.ones(n)) * _error_scale(n, population),
        np.column_stack([np.ones(n), centred]),
        np.vstack([np.full(n, 1 / n), slopes]),
    )
    df = n - 1 - columns.shape[1]
    estimator = Estimator(
        g / n,
        (stage,) if df > 0 else (),
        df if df > 0 else math.nan,
        n,
        METHODS[residual_variance],
    )
    intercept = np.full(n, 1 / n) - centres @ slopes
    return Regression(estimator, np.vstack([intercept, slopes]), g)

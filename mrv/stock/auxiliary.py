"""Means made sharper by a variable that is known for the whole area: ratio and regression estimators.

A map of canopy height, or a count of stems per stratum, costs less than plots. Where it goes with
the plots' biomass, the estimate leans on it; the standard error comes from what it does not explain.
All of these assume a simple random sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mrv.stock.estimators import Array, Estimate, mean, variance

ResidualVariance = Literal["residual", "g-weighted"]


def _share_left(n: int, population: float) -> float:
    """Finite population correction."""
    return 1 - n / population


def ratio(y: Array, x: Array, population: float = math.inf) -> Estimate:
    r"""Ratio of two means, such as tonnes per stem or carbon per covered area.

    Parameters
    ----------
    y, x : ndarray, shape (n,)
        Numerator and denominator on each sampled unit; the means of ``x`` must not be zero.
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
    n, centre = len(y), mean(x)
    value = mean(y) / centre
    s2 = variance(y - value * x)
    standard_error = math.sqrt(_share_left(n, population) * s2 / n) / abs(centre)
    return Estimate(value, standard_error, n - 1, n, "ratio of means")


def ratio_mean(y: Array, x: Array, population_mean: float, population: float = math.inf) -> Estimate:
    """Mean of ``y`` by its ratio to ``x``, whose mean over the whole population is known.

    Parameters
    ----------
    y, x : ndarray, shape (n,)
    population_mean : float
        Mean of ``x`` over the population; with its total instead the result is a total.
    population : float, optional
        Units in the population.
    """
    estimate = ratio(y, x, population).times(population_mean)
    return Estimate(
        estimate.value,
        estimate.standard_error,
        estimate.degrees_of_freedom,
        estimate.units,
        "ratio estimator",
    )


@dataclass(frozen=True)
class Regression:
    """A regression estimate with what it was made of.

    Attributes
    ----------
    estimate : Estimate
    coefficients : ndarray, shape (1 + p,)
        Intercept, then one slope for each auxiliary variable.
    residuals : ndarray, shape (n,)
        Sampled values less fitted ones.
    g : ndarray, shape (n,)
        Factor by which calibration to the known means changes each unit's weight; their mean is 1.
    """

    estimate: Estimate
    coefficients: Array
    residuals: Array
    g: Array


def regression(
    y: Array,
    x: Array,
    population_mean: Array | float,
    population: float = math.inf,
    residual_variance: ResidualVariance = "residual",
) -> Regression:
    r"""Mean by a linear regression on variables whose means over the population are known (GREG).

    Parameters
    ----------
    y : ndarray, shape (n,)
        One value per sampled unit.
    x : ndarray, shape (n,) or (n, p)
        Auxiliary variables of the same units.
    population_mean : float or ndarray, shape (p,)
        Their means over the whole population.
    population : float, optional
        Units in the population.
    residual_variance : {"residual", "g-weighted"}
        ``residual`` takes the variance of the residuals as they are; ``g-weighted`` multiplies each by
        its calibration factor first, as the R package survey does. Both are divided by n − 1; where a
        sample lies far from the population means they differ, and the method names the one used.

    Returns
    -------
    Regression
        Its estimate has n − 1 − p degrees of freedom.

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
    n = len(y)
    columns = x.reshape(n, -1)
    centres = np.array([mean(column) for column in columns.T])
    centred = columns - centres
    distance = np.atleast_1d(np.asarray(population_mean, dtype=np.float64)) - centres
    slopes, *_ = np.linalg.lstsq(centred, y - mean(y), rcond=None)
    residuals = y - mean(y) - centred @ slopes
    g = 1 + centred @ np.linalg.solve(centred.T @ centred / n, distance)
    weighted = residuals * g if residual_variance == "g-weighted" else residuals
    s2 = math.fsum(weighted**2) / (n - 1)
    estimate = Estimate(
        mean(y) + float(slopes @ distance),
        math.sqrt(_share_left(n, population) * s2 / n),
        n - 1 - columns.shape[1],
        n,
        "regression estimator, g-weighted variance"
        if residual_variance == "g-weighted"
        else "regression estimator, residual variance",
    )
    coefficients = np.array([mean(y) - float(slopes @ centres), *slopes])
    return Regression(estimate, coefficients, residuals, g)

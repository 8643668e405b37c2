"""Regression with auxiliary variables that are themselves known from a larger sample, or everywhere.

First phase: the auxiliary variables, at many points or over the whole area. Second phase: plots at some
of these points. The variance has two parts, one for each phase.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrv.stock.estimators import Array, Estimate, mean, satterthwaite, variance
from mrv.stock.linear import Estimator


@dataclass(frozen=True)
class TwoPhase:
    """A two-phase estimate with both of its variances.

    Attributes
    ----------
    external : Estimate
        Variance as if the coefficients had come from elsewhere.
    g_weight : Estimate
        Variance that counts their being fitted to the plots; the better one for small samples.
    r_squared : float
        Share of the plots' variance that the regression explains. [1]
    """

    external: Estimate
    g_weight: Estimate
    r_squared: float


def _with_intercept(x: Array) -> Array:
    columns = x.reshape(len(x), -1)
    return np.column_stack([np.ones(len(columns)), columns])


def _estimates(
    y: Array, x: Array, centre: Array, first_phase: float, first_phase_freedom: float = math.inf
) -> TwoPhase:
    """Both variances about the means of the first phase, and what the first phase itself adds."""
    design = _with_intercept(x)
    n, columns = design.shape
    moments = design.T @ design / n
    coefficients = np.linalg.solve(moments, design.T @ y / n)
    residuals = y - design @ coefficients
    g = design @ np.linalg.solve(moments, centre)
    value = float(centre @ coefficients)

    left = float(n - columns)

    def freedom(second_phase: float) -> float:
        if math.isinf(first_phase_freedom) or first_phase + second_phase == 0:
            return left
        both = np.array([left, first_phase_freedom])
        return min(left, satterthwaite(np.array([second_phase, first_phase]), both))

    second = variance(residuals) / n
    weighted = math.fsum((g * residuals) ** 2) / n**2
    external, g_weight = math.sqrt(first_phase + second), math.sqrt(first_phase + weighted)
    return TwoPhase(
        Estimate(value, external, freedom(second), n, "two-phase regression, external variance"),
        Estimate(value, g_weight, freedom(weighted), n, "two-phase regression, g-weight variance"),
        1 - math.fsum(residuals**2) / ((n - 1) * variance(y)),
    )


def two_phase_regression(
    y: Array, x: Array, first_phase_x: Array, first_phase: Estimator | None = None
) -> TwoPhase:
    r"""Mean by regression on auxiliary variables of a first-phase sample.

    Parameters
    ----------
    y : ndarray, shape (n₂,)
        One value per plot.
    x : ndarray, shape (n₂,) or (n₂, p)
        Auxiliary variables of the plots.
    first_phase_x : ndarray, shape (n₁,) or (n₁, p)
        The same at every point of the first phase, the plots' own among them.
    first_phase : Estimator, optional
        How the first phase was drawn, such as by clusters; left out, points were drawn at random.

    Returns
    -------
    TwoPhase
        With n₂ − 1 − p degrees of freedom; with an estimator of the first phase, Satterthwaite's of both
        phases where these are fewer.

    Notes
    -----
    With Z the auxiliary variables and a one, :math:`\hat R` the residuals and
    :math:`g_i = \bar Z_1' (\sum Z Z'/n_2)^{-1} Z_i`,

    .. math:: V_{ext} = \frac{s^2_{\hat R}}{n_2} + \frac{s^2_{\hat Y, 1}}{n_1}, \quad
       V_g = \frac{1}{n_2^2} \sum g_i^2 \hat R_i^2 + \frac{s^2_{\hat Y, 1}}{n_1}

    References
    ----------
    .. [1] Mandallaz (2013), Canadian Journal of Forest Research 43, 441–449,
       doi:10.1139/cjfr-2012-0381.
    .. [2] Hill, Massey and Mandallaz (2021), Journal of Statistical Software 97(4),
       doi:10.18637/jss.v097.i04.
    """
    first = _with_intercept(first_phase_x)
    coefficients, *_ = np.linalg.lstsq(_with_intercept(x), y, rcond=None)
    predictions = first @ coefficients
    if first_phase is not None:
        found = first_phase.estimate(predictions)
        centre = np.array([first_phase.estimate(column).value for column in first.T])
        return _estimates(y, x, centre, found.standard_error**2, found.degrees_of_freedom)
    centre = np.array([mean(column) for column in first.T])
    return _estimates(y, x, centre, variance(predictions) / len(first))

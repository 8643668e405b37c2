"""The bias that a regression on the logarithm leaves, three ways to remove it, and equations against trees.

A line fitted to ln y estimates the median of y, not its mean: sums over many trees come out low by
exp(s²/2). A correction factor mends that once. Where a published equation contains it already, applying
it again inflates biomass; where single residuals are simulated, the simulation contains it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def baskerville_factor(residual_variance: float) -> float:
    """Correction factor ``exp(s²/2)`` of normal residuals. [1]

    Parameters
    ----------
    residual_variance : float
        Residual variance s² of ln y. [1]

    References
    ----------
    Baskerville (1972), Canadian Journal of Forest Research 2, 49-53.
    """
    return float(np.exp(residual_variance / 2))


def snowdon_factor(observed: Array, back_transformed: Array) -> float:
    """Correction factor ``Σ y / Σ exp(x'b)``: the ratio of the sums over the sample trees. [1]

    Parameters
    ----------
    observed, back_transformed : ndarray, shape (n,)
        Measured values, and exponentials of the fitted line. [same unit]

    References
    ----------
    Snowdon (1991), Canadian Journal of Forest Research 21, 720-724.
    """
    return float(np.sum(observed) / np.sum(back_transformed))


def duan_factor(log_residuals: Array) -> float:
    """Correction factor ``mean(exp(e))``, which asks for no normal residuals. [1]

    Parameters
    ----------
    log_residuals : ndarray, shape (n,)
        Residuals of ln y. [1]

    References
    ----------
    Duan (1983), Journal of the American Statistical Association 78, 605-610.
    """
    return float(np.mean(np.exp(log_residuals)))


@dataclass(frozen=True)
class Agreement:
    """How predictions agree with harvested trees.

    Attributes
    ----------
    sum_ratio : float
        Sum predicted over sum observed. [1]
    mean_log_ratio, sd_log_ratio : float
        Mean and standard deviation of ln(predicted / observed). [1]
    trees : int
    """

    sum_ratio: float
    mean_log_ratio: float
    sd_log_ratio: float
    trees: int


def agreement(predicted: Array, observed: Array) -> Agreement:
    """Predictions of an equation against harvested trees.

    Parameters
    ----------
    predicted, observed : ndarray, shape (n,)
        Biomass of each tree. [kg]
    """
    logs = np.log(predicted) - np.log(observed)
    return Agreement(
        float(np.sum(predicted) / np.sum(observed)),
        float(np.mean(logs)),
        float(np.std(logs, ddof=1)),
        len(logs),
    )


@dataclass(frozen=True)
class PowerFit:
    """Least squares of ln(y) on ln D.

    Attributes
    ----------
    intercept, slope : float
    residual_variance : float
        s² with n − 2 degrees of freedom. [1]
    covariance : ndarray, shape (2, 2)
        Of intercept and slope.
    log_residuals : ndarray, shape (n,)
    """

    intercept: float
    slope: float
    residual_variance: float
    covariance: Array
    log_residuals: Array


def fit_power(dbh: Array, y: Array) -> PowerFit:
    """Fit ``ln y = a + b ln D`` to harvested trees.

    Parameters
    ----------
    dbh : ndarray, shape (n,)
        Diameter, at least three trees. [cm]
    y : ndarray, shape (n,)
        Biomass, or biomass over wood density. [kg]
    """
    design = np.column_stack([np.ones(len(dbh)), np.log(dbh)])
    target = np.log(y)
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ target
    residuals = target - design @ coefficients
    variance = float(residuals @ residuals / (len(target) - 2))
    return PowerFit(float(coefficients[0]), float(coefficients[1]), variance, inverse * variance, residuals)

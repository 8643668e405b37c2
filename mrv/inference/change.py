"""Change between two dates by maps, and whether it stands out of its error.

The way to a change is to map the change itself and correct it at plots measured twice: then
:mod:`mrv.inference.model_assisted` holds with differences for values. Two maps by one model share its
coefficients, and their covariance has to be known. Two maps made independently are never subtracted.
"""

from __future__ import annotations

import math

import numpy as np

from mrv.stock.estimators import Array, Estimate, t_quantile, variance


def change_with_covariance(first: Estimate, second: Estimate, covariance: float) -> Estimate:
    """Change of a mean whose two errors have a known covariance.

    Parameters
    ----------
    first, second : Estimate
    covariance : float
        Of their errors, such as for coefficients that both share; in the squared unit of the means.
        There is no default: leaving it at zero is the assertion that the maps share nothing.

    Notes
    -----
    ``V(Δ) = V₁ + V₂ − 2 cov``; the degrees of freedom are the smaller ones.
    """
    spread = first.standard_error**2 + second.standard_error**2 - 2 * covariance
    return Estimate(
        second.value - first.value,
        math.sqrt(max(spread, 0.0)),
        min(first.degrees_of_freedom, second.degrees_of_freedom),
        min(first.units, second.units),
        "change with shared parameters",
    )


def change_of_refits(first: Array, second: Array) -> float:
    """Standard error of a change for the coefficients of one model at both dates.

    Parameters
    ----------
    first, second : ndarray, shape (replicates,)
        Means at either date by the same refit in the same place.
    """
    return math.sqrt(variance(np.asarray(second - first)))


def minimum_detectable_change(standard_error: float, degrees_of_freedom: float, level: float) -> float:
    """Smallest change that an interval of a confidence level tells from none, ``t · SE``."""
    return t_quantile(level, degrees_of_freedom) * standard_error


def stands_out(change: Estimate, level: float) -> bool:
    """Whether a change is larger than the smallest that can be told from none."""
    smallest = minimum_detectable_change(change.standard_error, change.degrees_of_freedom, level)
    return abs(change.value) > smallest

"""How many reference units a wanted error takes, and how they are shared among the map classes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

FEWEST_IN_RARE, MOST_IN_RARE = 50, 100
"""Units that a rare class is given: Olofsson et al. (2014), section 5.1.2."""


def units_for_overall_accuracy(weights: Array, users_accuracy: Array, standard_error: float) -> float:
    """Units that give the overall accuracy a wanted standard error if they are allocated at best.

    Parameters
    ----------
    weights : ndarray, shape (k,)
        Share of each map class in the whole area. [1]
    users_accuracy : ndarray, shape (k,)
        As expected. [1]
    standard_error : float
        Wanted, of the overall accuracy. [1]

    Returns
    -------
    float
        Not rounded. [1]

    References
    ----------
    .. [1] Olofsson et al. (2014), Remote Sensing of Environment 148, 42–57, equation 13,
       doi:10.1016/j.rse.2014.02.015.
    """
    deviations = np.sqrt(users_accuracy * (1 - users_accuracy))
    return (math.fsum(weights * deviations) / standard_error) ** 2


def allocate_units(units: int, weights: Array, rare_units: int) -> Whole:
    """Units of each class: a fixed number where its share would be fewer, the rest by area.

    Parameters
    ----------
    units : int
        In all.
    weights : ndarray, shape (k,)
        Share of each map class in the whole area. [1]
    rare_units : int
        Given to every class whose share by area would be fewer.

    Returns
    -------
    ndarray of int, shape (k,)
        Their sum is ``units``, or more where all classes are rare.
    """
    rare = np.zeros(len(weights), dtype=bool)
    while not rare.all():
        left = units - rare_units * int(rare.sum())
        shares = np.where(rare, rare_units, left * weights / weights[~rare].sum())
        fewer = ~rare & (shares < rare_units)
        if not fewer.any():
            break
        rare |= fewer
    else:
        return np.full(len(weights), rare_units, dtype=np.int64)
    whole = np.floor(shares).astype(np.int64)
    missing = units - int(whole.sum())
    largest = np.argsort(-(shares - whole), kind="stable")[:missing]
    whole[largest] += 1
    return whole


def allocate_for_error(
    weights: Array, users_accuracy: Array, standard_error: float, rare_units: int, limits: Array
) -> Whole:
    """Units of each class that give the overall accuracy a wanted standard error, as :func:`allocate_units`.

    Sharing by area takes more units than the best allocation, so that their number grows until the error is
    reached, or every class has all the units that it can have.

    Parameters
    ----------
    weights, users_accuracy, standard_error, rare_units
        As above.
    limits : ndarray, shape (k,)
        Units that each class can have at most.
    """
    wanted = math.ceil(units_for_overall_accuracy(weights, users_accuracy, standard_error))
    while True:
        units = np.minimum(allocate_units(wanted, weights, rare_units), limits).astype(np.int64)
        if (units <= 1).any() or (units >= limits).all():
            return units
        if expected_overall_error(weights, users_accuracy, units) <= standard_error:
            return units
        wanted += max(1, wanted // 100)


def expected_overall_error(weights: Array, users_accuracy: Array, units: Whole) -> float:
    """Standard error of the overall accuracy that an allocation should give. [1]"""
    return math.sqrt(math.fsum(weights**2 * users_accuracy * (1 - users_accuracy) / (units - 1)))

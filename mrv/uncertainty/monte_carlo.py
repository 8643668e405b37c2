"""What draws say: mean, standard deviation, intervals, and how far these are off for being draws.

A mean, a spread and the limits of an interval that come from draws have an error of their own. It is
told beside each figure, and the number of draws grows until two digits stand or the limit is reached.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

SIGNIFICANT_DIGITS = 2
"""Digits of a standard uncertainty that must stand (JCGM 101:2008, 7.9.2)."""

ORDER_LEVEL = 0.95
"""Level of the order-statistic limits from which the error of a quantile is taken."""


class Limits(NamedTuple):
    """Ends of an interval."""

    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the distance of the ends."""
        return (self.high - self.low) / 2


def symmetric_interval(draws: Array, level: float) -> Limits:
    """Interval with equal probability beyond either end.

    Parameters
    ----------
    draws : ndarray, shape (n,)
    level : float

    Notes
    -----
    Quantiles of type 7 (linear between the draws). JCGM 101:2008, 7.7.2.
    """
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Limits(float(low), float(high))


def shortest_interval(draws: Array, level: float) -> Limits:
    """Shortest interval that holds the share of the draws; the lowest where several are as short.

    References
    ----------
    .. [1] JCGM 101:2008, 5.3.4 and 7.7.4.
    """
    ordered = np.sort(draws)
    inside = round(level * len(ordered))
    widths = ordered[inside:] - ordered[: len(ordered) - inside]
    start = int(np.argmin(widths))
    return Limits(float(ordered[start]), float(ordered[start + inside]))


def mean_standard_error(standard_deviation: float, draws: int) -> float:
    """Error of a mean of draws, in the unit of their standard deviation."""
    return standard_deviation / math.sqrt(draws)


def normal_quantile_standard_error(p: float, standard_deviation: float, draws: int) -> float:
    """Error of a quantile of draws that are normal, ``√(p(1−p)/n)/φ``, in the unit of the deviation."""
    density = float(scipy.stats.norm.pdf(ndtri(p)))
    return standard_deviation * math.sqrt(p * (1 - p) / draws) / density


def order_statistic_limits(p: float, draws: int, level: float = ORDER_LEVEL) -> tuple[int, int]:
    """Ranks (from 1) of the ordered draws between which a quantile lies with the given probability.

    References
    ----------
    .. [1] David and Nagaraja (2003), Order Statistics, 3rd ed., section 7.1.
    """
    tail = (1 - level) / 2
    low, high = scipy.stats.binom.ppf([tail, 1 - tail], draws, p)
    return int(low), int(high) + 1


def quantile_standard_error(draws: Array, p: float) -> float:
    """Error of a quantile of draws, whatever their distribution: from the order statistics around it."""
    low, high = order_statistic_limits(p, len(draws))
    ordered = np.partition(draws, [max(low - 1, 0), min(high - 1, len(draws) - 1)])
    width = ordered[min(high - 1, len(draws) - 1)] - ordered[max(low - 1, 0)]
    return float(width) / (2 * float(ndtri(0.5 + ORDER_LEVEL / 2)))


def limits_standard_error(draws: Array, level: float) -> float:
    """Error of the ends of an interval of draws, the larger of the two."""
    return max(quantile_standard_error(draws, p) for p in ((1 - level) / 2, (1 + level) / 2))


def numerical_tolerance(standard_uncertainty: float, digits: int = SIGNIFICANT_DIGITS) -> float:
    """Half a unit of the last significant digit of a standard uncertainty, in its unit; 0 for 0.

    References
    ----------
    .. [1] JCGM 101:2008, 7.9.2.
    """
    if standard_uncertainty == 0:
        return 0.0
    exponent = math.floor(math.log10(standard_uncertainty))
    return 0.5 * 10.0 ** (exponent - digits + 1)


@dataclass(frozen=True)
class Convergence:
    """How well a simulation has settled.

    Attributes
    ----------
    draws : int
    error : float
        Twice the largest standard error among mean, standard deviation and the ends of the interval.
    tolerance : float
        What two digits of the standard deviation allow.
    """

    draws: int
    error: float
    tolerance: float

    @property
    def reached(self) -> bool:
        """Whether the digits stand."""
        return self.error <= self.tolerance


def convergence(draws: Array, level: float, batch: int) -> Convergence:
    """Convergence of a simulation from the scatter of its batches.

    Parameters
    ----------
    draws : ndarray, shape (n,)
        In the order they were drawn; a remainder below one batch is not looked at.
    level : float
    batch : int
        Draws in a batch.

    References
    ----------
    .. [1] JCGM 101:2008, 7.9.4: the standard deviation of the averages over h batches.
    """
    rows = draws[: len(draws) // batch * batch].reshape(-1, batch)
    statistics = np.column_stack(
        [
            rows.mean(axis=1),
            rows.std(axis=1, ddof=1),
            *np.quantile(rows, [(1 - level) / 2, (1 + level) / 2], axis=1),
        ]
    )
    errors = statistics.std(axis=0, ddof=1) / math.sqrt(len(rows))
    spread = float(draws.std(ddof=1))
    return Convergence(len(draws), 2 * float(errors.max()), numerical_tolerance(spread))

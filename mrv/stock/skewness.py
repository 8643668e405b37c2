"""Intervals of means of skewed plots, to stand beside Student's.

A t interval is symmetric; the mean of a few skewed plots or clusters is not, and misses high truths more
often than low ones. Hall's transformation takes the skewness out of Student's t first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mrv.stock.estimators import Estimate, Interval, t_quantile
from mrv.stock.linear import Replicate

FEWEST_UNITS = 4
"""Units from which on a skewness is estimated."""

SAME = 1e-9
"""Skewness below which the transformation is the identity."""


@dataclass(frozen=True)
class SkewedEstimate:
    """An estimate with the skewness of its error.

    Attributes
    ----------
    estimate : Estimate
    skewness : float
        Third moment of its error over the cube of its standard error. [1]
    """

    estimate: Estimate
    skewness: float

    @property
    def value(self) -> float:
        """Of the estimate."""
        return self.estimate.value

    @property
    def standard_error(self) -> float:
        """Of the estimate."""
        return self.estimate.standard_error

    def interval(self, level: float) -> Interval:
        r"""Two-sided interval by Hall's cubic transformation of Student's t.

        Notes
        -----
        With skewness λ of the error and quantiles z of Student's t, the interval ends where

        .. math:: z = T + \lambda T^2 / 3 + \lambda^2 T^3 / 27 + \lambda / 6, \quad
           T = \frac{3}{\lambda} \left[\left(1 + \lambda (z - \lambda/6)\right)^{1/3} - 1\right]

        References
        ----------
        .. [1] Hall (1992), On the removal of skewness by transformation, Journal of the Royal Statistical
           Society B 54, 221–228.
        """
        reach = t_quantile(level, self.estimate.degrees_of_freedom)
        low = self.value - self.standard_error * _untransformed(reach, self.skewness)
        high = self.value - self.standard_error * _untransformed(-reach, self.skewness)
        return Interval(low, high, (high - low) / 2)


def _untransformed(quantile: float, skewness: float) -> float:
    if abs(skewness) < SAME:
        return quantile
    return 3 / skewness * (math.cbrt(1 + skewness * (quantile - skewness / 6)) - 1)


def skewness_of_error(departures: Mapping[Replicate, float], standard_error: float) -> float:
    r"""Skewness of the error of an estimate, from what each unit drawn first adds to it.

    Parameters
    ----------
    departures : mapping
        Root of what each unit adds to the variance, with its sign; :meth:`Estimator.departures`.
    standard_error : float
        Of the estimate, all stages.

    Returns
    -------
    float
        NaN with fewer than four units, or without a standard error. [1]

    Notes
    -----
    .. math:: \lambda = \frac{\sqrt{n (n - 1)}}{n - 2} \frac{\sum d^3}{SE^3}

    For a simple random sample it is the sample skewness, adjusted for n, over √n.

    References
    ----------
    .. [1] Joanes and Gill (1998), The Statistician 47, 183–189, doi:10.1111/1467-9884.00122.
    """
    drawn = [departure for (stage, _), departure in departures.items() if stage == 0]
    n = len(drawn)
    if n < FEWEST_UNITS or not standard_error > 0:
        return math.nan
    third = math.fsum(departure**3 for departure in drawn)
    return math.sqrt(n * (n - 1)) / (n - 2) * third / standard_error**3


def skewness_of_units(departures: Mapping[Replicate, float]) -> float:
    """Skewness of what the units drawn first add to the error: of plots, or of clusters. [1]"""
    drawn = {key: departure for key, departure in departures.items() if key[0] == 0}
    spread = math.sqrt(math.fsum(departure**2 for departure in drawn.values()))
    return skewness_of_error(drawn, spread) * math.sqrt(len(drawn))

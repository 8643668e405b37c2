"""Means of a sampled area and their standard errors, from the way the plots were chosen.

Every estimator leads to an :class:`Estimate`. Intervals use Student's t with
the degrees of freedom of the design, never the normal quantile. The finite population correction is
applied where the size of the population is given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]


class Interval(NamedTuple):
    """Two-sided confidence interval."""

    low: float
    high: float
    half_width: float


@dataclass(frozen=True)
class Estimate:
    """A mean or total with its standard error and degrees of freedom, in one unit.

    A standard error that the design does not give is NaN, and so is every interval made of it.
    """

    value: float
    standard_error: float
    degrees_of_freedom: float
    units: int
    method: str

    def interval(self, level: float) -> Interval:
        """Two-sided t interval at a confidence level, such as 0.90."""
        half_width = t_quantile(level, self.degrees_of_freedom) * self.standard_error
        return Interval(self.value - half_width, self.value + half_width, half_width)

    def relative_half_width(self, level: float) -> float:
        """Half-width of the interval of a confidence level over the value. [1]"""
        return self.interval(level).half_width / abs(self.value)

    def times(self, factor: float) -> Estimate:
        """Scale value and standard error, such as a mean per hectare by the hectares."""
        return Estimate(
            self.value * factor,
            self.standard_error * abs(factor),
            self.degrees_of_freedom,
            self.units,
            self.method,
        )


def t_quantile(level: float, degrees_of_freedom: float) -> float:
    """Student's t that a two-sided interval of a confidence level reaches to either side."""
    return float(stdtrit(degrees_of_freedom, 0.5 + level / 2))


def mean(values: Array) -> float:
    """Arithmetic mean, exactly rounded, so that the order of the values is irrelevant."""
    return math.fsum(values) / len(values)


def variance(values: Array) -> float:
    """Sample variance with n − 1, exactly rounded; NaN for a single value."""
    if len(values) < 2:
        return math.nan
    centre = mean(values)
    return math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1)


def purposive(values: Array) -> Estimate:
    """Mean of plots chosen by judgement: no design stands behind an interval, so there is none."""
    return Estimate(mean(values), math.nan, math.nan, len(values), "purposive sample: mean only")


def from_summary(n: int, average: float, s2: float, population: float = math.inf) -> Estimate:
    r"""Mean of a simple random sample, from its size, mean and variance.

    Parameters
    ----------
    n : int
        Sampled units.
    average, s2 : float
        Sample mean and variance (n − 1).
    population : float, optional
        Units in the population; infinite leaves out the finite population correction.

    Notes
    -----
    .. math:: SE = \sqrt{\frac{s^2}{n} \left(1 - \frac{n}{N}\right)}

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., eq. 2.20.
    """
    standard_error = math.sqrt(s2 / n * (1 - n / population))
    return Estimate(average, standard_error, n - 1, n, "simple random sampling")


def simple_random(values: Array, population: float = math.inf) -> Estimate:
    """Mean of a simple random sample.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One value per sampled unit, in the unit of the result.
    population : float, optional
        Units in the population.

    Returns
    -------
    Estimate
        With n − 1 degrees of freedom; a single value has no standard error.
    """
    return from_summary(len(values), mean(values), variance(values), population)


def satterthwaite(variances: Array, degrees_of_freedom: Array) -> float:
    """Degrees of freedom of a sum of independent variances, ``(Σv)² / Σ(v²/df)``.

    References
    ----------
    .. [1] Satterthwaite (1946), Biometrics Bulletin 2, 110–114; Cochran (1977), eq. 5.16.
    """
    shares = variances / math.fsum(variances)
    return 1 / math.fsum(shares**2 / degrees_of_freedom)


def stratified(
    weights: Array,
    strata: Sequence[Estimate],
    degrees: Literal["satterthwaite", "units less strata"] = "satterthwaite",
) -> Estimate:
    """Mean of a stratified population from the estimates of its strata.

    Parameters
    ----------
    weights : ndarray, shape (L,)
        Share of each stratum in the population; with sizes instead of shares the result is a total.
    strata : sequence of Estimate, length L
    degrees : {"satterthwaite", "units less strata"}
        Degrees of freedom of the result: Satterthwaite's, or those of all strata together, ``n − L``,
        where a methodology prescribes them.

    Returns
    -------
    Estimate
        A single stratum keeps its own degrees of freedom.

    Notes
    -----
    ``ȳ = Σ W_h ȳ_h``, ``V = Σ W_h² V_h``. With ``V_h = (1 − f_h) s_h² / n_h`` the degrees of
    freedom are those of Cochran (1977), eq. 5.16.
    """
    variances = np.array([(w * s.standard_error) ** 2 for w, s in zip(weights, strata, strict=True)])
    dfs = np.array([s.degrees_of_freedom for s in strata])
    total_variance = math.fsum(variances)
    pooled = degrees == "units less strata" or total_variance == 0
    df = float(np.sum(dfs)) if pooled else satterthwaite(variances, dfs)
    return Estimate(
        math.fsum(w * s.value for w, s in zip(weights, strata, strict=True)),
        math.sqrt(total_variance),
        df if len(strata) > 1 else float(dfs[0]),
        sum(s.units for s in strata),
        f"stratified: {strata[0].method}" if len(strata) > 1 else strata[0].method,
    )

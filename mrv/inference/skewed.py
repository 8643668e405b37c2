"""Intervals for skewed values, to stand beside the t interval where a few plots hold most of the biomass.

Student's t is symmetric; the mean of a few skewed plots is not. Its interval then misses high truths
more often than low ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mrv.stock.estimators import Array, Estimate, Interval, mean, t_quantile, variance
from mrv.streams import BLOCK, Streams

SKEWED_ABOVE = 1.0
"""Skewness of the plots above which the other intervals are told."""


def skewness(values: Array) -> float:
    """Skewness of a sample, adjusted for its size (g₁ √(n(n−1)) / (n−2)); NaN where it has none.

    References
    ----------
    .. [1] Joanes and Gill (1998), The Statistician 47, 183–189, doi:10.1111/1467-9884.00122.
    """
    n = len(values)
    centred = values - mean(values)
    second = math.fsum(centred**2) / n
    if n < 3 or second == 0:
        return math.nan
    g1 = math.fsum(centred**3) / n / math.sqrt(second) ** 3
    return g1 * math.sqrt(n * (n - 1)) / (n - 2)


def log_scale_interval(estimate: Estimate, level: float) -> Interval | None:
    """Interval that is symmetric on a logarithmic scale; None where the estimate is not above zero."""
    if estimate.value <= 0 or not math.isfinite(estimate.standard_error):
        return None
    relative = estimate.standard_error / estimate.value
    factor = math.exp(t_quantile(level, estimate.degrees_of_freedom) * relative)
    low, high = estimate.value / factor, estimate.value * factor
    return Interval(low, high, (high - low) / 2)


def bootstrap_t_interval(
    estimate: Estimate,
    samples: Sequence[Array],
    weights: Array,
    level: float,
    streams: Streams,
    variable: str,
) -> Interval | None:
    """Interval by the bootstrap of Student's t, within strata.

    Parameters
    ----------
    estimate : Estimate
        Stratified mean of the samples, moved by any constant; its standard error scales the result.
    samples : sequence of ndarray
        Values, or residuals, of each stratum.
    weights : ndarray, shape (strata,)
        Shares of the area.
    level : float
    streams : Streams
    variable : str
        Key of the random numbers.

    Returns
    -------
    Interval or None
        None where a stratum has fewer than five plots, too few to draw anew from.

    References
    ----------
    .. [1] Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 12.5.
    """
    if any(len(sample) < 5 for sample in samples) or not estimate.standard_error > 0:
        return None
    departure = np.zeros(BLOCK)
    spread = np.zeros(BLOCK)
    for number, (sample, weight) in enumerate(zip(samples, weights, strict=True)):
        n = len(sample)
        chosen = (streams.uniforms(variable, 0, str(number), n) * n).astype(np.intp)
        drawn = sample[chosen]
        departure += weight * (drawn.mean(axis=1) - mean(sample))
        spread += weight**2 * drawn.var(axis=1, ddof=1) / n
    own = math.sqrt(math.fsum(w**2 * variance(s) / len(s) for w, s in zip(weights, samples, strict=True)))
    good = spread > 0
    if own == 0 or not good.any():
        return None
    t = departure[good] / np.sqrt(spread[good])
    tail = (1 - level) / 2
    low_t, high_t = np.quantile(t, [tail, 1 - tail])
    low = estimate.value - float(high_t) * estimate.standard_error
    high = estimate.value - float(low_t) * estimate.standard_error
    return Interval(low, high, (high - low) / 2)

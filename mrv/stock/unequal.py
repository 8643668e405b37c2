"""Samples that are no simple random ones: drawn with unequal chances, or on a grid."""

from __future__ import annotations

import math

from mrv.stock.estimators import Array, Estimate, mean, variance


def hansen_hurwitz(values: Array, draw_probabilities: Array) -> Estimate:
    r"""Total from units drawn with replacement, with probabilities proportional to some size.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Value of the unit of each draw; a unit drawn twice stands twice.
    draw_probabilities : ndarray, shape (n,)
        Probability of that unit in one draw. [1]

    Returns
    -------
    Estimate
        Total of the population, with n − 1 degrees of freedom.

    Notes
    -----
    .. math:: \hat T = \frac{1}{n} \sum \frac{y_i}{p_i}, \quad V = \frac{1}{n} s^2_{y/p}

    References
    ----------
    .. [1] Hansen and Hurwitz (1943), Annals of Mathematical Statistics 14, 333–362; Cochran (1977),
       eqs. 9A.3 and 9A.4.
    """
    expanded = values / draw_probabilities
    n = len(expanded)
    return Estimate(
        mean(expanded),
        math.sqrt(variance(expanded) / n),
        n - 1,
        n,
        "probability proportional to size, with replacement",
    )


def successive_differences(values: Array, population: float = math.inf) -> Estimate:
    r"""Mean of a systematic sample, its variance from neighbours along the line it was drawn on.

    A supplement, not a replacement: where neighbours are alike, the variance as if random is too large,
    and this one comes nearer; where the grid meets a pattern of the forest, neither is right.

    Parameters
    ----------
    values : ndarray, shape (n,)
        In the order of the line, or of a grid followed to and fro.
    population : float, optional
        Units in the population.

    Notes
    -----
    .. math:: V = \frac{1 - f}{n} \, \frac{\sum_{i>1} (y_i - y_{i-1})^2}{2 (n - 1)}

    References
    ----------
    .. [1] Wolter (2007), Introduction to Variance Estimation, 2nd ed., section 8.2, estimator v₂.
    """
    n = len(values)
    s2 = math.fsum((values[1:] - values[:-1]) ** 2) / (2 * (n - 1))
    return Estimate(
        mean(values),
        math.sqrt((1 - n / population) * s2 / n),
        n - 1,
        n,
        "systematic sampling, variance of successive differences",
    )

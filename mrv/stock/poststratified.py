"""Means by strata that were formed after the plots were drawn, such as classes of a later map.

How many plots fall into each class is then a matter of chance. The unconditional variance counts
that chance; the conditional one judges the sample that was drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mrv.stock.estimators import Array, Estimate, mean, variance

Condition = Literal["unconditional", "conditional"]


@dataclass(frozen=True)
class PostStratum:
    """A class of the population: its share, and the sampled units that turned out to lie in it.

    Attributes
    ----------
    weight : float
        Share of the population. [1]
    n : int
        Sampled units in it; at least two.
    average, s2 : float
        Their mean and variance (n − 1).
    """

    weight: float
    n: int
    average: float
    s2: float


def post_stratum(weight: float, values: Array) -> PostStratum:
    """Class of the population from the values sampled in it."""
    return PostStratum(weight, len(values), mean(values), variance(values))


def _unconditional(strata: Sequence[PostStratum], n: int, population: float) -> float:
    expected = math.fsum(stratum.weight * stratum.s2 for stratum in strata)
    chance = math.fsum((1 - stratum.weight) * stratum.s2 for stratum in strata)
    return (1 - n / population) * expected / n + chance / n**2


def _conditional(strata: Sequence[PostStratum], n: int, population: float) -> float:
    scaled = math.fsum((s.weight * n / s.n) ** 2 * (s.n - 1) * s.s2 for s in strata)
    return (1 - n / population) * scaled / (n * (n - 1))


def post_stratified(
    strata: Sequence[PostStratum], population: float = math.inf, condition: Condition = "unconditional"
) -> Estimate:
    r"""Mean of a simple random sample, weighted by the known shares of classes found afterwards.

    Parameters
    ----------
    strata : sequence of PostStratum, length L
        Their shares sum to 1.
    population : float, optional
        Units in the population.
    condition : {"unconditional", "conditional"}
        Over all samples of the size, or given how many units fell into each class.

    Returns
    -------
    Estimate
        With n − L degrees of freedom.

    Notes
    -----
    Unconditional:

    .. math:: V = \frac{1 - f}{n} \sum W_h s_h^2 + \frac{1}{n^2} \sum (1 - W_h) s_h^2

    Conditional: the variance of residuals times their calibration factor ``W_h n / n_h``, as the R package
    survey has it:

    .. math:: V = \frac{1 - f}{n (n - 1)} \sum \left(\frac{W_h n}{n_h}\right)^2 (n_h - 1) s_h^2

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., eq. 5A.42.
    .. [2] Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 7.6.
    """
    n = sum(stratum.n for stratum in strata)
    compute = _unconditional if condition == "unconditional" else _conditional
    return Estimate(
        math.fsum(stratum.weight * stratum.average for stratum in strata),
        math.sqrt(compute(strata, n, population)),
        n - len(strata),
        n,
        "post-stratified, unconditional variance"
        if condition == "unconditional"
        else "post-stratified, conditional variance",
    )

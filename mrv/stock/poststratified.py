"""Means by strata that were formed after the plots were drawn, such as classes of a later map.

How many plots fall into each class is then a matter of chance. The unconditional variance counts
that chance; the conditional one judges the sample that was drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mrv.stock.estimators import Array, Estimate, from_summary, mean, stratified, variance
from mrv.stock.linear import Estimator, Residuals, names_of

Condition = Literal["unconditional", "conditional", "g-weighted"]

METHODS: dict[Condition, str] = {
    "unconditional": "post-stratified, unconditional variance",
    "conditional": "post-stratified, conditional variance",
    "g-weighted": "post-stratified, g-weighted variance",
}


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


def _g_weighted(strata: Sequence[PostStratum], n: int, population: float) -> float:
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
    condition : {"unconditional", "conditional", "g-weighted"}
        Over all samples of the size, or given how many units fell into each class; the last is the
        conditional variance in the form that the R package survey has.

    Returns
    -------
    Estimate
        With n − L degrees of freedom; Satterthwaite's for the conditional variance, which is that of a
        stratified sample.

    Notes
    -----
    Unconditional, conditional and g-weighted:

    .. math:: V = \frac{1 - f}{n} \sum W_h s_h^2 + \frac{1}{n^2} \sum (1 - W_h) s_h^2

    .. math:: V = (1 - f) \sum W_h^2 \frac{s_h^2}{n_h}

    .. math:: V = \frac{1 - f}{n (n - 1)} \sum \left(\frac{W_h n}{n_h}\right)^2 (n_h - 1) s_h^2

    The last divides all residuals by n − 1 and not those of each class by n_h − 1: with few units in a class
    it is too small.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., eq. 5A.42.
    .. [2] Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 7.6.
    """
    n = sum(stratum.n for stratum in strata)
    method = METHODS[condition]
    if condition == "conditional":
        own = [from_summary(s.n, s.average, s.s2, s.n * population / n) for s in strata]
        return replace(stratified(np.array([s.weight for s in strata]), own), method=method)
    compute = _unconditional if condition == "unconditional" else _g_weighted
    return Estimate(
        math.fsum(stratum.weight * stratum.average for stratum in strata),
        math.sqrt(compute(strata, n, population)),
        n - len(strata),
        n,
        method,
    )


def post_strata(
    classes: Sequence[str],
    shares: Mapping[str, float],
    population: float = math.inf,
    units: Sequence[str] | None = None,
) -> Estimator:
    """Post-stratified mean with its unconditional variance, as :func:`post_stratified`, for any values.

    Parameters
    ----------
    classes : sequence of str, length n
        Class that each sampled unit turned out to lie in.
    shares : mapping
        Share of each class in the population; at least two units lie in each. [1]
    population : float, optional
        Units in the population.
    units : sequence of str, optional
        Names of the sampled units.
    """
    n, names = len(classes), sorted(shares)
    indicator = np.array([[own == name for name in names] for own in classes], dtype=np.float64)
    counts = indicator.sum(axis=0)
    share = np.array([shares[name] for name in names])
    method = METHODS["unconditional"]
    with np.errstate(divide="ignore", invalid="ignore"):
        means = (indicator / counts).T
        part = share * (1 - n / population) / n + (1 - share) / n**2
        scale = np.sqrt(part / (counts - 1))
    # A class without units leaves the mean unknown, one with a single unit its variance.
    weights = indicator @ np.where(counts > 0, share / np.maximum(counts, 1), math.nan) + (
        0.0 if counts.all() else math.nan
    )
    stage = Residuals(tuple(units) if units is not None else names_of(n), indicator @ scale, indicator, means)
    known = bool((counts > 1).all())
    return Estimator(weights, (stage,) if known else (), n - len(names) if known else math.nan, n, method)

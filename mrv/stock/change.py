"""Change of a mean between two dates: on the same plots, on other plots, or on some of each.

Plots differ from each other far more than they change. Measured twice, their differences cancel; so a
paired sample needs a fraction of the plots that two independent samples need.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mrv.stock.estimators import Array, Estimate, mean, satterthwaite, simple_random, variance


def paired_change(first: Array, second: Array, population: float = math.inf) -> Estimate:
    """Change of the mean of units measured at both dates, ``V = s_d² / n`` of their differences.

    Parameters
    ----------
    first, second : ndarray, shape (n,)
        The same units in the same order.
    population : float, optional
        Units in the population.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., section 12.10.
    """
    estimate = simple_random(second - first, population)
    return Estimate(
        estimate.value, estimate.standard_error, estimate.degrees_of_freedom, estimate.units, "paired plots"
    )


def independent_change(first: Estimate, second: Estimate) -> Estimate:
    """Change between two samples that share no unit: variances add.

    Of units that were measured at both dates it makes the standard error too large; it is then printed
    beside the paired one to show what pairing is worth.

    Parameters
    ----------
    first, second : Estimate

    Returns
    -------
    Estimate
        With Satterthwaite degrees of freedom.
    """
    variances = np.array([first.standard_error**2, second.standard_error**2])
    dfs = np.array([first.degrees_of_freedom, second.degrees_of_freedom])
    total = math.fsum(variances)
    return Estimate(
        second.value - first.value,
        math.sqrt(total),
        satterthwaite(variances, dfs) if total > 0 else float(np.sum(dfs)),
        first.units + second.units,
        "difference of independent means",
    )


def _arrays(values: Mapping[str, float], names: list[str]) -> Array:
    return np.array([values[name] for name in names], dtype=np.float64)


def _covariance(one: Array, other: Array) -> float:
    return math.fsum((one - mean(one)) * (other - mean(other))) / (len(one) - 1)


def change_of_partly_matched(first: Mapping[str, float], second: Mapping[str, float]) -> Estimate:
    r"""Change of a mean between two dates where only some units were measured at both.

    Parameters
    ----------
    first, second : mapping
        Value of each sampled unit (plot or cluster) at either date, by identifier.

    Returns
    -------
    Estimate
        Difference of the two means over all units, so that no plot is dropped; the matched ones
        enter through their covariance. Degrees of freedom are those of the smaller sample, which
        is conservative.

    Notes
    -----
    .. math:: V = s_1^2/n_1 + s_2^2/n_2 - 2\,n_{12}\,s_{12} / (n_1 n_2)

    With all units matched it is the variance of the paired differences.
    """
    y1, y2 = np.array(list(first.values())), np.array(list(second.values()))
    matched = sorted(first.keys() & second.keys())
    covariance = 0.0
    if len(matched) > 1:
        covariance = _covariance(_arrays(first, matched), _arrays(second, matched))
    n1, n2 = len(y1), len(y2)
    total = variance(y1) / n1 + variance(y2) / n2 - 2 * len(matched) * covariance / (n1 * n2)
    return Estimate(
        mean(y2) - mean(y1),
        math.sqrt(max(total, 0.0)) if not math.isnan(total) else math.nan,
        min(n1, n2) - 1,
        len(first.keys() | second.keys()),
        f"difference of means, {len(matched)} units matched",
    )


@dataclass(frozen=True)
class PartialReplacement:
    """Means at both dates and their change, from permanent and temporary units together."""

    first: Estimate
    second: Estimate
    change: Estimate


def _means_and_covariance(
    first: Mapping[str, float], second: Mapping[str, float]
) -> tuple[Array, Array, Array]:
    """Means of the groups of units, the date each belongs to, and the covariance matrix of these means."""
    matched = sorted(first.keys() & second.keys())
    groups = [
        (0, _arrays(first, matched)),
        (1, _arrays(second, matched)),
        (0, _arrays(first, sorted(first.keys() - second.keys()))),
        (1, _arrays(second, sorted(second.keys() - first.keys()))),
    ]
    s1, s2 = variance(np.array(list(first.values()))), variance(np.array(list(second.values())))
    # The correlation comes from the units of both dates, the variances from all: so |covariance| ≤ s1·s2.
    both = (groups[0][1], groups[1][1])
    spread = math.sqrt(variance(both[0]) * variance(both[1]))
    correlation = _covariance(*both) / spread if spread > 0 else 0.0
    kept = [(date, values) for date, values in groups if len(values)]
    covariance = np.diag([(s1, s2)[date] / len(values) for date, values in kept])
    covariance[0, 1] = covariance[1, 0] = correlation * math.sqrt(s1 * s2) / len(matched)
    dates = np.array([[date == 0, date == 1] for date, _ in kept], dtype=np.float64)
    return np.array([mean(values) for _, values in kept]), dates, covariance


def partial_replacement(first: Mapping[str, float], second: Mapping[str, float]) -> PartialReplacement:
    r"""Means and change by sampling with partial replacement: the weights that make the variance least.

    Parameters
    ----------
    first, second : mapping
        Value of each sampled unit at either date, by identifier; at least three units are in both, and
        which ones were measured again was decided by chance.

    Returns
    -------
    PartialReplacement
        Degrees of freedom are those of the units measured at both dates, less one, because the
        correlation, and by it the weights, come from these.

    Notes
    -----
    Generalised least squares on the means of matched and unmatched units,

    .. math:: \hat\mu = (X' V^{-1} X)^{-1} X' V^{-1} \bar y

    whose change is that of Ware and Cunia. It leans on the matched units; if plots were lost where the
    forest was disturbed, it is biased, and :func:`change_of_partly_matched` less so.

    References
    ----------
    .. [1] Ware and Cunia (1962), Continuous forest inventory with partial replacement of samples,
       Forest Science Monograph 3.
    """
    matched = len(first.keys() & second.keys())
    means, dates, covariance = _means_and_covariance(first, second)
    precision = np.linalg.pinv(covariance, hermitian=True)
    variances = np.linalg.inv(dates.T @ precision @ dates)
    fitted = variances @ dates.T @ precision @ means
    method = f"partial replacement, {matched} units matched"

    def of(contrast: Array, units: int) -> Estimate:
        spread = max(float(contrast @ variances @ contrast), 0.0)
        return Estimate(float(contrast @ fitted), math.sqrt(spread), matched - 1, units, method)

    return PartialReplacement(
        of(np.array([1.0, 0.0]), len(first)),
        of(np.array([0.0, 1.0]), len(second)),
        of(np.array([-1.0, 1.0]), len(first.keys() | second.keys())),
    )

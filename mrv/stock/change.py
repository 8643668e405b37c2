"""Change of a mean between two dates, beside the difference of means that :mod:`mrv.stock.linear` gives.

Plots differ from each other far more than they change. Measured twice, their differences cancel; so a
paired sample needs a fraction of the plots that two independent samples need.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mrv.stock.estimators import Array, Estimate, mean, satterthwaite


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


def _arrays(values: Mapping[str, float], names: Sequence[str]) -> Array:
    return np.array([values[name] for name in names], dtype=np.float64)


@dataclass(frozen=True)
class PartialReplacement:
    """Means at both dates and their change, from permanent and temporary units together."""

    first: Estimate
    second: Estimate
    change: Estimate


def _fits(one: Array, other: Array, first: Array, second: Array) -> Array:
    """Means at both dates by generalised least squares, of all units and without each, shape (1 + n, 2).

    Parameters
    ----------
    one, other : ndarray
        Values of the units measured at both dates.
    first, second : ndarray
        Values of those measured at one date alone.
    """
    sizes = (len(one), len(first), len(second))
    kept = np.vstack([np.ones(sum(sizes)), 1 - np.eye(sum(sizes))])
    both, alone_1, alone_2 = np.split(kept, np.cumsum(sizes)[:-1], axis=1)

    def moments(weights: Array, x: Array, y: Array) -> tuple[Array, Array]:
        """Covariance with n − 1, and the number of units."""
        n = weights.sum(axis=1)
        x_mean, y_mean = (np.einsum("ij,j->i", weights, values) / n for values in (x, y))
        products = (x[None, :] - x_mean[:, None]) * (y[None, :] - y_mean[:, None])
        return np.einsum("ij,ij->i", weights, products) / (n - 1), n

    dates = [
        (np.hstack([both, alone]), np.concatenate([values, own]))
        for values, own, alone in ((one, first, alone_1), (other, second, alone_2))
    ]
    s1, s2 = (moments(weights, values, values)[0] for weights, values in dates)
    # The correlation comes from the units of both dates, the variances from all: so |covariance| ≤ s1·s2.
    spread = np.sqrt(moments(both, one, one)[0] * moments(both, other, other)[0])
    shared, matched = moments(both, one, other)
    correlation = np.divide(shared, spread, out=np.zeros_like(spread), where=spread > 0)
    groups = [(0, both, one), (1, both, other), (0, alone_1, first), (1, alone_2, second)]
    used = [group for group in groups if len(group[2])]
    covariance = np.zeros((len(kept), len(used), len(used)))
    means = np.empty((len(kept), len(used)))
    gone = np.zeros((len(kept), len(used)), dtype=np.bool_)
    for position, (date, weights, values) in enumerate(used):
        n = weights.sum(axis=1)
        gone[:, position] = n == 0
        means[:, position] = np.einsum("ij,j->i", weights, values) / np.maximum(n, 1)
        covariance[:, position, position] = (s1, s2)[date] / np.maximum(n, 1)
    covariance[:, 0, 1] = covariance[:, 1, 0] = correlation * np.sqrt(s1 * s2) / matched
    x = np.array([[date == 0, date == 1] for date, _, _ in used], dtype=np.float64)
    precision = np.linalg.pinv(covariance, hermitian=True)
    # A single unit of one date, left out, leaves its group empty; being uncorrelated, it just has no weight.
    precision[gone] = 0.0
    normal = np.einsum("pi,rpq,qj->rij", x, precision, x)
    right = np.einsum("pi,rpq,rq->ri", x, precision, means)
    return np.asarray(np.linalg.solve(normal, right[:, :, None])[:, :, 0])


def partial_replacement(first: Mapping[str, float], second: Mapping[str, float]) -> PartialReplacement:
    r"""Means and change by sampling with partial replacement: the weights that make the variance least.

    Parameters
    ----------
    first, second : mapping
        Value of each sampled unit at either date, by identifier; at least four units are in both, and
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

    whose change is that of Ware and Cunia. Its variance leaves one unit out at a time and weighs anew,
    so that it holds what is uncertain in the weights. The estimate leans on the matched units; if plots were
    lost where the forest was disturbed, it is biased, and the difference of the means less so.

    References
    ----------
    .. [1] Ware and Cunia (1962), Continuous forest inventory with partial replacement of samples,
       Forest Science Monograph 3.
    .. [2] Wolter (2007), Introduction to Variance Estimation, 2nd ed., chapter 4.
    """
    matched, one, other = (
        sorted(names)
        for names in (
            first.keys() & second.keys(),
            first.keys() - second.keys(),
            second.keys() - first.keys(),
        )
    )
    fits = _fits(
        _arrays(first, matched), _arrays(second, matched), _arrays(first, one), _arrays(second, other)
    )
    sizes = [len(matched), len(one), len(other)]
    method = f"partial replacement, least variance, {len(matched)} units matched"

    def of(contrast: Array, units: int) -> Estimate:
        fitted, *without = np.einsum("rd,d->r", fits, contrast)
        total = math.fsum(
            (len(group) - 1) / len(group) * math.fsum((group - mean(group)) ** 2)
            for group in np.split(np.array(without), np.cumsum(sizes)[:-1])
            if len(group)
        )
        return Estimate(float(fitted), math.sqrt(total), len(matched) - 1, units, method)

    return PartialReplacement(
        of(np.array([1.0, 0.0]), len(first)),
        of(np.array([0.0, 1.0]), len(second)),
        of(np.array([-1.0, 1.0]), len(first.keys() | second.keys())),
    )

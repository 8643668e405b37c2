"""Change of a mean between two dates, beside the difference of means that :mod:`mrv.stock.linear` gives.

Plots differ from each other far more than they change. Measured twice, their differences cancel; so a
paired sample needs a fraction of the plots that two independent samples need.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mrv.stock.estimators import Array, Estimate, mean, satterthwaite, variance


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


def _covariance(one: Array, other: Array) -> float:
    return math.fsum((one - mean(one)) * (other - mean(other))) / (len(one) - 1)


@dataclass(frozen=True)
class PartialReplacement:
    """Means at both dates and their change, from permanent and temporary units together."""

    first: Estimate
    second: Estimate
    change: Estimate


@dataclass(frozen=True)
class _Groups:
    """Units of two dates: matched ones, and those of one date alone."""

    matched: tuple[Array, Array]
    first: Array
    second: Array

    def means_and_covariance(self) -> tuple[Array, Array, Array]:
        """Means of the groups, the date each belongs to, and the covariance matrix of these means."""
        one, other = self.matched
        s1, s2 = (variance(np.concatenate(parts)) for parts in ((one, self.first), (other, self.second)))
        # The correlation comes from the units of both dates, the variances from all: so |covariance| ≤ s1·s2.
        spread = math.sqrt(variance(one) * variance(other))
        correlation = _covariance(one, other) / spread if spread > 0 else 0.0
        groups = [(0, one), (1, other), (0, self.first), (1, self.second)]
        kept = [(date, values) for date, values in groups if len(values)]
        covariance = np.diag([(s1, s2)[date] / len(values) for date, values in kept])
        covariance[0, 1] = covariance[1, 0] = correlation * math.sqrt(s1 * s2) / len(one)
        dates = np.array([[date == 0, date == 1] for date, _ in kept], dtype=np.float64)
        return np.array([mean(values) for _, values in kept]), dates, covariance

    def fitted(self) -> Array:
        """Means at both dates by generalised least squares."""
        means, dates, covariance = self.means_and_covariance()
        precision = np.linalg.pinv(covariance, hermitian=True)
        return np.asarray(np.linalg.solve(dates.T @ precision @ dates, dates.T @ precision @ means))

    def without_each(self) -> list[Array]:
        """Means at both dates with one unit left out at a time."""
        found = []
        for i in range(len(self.matched[0])):
            left = (np.delete(self.matched[0], i), np.delete(self.matched[1], i))
            found.append(_Groups(left, self.first, self.second).fitted())
        for i in range(len(self.first)):
            found.append(_Groups(self.matched, np.delete(self.first, i), self.second).fitted())
        for i in range(len(self.second)):
            found.append(_Groups(self.matched, self.first, np.delete(self.second, i)).fitted())
        return found


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
    groups = _Groups(
        (_arrays(first, matched), _arrays(second, matched)), _arrays(first, one), _arrays(second, other)
    )
    fitted, parts = groups.fitted(), np.array(groups.without_each())
    sizes = [len(matched), len(one), len(other)]
    share = np.repeat([(size - 1) / size if size else 0.0 for size in sizes], sizes)
    method = f"partial replacement, least variance, {len(matched)} units matched"

    def of(contrast: Array, units: int) -> Estimate:
        pseudo = parts @ contrast
        centres = [mean(group) for group in np.split(pseudo, np.cumsum(sizes)[:-1]) for _ in group]
        error = math.sqrt(math.fsum(share * (pseudo - np.array(centres)) ** 2))
        return Estimate(float(contrast @ fitted), error, len(matched) - 1, units, method)

    return PartialReplacement(
        of(np.array([1.0, 0.0]), len(first)),
        of(np.array([0.0, 1.0]), len(second)),
        of(np.array([-1.0, 1.0]), len(first.keys() | second.keys())),
    )

"""Estimators that are linear in what was measured: one form for every design.

Given how the plots were chosen and what is known beside them, an estimate is a weighted sum of plot values,
and its error is a sum of residuals: plot values less what a working model fits to them. Weights and
residuals do not depend on the values. So one estimator serves every pool and date, the change between two
dates is the difference of two of them plot by plot, and draws of sampling errors follow the same design.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mrv.stock.estimators import Array, Estimate, satterthwaite

METHOD = "simple random sampling"

Replicate = tuple[int, str]
"""Stage of the sample (0: the plots or clusters drawn first) and name of the unit in it."""


@dataclass(frozen=True)
class Residuals:
    r"""What each unit of one stage adds to the error of an estimate, as its root.

    Attributes
    ----------
    units : tuple of str, length p
        Unit that each plot belongs to: itself, or its cluster.
    scale : ndarray, shape (p,)
        Factor of each plot's residual.
    basis : ndarray, shape (p, k)
        Variables of the working model: a column of ones for a mean.
    fit : ndarray, shape (k, p)
        How plot values make the coefficients of the model.

    Notes
    -----
    .. math:: d_u = \sum_{j \in u} c_j (y_j - x_j' F y), \quad V = \sum_u d_u^2
    """

    units: tuple[str, ...]
    scale: Array
    basis: Array
    fit: Array

    def departures(self, values: Array) -> dict[str, float]:
        """Root of what each unit adds to the variance; exactly summed, so that order is irrelevant."""
        coefficients = [math.fsum(row * values) for row in self.fit]
        fitted = np.zeros_like(self.scale)
        for column, coefficient in zip(self.basis.T, coefficients, strict=True):
            fitted = fitted + column * coefficient
        parts: dict[str, list[float]] = {}
        for unit, residual in zip(self.units, self.scale * (values - fitted), strict=True):
            parts.setdefault(unit, []).append(float(residual))
        return {unit: math.fsum(own) for unit, own in parts.items()}

    def multiples(self, normals: Array) -> Array:
        """Weight with which a draw adds each plot's value to the estimate, shape (draws, p).

        Parameters
        ----------
        normals : ndarray, shape (draws, p)
            Standard normal number of each plot's unit.
        """
        scaled = normals * self.scale
        # einsum, not a matrix product: the bits of that one may depend on the number of threads.
        taken = np.einsum("dj,jk->dk", scaled, self.basis)
        return np.asarray(scaled - np.einsum("dk,kj->dj", taken, self.fit))


@dataclass(frozen=True)
class Estimator:
    """Mean per hectare of a stratum, or any other figure, as a linear function of plot values.

    Attributes
    ----------
    weights : ndarray, shape (p,)
        ``ŷ = Σ w y``.
    stages : tuple of Residuals
        Empty where the sample gives no standard error.
    degrees_of_freedom : float
    units : int
        Replicates of the design.
    method : str
    """

    weights: Array
    stages: tuple[Residuals, ...]
    degrees_of_freedom: float
    units: int
    method: str

    def value(self, values: Array) -> float:
        """Weighted sum of plot values, exactly rounded."""
        return math.fsum(self.weights * values)

    def departures(self, values: Array) -> dict[Replicate, float]:
        """Root of what each unit of each stage adds to the variance."""
        return {
            (number, unit): departure
            for number, stage in enumerate(self.stages)
            for unit, departure in stage.departures(values).items()
        }

    def estimate(self, values: Array) -> Estimate:
        """Estimate from the values of the plots.

        Parameters
        ----------
        values : ndarray, shape (p,)
        """
        return Estimate(
            self.value(values),
            _root_of_sum(self.departures(values)) if self.stages else math.nan,
            self.degrees_of_freedom,
            self.units,
            self.method,
        )


def _root_of_sum(departures: Mapping[Replicate, float]) -> float:
    return math.sqrt(math.fsum(departure**2 for departure in departures.values()))


def names_of(count: int) -> tuple[str, ...]:
    """Names for units that have none."""
    return tuple(map(str, range(count)))


def random_mean(
    count: int,
    population: float = math.inf,
    units: Sequence[str] | None = None,
    method: str = METHOD,
) -> Estimator:
    r"""Mean of a simple random sample.

    Parameters
    ----------
    count : int
        Sampled units.
    population : float, optional
        Units in the population; infinite leaves out the finite population correction.
    units : sequence of str, optional
        Their names, by which they are found again at another date.
    method : str, optional

    Notes
    -----
    .. math:: V = \frac{s^2}{n} \left(1 - \frac{n}{N}\right)

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., eq. 2.20.
    """
    weights = np.full(count, 1 / count)
    if count < 2:
        return Estimator(weights, (), math.nan, count, method)
    scale = math.sqrt((1 - count / population) / (count * (count - 1)))
    stage = Residuals(
        tuple(units) if units is not None else names_of(count),
        np.full(count, scale),
        np.ones((count, 1)),
        weights[None, :],
    )
    return Estimator(weights, (stage,), count - 1, count, method)


def collapsed_mean(own: Sequence[bool], units: Sequence[str]) -> Estimator:
    """Mean of a stratum with the variance of a group of strata, which was formed before measuring.

    The way out for a stratum with a single plot. Where the strata of a group differ, the variance is too
    large.

    Parameters
    ----------
    own : sequence of bool, length p
        Which plots of the group lie in the stratum.
    units : sequence of str, length p
        Names of all plots of the group.

    Returns
    -------
    Estimator
        The strata of a group share one variance; so each has its part, by plots, of the group's n − 1 degrees
        of freedom.

    References
    ----------
    .. [1] Cochran (1977), section 5A.12; Wolter (2007), Introduction to Variance Estimation, section 2.5.
    """
    mine = np.asarray(own, dtype=np.float64)
    count, whole = float(mine.sum()), len(mine)
    stage = Residuals(
        tuple(units),
        np.full(whole, math.sqrt(1 / (count * (whole - 1)))),
        np.ones((whole, 1)),
        np.full((1, whole), 1 / whole),
    )
    method = f"{METHOD}, variance of a group of strata"
    return Estimator(mine / count, (stage,), (whole - 1) * count / whole, int(count), method)


def change_departures(
    first: Estimator, at_first: Array, second: Estimator, at_second: Array
) -> dict[Replicate, float]:
    """Root of what each unit of either date adds to the variance of a change."""
    before, after = first.departures(at_first), second.departures(at_second)
    return {unit: after.get(unit, 0.0) - before.get(unit, 0.0) for unit in before.keys() | after.keys()}


def change(first: Estimator, at_first: Array, second: Estimator, at_second: Array) -> Estimate:
    """Change of a figure between two dates: what units of both dates share cancels.

    No unit is dropped: with all units measured twice the standard error is that of the paired differences;
    with none, variances add; with some (partial replacement) the covariance of those enters.

    Parameters
    ----------
    first, second : Estimator
    at_first, at_second : ndarray
        Values of the plots of each.

    Returns
    -------
    Estimate
        Its degrees of freedom are the fewer of the two; Satterthwaite's where no unit was measured twice.

    References
    ----------
    .. [1] Cochran (1977), section 12.10.
    """
    before, after = first.departures(at_first), second.departures(at_second)
    drawn = [{unit for stage, unit in found if stage == 0} for found in (before, after)]
    both, either = drawn[0] & drawn[1], drawn[0] | drawn[1]
    value = second.value(at_second) - first.value(at_first)
    units = len(either) if first.stages and second.stages else first.units + second.units
    if not (first.stages and second.stages):
        method = first.method if not first.stages else second.method
        return Estimate(value, math.nan, math.nan, units, method)
    error = _root_of_sum(change_departures(first, at_first, second, at_second))
    dfs = (first.degrees_of_freedom, second.degrees_of_freedom)
    if both == either:
        method = f"paired plots, {second.method}"
        return Estimate(value, error, min(dfs), units, method)
    if both:
        method = f"partial replacement, {len(both)} units measured twice, {second.method}"
        return Estimate(value, error, min(dfs), units, method)
    variances = np.array([_root_of_sum(found) ** 2 for found in (before, after)])
    df = satterthwaite(variances, np.array(dfs)) if variances.sum() > 0 else sum(dfs)
    method = f"independent samples, {second.method}"
    return Estimate(value, error, df, units, method)

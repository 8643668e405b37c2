"""Accuracy of a map and areas of its classes, from a reference sample.

A map is wrong in places, so that its pixels do not add up to areas. A probability sample of places
whose true class is known says how wrong, and gives areas free of that error. Everything here is made of
stratified means of indicators: of the share that is truly of a class, of the share that the map calls so,
and of the share on which both agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

IntervalKind = Literal["z", "t"]

ROUNDING = 1e-13
"""Variance, over the terms that it is the difference of, that rounding explains. [1]"""


@dataclass(frozen=True)
class Share:
    """A proportion of the mapped area, or of a part of it.

    Attributes
    ----------
    value : float
        [1]
    standard_error : float
        NaN where the sample does not give one. [1]
    degrees_of_freedom : float
        Satterthwaite's; NaN where the standard error is zero or not known. [1]
    """

    value: float
    standard_error: float
    degrees_of_freedom: float

    def half_width(self, level: float, kind: IntervalKind) -> float:
        """Half-width of the two-sided interval of a confidence level, by the normal or Student's t."""
        if self.standard_error == 0:
            return 0.0
        tail = 0.5 + level / 2
        quantile = ndtri(tail) if kind == "z" else stdtrit(self.degrees_of_freedom, tail)
        return float(quantile) * self.standard_error


@dataclass(frozen=True)
class Accuracy:
    """What a reference sample says of a map.

    Attributes
    ----------
    classes : tuple of str, length k
    units : ndarray, shape (k, k)
        Sample units by map class (rows) and reference class (columns).
    proportions : ndarray, shape (k, k)
        The same as estimated shares of the whole area. [1]
    stratum_units : ndarray, shape (strata,)
        Sample units in each stratum.
    overall : Share
        Overall accuracy.
    users, producers : tuple of Share
        Of each class; NaN where a class is not on the map, or not in the reference.
    shares : tuple of Share
        Of the whole area that is truly of each class.
    stratum_covariances : ndarray, shape (strata, k, k)
        What each stratum adds to the covariance of these shares. [1]
    """

    classes: tuple[str, ...]
    units: Whole
    proportions: Array
    stratum_units: Whole
    overall: Share
    users: tuple[Share, ...]
    producers: tuple[Share, ...]
    shares: tuple[Share, ...]
    stratum_covariances: Array

    @property
    def covariance(self) -> Array:
        """Covariance of the shares, shape (k, k). [1]"""
        summed = self.stratum_covariances.sum(axis=0)
        return np.asarray((summed + summed.T) / 2)

    def combined(self, value: float, gradient: Array) -> Share:
        """A function of the shares, linearised.

        Parameters
        ----------
        value : float
        gradient : ndarray, shape (k,)
            Of the function, by the share of each class.
        """
        return _linearised(value, gradient, self.stratum_covariances, self.stratum_units)


def confusion_matrix(mapped: Whole, reference: Whole, classes: int) -> Whole:
    """Units by map class (rows) and reference class (columns).

    Parameters
    ----------
    mapped, reference : ndarray of int, shape (n,)
        Index of the class of each unit.
    classes : int

    Returns
    -------
    ndarray of int, shape (classes, classes)
    """
    return np.bincount(mapped * classes + reference, minlength=classes**2).reshape(classes, classes)


def _linearised(value: float, gradient: Array, covariances: Array, units: Whole) -> Share:
    """A function of stratified means with its standard error and Satterthwaite's degrees of freedom."""
    parts = np.einsum("i,hij,j->h", gradient, covariances, gradient)
    largest = np.einsum("i,hij,j->h", np.abs(gradient), np.abs(covariances), np.abs(gradient))
    parts[parts <= ROUNDING * largest] = 0.0
    variance = math.fsum(parts)
    if not variance > 0:
        return Share(value, math.nan if math.isnan(variance) else 0.0, math.nan)
    freedom = variance**2 / math.fsum(parts**2 / (units - 1))
    return Share(value, math.sqrt(variance), freedom)


def _stratified(
    values: Array, strata: Whole, weights: Array, population: Array
) -> tuple[Array, Array, Whole]:
    """Means over the strata, the part of their covariance that each stratum brings, and its units."""
    count = len(weights)
    units = np.bincount(strata, minlength=count)
    groups = [values[strata == number] for number in range(count)]
    means = np.array([group.sum(axis=0) / len(group) for group in groups])
    # Sums of zeros and ones are exact, so that the order of the units leaves no trace.
    products = np.array([np.einsum("ni,nj->ij", group, group) / len(group) for group in groups])
    spread = products - np.einsum("hi,hj->hij", means, means)
    scale = weights**2 * (1 - units / population) / (units - 1)
    covariances = scale[:, None, None] * spread
    return weights @ means, covariances, units


def estimate_accuracy(
    classes: Sequence[str],
    mapped: Whole,
    reference: Whole,
    strata: Whole,
    weights: Array,
    population: Array | None = None,
) -> Accuracy:
    r"""Accuracy of a map and true shares of its classes, from a stratified random sample.

    Parameters
    ----------
    classes : sequence of str, length k
    mapped, reference : ndarray of int, shape (n,)
        Index of the class that the map, and that the reference, gives each sample unit.
    strata : ndarray of int, shape (n,)
        Index of the stratum that each unit was drawn in; at least two units in each. The strata may be the
        map classes themselves, or any others.
    weights : ndarray, shape (strata,)
        Share of each stratum in the whole area; they add up to 1. [1]
    population : ndarray, shape (strata,), optional
        Units that each stratum has in all, where they were drawn without replacement and the share drawn
        matters; left out, there are infinitely many. [1]

    Notes
    -----
    With :math:`\hat p_j = \sum_h W_h \bar y_{hj}` and
    :math:`\operatorname{cov}(\hat p_j, \hat p_k) = \sum_h W_h^2 (1 - n_h / N_h) s_{hjk} / n_h`. User's
    and producer's accuracy are ratios of two such means, linearised. Where the strata are the map classes
    this is what [1]_ and [2]_ give, to the last digit; where they are not, [3]_.

    References
    ----------
    .. [1] Olofsson et al. (2013), Remote Sensing of Environment 129, 122–131,
       doi:10.1016/j.rse.2012.10.031.
    .. [2] Olofsson et al. (2014), Remote Sensing of Environment 148, 42–57, doi:10.1016/j.rse.2014.02.015.
    .. [3] Stehman (2014), International Journal of Remote Sensing 35, 4923–4939,
       doi:10.1080/01431161.2014.930207.
    """
    count = len(classes)
    identity = np.eye(count)
    truly, called = identity[reference], identity[mapped]
    values = np.hstack([truly, called, truly * called])
    many = np.full(len(weights), np.inf) if population is None else population
    means, covariances, units = _stratified(values, strata, weights, many)
    true, named, agreed = means.reshape(3, count)

    def share(value: float, **parts: Array) -> Share:
        blocks = [parts.get(name, np.zeros(count)) for name in ("true", "named", "agreed")]
        return _linearised(value, np.concatenate(blocks), covariances, units)

    def ratio(number: int, whole: Array, part: str) -> Share:
        below = whole[number]
        if below == 0:
            return Share(math.nan, math.nan, math.nan)
        value, unit = agreed[number] / below, identity[number] / below
        return share(float(value), agreed=unit, **{part: -value * unit})

    pairs = np.einsum("ni,nj->nij", called, truly).reshape(len(called), -1)
    in_strata = np.array([pairs[strata == number].mean(axis=0) for number in range(len(weights))])
    return Accuracy(
        tuple(classes),
        confusion_matrix(mapped, reference, count),
        (weights @ in_strata).reshape(count, count),
        units,
        share(math.fsum(agreed), agreed=np.ones(count)),
        tuple(ratio(number, named, "named") for number in range(count)),
        tuple(ratio(number, true, "true") for number in range(count)),
        tuple(share(float(true[number]), true=identity[number]) for number in range(count)),
        covariances[:, :count, :count],
    )


def largest_missed_share(units: int, level: float) -> float:
    """Error rate that a stratum may still have when none of its sample units shows an error. [1]

    The one-sided upper limit of a binomial proportion with no success: 3/n, nearly, at 95 %.
    """
    return float(1 - (1 - level) ** (1 / units))

"""Parts of a project, such as parcels, each with an error of its own.

A parcel with plots enough speaks for itself. One with few or none borrows from the map and from the
other parcels: by the model of Fay and Herriot, its direct estimate and its synthetic one are weighted
by what either is worth. What was borrowed is labelled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from mrv.stock.estimators import Array, Estimate

SMALLEST_DIRECT = 10
"""Plots from which on a part of the project gets an estimate from its own plots alone."""


@dataclass(frozen=True)
class Domain:
    """A part of the project before anything is borrowed.

    Attributes
    ----------
    name : str
    synthetic : float
        Mean of the map over it, corrected by the mean residual of its stratum.
    direct : Estimate or None
        Difference estimate from its own plots; None with fewer than two.
    """

    name: str
    synthetic: float
    direct: Estimate | None


@dataclass(frozen=True)
class FayHerriot:
    """A Fay–Herriot model with a fixed slope of one on the synthetic estimates, and what it gives.

    Attributes
    ----------
    between_variance : float
        Variance of the parts' true departures from the synthetic estimates, by restricted likelihood.
    shift : float
        Mean departure of the direct estimates from the synthetic ones.
    estimates : tuple of Estimate
        In the order of the domains; standard errors are roots of the mean squared error.
    """

    between_variance: float
    shift: float
    estimates: tuple[Estimate, ...]


def _restricted_likelihood(between: float, departures: Array, sampling: Array) -> float:
    weight = 1 / (between + sampling)
    shift = float(weight @ departures) / float(weight.sum())
    return float(0.5 * (-np.log(weight).sum() + math.log(weight.sum()) + weight @ (departures - shift) ** 2))


def _between_variance(departures: Array, sampling: Array) -> float:
    """Restricted maximum likelihood; zero where the departures are no larger than chance."""
    top = float(np.var(departures, ddof=1)) * 10 + 1e-12
    found = optimize.minimize_scalar(
        _restricted_likelihood, bounds=(0.0, top), args=(departures, sampling), method="bounded"
    )
    at_zero = _restricted_likelihood(0.0, departures, sampling)
    return float(found.x) if found.fun < at_zero else 0.0


def fay_herriot(domains: Sequence[Domain]) -> FayHerriot:
    r"""Parts of a project by the empirical best predictor from direct and synthetic estimates.

    Parameters
    ----------
    domains : sequence of Domain
        At least three of them with a direct estimate and its standard error above zero.

    Notes
    -----
    Departures :math:`d_i` of direct from synthetic estimates, with sampling variances :math:`\psi_i`,
    follow :math:`d_i = \mu + v_i + e_i`. With :math:`\gamma_i = \sigma_v^2 / (\sigma_v^2 + \psi_i)` the
    estimate is synthetic + μ + γ (d − μ), its mean squared error :math:`g_1 + g_2 + 2 g_3`,

    .. math:: g_1 = \gamma_i \psi_i, \quad g_2 = (1 - \gamma_i)^2 V(\hat\mu), \quad
       g_3 = \psi_i^2 (\sigma_v^2 + \psi_i)^{-3} \cdot 2 / \sum_j (\sigma_v^2 + \psi_j)^{-2}

    A part without a direct estimate has :math:`\gamma = 0` and the error :math:`\sigma_v^2 + V(\hat\mu)`.

    References
    ----------
    .. [1] Fay and Herriot (1979), Journal of the American Statistical Association 74, 269–277.
    .. [2] Rao and Molina (2015), Small Area Estimation, 2nd ed., section 6.2.1.
    """
    direct = {i: d.direct for i, d in enumerate(domains) if d.direct and d.direct.standard_error > 0}
    departures = np.array([e.value - domains[i].synthetic for i, e in direct.items()])
    sampling = np.array([e.standard_error**2 for e in direct.values()])
    between = _between_variance(departures, sampling)
    precision = 1 / (between + sampling)
    shift = float(precision @ departures) / float(precision.sum())
    shift_variance = 1 / float(precision.sum())
    of_between = 2 / float((precision**2).sum())
    freedom = len(direct) - 1
    estimates = []
    for number, domain in enumerate(domains):
        own = direct.get(number)
        if own is None:
            error = math.sqrt(between + shift_variance)
            estimates.append(Estimate(domain.synthetic + shift, error, freedom, 0, "synthetic, from the map"))
            continue
        psi = own.standard_error**2
        gamma = between / (between + psi)
        value = domain.synthetic + shift + gamma * (own.value - domain.synthetic - shift)
        squared = (
            gamma * psi + (1 - gamma) ** 2 * shift_variance + 2 * psi**2 * of_between / (between + psi) ** 3
        )
        estimates.append(
            Estimate(value, math.sqrt(squared), freedom, own.units, "Fay–Herriot, borrows from the map")
        )
    return FayHerriot(between, shift, tuple(estimates))


def by_domain(domains: Sequence[Domain]) -> list[Estimate | None]:
    """Estimate of each part: its own where it has plots enough, else borrowed, else none.

    Returns
    -------
    list of Estimate or None
        None where nothing can be borrowed because fewer than three parts have direct estimates.
    """
    usable = [d for d in domains if d.direct and d.direct.standard_error > 0]
    borrowed = fay_herriot(domains).estimates if len(usable) >= 3 else (None,) * len(domains)
    return [
        d.direct if d.direct and d.direct.units >= SMALLEST_DIRECT else other
        for d, other in zip(domains, borrowed, strict=True)
    ]

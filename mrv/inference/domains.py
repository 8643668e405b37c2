"""Parts of a project, such as parcels, each with an error of its own.

A parcel with plots enough speaks for itself. One with few or none borrows from the map: by the model of
Fay and Herriot, its direct estimate and its synthetic one are weighted by what either is worth, which
the departures of all parcels tell. What was borrowed is labelled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from mrv.stock.estimators import Array, Estimate

SMALLEST_DIRECT = 10
"""Sampling units from which on a part of the project gets an estimate from its own plots alone."""

FEWEST_PARTS = 3
"""Parts with a direct estimate that tell how far parts depart from the map."""

SYNTHETIC = "synthetic, from the map"
BORROWED = "Fay–Herriot, borrows from the map"


@dataclass(frozen=True)
class Domain:
    """A part of the project before anything is borrowed.

    Attributes
    ----------
    name : str
    synthetic : float
        Mean of the map over it, corrected by the mean residual of its stratum.
    synthetic_error : float
        Standard error of that correction.
    direct : Estimate or None
        Difference estimate from its own plots; None without any.
    """

    name: str
    synthetic: float
    synthetic_error: float
    direct: Estimate | None


@dataclass(frozen=True)
class FayHerriot:
    """A Fay–Herriot model about synthetic estimates, and what it gives.

    Attributes
    ----------
    between_variance : float
        Variance of the parts' true departures from the synthetic estimates, by restricted likelihood.
    estimates : tuple of Estimate
        In the order of the domains; standard errors are roots of the mean squared error.
    """

    between_variance: float
    estimates: tuple[Estimate, ...]


def _restricted_likelihood(between: float, departures: Array, sampling: Array) -> float:
    weight = 1 / (between + sampling)
    shift = float(weight @ departures) / float(weight.sum())
    return float(0.5 * (-np.log(weight).sum() + math.log(weight.sum()) + weight @ (departures - shift) ** 2))


def _between_variance(departures: Array, sampling: Array) -> float:
    """Restricted maximum likelihood; zero where the departures are no larger than chance."""
    top = float(np.var(departures, ddof=1)) * 10 + 1e-12
    found = scipy.optimize.minimize_scalar(
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
    follow :math:`d_i = v_i + e_i`. With :math:`\gamma_i = \sigma_v^2 / (\sigma_v^2 + \psi_i)` the
    estimate is synthetic + γ d, its mean squared error :math:`g_1 + g_2 + 2 g_3`,

    .. math:: g_1 = \gamma_i \psi_i, \quad g_2 = (1 - \gamma_i)^2 V_i, \quad
       g_3 = \psi_i^2 (\sigma_v^2 + \psi_i)^{-3} \cdot 2 / \sum_j (\sigma_v^2 + \psi_j)^{-2}

    The synthetic estimates are corrected by the plots of their strata already; :math:`V_i` is the variance
    of that correction and takes the place of that of regression coefficients. What the correction owes to
    the plots of the part itself cancels out of the error, because :math:`\gamma \psi = (1 - \gamma)
    \sigma_v^2`. A part without a direct estimate has :math:`\gamma = 0` and the error
    :math:`\sigma_v^2 + V_i`.

    References
    ----------
    .. [1] Fay and Herriot (1979), Journal of the American Statistical Association 74, 269–277.
    .. [2] Rao and Molina (2015), Small Area Estimation, 2nd ed., section 6.2.1.
    """
    direct = {i: d.direct for i, d in enumerate(domains) if d.direct and d.direct.standard_error > 0}
    departures = np.array([e.value - domains[i].synthetic for i, e in direct.items()])
    sampling = np.array([e.standard_error**2 for e in direct.values()])
    between = _between_variance(departures, sampling)
    of_between = 2 / float((1 / (between + sampling) ** 2).sum())
    freedom = len(direct) - 1
    estimates = []
    for number, domain in enumerate(domains):
        own, borrowed = direct.get(number), domain.synthetic_error**2
        if own is None:
            error = math.sqrt(between + borrowed)
            estimates.append(Estimate(domain.synthetic, error, freedom, 0, SYNTHETIC))
            continue
        psi = own.standard_error**2
        gamma = between / (between + psi)
        value = domain.synthetic + gamma * (own.value - domain.synthetic)
        squared = gamma * psi + (1 - gamma) ** 2 * borrowed + 2 * psi**2 * of_between / (between + psi) ** 3
        estimates.append(Estimate(value, math.sqrt(squared), freedom, own.units, BORROWED))
    return FayHerriot(between, tuple(estimates))


def by_domain(domains: Sequence[Domain]) -> list[Estimate]:
    """Estimate of each part: its own where it has plots enough, else borrowed.

    Returns
    -------
    list of Estimate
        Where fewer than three parts have direct estimates nothing can be borrowed: the synthetic estimate
        stands without an error.
    """
    usable = [d for d in domains if d.direct and d.direct.standard_error > 0]
    alone = [Estimate(d.synthetic, math.nan, math.nan, 0, SYNTHETIC) for d in domains]
    borrowed = fay_herriot(domains).estimates if len(usable) >= FEWEST_PARTS else alone
    return [
        d.direct if d.direct and d.direct.units >= SMALLEST_DIRECT else other
        for d, other in zip(domains, borrowed, strict=True)
    ]

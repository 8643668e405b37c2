"""How many plots a wanted precision takes, and how they are shared between strata.

The sample size covers the chance of plots alone: tree equations, wood density and carbon fraction are
taken as exact, so that the uncertainty in all will be larger. It should be sized for the change, which is
what a sink is, and not for the stock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mrv.stock.estimators import Array, t_quantile

Allocation = Literal["neyman", "proportional"]
Counts = NDArray[np.int64]

SMALLEST_STRATUM = 3
"""Plots that every stratum gets; with two, one lost plot leaves no variance."""

RECOMMENDED_STRATUM = 5
"""Plots that every stratum should have."""

ROUNDS = 100
"""Steps after which an iteration that has not settled never will."""

SETTLED = 1e-12
"""Relative step below which an iteration has settled."""


def shares(weights: Array, deviations: Array, allocation: Allocation) -> Array:
    """Share of all plots that each stratum gets. [1]

    Parameters
    ----------
    weights : ndarray, shape (L,)
        Share of each stratum in the area; they sum to 1.
    deviations : ndarray, shape (L,)
        Standard deviation between plots of each stratum. [per ha]
    allocation : {"neyman", "proportional"}
        By area times deviation, which gives the least variance, or by area.

    References
    ----------
    .. [1] Neyman (1934), Journal of the Royal Statistical Society 97, 558–625; Cochran (1977), eq. 5.26.
    """
    product = weights * deviations if allocation == "neyman" else weights
    if not np.any(product > 0):
        return weights
    return np.asarray(product / math.fsum(product))


def plots_for(
    weights: Array,
    deviations: Array,
    half_width: float,
    quantile: float,
    possible_plots: float = math.inf,
    allocation: Allocation = "neyman",
) -> float:
    r"""Plots that bring the half-width down to the one wanted, at a given quantile; not rounded.

    Parameters
    ----------
    weights, deviations : ndarray, shape (L,)
        As in :func:`shares`.
    half_width : float
        Wanted half-width, in the unit of the deviations.
    quantile : float
        Two-sided quantile of Student's t. [1]
    possible_plots : float, optional
        Plots that would fill the area; infinite leaves out the finite population correction.
    allocation : {"neyman", "proportional"}

    Notes
    -----
    With Neyman allocation

    .. math:: n = \frac{N t^2 (\sum w_h s_h)^2}{N E^2 + t^2 \sum w_h s_h^2}

    and with proportional allocation ``Σ w s²`` stands in place of ``(Σ w s)²``.

    References
    ----------
    .. [1] CDM Executive Board, AR-TOOL03, Calculation of the number of sample plots for measurements
       within A/R CDM project activities; Cochran (1977), eqs. 5.48 and 5.49.
    """
    spread = math.fsum(weights * deviations**2)
    first = math.fsum(weights * deviations) ** 2 if allocation == "neyman" else spread
    return quantile**2 * first / (half_width**2 + quantile**2 * spread / possible_plots)


def iterated_plots_for(
    weights: Array,
    deviations: Array,
    half_width: float,
    level: float,
    possible_plots: float = math.inf,
    allocation: Allocation = "neyman",
) -> float:
    """Plots for a wanted half-width, with Student's t at ``n − L`` degrees of freedom; not rounded.

    Parameters
    ----------
    level : float
        Confidence level of the two-sided interval, such as 0.90.

    Notes
    -----
    The other parameters are those of :func:`plots_for`. Starts at the normal quantile and is repeated until
    n stands still; fewer than one degree of freedom is never assumed.
    """
    strata = len(weights)
    n = plots_for(weights, deviations, half_width, t_quantile(level, math.inf), possible_plots, allocation)
    for _ in range(ROUNDS):
        quantile = t_quantile(level, max(n - strata, 1.0))
        following = plots_for(weights, deviations, half_width, quantile, possible_plots, allocation)
        if abs(following - n) <= SETTLED * n:
            return following
        # Half steps: with a handful of plots, full ones swing between few and many for ever.
        n = (n + following) / 2
    return n


def allocate(plots: float, stratum_shares: Array, smallest: int = SMALLEST_STRATUM) -> Counts:
    """Whole plots of each stratum: its share of the total, rounded up, and never fewer than the smallest.

    Parameters
    ----------
    plots : float
        Plots in all, not rounded.
    stratum_shares : ndarray, shape (L,)
    smallest : int, optional

    Returns
    -------
    ndarray of int, shape (L,)
        Their sum may exceed the total, never fall short of it.
    """
    exact = plots * stratum_shares
    # A share that is whole but for the last bits is not rounded up to the next.
    rounded = np.ceil(exact - SETTLED * np.maximum(exact, 1.0))
    return np.maximum(rounded, smallest).astype(np.int64)


@dataclass(frozen=True)
class Expected:
    """What a sample would reach if the strata are as variable as assumed.

    Attributes
    ----------
    half_width : float
        Of the two-sided interval of the project's mean, in the unit of the deviations.
    degrees_of_freedom : int
        Plots less strata.
    """

    half_width: float
    degrees_of_freedom: int


def expected_half_width(
    weights: Array, deviations: Array, plots: Counts, level: float, possible_plots: Array | None = None
) -> Expected:
    """Half-width that a number of plots in each stratum would give.

    Parameters
    ----------
    weights, deviations : ndarray, shape (L,)
    plots : ndarray of int, shape (L,)
    level : float
    possible_plots : ndarray, shape (L,), optional
        Plots that would fill each stratum.
    """
    left = 1.0 if possible_plots is None else 1 - plots / possible_plots
    degrees = int(plots.sum()) - len(plots)
    error = math.sqrt(math.fsum((weights * deviations) ** 2 * left / plots))
    return Expected(t_quantile(level, degrees) * error, degrees)

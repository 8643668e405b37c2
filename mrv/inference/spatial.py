"""How alike neighbours are: covariance by distance, estimated from plots, and block kriging with it.

Few plots tell little of how far likeness reaches. The range comes with the interval of its profile
likelihood, and a variogram is called clear only where at least fifty plots bound it on both sides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist, squareform

from mrv.stock.estimators import Array, Estimate

CLEAR_FROM_PLOTS = 50
"""Plots from which on a variogram can be clear (Webster and Oliver 2007 ask for more still)."""

RANGES = 60
"""Ranges tried, evenly spaced on a logarithmic scale."""

NUGGET_SHARES = np.linspace(0.01, 0.96, 20)
"""Shares of the nugget in the variance that are tried. [1]"""


@dataclass(frozen=True)
class Covariance:
    """Exponential covariance by distance, ``sill · exp(−h/range)``, with a nugget of measurement error.

    Attributes
    ----------
    sill : float
        Variance that neighbours share at no distance; squared unit of the values.
    range_m : float
        Distance over which the covariance falls to 1/e. [m]
    nugget : float
        Variance of measurement and of what varies within a plot; no part of the mean of a block.
    """

    sill: float
    range_m: float
    nugget: float = 0.0

    def between(self, distance_m: Array) -> Array:
        """Covariance of true values at a distance, without the nugget."""
        return np.asarray(self.sill * np.exp(-distance_m / self.range_m))


@dataclass(frozen=True)
class Kriged:
    """A block estimate with the weights of the plots."""

    estimate: Estimate
    weights: Array
    lagrange: float


def block_kriging(places_m: Array, values: Array, covariance: Covariance, block_m: Array) -> Kriged:
    r"""Mean of a block by ordinary kriging.

    Parameters
    ----------
    places_m : ndarray, shape (n, 2)
        Coordinates of the plots. [m]
    values : ndarray, shape (n,)
    covariance : Covariance
        Its nugget stands on the diagonal of the plots alone.
    block_m : ndarray, shape (k, 2)
        Points that fill the block evenly. [m]

    Notes
    -----
    .. math:: \begin{bmatrix} C & 1 \\ 1' & 0 \end{bmatrix} \begin{bmatrix} w \\ \mu \end{bmatrix}
       = \begin{bmatrix} \bar c_B \\ 1 \end{bmatrix}, \quad
       \sigma^2 = \bar C_{BB} - w' \bar c_B - \mu

    The covariance is taken for known: the degrees of freedom are infinite, and the error of an
    estimated one is left out.

    References
    ----------
    .. [1] Cressie (1993), Statistics for Spatial Data, section 3.2.
    """
    n = len(values)
    system = np.ones((n + 1, n + 1))
    system[:n, :n] = covariance.between(cdist(places_m, places_m)) + np.eye(n) * covariance.nugget
    system[n, n] = 0.0
    to_block = covariance.between(cdist(places_m, block_m)).mean(axis=1)
    solved = np.linalg.solve(system, np.append(to_block, 1.0))
    weights, lagrange = solved[:n], float(solved[n])
    within = float(covariance.between(cdist(block_m, block_m)).mean())
    left = within - float(weights @ to_block) - lagrange
    estimate = Estimate(
        math.fsum(weights * values), math.sqrt(max(left, 0.0)), math.inf, n, "ordinary block kriging"
    )
    return Kriged(estimate, weights, lagrange)


@dataclass(frozen=True)
class Variogram:
    """Covariance fitted to plots, and how well the plots know it.

    Attributes
    ----------
    covariance : Covariance
    range_interval_m : pair of float
        Ends of the 90 % interval of the range by its profile likelihood, within the ranges tried. [m]
    clear : bool
        Fifty plots at least, likeness beyond chance, and a range that is bounded on both sides.
    plots : int
    """

    covariance: Covariance
    range_interval_m: tuple[float, float]
    clear: bool
    plots: int


def _profile(eigenvalues: Array, ones: Array, values: Array) -> tuple[float, float]:
    """Restricted log-likelihood of a correlation matrix with its best variance, and that variance.

    ``ones`` and ``values`` are turned into the axes of the matrix, where it is diagonal.
    """
    n = len(values)
    weight = float(np.sum(ones**2 / eigenvalues))
    residual = values - ones * float(np.sum(ones * values / eigenvalues)) / weight
    total = float(np.sum(residual**2 / eigenvalues)) / (n - 1)
    determinant = math.fsum(np.log(eigenvalues))
    return -0.5 * (determinant + math.log(weight) + (n - 1) * math.log(total)), total


def spacing_m(places_m: Array) -> float:
    """Plot spacing: mean distance of a plot to its nearest neighbour. [m]"""
    distances = squareform(pdist(places_m))
    np.fill_diagonal(distances, np.inf)
    return float(distances.min(axis=1).mean())


def fitted_variogram(places_m: Array, values: Array) -> Variogram | None:
    """Exponential covariance with nugget by restricted maximum likelihood over a grid of ranges.

    Parameters
    ----------
    places_m : ndarray, shape (n, 2)
        Coordinates of the plots, no two alike. [m]
    values : ndarray, shape (n,)
        Values or residuals of plots the model had not seen; those it has seen look uncorrelated.

    Returns
    -------
    Variogram or None
        None with fewer than five plots or where all values are alike.

    References
    ----------
    .. [1] Diggle and Ribeiro (2007), Model-based Geostatistics, section 5.4.
    """
    n = len(values)
    if n < 5 or np.ptp(values) == 0:
        return None
    distances = squareform(pdist(places_m))
    apart = distances[np.triu_indices(n, 1)]
    ranges = np.geomspace(float(apart[apart > 0].min()) / 3, float(apart.max()), RANGES)
    best = np.full(RANGES, -np.inf)
    shares, totals = np.zeros(RANGES), np.zeros(RANGES)
    for position, reach in enumerate(ranges):
        # One nugget is a shift of the eigenvalues: the axes are found once for each range.
        eigenvalues, axes = scipy.linalg.eigh(np.exp(-distances / reach))
        ones, turned = axes.T @ np.ones(n), axes.T @ values
        for share in NUGGET_SHARES:
            likelihood, total = _profile((1 - share) * eigenvalues + share, ones, turned)
            if likelihood > best[position]:
                best[position], shares[position], totals[position] = likelihood, share, total
    top = int(np.argmax(best))
    threshold = 0.5 * float(scipy.stats.chi2.ppf(0.90, 1))
    good: NDArray[np.intp] = np.flatnonzero(best >= best[top] - threshold)
    unrelated, _ = _profile(np.ones(n), np.ones(n), values)
    clear = (
        n >= CLEAR_FROM_PLOTS
        and good[0] > 0
        and good[-1] < RANGES - 1
        and best[top] - unrelated > 0.5 * float(scipy.stats.chi2.ppf(0.95, 2))
    )
    covariance = Covariance(
        float((1 - shares[top]) * totals[top]), float(ranges[top]), float(shares[top] * totals[top])
    )
    return Variogram(covariance, (float(ranges[good[0]]), float(ranges[good[-1]])), bool(clear), n)

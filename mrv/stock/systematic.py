"""What the plots of a grid say of their own error: supplements to the variance as if they were random.

Neighbours are alike, a grid spreads plots evenly, and the variance as if random knows nothing of it. It
is the one that counts, because it errs on the cautious side; these stand beside it.
"""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist, pdist

from mrv.stock.estimators import Array, variance

Pairs = NDArray[np.intp]
"""Positions of two neighbours, shape (pairs, 2)."""

METHODS = {
    "neighbour": "systematic sampling, variance of neighbour differences",
    "grid": "systematic sampling, variance of a correlated grid",
}

NEIGHBOUR = 1.25
"""Distance of neighbours over that of the nearest: below √2, which is the diagonal of a square grid."""


def neighbours_on_line(count: int) -> Pairs:
    """Each unit and the next one, in the order of the line."""
    return np.column_stack([np.arange(count - 1), np.arange(1, count)])


def neighbours_on_grid(coordinates: Array) -> Pairs:
    """Units one step of the grid apart.

    Parameters
    ----------
    coordinates : ndarray, shape (n, 2)
        [m]

    Returns
    -------
    ndarray of int, shape (pairs, 2)
        The step is the median distance of a unit to its nearest neighbour.
    """
    tree = cKDTree(coordinates)
    nearest = tree.query(coordinates, k=2)[0][:, 1]
    pairs = tree.query_pairs(NEIGHBOUR * float(np.median(nearest)), output_type="ndarray")
    ordered = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return np.asarray(ordered, dtype=np.intp)


def neighbour_differences(values: Array, pairs: Pairs, population: float = math.inf) -> float:
    r"""Standard error of the mean of a grid from differences of neighbours.

    Parameters
    ----------
    values : ndarray, shape (n,)
    pairs : ndarray of int, shape (m, 2)
    population : float, optional
        Units in the population.

    Notes
    -----
    .. math:: V = \frac{1 - f}{n} \, \frac{\sum (y_i - y_j)^2}{2 m}

    On a line these are successive differences. Where the grid meets a pattern of the forest it is not right.

    References
    ----------
    .. [1] Wolter (2007), Introduction to Variance Estimation, 2nd ed., section 8.2, estimator v₂; Matérn
       (1986), Spatial Variation, 2nd ed., chapter 6.
    """
    if not len(pairs):
        return math.nan
    s2 = math.fsum((values[pairs[:, 0]] - values[pairs[:, 1]]) ** 2) / (2 * len(pairs))
    return math.sqrt((1 - len(values) / population) * s2 / len(values))


def _mean_correlation(distance: Array, length: float) -> float:
    """Mean of exp(−h/L) over distances."""
    return float(np.exp(-distance / length).mean())


def correlation_length(values: Array, coordinates: Array, pairs: Pairs) -> float:
    r"""Length over which the correlation of plots falls by 1/e, by the method of moments.

    Parameters
    ----------
    values : ndarray, shape (n,)
    coordinates : ndarray, shape (n, 2)
        [m]
    pairs : ndarray of int, shape (m, 2)
        Neighbours.

    Returns
    -------
    float
        Zero where neighbours are no more alike than others; infinite where the sample holds only a trend. [m]

    Notes
    -----
    Half the mean square of neighbour differences is σ² (1 − ρ₁), the sample variance σ² (1 − ρ̄): their
    ratio is solved for L with ρ(h) = exp(−h/L), ρ₁ its mean over neighbours and ρ̄ over all pairs.
    """
    s2 = variance(values)
    if not s2 > 0 or not len(pairs):
        return 0.0
    gamma = math.fsum((values[pairs[:, 0]] - values[pairs[:, 1]]) ** 2) / (2 * len(pairs))
    step = np.hypot(*(coordinates[pairs[:, 0]] - coordinates[pairs[:, 1]]).T)
    every = pdist(coordinates)

    def excess(log_length: float) -> float:
        length = math.exp(log_length)
        return (1 - _mean_correlation(step, length)) / (1 - _mean_correlation(every, length)) - gamma / s2

    shortest, longest = (math.log(float(step.mean()) * times) for times in (0.1, 1000.0))
    if excess(shortest) <= 0:
        return 0.0
    if excess(longest) >= 0:
        return math.inf
    return math.exp(scipy.optimize.brentq(excess, shortest, longest))


def correlated_grid(values: Array, coordinates: Array, region: Array, cell_m: float, pairs: Pairs) -> float:
    r"""Standard error of the mean of plots on a grid, if correlation falls exponentially with distance.

    It knows where the plots lie in the region: how evenly they fill it, and how far its edges are off.

    Parameters
    ----------
    values : ndarray, shape (n,)
    coordinates : ndarray, shape (n, 2)
        [m]
    region : ndarray, shape (k, 2)
        Centres of the square cells that fill the region. [m]
    cell_m : float
        Side of a cell; zero for places on a line. [m]
    pairs : ndarray of int, shape (m, 2)
        Neighbours, from :func:`neighbours_on_line` or :func:`neighbours_on_grid`.

    Returns
    -------
    float
        That of a random sample where neighbours are no more alike than others; NaN where the sample holds
        only a trend.

    Notes
    -----
    The error of a mean over places as the mean of a region R, for values with variance σ² and correlation ρ:

    .. math:: V = \sigma^2 \left[ \bar\rho(s, s) - 2 \bar\rho(s, R) + \bar\rho(R, R) \right]

    References
    ----------
    .. [1] Cochran (1946), Annals of Mathematical Statistics 17, 164–177; Wolter (2007), Introduction to
       Variance Estimation, 2nd ed., section 8.2, estimator v₈, which is this on an endless line.
    .. [2] Matheron (1963), Economic Geology 58, 1246–1266; Matérn (1986), Spatial Variation, 2nd ed.
    """
    n, s2 = len(values), variance(values)
    length = correlation_length(values, coordinates, pairs)
    if length == 0:
        return math.sqrt(s2 / n)
    if math.isinf(length):
        return math.nan
    # Within a cell no two places are nearer to each other, on average, than these shares of its side.
    to_cells = np.maximum(cdist(coordinates, region), FROM_CENTRE * cell_m)
    among_cells = np.maximum(cdist(region, region), BETWEEN_TWO * cell_m)
    own = _mean_correlation(pdist(coordinates), length)
    sampled = 1 / n + (1 - 1 / n) * own
    error = sampled - 2 * _mean_correlation(to_cells, length) + _mean_correlation(among_cells, length)
    return math.sqrt(max(s2 / (1 - own) * error, 0.0))


FROM_CENTRE, BETWEEN_TWO = 0.3826, 0.5214
"""Mean distance of a place in a unit square from its centre, and of two places in it."""

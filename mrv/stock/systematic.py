"""What the plots of a grid say of their own error: supplements to the variance as if they were random.

Neighbours are alike, a grid spreads plots evenly, and the variance as if random knows nothing of it. It
is the one that counts, because it errs on the cautious side; these stand beside it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mrv.stock.estimators import Array, variance

Pairs = NDArray[np.intp]
"""Positions of two neighbours, shape (pairs, 2)."""

METHODS = {
    "neighbour": "systematic sampling, variance of neighbour differences",
    "grid": "systematic sampling, variance of a correlated grid",
}

STRONGEST = 0.95
"""Correlation of neighbours up to which it is believed; a higher one is taken for this."""

REACH = 40
"""Correlation lengths after which nothing is added to a sum over the grid."""

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


def grid_factor(correlation: float, dimensions: int) -> float:
    r"""Variance of the mean of a grid over that of as many random units, if correlation falls exponentially.

    Parameters
    ----------
    correlation : float
        Of neighbours, above 0 and below 1.
    dimensions : {1, 2}
        A line, or a square grid.

    Notes
    -----
    With ρ(h) = exp(−h/L) and the grid's step as unit of length, what the sum over the grid and the integral
    over the plane differ by:

    .. math:: \sum_{k \in Z^d} \rho(|k|) - \int \rho(|h|) \, dh

    On a line it is 1 + 2/(1/ρ − 1) + 2/ln ρ.

    References
    ----------
    .. [1] Cochran (1946), Annals of Mathematical Statistics 17, 164–177; Wolter (2007), section 8.2,
       estimator v₈.
    .. [2] Matérn (1986), Spatial Variation, 2nd ed., section 5.3.
    """
    length = -1 / math.log(correlation)
    if dimensions == 1:
        return 1 + 2 / (1 / correlation - 1) - 2 * length
    reach = math.ceil(REACH * length)
    axis = np.arange(1, reach + 1, dtype=np.float64)
    on_axes = math.fsum(np.exp(-axis / length))
    inside = np.exp(-np.hypot(axis[:, None], axis[None, :]) / length).sum(axis=1)
    return 1 + 4 * on_axes + 4 * math.fsum(inside) - 2 * math.pi * length**2


def correlation_of_neighbours(values: Array, pairs: Pairs) -> float:
    """Correlation of neighbours from their differences: one less half their mean square over the variance."""
    s2 = variance(values)
    if not s2 > 0 or not len(pairs):
        return 0.0
    gamma = math.fsum((values[pairs[:, 0]] - values[pairs[:, 1]]) ** 2) / (2 * len(pairs))
    return 1 - gamma / s2


def correlated_grid(values: Array, pairs: Pairs, dimensions: int, population: float = math.inf) -> float:
    r"""Standard error of the mean of a grid whose correlation falls exponentially with distance.

    Parameters
    ----------
    values : ndarray, shape (n,)
    pairs : ndarray of int, shape (m, 2)
        Neighbours, from :func:`neighbours_on_line` or :func:`neighbours_on_grid`.
    dimensions : {1, 2}
        Of the grid.
    population : float, optional
        Units in the population.

    Returns
    -------
    float
        That of a random sample where neighbours are not alike.
    """
    n = len(values)
    correlation = min(correlation_of_neighbours(values, pairs), STRONGEST)
    factor = grid_factor(correlation, dimensions) if correlation > 0 else 1.0
    return math.sqrt(factor * (1 - n / population) * variance(values) / n)

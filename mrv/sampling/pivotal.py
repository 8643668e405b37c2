"""A sample spread over the area: the local pivotal method."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mrv.streams import Array

DECIDED = 1e-9
"""Distance from 0 or 1 at which a chance counts as decided."""


def local_pivotal(coordinates: Array, chances: Array, uniforms: Array) -> NDArray[np.bool_]:
    """Sample in which neighbours seldom come together, with every unit's chance as given.

    Two near units fight: one takes chance from the other until one of them is in or out. So where one is
    drawn, its neighbours are not.

    Parameters
    ----------
    coordinates : ndarray, shape (N, d)
        Of the units. [m]
    chances : ndarray, shape (N,)
        Inclusion probability of each unit, between 0 and 1. Where they sum to a whole number, so many
        units are drawn. [1]
    uniforms : ndarray, shape (N, 2)
        Random numbers in (0, 1): a pair for each fight.

    Returns
    -------
    ndarray of bool, shape (N,)

    Notes
    -----
    The second variant of the method (LPM2): a unit chosen at random meets its nearest undecided neighbour.

    References
    ----------
    .. [1] Grafström, Lundström and Schelin (2012), Spatially balanced sampling through the pivotal method,
       Biometrics 68, 514–520, doi:10.1111/j.1541-0420.2011.01699.x.
    """
    left = np.asarray(chances, dtype=np.float64).copy()
    open_units = np.flatnonzero((left > DECIDED) & (left < 1 - DECIDED))
    fight = 0
    while len(open_units) > 1:
        pick, decide = uniforms[fight]
        one = open_units[int(pick * len(open_units))]
        distance = ((coordinates[open_units] - coordinates[one]) ** 2).sum(axis=1)
        distance[open_units == one] = np.inf
        other = open_units[int(np.argmin(distance))]
        left[one], left[other] = _fight(left[one], left[other], decide)
        open_units = open_units[(left[open_units] > DECIDED) & (left[open_units] < 1 - DECIDED)]
        fight += 1
    if len(open_units) == 1:
        left[open_units[0]] = 1.0 if uniforms[fight, 1] < left[open_units[0]] else 0.0
    drawn: NDArray[np.bool_] = left > 0.5
    return drawn


def _fight(one: float, other: float, decide: float) -> tuple[float, float]:
    """Chances of two units after they met; their sum, and each one's expectation, stays."""
    both = one + other
    if both < 1:
        return (both, 0.0) if decide < one / both else (0.0, both)
    return (1.0, both - 1) if decide < (1 - other) / (2 - both) else (both - 1, 1.0)

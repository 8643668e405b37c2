"""One shift that all plots share against the map: another datum, a local grid, a map laid on by eye.

Named datums and zones are tried by :mod:`mrv.quality.coordinate_slips`. Here the shift has no name: it is
found as the shortest vector that brings the most plots into their polygons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from mrv.plausibility import quality_rule

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """A vector that is added to all plots.

    Attributes
    ----------
    east_m, north_m : float
        [m]
    inside : int
        Plots that lie in their polygons once it is added.
    """

    east_m: float
    north_m: float
    inside: int

    @property
    def length_m(self) -> float:
        """Length of the vector. [m]"""
        return float(np.hypot(self.east_m, self.north_m))


def _inside(targets: NDArray[np.object_], x_m: Array, y_m: Array, east: Array, north: Array) -> Array:
    """Plots inside for each of some vectors."""
    counts = np.zeros(len(east))
    # Plots of one polygon are tested together: it is prepared once.
    identities = np.array([id(target) for target in targets])
    for identity in dict.fromkeys(identities.tolist()):
        own = identities == identity
        polygon = targets[own][0]
        shapely.prepare(polygon)
        x = x_m[own][None, :] + east[:, None]
        y = y_m[own][None, :] + north[:, None]
        counts += shapely.intersects_xy(polygon, x.ravel(), y.ravel()).reshape(x.shape).sum(axis=1)
    return counts


def _best(targets: NDArray[np.object_], x_m: Array, y_m: Array, east: Array, north: Array) -> Shift:
    counts = _inside(targets, x_m, y_m, east, north)
    order = np.lexsort((north, east, np.round(np.hypot(east, north), 6), -counts))
    first = order[0]
    return Shift(float(east[first]), float(north[first]), int(counts[first]))


def _grid(centre: tuple[float, float], reach_m: float, step_m: float) -> tuple[Array, Array]:
    steps = np.arange(-reach_m, reach_m + step_m / 2, step_m)
    east, north = np.meshgrid(centre[0] + steps, centre[1] + steps)
    return east.ravel(), north.ravel()


def common_shift(targets: NDArray[np.object_], x_m: Array, y_m: Array) -> Shift:
    """Shortest vector that brings the most plots into their polygons.

    Parameters
    ----------
    targets : ndarray of polygons, shape (n,)
        Polygon that each plot should lie in.
    x_m, y_m : ndarray, shape (n,)
        Where the plots lie. [m]

    Returns
    -------
    Shift
        Searched on a grid first and then more finely around its best node; no shift is among the vectors.
    """
    reach, step = quality_rule("common_shift_reach"), quality_rule("common_shift_step")
    east, north = _grid((0.0, 0.0), reach, step)
    near = np.hypot(east, north) <= reach
    best = _best(targets, x_m, y_m, east[near], north[near])
    while step > 1.0:
        step /= 5.0
        east, north = _grid((best.east_m, best.north_m), 5 * step, step)
        near = np.hypot(east, north) <= reach
        best = _best(targets, x_m, y_m, east[near], north[near])
    return best

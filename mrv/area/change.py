"""Mangrove at two dates: where it stayed, where it was lost, where it came."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Index = NDArray[np.uint8]

CHANGE_CLASSES = ("mangrove_stable", "mangrove_loss", "mangrove_gain", "other_stable")
"""Classes of a map of change, in the order of their codes from 1."""

OUTSIDE = 255


def change_index(before: Index, after: Index, inside: NDArray[np.bool_] | None = None) -> Index:
    """Class of change of each pixel.

    Parameters
    ----------
    before, after : ndarray of uint8, same shape
        0 where there is mangrove, 1 where there is none, anything else where that is not known.
    inside : ndarray of bool, optional
        Pixels that count; all if left out.

    Returns
    -------
    ndarray of uint8
        Position in :data:`CHANGE_CLASSES`; 255 for pixels that do not count.
    """
    index = np.full(before.shape, OUTSIDE, dtype=np.uint8)
    for number, (then, now) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        index[(before == then) & (after == now)] = number
    if inside is not None:
        index[~inside] = OUTSIDE
    return index


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    """Polygons of a shape, without the points and lines that touching edges leave."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts)


def change_shapes(before: BaseGeometry, after: BaseGeometry) -> dict[str, BaseGeometry]:
    """What stayed, was lost and came, of mangrove as polygons in one coordinate system."""
    return {
        "mangrove_stable": _polygons(shapely.intersection(before, after)),
        "mangrove_loss": _polygons(shapely.difference(before, after)),
        "mangrove_gain": _polygons(shapely.difference(after, before)),
    }

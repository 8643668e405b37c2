"""Classes on a grid: how much ground each covers, what became of them, and the belt along their edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS, Transformer
from scipy.ndimage import distance_transform_edt

from mrv.area.pixels import coordinates, geodetic_system, pixel_areas_m2, plane_pixel_area_m2
from mrv.units import M2_PER_HA

Index = NDArray[np.uint8]
Array = NDArray[np.float64]

ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class ClassAreas:
    """Ground that each class covers.

    Attributes
    ----------
    pixels : ndarray of int, shape (classes,)
    area_ha : ndarray, shape (classes,)
        On the ellipsoid. [ha]
    plane_area_ha : ndarray, shape (classes,)
        As the map projection has it; NaN for a grid in degrees. [ha]
    """

    pixels: NDArray[np.int64]
    area_ha: Array
    plane_area_ha: Array


def class_areas(index: Index, grid: GeoBox, classes: int) -> ClassAreas:
    """Pixels and area of each class.

    Parameters
    ----------
    index : ndarray of uint8, shape of the grid
        Class of each pixel; numbers from ``classes`` on are not counted.
    grid : GeoBox
    classes : int
    """
    pixels = np.zeros(classes, dtype=np.int64)
    parts = []
    for first in range(0, grid.shape[0], ROWS_AT_ONCE):
        rows = slice(first, min(first + ROWS_AT_ONCE, grid.shape[0]))
        block = index[rows]
        counted = block < classes
        areas = pixel_areas_m2(grid, rows)
        parts.append(np.bincount(block[counted], areas[counted], minlength=classes))
        pixels += np.bincount(block[counted], minlength=classes)
    area = np.array([math.fsum(part[number] for part in parts) for number in range(classes)])
    return ClassAreas(
        pixels, area / M2_PER_HA, np.asarray(pixels * plane_pixel_area_m2(grid) / M2_PER_HA, dtype=np.float64)
    )


def beside(index: Index, grid: GeoBox, of: int, around: Sequence[int], width_m: float) -> NDArray[np.bool_]:
    """Pixels of a class whose centre lies within a distance of the centre of a pixel of other classes.

    Parameters
    ----------
    index : ndarray of uint8, shape of the grid
    grid : GeoBox
        In degrees or in metres; distances are those on the ground in the middle of the grid.
    of : int
    around : sequence of int
    width_m : float
        [m]
    """
    core = np.isin(index, list(around))
    if not core.any():
        return np.zeros(index.shape, dtype=bool)
    distance = distance_transform_edt(~core, sampling=pixel_sides_m(grid))
    near: NDArray[np.bool_] = (index == of) & (distance <= width_m)
    return near


def pixel_sides_m(grid: GeoBox) -> tuple[float, float]:
    """Height and width on the ground of the pixel in the middle of a grid. [m]"""
    system = CRS.from_user_input(grid.crs)
    row, column = grid.shape[0] // 2, grid.shape[1] // 2
    x, y = coordinates(grid, column + np.array([0.0, 1.0, 0.0]), row + np.array([0.0, 0.0, 1.0]))
    x, y = Transformer.from_crs(system, geodetic_system(system), always_xy=True).transform(x, y)
    geod = system.get_geod()
    assert geod is not None
    right, down = (float(geod.inv(x[0], y[0], x[side], y[side])[2]) for side in (1, 2))
    return down, right

"""True areas of the pixels of a grid, on the ellipsoid.

A pixel of a grid in degrees shrinks towards the pole; one in metres is as large as its map projection makes
it. Both are measured in the same way: their corners are carried to an equal-area projection of the same
ellipsoid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS, Transformer

Array = NDArray[np.float64]

ROWS_AT_ONCE = 64


def geodetic_system(system: CRS) -> CRS:
    """Longitude and latitude on the ellipsoid of a coordinate system."""
    assert system.geodetic_crs is not None
    return system.geodetic_crs


def equal_area_system(system: CRS) -> CRS:
    """Cylindrical equal-area projection of the ellipsoid of a coordinate system. [m]"""
    geodetic = geodetic_system(system)
    assert geodetic.ellipsoid is not None
    assert geodetic.prime_meridian is not None
    return CRS.from_user_input(
        {
            "proj": "cea",
            "a": geodetic.ellipsoid.semi_major_metre,
            "b": geodetic.ellipsoid.semi_minor_metre,
            "pm": geodetic.prime_meridian.longitude,
        }
    )


def coordinates(grid: GeoBox, column: Array, row: Array) -> tuple[Array, Array]:
    """Coordinates of places in a grid, counted in pixels from its first corner. [m] or [degree]"""
    a, b, c, d, e, f = grid.affine[:6]
    return a * column + b * row + c, d * column + e * row + f


def _corners(grid: GeoBox, rows: slice, columns: int) -> tuple[Array, Array]:
    line, column = np.meshgrid(
        np.arange(rows.start, rows.stop + 1, dtype=np.float64),
        np.arange(columns + 1, dtype=np.float64),
        indexing="ij",
    )
    return coordinates(grid, column, line)


def pixel_areas_m2(grid: GeoBox, rows: slice) -> Array:
    """Area of every pixel of some rows of a grid, on the ellipsoid.

    Parameters
    ----------
    grid : GeoBox
        In degrees or in metres.
    rows : slice
        First row, and the one after the last.

    Returns
    -------
    ndarray, shape (rows, width)
        [m²]

    Notes
    -----
    Edges are taken as straight in the equal-area projection. For meridians and parallels that is exact; for
    pixels of tens of metres the error is far below 1e-9 of the area.
    """
    system = CRS.from_user_input(grid.crs)
    height, width = rows.stop - rows.start, grid.shape[1]
    # Same geodetic system on both sides: a projection, never a change of datum.
    plane = Transformer.from_crs(geodetic_system(system), equal_area_system(system), always_xy=True)
    if system.is_geographic and grid.affine.b == 0 and grid.affine.d == 0:
        return np.broadcast_to(_areas(*plane.transform(*_corners(grid, rows, 1))), (height, width))
    geodetic = Transformer.from_crs(system, geodetic_system(system), always_xy=True)
    areas = np.empty((height, width))
    # Corners take many times the memory of the areas.
    for first in range(0, height, ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, height)
        x, y = _corners(grid, slice(rows.start + first, rows.start + last), width)
        if not system.is_geographic:
            x, y = geodetic.transform(x, y)
        areas[first:last] = _areas(*plane.transform(x, y))
    return areas


def _areas(x: Array, y: Array) -> Array:
    """Areas of pixels from the coordinates of their corners in an equal-area projection. [m²]"""
    across = (x[:-1, :-1] - x[1:, 1:]) * (y[:-1, 1:] - y[1:, :-1])
    along = (x[:-1, 1:] - x[1:, :-1]) * (y[:-1, :-1] - y[1:, 1:])
    return np.asarray(np.abs(across - along) / 2)


def plane_pixel_area_m2(grid: GeoBox) -> float:
    """Area of a pixel as its map projection has it; NaN for a grid in degrees. [m²]"""
    if CRS.from_user_input(grid.crs).is_geographic:
        return float("nan")
    return abs(float(grid.affine.determinant))

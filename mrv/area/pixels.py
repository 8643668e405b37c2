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
    upright = system.is_geographic and grid.affine.b == 0 and grid.affine.d == 0
    x, y = _corners(grid, rows, 1 if upright else width)
    # Same geodetic system on both sides: a projection, never a change of datum.
    plane = Transformer.from_crs(geodetic_system(system), equal_area_system(system), always_xy=True)
    if not system.is_geographic:
        x, y = Transformer.from_crs(system, geodetic_system(system), always_xy=True).transform(x, y)
    u, v = plane.transform(x, y)
    across = (u[:-1, :-1] - u[1:, 1:]) * (v[:-1, 1:] - v[1:, :-1])
    along = (u[:-1, 1:] - u[1:, :-1]) * (v[:-1, :-1] - v[1:, 1:])
    areas = np.abs(across - along) / 2
    return np.broadcast_to(areas, (height, width)) if upright else areas


def plane_pixel_area_m2(grid: GeoBox) -> float:
    """Area of a pixel as its map projection has it; NaN for a grid in degrees. [m²]"""
    if CRS.from_user_input(grid.crs).is_geographic:
        return float("nan")
    return abs(float(grid.affine.determinant))

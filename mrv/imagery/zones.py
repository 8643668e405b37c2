"""Polygons as pixels: which stratum, if any, the centre of each pixel lies in.

Areas never come from here: they are those of the polygons on the ellipsoid.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

OUTSIDE = -1
"""Index of a pixel whose centre lies in no polygon."""


def zone_index(polygons: Sequence[BaseGeometry], grid: GeoBox) -> xr.DataArray:
    """Number of the polygon that holds the centre of each pixel.

    Parameters
    ----------
    polygons : sequence of geometry
        In the coordinate system of the grid, without overlap.
    grid : GeoBox

    Returns
    -------
    DataArray, int16
        ``y``, ``x``: place of the polygon in the sequence, from 0; :data:`OUTSIDE` where there is none.
    """
    index = np.full(grid.shape, OUTSIDE, dtype=np.int16)
    shapes = [(polygon, number) for number, polygon in enumerate(polygons) if not polygon.is_empty]
    if shapes:
        rasterize(shapes, out=index, transform=grid.affine, all_touched=False)
    return wrap_xr(index, grid, nodata=OUTSIDE)


def inside(polygon: BaseGeometry, grid: GeoBox) -> xr.DataArray:
    """Whether the centre of each pixel lies in a polygon; ``y``, ``x``, bool."""
    return zone_index([polygon], grid) != OUTSIDE

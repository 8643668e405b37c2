"""Polygons as pixels: which stratum, if any, the centre of each pixel lies in.

Areas never come from here: they are those of the polygons on the ellipsoid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray
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


@dataclass(frozen=True)
class Zones:
    """Zones as the parts of their polygons, so that a block of a grid meets only those near it.

    Attributes
    ----------
    parts : tuple of geometry
        Without overlap, in the coordinate system of the grid.
    zone : tuple of int
        Number of the zone that each part belongs to, ascending.
    """

    parts: tuple[BaseGeometry, ...]
    zone: tuple[int, ...]

    @classmethod
    def of(cls, polygons: Sequence[BaseGeometry]) -> Zones:
        """Zones numbered by their place in a sequence."""
        parts, zone = shapely.get_parts(polygons, return_index=True)
        kept = ~shapely.is_empty(parts)
        return cls(tuple(parts[kept]), tuple(zone[kept].tolist()))

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.parts)

    def near(self, grid: GeoBox) -> NDArray[np.int64]:
        """Numbers of the parts that meet the rectangle of a grid, ascending."""
        found = self._tree.query(shapely.box(*grid.boundingbox.bbox), predicate="intersects")
        return np.sort(found).astype(np.int64)

    def index(self, grid: GeoBox) -> NDArray[np.int16]:
        """Zone of each pixel's centre, as of :func:`zone_index`.

        Parameters
        ----------
        grid : GeoBox
            Of a block.
        """
        near = self.near(grid)
        whole = shapely.box(*grid.boundingbox.bbox)
        if len(near) == 1 and self.parts[near[0]].contains(whole):
            return np.full(grid.shape, self.zone[near[0]], dtype=np.int16)
        index = np.full(grid.shape, OUTSIDE, dtype=np.int16)
        if len(near):
            shapes = [(self.parts[number], self.zone[number]) for number in near]
            rasterize(shapes, out=index, transform=grid.affine, all_touched=False)
        return index


def inside(polygon: BaseGeometry, grid: GeoBox) -> xr.DataArray:
    """Whether the centre of each pixel lies in a polygon; ``y``, ``x``, bool."""
    return zone_index([polygon], grid) != OUTSIDE

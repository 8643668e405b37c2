"""A raster of biomass per hectare: its mean over polygons, weighted by how much of each pixel they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from shapely.geometry.base import BaseGeometry

from mrv.errors import InputError
from mrv.findings import Finding, Phrase
from mrv.imagery.raster import Raster
from mrv.imagery.zones import OUTSIDE, zone_index
from mrv.inputs.columns import AGB_LIMIT_T_HA
from mrv.inputs.geometry import densified
from mrv.inputs.map_declaration import BiomassRaster
from mrv.inputs.raster_files import raster_file
from mrv.units import conversion_factor

Array = NDArray[np.float64]

METRES_PER_DEGREE = 111_320.0
"""Length of a degree of latitude; it serves the distances of pixels, not areas. [m]"""


@dataclass(frozen=True)
class Grid:
    """Values of a raster over the project area.

    Attributes
    ----------
    values : ndarray, shape (y, x)
        NaN where there are none. [t/ha]
    box : GeoBox
        North up.
    """

    values: Array
    box: GeoBox

    @property
    def system(self) -> str:
        """Coordinate system of the grid, as well-known text."""
        return str(self.box.crs.to_wkt()) if self.box.crs is not None else ""

    @property
    def in_degrees(self) -> bool:
        """Whether the coordinates of the grid are longitude and latitude."""
        return self.box.crs is not None and bool(self.box.crs.geographic)

    @property
    def pixel_size_m(self) -> tuple[float, float]:
        """Height and width of a pixel in the middle of the grid. [m]"""
        height, width = abs(self.box.resolution.y), abs(self.box.resolution.x)
        if not self.in_degrees:
            return height, width
        latitude = np.radians(self.box.affine.f + self.box.affine.e * self.box.shape[0] / 2)
        return height * METRES_PER_DEGREE, width * METRES_PER_DEGREE * float(np.cos(latitude))

    def inside(self, shapes: Sequence[BaseGeometry]) -> NDArray[np.bool_]:
        """Whether the centre of each pixel lies in one of some polygons, in the system of the grid."""
        return np.asarray(zone_index(shapes, self.box).to_numpy() != OUTSIDE)


def _fault(file: str, rule: str, message: str, **values: object) -> InputError:
    return InputError([Finding(file, rule, message, values)])


def _window(box: GeoBox, bounds: Sequence[float]) -> tuple[slice, slice] | None:
    """Rows and columns that touch the bounds; None where there are none."""
    west, south, east, north = bounds
    place = box.affine
    left, right = np.floor((west - place.c) / place.a), np.ceil((east - place.c) / place.a)
    top, bottom = np.floor((north - place.f) / place.e), np.ceil((south - place.f) / place.e)
    rows = slice(max(int(top), 0), min(int(bottom), box.shape[0]))
    columns = slice(max(int(left), 0), min(int(right), box.shape[1]))
    return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None


def _values(raster: Raster, declared: BiomassRaster, window: tuple[slice, slice]) -> Array:
    band = raster.bands[declared.band - 1]
    stored = raster.read([declared.band - 1], *window)[0]
    plain = np.ma.filled(stored.astype(np.float64), np.nan) * band.scale + band.offset
    return np.asarray(plain * conversion_factor(declared.unit, "t/ha"))


def read_biomass_raster(folder: Path, declared: BiomassRaster, polygons: gpd.GeoDataFrame) -> Grid:
    """Values of a raster where it meets some polygons.

    Parameters
    ----------
    folder : Path
        Folder that the name of the file is relative to.
    declared : BiomassRaster
        Its declaration.
    polygons : GeoDataFrame
        In any coordinate system.

    Raises
    ------
    InputError
        If the raster cannot be read, has no coordinate system, is not north up, does not meet the
        polygons, or holds values that are no biomass.
    """
    file = declared.file
    raster, findings = raster_file(folder, file)
    if raster is None:
        raise InputError(findings)
    if declared.band > len(raster.bands):
        raise _fault(
            file,
            "map-raster",
            "band {found} is not there; it has {count}",
            found=declared.band,
            count=len(raster.bands),
        )
    shapes = densified(polygons).to_crs(str(raster.grid.crs))
    window = _window(raster.grid, tuple(shapes.total_bounds))
    if window is None:
        raise _fault(file, "map-raster", "does not meet the strata")
    grid = Grid(_values(raster, declared, window), raster.grid[window])
    _refuse_no_biomass(grid, shapes, file)
    return grid


def _refuse_no_biomass(grid: Grid, shapes: gpd.GeoDataFrame, file: str) -> None:
    within = grid.values[grid.inside(list(shapes.geometry))]
    wrong = within[np.isinf(within) | (within < 0) | (within > AGB_LIMIT_T_HA)]
    if not len(wrong):
        return
    raise _fault(
        file,
        "map-raster",
        "{count} pixels of the strata hold values such as {found:g} t/ha, outside 0–{high:g}{hint}",
        count=len(wrong),
        found=float(wrong[0]),
        high=AGB_LIMIT_T_HA,
        hint=Phrase("; does the file lack its value for no data, or is the unit another?"),
    )


@dataclass(frozen=True)
class Covered:
    """Mean of a raster over polygons, and the share of each that has values.

    Attributes
    ----------
    mean : ndarray, shape (n,)
        NaN where there are no values.
    share : ndarray, shape (n,)
        [1]
    """

    mean: Array
    share: Array


def mean_over(grid: Grid, polygons: gpd.GeoDataFrame) -> Covered:
    """Mean over each polygon, every pixel weighted by the area of it that the polygon covers.

    Parameters
    ----------
    grid : Grid
    polygons : GeoDataFrame, n rows
        In any coordinate system.
    """
    shapes = densified(polygons[["geometry"]]).to_crs(grid.system).reset_index(drop=True)
    # Shares, not areas: in one small stratum degrees will do.
    areas = shapely.area(shapes.geometry.to_numpy())
    west, south, east, north = grid.box.extent.boundingbox.bbox
    source = NumPyRasterSource(grid.values, west, south, east, north, nodata=np.nan, srs_wkt=grid.system)
    weight = "(coverage_weight=area_spherical_m2)" if grid.in_degrees else ""
    found = exact_extract(source, shapes, [f"mean{weight}", "count"], output="pandas")
    means, pixels = (found.iloc[:, column].to_numpy(dtype=np.float64) for column in range(2))
    share = pixels * abs(grid.box.resolution.x * grid.box.resolution.y) / areas
    return Covered(means, np.clip(share, 0.0, 1.0))

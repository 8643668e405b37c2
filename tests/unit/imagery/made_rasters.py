"""Rasters made for a test: small grids whose every value can be worked out in the head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox

SYSTEM = "EPSG:4547"
WEST, NORTH = 500_000.0, 2_490_000.0


def grid(rows: int, columns: int, side_m: float = 10.0, east_m: float = 0.0, south_m: float = 0.0) -> GeoBox:
    """A north-up grid at a corner that all share."""
    return GeoBox((rows, columns), Affine(side_m, 0, WEST + east_m, 0, -side_m, NORTH - south_m), SYSTEM)


def reader(values: np.ndarray):
    """Reader of an array that gives NaN beyond its edges."""
    values = np.asarray(values, dtype=np.float32)
    values = values if values.ndim == 3 else values[None]

    def read(rows: slice, columns: slice) -> np.ndarray:
        margin = 1000
        padded = np.pad(values, ((0, 0), (margin, margin), (margin, margin)), constant_values=np.nan)
        return padded[
            :, rows.start + margin : rows.stop + margin, columns.start + margin : columns.stop + margin
        ]

    return read


def write(path: Path, values: np.ndarray, side_m: float = 10.0, **more) -> Path:
    """Write a GeoTIFF of bands, rows and columns; ``more`` replaces what rasterio is told."""
    values = np.asarray(values)
    values = values if values.ndim == 3 else values[None]
    names = more.pop("names", None)
    scales, offsets = more.pop("scales", None), more.pop("offsets", None)
    units, tags = more.pop("units", None), more.pop("tags", {})
    profile = {
        "driver": "GTiff",
        "count": len(values),
        "height": values.shape[1],
        "width": values.shape[2],
        "dtype": values.dtype,
        "crs": SYSTEM,
        "transform": Affine(side_m, 0, WEST, 0, -side_m, NORTH),
    } | more
    with rasterio.open(path, "w", **profile) as target:
        target.write(values)
        target.update_tags(**tags)
        if names:
            target.descriptions = names
        if scales:
            target.scales = scales
        if offsets:
            target.offsets = offsets
        if units:
            target.units = units
    return path

"""The target grid of a project as one value: shape, transform and coordinate system."""

from __future__ import annotations

import math

from odc.geo.geobox import GeoBox
from odc.geo.geom import BoundingBox
from pyproj import CRS

ALIGNED = 1e-6
"""Share of a pixel below which two grids count as the same."""


def target_grid(bounds: tuple[float, float, float, float], crs: str | CRS, resolution_m: float) -> GeoBox:
    """Smallest north-up grid over bounds whose edges are whole multiples of the resolution.

    Two projects with the same coordinate system and resolution share pixel edges, whatever their bounds.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north. [m]
    crs : str or CRS
        Projected, in metres.
    resolution_m : float
        Side of a pixel. [m]

    Returns
    -------
    GeoBox
        At least one pixel high and wide.
    """
    west, south, east, north = bounds
    left, bottom = (math.floor(edge / resolution_m + ALIGNED) for edge in (west, south))
    right, top = (math.ceil(edge / resolution_m - ALIGNED) for edge in (east, north))
    box = BoundingBox(
        left * resolution_m,
        bottom * resolution_m,
        max(right, left + 1) * resolution_m,
        max(top, bottom + 1) * resolution_m,
        crs,
    )
    return GeoBox.from_bbox(box, resolution=resolution_m, tight=True)


def system_text(system: object) -> str:
    """Name of a coordinate system: its EPSG code where it has one, else its name; of no process's memory.

    The text of odc-geo is what the process first saw of a system: a code in one, WKT in another.

    Parameters
    ----------
    system : coordinate system of odc-geo or pyproj, or text that names one
    """
    known = CRS.from_user_input(str(system))
    code = known.to_epsg()
    return f"EPSG:{code}" if code is not None else known.name


def pixel_offset(source: GeoBox, target: GeoBox) -> tuple[int, int] | None:
    """Row and column of ``source`` at which the first pixel of ``target`` lies; None unless pixels coincide.

    Parameters
    ----------
    source, target : GeoBox
    """
    if source.crs != target.crs:
        return None
    to_source = ~source.affine * target.affine
    column, row = to_source.c, to_source.f
    same_shape = all(
        math.isclose(found, wanted, abs_tol=ALIGNED)
        for found, wanted in zip(
            (to_source.a, to_source.b, to_source.d, to_source.e), (1, 0, 0, 1), strict=True
        )
    )
    # An error of the pixel's size adds up over the grid, so its far corner must coincide too.
    far_column = column + to_source.a * target.width - (round(column) + target.width)
    far_row = row + to_source.e * target.height - (round(row) + target.height)
    near = max(abs(column - round(column)), abs(row - round(row)), abs(far_column), abs(far_row))
    return (round(row), round(column)) if same_shape and near <= 1e-3 else None

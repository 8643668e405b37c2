"""Ground of issuances: polygons as whole numbers that an entry can hold, and whether two of them overlap.

Neighbours that share a border must not hinder each other. Coordinates are rounded to 10⁻⁷ degrees, and two
surveys of one border never agree to the centimetre; so ground counts as overlapping only where the common
part is wider than :data:`WIDTH_M` somewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import shapely
from pyproj import Geod, Transformer
from shapely.geometry.base import BaseGeometry

from mrv.ledger.entries import Area, canonical
from mrv.provenance import sha256_of_bytes

PER_DEGREE = 10_000_000
"""Steps of a coordinate in a degree; one is about 1 cm."""

WIDTH_M = 1.0
"""Width up to which a common strip of two areas is a matter of surveying. [m]"""

LARGE_M2 = 1e6
"""Common ground of which no width is asked. [m2]"""

SYSTEM = "EPSG:4326"

Polygons = tuple[tuple[tuple[tuple[int, int], ...], ...], ...]


def area_of(ground: BaseGeometry) -> Area | None:
    """Ground as an entry holds it, in one way only: rings and polygons in an order of their own.

    Parameters
    ----------
    ground : Polygon or MultiPolygon
        In EPSG:4326, longitude first. [degree]

    Returns
    -------
    Area or None
        None if nothing is left of it once its coordinates are rounded.
    """
    rounded = shapely.set_precision(ground, 1 / PER_DEGREE)
    parts = [
        part
        for part in shapely.get_parts(shapely.normalize(rounded))
        if part.geom_type == "Polygon" and part.area
    ]
    if not parts:
        return None
    polygons = tuple(
        tuple(
            tuple((round(x * PER_DEGREE), round(y * PER_DEGREE)) for x, y in shapely.get_coordinates(ring))
            for ring in (part.exterior, *part.interiors)
        )
        for part in parts
    )
    return Area(sha256=area_sha256(polygons), polygons=polygons)


def area_sha256(polygons: Polygons) -> str:
    """Hash of an area's canonical text."""
    return sha256_of_bytes(canonical(polygons))


@lru_cache(maxsize=10_000)
def ground_of(polygons: Polygons) -> BaseGeometry:
    """Ground of an area, valid also where a hostile entry's is not. [degree]"""
    shapes = [
        shapely.Polygon(
            [(x / PER_DEGREE, y / PER_DEGREE) for x, y in shell],
            [[(x / PER_DEGREE, y / PER_DEGREE) for x, y in hole] for hole in holes],
        )
        for shell, *holes in polygons
    ]
    return shapely.union_all(shapely.make_valid(shapes))


def overlap_m2(one: Polygons, other: Polygons) -> float:
    """Ground that two areas have in common; 0 where it is nowhere wider than the tolerance. [m2]"""
    return common_ground_m2(ground_of(one), ground_of(other))


def common_ground_m2(one: BaseGeometry, other: BaseGeometry) -> float:
    """Like :func:`overlap_m2`, of ground in EPSG:4326."""
    if not one.intersects(other):
        return 0.0
    parts = [(part, _area_m2(part)) for part in _polygons_of(one.intersection(other))]
    return sum(area for part, area in parts if area > LARGE_M2 or _is_wide(part))


def _area_m2(part: BaseGeometry) -> float:
    """Area on the ellipsoid. [m2]"""
    return abs(float(Geod(ellps="WGS84").geometry_area_perimeter(part)[0]))


def _is_wide(part: BaseGeometry) -> bool:
    """Whether a polygon in degrees is wider than the tolerance somewhere."""
    centre = part.centroid
    local = f"+proj=laea +lat_0={centre.y} +lon_0={centre.x} +units=m"
    to_metres = Transformer.from_crs(SYSTEM, local, always_xy=True)
    in_metres = shapely.transform(part, lambda xy: np.column_stack(to_metres.transform(*xy.T)))
    return not in_metres.buffer(-WIDTH_M / 2).is_empty


def _polygons_of(shape: BaseGeometry) -> Iterable[BaseGeometry]:
    """Parts of a geometry that have an area; a shared border has none."""
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            yield part
        elif hasattr(part, "geoms"):
            yield from _polygons_of(part)

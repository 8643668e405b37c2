"""Polygons of strata and boundaries, and the coordinate system they are measured in.

Areas are always those on the ellipsoid. The declared reference system serves distances and overlaps,
so it must be projected, in metres, and true in area to 0.1 %.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyproj import CRS, Geod
from pyproj.exceptions import CRSError

from mrv.errors import InputError
from mrv.findings import Finding, Phrase
from mrv.inputs.cells import check_file, layer_names, one_of
from mrv.inputs.table_source import Layer
from mrv.units import M2_PER_HA

AREA_TOLERANCE = 0.001
"""Largest relative difference between planar and ellipsoidal area of a reference system. [1]"""

OVERLAP_TOLERANCE = 1e-6
"""Share of an area below which an overlap is rounding of coordinates. [1]"""

SEGMENT_M = 50.0
SEGMENT_DEGREE = 0.0005

EXAMPLE = "EPSG:4547 (CGCS2000, 3-degree zone of 114 E)"


def reference_system(text: str, where: str) -> tuple[CRS | None, list[Finding]]:
    """Coordinate system of a project; None if it cannot serve for areas and distances."""
    try:
        system = CRS.from_user_input(text)
    except CRSError:
        return None, [_system_finding(where, "{found} is not a coordinate system", text)]
    if not system.is_projected:
        return None, [_system_finding(where, "{found} ({name}) is in degrees", text, system)]
    if any(axis.unit_conversion_factor != 1.0 for axis in system.axis_info):
        return None, [_system_finding(where, "{found} ({name}) is not in metres", text, system)]
    return system, []


def _system_finding(where: str, message: str, found: str, system: CRS | None = None) -> Finding:
    return Finding(
        where,
        "reference-system",
        message + "; a projected system in metres was expected, such as {example}",
        {"found": found, "name": system.name if system else "", "example": EXAMPLE},
    )


def densified(polygons: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Polygons with vertices so close that edges keep their course in another coordinate system."""
    step = SEGMENT_DEGREE if polygons.crs.is_geographic else SEGMENT_M
    return polygons.set_geometry(polygons.geometry.segmentize(step))


def ellipsoidal_areas_m2(polygons: gpd.GeoDataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Area of each polygon on the ellipsoid of its coordinate system.

    Parameters
    ----------
    polygons : GeoDataFrame, n rows

    Returns
    -------
    ndarray, shape (n,)
        [m2]
    """
    geodetic = polygons.crs.geodetic_crs
    geod: Geod = geodetic.get_geod()
    on_ellipsoid = densified(polygons).to_crs(geodetic)
    return np.array([_polygon_area_m2(shape, geod) for shape in on_ellipsoid.geometry], dtype="float64")


def _ring_area_m2(ring: Any, geod: Geod) -> float:
    longitude, latitude = ring.coords.xy
    area, _ = geod.polygon_area_perimeter(longitude, latitude)
    return abs(float(area))


def _polygon_area_m2(shape: Any, geod: Geod) -> float:
    parts = getattr(shape, "geoms", [shape])
    return sum(
        _ring_area_m2(part.exterior, geod) - sum(_ring_area_m2(hole, geod) for hole in part.interiors)
        for part in parts
    )


def area_findings(
    polygons: gpd.GeoDataFrame, areas_m2: np.ndarray[Any, np.dtype[np.float64]], system: CRS, where: str
) -> list[Finding]:
    """Refuse a reference system in which the polygons' area is not the one on the ellipsoid."""
    planar = float(densified(polygons).to_crs(system).area.sum())
    error = planar / float(areas_m2.sum()) - 1.0
    if abs(error) <= AREA_TOLERANCE:
        return []
    return [
        Finding(
            where,
            "reference-system",
            "{name} makes the strata {percent} % {direction} than they are on the ellipsoid; "
            "allowed is {allowed} %, for instance in {example}",
            {
                "name": system.name,
                "percent": f"{abs(error) * 100:.3g}",
                "direction": Phrase("larger") if error > 0 else Phrase("smaller"),
                "allowed": f"{AREA_TOLERANCE * 100:g}",
                "example": EXAMPLE,
            },
        )
    ]


def read_polygons(path: Path, layer: Layer) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    """Polygons of a file in the file's own coordinate system; None if they cannot be used.

    Parameters
    ----------
    path : Path
    layer : Layer
        Its declaration in the project file.
    """
    try:
        check_file(path, layer.file)
        name = one_of(layer.layer, layer_names(path, layer.file), layer.file, "layer")
    except InputError as error:
        return None, list(error.findings)
    polygons = pyogrio.read_dataframe(path, layer=name)
    if not isinstance(polygons, gpd.GeoDataFrame) or polygons.empty:
        return None, [Finding(layer.file, "geometry-empty", "holds no polygons")]
    if polygons.crs is None:
        return None, [
            Finding(layer.file, "crs-missing", "has no coordinate system; write it into the file (.prj)")
        ]
    findings = _shape_findings(polygons, layer.file) or _range_findings(polygons, layer.file)
    if findings:
        return None, findings
    flat = polygons.set_geometry(shapely.force_2d(polygons.geometry.array))
    return flat.set_crs(polygons.crs, allow_override=True), []


def feature_place(file: str, number: int) -> str:
    """Place of a feature, counted from 1."""
    return f"{file}:feature {number + 1}"


def _shape_findings(polygons: gpd.GeoDataFrame, file: str) -> list[Finding]:
    findings = []
    for number, shape in enumerate(polygons.geometry):
        place = feature_place(file, number)
        if shape is None or shape.is_empty:
            findings.append(Finding(place, "geometry-empty", "has no geometry; a polygon was expected"))
        elif shape.geom_type not in {"Polygon", "MultiPolygon"}:
            findings.append(
                Finding(
                    place,
                    "geometry-kind",
                    "is a {found}; a polygon was expected",
                    {"found": shape.geom_type},
                )
            )
        elif not shape.is_valid:
            findings.append(
                Finding(
                    place,
                    "geometry-invalid",
                    "is not a valid polygon: {reason}",
                    {"reason": shapely.is_valid_reason(shape)},
                )
            )
        elif shape.area == 0.0:
            findings.append(Finding(place, "geometry-empty", "has no area; a polygon was expected"))
    return findings


def _range_findings(polygons: gpd.GeoDataFrame, file: str) -> list[Finding]:
    west, south, east, north = polygons.total_bounds
    if not polygons.crs.is_geographic or (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        return []
    return [
        Finding(
            file,
            "coordinates-range",
            "coordinates reach {x:g}, {y:g} but {name} is in degrees; GeoJSON holds longitude and "
            "latitude unless the file says otherwise",
            {"x": float(east), "y": float(north), "name": polygons.crs.name},
        )
    ]


def overlap_findings(polygons: gpd.GeoDataFrame, file: str) -> list[Finding]:
    """Pairs of strata that share ground.

    Parameters
    ----------
    polygons : GeoDataFrame
        ``stratum_id`` and geometry in the reference system, densified.
    file : str
    """
    shapes = polygons.geometry.to_numpy()
    names = polygons["stratum_id"].to_list()
    left, right = polygons.sindex.query(polygons.geometry, predicate="intersects")
    findings = []
    for first, second in sorted((int(i), int(j)) for i, j in zip(left, right, strict=True) if i < j):
        shared = shapely.intersection(shapes[first], shapes[second]).area
        if shared > OVERLAP_TOLERANCE * min(shapes[first].area, shapes[second].area):
            findings.append(
                Finding(
                    feature_place(file, second),
                    "strata-overlap",
                    "{second!r} overlaps {first!r} by {area} m2; strata must not overlap",
                    {"first": names[first], "second": names[second], "area": f"{shared:,.0f}"},
                )
            )
    return findings


def boundary_findings(
    strata: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame, file: str, boundary_file: str
) -> list[Finding]:
    """Strata beyond the boundary, and ground within it that no stratum covers.

    Parameters
    ----------
    strata, boundary : GeoDataFrame
        In the reference system, densified.
    file, boundary_file : str
    """
    limit = shapely.union_all(boundary.geometry.to_numpy())
    findings = []
    for number, (name, shape) in enumerate(zip(strata["stratum_id"], strata.geometry, strict=True)):
        beyond = shapely.difference(shape, limit).area
        if beyond > OVERLAP_TOLERANCE * shape.area:
            findings.append(
                Finding(
                    feature_place(file, number),
                    "strata-beyond-boundary",
                    "{name!r} reaches {area} m2 beyond the boundary; strata must lie within it",
                    {"name": name, "area": f"{beyond:,.0f}"},
                )
            )
    bare = shapely.difference(limit, shapely.union_all(strata.geometry.to_numpy())).area
    if bare > OVERLAP_TOLERANCE * limit.area:
        findings.append(
            Finding(
                boundary_file,
                "boundary-not-covered",
                "{area} ha within the boundary belong to no stratum and are not counted",
                {"area": f"{bare / M2_PER_HA:,.2f}"},
                severity="note",
            )
        )
    return findings

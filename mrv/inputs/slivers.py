"""Traces of careless digitising in polygons: parts as thin as a line, small holes, thin gaps."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import shapely

from mrv.findings import Finding
from mrv.inputs.geometry import feature_place
from mrv.plausibility import quality_rule


def mean_width_m(ring: Any) -> float:
    """Width of a long rectangle of equal area and perimeter. [m]"""
    return float(2 * ring.area / ring.length) if ring.length else 0.0


def _parts(shape: Any) -> list[Any]:
    return list(getattr(shape, "geoms", [shape]))


def _area(parts: list[Any]) -> str:
    return f"{sum(part.area for part in parts):,.1f}"


def sliver_findings(polygons: gpd.GeoDataFrame, file: str) -> list[Finding]:
    """Thin parts and small holes of each feature.

    Parameters
    ----------
    polygons : GeoDataFrame
        In the reference system.
    file : str
    """
    width, hole_m2 = quality_rule("sliver_width"), quality_rule("small_hole")
    findings = []
    for number, shape in enumerate(polygons.geometry):
        parts = _parts(shape)
        thin = [part for part in parts if mean_width_m(part) < width]
        holes = [shapely.Polygon(ring) for part in parts for ring in part.interiors]
        small = [hole for hole in holes if hole.area < hole_m2 or mean_width_m(hole) < width]
        if thin:
            findings.append(
                Finding(
                    feature_place(file, number),
                    "geometry-sliver",
                    "{count} parts narrower than {width:g} m, {area} m2 in all",
                    {"count": len(thin), "width": width, "area": _area(thin)},
                    severity="note",
                )
            )
        if small:
            findings.append(
                Finding(
                    feature_place(file, number),
                    "geometry-hole",
                    "{count} holes smaller than {hole:g} m2 or narrower than {width:g} m, {area} m2 in all",
                    {"count": len(small), "hole": hole_m2, "width": width, "area": _area(small)},
                    severity="note",
                )
            )
    return findings


def gap_findings(polygons: gpd.GeoDataFrame, file: str) -> list[Finding]:
    """Thin gaps between features, which belong to none of them.

    Parameters
    ----------
    polygons : GeoDataFrame
        In the reference system.
    file : str
    """
    width = quality_rule("sliver_width")
    whole = shapely.union_all(polygons.geometry.to_numpy())
    own = {
        shapely.normalize(shapely.Polygon(ring)).wkb
        for shape in polygons.geometry
        for part in _parts(shape)
        for ring in part.interiors
    }
    holes = [shapely.Polygon(ring) for part in _parts(whole) for ring in part.interiors]
    thin = [hole for hole in holes if mean_width_m(hole) < width and shapely.normalize(hole).wkb not in own]
    if not thin:
        return []
    return [
        Finding(
            file,
            "geometry-gap",
            "{count} gaps between the polygons are narrower than {width:g} m, {area} m2 in all, and in "
            "none of them",
            {"count": len(thin), "width": width, "area": _area(thin)},
            severity="note",
        )
    ]

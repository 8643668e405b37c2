"""Parcels of a project: their areas on the ellipsoid, and the part of each that lies in each stratum."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from mrv.findings import Finding
from mrv.inputs.feature_ids import feature_ids
from mrv.inputs.geometry import (
    OVERLAP_TOLERANCE,
    densified,
    ellipsoidal_areas_m2,
    feature_place,
    read_polygons,
)
from mrv.inputs.parcel_declaration import ParcelLayer
from mrv.inputs.strata import Strata
from mrv.units import M2_PER_HA


@dataclass(frozen=True)
class Parcels:
    """Parcels of a project.

    Attributes
    ----------
    table : DataFrame
        ``parcel_id``, ``area_ha`` (on the ellipsoid); by parcel.
    geometry : GeoDataFrame
        ``parcel_id`` and polygons in the reference system, in the order of the table.
    parts : GeoDataFrame
        ``parcel_id``, ``stratum_id``, ``area_ha`` and the polygon of what lies in that stratum; by parcel and
        stratum.
    """

    table: pd.DataFrame
    geometry: gpd.GeoDataFrame
    parts: gpd.GeoDataFrame


def _duplicates(ids: list[str], file: str) -> list[Finding]:
    first: dict[str, int] = {}
    findings = []
    for number, name in enumerate(ids):
        if name in first:
            findings.append(
                Finding(
                    feature_place(file, number),
                    "parcel-duplicate",
                    "{found!r} stands already at {first}; unite the parts of a parcel into one multipolygon",
                    {"found": name, "first": feature_place(file, first[name])},
                )
            )
        first.setdefault(name, number)
    return findings


def _overlaps(parcels: gpd.GeoDataFrame, file: str) -> list[Finding]:
    """Pairs of parcels that share ground; both count it, and so would their sum."""
    shapes, names = parcels.geometry.to_numpy(), parcels["parcel_id"].to_list()
    left, right = parcels.sindex.query(parcels.geometry, predicate="intersects")
    left, right = left[left < right], right[left < right]
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    allowed = OVERLAP_TOLERANCE * np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
    return [
        Finding(
            feature_place(file, int(second)),
            "parcels-overlap",
            "{second!r} overlaps {first!r} by {area} m2, which both would count",
            {"first": names[first], "second": names[second], "area": f"{area:,.0f}"},
            waivable=True,
        )
        for first, second, area, least in zip(left, right, shared, allowed, strict=True)
        if area > least
    ]


def _beyond(parcels: gpd.GeoDataFrame, parts: gpd.GeoDataFrame, strata: Strata, file: str) -> list[Finding]:
    """Parcels beyond the boundary, outside every stratum, or with ground that belongs to no stratum."""
    limit = shapely.union_all(strata.boundary.geometry.to_numpy()) if strata.boundary is not None else None
    if limit is not None:
        shapely.prepare(limit)
    inside = shapely.area(parts.geometry.to_numpy())
    held = pd.Series(inside, index=parts["parcel_id"]).groupby(level=0).sum()
    findings = []
    for number, (name, shape) in enumerate(zip(parcels["parcel_id"], parcels.geometry, strict=True)):
        place, area = feature_place(file, number), shape.area
        beyond = 0.0
        if limit is not None and not shapely.covers(limit, shape):
            beyond = shapely.difference(shape, limit).area
        bare = area - held.get(name, 0.0)
        if name not in held.index:
            findings.append(
                Finding(place, "parcel-outside-strata", "{name!r} lies in no stratum", {"name": name})
            )
        elif beyond > OVERLAP_TOLERANCE * area:
            findings.append(
                Finding(
                    place,
                    "parcel-beyond-boundary",
                    "{name!r} reaches {area} m2 beyond the boundary; waived, what lies beyond is not counted",
                    {"name": name, "area": f"{beyond:,.0f}"},
                    waivable=True,
                )
            )
        elif bare > OVERLAP_TOLERANCE * area:
            findings.append(
                Finding(
                    place,
                    "parcel-not-covered",
                    "{area} m2 of {name!r} belong to no stratum and are not counted",
                    {"name": name, "area": f"{bare:,.0f}"},
                    severity="note",
                )
            )
    return findings


def _parts(parcels: gpd.GeoDataFrame, areas_ha: pd.Series, strata: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """What lies of each parcel in each stratum; its area is its share of the parcel's on the ellipsoid."""
    stratum, parcel = parcels.sindex.query(strata.geometry, predicate="intersects")
    shapes, zones = parcels.geometry.to_numpy(), strata.geometry.to_numpy()
    shared = shapely.intersection(shapes[parcel], zones[stratum])
    share = shapely.area(shared) / shapely.area(shapes[parcel])
    parts = gpd.GeoDataFrame(
        {
            "parcel_id": parcels["parcel_id"].to_numpy()[parcel],
            "stratum_id": strata["stratum_id"].astype(str).to_numpy()[stratum],
            "area_ha": share * areas_ha.to_numpy()[parcel],
        },
        geometry=shared,
        crs=parcels.crs,
    )
    # Neighbours that touch share a line, or a trace of rounding.
    kept = parts[share > OVERLAP_TOLERANCE]
    return kept.sort_values(["parcel_id", "stratum_id"], kind="stable", ignore_index=True)


def read_parcels(declared: ParcelLayer, folder: Path, strata: Strata) -> tuple[Parcels | None, list[Finding]]:
    """Parcels of a project, and what is wrong with them.

    Parameters
    ----------
    declared : ParcelLayer
    folder : Path
        Folder that the file names are relative to.
    strata : Strata
        With polygons.
    """
    polygons, findings = read_polygons(folder / declared.file, declared)
    if polygons is None or strata.geometry is None:
        return None, findings
    ids, more = feature_ids(polygons, declared.file, declared.columns.parcel_id, "parcel_id")
    more = more or _duplicates(ids, declared.file)
    if more:
        return None, findings + more
    polygons = gpd.GeoDataFrame({"parcel_id": ids}, geometry=polygons.geometry.array, crs=polygons.crs)
    areas_ha = pd.Series(ellipsoidal_areas_m2(polygons) / M2_PER_HA)
    plane = densified(polygons).to_crs(strata.system)[["parcel_id", "geometry"]]
    zones = strata.geometry.set_geometry(densified(strata.geometry).geometry)
    parts = _parts(plane, areas_ha, zones)
    findings += [*_overlaps(plane, declared.file), *_beyond(plane, parts, strata, declared.file)]
    order = np.argsort(np.array(ids), kind="stable")
    table = pd.DataFrame({"parcel_id": ids, "area_ha": areas_ha}).iloc[order].reset_index(drop=True)
    return Parcels(table, plane.iloc[order].reset_index(drop=True), parts), findings

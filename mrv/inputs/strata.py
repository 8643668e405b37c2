"""The strata of a project: from polygons, from a table of areas, or from a list in the project file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from mrv.findings import Finding, Phrase
from mrv.inputs.adjusted_areas import read_adjusted_areas
from mrv.inputs.columns import STRATUM_COLUMNS
from mrv.inputs.feature_ids import feature_ids
from mrv.inputs.geometry import (
    area_findings,
    boundary_findings,
    densified,
    ellipsoidal_areas_m2,
    feature_place,
    overlap_findings,
    read_polygons,
    reference_system,
)
from mrv.inputs.neighbours import areas_beyond_boundary, overlapping_projects
from mrv.inputs.project import Project, StrataAreas, StrataLayer, StrataTable
from mrv.inputs.slivers import gap_findings, sliver_findings
from mrv.inputs.table_source import Layer
from mrv.inputs.tables import Exclusion, Where, read_table
from mrv.units import M2_PER_HA


@dataclass(frozen=True)
class Strata:
    """Homogeneous parts of the project area.

    Attributes
    ----------
    table : DataFrame
        ``stratum_id``, ``area_ha`` (on the ellipsoid; NaN if unknown), ``source``; by stratum.
    geometry : GeoDataFrame or None
        ``stratum_id`` and polygons in the reference system.
    boundary : GeoDataFrame or None
        In the reference system.
    system : CRS or None
        The reference system.
    declared : bool
        Whether the project file declares strata; if not, those that the surveys name are listed.
    area_covariance_ha2 : mapping or None
        Stratum: stratum: covariance of their areas, where these come with one. [ha²]
    """

    table: pd.DataFrame
    geometry: gpd.GeoDataFrame | None = None
    boundary: gpd.GeoDataFrame | None = None
    system: CRS | None = None
    declared: bool = True
    area_covariance_ha2: Mapping[str, Mapping[str, float]] | None = None

    @property
    def places(self) -> dict[str, BaseGeometry]:
        """Polygon of each stratum in the reference system; empty without geometry. [m]"""
        if self.geometry is None:
            return {}
        names = self.geometry["stratum_id"].astype(str)
        return dict(zip(names, self.geometry.geometry, strict=True))


Read = tuple[Strata, list[Finding], list[Exclusion]]


def _strata_table(ids: Iterable[str], areas_ha: Iterable[float], sources: Iterable[str]) -> pd.DataFrame:
    table = pd.DataFrame({"stratum_id": list(ids), "area_ha": list(areas_ha), "source": list(sources)})
    types = {"stratum_id": "str", "area_ha": "float64", "source": "str"}
    return table.astype(types).sort_values("stratum_id", ignore_index=True)


def unknown_areas(stratum_ids: Iterable[str], source: str) -> pd.DataFrame:
    """Strata that surveys name, of which no area is known."""
    ids = sorted(set(stratum_ids))
    return _strata_table(ids, [math.nan] * len(ids), [source] * len(ids))


def _duplicate_findings(ids: list[str], places: list[str], advice: str) -> list[Finding]:
    first: dict[str, str] = {}
    findings = []
    for name, place in zip(ids, places, strict=True):
        if name in first:
            findings.append(
                Finding(
                    place,
                    "stratum-duplicate",
                    "{found!r} stands already at {first}{advice}",
                    {"found": name, "first": first[name], "advice": advice},
                )
            )
        first.setdefault(name, place)
    return findings


def _from_list(strata: StrataAreas, where: Where) -> Read:
    table = _strata_table(
        [item.stratum_id for item in strata.areas],
        [item.area_ha for item in strata.areas],
        [where("strata", "areas", number) for number in range(len(strata.areas))],
    )
    return Strata(table), [], []


def _from_table(strata: StrataTable, folder: Path, where: Where) -> Read:
    def place(*key: str | int) -> str:
        return where("strata", "table", *key)

    table = read_table(folder / strata.table.file, strata.table, STRATUM_COLUMNS, place)
    frame = table.frame
    places = [table.where(number, "stratum_id") for number in range(len(frame))]
    known = frame["stratum_id"].notna()
    findings = list(table.findings) + _duplicate_findings(
        frame.loc[known, "stratum_id"].to_list(),
        [place for place, good in zip(places, known, strict=True) if good],
        "",
    )
    if table.whole and frame.empty:
        findings.append(Finding(strata.table.file, "table-empty", "holds no strata"))
    good = _strata_table(frame["stratum_id"], frame["area_ha"], table.sources())
    good = good[good["stratum_id"].notna()].drop_duplicates("stratum_id", ignore_index=True)
    return Strata(good), findings, list(table.exclusions)


def _stratum_ids(polygons: gpd.GeoDataFrame, strata: StrataLayer) -> tuple[list[str], list[Finding]]:
    ids, findings = feature_ids(polygons, strata.file, strata.columns.stratum_id, "stratum_id")
    places = [feature_place(strata.file, number) for number in range(len(ids))]
    advice = Phrase("; unite the parts of a stratum into one multipolygon")
    return ids, findings or _duplicate_findings(ids, places, advice)


def _from_layer(
    strata: StrataLayer,
    boundary: gpd.GeoDataFrame | None,
    project: Project,
    folder: Path,
    where: Where,
    system: CRS | None,
) -> Read:
    nothing = Strata(unknown_areas([], ""))
    polygons, findings = read_polygons(folder / strata.file, strata)
    if polygons is None:
        return nothing, findings, []
    ids, more = _stratum_ids(polygons, strata)
    findings += more
    if more or system is None:
        return nothing, findings, []
    polygons = polygons.assign(stratum_id=ids)[["stratum_id", polygons.geometry.name]]
    polygons = polygons.rename_geometry("geometry") if polygons.geometry.name != "geometry" else polygons
    areas_m2 = ellipsoidal_areas_m2(polygons)
    places = [feature_place(strata.file, number) for number in range(len(ids))]
    table = _strata_table(ids, areas_m2 / M2_PER_HA, places)
    more = area_findings(polygons, areas_m2, system, where("reference_system"))
    if more:
        # Nothing lies where it should in this system, which is said once.
        return Strata(table), findings + more, []
    fine = densified(polygons).to_crs(system)
    findings += overlap_findings(fine, strata.file)
    plane = polygons.to_crs(system)
    findings += sliver_findings(plane, strata.file) + gap_findings(plane, strata.file)
    if boundary is not None and project.boundary is not None:
        limit = densified(boundary).to_crs(system)
        findings += boundary_findings(fine, limit, strata.file, project.boundary.file)
    geometry = polygons.to_crs(system).sort_values("stratum_id", ignore_index=True)
    return Strata(table, geometry), findings, []


def _adjusted(strata: Strata, project: Project, folder: Path, where: Where) -> tuple[Strata, list[Finding]]:
    """Strata with the areas that a reference sample corrects in place of the mapped ones."""
    declared = project.adjusted_areas
    if declared is None:
        return strata, []
    areas, covariance, findings = read_adjusted_areas(
        declared,
        folder,
        lambda *key: where("strata", "adjusted", *key),
        simulated=project.project.simulated,
    )
    if areas is None:
        return strata, findings
    if strata.geometry is not None and set(strata.table["stratum_id"]) != set(areas.index):
        findings.append(
            Finding(
                where("strata", "adjusted", "classes"),
                "stratum-unknown",
                "must name every stratum of the polygons once: {allowed}",
                {"allowed": ", ".join(strata.table["stratum_id"])},
            )
        )
        return strata, findings
    table = _strata_table(areas.index, areas, [declared.file] * len(areas))
    return replace(strata, table=table, area_covariance_ha2=covariance), findings


def _read_boundary(layer: Layer | None, folder: Path) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    return (None, []) if layer is None else read_polygons(folder / layer.file, layer)


def read_strata(project: Project, folder: Path, where: Where) -> Read:
    """Strata and boundary of a project.

    Parameters
    ----------
    project : Project
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the project file.
    """
    system, findings = (
        reference_system(project.reference_system, where("reference_system"))
        if project.reference_system
        else (None, [])
    )
    boundary, more = _read_boundary(project.boundary, folder)
    findings += more
    if isinstance(project.strata, StrataLayer):
        strata, more, exclusions = _from_layer(project.strata, boundary, project, folder, where, system)
    elif isinstance(project.strata, StrataTable):
        strata, more, exclusions = _from_table(project.strata, folder, where)
    elif isinstance(project.strata, StrataAreas):
        strata, more, exclusions = _from_list(project.strata, where)
    else:
        strata, more, exclusions = Strata(unknown_areas([], ""), declared=project.strata is not None), [], []
    findings += more
    strata, more = _adjusted(strata, project, folder, where)
    limit = boundary.to_crs(system) if boundary is not None and system is not None else None
    if limit is not None and project.boundary is not None:
        findings += sliver_findings(limit, project.boundary.file)
    if boundary is not None and strata.declared and not isinstance(project.strata, StrataLayer):
        findings += areas_beyond_boundary(strata.table, boundary, where("strata"))
    if system is not None and project.other_projects:
        ground = strata.geometry if strata.geometry is not None else limit
        findings += overlapping_projects(project.other_projects, ground, folder, where)
    return replace(strata, boundary=limit, system=system), findings + more, exclusions

"""Ground that other registered projects count as well, and strata larger than the boundary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from mrv.findings import Finding
from mrv.inputs.geometry import (
    AREA_TOLERANCE,
    OVERLAP_TOLERANCE,
    densified,
    ellipsoidal_areas_m2,
    read_polygons,
)
from mrv.inputs.project import OtherProject
from mrv.inputs.tables import Where
from mrv.units import M2_PER_HA


def overlapping_projects(
    others: Sequence[OtherProject], ground: gpd.GeoDataFrame | None, folder: Path, where: Where
) -> list[Finding]:
    """Registered projects that share ground with this one.

    Parameters
    ----------
    others : sequence of OtherProject
    ground : GeoDataFrame or None
        Strata, or the boundary without them, in the reference system; None where there is no geometry.
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the project file.
    """
    findings: list[Finding] = []
    if ground is None:
        return [
            Finding(
                where("other_projects"),
                "geometry-missing",
                "other projects can only be compared with a boundary or with strata as polygons",
            )
        ] * bool(others)
    own = shapely.union_all(densified(ground).geometry.to_numpy())
    for number, other in enumerate(others):
        polygons, more = read_polygons(folder / other.file, other)
        findings += more
        if polygons is None:
            continue
        theirs = shapely.union_all(densified(polygons).to_crs(ground.crs).geometry.to_numpy())
        shared = shapely.intersection(own, theirs)
        if shared.area <= OVERLAP_TOLERANCE * own.area:
            continue
        area_m2 = float(ellipsoidal_areas_m2(gpd.GeoDataFrame(geometry=[shared], crs=ground.crs)).sum())
        findings.append(
            Finding(
                where("other_projects", number),
                "project-overlap",
                "{area} ha of this project, {share} of it, lie within {name}; no ground may be counted twice",
                {
                    "area": f"{area_m2 / M2_PER_HA:,.2f}",
                    "share": f"{shared.area / own.area:.2%}",
                    "name": other.name,
                },
                waivable=True,
            )
        )
    return findings


def areas_beyond_boundary(table: pd.DataFrame, boundary: gpd.GeoDataFrame, where: str) -> list[Finding]:
    """Areas of strata, from a table or a list, that sum to more than the boundary holds, or to less.

    Parameters
    ----------
    table : DataFrame
        ``area_ha`` of each stratum. [ha]
    boundary : GeoDataFrame
    where : str
        Place of the strata in the project file.
    """
    whole = float(ellipsoidal_areas_m2(boundary).sum()) / M2_PER_HA
    total = float(table["area_ha"].sum())
    shown = {"total": f"{total:,.2f}", "whole": f"{whole:,.2f}"}
    if total > whole * (1 + OVERLAP_TOLERANCE):
        return [
            Finding(
                where,
                "strata-area-total",
                "the strata have {total} ha in all, the boundary {whole} ha; strata must lie within it",
                shown,
                severity="error" if total > whole * (1 + AREA_TOLERANCE) else "note",
                waivable=total > whole * (1 + AREA_TOLERANCE),
            )
        ]
    if total < whole * (1 - OVERLAP_TOLERANCE):
        return [
            Finding(
                where,
                "boundary-not-covered",
                "the strata have {total} ha in all, the boundary {whole} ha; the rest is not counted",
                shown,
                severity="note",
            )
        ]
    return []

"""An area declaration and what it names: the map as strata with their areas, and the reference sample."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from mrv.area.classes import class_areas
from mrv.area.pixels import equal_area_system
from mrv.errors import InputError
from mrv.findings import Finding, in_order, raise_errors
from mrv.inputs.area_checks import area_findings
from mrv.inputs.area_declaration import (
    AREA_FILE,
    AreaDeclaration,
    MappedAreas,
    PolygonMap,
    RasterMap,
    TableMap,
)
from mrv.inputs.area_tables import read_mapped_areas, read_reference
from mrv.inputs.class_map import ClassMap, read_class_map
from mrv.inputs.geometry import (
    densified,
    ellipsoidal_areas_m2,
    feature_place,
    overlap_findings,
    read_polygons,
)
from mrv.inputs.tables import Exclusion, Where
from mrv.provenance import hashes_of_files, sha256_of_file
from mrv.units import M2_PER_HA
from mrv.yaml_file import parse_yaml, suggestion, validate_yaml

STRATA_COLUMNS = ["stratum_id", "map_class", "area_ha", "plane_area_ha", "pixels", "source"]


@dataclass(frozen=True)
class MappedStrata:
    """The map as strata.

    Attributes
    ----------
    table : DataFrame
        ``stratum_id``, ``map_class``, ``area_ha`` (on the ellipsoid, or as stated), ``plane_area_ha`` (as the
        map projection has it; NaN if there is none), ``pixels`` (NaN if there are none), ``source``.
    raster : ClassMap or None
    polygons : GeoDataFrame or None
        ``stratum_id`` and geometry.
    """

    table: pd.DataFrame
    raster: ClassMap | None = None
    polygons: gpd.GeoDataFrame | None = None


@dataclass(frozen=True)
class AreaInputs:
    """An area declaration and what it names.

    Attributes
    ----------
    declared : AreaDeclaration
    file : Path
    where : callable
        Place of a key of the file.
    strata : MappedStrata or None
        None if the file names no map.
    sample : DataFrame or None
        Reference units; see :func:`mrv.inputs.area_tables.read_reference`.
    files : mapping of str to str
        SHA-256 of every file, by its name as written.
    exclusions : tuple of Exclusion
    """

    declared: AreaDeclaration
    file: Path
    where: Where
    strata: MappedStrata | None
    sample: pd.DataFrame | None
    files: Mapping[str, str] = field(default_factory=dict)
    exclusions: tuple[Exclusion, ...] = ()


def _strata(rows: Iterator[tuple[object, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=STRATA_COLUMNS)
    numbers = dict.fromkeys(("area_ha", "plane_area_ha", "pixels"), "float64")
    return table.astype({**dict.fromkeys(("stratum_id", "map_class", "source"), "str"), **numbers})


def raster_strata(raster: ClassMap) -> pd.DataFrame:
    """Classes of a raster that cover anything, as strata."""
    areas = class_areas(raster.index, raster.grid, len(raster.classes))
    return _strata(
        (name, name, areas.area_ha[n], areas.plane_area_ha[n], float(areas.pixels[n]), raster.file)
        for n, name in enumerate(raster.classes)
        if areas.pixels[n]
    )


def _from_raster(
    declared: RasterMap, classes: tuple[str, ...], folder: Path, where: Where
) -> tuple[MappedStrata | None, list[Finding]]:
    raster, findings = read_class_map(
        folder,
        declared.file,
        declared.codes,
        classes,
        declared.missing,
        (where("map", "codes"), "map.missing"),
    )
    if raster is None:
        return None, findings
    return MappedStrata(raster_strata(raster), raster), findings


def _from_polygons(
    declared: PolygonMap, classes: tuple[str, ...], folder: Path, where: Where
) -> tuple[MappedStrata | None, list[Finding]]:
    polygons, findings = read_polygons(folder / declared.file, declared)
    if polygons is None:
        return None, findings
    if declared.class_column not in polygons.columns:
        names = [str(name) for name in polygons.columns if name != polygons.geometry.name]
        return None, [
            Finding(
                where("map", "class_column"),
                "column-missing",
                "{file} has no column {column!r}; it has {header}",
                {"file": declared.file, "column": declared.class_column, "header": ", ".join(names)},
            )
        ]
    named = polygons[declared.class_column].astype("str")
    for number, name in enumerate(named):
        if name not in classes:
            near = suggestion(name, classes)
            findings.append(
                Finding(
                    feature_place(declared.file, number),
                    "class-unknown",
                    "{found!r} is not one of {allowed}; did you mean {near!r}?{rows}"
                    if near
                    else "{found!r} is not one of {allowed}{rows}",
                    {"found": name, "near": near, "allowed": ", ".join(classes), "rows": ""},
                )
            )
    if findings:
        return None, findings
    shapes = gpd.GeoDataFrame({"stratum_id": named}, geometry=polygons.geometry, crs=polygons.crs)
    findings += overlap_findings(densified(shapes).to_crs(equal_area_system(shapes.crs)), declared.file)
    united = shapes.dissolve("stratum_id", as_index=False)
    areas = ellipsoidal_areas_m2(united) / M2_PER_HA
    plane = united.area / M2_PER_HA if united.crs.is_projected else pd.Series(math.nan, united.index)
    table = _strata(
        (name, name, area, flat, math.nan, declared.file)
        for name, area, flat in zip(united["stratum_id"], areas, plane, strict=True)
    )
    return MappedStrata(table, polygons=united), findings


def _from_table(
    declared: TableMap, classes: tuple[str, ...], folder: Path, where: Where
) -> tuple[MappedStrata | None, list[Finding], list[Exclusion]]:
    frame, findings, exclusions = read_mapped_areas(declared, folder, where)
    if findings:
        return None, findings, exclusions
    for name, rows in frame.groupby("stratum_id", sort=True):
        if len(rows) > 1:
            findings.append(
                Finding(
                    str(rows["source"].iloc[1]),
                    "stratum-duplicate",
                    "{found!r} stands {count} times",
                    {"found": name, "count": len(rows)},
                )
            )
    for name, place in zip(frame["map_class"], frame["source"], strict=True):
        if name not in classes:
            findings.append(
                Finding(
                    str(place),
                    "class-unknown",
                    "{found!r} is not one of {allowed}{rows}",
                    {"found": name, "allowed": ", ".join(classes), "rows": ""},
                )
            )
    if frame.empty:
        findings.append(Finding(declared.table.file, "table-empty", "holds no strata"))
    table = frame.assign(plane_area_ha=math.nan)[STRATA_COLUMNS].astype({"pixels": "float64"})
    return MappedStrata(table), findings, exclusions


def _from_list(declared: MappedAreas) -> MappedStrata:
    return MappedStrata(
        _strata(
            (
                area.stratum_id,
                area.map_class or area.stratum_id,
                area.area_ha,
                math.nan,
                math.nan,
                declared.source,
            )
            for area in declared.areas
        )
    )


def _read_map(
    declared: AreaDeclaration, folder: Path, where: Where
) -> tuple[MappedStrata | None, list[Finding], list[Exclusion]]:
    source, classes = declared.map, declared.classes
    if isinstance(source, RasterMap):
        return *_from_raster(source, classes, folder, where), []
    if isinstance(source, PolygonMap):
        return *_from_polygons(source, classes, folder, where), []
    if isinstance(source, TableMap):
        return _from_table(source, classes, folder, where)
    return (_from_list(source) if source is not None else None), [], []


def _files(declared: AreaDeclaration, file: Path) -> dict[str, str]:
    names = []
    if isinstance(declared.map, RasterMap | PolygonMap):
        names.append(declared.map.file)
    if isinstance(declared.map, TableMap):
        names.append(declared.map.table.file)
    if declared.reference is not None:
        tables = (declared.reference.points, declared.reference.labels)
        names += [table.file for table in tables if table is not None]
    return {
        file.name: sha256_of_file(file),
        **hashes_of_files(file.parent, names),
    }


def locate_area_file(path: Path) -> Path:
    """Declaration that a path means: itself, or ``area.yaml`` in a folder.

    Raises
    ------
    InputError
        If there is no such file.
    """
    file = path / AREA_FILE if path.is_dir() else path
    if not file.is_file():
        raise InputError(
            [
                Finding(
                    str(path),
                    "area-file-missing",
                    "no area declaration here; {name} or a folder that holds it was expected",
                    {"name": AREA_FILE},
                )
            ]
        )
    return file


def _unit_findings(
    strata: pd.DataFrame, sample: pd.DataFrame, declared: AreaDeclaration, where: Where
) -> Iterator[Finding]:
    """Strata with too few units for a variance, and a finite population without its size."""
    drawn = sample.groupby("stratum_id")["count"].sum()
    for name in strata["stratum_id"]:
        units = int(drawn.get(name, 0))
        if units < 2:
            yield Finding(
                where("reference", "points"),
                "stratum-units",
                "stratum {stratum} has {count} reference units; at least 2 are needed in every stratum",
                {"stratum": name, "count": units},
            )
    if declared.reference is None or not declared.reference.finite_population:
        return
    for name, pixels in zip(strata["stratum_id"], strata["pixels"], strict=True):
        if not pixels >= drawn.get(name, 0):
            yield Finding(
                where("reference", "finite_population"),
                "area-pixels-missing",
                "stratum {stratum} has {pixels:g} pixels for {count} reference units",
                {
                    "stratum": name,
                    "pixels": float(pixels),
                    "count": int(drawn.get(name, 0)),
                },
            )


def read_area(path: Path) -> AreaInputs:
    """An area declaration with its map and its reference sample.

    Parameters
    ----------
    path : Path
        The declaration, or a folder that holds ``area.yaml``.

    Raises
    ------
    InputError
        With every finding.
    """
    file = locate_area_file(path)
    data, positions = parse_yaml(file)
    declared = validate_yaml(data, positions, AreaDeclaration)
    raise_errors(area_findings(declared, positions.where))
    folder, where = file.parent, positions.where
    strata, findings, exclusions = _read_map(declared, folder, where)
    sample = None
    reference = declared.reference
    if reference is not None and not (findings and strata is None):
        known = (
            dict(zip(strata.table["stratum_id"], strata.table["map_class"], strict=True)) if strata else None
        )
        sample, more, left_out = read_reference(reference, declared.classes, known, folder, where)
        exclusions += left_out
        findings += more
        if strata is not None and reference.design != "purposive" and not findings:
            findings += _unit_findings(strata.table, sample, declared, where)
    raise_errors(in_order(findings))
    if sample is not None:
        sample = sample.loc[sample.index.repeat(np.asarray(sample["count"]))].reset_index(drop=True)
    return AreaInputs(declared, file, where, strata, sample, _files(declared, file), tuple(exclusions))

"""Mangrove extent of two maps compared: stable, lost and gained, with their mapped areas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox

from mrv.area.change import CHANGE_CLASSES, Index, change_index, change_shapes
from mrv.area.classes import class_areas
from mrv.errors import UsageError
from mrv.findings import Finding, raise_errors
from mrv.inputs.class_map import read_class_map, same_grid_findings, within
from mrv.inputs.geometry import ellipsoidal_areas_m2, read_polygons
from mrv.inputs.table_source import Layer
from mrv.provenance import sha256_of_file, with_parts
from mrv.run.area_files import run_record
from mrv.run.class_raster import write_class_raster
from mrv.run.outputs import RUN_FILE, whole_folder, write_csv, write_geopackage, write_json
from mrv.units import M2_PER_HA

VECTOR = frozenset({".gpkg", ".geojson", ".json", ".shp"})
MANGROVE, OTHER = "mangrove", "other"
CHANGE_SCHEMA = "mrv-extent-change/1"
CHANGE_FILE = "change.json"
CHANGE = "extent change"


@dataclass(frozen=True)
class ChangeRequest:
    """Two maps and what their values mean.

    Attributes
    ----------
    before, after : Path
        Both rasters on one grid, or both polygons of mangrove.
    mangrove : tuple of str
        Values of pixels that are mangrove. Rasters only.
    missing : str or None
        What pixels without data are: ``other`` or ``outside``. Rasters only.
    boundary : Path or None
        Polygons that limit what counts.
    """

    before: Path
    after: Path
    mangrove: tuple[str, ...] = ()
    missing: str | None = None
    boundary: Path | None = None


@dataclass(frozen=True)
class ExtentChange:
    """Mapped change.

    Attributes
    ----------
    table : DataFrame
        ``class``, ``area_ha`` (on the ellipsoid), ``plane_area_ha`` (as the map projection has it; NaN in
        degrees), ``pixels`` (NaN for polygons).
    other_values : tuple of tuple of float
        Values of each raster that counted as other.
    missing : tuple of int
        Pixels without data of each raster.
    index : ndarray or None
        Of a raster; see :func:`mrv.area.change.change_index`.
    grid : GeoBox or None
    shapes : GeoDataFrame or None
        ``class`` and polygons.
    files : dict of str to str
        SHA-256 by path as given.
    """

    request: ChangeRequest
    table: pd.DataFrame
    files: dict[str, str]
    other_values: tuple[tuple[float, ...], ...] = ()
    missing: tuple[int, ...] = ()
    index: Index | None = None
    grid: GeoBox | None = None
    shapes: gpd.GeoDataFrame | None = None

    def area_ha(self, *classes: str, column: str = "area_ha") -> float:
        """Area of some classes together. [ha]"""
        return math.fsum(self.table.loc[self.table["class"].isin(classes), column])


def _polygons(path: Path) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    return read_polygons(path, Layer(file=str(path)))


def _raster(request: ChangeRequest) -> ExtentChange:
    if not request.mangrove:
        raise UsageError("--mangrove: say which values of the maps are mangrove")
    codes = dict.fromkeys(request.mangrove, MANGROVE)
    maps, findings = [], []
    for path in (request.before, request.after):
        found, more = read_class_map(
            Path(),
            str(path),
            codes,
            (MANGROVE, OTHER),
            request.missing,
            ("--mangrove", "--missing"),
            rest=OTHER,
        )
        findings += more
        if found is not None:
            maps.append(found)
            if not (found.index == 0).any():
                findings.append(
                    Finding(
                        str(path),
                        "map-value",
                        "no pixel holds {values}, which --mangrove names",
                        {"values": ", ".join(request.mangrove)},
                    )
                )
    boundary = None
    if request.boundary is not None:
        boundary, more = _polygons(request.boundary)
        findings += more
    if len(maps) == 2:
        findings += same_grid_findings(*maps)
    raise_errors(findings)
    before, after = maps
    inside = within(boundary, before.grid) if boundary is not None else None
    index = change_index(before.index, after.index, inside)
    areas = class_areas(index, before.grid, len(CHANGE_CLASSES))
    table = pd.DataFrame(
        {
            "class": CHANGE_CLASSES,
            "area_ha": areas.area_ha,
            "plane_area_ha": areas.plane_area_ha,
            "pixels": areas.pixels.astype("float64"),
        }
    )
    return ExtentChange(
        request,
        table,
        _hashes(request),
        (before.rest_values, after.rest_values),
        (before.missing, after.missing),
        index,
        before.grid,
    )


def _vector(request: ChangeRequest) -> ExtentChange:
    if request.mangrove or request.missing:
        raise UsageError("--mangrove and --missing are for rasters; of polygons, all are mangrove")
    paths = [request.before, request.after, *([request.boundary] if request.boundary else [])]
    layers, findings = [], []
    for path in paths:
        layer, more = _polygons(path)
        findings += more
        if layer is not None:
            layers.append(layer)
    raise_errors(findings)
    system = layers[0].crs
    united = [shapely.union_all(layer.to_crs(system).geometry.to_numpy()) for layer in layers]
    if request.boundary is not None:
        united = [shapely.intersection(shape, united[2]) for shape in united[:2]]
    parts = {name: shape for name, shape in change_shapes(*united[:2]).items() if not shape.is_empty}
    shapes = gpd.GeoDataFrame({"class": list(parts)}, geometry=list(parts.values()), crs=system)
    plane = shapes.area / M2_PER_HA if system.is_projected else pd.Series(math.nan, shapes.index)
    known = pd.DataFrame(
        {
            "class": shapes["class"],
            "area_ha": ellipsoidal_areas_m2(shapes) / M2_PER_HA,
            "plane_area_ha": plane,
            "pixels": math.nan,
        }
    )
    none = {"area_ha": 0.0, "plane_area_ha": 0.0 if system.is_projected else math.nan, "pixels": math.nan}
    absent = [{"class": name, **none} for name in CHANGE_CLASSES[:3] if name not in parts]
    table = pd.concat([known, pd.DataFrame(absent)], ignore_index=True) if absent else known
    table = table.set_index("class").loc[list(CHANGE_CLASSES[:3])].reset_index()
    return ExtentChange(request, table, _hashes(request), shapes=shapes)


def _hashes(request: ChangeRequest) -> dict[str, str]:
    paths: Sequence[Path | None] = (request.before, request.after, request.boundary)
    named = [part for path in paths if path is not None for part in with_parts(path)]
    return {path.as_posix(): sha256_of_file(path) for path in named}


def compare_extents(request: ChangeRequest) -> ExtentChange:
    """Stable, lost and gained mangrove of two maps.

    Raises
    ------
    InputError
        With every finding.
    UsageError
        If one map is a raster and the other one polygons, or the request does not fit their kind.
    """
    kinds = {path.suffix.lower() in VECTOR for path in (request.before, request.after)}
    if len(kinds) == 2:
        raise UsageError(
            "{before} and {after}: one is a raster, the other polygons; both must be of one kind",
            before=request.before,
            after=request.after,
        )
    return _vector(request) if kinds == {True} else _raster(request)


def change_record(change: ExtentChange) -> dict[str, object]:
    """Mapped change as plain data."""
    request = change.request
    rows = change.table.to_dict("records")
    columns = ("area_ha", "plane_area_ha")
    return {
        "schema": CHANGE_SCHEMA,
        "before": request.before.as_posix(),
        "after": request.after.as_posix(),
        "boundary": request.boundary.as_posix() if request.boundary else None,
        "mangrove_values": list(request.mangrove),
        "missing_is": request.missing,
        "missing_pixels": list(change.missing),
        "other_values": [list(values) for values in change.other_values],
        "mapped": {
            str(row["class"]): {
                **{name: row[name] if math.isfinite(row[name]) else None for name in columns},
                "pixels": int(row["pixels"]) if math.isfinite(row["pixels"]) else None,
            }
            for row in rows
        },
        "mapped_before_ha": change.area_ha("mangrove_stable", "mangrove_loss"),
        "mapped_after_ha": change.area_ha("mangrove_stable", "mangrove_gain"),
    }


def map_keys(folder: str) -> list[str]:
    """Keys of an area declaration that read the map of change."""
    codes = ", ".join(f"{number}: {name}" for number, name in enumerate(CHANGE_CLASSES, start=1))
    return [
        f"classes: [{', '.join(CHANGE_CLASSES)}]",
        "map:",
        f"  file: {folder}/change.tif",
        f"  codes: {{{codes}}}",
        "  missing: outside",
        "change:",
        "  dates: [YYYY-MM-DD, YYYY-MM-DD]",
        "  mangrove_at_start: [mangrove_stable, mangrove_loss]",
        "  mangrove_at_end: [mangrove_stable, mangrove_gain]",
    ]


def write_change(change: ExtentChange, out: Path) -> None:
    """Write a map of change with its table into a folder, whole or not at all."""
    with whole_folder(out, CHANGE) as folder:
        write_json(folder / CHANGE_FILE, change_record(change))
        table = change.table.assign(pixels=change.table["pixels"].astype("Int64"))
        write_csv(folder / "change.csv", table)
        if change.index is not None and change.grid is not None:
            write_class_raster(folder / "change.tif", change.index, change.grid, CHANGE_CLASSES)
        if change.shapes is not None:
            write_geopackage(folder / "change.gpkg", {"change": change.shapes})
        write_json(folder / RUN_FILE, run_record(CHANGE, change.files, None, folder))

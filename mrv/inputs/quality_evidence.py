"""What is known of the site beside the surveys: its species, bare ground, events, second entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from mrv.findings import Finding
from mrv.imagery.raster import Raster
from mrv.inputs.class_map import codes_of_pixels
from mrv.inputs.feature_ids import feature_ids
from mrv.inputs.geometry import read_polygons
from mrv.inputs.project import Project
from mrv.inputs.quality_declaration import SPECIES_COLUMNS, BarePolygons, BareRaster, Event, SiteSpecies
from mrv.inputs.raster_files import raster_file
from mrv.inputs.second_entries import SecondEntry, read_second_entries
from mrv.inputs.tables import Exclusion, Where, read_table
from mrv.reference import accepted_name, species
from mrv.yaml_file import suggestion

Array = NDArray[np.float64]
Words = NDArray[np.object_]


@dataclass(frozen=True)
class BareGround:
    """A map of ground on which no mangrove stands.

    Attributes
    ----------
    file : str
    codes : mapping of float to str
        Value of a pixel: what is there.
    raster : Raster or None
    polygons : GeoDataFrame or None
        ``ground`` and polygons in the reference system.
    """

    file: str
    codes: Mapping[float, str]
    raster: Raster | None = None
    polygons: gpd.GeoDataFrame | None = None

    def at(self, x_m: Array, y_m: Array, system: CRS) -> Words:
        """What is at each place; None where the map tells of nothing there.

        Parameters
        ----------
        x_m, y_m : ndarray, shape (n,)
            In the reference system. [m]
        system : CRS
        """
        found = np.full(len(x_m), None, dtype=object)
        if self.polygons is not None:
            points = shapely.points(x_m, y_m)
            for shape, ground in zip(self.polygons.geometry, self.polygons["ground"], strict=True):
                found[shapely.intersects(shape, points)] = ground
        elif self.raster is not None:
            for number, value in enumerate(pixels_at(self.raster, 0, x_m, y_m, system)):
                found[number] = self.codes.get(value)
        return found


def pixels_at(raster: Raster, band: int, x_m: Array, y_m: Array, system: CRS) -> Array:
    """Stored value of the pixel at each place; NaN outside of the raster and without data.

    Parameters
    ----------
    raster : Raster
    band : int
        Counted from 0.
    x_m, y_m : ndarray, shape (n,)
        In the reference system. [m]
    system : CRS
    """
    values = np.full(len(x_m), np.nan)
    to_raster = Transformer.from_crs(system, str(raster.grid.crs), always_xy=True)
    columns, rows = ~raster.grid.affine * to_raster.transform(x_m, y_m)
    height, width = raster.grid.shape
    for number, (row, column) in enumerate(zip(np.floor(rows), np.floor(columns), strict=True)):
        if 0 <= row < height and 0 <= column < width:
            at_row, at_column = slice(int(row), int(row) + 1), slice(int(column), int(column) + 1)
            stored = raster.read([band], at_row, at_column)[0, 0, 0]
            values[number] = np.nan if np.ma.is_masked(stored) else float(stored)
    return values


@dataclass(frozen=True)
class SpeciesOfSite:
    """Species known to grow at the site, by accepted name or as the project file describes them."""

    names: frozenset[str]
    where: str


@dataclass(frozen=True)
class SiteEvent:
    """An event, and the ground that it touched in the reference system; None: all ground."""

    declaration: Event
    area: BaseGeometry | None
    where: str

    def touched(self, x_m: Array, y_m: Array) -> NDArray[np.bool_]:
        """Places that it touched; a place that is not known may be one.

        Parameters
        ----------
        x_m, y_m : ndarray, shape (n,)
            NaN where not known. [m]
        """
        if self.area is None:
            return np.ones(len(x_m), dtype=bool)
        unknown = np.isnan(x_m) | np.isnan(y_m)
        inside = shapely.contains_xy(self.area, np.nan_to_num(x_m), np.nan_to_num(y_m))
        return np.asarray(inside | unknown)


@dataclass(frozen=True)
class QualityEvidence:
    """Everything that ``quality`` and the second entries of tables say.

    Attributes
    ----------
    species : SpeciesOfSite or None
    bare_ground : tuple of BareGround
    events : tuple of SiteEvent
        In the order of their days.
    second_entries : tuple of SecondEntry
    """

    species: SpeciesOfSite | None = None
    bare_ground: tuple[BareGround, ...] = ()
    events: tuple[SiteEvent, ...] = ()
    second_entries: tuple[SecondEntry, ...] = ()


def _listed(
    names: Sequence[str], places: Sequence[str], own_species: frozenset[str]
) -> tuple[frozenset[str], list[Finding]]:
    known, findings = set(), []
    for name, place in zip(names, places, strict=True):
        accepted = name if name in own_species else accepted_name(name)
        if accepted is not None:
            known.add(accepted)
            continue
        near = suggestion(name, species())
        findings.append(
            Finding(
                place,
                "species-unknown",
                "{found!r} is not on the list; did you mean {near}?"
                if near
                else "{found!r} is not on the list; a species of your own has its wood density in "
                "biomass.wood_density",
                {"found": name, "near": near},
            )
        )
    return frozenset(known), findings


def _read_species(
    declared: SiteSpecies, folder: Path, where: Where, own_species: frozenset[str]
) -> tuple[SpeciesOfSite | None, list[Finding], list[Exclusion]]:
    if (declared.names is None) == (declared.table is None):
        return None, [Finding(where(), "site-species", "exactly one of names and table is required")], []
    if declared.names is not None:
        places = [where("names", number) for number in range(len(declared.names))]
        names, findings = _listed(declared.names, places, own_species)
        return SpeciesOfSite(names, where()), findings, []
    assert declared.table is not None
    table = read_table(
        folder / declared.table.file, declared.table, SPECIES_COLUMNS, lambda *key: where("table", *key)
    )
    given = table.frame["species"].notna()
    rows = np.flatnonzero(given)
    places = [table.where(int(position), "species") for position in rows]
    names, findings = _listed([str(name) for name in table.frame.loc[given, "species"]], places, own_species)
    return SpeciesOfSite(names, where()), [*table.findings, *findings], list(table.exclusions)


def _read_polygons(
    declared: BarePolygons, folder: Path, where: Where, system: CRS
) -> tuple[BareGround | None, list[Finding]]:
    if (declared.ground is None) == (declared.class_column is None) or (
        (declared.class_column is None) == bool(declared.codes)
    ):
        return None, [
            Finding(
                where(),
                "bare-ground-keys",
                "either ground, or class_column with codes, is required",
            )
        ]
    polygons, findings = read_polygons(folder / declared.file, declared)
    if polygons is None:
        return None, findings
    if declared.class_column is None:
        ground = [declared.ground] * len(polygons)
    else:
        words, more = feature_ids(polygons, declared.file, declared.class_column, "class_column")
        if more and not words:
            return None, more
        ground = [declared.codes.get(word) for word in words]
    shapes = polygons.to_crs(system).geometry.to_numpy()
    chosen = [number for number, word in enumerate(ground) if word is not None]
    if not chosen:
        return None, [
            Finding(
                where("codes"),
                "bare-ground-absent",
                "no polygon of {file} has one of the texts {allowed} in {column}",
                {
                    "file": declared.file,
                    "allowed": ", ".join(declared.codes),
                    "column": declared.class_column,
                },
            )
        ]
    frame = gpd.GeoDataFrame(
        {"ground": [ground[number] for number in chosen]}, geometry=shapes[chosen], crs=system
    )
    return BareGround(declared.file, {}, polygons=frame), []


def _read_raster(declared: BareRaster, folder: Path, where: Where) -> tuple[BareGround | None, list[Finding]]:
    codes, findings = codes_of_pixels(declared.codes, where("codes"))
    raster, more = raster_file(folder, declared.file)
    findings += more
    if raster is not None and len(raster.bands) != 1:
        findings.append(
            Finding(
                declared.file,
                "map-bands",
                "has {count} bands; a map of classes has one",
                {"count": len(raster.bands)},
            )
        )
    return (None if findings else BareGround(declared.file, codes, raster=raster)), findings


def _read_event(
    declared: Event, folder: Path, where: Where, system: CRS | None
) -> tuple[SiteEvent | None, list[Finding]]:
    if declared.area is None:
        return SiteEvent(declared, None, where()), []
    polygons, findings = read_polygons(folder / declared.area.file, declared.area)
    if polygons is None:
        return None, findings
    area = shapely.union_all(polygons.to_crs(system).geometry.to_numpy())
    return SiteEvent(declared, area, where()), []


def read_quality(
    project: Project, folder: Path, where: Where, system: CRS | None, own_species: frozenset[str]
) -> tuple[QualityEvidence, list[Finding], list[Exclusion]]:
    """What is known of the site, what is wrong with it, and the rows that were left out.

    Parameters
    ----------
    project : Project
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the project file.
    system : CRS or None
        The reference system.
    own_species : frozenset of str
        Species that the project file describes itself.
    """
    declared = project.quality
    found: SpeciesOfSite | None = None
    findings: list[Finding] = []
    exclusions: list[Exclusion] = []
    if declared.species is not None:
        found, findings, exclusions = _read_species(
            declared.species, folder, lambda *key: where("quality", "species", *key), own_species
        )
    grounds: list[BareGround] = []
    for number, layer in enumerate(declared.not_mangrove):
        if system is None:
            break  # A reference system that is missing or does not serve is told already.

        def at(*key: str | int, number: int = number) -> str:
            return where("quality", "not_mangrove", number, *key)

        ground, more = (
            _read_raster(layer, folder, at)
            if isinstance(layer, BareRaster)
            else _read_polygons(layer, folder, at, system)
        )
        grounds += [ground] if ground is not None else []
        findings += more
    events: list[SiteEvent] = []
    for number, entry in enumerate(declared.events):
        if system is None and entry.area is not None:
            break
        event, more = _read_event(
            entry, folder, lambda *key, number=number: where("quality", "events", number, *key), system
        )
        events += [event] if event is not None else []
        findings += more
    events.sort(key=lambda event: event.declaration.date)
    entries, more = read_second_entries(project, folder, where)
    return QualityEvidence(found, tuple(grounds), tuple(events), entries), findings + more, exclusions

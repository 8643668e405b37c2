"""Scenes of a project: the rows of its tables, their files, and the season that each stands for."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import pandas as pd
from odc.geo.geobox import GeoBox

from mrv.findings import Finding, Phrase
from mrv.imagery.bands import bands_by_role
from mrv.imagery.raster import Raster
from mrv.imagery.scene import Scene, SceneBand, SceneMask
from mrv.imagery.sensors import Mask, Sensor
from mrv.inputs.imagery_declaration import OpticalSeries, RadarSeries, Season
from mrv.inputs.imagery_keys import SCENE_COLUMNS
from mrv.inputs.raster_files import read_raster
from mrv.inputs.scene_calibration import SceneRow, adjusted, scene_calibration
from mrv.inputs.tables import Exclusion, Table, Where, read_table

BAND_MARK = "{band}"
"""Stands in the name of a scene's file for the name of a band, where each band is a file of its own."""


@dataclass(frozen=True)
class SceneUse:
    """A scene, and what it is used for.

    Attributes
    ----------
    series : {"optical", "radar"}
    scene : Scene
    date : str or None
        Date whose composite the scene is part of.
    reason : Phrase or None
        Why it is left out.
    """

    series: str
    scene: Scene
    date: str | None
    reason: Phrase | None = None


def season_of(day: str, seasons: Sequence[Season]) -> Season | None:
    """Season that a day falls into; the first, if seasons overlap."""
    return next((season for season in seasons if season.start <= day < season.end), None)


@dataclass(frozen=True)
class SceneReading:
    """What is needed to read the scenes of one series.

    Attributes
    ----------
    name : str
        ``optical`` or ``radar``.
    series : OpticalSeries or RadarSeries
    sensor : Sensor
    roles : tuple of str
        Bands that are needed.
    folder : Path
        Of the project.
    grid : GeoBox
    """

    name: str
    series: OpticalSeries | RadarSeries
    sensor: Sensor
    roles: tuple[str, ...]
    folder: Path
    grid: GeoBox

    def bands(self, file: str, row: SceneRow) -> tuple[tuple[SceneBand, ...], list[Finding]]:
        """Bands of a scene, whose file may name one file for each band."""
        declared: Mapping[str, int | str] = {str(role): name for role, name in self.series.bands.items()}
        if BAND_MARK not in file:
            return self._bands_of(file, declared, self.roles, row)
        found: list[SceneBand] = []
        findings: list[Finding] = []
        absent = [role for role in self.roles if role not in declared]
        if absent:
            return (), [
                Finding(
                    row.where,
                    "band-missing",
                    "a file for each band needs the name of each; imagery.{series}.bands lacks {missing}",
                    {"series": self.name, "missing": ", ".join(absent)},
                )
            ]
        for role in self.roles:
            own = file.replace(BAND_MARK, str(declared[role]))
            bands, more = self._bands_of(own, {role: 1}, (role,), row)
            found += bands
            findings += more
        return tuple(found), findings

    def _bands_of(
        self, file: str, declared: Mapping[str, int | str], roles: tuple[str, ...], row: SceneRow
    ) -> tuple[tuple[SceneBand, ...], list[Finding]]:
        raster, findings = read_raster(self.folder, file, self.grid)
        if raster is None:
            return (), findings
        numbers, more = bands_by_role(raster, self.sensor, declared, roles, f"imagery.{self.name}.bands")
        if more:
            return (), findings + more
        stored = self.series.stored if isinstance(self.series, RadarSeries) else "power"
        calibrations, more = scene_calibration(self.sensor, row, raster, tuple(numbers.values()), stored)
        if more:
            return (), findings + more
        by_role = dict(zip(numbers, calibrations, strict=True))
        if isinstance(self.series, OpticalSeries):
            by_role, more = adjusted(by_role, self.series.adjustments, row)
        bands = tuple(
            SceneBand(role, raster, numbers[role], calibration) for role, calibration in by_role.items()
        )
        return bands, findings + more

    def mask(self, file: str | None, where: str) -> tuple[SceneMask | None, list[Finding]]:
        """Mask of a scene, if the series has one."""
        kind: Mask | None = self.series.mask if isinstance(self.series, OpticalSeries) else None
        if kind is None:
            if file is None:
                return None, []
            return None, [
                Finding(
                    where, "mask-undeclared", "a mask is named; imagery.optical.mask must say what it holds"
                )
            ]
        if file is None:
            return None, [Finding(where, "missing-value", "no value; mask_file is required")]
        raster, findings = read_raster(self.folder, file, self.grid)
        if raster is None:
            return None, findings
        if raster.bands[0].dtype.startswith("float"):
            findings.append(
                Finding(
                    file,
                    "raster-type",
                    "holds {found}; a mask holds whole numbers",
                    {"found": raster.bands[0].dtype},
                )
            )
        return SceneMask(kind, raster), findings


def _is_day(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _cell(value: object) -> str | None:
    return None if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def _beside(table: str, file: str | None) -> str | None:
    """File that a table names, relative to the folder of the project."""
    return None if file is None else (PurePosixPath(table).parent / file).as_posix()


def _duplicates(uses: Sequence[SceneUse]) -> list[Finding]:
    """Scenes of one day on the same pixels: one look that would count twice."""
    seen: dict[tuple[object, ...], str] = {}
    findings = []
    for use in uses:
        scene = use.scene
        key = (scene.acquired, scene.bands[0].raster.grid, scene.bands[0].role)
        if key in seen:
            findings.append(
                Finding(
                    scene.where,
                    "scene-duplicate",
                    "a scene of {date} on the same pixels stands already at {first}; a look counts once",
                    {"date": scene.acquired, "first": seen[key]},
                )
            )
        seen.setdefault(key, scene.where)
    return findings


def _rows(reading: SceneReading, table: Table, file: str) -> tuple[list[SceneUse], list[Finding]]:
    uses: list[SceneUse] = []
    findings: list[Finding] = []
    places = table.sources()
    for position, values in enumerate(table.frame.to_dict("records")):
        name, day = _beside(file, _cell(values["file"])), _cell(values["date"])
        if name is None or day is None:
            continue
        if not _is_day(day):
            findings.append(
                Finding(
                    table.where(position, "date"),
                    "date-unknown",
                    "{found} is not a day of the calendar",
                    {"found": day},
                )
            )
            continue
        where = places[position]
        applied = {"yes": True, "no": False}.get(_cell(values["offset_applied"]) or "")
        row = SceneRow(where, _cell(values["processing_baseline"]), applied, _cell(values["platform"]))
        bands, more = reading.bands(name, row)
        mask, mask_findings = reading.mask(
            _beside(file, _cell(values["mask_file"])), table.where(position, "mask_file")
        )
        findings += more + mask_findings
        if more or mask_findings:
            continue
        height = values["tide_height_m"]
        scene = Scene(name, where, day, bands, mask, math.nan if pd.isna(height) else float(height))
        season = season_of(day, reading.series.seasons)
        reason = None if season else Phrase("outside every season")
        uses.append(SceneUse(reading.name, scene, season.date if season else None, reason))
    return uses, findings


def read_scenes(reading: SceneReading, where: Where) -> tuple[list[SceneUse], list[Finding], list[Exclusion]]:
    """Scenes of a series in order of acquisition, what is wrong with them, and rows that were left out.

    Parameters
    ----------
    reading : SceneReading
    where : callable
        Place of a key of the series.
    """
    uses: list[SceneUse] = []
    findings: list[Finding] = []
    exclusions: list[Exclusion] = []
    for number, source in enumerate(reading.series.scenes):
        table = read_table(
            reading.folder / source.file,
            source,
            SCENE_COLUMNS,
            lambda *key, number=number: where("scenes", number, *key),
        )
        more_uses, more = _rows(reading, table, source.file) if table.whole else ([], [])
        uses += more_uses
        findings += [*table.findings, *more]
        exclusions += table.exclusions
    uses.sort(key=lambda use: (use.scene.acquired, use.scene.file))
    return uses, findings + _duplicates(uses), exclusions


def left_out(use: SceneUse, reason: Phrase) -> SceneUse:
    """Scene with the reason why it is part of no composite."""
    return replace(use, date=None, reason=reason)


def rasters_of(uses: Sequence[SceneUse]) -> list[Raster]:
    """Every raster of scenes, once."""
    return list({raster.file: raster for use in uses for raster in use.scene.rasters}.values())

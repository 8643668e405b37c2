"""Where the predictors of a map of classes come from: rasters, or the imagery of a project."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from affine import Affine
from odc.geo.geobox import GeoBox

from mrv.errors import InputError
from mrv.findings import Finding
from mrv.imagery.calibration import Calibration, file_calibration, physical_reader
from mrv.imagery.indices import INDICES, bands_needed, index_values
from mrv.imagery.raster import Raster
from mrv.imagery.stack import PredictorStack
from mrv.imagery.warp import Floats, block_on, computed
from mrv.inputs.extent_declaration import ExtentDeclaration, Image
from mrv.inputs.imagery import read_imagery
from mrv.inputs.project_file import locate_project, read_project_file
from mrv.inputs.raster_files import raster_file
from mrv.inputs.strata import read_strata
from mrv.inputs.tables import Where
from mrv.provenance import sha256_of_file
from mrv.yaml_file import suggestion


class PredictorSource(Protocol):
    """Predictors on a grid."""

    @property
    def grid(self) -> GeoBox:
        """Grid of the map."""

    @property
    def files(self) -> Mapping[str, str]:
        """SHA-256 of every file, by name."""

    def rows(self, names: tuple[str, ...], rows: slice) -> Floats:
        """Predictors in some rows, shape (names, rows, columns); NaN without data."""


def _relative(file: Path, folder: Path) -> str:
    return Path(os.path.relpath(file, folder)).as_posix()


@dataclass(frozen=True)
class OpenImage:
    """A raster with the bands that are taken from it."""

    raster: Raster
    bands: Mapping[str, tuple[int, Calibration]]


@dataclass(frozen=True)
class Images:
    """Rasters, the first of which gives the grid."""

    opened: tuple[OpenImage, ...]
    folder: Path

    @property
    def grid(self) -> GeoBox:
        """Grid of the first raster."""
        return self.opened[0].raster.grid

    @property
    def files(self) -> Mapping[str, str]:
        """SHA-256 of every file that pixels come from, by name."""
        parts = {part for image in self.opened for part in image.raster.parts}
        return {_relative(part, self.folder): sha256_of_file(part) for part in sorted(parts)}

    def rows(self, names: tuple[str, ...], rows: slice) -> Floats:
        """Bands and indices in some rows."""
        a, b, c, d, e, f = self.grid.affine[:6]
        corner = Affine(a, b, c + b * rows.start, d, e, f + e * rows.start)
        block = GeoBox((rows.stop - rows.start, self.grid.width), corner, self.grid.crs)
        bands: dict[str, Floats] = {}
        for image in self.opened:
            read = physical_reader(image.raster, list(image.bands.values()))
            values = block_on(read, image.raster.grid, block, "continuous", "bilinear")
            bands |= dict(zip(image.bands, values, strict=True))
        named = [bands[name] if name in bands else index_values(name, bands) for name in names]
        return np.stack(named).astype(np.float32)


@dataclass(frozen=True)
class ProjectImagery:
    """Predictors that the imagery of a project gives for a date."""

    stack: PredictorStack
    files: Mapping[str, str]

    @property
    def grid(self) -> GeoBox:
        """Grid of the project."""
        return self.stack.grid

    def rows(self, names: tuple[str, ...], rows: slice) -> Floats:
        """Predictors in some rows."""
        part = self.stack.values.sel(predictor=list(names)).isel(y=rows)
        return np.asarray(computed(part.data)[0], dtype=np.float32)


def _calibration(image: Image, raster: Raster, number: int) -> Calibration:
    own = file_calibration(raster.bands[number], image.missing)
    scale = own.scale if image.scale is None else image.scale
    offset = own.offset if image.offset is None else image.offset
    return Calibration(scale, offset, own.missing)


def _open(image: Image, folder: Path, place: str) -> tuple[OpenImage | None, list[Finding]]:
    raster, findings = raster_file(folder, image.file)
    if raster is None:
        return None, findings
    for role, number in image.bands.items():
        if number > len(raster.bands):
            findings.append(
                Finding(
                    f"{place}.bands.{role}",
                    "band-unknown",
                    "{file} has {count} bands; there is no band {found}",
                    {"file": image.file, "count": len(raster.bands), "found": number},
                )
            )
    if findings:
        return None, findings
    bands = {
        role: (number - 1, _calibration(image, raster, number - 1)) for role, number in image.bands.items()
    }
    return OpenImage(raster, bands), []


def _predictor_findings(declared: ExtentDeclaration, where: Where) -> Iterator[Finding]:
    roles = [role for image in declared.images for role in image.bands]
    for role in sorted({role for role in roles if roles.count(role) > 1}):
        yield Finding(
            where("images"),
            "band-duplicate",
            "{found!r} stands {count} times",
            {"found": role, "count": roles.count(role)},
        )
    for number, name in enumerate(declared.predictors):
        place = where("predictors", number)
        if name in roles:
            continue
        if name not in INDICES:
            near = suggestion(name, [*roles, *INDICES])
            yield Finding(
                place,
                "predictor-unknown",
                "{found!r} is no band and no index; did you mean {near!r}?"
                if near
                else "{found!r} is no band and no index; there are {allowed}",
                {"found": name, "near": near, "allowed": ", ".join([*roles, *INDICES])},
            )
            continue
        absent = [band for band in bands_needed(name) if band not in roles]
        if absent:
            yield Finding(
                place,
                "predictor-unknown",
                "{found} needs the bands {absent}, which no image has",
                {"found": name, "absent": ", ".join(absent)},
            )


def open_images(
    declared: ExtentDeclaration, folder: Path, where: Where
) -> tuple[Images | None, list[Finding]]:
    """Rasters of a declaration; None if there is a finding."""
    findings = list(_predictor_findings(declared, where))
    images = []
    for number, image in enumerate(declared.images):
        found, more = _open(image, folder, where("images", number))
        findings += more
        if found is not None:
            images.append(found)
    return (None if findings else Images(tuple(images), folder)), findings


def open_project(
    declared: ExtentDeclaration, folder: Path, where: Where
) -> tuple[ProjectImagery | None, list[Finding]]:
    """Imagery of the project that a declaration names; None if there is a finding."""
    assert declared.project is not None
    try:
        file = locate_project(folder / declared.project)
        project, positions = read_project_file(file)
    except InputError as error:
        return None, list(error.findings)
    strata, findings, _ = read_strata(project, file.parent, positions.where)
    if project.imagery is None or strata.geometry is None:
        return None, [
            *findings,
            Finding(
                where("project"),
                "imagery-missing",
                "{file} has no imagery with strata as polygons",
                {"file": declared.project},
            ),
        ]
    imagery, more, _ = read_imagery(
        project.imagery, file.parent, lambda *key: positions.where("imagery", *key), strata.geometry
    )
    findings = [finding for finding in (*findings, *more) if finding.severity == "error"]
    if imagery is None or findings:
        return None, findings
    if declared.date not in imagery.dates:
        return None, [
            Finding(
                where("date"),
                "imagery-missing",
                "{file} has no imagery of {date}; it has {allowed}",
                {"file": declared.project, "date": declared.date, "allowed": ", ".join(imagery.dates)},
            )
        ]
    stack = imagery.stack(declared.date)
    findings = [
        Finding(
            where("predictors", number),
            "predictor-unknown",
            "{found!r} is no predictor of {file}; there are {allowed}",
            {"found": name, "file": declared.project, "allowed": ", ".join(stack.predictors)},
        )
        for number, name in enumerate(declared.predictors)
        if name not in stack.predictors
    ]
    hashes = {_relative(file.parent / source.file, folder): source.sha256 for source in stack.sources}
    source = ProjectImagery(stack, {_relative(file, folder): sha256_of_file(file), **hashes})
    return (None if findings else source), findings

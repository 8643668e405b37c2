"""Single rasters of a project: canopy heights, elevations, other quantities, maps of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from odc.geo.geobox import GeoBox

from mrv.findings import Finding
from mrv.imagery.bands import band_number
from mrv.imagery.calibration import Calibration, file_calibration
from mrv.imagery.predictors import Layer
from mrv.imagery.raster import Raster
from mrv.imagery.warp import Measure
from mrv.inputs.imagery_declaration import RasterLayer
from mrv.inputs.raster_files import read_raster
from mrv.units import COLUMN_UNITS

UNIT_NAMES = {"metre": "m", "meter": "m", "metres": "m", "meters": "m", "decimetre": "dm", "centimetre": "cm"}
"""Words that files write for a unit."""

HEIGHT_KINDS = ("canopy_height", "elevation")


def _unit(raster: Raster, band: int, declared: RasterLayer) -> tuple[str, list[Finding]]:
    """Unit of the values: as declared, and as the file states it."""
    stated = UNIT_NAMES.get(raster.bands[band].unit.casefold(), raster.bands[band].unit)
    unit = declared.unit or stated
    if stated and unit != stated:
        return unit, [
            Finding(
                raster.file,
                "raster-unit",
                "states the unit {found!r}; {declared} was declared",
                {"found": raster.bands[band].unit, "declared": declared.unit},
            )
        ]
    if declared.kind in HEIGHT_KINDS and unit not in COLUMN_UNITS["m"]:
        return unit, [
            Finding(
                raster.file,
                "raster-unit",
                "states no unit of length ({found!r}); declare the unit of layer {layer}: m, dm or cm",
                {"found": unit, "layer": declared.id},
            )
        ]
    return unit, []


def _calibration(raster: Raster, band: int, declared: RasterLayer, unit: str) -> tuple[Calibration, str]:
    """How the values become ours, and their unit: metres for heights, classes as they are."""
    found = file_calibration(raster.bands[band])
    if declared.kind == "class_map":
        return found, ""
    if declared.kind in HEIGHT_KINDS:
        factor = COLUMN_UNITS["m"][unit]
        return replace(found, scale=found.scale * factor, offset=found.offset * factor), "m"
    return found, unit


def _class_findings(raster: Raster, band: int) -> list[Finding]:
    facts = raster.bands[band]
    if (facts.scale, facts.offset) == (1.0, 0.0):
        return []
    return [
        Finding(
            raster.file,
            "raster-scale",
            "states scale {scale:g} and offset {offset:g}; a map of classes has none",
            {"scale": facts.scale, "offset": facts.offset},
        )
    ]


def read_layers(
    layers: Sequence[RasterLayer], folder: Path, grid: GeoBox
) -> tuple[list[tuple[RasterLayer, Layer]], list[Finding]]:
    """Layers that can be read, each with its declaration, and what is wrong with the others.

    Parameters
    ----------
    layers : sequence of RasterLayer
    folder : Path
        Of the project.
    grid : GeoBox
        Grid of the project.
    """
    found: list[tuple[RasterLayer, Layer]] = []
    findings: list[Finding] = []
    for declared in layers:
        raster, more = read_raster(folder, declared.file, grid)
        findings += more
        if raster is None:
            continue
        band, more = band_number(raster, declared.band)
        findings += more
        if band is None:
            continue
        classes = declared.kind == "class_map"
        unit, more = ("", _class_findings(raster, band)) if classes else _unit(raster, band, declared)
        findings += more
        if more:
            continue
        calibration, unit = _calibration(raster, band, declared, unit)
        measure: Measure = "classes" if classes else "continuous"
        layer = Layer(declared.id, raster, band, calibration, measure, declared.interpolation, unit)
        found.append((declared, layer))
    return found, findings

"""How the stored numbers of a scene are to be understood: by its product, its row and its own metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mrv.findings import Finding
from mrv.imagery.calibration import (
    Calibration,
    file_calibration,
    metadata_findings,
    sensor_calibration,
    sentinel2_offset,
)
from mrv.imagery.raster import Raster
from mrv.imagery.sensors import Sensor
from mrv.inputs.imagery_declaration import Adjustment

BASELINE_TAGS = ("PROCESSING_BASELINE", "s2:processing_baseline")
APPLIED_TAGS = ("earthsearch:boa_offset_applied", "BOA_OFFSET_APPLIED")
STORED_TYPES = ("uint16", "int16", "int32", "uint32", "float32", "float64")
"""Types that hold the whole range of a product's numbers."""


@dataclass(frozen=True)
class SceneRow:
    """What the row of a scene says of its processing.

    Attributes
    ----------
    where : str
        Place of the row.
    baseline : str or None
    offset_applied : bool or None
    platform : str or None
        Satellite, where sensors are brought to each other.
    """

    where: str
    baseline: str | None
    offset_applied: bool | None
    platform: str | None = None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _baseline(row: SceneRow, raster: Raster) -> tuple[float | None, list[Finding]]:
    tag = next((raster.tags[name] for name in BASELINE_TAGS if name in raster.tags), None)
    stated = row.baseline if row.baseline is not None else tag
    if stated is None:
        return None, []
    number = _number(stated)
    if number is None:
        return None, [
            Finding(
                row.where,
                "processing-baseline",
                "{found!r} is not a processing baseline such as 05.10",
                {"found": stated},
            )
        ]
    if tag is not None and _number(tag) != number:
        return None, [
            Finding(
                row.where,
                "processing-baseline",
                "processing baseline {found} is stated; {file} says {tag}",
                {"found": stated, "file": raster.file, "tag": tag},
            )
        ]
    return number, []


def _applied(row: SceneRow, raster: Raster) -> bool | None:
    if row.offset_applied is not None:
        return row.offset_applied
    tag = next((raster.tags[name] for name in APPLIED_TAGS if name in raster.tags), "")
    return {"true": True, "yes": True, "false": False, "no": False}.get(tag.casefold())


def _sentinel2(row: SceneRow, raster: Raster) -> tuple[Calibration, list[Finding]]:
    baseline, findings = _baseline(row, raster)
    offset = sentinel2_offset(baseline, _applied(row, raster))
    if offset is None and not findings:
        findings.append(
            Finding(
                row.where,
                "reflectance-offset",
                "processing baseline {baseline} has an offset; offset_applied must say yes or no"
                if baseline is not None
                else "neither row nor file states the processing baseline, or that the offset is applied",
                {"baseline": f"{baseline:05.2f}" if baseline is not None else ""},
            )
        )
    return sensor_calibration("sentinel2_l2a", offset or 0.0), findings


def whole_numbers_findings(raster: Raster, band: int) -> list[Finding]:
    """Whole numbers without a scale where the file itself must say what they are."""
    facts = raster.bands[band]
    if np.dtype(facts.dtype).kind == "f" or (facts.scale, facts.offset) != (1.0, 0.0):
        return []
    return [
        Finding(
            raster.file,
            "raster-scale",
            "holds whole numbers ({dtype}) and states no scale; physical values were expected",
            {"dtype": facts.dtype},
        )
    ]


def scene_calibration(
    sensor: Sensor, row: SceneRow, raster: Raster, bands: tuple[int, ...], stored: Literal["power", "decibel"]
) -> tuple[tuple[Calibration, ...], list[Finding]]:
    """Calibration of bands of a scene, and what speaks against it.

    Parameters
    ----------
    sensor : Sensor
    row : SceneRow
    raster : Raster
    bands : tuple of int
        From 0.
    stored : {"power", "decibel"}
        What backscatter is stored as; for ``gamma0`` only.
    """
    findings: list[Finding] = []
    if sensor in {"reflectance", "gamma0"}:
        for band in bands:
            findings += whole_numbers_findings(raster, band)
            unit = raster.bands[band].unit.casefold()
            if sensor == "gamma0" and unit and (unit == "db") != (stored == "decibel"):
                findings.append(
                    Finding(
                        raster.file,
                        "raster-unit",
                        "states the unit {found!r}; {declared} was declared",
                        {"found": raster.bands[band].unit, "declared": stored},
                    )
                )
        decibel = sensor == "gamma0" and stored == "decibel"
        found = tuple(file_calibration(raster.bands[band], decibel=decibel) for band in bands)
        return found, findings[:1]
    if sensor == "sentinel2_l2a":
        calibration, findings = _sentinel2(row, raster)
    else:
        calibration = sensor_calibration("landsat_c2_l2")
    calibrations = []
    for band in bands:
        facts = raster.bands[band]
        if facts.dtype not in STORED_TYPES:
            findings.append(
                Finding(
                    raster.file,
                    "raster-type",
                    "holds {found}; the numbers of {sensor} need 16 bits",
                    {"found": facts.dtype, "sensor": sensor},
                )
            )
        elif not findings:
            findings += metadata_findings(raster.file, facts, calibration)
        missing = () if facts.nodata is None else (facts.nodata,)
        calibrations.append(
            Calibration(calibration.scale, calibration.offset, (*calibration.missing, *missing))
        )
    return tuple(calibrations), findings[:1]


def adjusted(
    calibrations: Mapping[str, Calibration], adjustments: Mapping[str, Adjustment], row: SceneRow
) -> tuple[dict[str, Calibration], list[Finding]]:
    """Calibrations of a scene's bands brought to those of another sensor, where this is declared.

    Parameters
    ----------
    calibrations : mapping
        By band.
    adjustments : mapping
        By platform.
    row : SceneRow
    """
    if not adjustments:
        return dict(calibrations), []
    if row.platform is None:
        return {}, [Finding(row.where, "missing-value", "no value; platform is required by the adjustments")]
    declared = adjustments.get(row.platform)
    if declared is None:
        return dict(calibrations), []
    absent = [role for role in calibrations if role not in declared.bands]
    if absent:
        message = "the adjustment of {platform} lacks {missing}"
        values = {"platform": row.platform, "missing": ", ".join(absent)}
        return {}, [Finding(row.where, "band-missing", message, values)]
    lines = {str(role): line for role, line in declared.bands.items()}
    return {
        role: replace(
            own,
            scale=own.scale * lines[role].slope,
            offset=own.offset * lines[role].slope + lines[role].intercept,
        )
        for role, own in calibrations.items()
    }, []

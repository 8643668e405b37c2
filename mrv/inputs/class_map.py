"""Maps of classes: rasters of codes and layers of polygons, read with what each value means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.features import rasterize

from mrv.findings import Finding
from mrv.imagery.grid import system_text
from mrv.inputs.raster_files import raster_file

Codes = NDArray[np.uint8]

OUTSIDE = 255
"""Index of a pixel that belongs to no class."""

OUTSIDE_WORD = "outside"
"""What the user calls such pixels."""

ROWS_AT_ONCE = 512
VALUES_SHOWN = 8


@dataclass(frozen=True)
class ClassMap:
    """A raster of classes.

    Attributes
    ----------
    file : str
        As the user writes it.
    grid : GeoBox
    index : ndarray of uint8, shape of the grid
        Position of each pixel's class in ``classes``; :data:`OUTSIDE` for a pixel that does not count.
    classes : tuple of str
    missing : int
        Pixels without data.
    rest_values : tuple of float
        Values, the first of them, that were counted as the class of all values that have no code.
    """

    file: str
    grid: GeoBox
    index: Codes
    classes: tuple[str, ...]
    missing: int
    rest_values: tuple[float, ...] = ()


def codes_of_pixels(codes: Mapping[str, str], where: str) -> tuple[dict[float, str], list[Finding]]:
    """Class by the value of a pixel, and texts that are no value."""
    numbers: dict[float, str] = {}
    findings = []
    for text, name in codes.items():
        try:
            numbers[float(text)] = name
        except ValueError:
            findings.append(
                Finding(
                    where,
                    "map-code",
                    "{found!r} is no value of a pixel; a number was expected",
                    {"found": text},
                )
            )
    return numbers, findings


def _indexed(block: Any, numbers: Mapping[float, str], order: tuple[str, ...]) -> tuple[Codes, Any, Any]:
    """Index of each pixel, where data are missing, and where the value is unknown."""
    values = np.ma.getdata(block)
    missing = np.ma.getmaskarray(block).copy()
    if values.dtype.kind == "f":
        missing |= ~np.isfinite(values)
    index = np.full(values.shape, OUTSIDE, dtype=np.uint8)
    known = missing.copy()
    for number, name in numbers.items():
        here = ~missing & (values == number)
        index[here] = order.index(name)
        known |= here
    return index, missing, ~known


def read_class_map(
    folder: Path,
    file: str,
    codes: Mapping[str, str],
    classes: tuple[str, ...],
    missing: str | None,
    where: tuple[str, str],
    rest: str | None = None,
) -> tuple[ClassMap | None, list[Finding]]:
    """Raster of codes as a map of classes; None if it cannot be used.

    Parameters
    ----------
    folder : Path
    file : str
        Relative to the folder; findings call it so.
    codes : mapping of str to str
        Value of a pixel: its class.
    classes : tuple of str
    missing : str or None
        What pixels without data are: a class, ``outside``, or None where there must be none.
    where : tuple of str
        Place of the codes, for findings on them, and the key or option that says what is missing.
    rest : str, optional
        Class of all values that have no code; without it, there must be none.
    """
    numbers, findings = codes_of_pixels(codes, where[0])
    if findings:
        return None, findings
    raster, findings = raster_file(folder, file)
    if raster is None:
        return None, findings
    if len(raster.bands) != 1:
        return None, [
            Finding(
                file,
                "map-bands",
                "has {count} bands; a map of classes has one",
                {"count": len(raster.bands)},
            )
        ]
    grid = raster.grid
    index = np.empty(grid.shape, dtype=np.uint8)
    empty, strange = 0, set[float]()
    for row in range(0, grid.height, ROWS_AT_ONCE):
        rows = slice(row, min(row + ROWS_AT_ONCE, grid.height))
        block = raster.read([0], rows, slice(0, grid.width))[0]
        part, gone, unknown = _indexed(block, numbers, classes)
        if missing is not None and missing != OUTSIDE_WORD:
            part[gone] = classes.index(missing)
        if rest is not None:
            part[unknown] = classes.index(rest)
        index[rows] = part
        empty += int(gone.sum())
        strange.update(float(value) for value in np.unique(np.ma.getdata(block)[unknown]))
    if empty and missing is None:
        findings.append(
            Finding(
                file,
                "map-nodata",
                "{count} of {all} pixels have no data; say with {key} what they are: {outside}, or one of "
                "{classes}",
                {
                    "key": where[1],
                    "count": f"{empty:,}",
                    "all": f"{index.size:,}",
                    "outside": OUTSIDE_WORD,
                    "classes": ", ".join(classes),
                },
            )
        )
    if strange and rest is None:
        findings.append(
            Finding(
                file,
                "map-value",
                "holds the values {found}, which are none of the codes {allowed}",
                {
                    "found": ", ".join(f"{value:g}" for value in sorted(strange)[:VALUES_SHOWN]),
                    "allowed": ", ".join(codes),
                },
            )
        )
    found = ClassMap(file, grid, index, classes, empty, tuple(sorted(strange)[:VALUES_SHOWN]))
    return (None if findings else found), findings


def within(polygons: gpd.GeoDataFrame, grid: GeoBox) -> NDArray[np.bool_]:
    """Which pixels of a grid have their centre inside polygons."""
    shapes = polygons.to_crs(grid.crs).geometry
    inside = rasterize(
        shapes, out_shape=grid.shape, transform=grid.affine, fill=0, default_value=1, dtype="uint8"
    )
    found: NDArray[np.bool_] = inside.astype(bool)
    return found


def same_grid_findings(before: ClassMap, after: ClassMap) -> list[Finding]:
    """What keeps two maps from being compared pixel by pixel."""
    if before.grid == after.grid:
        return []
    return [
        Finding(
            after.file,
            "map-grid",
            "lies on another grid than {first}: {found} instead of {wanted}; bring both onto one grid, "
            "classes by the nearest neighbour",
            {"first": before.file, "found": _grid_text(after.grid), "wanted": _grid_text(before.grid)},
        )
    ]


def _grid_text(grid: GeoBox) -> str:
    height, width = grid.shape
    a, _, c, _, e, f = grid.affine[:6]
    return f"{width} x {height}, {system_text(grid.crs)}, {a:g} x {e:g}, {c:.10g} {f:.10g}"

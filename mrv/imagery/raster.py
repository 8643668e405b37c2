"""A raster file as its own metadata state it: grid, bands, no data, scale, offset, unit.

Nothing is interpreted here; :mod:`mrv.imagery.calibration` turns stored numbers into physical values.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from odc.geo.geobox import GeoBox
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window

from mrv.errors import InputError
from mrv.findings import Finding, Phrase
from mrv.imagery.virtual import VIRTUAL, virtual_sources

DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".jp2": "JP2OpenJPEG", VIRTUAL: "VRT"}
"""What reads a file, by its ending."""

ALONE = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".nothing",
    "GDAL_HTTP_MAX_RETRY": "0",
}
"""A raster is what its own file says: no file beside it is heeded or written, nothing is fetched."""

os.environ.setdefault("GDAL_CACHEMAX", "16")
"""Without it, a twentieth of the memory would be kept for pixels that are not read again. [MB]"""

FILES_HELD = 8
"""Files that a thread holds open: to open one takes about as long as to read a block of a band."""

CUT_SHORT = Phrase("the file ends before its pixels do; copy it again")

LARGEST_BAND = 10**10
"""Pixels of a band; beyond, a few bytes that claim to be a raster would keep a machine busy for days."""

Stored = np.ma.MaskedArray[Any, np.dtype[Any]]
"""Numbers as the file stores them, masked where the file says that there are no data."""


@dataclass(frozen=True)
class Band:
    """A band as the file describes it.

    Attributes
    ----------
    name : str
        Description of the band, or name of the variable; empty if there is none.
    dtype : str
    nodata : float or None
    scale, offset : float
        ``value = scale · stored + offset``; 1 and 0 where the file says nothing.
    unit : str
    """

    name: str
    dtype: str
    nodata: float | None
    scale: float
    offset: float
    unit: str


@dataclass(frozen=True)
class Raster:
    """A raster that can be read.

    Attributes
    ----------
    file : str
        As the project file writes it.
    parts : tuple of Path
        Every file that its pixels come from.
    grid : GeoBox
    bands : tuple of Band
    tags : mapping of str to str
        Free metadata of the file.
    read : callable
        Stored numbers of bands (counted from 0) in rows and columns within the raster, shape
        (bands, rows, columns).
    """

    file: str
    parts: tuple[Path, ...]
    grid: GeoBox
    bands: tuple[Band, ...]
    tags: Mapping[str, str]
    read: Callable[[Sequence[int], slice, slice], Stored]


def unreadable(file: str, reason: str) -> Finding:
    """Finding on a file whose pixels cannot be had."""
    return Finding(file, "raster-unreadable", "cannot be read as a raster: {reason}", {"reason": reason})


def size_findings(file: str, shape: tuple[int, int]) -> list[Finding]:
    """What is wrong with the number of rows and columns of a raster."""
    rows, columns = shape
    if rows * columns <= LARGEST_BAND:
        return []
    return [
        Finding(
            file,
            "raster-too-large",
            "claims {rows} × {columns} pixels; allowed are {allowed} in all",
            {"rows": rows, "columns": columns, "allowed": LARGEST_BAND},
        )
    ]


def grid_findings(file: str, grid: GeoBox | None, has_crs: bool) -> list[Finding]:
    """What is wrong with the place of a raster on the ground."""
    if not has_crs:
        return [Finding(file, "crs-missing", "has no coordinate system; write it into the file")]
    if grid is None or grid.affine.is_identity:
        return [Finding(file, "raster-not-placed", "does not say where its pixels lie; georeference it")]
    if grid.affine.b != 0 or grid.affine.d != 0:
        return [Finding(file, "raster-rotated", "its rows do not run east; warp it to a north-up grid")]
    if grid.affine.e > 0 or grid.affine.a < 0:
        return [
            Finding(
                file,
                "raster-flipped",
                "its first row is the southernmost or its first column the easternmost; write it north up",
            )
        ]
    return []


def _cut_short(path: Path, source: Any) -> bool:
    """Whether a TIFF names blocks that lie beyond the end of the file."""
    end = path.stat().st_size
    for band, (rows, columns) in enumerate(source.block_shapes, start=1):
        for row in range(-(-source.height // rows)):
            for column in range(-(-source.width // columns)):
                offset, size = (
                    source.get_tag_item(f"BLOCK_{word}_{column}_{row}", "TIFF", bidx=band)
                    for word in ("OFFSET", "SIZE")
                )
                if offset is not None and int(offset) + int(size or 0) > end:
                    return True
    return False


def _band(source: Any, number: int) -> Band:
    nodata = source.nodatavals[number]
    return Band(
        source.descriptions[number] or "",
        source.dtypes[number],
        None if nodata is None else float(nodata),
        float(source.scales[number]),
        float(source.offsets[number]),
        source.units[number] or "",
    )


def _missing_numbers(source: Any) -> tuple[int | None, ...]:
    """Of each band the whole number that alone marks missing data; None if it is not so."""
    return tuple(
        int(mark)
        if mark is not None
        and np.dtype(kind).kind in "iu"
        and flags == [MaskFlags.nodata]
        and float(mark).is_integer()
        and np.iinfo(kind).min <= mark <= np.iinfo(kind).max
        else None
        for mark, kind, flags in zip(source.nodatavals, source.dtypes, source.mask_flag_enums, strict=True)
    )


class _Held(threading.local):
    """Files that a thread holds open, the one it used longest ago first."""

    def __init__(self) -> None:
        self.sources: dict[tuple[Path, int, int, int], Any] = {}


HELD = _Held()


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A file that this thread holds open, or opens because it did not or the file has changed.

    Datasets of rasterio may not be shared by threads. A virtual raster opens others as it is read, of which
    nothing tells whether they have changed.
    """
    driver = DRIVERS[path.suffix.lower()]
    if path.suffix.lower() == VIRTUAL:
        with rasterio.Env(**ALONE), rasterio.open(path, driver=driver) as source:
            yield source
        return
    status, held = path.stat(), HELD.sources
    key = (path, status.st_ino, status.st_size, status.st_mtime_ns)
    if key in held:
        held[key] = held.pop(key)
    else:
        with rasterio.Env(**ALONE):
            held[key] = rasterio.open(path, driver=driver)
        while len(held) > FILES_HELD:
            held.pop(next(iter(held))).close()
    yield held[key]


def _stored(
    path: Path,
    file: str,
    missing_numbers: Sequence[int | None],
    bands: Sequence[int],
    rows: slice,
    columns: slice,
) -> Stored:
    """Stored numbers of bands in a window of a file that rasterio reads."""
    try:
        with _opened(path) as source:
            window, numbers = Window.from_slices(rows, columns), [band + 1 for band in bands]
            missing = {missing_numbers[band] for band in bands}
            if source.height < rows.stop or source.width < columns.stop:
                # It was written anew; rasterio would read what is left of the window.
                raise InputError([unreadable(file, CUT_SHORT)])
            if len(missing) > 1 or None in missing:
                stored: Stored = source.read(numbers, window=window, masked=True)
                return stored
            # rasterio would read every pixel twice to make the same mask, and to hold each against the mark
            # takes four times as long as to find the least.
            values, mark = source.read(numbers, window=window), missing.pop()
            may_be_marked = values.size > 0 and values.min() <= mark <= values.max()
            return np.ma.masked_array(values, values == mark if may_be_marked else np.ma.nomask)
    except OSError as error:
        raise InputError([unreadable(file, str(error).replace(str(path), file))]) from None


def open_raster(path: Path, file: str, root: Path) -> tuple[Raster | None, list[Finding]]:
    """Metadata of a GeoTIFF, a JPEG 2000 file, or a virtual raster over such files.

    Parameters
    ----------
    path : Path
        Of a file that exists, with an ending of :data:`DRIVERS`.
    file : str
        As the project file writes it.
    root : Path
        Folder of the project; a virtual raster may take its pixels from nowhere else.

    Returns
    -------
    Raster or None
        None if there is a finding.
    list of Finding
    """
    parts: tuple[Path, ...] = (path,)
    if path.suffix.lower() == VIRTUAL:
        sources, findings = virtual_sources(path, file, root)
        if findings:
            return None, findings
        parts += sources
    try:
        driver = DRIVERS[path.suffix.lower()]
        with rasterio.Env(**ALONE), rasterio.open(path, driver=driver) as source:
            if findings := size_findings(file, source.shape):
                return None, findings
            grid = GeoBox(source.shape, source.transform, source.crs) if source.crs else None
            findings = grid_findings(file, grid, source.crs is not None)
            if not findings and source.driver == "GTiff" and _cut_short(path, source):
                findings = [unreadable(file, CUT_SHORT)]
            if findings or grid is None:
                return None, findings
            bands = tuple(_band(source, number) for number in range(source.count))
            tags = {name: str(value) for name, value in source.tags().items()}
            read = partial(_stored, path.absolute(), file, _missing_numbers(source))
    except RasterioError as error:
        return None, [unreadable(file, str(error).replace(str(path), file))]
    return Raster(file, parts, grid, bands, tags, read), []

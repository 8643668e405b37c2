"""Hashes of the decoded numbers of rasters: what stays the same when a file is compressed anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from mrv.errors import InputError
from mrv.evidence.limits import LIMITS, Limits
from mrv.findings import Finding, raise_errors
from mrv.imagery.raster import DRIVERS, Raster
from mrv.inputs.raster_files import LABELLED, STORE, raster_file

SCHEMA = "mrv-arrays/1"
ROWS = 256
"""Rows that are decoded at a time."""


def raster_names(names: Iterable[str]) -> list[str]:
    """Those names of files that are rasters; the parts of a store count as the store."""
    found = set()
    for name in names:
        path = PurePosixPath(name)
        stores = [parent for parent in path.parents if parent.suffix.lower() == STORE]
        if stores:
            found.add(stores[-1].as_posix())
        elif path.suffix.lower() in (*DRIVERS, *LABELLED):
            found.add(name)
    return sorted(found)


def _little_endian(values: np.ndarray[Any, np.dtype[Any]]) -> bytes:
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes()


def _hash(raster: Raster, band: int) -> str:
    """SHA-256 of a band as stored: row by row from the north, little-endian."""
    rows, columns = raster.grid.shape
    digest = hashlib.sha256()
    for start in range(0, rows, ROWS):
        stored = raster.read([band], slice(start, min(start + ROWS, rows)), slice(0, columns))
        digest.update(_little_endian(np.ma.getdata(stored)[0]))
    return digest.hexdigest()


def _records(raster: Raster, path: str, limits: Limits) -> Iterator[dict[str, object]]:
    rows, columns = raster.grid.shape
    for number, band in enumerate(raster.bands):
        size = rows * columns * np.dtype(band.dtype).itemsize
        if size > limits.array_bytes:
            raise InputError(
                [
                    Finding(
                        path,
                        "raster-too-large",
                        "decodes to {size} bytes a band; allowed are {allowed}",
                        {"size": size, "allowed": limits.array_bytes},
                    )
                ]
            )
        yield {
            "path": path,
            "band": number + 1,
            "name": band.name,
            "shape": [rows, columns],
            "dtype": band.dtype,
            "sha256": _hash(raster, number),
        }


def array_records(
    folder: Path, names: Iterable[str], prefix: str, limits: Limits = LIMITS
) -> list[dict[str, object]]:
    """Record of every band of the rasters in a folder.

    Parameters
    ----------
    folder : Path
    names : iterable of str
        Files in it.
    prefix : str
        What goes before a name in its record.
    limits : Limits, optional

    Raises
    ------
    InputError
        If one cannot be read.
    """
    records: list[dict[str, object]] = []
    for name in raster_names(names):
        raster, findings = raster_file(folder, name)
        raise_errors(findings)
        if raster is not None:
            records += _records(raster, f"{prefix}{name}", limits)
    return records


def arrays_document(project: list[dict[str, object]], results: list[dict[str, object]]) -> dict[str, object]:
    """Document that holds the records of a package."""
    return {"schema": SCHEMA, "arrays": [*project, *results]}

"""Readers that take what anybody wrote, and what each may say of it: a finding, never a traceback."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from mrv.errors import MrvError
from mrv.evidence.package import open_package
from mrv.evidence.time_stamp import parse_time_stamp
from mrv.inputs.cells import read_cells
from mrv.inputs.project_file import read_project
from mrv.inputs.raster_files import raster_file
from mrv.inputs.table_source import TableSource
from mrv.json_file import parse_json
from mrv.ledger.book import sound_ledger

WORK = Path(tempfile.mkdtemp(prefix="mrv-fuzz-"))
"""Where a document is put for readers that want a file."""


def _file(name: str, content: bytes) -> Path:
    path = WORK / name
    path.write_bytes(content)
    return path


def _project(content: bytes) -> None:
    read_project(_file("mrv.yaml", content))


def _table(content: bytes) -> None:
    _file("a.csv", content)
    read_cells(WORK / "a.csv", TableSource(file="a.csv"))


def _workbook(content: bytes) -> None:
    _file("a.xlsx", content)
    read_cells(WORK / "a.xlsx", TableSource(file="a.xlsx"))


def _raster(content: bytes) -> None:
    _file("a.tif", content)
    raster_file(WORK, "a.tif")


def _virtual(content: bytes) -> None:
    _file("a.vrt", content)
    raster_file(WORK, "a.vrt")


def _json(content: bytes) -> None:
    parse_json(content, "a.json")


def _package(content: bytes) -> None:
    with open_package(_file("package.zip", content)):
        pass


def _ledger(content: bytes) -> None:
    sound_ledger(_file("ledger.jsonl", content))


def _time_stamp(content: bytes) -> None:
    parse_time_stamp(content)


READERS: Mapping[str, Callable[[bytes], None]] = {
    "project file": _project,
    "table": _table,
    "workbook": _workbook,
    "raster": _raster,
    "virtual raster": _virtual,
    "json": _json,
    "package": _package,
    "time stamp": _time_stamp,
    "ledger": _ledger,
}


def read(reader: Callable[[bytes], None], content: bytes) -> bool:
    """Whether a reader takes a document; a refusal it foresees is none of our faults."""
    try:
        reader(content)
    except MrvError:
        return False
    return True

"""Reading the tables of ``data/``, and those that a project brings in the same form."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from types import MappingProxyType

from mrv.errors import InputError
from mrv.findings import Finding
from mrv.provenance import Source
from mrv.sourced_tables import kept_by_tables, sourced_rows

Row = dict[str, str]


def table_of_a_project(table: Traversable, where: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and rows of a table that people wrote, each with its line; rows without text are passed over.

    Raises
    ------
    InputError
        If the file is not UTF-8.
    """
    try:
        text = table.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError([Finding(where, "encoding", "is not UTF-8; save the file as UTF-8")]) from None
    reader = csv.reader(io.StringIO(text, newline=""))
    rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    filled = [(line, row) for line, row in rows if any(row)]
    return (filled[0][1], filled[1:]) if filled else ([], [])


def width_findings(rows: list[tuple[int, list[str]]], width: int, where: str) -> list[Finding]:
    """Findings on rows with more or fewer cells than the header."""
    return [
        Finding(
            f"{where}:{line}",
            "row-width",
            "the row has {found} cells; the header has {width}",
            {"found": len(row), "width": width},
        )
        for line, row in rows
        if len(row) != width
    ]


@kept_by_tables
def sources() -> Mapping[str, Source]:
    """Register of sources, by identifier."""
    rows = sourced_rows("sources")
    return MappingProxyType({row["source_id"]: Source(**row) for row in rows})  # type: ignore[arg-type]

"""From the text of a foreign table to our columns, as the project file declares it.

In this order: corrections of single cells, rows in quarantine, row filters, missing values, code lists,
constants, numbers and units, ranges. Every cell that does not pass becomes a finding at its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mrv.errors import InputError
from mrv.findings import Finding
from mrv.inputs.cells import RawTable, read_cells
from mrv.inputs.columns import Column, Columns
from mrv.inputs.row_filters import Exclusion, Where, filter_rows, is_missing, no_column, set_aside
from mrv.inputs.table_source import Correction, TableSource
from mrv.inputs.values import decode, parse

__all__ = ["Exclusion", "Origin", "Table", "Where", "combine", "empty_frame", "read_table"]


@dataclass(frozen=True)
class Origin:
    """A file that rows come from, which of its columns each of ours is, and all rows it has."""

    raw: RawTable
    theirs: Mapping[str, tuple[int, ...]]
    all_rows: tuple[int, ...] = ()

    def column_name(self, column: str) -> str:
        """Their name of our column; ours where it is a constant or derived."""
        return "/".join(self.raw.header[number] for number in self.theirs.get(column, ())) or column

    def place(self, row: int, column: str) -> str:
        """Place of the cell that our column of a row was read from."""
        numbers = self.theirs.get(column, ())
        return self.raw.cell_place(row, numbers[0] if numbers else None, self.column_name(column))


@dataclass(frozen=True)
class Table:
    """Rows in our columns, each with the file and the row it was read from.

    Attributes
    ----------
    frame : DataFrame
        Our columns, all of them; ``origin`` and ``row`` say where each row stands.
    origins : tuple of Origin
    findings : tuple of Finding
    exclusions : tuple of Exclusion
    whole : bool
        Whether every required column could be read, so that rows can be compared with other tables.
    aside : DataFrame or None
        Rows in quarantine, in the same columns, with ``reason`` and ``readable``.
    """

    frame: pd.DataFrame
    origins: tuple[Origin, ...]
    findings: tuple[Finding, ...]
    exclusions: tuple[Exclusion, ...]
    whole: bool
    aside: pd.DataFrame | None = None

    def where(self, position: int, column: str) -> str:
        """Place of a cell, by the position of its row in the frame."""
        return self.origins[int(self.frame["origin"].iloc[position])].place(
            int(self.frame["row"].iloc[position]), column
        )

    def sources(self) -> list[str]:
        """Place of every row."""
        return [
            self.origins[origin].raw.row_place(row)
            for origin, row in zip(self.frame["origin"], self.frame["row"], strict=True)
        ]


def empty_frame(columns: Columns) -> pd.DataFrame:
    """Frame without rows."""
    kinds = {name: "float64" if column.kind == "number" else "str" for name, column in columns.items()}
    return pd.DataFrame(columns=[*columns, "origin", "row"]).astype(
        {**kinds, "origin": "int64", "row": "int64"}
    )


def _correct(
    raw: RawTable, corrections: tuple[Correction, ...], where: Where
) -> tuple[RawTable, list[Finding]]:
    cells = raw.cells.copy()
    findings: list[Finding] = []
    for number, correction in enumerate(corrections):
        place = where("corrections", number)
        name = correction.column.strip()
        if name not in raw.header:
            findings.append(no_column(place, name, raw))
            continue
        column = raw.header.index(name)
        if correction.row not in cells.index:
            findings.append(
                Finding(
                    place,
                    "correction-mismatch",
                    "{file} has no data in row {row}",
                    {"file": raw.file, "row": correction.row},
                )
            )
            continue
        found = cells.loc[correction.row, column]
        if found != correction.was.strip():
            findings.append(
                Finding(
                    raw.cell_place(correction.row, column, name),
                    "correction-mismatch",
                    "{found!r} stands here, not {was!r} as the correction in the project file says",
                    {"found": found, "was": correction.was},
                )
            )
        cells.loc[correction.row, column] = correction.corrected.strip()
    return replace(raw, cells=cells), findings


def _find_columns(
    raw: RawTable, source: TableSource, columns: Columns
) -> tuple[dict[str, tuple[int, ...]], list[Finding], list[str]]:
    """Numbers of their columns for each of ours, what is wrong, and which of ours cannot be read."""
    theirs: dict[str, tuple[int, ...]] = {}
    findings: list[Finding] = []
    unreadable: list[str] = []
    for ours in columns:
        names = _their_names(ours, raw, source)
        absent = [name for name in names if name not in raw.header]
        findings += [no_column(raw.header_place(), name, raw, ours) for name in absent]
        findings += [
            Finding(
                raw.header_place(),
                "column-ambiguous",
                "column {column!r} stands {count} times",
                {"column": name, "count": raw.header.count(name)},
            )
            for name in names
            if raw.header.count(name) > 1
        ]
        if absent:
            unreadable.append(ours)
        elif names:
            theirs[ours] = tuple(raw.header.index(name) for name in names)
    return theirs, findings, unreadable


def _their_names(ours: str, raw: RawTable, source: TableSource) -> list[str]:
    if ours in source.constants:
        return []
    if ours not in source.columns:
        return [ours] if ours in raw.header else []
    declared = source.columns[ours]
    if declared is None:
        return []
    return [name.strip() for name in ([declared] if isinstance(declared, str) else declared)]


def _resolve_alternatives(
    columns: Columns, given: set[str], raw: RawTable
) -> tuple[dict[str, Column], list[Finding]]:
    """Columns with a girth required in place of a diameter where that is what the table has."""
    resolved = dict(columns)
    findings: list[Finding] = []
    for name, column in columns.items():
        if not column.instead_of or name not in given:
            continue
        if column.instead_of in given:
            findings.append(
                Finding(
                    raw.header_place(),
                    "column-conflict",
                    "{name} and {other} are both given; one of them was expected",
                    {"name": name, "other": column.instead_of},
                )
            )
            continue
        resolved[name] = replace(column, required=True)
        resolved[column.instead_of] = replace(columns[column.instead_of], required=False)
    return resolved, findings


def _required_findings(
    columns: Mapping[str, Column], given: set[str], raw: RawTable
) -> tuple[list[Finding], list[str]]:
    absent = [name for name, column in columns.items() if column.required and name not in given]
    return [no_column(raw.header_place(), name, raw) for name in absent], absent


def _text(raw: RawTable, numbers: tuple[int, ...], source: TableSource) -> pd.Series[str]:
    """Text of one or several of their columns; empty where (one of) the cells is missing."""
    parts = [raw.cells[number] for number in numbers]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "/" + part
    missing = np.logical_or.reduce([is_missing(part, source) for part in parts])
    return joined.mask(missing, "")


def _column(
    name: str, column: Column, origin: Origin, source: TableSource, where: Where
) -> tuple[pd.Series, list[Finding]]:
    """Values of one of our columns."""
    raw = origin.raw
    index = raw.cells.index
    if name in source.constants:
        text = pd.Series([source.constants[name].strip()], index=[0], dtype="str")
        values, findings = parse(text, name, column, source, lambda _: where("constants", name))
        return pd.Series([values.iloc[0]] * len(index), index=index, dtype=values.dtype), findings

    def place(row: int) -> str:
        return origin.place(row, name)

    text = _text(raw, origin.theirs[name], source)
    findings = []
    if name in source.codes:
        text, findings = decode(text, name, column, source.codes[name], place)
    values, more = parse(text, name, column, source, place)
    return values, findings + more


def _unreadable(columns: Columns, findings: tuple[Finding, ...]) -> Table:
    return Table(empty_frame(columns), (), findings, (), whole=False)


def read_table(path: Path, source: TableSource, columns: Columns, where: Where) -> Table:
    """Rows of a table in our columns.

    Parameters
    ----------
    path : Path
        The file.
    source : TableSource
        Its declaration in the project file.
    columns : mapping of str to Column
        The columns we want.
    where : callable
        Place of a key of the declaration.
    """
    try:
        raw, findings = read_cells(path, source)
    except InputError as error:
        return _unreadable(columns, error.findings)
    raw, more = _correct(raw, source.corrections, where)
    findings += more
    raw, held, reasons, aside, more = set_aside(raw, source, where)
    findings += more
    table = _in_our_columns(raw, source, columns, where)
    table = replace(table, findings=(*findings, *table.findings), exclusions=(*aside, *table.exclusions))
    return replace(table, aside=_aside(held, reasons, source, columns, where)) if reasons else table


def _in_our_columns(raw: RawTable, source: TableSource, columns: Columns, where: Where) -> Table:
    """Rows of a raw table that the filters keep, in our columns."""
    all_rows = tuple(int(row) for row in raw.cells.index)
    raw, exclusions, findings = filter_rows(raw, source, where)
    theirs, more, unreadable = _find_columns(raw, source, columns)
    findings += more
    given = set(theirs) | set(source.constants)
    resolved, more = _resolve_alternatives(columns, given | set(unreadable), raw)
    findings += more
    more, absent = _required_findings(resolved, given | set(unreadable), raw)
    findings += more
    origin = Origin(raw, theirs, all_rows)
    frame = empty_frame(columns).reindex(raw.cells.index)
    for name, column in resolved.items():
        if name in given:
            frame[name], more = _column(name, column, origin, source, where)
            findings += more
    frame["origin"], frame["row"] = 0, raw.cells.index
    if source.distinct:
        frame = frame.drop_duplicates(subset=list(columns))
    return Table(
        frame.reset_index(drop=True),
        (origin,),
        tuple(findings),
        tuple(exclusions),
        whole=not (unreadable or absent),
    )


def _aside(
    held: RawTable, reasons: Mapping[int, str], source: TableSource, columns: Columns, where: Where
) -> pd.DataFrame:
    """Rows in quarantine in our columns, as far as they can be read, each with its reason."""
    parts = [
        _in_our_columns(replace(held, cells=held.cells.loc[[row]]), source, columns, where)
        for row in held.cells.index
    ]
    frames = [
        part.frame.assign(
            reason=reasons[int(row)],
            readable=not any(finding.severity == "error" for finding in part.findings),
        )
        for row, part in zip(held.cells.index, parts, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


def combine(tables: list[Table], columns: Columns) -> Table:
    """Several tables of the same kind as one, in their order."""
    readable = [table for table in tables if table.origins]
    frames = [table.frame.assign(origin=number) for number, table in enumerate(readable)]
    return Table(
        pd.concat(frames, ignore_index=True) if frames else empty_frame(columns),
        tuple(origin for table in readable for origin in table.origins),
        tuple(finding for table in tables for finding in table.findings),
        tuple(exclusion for table in tables for exclusion in table.exclusions),
        whole=all(table.whole for table in tables),
        aside=_asides(readable),
    )


def _asides(tables: list[Table]) -> pd.DataFrame | None:
    """Rows in quarantine of several tables; None if there are none."""
    frames = [
        table.aside.assign(origin=number) for number, table in enumerate(tables) if table.aside is not None
    ]
    return pd.concat(frames, ignore_index=True) if frames else None

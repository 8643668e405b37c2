"""Tables that were typed twice from the same sheets: every cell that differs, and how often typing errs.

Rows are matched by what stands in them, so that a row that was skipped does not put all others out of step.
Numbers are compared as numbers. A cell that the project file corrects is decided already.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mrv.errors import InputError
from mrv.findings import Finding
from mrv.inputs.cells import RawTable, read_cells
from mrv.inputs.declared_tables import tables_of
from mrv.inputs.project import Project
from mrv.inputs.table_source import TableSource
from mrv.inputs.tables import Where
from mrv.yaml_file import Key

MOST_PAIRS = 4_000_000
"""Pairs of rows that are compared where blocks of rows differ; above, they are not the same sheets."""

LEAST_ALIKE = 0.5
"""Share of equal cells from which on two rows are the same row of a sheet."""

Cells = Sequence[str]


class Pair(NamedTuple):
    """A row of the first entry and the same row of the second; None where one of both lacks it."""

    first: int | None
    second: int | None


@dataclass(frozen=True)
class SecondEntry:
    """A table and its second entry.

    Attributes
    ----------
    key : tuple
        Of the table in the project file.
    file, other : str
        The two files.
    where : str
        Place of the header of the first.
    cells : int
        Cells that both have.
    differing : int
        Those that differ, with those that are corrected since.
    rows_apart : int
        Rows that one of both lacks.
    rows : mapping of int to int
        Row of the second for each row of the first, where both have it.
    kept : frozenset of int
        Numbers of the corrections of the first that the second needs as well.
    undecided : tuple of Finding
        Cells that differ and are not corrected, and rows that one of both lacks.
    """

    key: Key
    file: str
    other: str
    where: str
    cells: int
    differing: int
    rows_apart: int
    rows: Mapping[int, int]
    kept: frozenset[int]
    undecided: tuple[Finding, ...]

    def taken(self, content: Any) -> Any:
        """Content of the project file with the second entry in place of the first."""
        return _changed(content, self.key, self._of_second)

    def _of_second(self, table: Mapping[str, Any]) -> dict[str, Any]:
        taken = {name: value for name, value in table.items() if name != "second_entry"}
        taken["file"] = self.other
        if "corrections" in table:
            taken["corrections"] = [
                {**correction, "row": self.rows[correction["row"]]}
                for number, correction in enumerate(table["corrections"])
                if number in self.kept
            ]
        if "quarantine" in table:
            held = [
                {**entry, "rows": [self.rows[row] for row in entry["rows"] if row in self.rows]}
                for entry in table["quarantine"]
            ]
            taken["quarantine"] = [entry for entry in held if entry["rows"]]
        return taken


def _changed(content: Any, key: Key, change: Callable[[Mapping[str, Any]], Any]) -> Any:
    """Content with what stands at a key changed, and everything else as it is."""
    if not key:
        return change(content)
    step = key[0]
    inner = _changed(content[step], key[1:], change)
    if isinstance(content, list):
        return [inner if number == step else value for number, value in enumerate(content)]
    return {name: inner if name == step else value for name, value in content.items()}


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return math.isclose(float(one), float(other), rel_tol=1e-12, abs_tol=0.0)
    except ValueError:
        return False


def _alike(one: Cells, other: Cells) -> float:
    return sum(map(_same, one, other)) / len(one)


def _aligned(first: Sequence[Cells], second: Sequence[Cells]) -> list[Pair]:
    """Rows of two blocks in pairs, in order, so that most cells agree."""
    n, m = len(first), len(second)
    likeness = np.array([[_alike(one, other) for other in second] for one in first]).reshape(n, m)
    likeness[likeness < LEAST_ALIKE] = -1.0
    best = np.zeros((n + 1, m + 1))
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            best[i, j] = max(best[i + 1, j], best[i, j + 1], likeness[i, j] + best[i + 1, j + 1])
    pairs, i, j = [], 0, 0
    while i < n or j < m:
        if i < n and j < m and best[i, j] == likeness[i, j] + best[i + 1, j + 1]:
            pairs.append(Pair(i, j))
            i, j = i + 1, j + 1
        elif j == m or (i < n and best[i, j] == best[i + 1, j]):
            pairs.append(Pair(i, None))
            i += 1
        else:
            pairs.append(Pair(None, j))
            j += 1
    return pairs


def paired_rows(first: Sequence[Cells], second: Sequence[Cells]) -> list[Pair] | None:
    """Rows of two entries of the same sheets in pairs; None where they are too unlike to be that.

    Parameters
    ----------
    first, second : sequence of rows
        Cells in the same order of columns.
    """
    matcher = difflib.SequenceMatcher(None, [*map(tuple, first)], [*map(tuple, second)], autojunk=False)
    pairs: list[Pair] = []
    for word, i, i_end, j, j_end in matcher.get_opcodes():
        if word == "equal":
            pairs += [Pair(i + step, j + step) for step in range(i_end - i)]
            continue
        if (i_end - i) * (j_end - j) > MOST_PAIRS:
            return None
        pairs += [
            Pair(
                None if pair.first is None else i + pair.first,
                None if pair.second is None else j + pair.second,
            )
            for pair in _aligned(first[i:i_end], second[j:j_end])
        ]
    return pairs


def _rows(raw: RawTable, header: Sequence[str]) -> list[tuple[str, ...]]:
    columns = [raw.header.index(name) for name in header]
    return [tuple(row) for row in raw.cells[columns].itertuples(index=False, name=None)]


def _differences(
    raw: RawTable, second: RawTable, pairs: Sequence[Pair], settled: frozenset[tuple[int, str]]
) -> Iterator[tuple[Finding | None, bool]]:
    """Each cell that differs and each row that one lacks: its finding, if open, and whether it is a cell."""
    here, there = _rows(raw, raw.header), _rows(second, raw.header)
    for pair in pairs:
        if pair.first is None or pair.second is None:
            own, other, position = (
                (raw, second, pair.first) if pair.second is None else (second, raw, pair.second)
            )
            assert position is not None
            yield (
                Finding(
                    own.row_place(int(own.cells.index[position])),
                    "second-entry-row",
                    "this row does not stand in {other}, where the same sheets are typed again",
                    {"other": other.file},
                    waivable=True,
                ),
                False,
            )
            continue
        row, other_row = int(raw.cells.index[pair.first]), int(second.cells.index[pair.second])
        for column, name in enumerate(raw.header):
            one, two = here[pair.first][column], there[pair.second][column]
            if _same(one, two):
                continue
            open_still = (row, name) not in settled
            found = Finding(
                raw.cell_place(row, column, name),
                "second-entry-differs",
                "{found!r} stands here, {other!r} at {place} of the second entry; look at the sheet, then "
                "correct the one that is wrong",
                {"found": one, "other": two, "place": second.cell_place(other_row, column, name)},
                waivable=True,
            )
            yield found if open_still else None, True


def _compared(
    key: Key, source: TableSource, folder: Path, where: Where
) -> tuple[SecondEntry | None, list[Finding]]:
    assert source.second_entry is not None
    try:
        raw, _ = read_cells(folder / source.file, source)
    except InputError:
        return None, []
    again = source.model_copy(update={"file": source.second_entry})
    try:
        second, _ = read_cells(folder / source.second_entry, again)
    except InputError as error:
        return None, list(error.findings)
    if sorted(raw.header) != sorted(second.header) or len(set(raw.header)) != len(raw.header):
        return None, [
            Finding(
                second.header_place(),
                "second-entry-columns",
                "has the columns {found}; a second entry has those of {file}: {allowed}",
                {
                    "found": ", ".join(second.header),
                    "file": source.file,
                    "allowed": ", ".join(raw.header),
                },
            )
        ]
    pairs = paired_rows(_rows(raw, raw.header), _rows(second, raw.header))
    if pairs is None:
        return None, [
            Finding(
                where("second_entry"),
                "second-entry-unlike",
                "hardly a row of {other} is like one of {file}; the same sheets in the same order are wanted",
                {"other": source.second_entry, "file": source.file},
            )
        ]
    settled = frozenset((correction.row, correction.column.strip()) for correction in source.corrections)
    found = list(_differences(raw, second, pairs, settled))
    rows = {
        int(raw.cells.index[pair.first]): int(second.cells.index[pair.second])
        for pair in pairs
        if pair.first is not None and pair.second is not None
    }
    entry = SecondEntry(
        key,
        source.file,
        source.second_entry,
        raw.header_place(),
        len(rows) * len(raw.header),
        sum(cell for _, cell in found),
        len(pairs) - len(rows),
        rows,
        frozenset(
            number
            for number, correction in enumerate(source.corrections)
            if correction.row in rows
            and correction.column.strip() in second.header
            and second.cells.loc[rows[correction.row], second.header.index(correction.column.strip())]
            == correction.was.strip()
        ),
        tuple(finding for finding, _ in found if finding is not None),
    )
    return entry, []


def read_second_entries(
    project: Project, folder: Path, where: Where
) -> tuple[tuple[SecondEntry, ...], list[Finding]]:
    """Every table that was typed twice, and what differs.

    Parameters
    ----------
    project : Project
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the project file.
    """
    entries: list[SecondEntry] = []
    findings: list[Finding] = []
    for key, source, _ in tables_of(project):
        if source.second_entry is None:
            continue
        entry, more = _compared(key, source, folder, lambda *inner, key=key: where(*key, *inner))
        entries += [entry] if entry is not None else []
        findings += more
    return tuple(entries), findings

"""Rows of a foreign table that are not computed with: those that a filter removes, those in quarantine.

Every row that is left out has a reason in words, and is counted under it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.inputs.cells import RawTable
from mrv.inputs.table_source import RowCondition, TableSource
from mrv.yaml_file import suggestion

Where = Callable[..., str]
"""Place of a key of the declaration in the project file."""


@dataclass(frozen=True)
class Exclusion:
    """Rows of a file that the project file leaves out, and why."""

    file: str
    rows: int
    reason: str


def no_column(place: str, column: str, raw: RawTable, ours: str = "") -> Finding:
    """Finding on a column that the header does not have, with the nearest that it has."""
    near = suggestion(column, [name for name in raw.header if name])
    return Finding(
        place,
        "column-missing",
        "no column {column!r}{purpose}; did you mean {near!r}? The header has {header}"
        if near
        else "no column {column!r}{purpose}; the header has {header}",
        {
            "column": column,
            "purpose": Phrase(" for {column}", column=ours) if ours and ours != column else "",
            "near": near,
            "header": ", ".join(name for name in raw.header if name),
        },
    )


def is_missing(text: pd.Series[str], source: TableSource) -> pd.Series[bool]:
    """Which cells are empty or say that nothing was recorded."""
    return text.isin(["", *(word.strip() for word in source.missing)])


def _numbers(text: pd.Series[str], missing: pd.Series[bool]) -> pd.Series[float]:
    return pd.to_numeric(text.mask(missing), errors="coerce").astype("float64")


def _within(condition: RowCondition, numbers: pd.Series[float]) -> pd.Series[bool]:
    """Whether numbers are within the bounds of a condition; what is no number is not."""
    within = numbers.notna()
    for bound, holds in (
        (condition.above, numbers.gt),
        (condition.at_least, numbers.ge),
        (condition.below, numbers.lt),
        (condition.at_most, numbers.le),
    ):
        if bound is not None:
            within &= holds(bound)
    return within


def _holds(condition: RowCondition, text: pd.Series[str], source: TableSource) -> pd.Series[bool]:
    if condition.present is not None:
        missing = is_missing(text, source)
        return missing if condition.present == "missing" else ~missing
    if condition.bounded:
        return _within(condition, _numbers(text, is_missing(text, source)))
    return text.isin([word.strip() for word in condition.words])


def _no_numbers(
    condition: RowCondition, text: pd.Series[str], source: TableSource, raw: RawTable
) -> list[Finding]:
    """A cell that is compared with a number and is none."""
    if not condition.bounded:
        return []
    missing = is_missing(text, source)
    wrong = text.index[_numbers(text, missing).isna() & ~missing]
    if wrong.empty:
        return []
    column = condition.column.strip()
    return [
        Finding(
            raw.cell_place(int(wrong[0]), raw.header.index(column), column),
            "row-filter-number",
            "{found!r} is not a number, and a row filter compares it with one ({count} rows, this the first)",
            {"found": text[wrong[0]], "count": len(wrong)},
        )
    ]


def filter_rows(
    raw: RawTable, source: TableSource, where: Where
) -> tuple[RawTable, list[Exclusion], list[Finding]]:
    """Rows that every filter keeps, with what each removed."""
    cells = raw.cells
    exclusions: list[Exclusion] = []
    findings: list[Finding] = []
    for number, row_filter in enumerate(source.rows):
        condition = row_filter.keep or row_filter.drop
        if condition is None:
            continue
        place = where("rows", number)
        if condition.column.strip() not in raw.header:
            findings.append(no_column(place, condition.column, raw))
            continue
        text = cells[raw.header.index(condition.column.strip())]
        findings += _no_numbers(condition, text, source, raw)
        holds = _holds(condition, text, source)
        kept = holds if row_filter.keep else ~holds
        removed = int((~kept).sum())
        cells = cells[kept]
        exclusions.append(Exclusion(source.file, removed, row_filter.reason))
        if not removed:
            findings.append(
                Finding(
                    place,
                    "row-filter-without-effect",
                    "the filter removes no row of {file}",
                    {"file": source.file},
                    severity="note",
                )
            )
    return replace(raw, cells=cells), exclusions, findings


def set_aside(
    raw: RawTable, source: TableSource, where: Where
) -> tuple[RawTable, RawTable, dict[int, str], list[Exclusion], list[Finding]]:
    """Rows that are not in quarantine, those that are, and the reason of each of them."""
    reasons: dict[int, str] = {}
    exclusions: list[Exclusion] = []
    findings: list[Finding] = []
    for number, entry in enumerate(source.quarantine):
        absent = [row for row in entry.rows if row not in raw.cells.index]
        findings += [
            Finding(
                where("quarantine", number),
                "quarantine-unknown",
                "{file} has no data in row {row}",
                {"file": source.file, "row": row},
            )
            for row in absent
        ]
        reasons |= dict.fromkeys((row for row in entry.rows if row not in absent), entry.reason)
        exclusions.append(Exclusion(source.file, len(entry.rows) - len(absent), entry.reason))
    held = raw.cells.index.isin(list(reasons))
    return (
        replace(raw, cells=raw.cells[~held]),
        replace(raw, cells=raw.cells[held]),
        reasons,
        exclusions,
        findings,
    )

"""Rows of a file that several tree tables read: those that none keeps, those that two keep."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mrv.findings import Finding
from mrv.inputs.tables import Table, Where

DIAMETERS = ("dbh_cm", "girth_cm")


def _diameter_columns(table: Table) -> set[tuple[int, ...]]:
    return {table.origins[0].theirs[name] for name in DIAMETERS if name in table.origins[0].theirs}


def row_findings(tables: Sequence[Table], where: Where) -> list[Finding]:
    """Rows of a file that several tree tables read: those that none keeps, those that two keep.

    Parameters
    ----------
    tables : sequence of Table
        As read, one for each declaration.
    where : callable
        Place of a key of the survey in the project file.
    """
    by_file: dict[tuple[str, str], list[int]] = {}
    for number, table in enumerate(tables):
        if table.origins:
            raw = table.origins[0].raw
            by_file.setdefault((raw.file, raw.part), []).append(number)
    findings = []
    for (file, _), numbers in by_file.items():
        if len(numbers) < 2:
            continue
        kept = [row for number in numbers for row in tables[number].frame["row"]]
        counts = pd.Series(kept, dtype="int64").value_counts()
        unread = sorted(set(tables[numbers[0]].origins[0].all_rows) - set(kept))
        twice = sorted(int(row) for row in counts.index[counts > 1])
        place = where("trees", numbers[-1])
        if unread:
            findings.append(
                Finding(
                    place,
                    "rows-unread",
                    "{count} rows of {file} are kept by none of its tree tables; the first is row {row}",
                    {"count": len(unread), "file": file, "row": unread[0]},
                    severity="note",
                )
            )
        if twice:
            columns = [_diameter_columns(tables[number]) for number in numbers]
            same = any(columns[i] & columns[j] for i in range(len(columns)) for j in range(i))
            findings.append(
                Finding(
                    place,
                    "rows-read-twice",
                    "{count} rows of {file} are kept by two of its tree tables with the same diameter; "
                    "the first is row {row}"
                    if same
                    else "{count} rows of {file} are kept by two of its tree tables with different diameters "
                    "and count as two stems; the first is row {row}",
                    {"count": len(twice), "file": file, "row": twice[0]},
                    severity="error" if same else "note",
                )
            )
    return findings

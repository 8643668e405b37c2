"""Tables of two runs, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from mrv.verification.grades import Difference, FileComparison, counted, grades_of

HEADER_LINE = 2
"""Line of a table's file that its first row stands on."""


def compare_tables(file: str, first: Path, second: Path) -> FileComparison:
    """Compare two CSV tables cell by cell.

    Where columns or the number of rows differ, that is told, and the cells that both have are compared.
    """
    ours, theirs = (pd.read_csv(path, dtype=str, keep_default_na=False) for path in (first, second))
    columns = [column for column in ours.columns if column in theirs.columns]
    rows = min(len(ours), len(theirs))
    differences = [
        *_shape_differences(ours, theirs),
        *(
            difference
            for column in columns
            for difference in _column_differences(column, ours[column][:rows], theirs[column][:rows])
        ),
    ]
    cells = rows * len(columns)
    return counted(file, cells - sum(": " in found.place for found in differences), differences)


def _shape_differences(ours: pd.DataFrame, theirs: pd.DataFrame) -> Iterator[Difference]:
    if list(ours.columns) != list(theirs.columns):
        yield Difference("columns", ", ".join(ours.columns), ", ".join(theirs.columns), "different")
    if len(ours) != len(theirs):
        yield Difference("rows", str(len(ours)), str(len(theirs)), "different")


def _column_differences(column: str, ours: pd.Series[str], theirs: pd.Series[str]) -> Iterator[Difference]:
    unlike = (ours != theirs).to_numpy()
    if not unlike.any():
        return
    numbers = [pd.to_numeric(side, errors="coerce").to_numpy("float64") for side in (ours, theirs)]
    grades = grades_of(*numbers)
    # What is no number on both sides is a text, and texts are the same or different.
    texts = np.isnan(numbers[0]) | np.isnan(numbers[1])
    for row in np.flatnonzero(unlike):
        within = grades[row] < 2 and not texts[row]
        yield Difference(
            f"line {row + HEADER_LINE}: {column}",
            ours.iloc[row],
            theirs.iloc[row],
            "within tolerance" if within else "different",
        )

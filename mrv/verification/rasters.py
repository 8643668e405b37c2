"""Maps of two runs, pixel by pixel, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import rasterio
from rasterio.io import DatasetReader

from mrv.verification.grades import GRADES, LISTED, Difference, FileComparison, counted, differing, grades_of

HEADER = ("width", "height", "count", "dtypes", "crs", "transform", "nodata", "descriptions")
"""What must agree before pixels can be compared."""


def compare_rasters(file: str, first: Path, second: Path) -> FileComparison:
    """Compare two rasters: their grid, their labels, and every pixel of every band."""
    with ExitStack() as opened:
        ours, theirs = (opened.enter_context(rasterio.open(path)) for path in (first, second))
        differences = list(_header_differences(ours, theirs))
        if any(difference.place != "tags" for difference in differences):
            return counted(file, 0, differences)
        counts = np.zeros(3, dtype=np.int64)
        for found, grades in _blocks(ours, theirs):
            counts += np.bincount(grades, minlength=3)
            differences += found
        whole = counted(file, int(counts[0]), differences)
    headers = sum(difference.place == "tags" for difference in differences)
    return FileComparison(file, int(counts[0]), int(counts[1]), int(counts[2]) + headers, whole.differences)


def _header_differences(ours: DatasetReader, theirs: DatasetReader) -> Iterator[Difference]:
    for name in HEADER:
        one, other = (str(getattr(dataset, name)) for dataset in (ours, theirs))
        if one != other:
            yield Difference(name, one, other, "different")
    one, other = ours.tags(), theirs.tags()
    if one != other:
        yield Difference("tags", str(one), str(other), "different")


def _blocks(
    ours: DatasetReader, theirs: DatasetReader
) -> Iterator[tuple[list[Difference], np.ndarray[tuple[int], np.dtype[np.int8]]]]:
    """The first differences of each block, and the grades of all its pixels."""
    for band in range(1, ours.count + 1):
        for _, window in ours.block_windows(band):
            values = [dataset.read(band, window=window).astype("float64") for dataset in (ours, theirs)]
            grades = grades_of(*values)
            found = [
                differing(
                    f"band {band}, row {window.row_off + row}, column {window.col_off + column}",
                    (f"{side[row, column]:.9g}" for side in values),
                    GRADES[grades[row, column]],
                )
                for row, column in np.argwhere(grades > 0)[:LISTED]
            ]
            yield found, grades.ravel()

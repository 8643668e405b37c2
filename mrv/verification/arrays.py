"""Arrays of two stored models, value by value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mrv.verification.grades import GRADES, Difference, FileComparison, counted, differing, grades_of


def compare_arrays(file: str, first: Path, second: Path) -> FileComparison:
    """Compare two archives of arrays by name, shape, kind and value. No pickled object is read."""
    with np.load(first, allow_pickle=False) as ours, np.load(second, allow_pickle=False) as theirs:
        names = [*ours.files, *(name for name in theirs.files if name not in ours.files)]
        differences: list[Difference] = []
        values = 0
        for name in names:
            if name not in ours.files or name not in theirs.files:
                held = ("array" if name in side.files else "" for side in (ours, theirs))
                differences.append(differing(name, held))
                continue
            values += ours[name].size
            differences += _array_differences(name, ours[name], theirs[name])
    return counted(file, max(values - len(differences), 0), differences)


def _array_differences(name: str, one: np.ndarray, other: np.ndarray) -> Iterator[Difference]:
    if one.shape != other.shape or one.dtype != other.dtype:
        kinds = (f"{side.dtype} {side.shape}" for side in (one, other))
        yield differing(name, kinds)
        return
    if one.dtype.kind not in "fiub":
        for place in np.argwhere(one != other):
            yield Difference(
                f"{name}{place.tolist()}", str(one[tuple(place)]), str(other[tuple(place)]), "different"
            )
        return
    grades = grades_of(one.astype("float64"), other.astype("float64"))
    for place in np.argwhere(grades > 0):
        values = (f"{side[tuple(place)]!r}" for side in (one, other))
        yield differing(f"{name}{place.tolist()}", values, GRADES[grades[tuple(place)]])

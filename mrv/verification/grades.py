"""How two values that should be the same compare: identical, within tolerance, or different.

The same toolkit on the same kind of processor gives the same bits. Another kind changes the last bits of a
logarithm or a power, and these must not be called a difference; a tonne more must.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Grade = Literal["identical", "within tolerance", "different"]

GRADES: tuple[Grade, ...] = ("identical", "within tolerance", "different")
"""In the order of their codes."""

RELATIVE_TOLERANCE = 1e-9
"""Relative difference of two numbers up to which they are within tolerance."""

ROUNDING_SHARE = 1e-12
"""Share of the largest value of a column or a band below which a difference is rounding.

A value that is zero but for rounding has no relative difference to speak of.
"""

LISTED = 20
"""Differences of each grade that are listed of a file; the others are counted."""


@dataclass(frozen=True)
class Difference:
    """One value that is not the same in both.

    Attributes
    ----------
    place : str
        Figure, cell or pixel.
    first, second : str
        Values; empty where one of the two has none.
    grade : {"within tolerance", "different"}
    """

    place: str
    first: str
    second: str
    grade: Grade


@dataclass(frozen=True)
class FileComparison:
    """What the comparison of a file came to.

    Attributes
    ----------
    file : str
        Name in the folder of results.
    identical, within_tolerance, different : int
        Values of each grade. A file with the same bytes counts as one identical value.
    differences : tuple of Difference
        The first of each grade, at most :data:`LISTED`.
    """

    file: str
    identical: int
    within_tolerance: int
    different: int
    differences: tuple[Difference, ...] = ()

    @property
    def grade(self) -> Grade:
        """Of the file as a whole: that of its worst value."""
        if self.different:
            return "different"
        return "within tolerance" if self.within_tolerance else "identical"


def differing(place: str, pair: Iterable[str], grade: Grade = "different") -> Difference:
    """Difference of a pair of values."""
    first, second = pair
    return Difference(place, first, second, grade)


def same_bytes(file: str) -> FileComparison:
    """Comparison of a file that is the same byte for byte."""
    return FileComparison(file, 1, 0, 0)


def counted(file: str, identical: int, differences: Iterable[Difference]) -> FileComparison:
    """Comparison of a file from its differences, of which the first are kept."""
    listed: dict[Grade, list[Difference]] = {"different": [], "within tolerance": []}
    counts: dict[Grade, int] = {"different": 0, "within tolerance": 0}
    for difference in differences:
        counts[difference.grade] += 1
        if len(listed[difference.grade]) < LISTED:
            listed[difference.grade].append(difference)
    return FileComparison(
        file,
        identical,
        counts["within tolerance"],
        counts["different"],
        (*listed["different"], *listed["within tolerance"]),
    )


def grades_of(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.int8]:
    """Grade of each pair: 0 identical, 1 within tolerance, 2 different; NaN equals NaN.

    Parameters
    ----------
    first, second : array of float, of one shape
        Of one column or band, whose largest value tells what rounding is.
    """
    same = (first == second) | (np.isnan(first) & np.isnan(second))
    finite = np.isfinite(first) & np.isfinite(second)
    with np.errstate(invalid="ignore"):
        gap = np.abs(first - second)
        size = np.maximum(np.abs(first), np.abs(second))
    largest = float(size[finite].max()) if finite.any() else 0.0
    near = finite & ((gap <= RELATIVE_TOLERANCE * size) | (gap <= ROUNDING_SHARE * largest))
    return np.where(same, 0, np.where(near, 1, 2)).astype(np.int8)


def grade_of(first: object, second: object) -> Grade:
    """Grade of two single values; texts, truth values and whole numbers are the same or different."""
    if type(first) is type(second) and first == second:
        return "identical"
    if not (_is_number(first) and _is_number(second)):
        return "different"
    one, other = float(first), float(second)  # type: ignore[arg-type]
    if one == other:
        return "identical"
    return "within tolerance" if math.isclose(one, other, rel_tol=RELATIVE_TOLERANCE) else "different"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

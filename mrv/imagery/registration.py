"""How far an image lies beside another, by the shift at which they correlate best.

Images with gaps are compared where both have data. Filling the gaps, as a phase correlation of whole
rectangles must, would let the edges of the gaps, which do not move, outweigh what does.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

REACH = 4
"""Pixels in each direction in which the best shift is looked for."""

LEAST_PIXELS = 400
"""Pixels that both images must have at a shift."""


class Shift(NamedTuple):
    """Where the ground of an image lies beside that of the reference. [pixel]"""

    rows: float
    columns: float
    correlation: float

    @property
    def pixels(self) -> float:
        """Length of the shift. [pixel]"""
        return math.hypot(self.rows, self.columns)


def _correlation(first: Array, second: Array) -> float:
    both = np.isfinite(first) & np.isfinite(second)
    if both.sum() < LEAST_PIXELS:
        return math.nan
    x, y = first[both], second[both]
    x, y = x - x.mean(), y - y.mean()
    scale = math.sqrt(float((x * x).sum()) * float((y * y).sum()))
    return float((x * y).sum()) / scale if scale > 0 else math.nan


def _overlapping(length: int, shift: int) -> tuple[slice, slice]:
    """Indices of the reference and of the image that meet when the image is moved back by a shift."""
    return slice(max(0, -shift), min(length, length - shift)), slice(
        max(0, shift), min(length, length + shift)
    )


def _vertex(before: float, peak: float, after: float) -> float:
    """Place of the top of a parabola through three neighbouring values. [pixel]"""
    bend = before - 2 * peak + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0


def shift_between(reference: Array, image: Array) -> Shift | None:
    """Shift of an image against a reference on the same grid.

    Parameters
    ----------
    reference, image : ndarray, shape (rows, columns)
        NaN where there are no data.

    Returns
    -------
    Shift or None
        None where too few pixels are seen in both, or where they correlate best at the edge of the search.
    """
    rows, columns = reference.shape
    span = range(-REACH, REACH + 1)
    found = np.full((len(span), len(span)), np.nan)
    for i, down in enumerate(span):
        own_rows, their_rows = _overlapping(rows, down)
        for j, right in enumerate(span):
            own_columns, their_columns = _overlapping(columns, right)
            found[i, j] = _correlation(reference[own_rows, own_columns], image[their_rows, their_columns])
    if np.isnan(found).any():
        return None
    i, j = divmod(int(found.argmax()), len(span))
    if min(i, j) == 0 or max(i, j) == len(span) - 1:
        return None
    return Shift(
        float(i - REACH + _vertex(found[i - 1, j], found[i, j], found[i + 1, j])),
        float(j - REACH + _vertex(found[i, j - 1], found[i, j], found[i, j + 1])),
        float(found[i, j]),
    )

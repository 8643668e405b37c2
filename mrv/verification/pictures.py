"""Pictures of two runs, as they look.

They are drawn from figures that are compared elsewhere; here it is seen whether somebody has drawn over them.
Another version of the plotting library moves a letter by a fraction of a pixel. That is no difference; a bar
of another length is.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from matplotlib.image import imread

from mrv.verification.grades import Difference, FileComparison, Grade, counted

PIXEL_TOLERANCE = 8 / 255
"""Difference of a channel up to which a pixel looks the same."""

DRAWN_OVER_SHARE = 1e-4
"""Share of other-looking pixels from which a picture is another one."""

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")

DRAWING_TOLERANCE = 0.01
"""Units of a drawing by which a coordinate may move: a hundredth of a point."""


def compare_bitmaps(file: str, first: Path, second: Path) -> FileComparison:
    """Compare two PNG pictures as they look."""
    ours, theirs = (np.asarray(imread(path), dtype="float64") for path in (first, second))
    if ours.shape != theirs.shape:
        return counted(file, 0, [Difference("size", str(ours.shape), str(theirs.shape), "different")])
    unlike = np.abs(ours - theirs).max(axis=-1) > PIXEL_TOLERANCE
    share = float(unlike.mean())
    grade: Grade = "different" if share > DRAWN_OVER_SHARE else "within tolerance"
    place = "picture"
    if unlike.any():
        row, column = (int(edge.min()) for edge in np.nonzero(unlike))
        place = f"picture, from row {row}, column {column}"
    return counted(file, 0, [Difference(place, "", f"{share:.2%}", grade)])


def compare_drawings(file: str, first: Path, second: Path) -> FileComparison:
    """Compare two SVG drawings: their words and elements, and their coordinates."""
    ours, theirs = (path.read_text(encoding="utf-8") for path in (first, second))
    words = [NUMBER.sub("#", text) for text in (ours, theirs)]
    if words[0] != words[1]:
        return counted(file, 0, [_first_unlike_line(ours, theirs)])
    # An identifier may read as a number beyond all bounds, 1e999; it then counts as moved without end.
    numbers = [np.array([float(number) for number in NUMBER.findall(text)]) for text in (ours, theirs)]
    moved = numbers[0] != numbers[1]
    gap = float(np.abs(numbers[0][moved] - numbers[1][moved]).max(initial=0.0))
    if not gap <= DRAWING_TOLERANCE:
        return counted(file, 0, [_first_unlike_line(ours, theirs)])
    return counted(file, 0, [Difference("drawing", "", f"{gap:g}", "within tolerance")])


def _first_unlike_line(ours: str, theirs: str) -> Difference:
    lines = (text.splitlines() for text in (ours, theirs))
    for number, (one, other) in enumerate(zip(*lines, strict=False), start=1):
        if one != other:
            return Difference(f"line {number}", one.strip()[:80], other.strip()[:80], "different")
    return Difference("end", "", "", "different")

"""Ramps of colours for maps: one for each kind of value, on paper, on screen and in a GIS.

Lightness falls from end to end in both, so that a copy in black and white tells what colours tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

RGB = tuple[int, int, int]

RISING = "cividis_r"
"""Values from little to much."""

AROUND_ZERO = ("#ffd84a", "#e9cf94", "#c6c6c6", "#8f83ba", "#5b3794", "#26003f")
PLACES = (0.0, 0.25, 0.5, 0.66, 0.83, 1.0)
"""Values on both sides of zero: losses yellow, zero grey, gains violet."""


def ramp(*, around_zero: bool) -> Colormap:
    """Ramp of a map's values."""
    # Imported here: it takes a second, and most commands draw nothing.
    from matplotlib import colormaps  # noqa: PLC0415
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    if not around_zero:
        return colormaps[RISING]
    return LinearSegmentedColormap.from_list(
        "around_zero", list(zip(PLACES, AROUND_ZERO, strict=True)), N=255
    )


def shades(steps: int, *, around_zero: bool = False) -> list[RGB]:
    """Colours of a ramp at equal distances."""
    colours = ramp(around_zero=around_zero)
    shares = [number / (steps - 1) for number in range(steps)] if steps > 1 else [0.5]
    return [_bytes(colours(share)[:3]) for share in shares]


def _bytes(parts: Sequence[float]) -> RGB:
    red, green, blue = (round(part * 255) for part in parts)
    return red, green, blue

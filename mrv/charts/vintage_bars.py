"""Credits of each calendar year as bars, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mrv.charts.canvas import INK, MUTED, sheet

FILL = "#A9D3EC"
"""Light, so that the line of an interval is seen where it crosses its bar."""

LABELLED = 16
"""Years up to which each bar is labelled with its number."""


@dataclass(frozen=True)
class Bar:
    """Credits of a year.

    Attributes
    ----------
    value : float
    interval : tuple of float or None
        Ends.
    """

    value: float
    interval: tuple[float, float] | None


def draw_vintages(
    bars: Mapping[str, Bar], title: str, unit: str, folder: Path, name: str, *, notices: Sequence[str]
) -> None:
    """Write bars as PNG and SVG.

    Parameters
    ----------
    bars : mapping of str to Bar
        By year, in their order.
    title, unit : str
    folder : Path
        Exists.
    name : str
    notices : sequence of str
    """
    with sheet(160, 66, folder, name, notices=notices) as figure:
        axes = figure.add_subplot()
        places = range(len(bars))
        axes.bar(places, [own.value for own in bars.values()], color=FILL, edgecolor=INK, linewidth=0.6)
        for place, own in zip(places, bars.values(), strict=True):
            if own.interval is not None:
                axes.plot([place, place], own.interval, color=INK, linewidth=1.4, marker="_", markersize=9)
            if len(bars) <= LABELLED:
                text = f"{own.value:,.0f}"
                axes.text(place, 0.02 * own.value, text, ha="center", va="bottom", fontsize=7)
        axes.axhline(0, color=INK, linewidth=0.6)
        axes.set_xticks(list(places), list(bars), rotation=0 if len(bars) <= LABELLED else 90)
        axes.set_ylabel(unit)
        axes.set_title(title)
        axes.grid(visible=True, axis="y", color=MUTED, linewidth=0.3, alpha=0.5)
        axes.set_axisbelow(True)

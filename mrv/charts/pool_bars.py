"""Carbon per hectare of places and dates as bars stacked by pool, with the interval of their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mrv.charts.canvas import INK, MUTED, sheet

FILLS = ("#6FB3DC", "#D3E9F6", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00", "#999999")
HATCHES = ("", "///", "...", "xxx", "\\\\\\", "ooo", "++", "**")
"""Pools differ by hatching too, so that a copy in black and white tells them apart."""

BAR_MM, AROUND_MM = 6.0, 32.0


@dataclass(frozen=True)
class Stack:
    """One bar.

    Attributes
    ----------
    label : str
    parts : mapping of str to float
        By pool, in the order in which they are stacked.
    interval : tuple of float or None
        Ends for the sum.
    """

    label: str
    parts: Mapping[str, float]
    interval: tuple[float, float] | None = None


def draw_stacks(
    stacks: Sequence[Stack], title: str, unit: str, folder: Path, name: str, *, notices: Sequence[str]
) -> None:
    """Write bars as PNG and SVG.

    Parameters
    ----------
    stacks : sequence of Stack
        From the top.
    title, unit : str
    folder : Path
        Exists.
    name : str
    notices : sequence of str
    """
    pools = list(dict.fromkeys(pool for stack in stacks for pool in stack.parts))
    with sheet(160, AROUND_MM + BAR_MM * len(stacks), folder, name, notices=notices) as figure:
        axes = figure.add_subplot()
        rows = range(len(stacks))
        starts = [0.0] * len(stacks)
        for number, pool in enumerate(pools):
            widths = [stack.parts.get(pool, 0.0) for stack in stacks]
            axes.barh(
                rows,
                widths,
                left=starts,
                height=0.7,
                color=FILLS[number % len(FILLS)],
                hatch=HATCHES[number % len(HATCHES)],
                edgecolor=INK,
                linewidth=0.5,
                label=pool,
            )
            starts = [start + width for start, width in zip(starts, widths, strict=True)]
        for row, stack in enumerate(stacks):
            if stack.interval is not None:
                axes.plot(stack.interval, [row, row], color=INK, linewidth=1.4, marker="|", markersize=8)
        axes.axvline(0, color=INK, linewidth=0.6)
        axes.set_yticks(list(rows), [stack.label for stack in stacks])
        axes.invert_yaxis()
        axes.set_xlabel(unit)
        axes.set_title(title)
        axes.grid(visible=True, axis="x", color=MUTED, linewidth=0.3, alpha=0.5)
        axes.set_axisbelow(True)
        if len(pools) > 1:
            figure.legend(loc="outside lower center", ncols=min(len(pools), 5), fontsize=7, frameon=False)

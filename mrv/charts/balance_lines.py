"""Sums of revenue less cost over years as lines, one for each scenario of price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mrv.charts.canvas import INK, MUTED, sheet

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#111111", "#999999")
DASHES = ("-", "--", ":", "-.")
"""Scenarios differ by marker and dashes too, so that a copy in black and white tells them apart."""


def draw_balances(
    years: Sequence[int],
    balances: Mapping[str, Sequence[float]],
    title: str,
    unit: str,
    folder: Path,
    name: str,
    *,
    notices: Sequence[str],
) -> None:
    """Write lines as PNG and SVG.

    Parameters
    ----------
    years : sequence of int
    balances : mapping of str to sequence of float
        By scenario, one for each year.
    title, unit : str
    folder : Path
        Exists.
    name : str
    notices : sequence of str
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415

    with sheet(160, 66, folder, name, notices=notices) as figure:
        axes = figure.add_subplot()
        for number, (label, values) in enumerate(balances.items()):
            axes.plot(
                years,
                values,
                color=COLOURS[number % len(COLOURS)],
                linestyle=DASHES[number % len(DASHES)],
                marker=MARKERS[number % len(MARKERS)],
                markersize=4,
                markeredgecolor=INK,
                markeredgewidth=0.4,
                linewidth=1.0,
                label=label,
            )
        axes.axhline(0, color=INK, linewidth=0.6)
        axes.xaxis.set_major_locator(MaxNLocator(12, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace("-", "−")))
        axes.set_ylabel(unit)
        axes.set_title(title)
        axes.grid(visible=True, color=MUTED, linewidth=0.3, alpha=0.5)
        axes.set_axisbelow(True)
        figure.legend(loc="outside lower center", ncols=min(len(balances), 2), fontsize=7, frameon=False)

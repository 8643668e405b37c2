"""An error budget as bars: what each source of error is of the variance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from mrv.charts.canvas import INK, MUTED, sheet
from mrv.findings import Translate

FILL = "#0072B2"
ROW_MM, AROUND_MM = 6.5, 26.0


def draw_budget(
    shares: Mapping[str, Mapping[str, float]],
    title: str,
    folder: Path,
    name: str,
    *,
    notices: Sequence[str],
    translate: Translate = str,
) -> None:
    """Write bars of shares as PNG and SVG: a panel for each figure, a row for each source of error.

    Parameters
    ----------
    shares : mapping of str to mapping of str to float
        By figure, then by source of error: its share of the variance, NaN where the source has no part in
        the figure. Every figure has the same sources, in the order of the rows. [1]
    title : str
    folder : Path
        Exists.
    name : str
    notices : sequence of str
    translate : callable, optional
        Gives the words of the picture itself in another language.
    """
    sources = list(next(iter(shares.values())))
    with sheet(190, AROUND_MM + ROW_MM * len(sources), folder, name, notices=notices) as figure:
        panels = figure.subplots(1, len(shares), sharey=True, squeeze=False)[0]
        rows = range(len(sources))
        longest = max(
            abs(share) for own in shares.values() for share in own.values() if not math.isnan(share)
        )
        for axes, (label, own) in zip(panels, shares.items(), strict=True):
            widths = [own[source] * 100 for source in sources]
            axes.barh(rows, widths, height=0.7, color=FILL, edgecolor=INK, linewidth=0.5)
            for row, width in zip(rows, widths, strict=True):
                if math.isnan(width):
                    continue
                text = f"{width:.0f} %" if abs(width) >= 0.5 else "< 1 %"
                axes.text(max(width, 0.0) + longest * 2, row, text, va="center", fontsize=7)
            axes.axvline(0, color=INK, linewidth=0.6)
            least = min(width for width in widths if not math.isnan(width))
            axes.set_xlim(min(0.0, 1.1 * least), longest * 130)
            axes.set_title(label)
            axes.set_xlabel(translate("share of the variance, %"))
            axes.grid(visible=True, axis="x", color=MUTED, linewidth=0.3, alpha=0.5)
            axes.set_axisbelow(True)
        panels[0].set_yticks(list(rows), sources)
        panels[0].invert_yaxis()
        figure.suptitle(title, x=0.01, ha="left", fontsize=9)

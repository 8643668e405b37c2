"""Observed against predicted values of plots that were left out of the fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mrv.charts.canvas import INK, MUTED, sheet
from mrv.findings import Translate

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
FILLS = ("#0072B2", "white", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
"""Groups differ by shape first, so that a copy in black and white tells them apart."""


@dataclass(frozen=True)
class LeftOutPlots:
    """Plots with what models that had not seen them predict.

    Attributes
    ----------
    title, unit : str
    group : sequence of str, length n
        Such as strata.
    observed, predicted : ndarray, shape (n,)
    notes : tuple of str
        Lines of text, such as measures of agreement.
    """

    title: str
    unit: str
    group: tuple[str, ...]
    observed: NDArray[np.float64]
    predicted: NDArray[np.float64]
    notes: tuple[str, ...]


def draw_agreement(
    plots: LeftOutPlots, folder: Path, name: str, *, notices: Sequence[str], translate: Translate = str
) -> None:
    """Write a scatter with the line of agreement and the line of observed on predicted, as PNG and SVG.

    Parameters
    ----------
    plots : LeftOutPlots
    folder : Path
        Exists.
    name : str
    notices : sequence of str
    translate : callable, optional
        Gives the words of the picture itself in another language.
    """
    with sheet(120, 115, folder, name, notices=notices) as figure:
        axes = figure.add_subplot()
        top = 1.05 * float(max(plots.observed.max(), plots.predicted.max(), 1e-9))
        axes.plot([0, top], [0, top], color=INK, linewidth=0.9, label="1:1")
        slope, intercept = np.polyfit(plots.predicted, plots.observed, 1) if len(plots.group) > 2 else (1, 0)
        ends = np.array([plots.predicted.min(), plots.predicted.max()])
        axes.plot(
            ends,
            intercept + slope * ends,
            color=MUTED,
            linewidth=0.9,
            linestyle="--",
            label=translate("observed on predicted"),
        )
        groups = np.array(plots.group)
        for number, group in enumerate(sorted(set(plots.group))):
            own = groups == group
            axes.scatter(
                plots.predicted[own],
                plots.observed[own],
                s=22,
                marker=MARKERS[number % len(MARKERS)],
                facecolor=FILLS[number % len(FILLS)],
                edgecolor=INK,
                linewidth=0.6,
                label=group,
            )
        axes.set_xlim(0, top)
        axes.set_ylim(0, top)
        axes.set_aspect("equal")
        axes.set_xlabel(f"{translate('predicted without the plot')}, {plots.unit}")
        axes.set_ylabel(f"{translate('observed at the plot')}, {plots.unit}")
        axes.set_title(plots.title)
        axes.legend(loc="upper left", fontsize=7)
        axes.text(
            0.98, 0.02, "\n".join(plots.notes), transform=axes.transAxes, ha="right", va="bottom", fontsize=7
        )

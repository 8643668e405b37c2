"""The crew: plots drawn at random in each stratum, and what is measured in them at both dates.

A plot is a circle, wholly inside its stratum; its centre is uniform over all places where such a
circle fits. Trees are tagged when they are first measured and keep their tag. The crew reads
diameters and heights to a tenth and errs in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from simulation.forest import State, Trees
from simulation.landscape import Landscape, Stratum
from simulation.project import Terms
from simulation.streams import Array, uniforms

PLOTS = {"landward": 14, "middle": 18, "fringe": 16}
CANDIDATES = 2_000


@dataclass(frozen=True)
class Plot:
    """A permanent plot; the centre as the crew marked it, to a tenth of a metre. [m]"""

    plot_id: str
    stratum_id: str
    number: int
    x_m: float
    y_m: float


@dataclass(frozen=True)
class Record:
    """One line of a crew's sheet, with the index of the tree in the simulated forest."""

    tree: int
    plot_id: str
    tag: int
    species: str
    dbh_cm: float
    height_m: float
    status: str
    decay_class: str


def _stratum_plots(stratum: Stratum, radius_m: float) -> list[Plot]:
    west, south, east, north = stratum.polygon.bounds
    x = np.round(west + (east - west) * uniforms(CANDIDATES, stratum.stratum_id, "plot x"), 1)
    y = np.round(south + (north - south) * uniforms(CANDIDATES, stratum.stratum_id, "plot y"), 1)
    fits = shapely.contains_xy(stratum.polygon.buffer(-radius_m), x, y)
    chosen: list[Plot] = []
    for px, py in zip(x[fits].tolist(), y[fits].tolist(), strict=True):
        apart = all(np.hypot(px - plot.x_m, py - plot.y_m) > 2 * radius_m for plot in chosen)
        if apart and len(chosen) < PLOTS[stratum.stratum_id]:
            number = len(chosen) + 1
            plot_id = f"SIM-{stratum.letter}{number:02d}"
            chosen.append(Plot(plot_id, stratum.stratum_id, number, px, py))
    return chosen


def draw_plots(ground: Landscape, terms: Terms) -> list[Plot]:
    """Plots of all strata."""
    radius = max(subplot.radius_m for subplot in terms.subplots)
    return [plot for stratum in ground.strata for plot in _stratum_plots(stratum, radius)]


def _measured(distance_m: Array, dbh_cm: Array, terms: Terms) -> NDArray[np.bool_]:
    """Whether each tree falls under the size rule: a circle for each class of diameters as read."""
    measured = np.zeros(distance_m.shape, dtype=bool)
    for subplot in terms.subplots:
        in_class = (dbh_cm >= subplot.dbh_min_cm) & (dbh_cm < subplot.dbh_max_cm)
        measured |= in_class & (distance_m <= subplot.radius_m)
    return measured


def survey(
    trees: Trees, states: tuple[State, State], plots: list[Plot], terms: Terms
) -> tuple[list[Record], list[Record]]:
    """Sheets of both dates, in the order of plots and tags."""
    sheets: tuple[list[Record], list[Record]] = ([], [])
    readings = [(np.round(state.dbh_cm, 1), np.round(state.height_m, 1)) for state in states]
    for plot in plots:
        distance = np.hypot(trees.x - plot.x_m, trees.y - plot.y_m)
        bearing = np.arctan2(trees.x - plot.x_m, trees.y - plot.y_m) % (2 * np.pi)
        tags: dict[int, int] = {}
        for state, (dbh, height), sheet in zip(states, readings, sheets, strict=True):
            found = np.flatnonzero(_measured(distance, dbh, terms) & (trees.stratum_id == plot.stratum_id))
            # A crew goes round the plot from north; trees met for the first time get the next tags.
            for tree in found[np.argsort(bearing[found], kind="stable")].tolist():
                tags.setdefault(tree, len(tags) + 1)
            for tree in sorted(found.tolist(), key=tags.__getitem__):
                sheet.append(
                    Record(
                        tree,
                        plot.plot_id,
                        tags[tree],
                        str(trees.species[tree]),
                        float(dbh[tree]),
                        float(height[tree]),
                        "live" if state.live[tree] else "dead",
                        str(state.decay_class[tree]),
                    )
                )
    return sheets

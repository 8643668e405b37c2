"""The mud: organic carbon that falls with depth and varies over the ground, and cores taken from it.

Bulk density follows organic carbon by the line that is used to judge such pairs,
``BD = 1.539 exp(−0.289 %C)``. The ground grows: what lay at a depth at the first date lies deeper at the
second by what was laid down on it since. Cores come from the first plots of every stratum, several to a
plot, at both dates; at the second they go deeper, so that they hold the mass of soil of the first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from simulation.landscape import Landscape
from simulation.streams import Array, mean_one, smooth_field
from simulation.survey import Plot

HORIZONS_CM = ((0, 15), (15, 30), (30, 50), (50, 100))
BELOW_CM = ((100, 120),)
"""Further horizons of the second date."""
ACCRETED_CM = {"landward": 3.0, "middle": 5.0, "fringe": 8.0}
"""Mud laid down between the dates. [cm]"""
SURFACE_CARBON_PERCENT = {"landward": 2.3, "middle": 1.9, "fringe": 1.3}
DECLINE_CM = 90.0
"""Depth over which organic carbon falls to 1/e. [cm]"""
SITE_LENGTH_M = 60.0
SITE_SPREAD = 0.22
CORE_SPREAD = (0.05, 0.10)
"""Spread of the logarithm of bulk density and of carbon between sections of one place."""
CORED_PLOTS = 6
CORES = 3
GRID_M = 5.0


@dataclass(frozen=True)
class Section:
    """A horizon of a core as the laboratory reports it. [cm], [g cm⁻³], [1]"""

    plot_id: str
    core_id: int
    top_cm: int
    bottom_cm: int
    bulk_density_g_cm3: float
    organic_carbon_fraction: float


Horizons = tuple[tuple[int, int], ...]


def _profile(
    x: Array, y: Array, stratum_id: str, horizons: Horizons, *, first_date: bool
) -> tuple[Array, Array]:
    """Bulk density and organic carbon fraction of every horizon, shape (horizon, place)."""
    site = np.exp(SITE_SPREAD * smooth_field(x, y, SITE_LENGTH_M, stratum_id, "soil") - SITE_SPREAD**2 / 2)
    middle = np.array([(top + bottom) / 2 for top, bottom in horizons])
    if first_date:
        middle = middle + ACCRETED_CM[stratum_id]
    percent = SURFACE_CARBON_PERCENT[stratum_id] * np.exp(-middle / DECLINE_CM)[:, None] * site
    return 1.539 * np.exp(-0.289 * percent), percent / 100


def soil_truth(ground: Landscape) -> tuple[dict[str, float], dict[str, float]]:
    """True soil organic carbon to one metre at both dates, mean of a fine grid by stratum. [t C ha⁻¹]"""
    return _true_stocks(ground, first_date=True), _true_stocks(ground, first_date=False)


def _true_stocks(ground: Landscape, *, first_date: bool) -> dict[str, float]:
    thickness = np.array([bottom - top for top, bottom in HORIZONS_CM])[:, None]
    means = {}
    for stratum in ground.strata:
        west, south, east, north = stratum.polygon.bounds
        columns, rows = np.meshgrid(np.arange(west, east, GRID_M), np.arange(south, north, GRID_M))
        inside = shapely.contains_xy(stratum.polygon, columns, rows)
        density, carbon = _profile(
            columns[inside], rows[inside], stratum.stratum_id, HORIZONS_CM, first_date=first_date
        )
        means[stratum.stratum_id] = round(float((density * carbon * thickness * 100).sum(axis=0).mean()), 3)
    return means


def take_cores(plots: list[Plot]) -> tuple[list[Section], list[Section]]:
    """Sections of all cores at both dates, in the order of plots, cores and depth."""
    cored = [plot for plot in plots if plot.number <= CORED_PLOTS]
    first = [section for plot in cored for section in _sections(plot, HORIZONS_CM, "first", first_date=True)]
    second: list[Section] = []
    for plot in cored:
        # Streams of their own, so that a deeper core alters no horizon above.
        above = _sections(plot, HORIZONS_CM, first_date=False)
        below = _sections(plot, BELOW_CM, "below", first_date=False)
        second += sorted([*above, *below], key=lambda section: (section.core_id, section.top_cm))
    return first, second


def _sections(plot: Plot, horizons: Horizons, *names: str, first_date: bool) -> list[Section]:
    """Some horizons of all cores of a plot; ``names`` tell their streams from those of others."""
    density, carbon = _profile(
        np.array([plot.x_m]), np.array([plot.y_m]), plot.stratum_id, horizons, first_date=first_date
    )
    shape = (CORES, len(horizons))
    size = CORES * len(horizons)
    dense = density[:, 0] * mean_one(size, CORE_SPREAD[0], plot.plot_id, "bulk density", *names).reshape(
        shape
    )
    rich = carbon[:, 0] * mean_one(size, CORE_SPREAD[1], plot.plot_id, "carbon", *names).reshape(shape)
    return [
        Section(
            plot.plot_id,
            core + 1,
            top,
            bottom,
            round(float(dense[core, number]), 3),
            round(float(rich[core, number]), 5),
        )
        for core in range(CORES)
        for number, (top, bottom) in enumerate(horizons)
    ]

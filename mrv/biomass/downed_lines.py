"""From pieces that cross lines to the mass of downed wood of each plot."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd

from mrv.biomass.dead_wood import downed_mass, line_intersect_volume


class ClassOfPieces(Protocol):
    """Length on which a class counts [m] and density of its wood [g cm⁻³]."""

    @property
    def length_m(self) -> float:
        """Length of each line on which pieces of the class count. [m]"""

    @property
    def density_g_cm3(self) -> float:
        """Density of the dead wood. [g cm⁻³]"""


def line_mass(
    lines: pd.DataFrame, squares: pd.DataFrame, classes: Mapping[str, ClassOfPieces]
) -> pd.DataFrame:
    """Downed wood of each line, all classes together.

    Parameters
    ----------
    lines : DataFrame
        ``plot_id``, ``line_id``: every line that was walked; one without pieces is a measured zero.
    squares : DataFrame
        ``plot_id``, ``line_id``, ``piece_class``, ``squared_diameters_cm2``. [cm²]
    classes : mapping

    Returns
    -------
    DataFrame
        The lines with ``downed_wood_m3_ha`` and ``downed_wood_t_ha``.
    """
    names = squares["piece_class"].astype("str")
    lengths = np.array([classes[name].length_m for name in names], dtype=np.float64)
    densities = np.array([classes[name].density_g_cm3 for name in names], dtype=np.float64)
    volume = line_intersect_volume(squares["squared_diameters_cm2"].to_numpy(dtype=np.float64), lengths)
    crossing = squares.assign(downed_wood_m3_ha=volume, downed_wood_t_ha=downed_mass(volume, densities))
    keys = list(zip(lines["plot_id"], lines["line_id"], strict=True))
    groups = dict(list(crossing.groupby(["plot_id", "line_id"], sort=True)))
    # The sum over no pieces is the measured zero of a line that was walked.
    sums = {
        column: [math.fsum(groups[key][column]) if key in groups else math.fsum(()) for key in keys]
        for column in ("downed_wood_m3_ha", "downed_wood_t_ha")
    }
    return lines.assign(**sums)


def downed_of_plots(lines: pd.DataFrame, plots: pd.Series[str]) -> pd.Series[float]:
    """Mean downed wood of the lines of each plot; NaN for a plot without a line. [t ha⁻¹]

    Parameters
    ----------
    lines : DataFrame
        As :func:`line_mass` gives it.
    plots : Series of str
    """
    means = {
        name: math.fsum(group["downed_wood_t_ha"]) / len(group)
        for name, group in lines.groupby("plot_id", sort=True)
    }
    return plots.map(means).astype("float64")

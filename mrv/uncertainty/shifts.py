"""Errors that move the diameters, heights or masses of many trees at once: a fitted height model, a crew.

A shift is one standard normal number that its trees share. What a standard deviation of it does to the
diameter and height of each tree is small, so biomass follows to first order: by the elasticity of the
tree's equation, ``d ln B / d ln D`` and ``d ln B / d ln H``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.biomass.dead_wood import bole_mass
from mrv.biomass.trees import biomass_by
from mrv.reference import Equation

Array = NDArray[np.float64]

STEP = 1e-4
"""Relative step of the central difference; its square is the relative error of an elasticity."""

DIAMETERS = ("dbh_cm", "d0_cm")


@dataclass(frozen=True)
class Shift:
    """What one standard deviation of a shared error does to each tree of all surveys, in their order.

    Attributes
    ----------
    name : str
        Component, then what tells it from others of its kind, set apart by points.
    diameter, height, mass : ndarray, shape (n,)
        Relative change. [1]
    """

    name: str
    diameter: Array
    height: Array
    mass: Array


def _scaled(trees: pd.DataFrame, columns: Sequence[str], factor: float) -> pd.DataFrame:
    return trees.assign(**{name: trees[name] * factor for name in columns if name in trees})


def elasticity(equation: Equation | None, trees: pd.DataFrame, columns: Sequence[str]) -> Array:
    """Relative change of the biomass of each tree over that of some of its dimensions. [1]

    Parameters
    ----------
    equation : Equation or None
        None for dead boles, which are weighed by their own dimensions.
    trees : DataFrame
    columns : sequence of str
        Dimensions that change together.
    """

    def log_mass(factor: float) -> Array:
        moved = _scaled(trees, columns, factor)
        if equation is not None:
            mass = np.asarray(biomass_by(equation, moved)[0], dtype=np.float64)
        else:
            base, dbh, height = (
                moved[name].to_numpy(dtype=np.float64) for name in (*DIAMETERS[::-1], "height_m")
            )
            mass = bole_mass(base, dbh, height, 1.0)
        return np.asarray(np.log(mass))

    return np.asarray((log_mass(1 + STEP) - log_mass(1 - STEP)) / (2 * STEP))


def sensitivities(
    shifts: Sequence[Shift], equation: Equation | None, trees: pd.DataFrame
) -> tuple[tuple[str, ...], Array]:
    """Shifts that act on some trees, and the relative change of each tree's biomass by each of them.

    Parameters
    ----------
    shifts : sequence of Shift
    equation : Equation or None
        As in :func:`elasticity`.
    trees : DataFrame
        With ``position`` among the trees of all surveys.

    Returns
    -------
    tuple of str
    ndarray, shape (n, shifts that act)
    """
    at = trees["position"].to_numpy()
    takes_height = equation is None or equation.needs_height
    names, columns = [], []
    by_diameter: Array | None = None
    by_height: Array | None = None
    for shift in shifts:
        change = shift.mass[at]
        if np.any(shift.diameter[at]):
            if by_diameter is None:
                by_diameter = elasticity(equation, trees, DIAMETERS)
            change = change + by_diameter * shift.diameter[at]
        if takes_height and np.any(shift.height[at]):
            if by_height is None:
                by_height = elasticity(equation, trees, ("height_m",))
            change = change + by_height * shift.height[at]
        if np.any(change):
            names.append(shift.name)
            columns.append(change)
    return tuple(names), np.column_stack(columns) if columns else np.zeros((len(trees), 0))

"""Trees beyond the range that an equation was fitted on: flagged, never cut off.

Above the largest diameter of an equation for one species the project's common equation is used, with the
species' wood density, and how far the common equations differ on such a tree is handed on as an error.
Below the smallest diameter the equation is used as it is: it runs to zero with the diameter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mrv.biomass.allometry import Array, outside_range, tree_biomass
from mrv.biomass.choices import ANY_SPECIES, EquationChoice
from mrv.reference import Equation

MARKED_SHARE = 0.10
"""Share of extrapolated trees in the basal area of a plot above which the plot is marked. [1]"""

ALTERNATIVES = ("chave_2005_power", "komiyama_2005_agb")
"""Equations that stand beside the chosen one: the first, or where that is chosen the second."""


def beyond_range(
    trees: pd.DataFrame, chosen: pd.Series[str], equations: Mapping[str, Equation]
) -> tuple[pd.Series[bool], pd.Series[bool]]:
    """Whether each tree is outside the range of its equation, and whether its diameter is above it.

    Parameters
    ----------
    trees : DataFrame
        Columns ``dbh_cm`` and ``height_m``. [cm, m]
    chosen : Series of str
        Identifier of the equation of each tree.
    """
    outside = pd.Series(False, index=trees.index, dtype="bool")
    above = pd.Series(False, index=trees.index, dtype="bool")
    for name in sorted(chosen.unique()):
        equation = equations[name]
        group = trees[chosen == name]
        dbh = group["dbh_cm"].to_numpy(dtype=np.float64)
        height = group["height_m"].to_numpy(dtype=np.float64)
        outside.loc[group.index] = outside_range(equation, dbh, height)
        above.loc[group.index] = dbh > equation.dbh_max_cm
    return outside, above


def within_reach(
    trees: pd.DataFrame,
    chosen: pd.Series[str],
    above: pd.Series[bool],
    choice: EquationChoice,
    equations: Mapping[str, Equation],
) -> pd.Series[str]:
    """Equation to use for each tree: beyond that of its species the common one.

    A common equation stays what it is beyond its own range; and a species equation stays where the tree
    lacks the height that the common one needs, or was measured where that one does not hold.
    """
    common = equations[choice.equation]
    of_species = chosen.map({name: equations[name].species != ANY_SPECIES for name in chosen.unique()})
    usable = trees["pom"].isin(common.points_of_measurement) | trees["pom"].isna()
    if common.needs_height:
        usable &= trees["height_m"].notna()
    return chosen.mask(above & of_species.astype(bool) & usable, choice.equation)


def common_equations(equations: Mapping[str, Equation]) -> list[Equation]:
    """Admitted above-ground equations for any species that take a diameter of single stems and no height."""
    return [
        equation
        for _, equation in sorted(equations.items())
        if equation.component == "agb"
        and equation.species == ANY_SPECIES
        and equation.status == "admitted"
        and equation.stems == "per_stem"
        and not equation.needs_height
    ]


def spread_of_ensemble(ensemble: Sequence[Equation], dbh: Array, wood_density: Array, height: Array) -> Array:
    """Standard uncertainty of ln(biomass) from not knowing which equation holds. [1]

    Parameters
    ----------
    ensemble : sequence of Equation
    dbh, wood_density, height : ndarray, shape (n,)
        [cm, g cm⁻³, m]

    Returns
    -------
    ndarray, shape (n,)
        (max − min) / (2√3): every value between the extremes is taken to be as likely as any other.

    References
    ----------
    Evaluation of measurement data — Guide to the expression of uncertainty in measurement, 4.3.7.
    """
    logs = np.log(np.stack([tree_biomass(equation, dbh, wood_density, height) for equation in ensemble]))
    return np.asarray((np.max(logs, axis=0) - np.min(logs, axis=0)) / (2 * math.sqrt(3)), dtype=np.float64)


def extrapolation_log_sd(
    trees: pd.DataFrame,
    declared: pd.Series[str],
    above: pd.Series[bool],
    equations: Mapping[str, Equation],
) -> pd.Series[float]:
    """Error that extrapolation adds to each tree, on the scale of ln(biomass); 0 inside the range. [1]

    The ensemble is the common equations and the declared one, which is extrapolated for it.
    """
    result = pd.Series(0.0, index=trees.index, dtype="float64")
    common = common_equations(equations)
    for name in sorted(declared[above].unique()):
        group = trees[above & (declared == name)]
        own = equations[name]
        ensemble = common if own in common else [*common, own]
        dbh, density, height = (
            group[column].to_numpy(dtype=np.float64)
            for column in ("dbh_cm", "wood_density_g_cm3", "height_m")
        )
        result.loc[group.index] = spread_of_ensemble(ensemble, dbh, density, height)
    return result


def alternative_equation(choice: EquationChoice) -> str:
    """Equation that stands beside the chosen common one."""
    return next(name for name in ALTERNATIVES if name != choice.equation)


def alternative_agb(
    trees: pd.DataFrame, choice: EquationChoice, equations: Mapping[str, Equation]
) -> pd.Series[float]:
    """Above-ground biomass of each tree had the alternative equation been chosen for all. [kg]

    Parameters
    ----------
    trees : DataFrame
        With ``agb_kg``, ``dead_factor``, ``wood_density_g_cm3``, ``pom``. [kg, 1, g cm⁻³]

    Returns
    -------
    Series of float
        A tree measured where the alternative does not hold keeps its own value.
    """
    other = equations[alternative_equation(choice)]
    dbh, density, height = (
        trees[column].to_numpy(dtype=np.float64) for column in ("dbh_cm", "wood_density_g_cm3", "height_m")
    )
    live = tree_biomass(other, dbh, density, height)
    holds = trees["pom"].isin(other.points_of_measurement)
    return (pd.Series(live, index=trees.index) * trees["dead_factor"]).where(holds, trees["agb_kg"])

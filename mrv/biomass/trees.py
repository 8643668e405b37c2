"""Biomass of every tree of a survey, with the equation, wood density and source behind each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mrv.biomass.allometry import outside_range, tree_biomass
from mrv.biomass.choices import (
    EquationChoice,
    StatedValue,
    dead_factor_of_tree,
    dead_findings,
    equation_findings,
    equation_of_tree,
    tree_findings,
    wood_density_findings,
    wood_density_of_tree,
)
from mrv.findings import Finding
from mrv.reference import Equation, WoodDensity


@dataclass(frozen=True)
class BiomassChoices:
    """Everything the project file decides about biomass.

    Attributes
    ----------
    agb : EquationChoice
    bgb : EquationChoice or float
        Equations, or a root:shoot ratio.
    dead_agb_factor : mapping
        Share of the above-ground biomass left, by decay class.
    dead_roots : bool
        Whether dead trees keep their below-ground biomass.
    wood_density : mapping
        Stated values by species. [g cm⁻³]
    """

    agb: EquationChoice
    bgb: EquationChoice | float
    dead_agb_factor: Mapping[str, float] = field(default_factory=dict)
    dead_roots: bool = False
    wood_density: Mapping[str, StatedValue] = field(default_factory=dict)


def choice_findings(choices: BiomassChoices, equations: Mapping[str, Equation]) -> list[Finding]:
    """Findings on the equations that the project file names."""
    findings = equation_findings(choices.agb, "agb", equations)
    if isinstance(choices.bgb, EquationChoice):
        findings += equation_findings(choices.bgb, "bgb", equations)
    return findings


def _stem_diameter(trees: pd.DataFrame, equation: Equation) -> pd.Series[float]:
    """Diameter that the equation takes: of the stem, or of the tree with all its stems together."""
    if equation.stems == "per_stem":
        return trees["dbh_cm"]
    tree = [trees["plot_id"], trees["tree_id"].where(trees["tree_id"].notna(), trees["source"])]
    return (trees["dbh_cm"] ** 2).groupby(tree).transform("sum") ** 0.5


def _share_of_tree(trees: pd.DataFrame, diameter: pd.Series[float]) -> pd.Series[float]:
    """Share of a stem in the basal area of its tree: 1 where the equation is for single stems."""
    return (trees["dbh_cm"] / diameter) ** 2


def _component(
    trees: pd.DataFrame, chosen: pd.Series[str], equations: Mapping[str, Equation]
) -> tuple[pd.Series[float], pd.Series[bool]]:
    """Biomass of each live stem by its equation, and whether it lies outside the equation's range. [kg]"""
    biomass = pd.Series(np.nan, index=trees.index, dtype="float64")
    outside = pd.Series(False, index=trees.index, dtype="bool")
    for name in sorted(chosen.unique()):
        equation = equations[name]
        group = trees[chosen == name]
        diameter = _stem_diameter(group, equation)
        dbh, density, height = (
            np.asarray(column, dtype=np.float64)
            for column in (diameter, group["wood_density_g_cm3"], group["height_m"])
        )
        biomass.loc[group.index] = tree_biomass(equation, dbh, density, height) * _share_of_tree(
            group, diameter
        )
        outside.loc[group.index] = outside_range(equation, dbh, height)
    return biomass, outside


def estimate_trees(
    trees: pd.DataFrame,
    choices: BiomassChoices,
    equations: Mapping[str, Equation],
    wood_densities: Mapping[str, WoodDensity],
) -> tuple[pd.DataFrame, list[Finding]]:
    """Biomass of each stem of a survey.

    Parameters
    ----------
    trees : DataFrame
        As read: ``plot_id``, ``tree_id``, ``species``, ``dbh_cm``, ``height_m``,
        ``wood_density_g_cm3``, ``status``, ``decay_class``, ``pom``, ``source``.
    choices : BiomassChoices
        Equations named there exist (see :func:`choice_findings`).
    equations, wood_densities : mapping

    Returns
    -------
    DataFrame
        The trees with ``wood_density_g_cm3``, ``wood_density_source``, ``agb_equation``,
        ``bgb_equation``, ``agb_outside_range``, ``bgb_outside_range``, ``dead_factor``, ``agb_kg``
        and ``bgb_kg``. [kg]
    list of Finding
        Every tree that lacks what its equation needs.
    """
    trees = trees.assign(**wood_density_of_tree(trees, choices.wood_density, wood_densities))
    agb_equation = equation_of_tree(trees, choices.agb, equations)
    findings = wood_density_findings(trees) + tree_findings(trees, agb_equation, "agb", equations)
    live_agb, agb_outside = _component(trees, agb_equation, equations)
    if isinstance(choices.bgb, EquationChoice):
        bgb_equation = equation_of_tree(trees, choices.bgb, equations)
        findings += tree_findings(trees, bgb_equation, "bgb", equations)
        live_bgb, bgb_outside = _component(trees, bgb_equation, equations)
    else:
        bgb_equation = pd.Series("root_shoot_ratio", index=trees.index, dtype="str")
        # A ratio extends the above-ground equation, and its range with it.
        live_bgb, bgb_outside = live_agb * choices.bgb, agb_outside
    factor = dead_factor_of_tree(trees, choices.dead_agb_factor)
    findings += dead_findings(trees, factor)
    excluded_roots = (trees["status"] == "dead") & (not choices.dead_roots)
    return (
        trees.assign(
            agb_equation=agb_equation,
            agb_outside_range=agb_outside,
            dead_factor=factor,
            agb_kg=live_agb * factor,
            bgb_equation=bgb_equation.mask(excluded_roots, "excluded (dead)"),
            bgb_outside_range=bgb_outside & ~excluded_roots,
            bgb_kg=live_bgb.mask(excluded_roots, 0.0),
        ),
        findings,
    )

"""Biomass of every tree of a survey, with the equation, wood density and source behind each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mrv.biomass.allometry import outside_range, tree_biomass
from mrv.biomass.choices import (
    UNCLASSIFIED,
    EquationChoice,
    StatedValue,
    dead_factor_of_tree,
    dead_findings,
    equation_findings,
    equation_of_tree,
    measured_at_base,
    tree_findings,
    wood_density_findings,
    wood_density_of_tree,
)
from mrv.biomass.dead_boles import Bole, bole_findings, bole_of_tree
from mrv.biomass.extrapolation import alternative_agb, beyond_range, extrapolation_log_sd, within_reach
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
    allowed_quarantined : mapping
        Reason by identifier of the quarantined equations that the project file lets in.
    boles : mapping
        What is left of a dead tree of a decay class that is a bole, by decay class.
    """

    agb: EquationChoice
    bgb: EquationChoice | float
    dead_agb_factor: Mapping[str, float] = field(default_factory=dict)
    dead_roots: bool = False
    wood_density: Mapping[str, StatedValue] = field(default_factory=dict)
    allowed_quarantined: Mapping[str, str] = field(default_factory=dict)
    boles: Mapping[str, Bole] = field(default_factory=dict)


def choice_findings(choices: BiomassChoices, equations: Mapping[str, Equation]) -> list[Finding]:
    """Findings on the equations that the project file names."""
    allowed = choices.allowed_quarantined
    findings = equation_findings(choices.agb, "agb", equations, allowed)
    if isinstance(choices.bgb, EquationChoice):
        findings += equation_findings(choices.bgb, "bgb", equations, allowed)
    return findings


def _stem_diameter(trees: pd.DataFrame, equation: Equation) -> pd.Series[float]:
    """Diameter that the equation takes: of the stem, or of the tree with all its stems together."""
    if equation.stems == "per_stem":
        at_base = measured_at_base(trees, equation)
        return trees["dbh_cm"].mask(at_base, trees["d0_cm"]) if at_base.any() else trees["dbh_cm"]
    tree = [trees["plot_id"], trees["tree_id"].where(trees["tree_id"].notna(), trees["source"])]
    return (trees["dbh_cm"] ** 2).groupby(tree).transform("sum") ** 0.5


def _share_of_tree(trees: pd.DataFrame, diameter: pd.Series[float]) -> pd.Series[float]:
    """Share of a stem in the basal area of its tree: 1 where the equation is for single stems."""
    return (trees["dbh_cm"] / diameter) ** 2


def biomass_by(equation: Equation, trees: pd.DataFrame) -> tuple[pd.Series[float], pd.Series[bool]]:
    """Biomass of live stems by one equation, whether or not the project uses it for them.

    Parameters
    ----------
    equation : Equation
    trees : DataFrame
        ``plot_id``, ``tree_id``, ``dbh_cm``, ``height_m``, ``wood_density_g_cm3``, ``source``.

    Returns
    -------
    Series of float
        A stem's share of its tree, where the equation is for whole trees. [kg]
    Series of bool
        Whether the stem lies outside the range of the equation.
    """
    diameter = _stem_diameter(trees, equation)
    dbh, density, height = (
        np.asarray(column, dtype=np.float64)
        for column in (diameter, trees["wood_density_g_cm3"], trees["height_m"])
    )
    biomass = tree_biomass(equation, dbh, density, height) * _share_of_tree(trees, diameter)
    return pd.Series(biomass, index=trees.index), pd.Series(
        outside_range(equation, dbh, height), index=trees.index
    )


def _component(
    trees: pd.DataFrame, chosen: pd.Series[str], equations: Mapping[str, Equation]
) -> tuple[pd.Series[float], pd.Series[bool]]:
    """Biomass of each live stem by its equation, and whether it lies outside the equation's range. [kg]"""
    biomass = pd.Series(np.nan, index=trees.index, dtype="float64")
    outside = pd.Series(False, index=trees.index, dtype="bool")
    for name in sorted(chosen.unique()):
        equation = equations[name]
        group = trees[chosen == name]
        biomass.loc[group.index], outside.loc[group.index] = biomass_by(equation, group)
    return biomass, outside


def _in_reach(
    trees: pd.DataFrame, choice: EquationChoice, equations: Mapping[str, Equation]
) -> tuple[pd.Series[str], pd.Series[str], pd.Series[bool]]:
    """Equation declared for each tree, the one used, and whether the tree is above the declared range."""
    declared = equation_of_tree(trees, choice, equations)
    _, above = beyond_range(trees, declared, equations)
    return declared, within_reach(trees, declared, above, choice, equations), above


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
        and ``bgb_kg``; with ``agb_declared_equation``, ``agb_extrapolated`` (beyond the range of that one),
        ``extrapolation_log_sd`` (error that this adds to ln(agb_kg)) and ``agb_alternative_kg``; with
        ``dead_class`` (decay class of a dead tree, empty for a live one) and ``bole`` (whether it is weighed
        as one). [kg]
    list of Finding
        Every tree that lacks what its equation needs.
    """
    trees = trees.assign(**wood_density_of_tree(trees, choices.wood_density, wood_densities))
    agb_declared, agb_equation, agb_above = _in_reach(trees, choices.agb, equations)
    findings = wood_density_findings(trees) + tree_findings(trees, agb_equation, "agb", equations)
    live_agb, agb_outside = _component(trees, agb_equation, equations)
    if isinstance(choices.bgb, EquationChoice):
        _, bgb_equation, _ = _in_reach(trees, choices.bgb, equations)
        findings += tree_findings(trees, bgb_equation, "bgb", equations)
        live_bgb, bgb_outside = _component(trees, bgb_equation, equations)
    else:
        bgb_equation = pd.Series("root_shoot_ratio", index=trees.index, dtype="str")
        # A ratio extends the above-ground equation, and its range with it.
        live_bgb, bgb_outside = live_agb * choices.bgb, agb_outside
    factor = dead_factor_of_tree(trees, choices.dead_agb_factor)
    bole_kg = bole_of_tree(trees, choices.boles)
    findings += bole_findings(trees, choices.boles, bole_kg)
    factor = factor.where(bole_kg.isna(), bole_kg / live_agb)
    findings += dead_findings(trees, factor.mask(trees["decay_class"].isin(list(choices.boles)), 1.0))
    excluded_roots = (trees["status"] == "dead") & (not choices.dead_roots)
    agb_kg = (live_agb * factor).where(bole_kg.isna(), bole_kg)
    spread = extrapolation_log_sd(trees, agb_declared, agb_above, equations)
    estimated = trees.assign(
        agb_declared_equation=agb_declared,
        agb_equation=agb_equation,
        agb_outside_range=agb_outside,
        agb_extrapolated=agb_outside | (agb_declared != agb_equation),
        extrapolation_log_sd=spread.where(bole_kg.isna(), 0.0),
        dead_class=trees["decay_class"].fillna(UNCLASSIFIED).where(trees["status"] == "dead", ""),
        bole=bole_kg.notna(),
        dead_factor=factor,
        agb_kg=agb_kg,
        bgb_equation=bgb_equation.mask(excluded_roots, "excluded (dead)"),
        bgb_outside_range=bgb_outside & ~excluded_roots,
        bgb_kg=live_bgb.mask(excluded_roots, 0.0),
    )
    other = alternative_agb(estimated, choices.agb, equations)
    return estimated.assign(agb_alternative_kg=other.where(bole_kg.isna(), bole_kg)), findings

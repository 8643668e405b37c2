"""From the trees of a plot to dry biomass per hectare."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mrv.biomass.extrapolation import MARKED_SHARE
from mrv.units import KG_PER_T, M2_PER_HA

POOLS = ("agb", "bgb", "dead_wood")
"""Live above-ground biomass, below-ground biomass, standing dead wood."""


@dataclass(frozen=True)
class SubplotArea:
    """Horizontal area in which the trees of one size class were measured, in all such subplots of a plot."""

    subplot_id: str
    area_m2: float


def expansion_factor(area_m2: float | pd.Series[float]) -> float | pd.Series[float]:
    """Trees per hectare that one tree stands for, ``10 000 / a``. [ha⁻¹]

    Parameters
    ----------
    area_m2 : float or Series
        Horizontal area of the plot or subplot in which the tree was eligible. [m²]
    """
    return M2_PER_HA / area_m2


def expand_trees(trees: pd.DataFrame, plots: pd.DataFrame, subplots: tuple[SubplotArea, ...]) -> pd.DataFrame:
    """Trees with the expansion factor of the subplot they were measured in.

    Parameters
    ----------
    trees : DataFrame
        Columns ``plot_id``, ``subplot_id``.
    plots : DataFrame
        Columns ``plot_id``, ``plot_area_m2`` (read where a plot has no subplots). [m²]
    subplots : tuple of SubplotArea
        Empty where every plot has an area of its own.

    Returns
    -------
    DataFrame
        The trees with ``expansion_factor_per_ha``. [ha⁻¹]
    """
    areas = (
        trees["subplot_id"].map({subplot.subplot_id: subplot.area_m2 for subplot in subplots})
        if subplots
        else trees["plot_id"].map(plots.set_index("plot_id")["plot_area_m2"])
    )
    return trees.assign(expansion_factor_per_ha=expansion_factor(areas.astype("float64")))


def _exact_sums(values: pd.Series[float], plot_ids: pd.Series[str], plots: pd.Series[str]) -> list[float]:
    """Exactly rounded sum per plot, so that the order of the trees is irrelevant; an empty plot sums to 0."""
    sums = {name: math.fsum(group) for name, group in values.groupby(plot_ids, sort=True)}
    return [sums.get(plot, math.fsum(())) for plot in plots]


def plot_table(trees: pd.DataFrame, plots: pd.DataFrame) -> pd.DataFrame:
    """Biomass per hectare of each plot.

    Parameters
    ----------
    trees : DataFrame
        Columns ``plot_id``, ``status``, ``dbh_cm``, ``agb_kg``, ``bgb_kg``, ``agb_outside_range``,
        ``expansion_factor_per_ha``. [cm, kg, ha⁻¹]
    plots : DataFrame
        One row per plot; a plot without trees is a measured zero, not a missing value.

    Returns
    -------
    DataFrame
        The plots with ``trees``, ``stems_per_ha``, ``basal_area_m2_ha``, ``agb_t_ha``, ``bgb_t_ha``,
        ``dead_wood_t_ha``, ``outside_range_share`` (of the plot's basal area) and
        ``extrapolation_marked`` (whether that is more than a tenth); with ``agb_alternative_t_ha``
        where the trees have ``agb_alternative_kg``.
    """
    per_ha = trees["expansion_factor_per_ha"]
    live = trees["status"] == "live"
    basal_area = math.pi / 4 * (trees["dbh_cm"] / 100) ** 2 * per_ha
    agb = trees["agb_kg"] * per_ha / KG_PER_T
    columns = {
        "stems_per_ha": per_ha[live],
        "basal_area_m2_ha": basal_area[live],
        "agb_t_ha": agb[live],
        "bgb_t_ha": trees["bgb_kg"] * per_ha / KG_PER_T,
        "dead_wood_t_ha": agb[~live],
        "outside": basal_area[trees.get("agb_extrapolated", trees["agb_outside_range"])],
        "all": basal_area,
    }
    if "agb_alternative_kg" in trees:
        columns["agb_alternative_t_ha"] = (trees["agb_alternative_kg"] * per_ha / KG_PER_T)[live]
    sums = {
        name: np.array(_exact_sums(values, trees["plot_id"], plots["plot_id"]))
        for name, values in columns.items()
    }
    outside, everything = sums.pop("outside"), sums.pop("all")
    share = np.divide(outside, everything, out=np.zeros_like(outside), where=everything > 0)
    counts = plots["plot_id"].map(trees["plot_id"].value_counts())
    return plots.assign(
        trees=counts.where(counts.notna(), 0).astype("int64"),
        **sums,
        outside_range_share=share,
        extrapolation_marked=share > MARKED_SHARE,
    )

"""Dead trees of which the bole alone remains: their mass from their own dimensions, not from an equation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mrv.biomass.dead_wood import bole_mass
from mrv.findings import Finding, first_place


@dataclass(frozen=True)
class Bole:
    """How a decay class of boles is weighed.

    Attributes
    ----------
    density_g_cm3 : float
        Of the dead wood. [g cm⁻³]
    """

    density_g_cm3: float


def bole_of_tree(trees: pd.DataFrame, boles: Mapping[str, Bole]) -> pd.Series[float]:
    """Mass of each dead bole; NaN for every other tree, and where a dimension was not measured. [kg]

    Parameters
    ----------
    trees : DataFrame
        Columns ``status``, ``decay_class``, ``dbh_cm``, ``d0_cm``, ``height_m``. [cm, cm, m]
    boles : mapping
        By decay class.
    """
    result = pd.Series(math.nan, index=trees.index, dtype="float64")
    for name, bole in sorted(boles.items()):
        group = trees[(trees["status"] == "dead") & (trees["decay_class"] == name)]
        base, dbh, height = (
            group[column].to_numpy(dtype=np.float64) for column in ("d0_cm", "dbh_cm", "height_m")
        )
        result.loc[group.index] = bole_mass(base, dbh, height, bole.density_g_cm3)
    return result


def bole_findings(trees: pd.DataFrame, boles: Mapping[str, Bole], mass_kg: pd.Series[float]) -> list[Finding]:
    """Findings on dead boles without the dimensions they are weighed by."""
    unknown = trees[(trees["status"] == "dead") & trees["decay_class"].isin(list(boles)) & mass_kg.isna()]
    return [
        Finding(
            first_place(group["source"]),
            "dead-bole-dimensions",
            "no basal diameter or no height for a dead bole of decay class {found} ({count} of {all} trees, "
            "this the first); measure d0_cm and height_m, or declare biomass.dead.agb_factor.{found} instead",
            {"count": len(group), "all": len(trees), "found": str(name)},
        )
        for name, group in unknown.groupby("decay_class", sort=True)
    ]

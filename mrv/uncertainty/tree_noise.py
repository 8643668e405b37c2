"""How much of the scatter between plots is chance at single trees: the tape, the crew, the tree itself.

These errors are independent from tree to tree, so they are in the scatter between plots already.
They are told as a share of the sampling variance and are added to nothing. Expectations are taken by
Gauss–Hermite quadrature, so that no draw is needed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.biomass.trees import biomass_by
from mrv.error_reference import diameter_standard_error, equation_errors, measurement_error
from mrv.reference import Equation
from mrv.units import KG_PER_T

Array = NDArray[np.float64]

NODES = 9
SMALLEST_DIAMETER_CM = 1e-3
"""A measured diameter is above zero, whatever the error. [cm]"""


class TreeMoments(NamedTuple):
    """Mean and variance of the carbon that each tree adds to its stratum's mean, and its residual part.

    Attributes
    ----------
    mean, variance : ndarray, shape (n,)
        [t_c/ha], and its square.
    residual_standard_deviation : ndarray, shape (n,)
        Of the logarithm; 0 where none is published.
    """

    mean: Array
    variance: Array
    residual_standard_deviation: Array


def _diameters(dbh: Array) -> list[tuple[float, Array]]:
    """Diameters that could have been read, each with its probability: careful ones and gross errors."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    gross = measurement_error("diameter_gross_share")
    spreads = ((1 - gross, diameter_standard_error(dbh)), (gross, measurement_error("diameter_gross_error")))
    return [
        (share * weight / math.sqrt(2 * math.pi), np.maximum(dbh + node * spread, SMALLEST_DIAMETER_CM))
        for share, spread in spreads
        for node, weight in zip(nodes, weights, strict=True)
    ]


def _residuals(trees: pd.DataFrame, equations: Mapping[str, Equation]) -> Array:
    """Spread of the log biomass of a tree around its equation, with that of its height where it enters."""
    known = equation_errors()
    squares = {}
    for name in trees["agb_equation"].unique():
        error = known.get(name)
        residual = error.residual_standard_deviation if error else math.nan
        squares[name] = 0.0 if math.isnan(residual) else residual**2
        if equations[name].needs_height:
            squares[name] += measurement_error("height_relative_error") ** 2
    spread: Array = np.sqrt(trees["agb_equation"].map(squares).to_numpy(dtype=np.float64))
    return spread


def tree_moments(
    trees: pd.DataFrame,
    equations: Mapping[str, Equation],
    carbon_fraction: Mapping[str, float],
    weight: Array,
) -> TreeMoments:
    """Mean and variance of each tree's part in the mean of its stratum.

    Parameters
    ----------
    trees : DataFrame
        As the stand's; live or dead, in the sink or not: what is not in the sink has a weight of zero.
    equations : mapping
    carbon_fraction : mapping
        By pool. [t_c/t_dm]
    weight : ndarray, shape (n,)
        Weight of the tree's plot in the mean.
    """
    scale = weight * trees["expansion_factor_per_ha"].to_numpy(dtype=np.float64) / KG_PER_T
    first, second = np.zeros(len(trees)), np.zeros(len(trees))
    for probability, dbh in _diameters(trees["dbh_cm"].to_numpy(dtype=np.float64)):
        carbon = _carbon(trees, trees.assign(dbh_cm=dbh), equations, carbon_fraction)
        first += probability * carbon
        second += probability * carbon**2
    residual = _residuals(trees, equations)
    mean = scale * first
    variance = scale**2 * (second * np.exp(residual**2) - first**2)
    return TreeMoments(mean, variance, residual)


def _carbon(
    trees: pd.DataFrame,
    measured: pd.DataFrame,
    equations: Mapping[str, Equation],
    carbon_fraction: Mapping[str, float],
) -> Array:
    """Carbon of each tree in the sink with other diameters; none of boles, which no equation weighs. [kg]"""
    live = (trees["status"] == "live").to_numpy()
    dead = ~live & ~trees["bole"].to_numpy(dtype=np.bool_)
    carbon = np.zeros(len(trees))
    above = np.zeros(len(trees))
    for pool in ("agb", "bgb"):
        share = carbon_fraction.get(pool, 0.0)
        names = trees[f"{pool}_equation"].to_numpy()
        biomass = np.zeros(len(trees))
        for name in np.unique(names.astype(str)):
            chosen = names == name
            if name in equations:
                biomass[chosen] = biomass_by(equations[name], measured[chosen])[0]
            elif (trees.loc[chosen, f"{pool}_kg"] > 0).any():
                ratio = trees.loc[chosen, "bgb_kg"] / trees.loc[chosen, "agb_kg"]
                biomass[chosen] = above[chosen] * ratio.to_numpy()
        if pool == "agb":
            above = biomass * trees["dead_factor"].to_numpy(dtype=np.float64)
            carbon += above * (share * live + carbon_fraction.get("dead_wood", 0.0) * dead)
        else:
            carbon += share * biomass * (trees["bgb_kg"] > 0).to_numpy()
    return carbon


def noise_variance(moments: Sequence[TreeMoments], same_tree: tuple[Array, Array] | None = None) -> float:
    """Variance of a mean, or of a change of means, from chance at single trees. [(t_c/ha)²]

    Parameters
    ----------
    moments : one or two TreeMoments
    same_tree : pair of ndarray of int, optional
        Positions of the trees measured twice, in the first and in the second survey; part of their
        residual stays with them and cancels.
    """
    total = math.fsum(math.fsum(each.variance) for each in moments)
    if same_tree is None:
        return total
    first, second = (each for each in moments)
    a, b = same_tree
    spread = first.residual_standard_deviation[a] * second.residual_standard_deviation[b]
    stays = np.expm1(measurement_error("residual_persistence") * spread)
    return total - 2 * math.fsum(first.mean[a] * second.mean[b] * stays)

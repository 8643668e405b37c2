"""Pools on the ground: downed wood along lines; litter, understory and pneumatophores on quadrats.

Each is a sum of parts that one factor scales for all plots: the density of a class of wood, a dry:fresh
ratio, the mean mass of an individual. All are estimated and reported. Downed wood and litter are in the sink
only where the project file says so: litter goes with the tide, and what does not stay is no growth of a
stock.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from mrv.biomass.downed_lines import downed_of_plots, line_mass
from mrv.biomass.quadrats import T_HA_PER_G_M2, amount_of_plots
from mrv.inputs.stated_values import Stated

if TYPE_CHECKING:
    from mrv.inputs import Survey
    from mrv.inputs.downed_tables import DownedLines
    from mrv.inputs.quadrat_tables import QuadratPool

GROUND_POOLS = ("downed_wood", "litter", "understory", "pneumatophores")

EXACT = Stated(1.0, 0.0)
"""Factor of what was weighed dry."""


@dataclass(frozen=True)
class GroundPool:
    """A pool of one survey.

    Attributes
    ----------
    pool : str
    parts : DataFrame
        Indexed by plot, a column for each part; NaN where the plot was not looked at. [t_dm/ha]
    factors : mapping of part to Stated
        What scales the part: a density, a ratio, a mean mass; its error is shared by all plots.
    carbon_fraction : Stated or None
        [t_c/t_dm]
    """

    pool: str
    parts: pd.DataFrame
    factors: Mapping[str, Stated]
    carbon_fraction: Stated | None

    @property
    def t_ha(self) -> pd.Series[float]:
        """Dry mass of each plot; NaN where it was not looked at. [t_dm/ha]"""
        sums = [math.fsum(row) for row in self.parts.to_numpy(dtype="float64")]
        return pd.Series(sums, index=self.parts.index, dtype="float64")

    @property
    def without_error(self) -> list[str]:
        """Keys of the pool, from its name on, for which no standard error is stated."""
        keys = [
            f"{self.pool}.{name}" for name, factor in self.factors.items() if factor.standard_error is None
        ]
        if self.carbon_fraction is not None and self.carbon_fraction.standard_error is None:
            keys.append(f"{self.pool}.carbon_fraction")
        return keys


def _downed(downed: DownedLines, plots: pd.Series[str]) -> GroundPool:
    parts = {}
    factors = {}
    for name, entry in sorted(downed.classes.items()):
        of_class = downed.squares[downed.squares["piece_class"] == name]
        part = f"classes.{name}.density_g_cm3"
        parts[part] = downed_of_plots(line_mass(downed.lines, of_class, downed.classes), plots)
        factors[part] = Stated(entry.density_g_cm3, entry.density_standard_error_g_cm3)
    table = pd.DataFrame({name: values.to_numpy() for name, values in parts.items()}, index=pd.Index(plots))
    return GroundPool("downed_wood", table, factors, downed.carbon_fraction)


def _quadrats(pool: str, taken: QuadratPool, plots: pd.Series[str]) -> GroundPool:
    parts = {}
    factors = {}
    for column, part, factor in (
        ("dry_mass_g", "dry_mass_g", EXACT),
        ("fresh_mass_g", "dry_fresh_ratio", taken.dry_fresh_ratio),
        ("individuals", "individual_mass", taken.individual_mass),
    ):
        if factor is None or (part != "dry_mass_g" and taken.quadrats[column].isna().all()):
            continue
        values = amount_of_plots(taken.quadrats, column, plots) * (factor.value * T_HA_PER_G_M2)
        # A plot that was searched in vain is a measured zero, as its declaration says.
        parts[part] = values.mask(plots.isin(list(taken.none_found)), 0.0)
        factors[part] = factor
    table = pd.DataFrame({name: values.to_numpy() for name, values in parts.items()}, index=pd.Index(plots))
    return GroundPool(pool, table, factors, taken.carbon_fraction)


def ground_pools(survey: Survey) -> dict[str, GroundPool]:
    """Pools on the ground that a survey took, by name."""
    plots = survey.plots["plot_id"].astype("str")
    found = {pool: _quadrats(pool, taken, plots) for pool, taken in survey.quadrats.items()}
    if survey.downed_wood is not None:
        found["downed_wood"] = _downed(survey.downed_wood, plots)
    return {pool: found[pool] for pool in GROUND_POOLS if pool in found}


def with_ground_pools(plots: pd.DataFrame, pools: Mapping[str, GroundPool]) -> pd.DataFrame:
    """Plots with a column for every pool on the ground; NaN where it was not looked at. [t_dm/ha]"""
    return plots.assign(
        **{
            f"{pool}_t_ha": plots["plot_id"].astype("str").map(pools[pool].t_ha)
            if pool in pools
            else pd.Series(math.nan, index=plots.index, dtype="float64")
            for pool in GROUND_POOLS
        }
    )


def errors_not_stated(
    surveys: Iterable[Mapping[str, GroundPool]], in_sink: Collection[str] = ()
) -> list[str]:
    """Keys of these pools, in all surveys, for which no standard error is stated; each once.

    The carbon fraction of a pool in the sink is told with those of the trees.
    """
    with_trees = {f"{pool}.carbon_fraction" for pool in in_sink}
    keys = {key for pools in surveys for taken in pools.values() for key in taken.without_error}
    return sorted(keys - with_trees)

"""What happened to the stems between two censuses of the same plots: they grew, came, or died.

A stem is known again by its tag. Growth of survivors plus ingrowth less mortality is the difference of
the two stocks, plot by plot, so that a sink can be read by its causes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from mrv.units import KG_PER_T

TOTAL = "total"
"""Pool that sums the pools in the sink."""

COMPONENTS = ("survivor_growth", "ingrowth", "mortality")
"""Parts of a change of stock; the last one is subtracted."""

TREE_POOLS = ("agb", "bgb")
"""Pools of the sink that are made of tagged stems."""

KEY = ["plot_id", "tag"]

FATES = ("survived", "came", "died", "dead")
"""Live at both dates; live at the second only; live at the first only; live at neither."""


def _text(values: pd.Series[str]) -> pd.Series[str]:
    return values.astype("object").where(values.notna(), "").astype("str")


def with_tags(trees: pd.DataFrame) -> pd.DataFrame:
    """Trees with ``tag``, the name of a stem in its plot; a row without a number has a tag of its own.

    Parameters
    ----------
    trees : DataFrame
        Columns ``plot_id``, ``tree_id``, ``stem_id``, ``subplot_id``, ``source``.

    Returns
    -------
    DataFrame
        Tree and stem make the tag; where a plot has the same numbers in several subplots, the subplot too.
    """
    tag = _text(trees["tree_id"]) + "/" + _text(trees["stem_id"])
    twice = pd.DataFrame({"plot_id": trees["plot_id"], "tag": tag}).duplicated(keep=False)
    tag = tag.mask(twice, tag + "/" + _text(trees["subplot_id"]))
    return trees.assign(tag=tag.mask(trees["tree_id"].isna(), "(" + trees["source"] + ")"))


def match_stems(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Stems of two censuses, one row each, with what happened to them.

    Parameters
    ----------
    first, second : DataFrame
        Stems of the same plots: ``plot_id``, ``tag`` (once in a plot), ``status`` and whatever else is
        wanted of either date.

    Returns
    -------
    DataFrame
        ``plot_id``, ``tag``, ``fate`` (see :data:`FATES`), ``in_first``, ``in_second``, and every other
        column twice, with ``_first`` and ``_second``; missing where the stem was not recorded.
    """
    stems = first.merge(second, on=KEY, how="outer", suffixes=("_first", "_second"), indicator="recorded")
    lived, lives = stems["status_first"] == "live", stems["status_second"] == "live"
    fate = pd.Series("dead", index=stems.index, dtype="str")
    fate = fate.mask(lived & lives, "survived").mask(~lived & lives, "came").mask(lived & ~lives, "died")
    stems = stems.assign(
        fate=fate, in_first=stems["recorded"] != "right_only", in_second=stems["recorded"] != "left_only"
    )
    return stems.drop(columns="recorded").sort_values(KEY, kind="stable", ignore_index=True)


def _at_either_date(stems: pd.DataFrame, column: str) -> tuple[pd.Series[float], pd.Series[float]]:
    """Column at both dates; a stem that was not there holds no biomass and stands for no others."""
    first = stems[f"{column}_first"].astype("float64").where(stems["in_first"], 0.0)
    second = stems[f"{column}_second"].astype("float64").where(stems["in_second"], 0.0)
    return first, second


def _stem_components(stems: pd.DataFrame, column: str) -> dict[str, pd.Series[float]]:
    mass_first, mass_second = _at_either_date(stems, column)
    factor_first, factor_second = _at_either_date(stems, "expansion_factor_per_ha")
    survived, came = stems["fate"] == "survived", stems["fate"] == "came"
    regrouped = (factor_second - factor_first) * mass_second
    change = factor_second * mass_second - factor_first * mass_first
    return {
        "survivor_growth": (factor_first * (mass_second - mass_first)).where(survived, 0.0),
        "ingrowth": regrouped.where(survived, 0.0) + change.where(came, 0.0),
        "mortality": (-change).where(~survived & ~came, 0.0),
    }


def components_of_change(first: pd.DataFrame, second: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    r"""Growth of survivors, ingrowth and mortality of each plot.

    Parameters
    ----------
    first, second : DataFrame
        Stems of the same plots at either date: ``plot_id``, ``tag``, ``status``,
        ``expansion_factor_per_ha`` and the columns. [ha⁻¹]
    columns : sequence of str
        Mass of the stem in a pool, zero where the pool does not count it. [kg]

    Returns
    -------
    DataFrame
        ``plot_id``, ``component`` and the columns, per hectare. [kg/ha]

    Notes
    -----
    With mass :math:`b` and expansion factor :math:`k` at either date,

    .. math:: G = \sum_{surv} k_1 (b_2 - b_1), \quad
       I = \sum_{new} k_2 b_2 + \sum_{surv} (k_2 - k_1) b_2, \quad
       M = \sum_{rest} (k_1 b_1 - k_2 b_2)

    and :math:`G + I - M = \sum k_2 b_2 - \sum k_1 b_1` by term. The second term of ingrowth is zero
    unless a stem has grown into another subplot. There, stems of its size are counted for the first time
    outside the smaller subplot, too: together the two terms estimate what truly came, and neither alone does.
    In a single plot their sum may be negative.

    References
    ----------
    .. [1] Van Deusen, Dell and Thomas (1986), Volume growth estimation from permanent horizontal points,
       Forest Science 32, 415–422, for the same estimators on point samples.
    """
    stems = match_stems(first, second)
    plot = stems["plot_id"]
    sums = {
        column: {
            (name, component): math.fsum(group)
            for component, values in _stem_components(stems, column).items()
            for name, group in values.groupby(plot, sort=True)
        }
        for column in columns
    }
    table = pd.DataFrame(sums).rename_axis(["plot_id", "component"])
    return table.sort_index().reset_index()


def pool_masses(trees: pd.DataFrame) -> pd.DataFrame:
    """Stems with their mass in the pools of the sink, ``agb`` and ``bgb``. [kg]

    Above ground only live stems count; below ground what the project file decides about dead trees is in
    ``bgb_kg`` already.
    """
    live = trees["status"] == "live"
    return trees.assign(agb=trees["agb_kg"].where(live, 0.0), bgb=trees["bgb_kg"])


def growth_table(
    first: pd.DataFrame,
    second: pd.DataFrame,
    plots: Sequence[str],
    carbon_fraction: Mapping[str, float],
    years: float,
) -> pd.DataFrame:
    """Components of change of each plot and pool, in dry matter and in carbon.

    Parameters
    ----------
    first, second : DataFrame
        Stems with ``tag``, ``agb_kg``, ``bgb_kg``, ``status`` and ``expansion_factor_per_ha``.
    plots : sequence of str
        Plots measured at both dates; one without stems has zeros.
    carbon_fraction : mapping
        Of both pools. [t_c/t_dm]
    years : float
        Between the dates. [yr]

    Returns
    -------
    DataFrame
        ``plot_id``, ``pool`` (``agb``, ``bgb`` and their ``total``), and of each component the columns
        ``…_t_dm_ha``, ``…_t_c_ha``, ``…_t_c_ha_yr``; then the same of ``net_growth``, their balance.
    """
    pools = list(TREE_POOLS)
    parts = components_of_change(pool_masses(first), pool_masses(second), pools)
    index = pd.MultiIndex.from_product([sorted(plots), COMPONENTS], names=["plot_id", "component"])
    dry = parts.set_index(["plot_id", "component"]).reindex(index, fill_value=0.0)[pools] / KG_PER_T
    carbon = dry * pd.Series({pool: carbon_fraction[pool] for pool in pools})
    per_pool = []
    for pool in (*pools, TOTAL):
        columns: dict[str, pd.Series[float]] = {}
        for unit, table, divisor in (
            ("t_dm_ha", dry, 1.0),
            ("t_c_ha", carbon, 1.0),
            ("t_c_ha_yr", carbon, years),
        ):
            values = (table.sum(axis=1) if pool == TOTAL else table[pool]) / divisor
            growth, ingrowth, mortality = (values.xs(name, level="component") for name in COMPONENTS)
            columns[f"survivor_growth_{unit}"] = growth
            columns[f"ingrowth_{unit}"] = ingrowth
            columns[f"mortality_{unit}"] = mortality
            columns[f"net_growth_{unit}"] = growth + ingrowth - mortality
        per_pool.append(pd.DataFrame(columns).reset_index().assign(pool=pool))
    whole = pd.concat(per_pool, ignore_index=True)
    numbers = [name for name in whole.columns if name not in ("plot_id", "pool")]
    return whole[["plot_id", "pool", *numbers]].sort_values(["plot_id", "pool"], ignore_index=True)


def fates_of_plots(stems: pd.DataFrame, plots: Sequence[str]) -> pd.DataFrame:
    """Number of stems of each plot that survived, came and died.

    Returns
    -------
    DataFrame
        ``plot_id``, ``survivors``, ``recruits``, ``deaths``.
    """
    counts = pd.crosstab(stems["plot_id"], stems["fate"])
    counts = counts.reindex(index=sorted(plots), columns=["survived", "came", "died"], fill_value=0)
    counts.columns = pd.Index(["survivors", "recruits", "deaths"])
    return counts.rename_axis("plot_id").reset_index()


def annual_mortality(stems: pd.DataFrame, years: float) -> float:
    """Share of the live stems per hectare that die in a year, ``1 − (N_s / N_1)^(1/y)``. [1/yr]

    References
    ----------
    .. [1] Sheil, Burslem and Alder (1995), The interpretation and misinterpretation of mortality rate
       measures, Journal of Ecology 83, 331–333.
    """
    factors = stems["expansion_factor_per_ha_first"]
    lived = stems["fate"].isin(["survived", "died"])
    return float(1 - (factors[stems["fate"] == "survived"].sum() / factors[lived].sum()) ** (1 / years))


def annual_ingrowth(stems: pd.DataFrame, years: float) -> float:
    """Rate at which stems per hectare come to those that survive, ``(N_2 / N_s)^(1/y) − 1``. [1/yr]"""
    survived = stems["fate"] == "survived"
    now = stems.loc[survived | (stems["fate"] == "came"), "expansion_factor_per_ha_second"].sum()
    return float((now / stems.loc[survived, "expansion_factor_per_ha_first"].sum()) ** (1 / years) - 1)

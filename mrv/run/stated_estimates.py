"""Biomass and carbon that a publication states: means of plots, reported with their source, not credited."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from mrv.run.figures import stock_figures
from mrv.run.results import Figure, StatedRecord
from mrv.stock.by_design import SampleDesign
from mrv.stock.stocks import StockEstimate, estimate_stocks

if TYPE_CHECKING:
    from mrv.inputs import Inputs, Survey

STATED: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "agb_t_ha": ("stated_biomass_density", "agb", "t_dm/ha"),
        "bgb_t_ha": ("stated_biomass_density", "bgb", "t_dm/ha"),
        "agb_t_c_ha": ("stated_carbon_density", "agb", "t_c/ha"),
        "bgb_t_c_ha": ("stated_carbon_density", "bgb", "t_c/ha"),
    }
)
"""Quantity, pool and unit of each column."""

QUANTITIES = frozenset(quantity for quantity, _, _ in STATED.values())


def stated_table(inputs: Inputs) -> pd.DataFrame:
    """Stated values of all plots, with date and stratum; without rows where nothing is stated."""
    parts = [
        survey.plots[["plot_id", "stratum_id", "cluster_id", "plots_in_cluster"]]
        .merge(survey.stated.table, on="plot_id", how="inner")
        .assign(date=survey.date)
        for survey in inputs.surveys
        if survey.stated is not None
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def stated_design(survey: Survey) -> SampleDesign:
    """Design of a survey, with the area of its plots where they are alike."""
    areas = survey.plots["plot_area_m2"]
    common = float(areas.iloc[0]) if len(areas) and (areas == areas.iloc[0]).all() else float("nan")
    clusters = survey.design.clusters_in_stratum
    return SampleDesign(survey.design.kind, common, dict(clusters) if clusters else {})


def stated_stocks(
    inputs: Inputs, areas_ha: Mapping[str, float], without: frozenset[str] = frozenset()
) -> list[tuple[str, StockEstimate]]:
    """Quantity and mean of each column by stratum and date, and of the project where areas are known.

    Parameters
    ----------
    inputs : Inputs
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    without : frozenset of str
        Places of rows that are left out, of the table of plots or of the stated values.
    """
    table = stated_table(inputs)
    stocks: list[tuple[str, StockEstimate]] = []
    for survey in inputs.surveys:
        if survey.stated is None:
            continue
        left = set(survey.plots.loc[survey.plots["source"].isin(without), "plot_id"])
        own = table[
            table["date"].eq(survey.date) & ~table["plot_id"].isin(left) & ~table["source"].isin(without)
        ]
        for column, (quantity, pool, unit) in STATED.items():
            known = own[own[column].notna()]
            if known.empty:
                continue
            found = estimate_stocks(
                known, stated_design(survey), areas_ha, survey.date, {pool: (column, unit)}
            )
            sampled = {stock.stratum_id for stock in found}
            whole = set(areas_ha) <= sampled
            stocks += [(quantity, stock) for stock in found if stock.stratum_id is not None or whole]
    return stocks


def stated_figures(inputs: Inputs, areas_ha: Mapping[str, float], level: float) -> list[Figure]:
    """Figures of the means of stated values."""
    stocks = stated_stocks(inputs, areas_ha)
    return [
        figure
        for quantity in sorted(QUANTITIES)
        for figure in stock_figures(quantity, [stock for name, stock in stocks if name == quantity], level)
    ]


def stated_records(inputs: Inputs) -> list[StatedRecord]:
    """Which publication states the values of a survey."""
    return [
        StatedRecord(
            date=survey.date,
            publication=survey.stated.publication,
            columns=[name for name in STATED if survey.stated.table[name].notna().any()],
        )
        for survey in inputs.surveys
        if survey.stated is not None
    ]


def stated_pools(inputs: Inputs) -> list[str]:
    """Pools of which something is stated."""
    return sorted({STATED[name][1] for record in stated_records(inputs) for name in record.columns})

"""From quadrats to the mass of litter, understory or pneumatophores of each plot."""

from __future__ import annotations

import math

import pandas as pd

from mrv.units import KG_PER_T, M2_PER_HA, conversion_factor

T_HA_PER_G_M2 = conversion_factor("g", "kg") / KG_PER_T * M2_PER_HA
"""Tonnes per hectare that a gram per square metre makes. [t/ha per g/m²]"""


def amount_of_plots(quadrats: pd.DataFrame, column: str, plots: pd.Series[str]) -> pd.Series[float]:
    """Amount per m² over all quadrats of each plot; NaN for a plot without a quadrat. [1/m² of the column]

    Parameters
    ----------
    quadrats : DataFrame
        ``plot_id``, ``quadrat_area_m2`` and the column; a quadrat whose amount stands in another column
        has none in this one, and its area counts all the same.
    column : str
    plots : Series of str
    """
    densities = {
        name: math.fsum(group[column].dropna()) / math.fsum(group["quadrat_area_m2"])
        for name, group in quadrats.groupby("plot_id", sort=True)
    }
    return plots.map(densities).astype("float64")

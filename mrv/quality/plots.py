"""Plots whose basal area, biomass or number of stems no stand has, and changes that no stand makes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.plausibility import judge, limits
from mrv.quality.suspects import (
    LIMIT_RULES,
    Suspect,
    beyond_limit,
    earliest,
    file_of,
    places,
    range_text,
    row_list,
)

PlotCheck = Callable[[pd.DataFrame], Iterator[Suspect]]


def _judged(plots: pd.DataFrame, quantity: str, values: pd.Series[float]) -> Iterator[Suspect]:
    """An error for each plot beyond the hard limit, a note for all those of a file beyond the soft one."""
    judged = values.map(lambda value: judge(quantity, value))
    for number in plots.index[judged.eq("fail")]:
        row = plots.loc[number]
        name = Phrase("plot {plot} of {date}", plot=row["plot_id"], date=row["date"])
        yield Suspect(
            beyond_limit(str(row["source"]), quantity, name, float(values[number]), "fail"),
            "plots",
            (str(row["source"]),),
        )
    rule = LIMIT_RULES[quantity][0]
    files = plots["source"].astype(str).map(file_of)
    for _, rows in plots[judged.eq("warn")].groupby(files, sort=True):
        own = values[rows.index]
        worst = rows.loc[own.abs().sort_values(kind="stable").index[-1]]
        yield Suspect(
            Finding(
                str(worst["source"]),
                rule,
                "{quantity} of plot {plot} on {date} is {value}; usual is {range} ({count} plots, {rows})",
                {
                    "quantity": quantity,
                    "plot": worst["plot_id"],
                    "date": worst["date"],
                    "value": f"{values[worst.name]:.4g}",
                    "range": range_text(limits()[quantity], hard=False),
                    "count": len(rows),
                    "rows": row_list(rows["source"]),
                },
                severity="note",
            ),
            "plots",
            places(rows),
        )


def basal_area(plots: pd.DataFrame) -> Iterator[Suspect]:
    """Basal area of live stems."""
    yield from _judged(plots, "basal_area_m2_ha", plots["basal_area_m2_ha"])


def biomass(plots: pd.DataFrame) -> Iterator[Suspect]:
    """Above-ground biomass of live stems."""
    yield from _judged(plots, "agb_t_ha", plots["agb_t_ha"])


def stem_density(plots: pd.DataFrame) -> Iterator[Suspect]:
    """Live stems per hectare."""
    yield from _judged(plots, "stems_per_ha", plots["stems_per_ha"])


def root_share(plots: pd.DataFrame) -> Iterator[Suspect]:
    """Below-ground over above-ground biomass of a stratum: what its equations give, not what a plot has."""
    for (stratum, date), rows in plots.groupby(["stratum_id", "date"], sort=True):
        above, below = math.fsum(rows["agb_t_ha"]), math.fsum(rows["bgb_t_ha"])
        judgement = judge("bgb_agb_ratio", below / above) if above > 0 else "ok"
        if judgement != "ok":
            name = Phrase("stratum {stratum} on {date}", stratum=stratum, date=date)
            yield Suspect(
                beyond_limit(earliest(rows), "bgb_agb_ratio", name, below / above, judgement),
                "strata",
                (str(stratum),),
            )


PLOT_CHECKS: tuple[PlotCheck, ...] = (basal_area, biomass, stem_density, root_share)
"""Rules on the plots of one survey: ``plot_id``, ``stratum_id``, ``source``, ``date``, ``basal_area_m2_ha``,
``agb_t_ha``, ``bgb_t_ha``, ``stems_per_ha``."""


def biomass_change(first: pd.DataFrame, second: pd.DataFrame, years: float) -> Iterator[Suspect]:
    """Change of the above-ground biomass of plots that were measured at both dates.

    Parameters
    ----------
    first, second : DataFrame
        ``plot_id``, ``source``, ``date``, ``agb_t_ha``. [t_dm/ha]
    years : float
        Between the dates. [yr]
    """
    both = second.merge(first[["plot_id", "agb_t_ha"]], on="plot_id", suffixes=("", "_first"))
    yield from _judged(both, "agb_change_t_ha_yr", (both["agb_t_ha"] - both["agb_t_ha_first"]) / years)


LEAST_DRY_MASS_PER_CARBON = 100 / 50
"""Dry mass per carbon of the richest organic matter: no more than half of it is carbon. [t_dm/t_c]"""


def stated_biomass(stated: pd.DataFrame) -> Iterator[Suspect]:
    """Above-ground biomass that a publication states, or the least that its carbon means.

    Parameters
    ----------
    stated : DataFrame
        ``plot_id``, ``date``, ``agb_t_ha`` [t_dm/ha], ``agb_t_c_ha`` [t_c/ha], ``source``; without columns
        where nothing is stated.
    """
    if stated.empty:
        return
    least = stated["agb_t_c_ha"] * LEAST_DRY_MASS_PER_CARBON
    yield from _judged(stated, "agb_t_ha", stated["agb_t_ha"].where(stated["agb_t_ha"].notna(), least))

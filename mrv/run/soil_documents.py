"""Soil in the documents and tables of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from mrv.run.figures import NO_INTERVAL, figure_of, finite, index_of
from mrv.run.results import Figure
from mrv.run.soil_figure import SoilFigure
from mrv.run.total_figures import with_total

if TYPE_CHECKING:
    from mrv.inputs import Inputs
    from mrv.run.soil_budget import SoilBudget
    from mrv.run.soil_estimates import SoilEstimates

ONE_UNIT = "no interval: one replicate alone"
NOTHING_SAMPLED = "no interval from sampling: the project or a default states the value"

IMPOSSIBLE_SHARE = "the share would lie outside 0–1"

TOTALS: Mapping[str, tuple[str, str]] = {
    "soil_carbon_density": ("soil_carbon_stock", "t_c"),
    "soil_carbon_change": ("soil_carbon_stock_change", "t_c"),
    "soil_carbon_sink": ("soil_carbon_sink_total", "t_co2e/yr"),
    "soil_allochthonous_deduction": ("soil_allochthonous_deduction_total", "t_co2e/yr"),
    "soil_carbon_sink_net": ("soil_carbon_sink_net_total", "t_co2e/yr"),
    "soil_methane_emission": ("soil_methane_emission_total", "t_co2e/yr"),
    "soil_nitrous_oxide_emission": ("soil_nitrous_oxide_emission_total", "t_co2e/yr"),
}
"""Quantity per hectare: quantity and unit of what it makes over the whole area."""

CORE_COLUMNS = [
    "date",
    "stratum_id",
    "plot_id",
    "core_id",
    "depth",
    "depth_cm",
    "reached_cm",
    "core_depth_cm",
    "refusal",
    "compaction_fraction",
    "sections",
    "sampled_share",
    "complete",
    "stock_t_c_ha",
    "rule",
    "rule_difference_t_c_ha",
    "extrapolated_t_c_ha",
    "extrapolated_standard_error_t_c_ha",
    "carbon_method",
    "source",
]
SECTION_COLUMNS = [
    "date",
    "stratum_id",
    "plot_id",
    "core_id",
    "top_cm",
    "bottom_cm",
    "bulk_density_g_cm3",
    "carbon_fraction",
    "carbon_method",
    "carbon_density_g_cm3",
    "source",
]
STATION_COLUMNS = [
    "stratum_id",
    "station_id",
    "years",
    "accretion_mm_yr",
    "elevation_change_mm_yr",
    "mass_accumulation_g_cm2_yr",
    "organic_carbon_fraction",
    "accumulation_t_c_ha_yr",
    "standard_error_t_c_ha_yr",
    "source",
]


def has_soil(inputs: Inputs) -> bool:
    """Whether a project has cores, stations, dated cores or a balance of its soil."""
    return (
        inputs.soil_stations is not None
        or inputs.project.soil_balance is not None
        or any(survey.soil is not None for survey in inputs.surveys)
    )


def _why(figure: SoilFigure) -> str:
    """Why a figure has no interval from sampling."""
    if figure.sample == "none":
        return NOTHING_SAMPLED
    return NO_INTERVAL if figure.stock.estimate.method.startswith("purposive") else ONE_UNIT


def _document(
    figure: SoilFigure, level: float, budget: SoilBudget | None, whole_area_ha: float | None = None
) -> Figure:
    """Figure per hectare or, with an area, of the whole of it."""
    stock, estimate = figure.stock, figure.stock.estimate
    quantity, unit = figure.quantity, stock.unit
    if whole_area_ha is not None:
        quantity, unit = TOTALS[figure.quantity]
        estimate = estimate.times(whole_area_ha)
    document = figure_of(quantity, unit, index_of(stock.stratum_id, **figure.index), estimate, level)
    changes: dict[str, object] = {}
    if document.because == NO_INTERVAL:
        changes["because"] = _why(figure)
    if figure.sample == "none":
        changes["units"] = None
    document = document.model_copy(update=changes)
    total = budget.total(figure, level, whole_area=whole_area_ha is not None) if budget else None
    return with_total(document, total, level)


def soil_figures(
    soil: SoilEstimates, areas_ha: Mapping[str, float], level: float, budget: SoilBudget | None
) -> list[Figure]:
    """Figures of soil per hectare, and over whole areas where these are known.

    Parameters
    ----------
    soil : SoilEstimates
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    level : float
        Confidence level.
    budget : SoilBudget or None
        What the total intervals are drawn from.
    """
    figures = _sensitivity(soil)
    for entry in soil.figures:
        figures.append(_document(entry, level, budget))
        name = entry.stock.stratum_id
        area = math.fsum(areas_ha.values()) if name is None else areas_ha[name]
        if entry.quantity in TOTALS and math.isfinite(area):
            figures.append(_document(entry, level, budget, area))
    return figures


def _sensitivity(soil: SoilEstimates) -> list[Figure]:
    """Share from elsewhere at the ends of what may be assumed of the deposited sediment."""
    table = soil.allochthonous
    if table.empty:
        return []
    assumed = table["deposited_organic_matter"]
    ends = table[assumed.isin([assumed.min(), assumed.max()])]
    return [
        Figure(
            name="soil_allochthonous_share_sensitivity",
            quantity="soil_allochthonous_share_sensitivity",
            unit="1",
            index=index_of(row["stratum_id"], deposited=f"{row['deposited_organic_matter'] * 100:g} %"),
            value=finite(row["allochthonous_share"]),
            because=None if math.isfinite(row["allochthonous_share"]) else IMPOSSIBLE_SHARE,
        )
        for row in ends.to_dict("records")
    ]


def soil_tables(soil: SoilEstimates) -> Mapping[str, pd.DataFrame]:
    """Tables of cores, sections, stations and shares from elsewhere; only those that have rows."""
    tables = {
        "cores": soil.cores.reindex(columns=CORE_COLUMNS),
        "soil_sections": soil.sections.reindex(columns=SECTION_COLUMNS),
        "soil_stations": soil.stations.reindex(columns=STATION_COLUMNS),
        "soil_allochthonous": soil.allochthonous,
    }
    return {name: table for name, table in tables.items() if len(table)}

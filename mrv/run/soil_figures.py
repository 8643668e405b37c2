"""Soil in the documents and tables of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from mrv.run.figures import NO_INTERVAL, figure_of, index_of
from mrv.run.results import Figure

if TYPE_CHECKING:
    from mrv.inputs import Inputs
    from mrv.run.soil_estimates import SoilEstimates

ONE_UNIT = "no interval: one replicate alone"

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
    """Whether a project has cores, stations or dated cores."""
    return inputs.soil_stations is not None or any(survey.soil is not None for survey in inputs.surveys)


def soil_figures(soil: SoilEstimates, level: float) -> list[Figure]:
    """Figures of the stocks and rates of soil."""
    figures = []
    for entry in soil.figures:
        figure = figure_of(
            entry.quantity,
            entry.stock.unit,
            index_of(entry.stock.stratum_id, **entry.index),
            entry.stock.estimate,
            level,
        )
        if figure.because == NO_INTERVAL and not entry.stock.estimate.method.startswith("purposive"):
            figure = figure.model_copy(update={"because": ONE_UNIT})
        figures.append(figure)
    return figures


def soil_tables(soil: SoilEstimates) -> Mapping[str, pd.DataFrame]:
    """Tables of cores, of their sections and of stations; only those that have rows."""
    tables = {
        "cores": soil.cores.reindex(columns=CORE_COLUMNS),
        "soil_sections": soil.sections.reindex(columns=SECTION_COLUMNS),
        "soil_stations": soil.stations.reindex(columns=STATION_COLUMNS),
    }
    return {name: table for name, table in tables.items() if len(table)}

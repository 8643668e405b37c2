"""Downed wood of a run: plots and stocks; estimated and reported, never credited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from mrv.biomass.downed_lines import downed_of_plots, line_mass
from mrv.run.figures import stock_figures
from mrv.run.results import Figure
from mrv.stock.stocks import estimate_stocks

if TYPE_CHECKING:
    from mrv.inputs import Inputs, Survey
    from mrv.run.survey_estimates import SurveyTables

POOL = "downed_wood"
COLUMN = "downed_wood_t_ha"


def has_downed_wood(inputs: Inputs) -> bool:
    """Whether any survey walked lines."""
    return any(survey.downed_wood is not None for survey in inputs.surveys)


def with_downed_wood(plots: pd.DataFrame, survey: Survey) -> pd.DataFrame:
    """Plots with ``downed_wood_t_ha``; NaN where no line was walked. [t_dm/ha]"""
    downed = survey.downed_wood
    if downed is None:
        return plots.assign(**{COLUMN: float("nan")})
    lines = line_mass(downed.lines, downed.squares, downed.classes)
    return plots.assign(**{COLUMN: downed_of_plots(lines, plots["plot_id"])})


def downed_figures(
    surveys: Sequence[SurveyTables], areas_ha: Mapping[str, float], level: float
) -> list[Figure]:
    """Downed wood per hectare, by stratum and date, from the plots with lines. [t_dm/ha]"""
    figures: list[Figure] = []
    for survey in surveys:
        walked = survey.plots[survey.plots[COLUMN].notna()]
        if walked.empty:
            continue
        figures += stock_figures(
            "biomass_density",
            estimate_stocks(walked, survey.design.plain, areas_ha, survey.date, {POOL: (COLUMN, "t_dm/ha")}),
            level,
        )
    return figures

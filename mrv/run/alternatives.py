"""The same trees by another equation, and what extrapolation does: both stand beside every result."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from mrv.biomass.choices import EquationChoice
from mrv.biomass.extrapolation import alternative_equation
from mrv.run.figures import stock_figures
from mrv.run.results import ExtrapolationRecord, Figure
from mrv.stock.stocks import estimate_stocks

if TYPE_CHECKING:
    from mrv.inputs.project import Project
    from mrv.run.survey_estimates import SurveyTables

ALTERNATIVE_POOLS = {"agb": ("agb_alternative_t_ha", "t_dm/ha")}


def alternative_of(project: Project) -> str | None:
    """Equation that stands beside the project's common one; None where there are no trees."""
    if project.biomass is None or not project.surveys:
        return None
    return alternative_equation(EquationChoice(project.biomass.agb.equation))


def alternative_figures(
    surveys: Sequence[SurveyTables], areas_ha: Mapping[str, float], level: float
) -> list[Figure]:
    """Above-ground biomass per hectare by the alternative equation, by stratum and date. [t_dm/ha]"""
    return [
        figure
        for survey in surveys
        for figure in stock_figures(
            "biomass_density_alternative",
            estimate_stocks(survey.plots, survey.design, areas_ha, survey.date, ALTERNATIVE_POOLS),
            level,
        )
    ]


def _record(name: str, group: pd.DataFrame, marked_plots: int) -> ExtrapolationRecord:
    per_ha = group["expansion_factor_per_ha"]
    basal_area = group["dbh_cm"] ** 2 * per_ha
    mass = group["agb_kg"] * per_ha
    beyond = group["agb_extrapolated"]
    used = group["agb_equation"][beyond & (group["agb_equation"] != name)]
    whole = math.fsum(mass)
    return ExtrapolationRecord(
        equation_id=name,
        stems=int(beyond.sum()),
        basal_area_share=math.fsum(basal_area[beyond]) / math.fsum(basal_area),
        replaced_stems=len(used),
        replaced_by=sorted(set(used)),
        # One error for all trees of an equation: it does not average out.
        added_relative_standard_error=math.fsum(mass * group["extrapolation_log_sd"]) / whole
        if whole
        else None,
        marked_plots=marked_plots,
    )


def extrapolation_records(surveys: Sequence[SurveyTables]) -> list[ExtrapolationRecord]:
    """For each declared above-ground equation: stems beyond its range, their share, and what that adds."""
    if not surveys:
        return []
    trees = pd.concat([survey.trees for survey in surveys], ignore_index=True)
    plots = pd.concat([survey.plots for survey in surveys], ignore_index=True)
    marked = plots[plots["extrapolation_marked"]]
    keys = set(zip(marked["date"], marked["plot_id"], strict=True))
    records = []
    for name, group in trees.groupby("agb_declared_equation", sort=True):
        beyond = group[group["agb_extrapolated"]]
        own = set(zip(beyond["date"], beyond["plot_id"], strict=True))
        if len(beyond):
            records.append(_record(str(name), group, len(own & keys)))
    return records

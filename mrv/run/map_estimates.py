"""Estimates of a run that lean on a map: by rule, with the plots alone beside, reported and not credited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.inference.beside import LARGEST_DIFFERENCE
from mrv.inference.model_assisted import OutOfSample
from mrv.inference.of_model import ModelErrors, PixelField, model_based, residual_range
from mrv.inference.rules import Facts, Layer, Rule, rule_for
from mrv.inference.with_map import (
    MappedPlots,
    WithMap,
    carried_over,
    change_between,
    completed_population,
    model_assisted,
)
from mrv.run.survey_estimates import TOTAL, SurveyTables
from mrv.streams import Streams

if TYPE_CHECKING:
    from mrv.inputs import Inputs
    from mrv.inputs.agb_maps import ReadyMap

Quantity = Literal["biomass_density", "carbon_density", "carbon_stock_change"]


@dataclass(frozen=True)
class MapEstimate:
    """An estimate with a map, and what it is of.

    Attributes
    ----------
    quantity, pool, unit : str
    date : str
        Of the survey; of a change ``first/second``.
    estimate : WithMap
    source : str
        Of the map.
    """

    quantity: Quantity
    pool: str
    unit: str
    date: str
    estimate: WithMap
    source: str


@dataclass(frozen=True)
class MapEstimates:
    """All estimates of a run with maps, what was found on the way, and the plots with their residuals."""

    estimates: tuple[MapEstimate, ...]
    findings: tuple[Finding, ...]
    plots: pd.DataFrame


def rule_of(ready: ReadyMap, survey: SurveyTables) -> Rule:
    """Rule for a map made elsewhere and the plots of its survey."""
    layer: Layer = "itself_modelled" if ready.declaration.itself_modelled else "wall_to_wall"
    return rule_for(Facts(survey.design.kind != "purposive", layer))


def _mapped(ready: ReadyMap, survey: SurveyTables) -> MappedPlots:
    """Above-ground biomass with predictions by models that had not seen the plot. [t_dm/ha]"""
    by_plot = ready.plots.set_index("plot_id").reindex(survey.plots["plot_id"].astype("str"))
    values = by_plot["predicted_t_ha"].to_numpy(dtype=np.float64)
    if ready.declaration.plots == "unseen":
        predicted = OutOfSample.foreign(values)
    else:
        folds = by_plot["fold"].astype("category").cat.codes.to_numpy().astype(np.intp)
        predicted = OutOfSample.cross_fitted(values, folds)
    return completed_population(survey.plots, "agb_t_ha", predicted, ready.strata)


def _plot_table(ready: ReadyMap, survey: SurveyTables) -> pd.DataFrame:
    """Plots with what the map says of them, where it says anything. [t/ha]"""
    mapped = _mapped(ready, survey).plots
    said = mapped["predicted"].where(mapped["inside"])
    return pd.DataFrame(
        {
            "date": survey.date,
            "stratum_id": mapped["stratum_id"],
            "plot_id": mapped["plot_id"],
            "agb_t_ha": mapped["observed"],
            "map_agb_t_ha": said,
            "residual_t_ha": mapped["observed"] - said,
        }
    )


def _model_errors(ready: ReadyMap) -> ModelErrors:
    stated, field = ready.declaration.model_error, ready.pixel_errors
    return ModelErrors(
        stated.standard_error_t_ha if stated is not None else None,
        stated.fitted_to_plots - 1 if stated is not None else np.nan,
        PixelField(field.grid.values, field.strata, field.grid.pixel_size_m) if field is not None else None,
    )


@dataclass(frozen=True)
class _Run:
    """What every estimate of a run needs."""

    areas_ha: Mapping[str, float]
    level: float
    streams: Streams

    def of_design(
        self, mapped: MappedPlots, survey: SurveyTables, rule: Rule, variable: str
    ) -> list[WithMap]:
        return model_assisted(
            mapped, survey.design, self.areas_ha, rule, self.level, self.streams, f"map|{variable}"
        )


def _of_survey(run: _Run, ready: ReadyMap, survey: SurveyTables) -> list[MapEstimate]:
    """Biomass and, where a design stands behind the plots, carbon of one date."""
    mapped, rule = _mapped(ready, survey), rule_of(ready, survey)
    date, source = survey.date, ready.declaration.source

    def told(quantity: Quantity, pool: str, unit: str, estimates: Sequence[WithMap]) -> list[MapEstimate]:
        return [MapEstimate(quantity, pool, unit, date, estimate, source) for estimate in estimates]

    if survey.design.kind == "purposive":
        places = survey.plots.set_index("plot_id")[["x_m", "y_m"]].reindex(mapped.plots["plot_id"])
        reach = residual_range(mapped, places.to_numpy(dtype=np.float64))
        estimates = model_based(mapped, run.areas_ha, rule, _model_errors(ready), reach)
        return told("biomass_density", "agb", "t_dm/ha", estimates)
    carbon = carried_over(mapped, survey.plots, f"{TOTAL}_t_c_ha")
    return [
        *told("biomass_density", "agb", "t_dm/ha", run.of_design(mapped, survey, rule, f"{date}|agb")),
        *told("carbon_density", TOTAL, "t_c/ha", run.of_design(carbon, survey, rule, f"{date}|{TOTAL}")),
    ]


def _of_change(run: _Run, maps: Sequence[ReadyMap], surveys: Sequence[SurveyTables]) -> list[MapEstimate]:
    """Change of carbon between the first and the last survey, if both have a map and the same plots."""
    by_date = {ready.declaration.date: ready for ready in maps}
    first, last = surveys[0], surveys[-1]
    kinds = {first.design.kind, last.design.kind}
    if first.date == last.date or not {first.date, last.date} <= set(by_date) or len(kinds) > 1:
        return []
    if "purposive" in kinds:
        return []
    carbon = [
        carried_over(_mapped(by_date[survey.date], survey), survey.plots, f"{TOTAL}_t_c_ha")
        for survey in (first, last)
    ]
    change = change_between(carbon[0], carbon[1])
    if change is None:
        return []
    span = f"{first.date}/{last.date}"
    rule = rule_of(by_date[last.date], last)
    source = "; ".join(by_date[survey.date].declaration.source for survey in (first, last))
    return [
        MapEstimate("carbon_stock_change", TOTAL, "t_c/ha", span, estimate, source)
        for estimate in run.of_design(change, last, rule, f"{span}|{TOTAL}")
    ]


def _apart(entry: MapEstimate, where: str) -> Finding:
    both = entry.estimate.both
    return Finding(
        where,
        "map-and-plots-apart",
        "{place} {date}: {with_map:.4g} t/ha of above-ground biomass with the map, {plots_only:.4g} by the "
        "plots alone; they are {times:.1f} standard errors apart, allowed are {allowed:g}",
        {
            "place": entry.estimate.stratum_id or Phrase("project"),
            "date": entry.date,
            "with_map": both.with_map.value,
            "plots_only": both.plots_only.value,
            "times": both.standard_errors_apart,
            "allowed": LARGEST_DIFFERENCE,
        },
        waivable=True,
    )


def map_estimates(
    inputs: Inputs, surveys: Sequence[SurveyTables], areas_ha: Mapping[str, float]
) -> MapEstimates:
    """Every estimate that leans on a map of the project.

    Parameters
    ----------
    inputs : Inputs
    surveys : sequence of SurveyTables
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    """
    project = inputs.project
    run = _Run(areas_ha, project.confidence_level, Streams(project.seed, project.project.id))
    by_date = {survey.date: survey for survey in surveys}
    estimates: list[MapEstimate] = []
    findings: list[Finding] = []
    tables: list[pd.DataFrame] = []
    for number, ready in enumerate(inputs.agb_maps):
        own = _of_survey(run, ready, by_date[ready.declaration.date])
        where = inputs.positions.where("agb_maps", number)
        findings += [
            _apart(entry, where) for entry in own if entry.pool == "agb" and entry.estimate.both.apart
        ]
        tables.append(_plot_table(ready, by_date[ready.declaration.date]))
        estimates += own
    if surveys:
        estimates += _of_change(run, inputs.agb_maps, surveys)
    plots = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return MapEstimates(tuple(estimates), tuple(findings), plots)

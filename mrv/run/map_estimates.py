"""Estimates of a run that lean on a map: by rule, with the plots alone beside, reported and not credited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
from mrv.inputs.biomass_raster import Covered, Grid, mean_over
from mrv.run.predictor_sources import Thinned
from mrv.run.survey_estimates import TOTAL, SurveyTables
from mrv.streams import Streams

if TYPE_CHECKING:
    from mrv.inputs import Inputs
    from mrv.inputs.agb_maps import ReadyMap
    from mrv.mapping.prediction import MapPopulation
    from mrv.run.biomass_map import BiomassMap

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


@dataclass(frozen=True)
class SurveyMap:
    """A map of one survey, wherever it comes from, in the form that the estimators take.

    Attributes
    ----------
    survey : SurveyTables
    mapped : MappedPlots
        Above-ground biomass with predictions by models that had not seen the plot. [t_dm/ha]
    rule : Rule
    errors : ModelErrors
        Looked at where no design stands behind the plots.
    source, where : str
        Of the map; its place in the project file.
    over : callable or None
        Mean of the map over polygons, and the share of each where it may be used; None for a map without
        pixels.
    """

    survey: SurveyTables
    mapped: MappedPlots
    rule: Rule
    errors: ModelErrors
    source: str
    where: str
    over: Callable[[gpd.GeoDataFrame], Covered] | None = None


def _folds(column: pd.Series) -> NDArray[np.intp]:
    return column.astype("category").cat.codes.to_numpy().astype(np.intp)


def _model_errors(ready: ReadyMap) -> ModelErrors:
    stated, field = ready.declaration.model_error, ready.pixel_errors
    return ModelErrors(
        stated.standard_error_t_ha if stated is not None else None,
        stated.fitted_to_plots - 1 if stated is not None else np.nan,
        PixelField(field.grid.values, field.strata, field.grid.pixel_size_m) if field is not None else None,
    )


def map_made_elsewhere(ready: ReadyMap, survey: SurveyTables, where: str) -> SurveyMap:
    """A map of ``agb_maps`` at the plots of its survey."""
    by_plot = ready.plots.set_index("plot_id").reindex(survey.plots["plot_id"].astype("str"))
    values = by_plot["predicted_t_ha"].to_numpy(dtype=np.float64)
    if ready.declaration.plots == "unseen":
        predicted = OutOfSample.foreign(values)
    else:
        predicted = OutOfSample.cross_fitted(values, _folds(by_plot["fold"]))
    layer: Layer = "itself_modelled" if ready.declaration.itself_modelled else "wall_to_wall"
    return SurveyMap(
        survey,
        completed_population(survey.plots, "agb_t_ha", predicted, ready.strata),
        rule_for(Facts(survey.design.kind != "purposive", layer)),
        _model_errors(ready),
        ready.declaration.source,
        where,
        partial(mean_over, ready.grid) if ready.grid is not None else None,
    )


def _over_own_pixels(own_map: BiomassMap) -> Callable[[gpd.GeoDataFrame], Covered] | None:
    """Mean of the project's own map over polygons, and its share of the pixels that lie in strata.

    Pixels lie in strata by their centre: at the edge of a stratum, ground without one is neither inside the
    map nor outside.
    """
    place, prediction = own_map.grid, own_map.prediction
    if place is None or prediction is None:
        return None

    def over(polygons: gpd.GeoDataFrame) -> Covered:
        whole = Thinned(place, 1)
        values = np.where(prediction.inside, prediction.agb_t_ha, np.nan)
        usable = Grid(whole.values(place.pixel, values), place.grid)
        there = Grid(np.where(whole.in_strata(), 1.0, np.nan), place.grid)
        found, covered = mean_over(usable, polygons), mean_over(there, polygons).share
        share = np.divide(found.share, covered, out=np.zeros(len(covered)), where=covered > 0)
        return Covered(found.mean, np.clip(share, 0.0, 1.0))

    return over


def map_of_model(
    totals: MapPopulation, survey: SurveyTables, areas_ha: Mapping[str, float], where: str
) -> SurveyMap:
    """The map of the project's own model: predictions out of fold, and means where the model applies.

    Ground of a stratum that is no mangrove is outside the map, too.
    """
    by_plot = totals.plots.set_index("plot_id").reindex(survey.plots["plot_id"].astype("str"))
    values = by_plot["predicted_out_of_fold_t_ha"].to_numpy(dtype=np.float64)
    mapped_ha = totals.strata["area_ha"] - totals.strata["area_outside_ha"]
    share = mapped_ha / totals.strata["stratum_id"].map(areas_ha)
    strata = pd.DataFrame(
        {
            "stratum_id": totals.strata["stratum_id"],
            "map_mean_t_ha": totals.strata["predicted_mean_t_ha"],
            "outside_share": (1 - share).clip(0.0, 1.0),
        }
    )
    predicted = OutOfSample.cross_fitted(values, _folds(by_plot["fold"]))
    inside_share = by_plot["inside_share"].fillna(0.0).to_numpy(dtype=np.float64)
    return SurveyMap(
        survey,
        completed_population(survey.plots, "agb_t_ha", predicted, strata, inside_share),
        rule_for(Facts(survey.design.kind != "purposive", "wall_to_wall")),
        ModelErrors(None, np.nan, None),
        totals.candidate,
        where,
    )


def _plot_table(own: SurveyMap) -> pd.DataFrame:
    """Plots with what the map says of them, where it says anything. [t/ha]"""
    plots = own.mapped.plots
    said = plots["predicted"].where(plots["inside"])
    return pd.DataFrame(
        {
            "date": own.survey.date,
            "stratum_id": plots["stratum_id"],
            "plot_id": plots["plot_id"],
            "agb_t_ha": plots["observed"],
            "inside_share": plots["inside_share"],
            "map_agb_t_ha": said,
            "residual_t_ha": plots["observed"] - said,
        }
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


def _of_survey(run: _Run, own: SurveyMap) -> list[MapEstimate]:
    """Biomass and, where a design stands behind the plots, carbon of one date."""
    survey, mapped, rule, date = own.survey, own.mapped, own.rule, own.survey.date

    def told(quantity: Quantity, pool: str, unit: str, estimates: Sequence[WithMap]) -> list[MapEstimate]:
        return [MapEstimate(quantity, pool, unit, date, estimate, own.source) for estimate in estimates]

    if survey.design.kind == "purposive":
        places = survey.plots.set_index("plot_id")[["x_m", "y_m"]].reindex(mapped.plots["plot_id"])
        reach = residual_range(mapped, places.to_numpy(dtype=np.float64))
        estimates = model_based(mapped, run.areas_ha, rule, own.errors, reach)
        return told("biomass_density", "agb", "t_dm/ha", estimates)
    carbon = carried_over(mapped, survey.plots, f"{TOTAL}_t_c_ha")
    return [
        *told("biomass_density", "agb", "t_dm/ha", run.of_design(mapped, survey, rule, f"{date}|agb")),
        *told("carbon_density", TOTAL, "t_c/ha", run.of_design(carbon, survey, rule, f"{date}|{TOTAL}")),
    ]


def change_source(first: str, last: str) -> str:
    """Source of a change by the maps of two dates."""
    return f"{first}; {last}"


def _of_change(run: _Run, maps: Sequence[SurveyMap], surveys: Sequence[SurveyTables]) -> list[MapEstimate]:
    """Change of carbon between the first and the last survey, if both have a map and the same plots."""
    by_date = {own.survey.date: own for own in maps}
    first, last = surveys[0], surveys[-1]
    kinds = {first.design.kind, last.design.kind}
    if first.date == last.date or not {first.date, last.date} <= set(by_date) or len(kinds) > 1:
        return []
    if "purposive" in kinds:
        return []
    ends = [by_date[survey.date] for survey in (first, last)]
    carbon = [carried_over(own.mapped, own.survey.plots, f"{TOTAL}_t_c_ha") for own in ends]
    change = change_between(carbon[0], carbon[1])
    if change is None:
        return []
    span = f"{first.date}/{last.date}"
    source = change_source(ends[0].source, ends[1].source)
    return [
        MapEstimate("carbon_stock_change", TOTAL, "t_c/ha", span, estimate, source)
        for estimate in run.of_design(change, last, ends[1].rule, f"{span}|{TOTAL}")
    ]


def apart(entry: MapEstimate, where: str) -> Finding:
    """Finding on an estimate that is too far from that of the plots alone."""
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


def maps_of(
    inputs: Inputs,
    surveys: Sequence[SurveyTables],
    areas_ha: Mapping[str, float],
    own_map: BiomassMap | None,
) -> list[SurveyMap]:
    """Maps made elsewhere, and those of the project's own model at dates that have no other."""
    by_date = {survey.date: survey for survey in surveys}
    maps = [
        map_made_elsewhere(ready, by_date[ready.declaration.date], inputs.positions.where("agb_maps", number))
        for number, ready in enumerate(inputs.agb_maps)
    ]
    known = {own.survey.date for own in maps}
    known |= {layer.declaration.date for layer in inputs.sampled_layers}
    if own_map is None or own_map.totals is None:
        return maps
    own = {own_map.date: own_map.totals}
    # A change is that of one model at both dates; with another map of a date it would be of two.
    if own_map.earlier is not None and own_map.date not in known:
        own[own_map.earlier.date] = own_map.earlier.totals
    where = inputs.positions.where("model")
    # Nothing yet carries the error of the model of a project to plots that no design stands behind.
    own_maps = [
        map_of_model(totals, by_date[date], areas_ha, where)
        for date, totals in own.items()
        if date not in known and by_date[date].design.kind != "purposive"
    ]
    # Of an earlier date no pixels are kept.
    return maps + [
        replace(found, over=_over_own_pixels(own_map)) if found.survey.date == own_map.date else found
        for found in own_maps
    ]


def map_estimates(
    inputs: Inputs,
    surveys: Sequence[SurveyTables],
    areas_ha: Mapping[str, float],
    maps: Sequence[SurveyMap],
) -> MapEstimates:
    """Every estimate that leans on a map of the project.

    Parameters
    ----------
    inputs : Inputs
    surveys : sequence of SurveyTables
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    maps : sequence of SurveyMap
        By :func:`maps_of`.
    """
    project = inputs.project
    run = _Run(areas_ha, project.confidence_level, Streams(project.seed, project.project.id))
    estimates: list[MapEstimate] = []
    findings: list[Finding] = []
    for own in maps:
        entries = _of_survey(run, own)
        findings += [
            apart(entry, own.where) for entry in entries if entry.pool == "agb" and entry.estimate.both.apart
        ]
        estimates += entries
    if surveys:
        estimates += _of_change(run, maps, surveys)
    tables = [_plot_table(own) for own in maps]
    plots = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return MapEstimates(tuple(estimates), tuple(findings), plots)

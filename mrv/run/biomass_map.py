"""The model of biomass in a run: plots and area with their predictors, the fit, the map."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from mrv.findings import Finding, waive
from mrv.inference.with_map import DESIGN_COLUMNS
from mrv.mapping.checks import training_findings
from mrv.mapping.footprints import inverse_variance_weights, plot_error_variance
from mrv.mapping.model import Fitting, Plan, fit_model
from mrv.mapping.prediction import (
    Earlier,
    Flags,
    MapPopulation,
    Population,
    Prediction,
    map_population,
    predict,
)
from mrv.mapping.refitting import with_model_error
from mrv.mapping.rows import Array, Integers, Rows, Training
from mrv.run.imagery_predictors import from_imagery
from mrv.run.predictor_sources import PlotPredictors, PredictorSource, from_tables
from mrv.run.survey_estimates import TOTAL
from mrv.run.work import ALONE, Work
from mrv.streams import Streams

if TYPE_CHECKING:
    from mrv.inputs import Inputs, Survey
    from mrv.inputs.model_declaration import BiomassModel
    from mrv.run.predictor_sources import MapGrid
    from mrv.run.survey_estimates import SurveyTables

NOTHING_TO_FIT = frozenset({"model-predictor-unknown", "population-empty"})
"""Findings on predictors that leave no model."""

AREA_PLACES = 1000
"""Places that stand for the area where its distances to the plots are judged."""


@dataclass(frozen=True)
class EarlierMap:
    """The map of an earlier survey by the model of a later one.

    Attributes
    ----------
    date : str
    totals : MapPopulation
    pixel, at_last : ndarray of int, shape (m,)
        Number of each pixel that is of the population at both dates, row by row, and its position in the
        population of the later one.
    inside : ndarray of bool, shape (m,)
        Whether the model applies there at both.
    """

    date: str
    totals: MapPopulation
    pixel: Integers
    at_last: Integers
    inside: Flags


@dataclass(frozen=True)
class BiomassMap:
    """A model of biomass and what it predicts.

    Attributes
    ----------
    date : str
        Of the survey it is fitted to.
    declaration : BiomassModel of the project file
    fitting : Fitting
    predictors : mapping of str to PlotPredictors
        Of every plot, by date; the first survey is among them if its plots were fitted, too.
    plot_area_m2 : ndarray, shape (plots,)
        [m²]
    population, prediction, totals : Population, Prediction, MapPopulation, or None
        None where the area has no predictors: the model is judged, and nothing is mapped.
    bootstrap_means : ndarray, shape (replicates, strata), or None
        Mean of each stratum by each refit to plots drawn anew; None where nothing is mapped. [t_dm/ha]
    grid : MapGrid or None
        Where the pixels of the population lie; None for tables.
    earlier : EarlierMap or None
        Of the first survey, where its date has imagery and the same plots.
    """

    date: str
    declaration: BiomassModel
    fitting: Fitting
    predictors: Mapping[str, PlotPredictors]
    plot_area_m2: Array
    population: Population | None = None
    prediction: Prediction | None = None
    bootstrap_means: Array | None = None
    totals: MapPopulation | None = None
    grid: MapGrid | None = None
    earlier: EarlierMap | None = None


def plot_areas_m2(survey: Survey) -> Array:
    """Area of each plot on which its largest trees were measured. [m²]"""
    if survey.subplots:
        return np.full(len(survey.plots), max(subplot.total_area_m2 for subplot in survey.subplots))
    return survey.plots["plot_area_m2"].to_numpy(dtype="float64")


def _weights(model: BiomassModel, areas_m2: Array) -> Array:
    errors = model.plot_errors
    if errors is None:
        return np.ones(len(areas_m2))
    return inverse_variance_weights(
        plot_error_variance(
            areas_m2,
            errors.pixel_area_m2,
            measurement_sd_t_ha=errors.measurement_t_ha,
            allometry_sd_t_ha=errors.allometry_t_ha,
            within_pixel_sd_t_ha=errors.within_pixel_t_ha,
            position_sd_t_ha=errors.position_t_ha,
            time_sd_t_ha=errors.time_t_ha,
        )
    )


def training_of(
    model: BiomassModel,
    survey: Survey,
    plots: pd.DataFrame,
    predictors: PlotPredictors,
    strata: Sequence[str],
) -> Training:
    """Plots that have predictors, with their biomass.

    Parameters
    ----------
    model : BiomassModel
    survey : Survey
    plots : DataFrame
        Plots of the survey with ``agb_t_ha``.
    predictors : PlotPredictors
    strata : sequence of str
        In the order that rows count them by.
    """
    own = survey.plots
    areas = pd.Series(plot_areas_m2(survey), index=own["plot_id"])
    known = plots[plots["plot_id"].isin(list(predictors.complete))].sort_values("plot_id", kind="stable")
    ids = [str(name) for name in known["plot_id"]]
    clustered = survey.design.kind == "cluster"
    position = {name: number for number, name in enumerate(strata)}
    return Training(
        Rows(
            predictors.of(ids),
            np.array([position[name] for name in known["stratum_id"]], dtype=np.int64),
            known[["x_m", "y_m"]].to_numpy(dtype="float64"),
        ),
        known["agb_t_ha"].to_numpy(dtype="float64"),
        _weights(model, np.asarray(areas.reindex(known["plot_id"]), dtype=np.float64)),
        tuple(ids),
        tuple(str(name) for name in known["cluster_id"]) if clustered else tuple(ids),
        model.predictors,
        tuple(strata),
        model.predictors.index(model.height) if model.height is not None else None,
        (survey.date,) * len(ids),
    )


def places_in(polygons: gpd.GeoDataFrame, most: int = AREA_PLACES) -> Array:
    """Centres of a square grid that lie in polygons, about as many as wanted, shape (m, 2). [m]"""
    whole = shapely.union_all(polygons.geometry.to_numpy())
    step = math.sqrt(whole.area / most)
    west, south, east, north = whole.bounds
    x, y = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
    inside = shapely.contains_xy(whole, x.ravel(), y.ravel())
    return np.column_stack([x.ravel()[inside], y.ravel()[inside]])


def _area_places(inputs: Inputs, population: Population | None) -> Array | None:
    """Places that stand for the area: of the population, else of the polygons of the strata."""
    if population is not None:
        places = population.sample_m(AREA_PLACES)
        if len(places):
            return places
    return places_in(inputs.strata.geometry) if inputs.strata.geometry is not None else None


def biomass_map(
    inputs: Inputs,
    surveys: Sequence[SurveyTables],
    areas_ha: Mapping[str, float],
    *,
    headline_alone: bool = False,
    fit: bool = True,
    work: Work = ALONE,
) -> tuple[BiomassMap | None, list[Finding]]:
    """Model and map of a project, and what is wrong with its plots and predictors.

    Parameters
    ----------
    inputs : Inputs
    surveys : sequence of SurveyTables
        With biomass worked out.
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    headline_alone : bool
        Whether candidates are judged by no other design than the one they are chosen by.
    fit : bool
        Whether the model is fitted; if not, only what stands in the way of a fit is told.
    work : Work, optional
        Who reads the area, and who is told.

    Returns
    -------
    BiomassMap or None
        None without a model or a fit, or where a finding is an error.
    """
    project = inputs.project
    model = project.model
    if model is None:
        return None, []
    number = next((n for n, own in enumerate(surveys) if own.date == model.survey), len(surveys) - 1)
    survey, tables = inputs.tree_surveys[number], surveys[number]
    strata = tuple(sorted(areas_ha))
    where = inputs.positions.where("model", "predictors")
    source = (
        from_tables(inputs, survey, areas_ha)
        if model.tables is not None
        else from_imagery(inputs, survey, plot_areas_m2(survey), areas_ha, where, work)
    )
    if any(finding.rule in NOTHING_TO_FIT for finding in source.findings):
        return None, list(source.findings)
    training = training_of(model, survey, tables.plots, source.plots, strata)
    first = _first_source(inputs, surveys, number, areas_ha, work)
    findings = list(source.findings)
    predictors = {tables.date: source.plots}
    if model.both_dates and first is not None:
        of_first = training_of(model, inputs.tree_surveys[0], surveys[0].plots, first.plots, strata)
        training, predictors = of_first.joined(training), {surveys[0].date: first.plots, **predictors}
        # Plots that are only predicted may lack predictors: they count as ground outside the map.
        findings += first.findings
    elif model.both_dates:
        findings.append(_no_first_date(inputs, surveys[0].date))
    findings += training_findings(training, where)
    refused = any(finding.severity == "error" for finding in waive(findings, project.stated_waivers))
    if refused or not fit:
        return None, findings
    plan = Plan(
        tuple(model.candidates),
        model.folds,
        model.block_m,
        Streams(project.seed, project.project.id),
        means_only=source.means_only,
        headline_alone=headline_alone,
        progress=work.progress,
    )
    population = source.population
    fitting = fit_model(training, _area_places(inputs, population), plan)
    if population is None:
        return BiomassMap(tables.date, model, fitting, predictors, plot_areas_m2(survey)), findings
    earlier = _earlier(surveys, tables, first, source) if first is not None else None
    fitting, means = with_model_error(fitting, population, plan, model.bootstrap_replicates)
    prediction = predict(fitting.model, population, earlier, plan.workers)
    return (
        BiomassMap(
            tables.date,
            model,
            fitting,
            predictors,
            plot_areas_m2(survey),
            population,
            prediction,
            means,
            map_population(fitting, population, prediction, source.pixels),
            source.grid,
            _earlier_map(surveys[0].date, fitting, first, source, earlier, prediction)
            if first is not None and earlier is not None
            else None,
        ),
        findings,
    )


def _no_first_date(inputs: Inputs, date: str) -> Finding:
    return Finding(
        inputs.positions.where("model", "both_dates"),
        "model-both-dates",
        "needs imagery of {date}, a model of a later survey, and the same plots at both",
        {"date": date},
    )


def _first_source(
    inputs: Inputs,
    surveys: Sequence[SurveyTables],
    number: int,
    areas_ha: Mapping[str, float],
    work: Work,
) -> PredictorSource | None:
    """Predictors of the first survey, where the model is of a later one with the same plots."""
    imagery, first = inputs.imagery, surveys[0]
    if number == 0 or imagery is None or inputs.project.model is None or inputs.project.model.tables:
        return None
    same = first.plots[DESIGN_COLUMNS].equals(surveys[number].plots[DESIGN_COLUMNS])
    if not same or first.date not in imagery.dates:
        return None
    where = inputs.positions.where("model", "predictors")
    survey = inputs.tree_surveys[0]
    source = from_imagery(inputs, survey, plot_areas_m2(survey), areas_ha, where, work)
    return None if any(f.rule in NOTHING_TO_FIT for f in source.findings) else source


def _carbon_per_biomass(plots: pd.DataFrame, strata: Sequence[str]) -> Array:
    """Carbon of all pools in the sink over above-ground biomass, by stratum; 0 without any. [t C/t d.m.]"""
    sums = plots.groupby(plots["stratum_id"].astype("str"))[[f"{TOTAL}_t_c_ha", "agb_t_ha"]].sum()
    carbon, agb = (sums[name].reindex(list(strata)).to_numpy(dtype=np.float64) for name in sums)
    ratio: Array = np.divide(carbon, agb, out=np.zeros(len(agb)), where=agb > 0)
    return ratio


def _earlier(
    surveys: Sequence[SurveyTables], last: SurveyTables, first: PredictorSource, source: PredictorSource
) -> Earlier:
    """The area at the date of the first survey, beside that of the last."""
    assert first.population is not None
    assert first.grid is not None
    assert source.grid is not None
    _, at_first, at_last = np.intersect1d(
        first.grid.pixel, source.grid.pixel, assume_unique=True, return_indices=True
    )
    strata = first.population.strata
    return Earlier(
        first.population,
        at_first.astype(np.int64),
        at_last.astype(np.int64),
        _carbon_per_biomass(surveys[0].plots, strata),
        _carbon_per_biomass(last.plots, strata),
    )


def _earlier_map(
    date: str,
    fitting: Fitting,
    first: PredictorSource,
    source: PredictorSource,
    earlier: Earlier,
    prediction: Prediction,
) -> EarlierMap:
    assert first.population is not None
    assert source.grid is not None
    assert prediction.first is not None
    return EarlierMap(
        date,
        map_population(fitting, first.population, prediction.first, first.pixels),
        source.grid.pixel[earlier.at_last],
        earlier.at_last,
        prediction.first.inside[earlier.at_first] & prediction.inside[earlier.at_last],
    )

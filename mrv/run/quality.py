"""The rules that look for bad data, over everything that a project has read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import pandas as pd

from mrv.accounting.vintages import period_years
from mrv.findings import Waiver, waive
from mrv.inputs import Inputs, Survey
from mrv.quality.bare_ground import plots_on_bare_ground
from mrv.quality.censuses import CENSUS_CHECKS
from mrv.quality.core_stocks import stocks_to_a_metre
from mrv.quality.cores import CORE_CHECKS
from mrv.quality.days import measured_days
from mrv.quality.events import events_between
from mrv.quality.imagery_view import ImageryView
from mrv.quality.laboratory import laboratory_control
from mrv.quality.places import PLACE_CHECKS, PlotPlaces
from mrv.quality.plots import PLOT_CHECKS, biomass_change, stated_biomass
from mrv.quality.raster_layers import LAYER_CHECKS
from mrv.quality.remeasurement import remeasurement
from mrv.quality.scenes import SCENE_CHECKS
from mrv.quality.second_entry import entered_twice
from mrv.quality.site_species import species_not_of_site
from mrv.quality.suspects import ALL_ROWS, CONTROL, PLACE, RASTER, Suspect, because
from mrv.quality.tree_records import tree_records
from mrv.quality.trees import TREE_CHECKS
from mrv.run.stated_estimates import stated_table
from mrv.run.survey_estimates import SurveyTables, survey_tables
from mrv.soil.cores import core_table, cores_of


def _declared_areas(survey: Survey) -> pd.Series[float]:
    """Area of each plot as declared: its own, or that of its largest subplot. [m2]"""
    own = survey.plots["plot_area_m2"]
    largest = max(
        (subplot.total_area_m2 / subplot.count for subplot in survey.subplots), default=float("nan")
    )
    return own.where(own.notna(), largest)


def _of_places(inputs: Inputs, survey: Survey) -> Iterator[Suspect]:
    strata = inputs.strata
    plots = survey.plots.assign(declared_area_m2=_declared_areas(survey))
    places = PlotPlaces(plots, strata.geometry, strata.boundary, strata.system)
    for check in PLACE_CHECKS:
        yield from check(places)


def _of_imagery(inputs: Inputs) -> Iterator[Suspect]:
    strata = inputs.strata.geometry
    if inputs.imagery is None or strata is None:
        return
    polygons = dict(zip(strata["stratum_id"].astype(str), strata.geometry, strict=True))
    view = ImageryView(inputs.imagery, polygons)
    for check in (*SCENE_CHECKS, *LAYER_CHECKS):
        yield from check(view)


def _of_plots(tables: Sequence[SurveyTables]) -> Iterator[Suspect]:
    for survey in tables:
        for check in PLOT_CHECKS:
            yield from check(survey.plots)
    for first, second in pairwise(tables):
        yield from biomass_change(first.plots, second.plots, period_years(first.date, second.date))


def suspects_of(
    inputs: Inputs, trees: Sequence[pd.DataFrame], carbon_fraction: Mapping[str, float]
) -> list[Suspect]:
    """Everything that is suspect in the tables of a project.

    Parameters
    ----------
    inputs : Inputs
    trees : sequence of DataFrame
        Trees of each survey with their biomass; empty where it could not be had.
    carbon_fraction : mapping
        By pool. [t_c/t_dm]
    """
    records = [tree_records(survey) for survey in inputs.tree_surveys]
    site = inputs.quality.species
    found = [suspect for record in records for check in TREE_CHECKS for suspect in check(record)]
    if site is not None:
        found += [suspect for survey in inputs.tree_surveys for suspect in species_not_of_site(survey, site)]
    for first, second in pairwise(records):
        years = period_years(first.date, second.date)
        found += [suspect for check in CENSUS_CHECKS for suspect in check(first, second, years)]
    for survey in inputs.surveys:
        found += because(_of_places(inputs, survey), PLACE)
        found += plots_on_bare_ground(inputs, survey)
        found += [*measured_days(survey), *because(remeasurement(survey), CONTROL)]
        if survey.soil is not None:
            found += [suspect for check in CORE_CHECKS for suspect in check(survey.soil.sections)]
            stocks = core_table(cores_of(survey.soil, survey.date), survey.soil.depths_cm)
            found += stocks_to_a_metre(stocks, survey.soil.sections)
            found += because(laboratory_control(survey), CONTROL)
    found += events_between(inputs)
    found += entered_twice(inputs.quality.second_entries)
    found += stated_biomass(stated_table(inputs))
    if trees:
        table = inputs.strata.table
        areas_ha = dict(zip(table["stratum_id"].astype(str), table["area_ha"].astype(float), strict=True))
        tables = [
            survey_tables(survey, own, carbon_fraction, areas_ha)
            for survey, own in zip(inputs.tree_surveys, trees, strict=True)
        ]
        found += _of_plots(tables)
    found += because(_of_imagery(inputs), RASTER)
    return _told_once(because(found, ALL_ROWS))


def _told_once(found: Sequence[Suspect]) -> list[Suspect]:
    """Suspects without repetition: a table of plots that two surveys share is looked at twice."""
    return list({(str(suspect.finding), suspect.kind): suspect for suspect in found}.values())


def waived(suspects: Sequence[Suspect], waivers: Sequence[Waiver]) -> list[Suspect]:
    """Suspects with the errors that the project file waives marked as waived."""
    findings = waive([suspect.finding for suspect in suspects], waivers)
    return [replace(suspect, finding=finding) for suspect, finding in zip(suspects, findings, strict=True)]

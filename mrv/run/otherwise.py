"""A project otherwise: without a stratum, a batch corrected, typed again, plots out of its model."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mrv.findings import waive
from mrv.inputs import Survey, read_inputs
from mrv.run.amounts import Amount
from mrv.run.biomass_map import biomass_map
from mrv.run.prepare import Prepared
from mrv.run.prepared_trees import prepared_trees
from mrv.run.survey_estimates import survey_tables
from mrv.soil.control import recovery
from mrv.soil.shared_errors import batches

PREDICTED = "biomass_density_predicted"
"""Mean of the map of the project's own model, without any correction by plots."""


def without_strata(prepared: Prepared, names: frozenset[str]) -> Prepared | None:
    """A project without some of its strata; None where none would be left."""
    strata = prepared.inputs.strata
    kept = ~strata.table["stratum_id"].isin(names)
    if not kept.any():
        return None
    geometry = strata.geometry
    left = replace(
        strata,
        table=strata.table[kept].reset_index(drop=True),
        geometry=None if geometry is None else geometry[~geometry["stratum_id"].isin(names)],
    )
    surveys = []
    for survey in prepared.inputs.surveys:
        gone = survey.plots.loc[survey.plots["stratum_id"].isin(names), "plot_id"]
        surveys.append(_without_plots(survey, frozenset(gone)))
    trees = tuple(
        own[own["plot_id"].isin(survey.plots["plot_id"])].reset_index(drop=True)
        for survey, own in zip((one for one in surveys if one.has_trees), prepared.trees, strict=True)
    )
    return replace(
        prepared, inputs=replace(prepared.inputs, strata=left, surveys=tuple(surveys)), trees=trees
    )


def _without_plots(survey: Survey, plot_ids: frozenset[str]) -> Survey:
    """A survey without some plots, their trees and their cores."""
    plots, trees = (
        frame[~frame["plot_id"].isin(plot_ids)].reset_index(drop=True)
        for frame in (survey.plots, survey.trees)
    )
    soil = survey.soil
    if soil is not None:
        sections, cores = (
            frame[~frame["plot_id"].isin(plot_ids)].reset_index(drop=True)
            for frame in (soil.sections, soil.cores)
        )
        soil = replace(soil, sections=sections, cores=cores)
    return replace(survey, plots=plots, trees=trees, soil=soil)


def with_batches_corrected(prepared: Prepared, names: frozenset[str]) -> Prepared:
    """A project with carbon of some batches over what they found of the carbon of reference materials."""
    surveys = []
    for survey in prepared.inputs.surveys:
        soil = survey.soil
        if soil is None or soil.control is None:
            surveys.append(survey)
            continue
        sections, materials = soil.sections, soil.control.reference_materials
        of_section = batches(sections, soil.declaration, survey.date)
        of_material = batches(materials, soil.declaration, survey.date)
        carbon = sections["organic_carbon_fraction"].to_numpy(dtype=np.float64).copy()
        for name in sorted(names & set(of_material)):
            own = of_section.eq(name).to_numpy()
            carbon[own] /= recovery(materials[of_material.eq(name)]).mean
        changed = replace(soil, sections=sections.assign(organic_carbon_fraction=carbon))
        surveys.append(replace(survey, soil=changed))
    return replace(prepared, inputs=replace(prepared.inputs, surveys=tuple(surveys)))


def with_second_entry(prepared: Prepared, where: str) -> Prepared | None:
    """A project read with the second entry of a table; None where nothing could be computed from it.

    Parameters
    ----------
    prepared : Prepared
    where : str
        Place of the table.
    """
    entry = next(entry for entry in prepared.inputs.quality.second_entries if entry.where == where)
    inputs, findings = read_inputs(prepared.inputs.project_file, entry.taken)
    waivers = prepared.inputs.project.stated_waivers
    trees, more = prepared_trees(inputs, prepared.equations)
    if any(finding.severity == "error" for finding in waive([*findings, *more], waivers)):
        return None
    return replace(prepared, inputs=inputs, trees=trees)


def predicted_amounts(prepared: Prepared, rows: frozenset[str]) -> list[Amount]:
    """Mean of the map of biomass, with some plots out of its model; empty where there is no map.

    Parameters
    ----------
    prepared : Prepared
    rows : frozenset of str
        Places of the plots.
    """
    surveys = prepared.tree_surveys
    named = [own.loc[own["source"].isin(rows), "plot_id"] for own in (survey.plots for survey in surveys)]
    gone = frozenset(plot for plots in named for plot in plots)
    left = [_without_plots(survey, gone) for survey in surveys]
    if any(survey.plots.empty for survey in left):
        return []
    tables = [
        survey_tables(survey, own[~own["plot_id"].isin(gone)], prepared.carbon_fraction, prepared.areas_ha)
        for survey, own in zip(left, prepared.trees, strict=True)
    ]
    by_date = {survey.date: survey for survey in left}
    inputs = replace(
        prepared.inputs,
        surveys=tuple(by_date.get(survey.date, survey) for survey in prepared.inputs.surveys),
    )
    mapped, _ = biomass_map(inputs, tables, prepared.areas_ha, headline_alone=True)
    if mapped is None or mapped.totals is None:
        return []
    strata = mapped.totals.strata
    inside = strata["area_ha"] - strata["area_outside_ha"]
    mean = math.fsum(inside * strata["predicted_mean_t_ha"]) / math.fsum(inside)
    return [Amount(PREDICTED, None, "t_dm/ha", mean)]

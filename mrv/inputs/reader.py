"""Everything a project file names, read and checked in one go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mrv.findings import Finding, in_order
from mrv.inputs.agb_maps import ReadyMap, read_agb_map
from mrv.inputs.declared_tables import tables_of
from mrv.inputs.imagery import Imagery, read_imagery
from mrv.inputs.imagery_declaration import IntertidalZone
from mrv.inputs.map_checks import rasters_of_maps
from mrv.inputs.model_tables import PredictorTable, read_model_tables
from mrv.inputs.parcels import Parcels, read_parcels
from mrv.inputs.project import Biomass, Project, StrataLayer
from mrv.inputs.project_file import Change, locate_project, read_project_file
from mrv.inputs.protocol_checks import protocol_findings
from mrv.inputs.quality_evidence import QualityEvidence, read_quality
from mrv.inputs.reference_loss import change_files
from mrv.inputs.sampled_layers import ReadyLayer, read_sampled_layer
from mrv.inputs.soil_balance import balance_findings
from mrv.inputs.soil_tables import SoilStations, read_stations
from mrv.inputs.strata import Strata, read_strata, unknown_areas
from mrv.inputs.survey import Survey, read_survey
from mrv.inputs.table_source import Layer
from mrv.inputs.tables import Exclusion
from mrv.provenance import hashes_of_files, sha256_of_file
from mrv.yaml_file import Positions


@dataclass(frozen=True)
class Inputs:
    """A project and everything it names.

    Attributes
    ----------
    project : Project
    project_file : Path
    positions : Positions
        Place of every key of the project file.
    strata : Strata
    surveys : tuple of Survey
        Oldest first.
    files : mapping of str to str
        SHA-256 of every file, by its name as the project file writes it; with the project file.
    exclusions : tuple of Exclusion
        Rows that the project file leaves out, and why.
    soil_stations : SoilStations or None
        Stations and dated cores; None if the project has none.
    imagery : Imagery or None
        None if the project has none, or if its strata could not be read.
    predictors : PredictorTable or None
        Predictors of a model in tables; None if it has none.
    agb_maps : tuple of ReadyMap
        Maps of biomass made elsewhere, in the order of the project file.
    parcels : Parcels or None
        None if the project has none, or if they or its strata could not be read.
    sampled_layers : tuple of ReadyLayer
        Layers that cover a sample of the area, in the order of the project file.
    quality : QualityEvidence
        What is known of the site beside the surveys.
    """

    project: Project
    project_file: Path
    positions: Positions
    strata: Strata
    surveys: tuple[Survey, ...]
    files: Mapping[str, str]
    exclusions: tuple[Exclusion, ...]
    soil_stations: SoilStations | None = None
    imagery: Imagery | None = None
    predictors: PredictorTable | None = None
    agb_maps: tuple[ReadyMap, ...] = ()
    parcels: Parcels | None = None
    sampled_layers: tuple[ReadyLayer, ...] = ()
    quality: QualityEvidence = field(default_factory=QualityEvidence)

    @property
    def tree_surveys(self) -> tuple[Survey, ...]:
        """Surveys that measured trees."""
        return tuple(survey for survey in self.surveys if survey.has_trees)


def _named_files(project: Project) -> Iterator[str]:
    """Files that a project names."""
    layers: list[Layer | IntertidalZone | None] = [
        project.boundary,
        project.strata if isinstance(project.strata, StrataLayer) else None,
        project.parcels,
        *project.other_projects,
        *(survey.plot_outlines for survey in project.surveys),
        *project.quality.areas_of_events,
    ]
    if project.imagery is not None and project.imagery.optical is not None and project.imagery.optical.tide:
        layers.append(project.imagery.optical.tide.zone)
    for layer in layers:
        if layer is None:
            continue
        yield layer.file
    if project.adjusted_areas is not None:
        yield project.adjusted_areas.file
    yield from change_files(project)
    for ground in project.quality.not_mangrove:
        yield ground.file
    for _, source, _ in tables_of(project):
        yield source.file
        if source.second_entry is not None:
            yield source.second_entry
    yield from rasters_of_maps(project)
    if project.biomass is not None and project.biomass.equations is not None:
        yield project.biomass.equations.file


def _hashes(project: Project, project_file: Path) -> dict[str, str]:
    return {
        project_file.name: sha256_of_file(project_file),
        **hashes_of_files(project_file.parent, _named_files(project)),
    }


def _own_species(biomass: Biomass | None) -> frozenset[str]:
    return frozenset(biomass.wood_density) if biomass is not None else frozenset()


def _predictors(
    project: Project, folder: Path, positions: Positions, strata: Strata, surveys: list[Survey]
) -> tuple[PredictorTable | None, list[Finding], list[Exclusion]]:
    """Predictors of the model in tables, for the plots of its survey."""
    model = project.model
    if model is None or model.tables is None or not surveys:
        return None, [], []
    of_trees = [own for own in surveys if own.has_trees]
    if not of_trees:
        return None, [], []
    survey = next((own for own in of_trees if own.date == model.survey), of_trees[-1])
    return read_model_tables(
        model,
        folder,
        lambda *key: positions.where("model", *key),
        [str(name) for name in survey.plots["plot_id"].dropna()],
        [str(name) for name in strata.table["stratum_id"]],
    )


def read_inputs(path: Path, change: Change | None = None) -> tuple[Inputs, list[Finding]]:
    """A project with its strata and surveys, and everything that is wrong with them.

    Parameters
    ----------
    path : Path
        Project file, or the folder that holds ``mrv.yaml``.
    change : callable, optional
        Gives the content to take in place of that of the project file.

    Returns
    -------
    Inputs
        As far as they could be read; not to be computed with while a finding is an error.
    list of Finding
        Errors and notes, by place; waivers are not applied.

    Raises
    ------
    InputError
        If the project file itself cannot be accepted.
    """
    project_file = locate_project(path)
    project, positions = read_project_file(project_file, change)
    folder = project_file.parent
    strata, findings, exclusions = read_strata(project, folder, positions.where)
    surveys = []
    for number, declaration in enumerate(project.surveys):
        survey, more, left_out = read_survey(
            declaration,
            folder,
            lambda *key, number=number: positions.where("surveys", number, *key),
            list(strata.table["stratum_id"]) if strata.declared and len(strata.table) else None,
            strata.geometry,
            strata.system,
            _own_species(project.biomass),
            dict(zip(strata.table["stratum_id"].astype(str), strata.table["area_ha"], strict=True)),
        )
        surveys.append(survey)
        findings += more
        exclusions += left_out
    if len(surveys) > 1:
        last = len(surveys) - 1
        findings += protocol_findings(
            surveys[0], surveys[-1], lambda *key: positions.where("surveys", last, *key)
        )
    if not strata.declared:
        named = [name for survey in surveys for name in survey.plots["stratum_id"].dropna()]
        strata = replace(strata, table=unknown_areas(named, project_file.name))
    stations = None
    if project.soil_rates is not None:
        stations, more, left_out = read_stations(
            project.soil_rates,
            folder,
            lambda *key: positions.where("soil_rates", *key),
            frozenset(strata.table["stratum_id"]),
        )
        findings += more
        exclusions += left_out
    imagery = None
    if project.imagery is not None and strata.geometry is not None:
        imagery, more, left_out = read_imagery(
            project.imagery, folder, lambda *key: positions.where("imagery", *key), strata.geometry
        )
        findings += more
        exclusions += left_out
    if project.soil_balance is not None:
        findings += balance_findings(
            project.soil_balance,
            frozenset(strata.table["stratum_id"]),
            lambda *key: positions.where("soil_balance", *key),
        )
    predictors, more, left_out = _predictors(project, folder, positions, strata, surveys)
    findings += more
    exclusions += left_out
    maps = []
    by_date = {survey.date: survey for survey in surveys}
    for number, declared in enumerate(project.agb_maps):
        ready, more, left_out = read_agb_map(
            declared,
            folder,
            lambda *key, number=number: positions.where("agb_maps", number, *key),
            strata,
            by_date[declared.date],
        )
        maps += [ready] if ready is not None else []
        findings += more
        exclusions += left_out
    layers = []
    for number, layer in enumerate(project.sampled_layers):
        ready_layer, more, left_out = read_sampled_layer(
            layer,
            folder,
            lambda *key, number=number: positions.where("sampled_layers", number, *key),
            strata,
            by_date[layer.date],
        )
        layers += [ready_layer] if ready_layer is not None else []
        findings += more
        exclusions += left_out
    parcels = None
    if project.parcels is not None and strata.geometry is not None:
        parcels, more = read_parcels(project.parcels, folder, strata)
        findings += more
    quality, more, left_out = read_quality(
        project, folder, positions.where, strata.system, _own_species(project.biomass)
    )
    findings += more
    exclusions += left_out
    inputs = Inputs(
        project,
        project_file,
        positions,
        strata,
        tuple(surveys),
        _hashes(project, project_file) | (dict(imagery.files) if imagery is not None else {}),
        tuple(exclusions),
        stations,
        imagery,
        predictors,
        tuple(maps),
        parcels,
        tuple(layers),
        quality,
    )
    return inputs, in_order(findings)

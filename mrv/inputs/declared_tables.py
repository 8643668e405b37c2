"""The tables that a project file declares, and what must be right in the declaration of each."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.inputs.columns import CLUSTER_COLUMNS, PLOT_COLUMNS, STRATUM_COLUMNS, TREE_COLUMNS, Columns
from mrv.inputs.downed_tables import downed_tables
from mrv.inputs.imagery_keys import scene_tables
from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.map_checks import tables_of_maps
from mrv.inputs.model_tables import model_tables
from mrv.inputs.project import Project, StrataTable
from mrv.inputs.quadrat_tables import quadrat_tables
from mrv.inputs.quality_declaration import SPECIES_COLUMNS
from mrv.inputs.remeasurement import REMEASURED_COLUMNS
from mrv.inputs.sampling import SurveyDeclaration
from mrv.inputs.soil_keys import soil_tables_of
from mrv.inputs.stated_biomass import STATED_COLUMNS
from mrv.inputs.table_source import RowFilter, TableSource
from mrv.units import UnknownUnitError, conversion_factor
from mrv.yaml_file import Key, suggestion


def _survey_tables(survey: SurveyDeclaration, key: Key) -> Iterator[tuple[Key, TableSource, Columns]]:
    if survey.clusters:
        yield (*key, "clusters"), survey.clusters, CLUSTER_COLUMNS
    yield (*key, "plots"), survey.plots, PLOT_COLUMNS
    for number, trees in enumerate(survey.trees):
        yield (*key, "trees", number), trees, TREE_COLUMNS
    if survey.remeasured is not None:
        for number, trees in enumerate(survey.remeasured.trees):
            yield (*key, "remeasured", "trees", number), trees, REMEASURED_COLUMNS
    if survey.stated_biomass is not None:
        yield (*key, "stated_biomass", "table"), survey.stated_biomass.table, STATED_COLUMNS


def tables_of(project: Project) -> Iterator[tuple[Key, TableSource, Columns]]:
    """Every table that the project file declares, with its key and the columns it may have."""
    if isinstance(project.strata, StrataTable):
        yield ("strata", "table"), project.strata.table, STRATUM_COLUMNS
    for number, survey in enumerate(project.surveys):
        yield from _survey_tables(survey, ("surveys", number))
    for number, survey in enumerate(project.surveys):
        if survey.downed_wood is not None:
            for key, source, columns in downed_tables(survey.downed_wood):
                yield ("surveys", number, "downed_wood", *key), source, columns
        for pool, declared in survey.quadrat_pools.items():
            for key, source, columns in quadrat_tables(declared):
                yield ("surveys", number, pool, *key), source, columns
    yield from soil_tables_of(project)
    yield from scene_tables(project.imagery)
    if project.model is not None:
        for key, source, columns in model_tables(project.model):
            yield ("model", *key), source, columns
    yield from tables_of_maps(project)
    listed = project.quality.species
    if listed is not None and listed.table is not None:
        yield ("quality", "species", "table"), listed.table, SPECIES_COLUMNS


def _filter_findings(row_filter: RowFilter, key: Key) -> Iterator[KeyFinding]:
    conditions = [
        (word, condition)
        for word, condition in (("keep", row_filter.keep), ("drop", row_filter.drop))
        if condition is not None
    ]
    if len(conditions) != 1:
        yield KeyFinding(key, "row-filter", "exactly one of keep and drop is required")
    for word, condition in conditions:
        kinds = (condition.present is not None, condition.equals is not None, condition.bounded)
        if sum(kinds) != 1:
            yield KeyFinding(
                (*key, word),
                "row-filter",
                "exactly one of is, equals and a bound (above, at_least, below, at_most) is required",
            )


def _table_findings(source: TableSource, columns: Columns, key: Key) -> Iterator[KeyFinding]:
    for part in ("columns", "units", "codes", "constants"):
        for word in getattr(source, part):
            if word not in columns:
                near = suggestion(word, columns)
                yield KeyFinding(
                    (*key, part, word),
                    "column-unknown",
                    "no column of this table; did you mean {near}?" if near else "allowed are {allowed}",
                    {"near": near, "allowed": ", ".join(columns)},
                )
            elif part == "units":
                yield from _unit_findings(source.units[word], columns[word].unit, (*key, part, word))
    for word in sorted(set(source.constants) & {name for name, theirs in source.columns.items() if theirs}):
        yield KeyFinding(
            (*key, "constants", word), "column-conflict", "is given as a column and as a constant"
        )
    for number, row_filter in enumerate(source.rows):
        yield from _filter_findings(row_filter, (*key, "rows", number))


def _unit_findings(declared: str, ours: str, key: Key) -> Iterator[KeyFinding]:
    if not ours:
        yield KeyFinding(key, "unit-unknown", "this column is not a number and has no unit")
        return
    try:
        conversion_factor(declared, ours)
    except UnknownUnitError as error:
        yield KeyFinding(
            key,
            "unit-unknown",
            "{found!r} is not one of {allowed}",
            {"found": declared, "allowed": ", ".join(error.allowed)},
        )


def tables_are_declared_well(project: Project) -> Iterator[KeyFinding]:
    """Columns, units and row filters of every table are ones we know."""
    for key, source, columns in tables_of(project):
        yield from _table_findings(source, columns, key)

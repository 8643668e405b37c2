"""The tables of soil that a project file declares."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.inputs.columns import (
    ELEVATION_TABLE_COLUMNS,
    LEAD_210_COLUMNS,
    MARKER_HORIZON_COLUMNS,
    SOIL_CORE_COLUMNS,
    SOIL_SECTION_COLUMNS,
    Columns,
)
from mrv.inputs.project import Project
from mrv.inputs.soil_control import control_tables
from mrv.inputs.table_source import TableSource
from mrv.yaml_file import Key


def soil_tables_of(project: Project) -> Iterator[tuple[Key, TableSource, Columns]]:
    """Every table of soil, with its key and the columns it may have."""
    for number, survey in enumerate(project.surveys):
        if survey.soil is None:
            continue
        for position, source in enumerate(survey.soil.sections):
            yield ("surveys", number, "soil", "sections", position), source, SOIL_SECTION_COLUMNS
        if survey.soil.cores is not None:
            yield ("surveys", number, "soil", "cores"), survey.soil.cores, SOIL_CORE_COLUMNS
        for key, source, columns in control_tables(survey.soil.control):
            yield ("surveys", number, "soil", "control", *key), source, columns
    rates = project.soil_rates
    if rates is None:
        return
    if rates.marker_horizons is not None:
        yield ("soil_rates", "marker_horizons"), rates.marker_horizons, MARKER_HORIZON_COLUMNS
    if rates.elevation_tables is not None:
        yield ("soil_rates", "elevation_tables"), rates.elevation_tables, ELEVATION_TABLE_COLUMNS
    if rates.lead_210 is not None:
        yield ("soil_rates", "lead_210", "profiles"), rates.lead_210.profiles, LEAD_210_COLUMNS

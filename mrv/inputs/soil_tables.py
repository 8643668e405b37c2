"""Soil cores of a survey, stations and dated cores as values: in our columns, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from mrv.findings import Finding
from mrv.inputs.columns import (
    ELEVATION_TABLE_COLUMNS,
    LEAD_210_COLUMNS,
    MARKER_HORIZON_COLUMNS,
    SOIL_CORE_COLUMNS,
    SOIL_SECTION_COLUMNS,
    Columns,
)
from mrv.inputs.quarantine import QuarantinedNames, aside_table, hold_cores, with_reasons
from mrv.inputs.row_filters import Exclusion, Where
from mrv.inputs.soil_carbon_checks import CARBON_CHECKS
from mrv.inputs.soil_checks import TABLE_CHECKS, SoilTablesRead
from mrv.inputs.soil_control import ControlTables, read_control
from mrv.inputs.soil_declaration import SoilDeclaration, SoilRates
from mrv.inputs.soil_rate_checks import rate_findings
from mrv.inputs.table_source import TableSource
from mrv.inputs.tables import Table, combine, read_table
from mrv.soil_reference import soil_default

CORE = ["plot_id", "core_id"]


@dataclass(frozen=True)
class SoilAside:
    """Sections of a survey in quarantine, in the form of the survey's own tables.

    Attributes
    ----------
    sections : DataFrame
        As in :class:`Soil`, with ``reason`` and ``readable``.
    cores : DataFrame
        As in :class:`Soil`: the cores that they are cut from.
    """

    sections: pd.DataFrame
    cores: pd.DataFrame


@dataclass(frozen=True)
class Soil:
    """Soil cores of a survey.

    Attributes
    ----------
    declaration : SoilDeclaration
    depths_cm : tuple of float
        Depths that stocks are given to. [cm]
    sections : DataFrame
        The columns of ``SOIL_SECTION_COLUMNS`` and ``source``, by core and depth, as cut from the core.
    cores : DataFrame
        One row for each core with sections: ``plot_id``, ``core_id``, ``core_depth_cm`` (NaN where not
        given), ``refusal`` (bool), ``compaction_fraction`` (NaN where not measured),
        ``measured_on``.
    aside : SoilAside or None
        Sections in quarantine; None if there are none.
    control : ControlTables or None
        What the laboratory measured to control itself.
    """

    declaration: SoilDeclaration
    depths_cm: tuple[float, ...]
    sections: pd.DataFrame
    cores: pd.DataFrame
    aside: SoilAside | None = None
    control: ControlTables | None = None


@dataclass(frozen=True)
class SoilStations:
    """Stations and dated cores of a project; a table that is not given has no rows."""

    declaration: SoilRates
    marker_horizons: pd.DataFrame
    elevation_tables: pd.DataFrame
    lead_210: pd.DataFrame


def _frame(table: Table) -> pd.DataFrame:
    frame = table.frame.assign(source=pd.Series(table.sources(), index=table.frame.index, dtype="str"))
    return frame.drop(columns=["origin", "row"])


def _compaction(cores: pd.DataFrame) -> pd.Series[float]:
    """Compaction as given, or from the lengths that the field sheet has. [1]"""
    kept = (cores["tube_length_cm"] - cores["inside_cm"]) / (cores["tube_length_cm"] - cores["outside_cm"])
    return cores["compaction_fraction"].where(cores["compaction_fraction"].notna(), 1 - kept)


def core_frame(sections: pd.DataFrame, cores: pd.DataFrame) -> pd.DataFrame:
    """Every core with sections, and what the table of cores says of it."""
    named = sections[CORE].drop_duplicates().sort_values(CORE, kind="stable", ignore_index=True)
    described = cores.assign(compaction_fraction=_compaction(cores), refusal=cores["refusal"] == "yes")
    columns = [*CORE, "core_depth_cm", "refusal", "compaction_fraction", "measured_on"]
    joined = named.merge(described[columns].drop_duplicates(CORE), on=CORE, how="left")
    return joined.assign(refusal=joined["refusal"].eq(True))


def _empty(columns: Columns) -> Table:
    return combine([], columns)


def _at(where: Where, *key: str | int) -> Where:
    return lambda *inner: where(*key, *inner)


def _aside(sections: Table, cores: pd.DataFrame) -> SoilAside | None:
    """Sections in quarantine in the form of the others, each with its reason."""
    if sections.aside is None:
        return None
    held = aside_table(sections)
    rows = with_reasons(_frame(held), sections, held.sources())
    rows = rows.sort_values([*CORE, "top_cm"], kind="stable", ignore_index=True)
    return SoilAside(rows, core_frame(rows, cores))


def read_soil(
    declaration: SoilDeclaration,
    folder: Path,
    where: Where,
    plots: frozenset[str],
    quarantine: Sequence[QuarantinedNames] = (),
    where_survey: Where = lambda *_: "surveys",
) -> tuple[Soil, list[Finding], list[Exclusion]]:
    """Soil cores of a survey, what is wrong with them, and the rows that were left out.

    Parameters
    ----------
    declaration : SoilDeclaration
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the survey's soil in the project file.
    plots : frozenset of str
        Ids of the survey's plots.
    quarantine : sequence of QuarantinedNames, optional
        What the survey names; cores among it are held.
    where_survey : callable, optional
        Place of a key of the survey.
    """
    tables = [
        read_table(folder / source.file, source, SOIL_SECTION_COLUMNS, _at(where, "sections", number))
        for number, source in enumerate(declaration.sections)
    ]
    sections, held = hold_cores(combine(tables, SOIL_SECTION_COLUMNS), quarantine, where_survey)
    cores = (
        read_table(folder / declaration.cores.file, declaration.cores, SOIL_CORE_COLUMNS, _at(where, "cores"))
        if declaration.cores
        else _empty(SOIL_CORE_COLUMNS)
    )
    control, more, left_out = read_control(declaration.control, folder, _at(where, "control"))
    findings = [*sections.findings, *held, *cores.findings, *more]
    if sections.whole and cores.whole:
        read = SoilTablesRead(where, declaration, sections, cores, plots, _compaction(cores.frame))
        findings += [finding for check in TABLE_CHECKS + CARBON_CHECKS for finding in check(read)]
    section_rows = _frame(sections).sort_values([*CORE, "top_cm"], kind="stable", ignore_index=True)
    soil = Soil(
        declaration,
        declaration.depths_cm
        or (soil_default("reporting_depth_upper"), soil_default("reporting_depth_lower")),
        section_rows,
        core_frame(section_rows, cores.frame),
        _aside(sections, cores.frame),
        control,
    )
    return soil, findings, [*sections.exclusions, *cores.exclusions, *left_out]


def soil_of_plots(soil: Soil, plots: frozenset[str]) -> Soil:
    """Soil cores of some plots."""
    sections, cores = (
        table[table["plot_id"].isin(plots)].reset_index(drop=True) for table in (soil.sections, soil.cores)
    )
    return replace(soil, sections=sections, cores=cores)


def read_stations(
    declaration: SoilRates, folder: Path, where: Where, strata: frozenset[str]
) -> tuple[SoilStations, list[Finding], list[Exclusion]]:
    """Stations and dated cores, what is wrong with them, and the rows that were left out.

    Parameters
    ----------
    declaration : SoilRates
    folder : Path
    where : callable
        Place of a key of ``soil_rates`` in the project file.
    strata : frozenset of str
        Ids of the strata of the project.
    """

    def read(source: TableSource | None, columns: Columns, *key: str) -> Table:
        return (
            read_table(folder / source.file, source, columns, _at(where, *key)) if source else _empty(columns)
        )

    profiles = declaration.lead_210.profiles if declaration.lead_210 else None
    markers = read(declaration.marker_horizons, MARKER_HORIZON_COLUMNS, "marker_horizons")
    elevation = read(declaration.elevation_tables, ELEVATION_TABLE_COLUMNS, "elevation_tables")
    dated = read(profiles, LEAD_210_COLUMNS, "lead_210", "profiles")
    tables = (markers, elevation, dated)
    findings = [finding for table in tables for finding in table.findings]
    if all(table.whole for table in tables):
        findings += rate_findings(declaration, markers, elevation, dated, strata, where)
    stations = SoilStations(
        declaration,
        _frame(markers).sort_values(["station_id", "read_on"], kind="stable", ignore_index=True),
        _frame(elevation).sort_values(
            ["station_id", "arm_id", "pin_id", "read_on"], kind="stable", ignore_index=True
        ),
        _frame(dated).sort_values(["core_id", "top_cm"], kind="stable", ignore_index=True),
    )
    return stations, findings, [exclusion for table in tables for exclusion in table.exclusions]

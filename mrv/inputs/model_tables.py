"""Predictors of plots and of the area as values, from the tables that the project file names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from mrv.findings import Finding
from mrv.inputs.columns import Column, Columns
from mrv.inputs.model_declaration import BiomassModel
from mrv.inputs.table_source import TableSource
from mrv.inputs.tables import Exclusion, Table, Where, read_table
from mrv.yaml_file import Key

SHOWN = 5
"""Names told of many."""


@dataclass(frozen=True)
class PredictorTable:
    """Predictors of a project in tables.

    Attributes
    ----------
    plots : DataFrame
        ``plot_id`` and the predictors; by plot.
    population : DataFrame or None
        ``stratum_id``, ``area_ha``, ``x``, ``y`` (NaN where not given) and the predictors, in the order of
        the file. [ha, m]
    rows : {"cells", "stratum_means"} or None
        What a row of the population is.
    """

    plots: pd.DataFrame
    population: pd.DataFrame | None
    rows: Literal["cells", "stratum_means"] | None


def plot_columns(model: BiomassModel) -> Columns:
    """Columns of the table of plots."""
    number = Column("number", required=True, unit="1", low_allowed=True)
    return {"plot_id": Column("id", required=True), **dict.fromkeys(model.predictors, number)}


def population_columns(model: BiomassModel) -> Columns:
    """Columns of the table of the area; a cell may lack data, a mean may not."""
    of_means = model.tables is not None and _rows(model) == "stratum_means"
    number = Column("number", required=of_means, unit="1", low_allowed=True)
    places = {} if of_means else {"x": Column("number", unit="m"), "y": Column("number", unit="m")}
    return {
        "stratum_id": Column("id", required=True),
        **({} if of_means else {"area_ha": Column("number", unit="ha", low=0.0)}),
        **places,
        **dict.fromkeys(model.predictors, number),
    }


def _rows(model: BiomassModel) -> Literal["cells", "stratum_means"] | None:
    population = model.tables.population if model.tables is not None else None
    return population.rows if population is not None else None


def model_tables(model: BiomassModel) -> Iterator[tuple[Key, TableSource, Columns]]:
    """Every table of the declaration, with its key and the columns it may have."""
    if model.tables is None:
        return
    yield ("tables", "plots"), model.tables.plots, plot_columns(model)
    if model.tables.population is not None:
        yield ("tables", "population", "table"), model.tables.population.table, population_columns(model)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")


def _duplicates(table: Table, column: str) -> list[Finding]:
    ids = table.frame[column]
    return [
        Finding(
            table.where(int(position), column),
            "predictors-duplicate",
            "{found!r} stands already in this table",
            {"found": ids.iloc[position]},
        )
        for position in np.flatnonzero(ids.notna() & ids.duplicated())
    ]


def _plot_findings(table: Table, plots: Sequence[str], where: str) -> list[Finding]:
    """Plots of the survey without predictors, and rows of plots that the survey does not have."""
    own = set(table.frame["plot_id"].dropna())
    missing, strays = sorted(set(plots) - own), sorted(own - set(plots))
    findings = []
    if missing:
        findings.append(
            Finding(
                where,
                "predictors-missing",
                "no row for {count} plots of the survey: {names}",
                {"count": len(missing), "names": _listed(missing)},
            )
        )
    if strays:
        findings.append(
            Finding(
                where,
                "predictors-unused",
                "{count} rows are of plots that the survey does not have: {names}",
                {"count": len(strays), "names": _listed(strays)},
                severity="note",
            )
        )
    return findings


def _population_findings(
    table: Table, model: BiomassModel, strata: Sequence[str], where: str
) -> list[Finding]:
    frame = table.frame
    unknown = sorted(set(frame["stratum_id"].dropna()) - set(strata))
    missing = sorted(set(strata) - set(frame["stratum_id"].dropna()))
    findings = [
        Finding(
            where,
            "stratum-unknown",
            "{found!r} is not a declared stratum; declared are {allowed}",
            {"found": name, "allowed": ", ".join(strata)},
        )
        for name in unknown
    ]
    if missing:
        findings.append(
            Finding(
                where,
                "predictors-missing",
                "no row for {count} strata: {names}",
                {"count": len(missing), "names": _listed(missing)},
            )
        )
    if _rows(model) == "stratum_means":
        return findings + _duplicates(table, "stratum_id")
    for first, second in (("x", "y"), ("y", "x")):
        half = frame[first].notna() & frame[second].isna()
        findings += [
            Finding(
                table.where(int(position), second),
                "coordinates-incomplete",
                "{first} and {second} are required together",
                {"first": "x", "second": "y"},
            )
            for position in np.flatnonzero(half)[:SHOWN]
        ]
    partly = frame["area_ha"].isna()
    if partly.any() and not partly.all():
        findings.append(
            Finding(
                table.where(int(np.flatnonzero(partly)[0]), "area_ha"),
                "missing-value",
                "no value; {column} is required of every row or of none",
                {"column": "area_ha"},
            )
        )
    return findings


def read_model_tables(
    model: BiomassModel, folder: Path, where: Where, plots: Sequence[str], strata: Sequence[str]
) -> tuple[PredictorTable | None, list[Finding], list[Exclusion]]:
    """Predictors in tables, what is wrong with them, and the rows that were left out.

    Parameters
    ----------
    model : BiomassModel
        With ``tables``.
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of ``model`` in the project file.
    plots : sequence of str
        Plots of the survey.
    strata : sequence of str
        Declared strata.

    Returns
    -------
    PredictorTable or None
        None if a table could not be read whole.
    """
    read = [
        read_table(folder / source.file, source, columns, lambda *inner, key=key: where(*key, *inner))
        for key, source, columns in model_tables(model)
    ]
    findings = [finding for table in read for finding in table.findings]
    exclusions = [exclusion for table in read for exclusion in table.exclusions]
    if not read or not all(table.whole for table in read):
        return None, findings, exclusions
    findings += _duplicates(read[0], "plot_id") + _plot_findings(read[0], plots, where("tables", "plots"))
    known = read[0].frame[["plot_id", *model.predictors]]
    by_plot = known[known["plot_id"].isin(plots)].drop_duplicates("plot_id")
    population = None
    if len(read) > 1:
        findings += _population_findings(
            read[1], model, strata, where("tables", "population", "table", "file")
        )
        frame = read[1].frame
        population = frame.reindex(columns=["stratum_id", "area_ha", "x", "y", *model.predictors])
    return (
        PredictorTable(
            by_plot.sort_values("plot_id", kind="stable", ignore_index=True), population, _rows(model)
        ),
        findings,
        exclusions,
    )

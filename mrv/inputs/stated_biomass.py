"""Biomass or carbon of plots as a publication states it, where the trees behind it are not at hand.

It is averaged over the plots and reported with its source. No equation stands behind it here, so that it
enters no sink and no credit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pydantic import Field

from mrv.findings import Finding
from mrv.inputs.columns import Column, Columns
from mrv.inputs.table_source import Document, Sentence, TableSource
from mrv.inputs.tables import Exclusion, Table, Where, read_table
from mrv.yaml_file import suggestion

_BIOMASS = Column("number", unit="t/ha", low=0.0, low_allowed=True)

STATED_VALUES = ("agb_t_ha", "bgb_t_ha", "agb_t_c_ha", "bgb_t_c_ha")
"""Dry biomass above and below ground, and carbon above and below ground."""

STATED_COLUMNS: Columns = {"plot_id": Column("id", required=True), **dict.fromkeys(STATED_VALUES, _BIOMASS)}


class StatedBiomass(Document):
    """Biomass or carbon of plots as a publication states it; reported, not credited."""

    table: TableSource = Field(
        description="Table, one row for each plot: plot_id and one or more of agb_t_ha, bgb_t_ha, "
        "agb_t_c_ha, bgb_t_c_ha."
    )
    source: Sentence = Field(description="Publication and column that state the values.")


@dataclass(frozen=True)
class StatedPlots:
    """Stated values of the plots of a survey.

    Attributes
    ----------
    table : DataFrame
        ``plot_id``, the columns of :data:`STATED_VALUES` (NaN where nothing is stated) and ``source``.
        [t/ha]
    publication : str
    """

    table: pd.DataFrame
    publication: str


def _plot_findings(table: Table, plots: frozenset[str]) -> Iterator[Finding]:
    """Each plot stands once and is one of the survey."""
    first: dict[str, int] = {}
    for position, plot in enumerate(table.frame["plot_id"]):
        if pd.isna(plot):
            continue
        if plot in first:
            yield Finding(
                table.where(position, "plot_id"),
                "plot-duplicate",
                "plot {plot!r} stands already at {first}",
                {"plot": plot, "first": table.where(first[plot], "plot_id")},
            )
        first.setdefault(plot, position)
    for plot, position in first.items():
        if plots and plot not in plots:
            near = suggestion(plot, plots)
            yield Finding(
                table.where(position, "plot_id"),
                "stated-plot-unknown",
                "{found!r} is no plot of this survey, so that its biomass counts nowhere; "
                "did you mean {near!r}?"
                if near
                else "{found!r} is no plot of this survey, so that its biomass counts nowhere",
                {"found": plot, "near": near},
                waivable=True,
            )


def _value_findings(table: Table, plots: frozenset[str], where: Where) -> Iterator[Finding]:
    """Something is stated, and plots without it are told."""
    given = [name for name in STATED_VALUES if table.frame[name].notna().any()]
    if not given:
        yield Finding(
            where("table"),
            "stated-column-needed",
            "no row has a value; one or more of {columns} were expected",
            {"columns": ", ".join(STATED_VALUES)},
        )
    for name in given:
        lacking = plots - set(table.frame.loc[table.frame[name].notna(), "plot_id"])
        if lacking:
            yield Finding(
                where("table"),
                "stated-biomass-missing",
                "{count} of {all} plots have no {column}, such as {plot}; the mean is that of the others",
                {"count": len(lacking), "all": len(plots), "column": name, "plot": min(lacking)},
                severity="note",
            )


def read_stated_biomass(
    declaration: StatedBiomass, folder: Path, where: Where, plots: frozenset[str]
) -> tuple[StatedPlots, list[Finding], list[Exclusion]]:
    """Stated values of a survey, what is wrong with them, and the rows that were left out.

    Parameters
    ----------
    declaration : StatedBiomass
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the declaration in the project file.
    plots : frozenset of str
        Ids of the survey's plots.
    """
    table = read_table(
        folder / declaration.table.file,
        declaration.table,
        STATED_COLUMNS,
        lambda *key: where("table", *key),
    )
    findings = list(table.findings)
    if table.whole:
        findings += [*_plot_findings(table, plots), *_value_findings(table, plots, where)]
    rows = table.frame.assign(source=pd.Series(table.sources(), index=table.frame.index, dtype="str"))
    rows = rows.sort_values("plot_id", kind="stable", ignore_index=True)
    return (
        StatedPlots(rows[["plot_id", *STATED_VALUES, "source"]], declaration.source),
        findings,
        list(table.exclusions),
    )

"""Plots measured again by another crew that did not see the first values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import Field

from mrv.findings import Finding
from mrv.inputs.columns import TREE_COLUMNS, Columns
from mrv.inputs.table_source import Document, Sentence, TableSource
from mrv.inputs.tables import Exclusion, Table, Where, combine, read_table
from mrv.yaml_file import suggestion

REMEASURED_COLUMNS: Columns = {
    "plot_id": TREE_COLUMNS["plot_id"],
    "tree_id": replace(TREE_COLUMNS["tree_id"], required=True),
    **{name: TREE_COLUMNS[name] for name in ("stem_id", "dbh_cm", "girth_cm", "height_m")},
}

STEM = ["plot_id", "tree_id", "stem_id"]


class Remeasurement(Document):
    """A tenth of the plots, measured a second time by people who do not know the first values."""

    trees: Annotated[tuple[TableSource, ...], Field(min_length=1)] = Field(
        description="One or several tables: plot_id, tree_id, dbh_cm or girth_cm; optional stem_id, height_m."
    )
    crew: Sentence = Field(
        description="Who measured again, when, and how it was made sure that it was blind."
    )


@dataclass(frozen=True)
class Remeasured:
    """Stems as the second crew measured them.

    Attributes
    ----------
    trees : DataFrame
        ``plot_id``, ``tree_id``, ``stem_id``, ``dbh_cm``, ``height_m``, ``source``; by stem. [cm, m]
    crew : str
    """

    trees: pd.DataFrame
    crew: str


def _findings(table: Table, plots: frozenset[str]) -> Iterator[Finding]:
    first: dict[tuple[str, ...], int] = {}
    rows = table.frame[STEM].fillna("").itertuples(index=False, name=None)
    for position, key in enumerate(rows):
        if key in first:
            yield Finding(
                table.where(position, "tree_id"),
                "tree-duplicate",
                "tree {tree!r} of plot {plot!r} stands already at {first}",
                {"tree": key[1], "plot": key[0], "first": table.where(first[key], "tree_id")},
            )
        first.setdefault(key, position)
    text = table.frame["plot_id"]
    for plot in sorted(set(text.dropna()) - plots):
        near = suggestion(plot, plots)
        yield Finding(
            table.where(int((text == plot).to_numpy().argmax()), "plot_id"),
            "tree-without-plot",
            "plot {found!r} is not in the table of plots; did you mean {near!r}?"
            if near
            else "plot {found!r} is not in the table of plots",
            {"found": plot, "near": near},
        )


def read_remeasurement(
    declaration: Remeasurement, folder: Path, where: Where, plots: frozenset[str]
) -> tuple[Remeasured, list[Finding], list[Exclusion]]:
    """Stems that were measured again, what is wrong with the tables, and the rows that were left out.

    Parameters
    ----------
    declaration : Remeasurement
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the declaration in the project file.
    plots : frozenset of str
        Ids of the survey's plots.
    """
    table = combine(
        [
            read_table(
                folder / source.file,
                source,
                REMEASURED_COLUMNS,
                lambda *key, number=number: where("trees", number, *key),
            )
            for number, source in enumerate(declaration.trees)
        ],
        REMEASURED_COLUMNS,
    )
    findings = list(table.findings)
    if table.whole:
        findings += _findings(table, plots)
    frame = table.frame
    trees = frame.assign(
        dbh_cm=frame["dbh_cm"].where(frame["dbh_cm"].notna(), frame["girth_cm"] / math.pi),
        source=pd.Series(table.sources(), index=frame.index, dtype="str"),
    ).sort_values(STEM, kind="stable", ignore_index=True)
    columns = [*STEM, "dbh_cm", "height_m", "source"]
    return Remeasured(trees[columns], declaration.crew), findings, list(table.exclusions)

"""Downed wood of a survey as values: the lines, and the squared diameters of each class that cross them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mrv.findings import Finding
from mrv.inputs.columns import DIAMETER, Column, Columns
from mrv.inputs.downed_declaration import DownedWood, PieceClass
from mrv.inputs.stated_values import Stated
from mrv.inputs.table_source import TableSource
from mrv.inputs.tables import Exclusion, Table, Where, combine, read_table
from mrv.yaml_file import Key, suggestion

LINE = ["plot_id", "line_id"]

LINE_COLUMNS: Columns = {"plot_id": Column("id", required=True), "line_id": Column("id", required=True)}
PIECE_COLUMNS: Columns = {
    **LINE_COLUMNS,
    "piece_class": Column("text", required=True),
    "diameter_cm": Column("number", required=True, unit="cm", low=DIAMETER.low, high=DIAMETER.high),
}
COUNT_COLUMNS: Columns = {
    **LINE_COLUMNS,
    "piece_class": Column("text", required=True),
    "pieces": Column("number", unit="1", low=0.0, low_allowed=True, whole=True),
    "squared_diameters_cm2": Column("number", unit="cm2", low=0.0, low_allowed=True),
}


@dataclass(frozen=True)
class DownedLines:
    """Downed wood of a survey.

    Attributes
    ----------
    lines : DataFrame
        ``plot_id``, ``line_id``: every line that was walked.
    squares : DataFrame
        ``plot_id``, ``line_id``, ``piece_class``, ``squared_diameters_cm2``: a row for each piece or count.
    classes : mapping of str to PieceClass
    carbon_fraction : Stated or None
        [t_c/t_dm]
    """

    lines: pd.DataFrame
    squares: pd.DataFrame
    classes: Mapping[str, PieceClass]
    carbon_fraction: Stated | None = None


def downed_tables(declaration: DownedWood) -> Iterator[tuple[Key, TableSource, Columns]]:
    """Every table of the declaration, with its key and the columns it may have."""
    yield ("lines",), declaration.lines, LINE_COLUMNS
    for number, source in enumerate(declaration.pieces):
        yield ("pieces", number), source, PIECE_COLUMNS
    for number, source in enumerate(declaration.counts):
        yield ("counts", number), source, COUNT_COLUMNS


def _class_findings(table: Table, classes: Mapping[str, PieceClass]) -> list[Finding]:
    findings = []
    text = table.frame["piece_class"]
    for name in sorted(set(text.dropna()) - set(classes)):
        position = int((text == name).to_numpy().argmax())
        findings.append(
            Finding(
                table.where(position, "piece_class"),
                "piece-class-unknown",
                "{found!r} is not one of the classes {allowed}; did you mean {near}?"
                if suggestion(name, list(classes))
                else "{found!r} is not one of the classes {allowed}",
                {
                    "found": name,
                    "allowed": ", ".join(sorted(classes)),
                    "near": suggestion(name, list(classes)),
                },
            )
        )
    return findings


def _line_findings(table: Table, lines: frozenset[tuple[str, str]]) -> list[Finding]:
    keys = list(zip(table.frame["plot_id"], table.frame["line_id"], strict=True))
    stray = [position for position, key in enumerate(keys) if None not in key and key not in lines]
    if not stray:
        return []
    return [
        Finding(
            table.where(stray[0], "line_id"),
            "line-unknown",
            "line {line!r} of plot {plot!r} is not in the table of lines ({count} rows, this the first)",
            {"line": keys[stray[0]][1], "plot": keys[stray[0]][0], "count": len(stray)},
        )
    ]


def _count_findings(table: Table, classes: Mapping[str, PieceClass]) -> list[Finding]:
    """Counts that no squared diameter can be had from."""
    frame = table.frame
    without = {name for name, entry in classes.items() if entry.quadratic_mean_diameter_cm is None}
    lacking = frame["squared_diameters_cm2"].isna() & (
        frame["pieces"].isna() | frame["piece_class"].isin(without)
    )
    positions = [position for position, wrong in enumerate(lacking) if wrong]
    if not positions:
        return []
    return [
        Finding(
            table.where(positions[0], "piece_class"),
            "count-without-diameter",
            "class {found!r}: neither squared_diameters_cm2 nor pieces with a quadratic_mean_diameter_cm of "
            "their class ({count} rows, this the first)",
            {"found": frame["piece_class"].iloc[positions[0]], "count": len(positions)},
        )
    ]


def _squares(pieces: pd.DataFrame, counts: pd.DataFrame, classes: Mapping[str, PieceClass]) -> pd.DataFrame:
    """Squared diameters of measured and of counted pieces, in one table. [cm²]"""
    measured = pieces.assign(squared_diameters_cm2=pieces["diameter_cm"] ** 2)
    mean = {
        name: math.nan if entry.quadratic_mean_diameter_cm is None else entry.quadratic_mean_diameter_cm
        for name, entry in classes.items()
    }
    by_count = counts["pieces"] * counts["piece_class"].map(mean).astype("float64") ** 2
    given = counts["squared_diameters_cm2"]
    counted = counts.assign(squared_diameters_cm2=given.where(given.notna(), by_count))
    columns = [*LINE, "piece_class", "squared_diameters_cm2"]
    filled = [frame[columns] for frame in (measured, counted) if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else measured[columns]


def read_downed_wood(
    declaration: DownedWood, folder: Path, where: Where, plots: frozenset[str]
) -> tuple[DownedLines, list[Finding], list[Exclusion]]:
    """Downed wood of a survey, what is wrong with it, and the rows that were left out.

    Parameters
    ----------
    declaration : DownedWood
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the survey's downed wood in the project file.
    plots : frozenset of str
        Ids of the survey's plots.
    """
    tables: dict[str, list[Table]] = {"lines": [], "pieces": [], "counts": []}
    for key, source, columns in downed_tables(declaration):
        tables[str(key[0])].append(
            read_table(folder / source.file, source, columns, lambda *inner, key=key: where(*key, *inner))
        )
    lines = tables["lines"][0]
    pieces, counts = combine(tables["pieces"], PIECE_COLUMNS), combine(tables["counts"], COUNT_COLUMNS)
    read = (lines, pieces, counts)
    findings = [finding for table in read for finding in table.findings]
    if all(table.whole for table in read):
        known = frozenset(zip(lines.frame["plot_id"], lines.frame["line_id"], strict=True))
        for table in (pieces, counts):
            findings += _class_findings(table, declaration.classes) + _line_findings(table, known)
        findings += _count_findings(counts, declaration.classes)
        strays = sorted(set(lines.frame["plot_id"].dropna()) - plots)
        if strays:
            findings.append(
                Finding(
                    where("lines"),
                    "plot-unknown",
                    "lines of {count} plots that are not in the plots table: {names}",
                    {"count": len(strays), "names": ", ".join(strays[:5])},
                )
            )
    walked = lines.frame[LINE].drop_duplicates().sort_values(LINE, kind="stable", ignore_index=True)
    squares = _squares(pieces.frame, counts.frame, declaration.classes)
    return (
        DownedLines(
            walked,
            squares,
            declaration.classes,
            declaration.carbon_fraction.stated if declaration.carbon_fraction else None,
        ),
        findings,
        [exclusion for table in read for exclusion in table.exclusions],
    )

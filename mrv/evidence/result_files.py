"""Whether the results in a package are such as a run writes, so that nobody need fear to read them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ValidationError

from mrv.errors import InputError
from mrv.evidence.run_record import RunRecord
from mrv.findings import Finding
from mrv.inputs.cells import layer_names
from mrv.inputs.raster_files import raster_file
from mrv.json_file import read_json
from mrv.run.results import Results
from mrv.run.trace import Trace
from mrv.run.write import PLOT_COLUMNS, TREE_COLUMNS

KINDS = frozenset({".csv", ".gpkg", ".json", ".npz", ".png", ".qml", ".svg", ".tif"})
"""Endings of the files that a run writes."""

DOCUMENTS: Mapping[str, type[BaseModel]] = {"results.json": Results, "trace.json": Trace}
"""What the documents of a run are instances of."""

COLUMNS: Mapping[str, Sequence[str]] = {"tables/trees.csv": TREE_COLUMNS, "tables/plots.csv": PLOT_COLUMNS}
"""Columns of the tables that others compute with."""

SHOWN = 10
"""Problems of one document that are listed."""


def _document(file: Path, name: str, where: str) -> Iterator[Finding]:
    data = read_json(file, where)
    if name not in DOCUMENTS:
        return
    try:
        DOCUMENTS[name].model_validate(data)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_input=False)[:SHOWN]:
            place = ".".join(map(str, item["loc"]))
            yield Finding(
                f"{where}: {place}" if place else where,
                "package-document",
                "is not as a run of this version writes it: {problem}",
                {"problem": item["msg"]},
            )


def _table(file: Path, name: str, where: str) -> Iterator[Finding]:
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream)
            header = next(rows, [])
            odd = next((rows.line_num for row in rows if len(row) != len(header)), None)
    except (UnicodeDecodeError, csv.Error) as error:
        yield Finding(
            where, "package-document", "cannot be read as a table: {problem}", {"problem": str(error)}
        )
        return
    if odd is not None:
        yield Finding(
            f"{where}:{odd}", "package-document", "has more or fewer cells than the header of its table"
        )
    missing = [column for column in COLUMNS.get(name, ()) if column not in header]
    if missing:
        yield Finding(where, "package-document", "lacks the columns {names}", {"names": ", ".join(missing)})


def _findings(results: Path, name: str, where: str) -> Iterator[Finding]:
    file = results / name
    match file.suffix:
        case ".json":
            yield from _document(file, name, where)
        case ".csv":
            yield from _table(file, name, where)
        case ".tif":
            yield from (replace(finding, where=where) for finding in raster_file(results, name)[1])
        case ".gpkg":
            layer_names(file, where)
        case other if other not in KINDS:
            yield Finding(where, "package-document", "is a kind of file that no run writes")


def result_findings(results: Path, where: str, run: RunRecord) -> Iterator[Finding]:
    """Results that no run of this version writes, or that go beyond a limit.

    Parameters
    ----------
    results : Path
    where : str
        How findings call the folder.
    run : RunRecord
    """
    for name in sorted(run.outputs):
        if not (results / name).is_file():
            continue
        try:
            yield from _findings(results, name, f"{where}/{name}")
        except InputError as error:
            yield from error.findings

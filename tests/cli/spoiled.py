"""Ways to spoil a copy of the demo project as users do, and what they must be told for it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyogrio
import pytest
from click.testing import CliRunner, Result

from mrv.cli import main

TREES_2010 = "trees_2010.csv"
TREES_2020 = "trees_2020.csv"
PLOTS = "plots.csv"
TABLES = (PLOTS, TREES_2010, TREES_2020)
CORES_2010 = "soil_cores_2010.csv"
CORES = "soil_cores_2020.csv"
DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
SCENES = "scenes.csv"
IMAGERY = (SCENES, *sorted(path.relative_to(DEMO).as_posix() for path in DEMO.rglob("*.tif")))
PROJECT_FILES = (*TABLES, CORES_2010, CORES, "strata.geojson", "boundary.geojson", "mrv.yaml", *IMAGERY)


def mrv(*arguments: str | Path) -> Result:
    """Run the command line in this process; standard output and error are kept apart."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=True)


def bytes_of(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its name relative to it."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True)
class Spoiled:
    """A project in a folder of its own, changed as a user would change it."""

    folder: Path

    @property
    def file(self) -> Path:
        """The project file."""
        return self.folder / "mrv.yaml"

    def text(self, name: str = "mrv.yaml") -> str:
        """Text of a file, without a byte order mark."""
        return (self.folder / name).read_text(encoding="utf-8-sig")

    def write(self, name: str, text: str, encoding: str = "utf-8") -> None:
        """Write a text file."""
        (self.folder / name).write_bytes(text.encode(encoding))

    def replace(self, old: str, new: str, name: str = "mrv.yaml", count: int = 1) -> None:
        """Replace the first occurrences of a text that the file must hold."""
        text = self.text(name)
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new, count))

    def leave_out(self, *keys: str) -> None:
        """Leave out top-level keys of the project file with all that they hold, where it has them."""
        for key in keys:
            self.write("mrv.yaml", re.sub(rf"(?m)^{key}:.*\n((?:[ #].*)?\n)*", "", self.text()))

    def line_of(self, text: str, name: str = "mrv.yaml", nth: int = 1) -> int:
        """Number of the nth line that holds a text."""
        lines = [number for number, line in enumerate(self.text(name).splitlines(), 1) if text in line]
        return lines[nth - 1]

    def rows(self, name: str) -> list[list[str]]:
        """Rows of a CSV file, the header first."""
        return list(csv.reader(io.StringIO(self.text(name))))

    def write_rows(self, name: str, rows: list[list[str]]) -> None:
        """Write a CSV file."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        self.write(name, out.getvalue())

    def set_cell(self, name: str, line: int, column: str, value: str) -> str:
        """Write a value into a cell; the place of the cell as findings name it."""
        rows = self.rows(name)
        rows[line - 1][rows[0].index(column)] = value
        self.write_rows(name, rows)
        return f"{name}:{line}:{column}"

    def set_column(self, name: str, column: str, change: Callable[[str], str]) -> None:
        """Change every cell of a column."""
        rows = self.rows(name)
        number = rows[0].index(column)
        for row in rows[1:]:
            row[number] = change(row[number])
        self.write_rows(name, rows)

    def geometry(self, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a GeoJSON document."""
        document = json.loads(self.text(name))
        change(document)
        self.write(name, json.dumps(document, ensure_ascii=False))


Spoil = Callable[[Spoiled], object]


@dataclass(frozen=True)
class Told:
    """What a line of findings must be: its place, its rule, and words that it holds."""

    place: str
    rule: str
    words: tuple[str, ...]


def told(place: str, rule: str, *words: str) -> Told:
    """What a line of findings must be."""
    return Told(place, rule, words)


def case(spoil: Spoil, *lines: Told, id: str) -> Any:
    """A way to spoil the project, and every line that it is told for it."""
    return pytest.param(spoil, lines, id=id)


def assert_told(lines: list[str], *expected: Told) -> None:
    """The findings are these and no others, in this order."""
    assert len(lines) == len(expected), "\n".join(lines)
    for line, wanted in zip(lines, expected, strict=True):
        assert line.startswith(f"{wanted.place}: "), line
        assert line.endswith(f"  [{wanted.rule}]"), line
        assert [word for word in wanted.words if word not in line] == [], line


def as_number(text: str) -> int | float | str | None:
    """Cell as a workbook would hold it."""
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text or None


def _point_tables_to(project: Spoiled, book: str, part: str) -> None:
    """Have the project file read its tables from the sheets or layers of one file."""
    text = project.text()
    for name in TABLES:
        text = re.sub(
            rf"^( *(?:- )?)file: {re.escape(name)}.*$",
            lambda found, name=name: (
                f"{found[1]}file: {book}\n{' ' * len(found[1])}{part}: {name.removesuffix('.csv')}"
            ),
            text,
            flags=re.MULTILINE,
        )
    text = re.sub(r"^ *encoding: utf-8.*\n", "", text, flags=re.MULTILINE)
    project.write("mrv.yaml", text)
    for name in TABLES:
        (project.folder / name).unlink()


def to_workbook(project: Spoiled, change: Callable[[Any], None] = lambda _: None) -> None:
    """Put the tables of a project into one workbook, change something in it, and read from there."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in TABLES:
        sheet = book.create_sheet(name.removesuffix(".csv"))
        for row in project.rows(name):
            sheet.append([as_number(cell) for cell in row])
    change(book)
    book.save(project.folder / "book.xlsx")
    _point_tables_to(project, "book.xlsx", "sheet")


def to_geopackage(project: Spoiled) -> None:
    """Put the tables of a project into one GeoPackage and read from there."""
    path = project.folder / "book.gpkg"
    for name in TABLES:
        header, *rows = project.rows(name)
        frame = pd.DataFrame([[as_number(cell) for cell in row] for row in rows], columns=header)
        pyogrio.write_dataframe(
            frame, path, layer=name.removesuffix(".csv"), driver="GPKG", append=path.exists()
        )
    _point_tables_to(project, "book.gpkg", "layer")

"""A copy of the demo project that each test spoils in one place, and the command line in this process."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mrv.cli import main

TREES_2010 = "trees_2010.csv"
TREES_2020 = "trees_2020.csv"
PLOTS = "plots.csv"
PROJECT_FILES = (PLOTS, TREES_2010, TREES_2020, "strata.geojson", "boundary.geojson", "mrv.yaml")


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


@pytest.fixture(scope="session")
def sound(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the demo project is computed from; not to be written to."""
    folder = tmp_path_factory.mktemp("sound")
    for name in PROJECT_FILES:
        shutil.copyfile(demo / name, folder / name)
    return folder


@pytest.fixture
def project(sound: Path, tmp_path: Path) -> Spoiled:
    """A copy of the demo project, to be spoiled."""
    folder = tmp_path / "project"
    shutil.copytree(sound, folder)
    return Spoiled(folder)


@pytest.fixture(scope="session")
def older(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the sound project; not to be written to."""
    out = tmp_path_factory.mktemp("older") / "out"
    result = mrv("run", sound, "-o", out)
    assert result.exit_code == 0, result.output
    return out


COUNT_LINE = re.compile(r"(1 finding|[0-9]+ findings); nothing was written\.")


@pytest.fixture
def refused(project: Spoiled, older: Path, tmp_path: Path) -> Callable[[], list[str]]:
    """Run the spoiled project, which must be refused, and return the lines of findings.

    It is run twice: to a folder that does not exist, and to one that holds older results. Both must
    be as they were afterwards, with nothing left beside them.
    """

    def run() -> list[str]:
        target = tmp_path / "target"
        target.mkdir()
        new, old = target / "new", target / "old"
        shutil.copytree(older, old)
        before = bytes_of(target)
        result = mrv("run", project.folder, "-o", new)
        again = mrv("run", project.folder, "-o", old)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == 2, result.output
        assert "Traceback" not in result.output
        assert result.stdout == ""
        assert (again.exit_code, again.stderr) == (result.exit_code, result.stderr)
        assert bytes_of(target) == before
        assert sorted(path.name for path in target.iterdir()) == ["old"]
        *lines, last = result.stderr.splitlines()
        assert COUNT_LINE.fullmatch(last), result.stderr
        assert last.startswith(f"{len(lines)} finding")
        assert all(re.search(r"  \[[a-z0-9-]+\]$", line) for line in lines), result.stderr
        return lines

    return run


@pytest.fixture
def refused_once(refused: Callable[[], list[str]]) -> Callable[..., None]:
    """The refused project has this one finding: its place, its rule, and what the line must say."""

    def check(place: str, rule: str, *said: str) -> None:
        (line,) = refused()
        assert line.startswith(f"{place}: "), line
        assert line.endswith(f"  [{rule}]"), line
        assert [words for words in said if words not in line] == [], line

    return check

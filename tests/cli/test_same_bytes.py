"""The same inputs give the same bytes: whatever the place, the clock, the locale or the order of rows."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spoiled import (
    PROJECT_FILES,
    TABLES,
    TREES_2010,
    Spoiled,
    bytes_of,
    mrv,
    to_geopackage,
    to_workbook,
)

OUTPUTS = {
    "project.gpkg",
    "results.json",
    "run.json",
    "tables/plots.csv",
    "tables/strata.csv",
    "tables/trees.csv",
    "tables/vintages.csv",
    "trace.json",
}


def run(project: Path, out: Path) -> Path:
    result = mrv("run", project, "-o", out)
    assert result.exit_code == 0, result.output
    return out


def document(out: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / name).read_text(encoding="utf-8"))
    return found


def test_two_runs_write_the_same_bytes(sound: Path, older: Path, tmp_path: Path) -> None:
    out = run(sound, tmp_path / "another name")
    assert set(bytes_of(out)) >= OUTPUTS
    assert bytes_of(out) == bytes_of(older)


def test_the_working_directory_changes_nothing(
    sound: Path, older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "a copy 副本"
    shutil.copytree(sound, copy)
    monkeypatch.chdir(copy)
    assert bytes_of(run(Path(), tmp_path / "out")) == bytes_of(older)
    monkeypatch.chdir(tmp_path)
    assert bytes_of(run(Path("a copy 副本/mrv.yaml"), Path("out 2"))) == bytes_of(older)


SURROUNDINGS = [
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C", "LANG": "C"},
    {"PYTHONHASHSEED": "4242", "TZ": "America/Los_Angeles", "LC_ALL": "C.UTF-8", "LANG": "zh_CN.GB18030"},
]


@pytest.mark.parametrize("surroundings", SURROUNDINGS, ids=["C", "UTF-8"])
def test_surroundings_change_nothing(
    sound: Path, older: Path, tmp_path: Path, surroundings: dict[str, str]
) -> None:
    """In a process of its own: hash seed, time zone, locale, language, working directory and clock."""
    out = tmp_path / "out"
    subprocess.run(
        [
            sys.executable,
            "-c",
            "from mrv.cli import main; main()",
            "run",
            sound,
            "-o",
            out,
            "--lang",
            "zh",
            "-q",
        ],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", **surroundings},
    )
    assert bytes_of(out) == bytes_of(older)


def shuffled(project: Spoiled) -> None:
    order = random.Random(20200101)
    for name in TABLES:
        header, *rows = project.rows(name)
        order.shuffle(rows)
        project.write_rows(name, [header, *rows])


def gb18030(project: Spoiled) -> None:
    project.write(TREES_2010, project.text(TREES_2010), "gb18030")
    project.replace("encoding: utf-8", "encoding: gb18030")


def windows_lines(project: Spoiled) -> None:
    for name in TABLES:
        project.write(name, project.text(name).replace("\n", "\r\n"), "utf-8-sig")


def in_other_columns(project: Spoiled) -> None:
    """Columns of a table in another order, with one more that nobody asks for."""
    for name in TABLES:
        rows = project.rows(name)
        project.write_rows(
            name, [["" if number else "remarks", *reversed(row)] for number, row in enumerate(rows)]
        )


@pytest.mark.parametrize(
    "change", [shuffled, gb18030, windows_lines, in_other_columns, to_workbook, to_geopackage]
)
def test_the_form_of_the_tables_changes_no_figure(
    change: Callable[[Spoiled], None], project: Spoiled, older: Path, tmp_path: Path
) -> None:
    """Row order, encoding, line ends, column order, workbook, GeoPackage: each figure to the last bit.

    Only the places that findings and rows name follow the files.
    """
    change(project)
    out = run(project.folder, tmp_path / "out")
    found, expected = document(out, "results.json"), document(older, "results.json")
    rules = [sorted(f["rule"] for f in results.pop("findings")) for results in (found, expected)]
    assert rules[0] == rules[1]
    assert len(found["figures"]) > 100
    assert found == expected
    assert bytes_of(out)["tables/strata.csv"] == bytes_of(older)["tables/strata.csv"]
    assert bytes_of(out)["tables/vintages.csv"] == bytes_of(older)["tables/vintages.csv"]


def test_another_diameter_is_another_result(project: Spoiled, older: Path, tmp_path: Path) -> None:
    project.set_cell("trees_2020.csv", 41, "dbh_cm", "20.5")
    out = run(project.folder, tmp_path / "out")
    changed = {name for name, content in bytes_of(out).items() if content != bytes_of(older)[name]}
    assert changed >= OUTPUTS - {"tables/vintages.csv"}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_run_file_lists_every_input_by_its_hash(sound: Path, older: Path) -> None:
    assert document(older, "run.json")["inputs"] == {
        name: sha256(sound / name) for name in sorted(PROJECT_FILES)
    }


def test_the_run_file_lists_every_output_by_its_hash(older: Path) -> None:
    listed = document(older, "run.json")["outputs"]
    assert listed == {name: content for name, content in bytes_of(older).items() if name != "run.json"}


def test_the_run_file_names_no_place_and_no_time(sound: Path, older: Path) -> None:
    text = "".join(
        (older / name).read_text(encoding="utf-8") for name in sorted(OUTPUTS) if name != "project.gpkg"
    )
    assert str(sound.parent) not in text
    assert str(older.parent) not in text
    assert str(Path.home()) not in text

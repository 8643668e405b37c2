"""How a refused run speaks, and what it leaves alone: results, the project, other people's files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from spoiled import PLOTS, TREES_2010, TREES_2020, Spoiled, assert_told, bytes_of, mrv, told

FAULTS = (
    told("mrv.yaml:180:1: parameters.carbon_fraction_agb", "parameter-recalled"),
    told(f"{PLOTS}:5:zone", "stratum-unknown", "'landwrd'"),
    told(f"{TREES_2010}:9:胸径_cm", "value-range", "190"),
    told(f"{TREES_2010}:10:胸径_cm", "not-a-number", "'12 cm'"),
    told(f"{TREES_2010}:100:树种", "code-unknown", "'秋笳'"),
    told(f"{TREES_2020}:5:height_m", "not-finite", "'nan'"),
    told(f"{TREES_2020}:41:dbh_cm", "value-range", "512"),
    told(f"{TREES_2020}:41:status", "code-unknown", "'alive'"),
)


@pytest.fixture
def faulty(project: Spoiled) -> Spoiled:
    """A project with faults in every table and in the project file, made in no order."""
    project.set_cell(TREES_2020, 41, "dbh_cm", "512")
    project.set_cell(TREES_2020, 5, "height_m", "nan")
    project.set_cell(TREES_2010, 100, "树种", "秋笳")
    project.set_cell(TREES_2010, 10, "胸径_cm", "12 cm")
    project.set_cell(TREES_2010, 9, "胸径_cm", "190")
    project.set_cell(TREES_2020, 41, "status", "alive")
    project.set_cell(PLOTS, 5, "zone", "landwrd")
    text = project.text()
    first, second = text.index("  carbon_fraction_agb:"), text.index("  carbon_fraction_bgb:")
    project.write("mrv.yaml", text[:first] + text[second:])
    return project


def test_all_faults_are_told_by_file_and_line(faulty: Spoiled, refused: Callable[[], list[str]]) -> None:
    assert_told(refused(), *FAULTS)


def test_check_tells_the_same_as_run(faulty: Spoiled, tmp_path: Path) -> None:
    check, run = mrv("check", faulty.folder), mrv("run", faulty.folder, "-o", tmp_path / "out")
    assert (check.exit_code, check.stdout, check.stderr) == (2, "", run.stderr)
    assert run.stderr.splitlines()[-1] == "8 findings; nothing was written."


@pytest.mark.parametrize("options", [["--json"], ["--json", "--lang", "zh"], ["--json", "-v"]])
def test_json_is_one_document_with_every_finding(faulty: Spoiled, tmp_path: Path, options: list[str]) -> None:
    plain = mrv("run", faulty.folder, "-o", tmp_path / "out")
    result = mrv("run", faulty.folder, "-o", tmp_path / "out", *options)
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert (document["error"], document["exit_code"]) == ("InputError", 2)
    lines = [
        f"{finding['where']}: {finding['message']}  [{finding['rule']}]" for finding in document["findings"]
    ]
    assert lines == plain.stderr.splitlines()[:-1]
    assert {finding["severity"] for finding in document["findings"]} == {"error"}


def test_chinese_keeps_place_value_and_rule(faulty: Spoiled, tmp_path: Path) -> None:
    result = mrv("run", faulty.folder, "-o", tmp_path / "out", "--lang", "zh")
    assert result.exit_code == 2
    *lines, last = result.stderr.splitlines()
    assert_told(lines, *FAULTS)
    assert "8" in last
    assert last != "8 findings; nothing was written."
    assert not (tmp_path / "out").exists()


def test_quiet_hides_no_finding(faulty: Spoiled, tmp_path: Path) -> None:
    result = mrv("run", faulty.folder, "-o", tmp_path / "out", "-q")
    assert_told(result.stderr.splitlines()[:-1], *FAULTS)


def test_a_project_that_does_not_exist(tmp_path: Path) -> None:
    result = mrv("run", tmp_path / "nowhere", "-o", tmp_path / "out")
    assert result.exit_code == 2
    line, last = result.stderr.splitlines()
    assert_told([line], told(str(tmp_path / "nowhere"), "project-missing", "mrv.yaml"))
    assert last == "1 finding; nothing was written."
    assert list(tmp_path.iterdir()) == []


def test_a_table_given_as_the_project_file(project: Spoiled, tmp_path: Path) -> None:
    result = mrv("run", project.folder / PLOTS, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{PLOTS}:1:1: ")
    assert len(result.stderr) < 500
    assert not (tmp_path / "out").exists()


def assert_refused(out: Path, project: Path, *words: str) -> None:
    """The folder cannot take results: one line that names it, and nothing is changed anywhere near."""
    before = bytes_of(out.parent), sorted(out.parent.iterdir())
    result = mrv("run", project, "-o", out)
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{out}: ")
    assert [word for word in words if word not in line] == [], line
    assert (bytes_of(out.parent), sorted(out.parent.iterdir())) == before
    document = json.loads(mrv("run", project, "-o", out, "--json").stdout)
    assert (document["error"], document["message"], document["findings"]) == ("UsageError", line, [])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


def test_out_is_a_file(sound: Path, place: Path) -> None:
    (place / "out").write_text("a field book")
    assert_refused(place / "out", sound, "is a file; a folder for the results is needed")


def test_out_holds_foreign_files(sound: Path, place: Path) -> None:
    (place / "out").mkdir()
    (place / "out" / "notes.txt").write_text("soil cores still to be weighed")
    assert_refused(place / "out", sound, "holds notes.txt, which is no result of a run")


@pytest.mark.parametrize("document", ["{}", "[]", "not json", '{"schema": "other/1", "outputs": {}}'])
def test_out_holds_a_run_file_of_something_else(sound: Path, place: Path, document: str) -> None:
    (place / "out").mkdir()
    (place / "out" / "run.json").write_text(document)
    assert_refused(place / "out", sound, "holds run.json, which is no result of a run")


@pytest.mark.parametrize("name", ["notes.txt", "tables/notes.txt", "maps/map.qgz"])
def test_out_holds_older_results_and_something_of_the_user(
    sound: Path, older: Path, place: Path, name: str
) -> None:
    shutil.copytree(older, place / "out")
    (place / "out" / name).parent.mkdir(exist_ok=True)
    (place / "out" / name).write_text("kept")
    assert_refused(place / "out", sound, "which is no result of a run", name.split("/", maxsplit=1)[0])


def test_out_is_the_project_folder(project: Spoiled) -> None:
    assert_refused(project.folder, project.folder, "holds boundary.geojson, which is no result of a run")


def test_out_holds_the_project_folder(sound: Path, place: Path) -> None:
    # Everything beside OUT is compared: it must lie in a folder of this test alone.
    out = place / "out"
    shutil.copytree(sound, out / "project")
    assert_refused(out, out / "project", "which is no result of a run")


def test_out_in_a_folder_that_does_not_exist(sound: Path, place: Path) -> None:
    result = mrv("run", sound, "-o", place / "a" / "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"the folder {place / 'a'} does not exist" in result.stderr
    assert list(place.iterdir()) == []


def test_out_within_the_project_folder_is_allowed_and_changes_no_input(project: Spoiled, older: Path) -> None:
    before = bytes_of(project.folder)
    for _ in range(2):
        assert mrv("run", project.folder, "-o", project.folder / "out").exit_code == 0
    assert bytes_of(project.folder / "out") == bytes_of(older)
    shutil.rmtree(project.folder / "out")
    assert bytes_of(project.folder) == before


def test_older_results_are_replaced_whole(project: Spoiled, older: Path, place: Path) -> None:
    out = place / "out"
    shutil.copytree(older, out)
    (out / ".DS_Store").write_bytes(b"left by a file manager")
    project.set_cell(TREES_2020, 41, "dbh_cm", "20.5")
    assert mrv("run", project.folder, "-o", out).exit_code == 0
    assert sorted(bytes_of(out)) == sorted(bytes_of(older))
    assert bytes_of(out)["results.json"] != bytes_of(older)["results.json"]
    assert [path.name for path in place.iterdir()] == ["out"]


WRITERS = ("write_json", "write_csv", "write_geopackage")


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("older_results", [True, False])
def test_a_failing_write_leaves_everything_as_it_was(
    sound: Path,
    older: Path,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    writer: str,
    older_results: bool,
) -> None:
    def full(path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"half a file")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(f"mrv.run.write.{writer}", full)
    if older_results:
        shutil.copytree(older, place / "out")
    before = bytes_of(place), sorted(place.iterdir())
    result = mrv("run", sound, "-o", place / "out")
    assert result.exit_code == 2
    assert result.stderr == (
        f"{place / 'out'}: cannot be written, and was left as it was: No space left on device\n"
    )
    assert (bytes_of(place), sorted(place.iterdir())) == before


def test_a_fault_of_ours_while_writing_leaves_everything_as_it_was(
    sound: Path, older: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(path: Path, content: object) -> None:
        path.write_bytes(b"half a file")
        raise ZeroDivisionError

    monkeypatch.setattr("mrv.run.write.write_csv", faulty)
    shutil.copytree(older, place / "out")
    before = bytes_of(place), sorted(place.iterdir())
    result = mrv("run", sound, "-o", place / "out")
    assert isinstance(result.exception, ZeroDivisionError)
    assert (bytes_of(place), sorted(place.iterdir())) == before


def test_a_failing_swap_puts_the_older_results_back(
    sound: Path, older: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(older, place / "out")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if ".partial-" in self.name:
            raise OSError(13, "Permission denied", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    before = bytes_of(place), sorted(place.iterdir())
    result = mrv("run", sound, "-o", place / "out")
    assert (result.exit_code, "Permission denied" in result.stderr) == (2, True)
    assert (bytes_of(place), sorted(place.iterdir())) == before


def test_a_terminal_without_our_characters_is_no_reason_to_fail(sound: Path, tmp_path: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for options, place in (([], "out"), (["--lang", "zh", "--json"], "other")):
        result = subprocess.run(
            [sys.executable, "-c", "from mrv.cli import main; main()", "run", sound, "-o", place, *options],
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, **plain},
        )
        assert (result.returncode, b"Traceback" in result.stderr) == (0, False), result.stderr
        assert (tmp_path / place / "results.json").is_file()
    assert json.loads(result.stdout) == json.loads((tmp_path / "out" / "results.json").read_bytes())

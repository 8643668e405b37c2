"""Rows in quarantine are left out and listed with their effect; effects are what a run gives."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from mrv.cli import main
from mrv.errors import InputError
from mrv.quality.suspects import Suspect
from mrv.run.effects import effect_without, figures_of, left_out_of
from mrv.run.prepare import inspect, prepare
from mrv.run.project_run import inspect_project, run_project

SECOND = """      - file: trees_2020.csv"""


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The template project, which is small, to be copied."""
    folder = tmp_path_factory.mktemp("template") / "project"
    result = CliRunner().invoke(main, ["new", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(template, folder)
    return folder


def rewrite(project: Path, name: str, old: str, new: str) -> None:
    path = project / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (name, old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


TREES = """      - file: trees_2025.csv
        constants: {pom: breast_height}
"""


def quarantine_rows(project: Path, rows: str) -> None:
    entry = f"        quarantine: [{{rows: {rows}, reason: test of rows}}]\n"
    rewrite(project, "mrv.yaml", TREES, TREES + entry)


def quarantine_names(project: Path, entry: str) -> None:
    rewrite(project, "mrv.yaml", TREES, TREES + f"    quarantine: [{{{entry}, reason: test of names}}]\n")


def net_removals(project: Path, out: Path) -> float:
    value = run_project(project, out).figure("net_removals_t_co2e").value
    assert value is not None
    return value


def lines(project: Path, plot: str) -> list[int]:
    text = (project / "trees_2025.csv").read_text(encoding="utf-8-sig").splitlines()
    return [number for number, line in enumerate(text, 1) if line.split(",")[0] == plot]


def test_rows_are_left_out_with_their_effect(project, tmp_path):
    whole = net_removals(project, tmp_path / "whole")
    stems = len(prepare(project).inputs.surveys[1].trees)
    quarantine_rows(project, "[2]")
    results = run_project(project, tmp_path / "out")
    assert len(prepare(project).inputs.surveys[1].trees) == stems - 1
    (record,) = results.quarantine
    assert (record.where, record.kind, record.reason) == ("trees_2025.csv:2", "trees", "test of rows")
    value = results.figure("net_removals_t_co2e").value
    assert value is not None
    assert record.effect == pytest.approx(value - whole, rel=1e-9)
    assert record.effect < 0
    assert [(e.file, e.rows, e.reason) for e in results.exclusions] == [("trees_2025.csv", 1, "test of rows")]


def test_a_row_that_cannot_be_read_is_left_out_without_an_effect(project, tmp_path):
    path = project / "trees_2025.csv"
    text = path.read_text(encoding="utf-8-sig").splitlines()
    header = text[0].split(",")
    cells = text[1].split(",")
    cells[header.index("dbh_cm")] = "999"
    path.write_text("\n".join([text[0], ",".join(cells), *text[2:]]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="999"):
        prepare(project)
    quarantine_rows(project, "[2]")
    (record,) = run_project(project, tmp_path / "out").quarantine
    assert record.effect is None


def test_a_plot_goes_with_its_trees(project, tmp_path):
    whole = net_removals(project, tmp_path / "whole")
    plot = prepare(project).inputs.surveys[1].plots["plot_id"].iloc[0]
    quarantine_names(project, f"plots: [{plot}]")
    results = run_project(project, tmp_path / "out")
    (record,) = results.quarantine
    value = results.figure("net_removals_t_co2e").value
    assert value is not None
    assert (record.kind, record.name) == ("plots", plot)
    assert record.effect == pytest.approx(value - whole, rel=1e-9)
    survey = prepare(project).inputs.surveys[1]
    assert plot not in set(survey.trees["plot_id"]) | set(survey.plots["plot_id"])


def test_a_plot_is_never_emptied(project):
    survey = prepare(project).inputs.surveys[1]
    plot = survey.trees["plot_id"].iloc[0]
    quarantine_rows(project, str(lines(project, plot)))
    with pytest.raises(InputError) as refused:
        prepare(project)
    assert "quarantine-empties-plot" in {finding.rule for finding in refused.value.findings}


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        ("plots: [nowhere]", "quarantine-unknown"),
        ("plot: nowhere, trees: [1]", "quarantine-unknown"),
        ("plots: [a], plot: b, trees: [1]", "quarantine-names"),
        ("plot: b", "quarantine-names"),
    ],
)
def test_names_must_be_known(project, entry, rule):
    quarantine_names(project, entry)
    with pytest.raises(InputError) as refused:
        prepare(project)
    assert rule in {finding.rule for finding in refused.value.findings}


def test_rows_must_be_there(project):
    quarantine_rows(project, "[4711]")
    with pytest.raises(InputError, match="no data in row 4711"):
        prepare(project)


def test_the_effect_of_a_suspect_is_that_of_its_quarantine(project, tmp_path):
    whole = net_removals(project, tmp_path / "whole")
    prepared = inspect(project)
    place = "trees_2025.csv:2"
    suspect = Suspect(_any_finding(place), "trees", (place,))
    before = figures_of(prepared)
    assert before.headline[0].value == pytest.approx(whole, rel=1e-9)
    effect = effect_without(prepared, before, left_out_of([suspect]))
    assert effect is not None
    quarantine_rows(project, "[2]")
    assert effect.change == pytest.approx(net_removals(project, tmp_path / "out") - whole, rel=1e-9)


def test_a_stratum_without_plots_has_no_effect_that_could_be_computed(project):
    prepared = inspect(project)
    places = tuple(prepared.inputs.surveys[1].plots["source"])
    before = figures_of(prepared)
    effect = effect_without(prepared, before, {"plots": frozenset(places)})
    assert effect is not None
    assert math.isnan(effect.change)


def _any_finding(place: str):
    from mrv.findings import Finding

    return Finding(place, "unusual-height", "{quantity} is odd", {"quantity": "height_m"}, severity="note")


def test_check_stops_at_an_error_and_tells_its_effect(project):
    text = (project / "trees_2025.csv").read_text(encoding="utf-8-sig").splitlines()
    header = text[0].split(",")
    position = header.index("dbh_cm")
    cells = text[1].split(",")
    cells[position] = "140"
    (project / "trees_2025.csv").write_text(
        "\n".join([text[0], ",".join(cells), *text[2:]]) + "\n", encoding="utf-8"
    )
    checked = inspect_project(project)
    assert checked.estimated is None
    result = CliRunner().invoke(main, ["check", str(project), "--json"])
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    by_rule = {finding["rule"]: finding for finding in document["findings"]}
    assert by_rule["implausible-growth"]["severity"] == "error"
    assert by_rule["implausible-growth"]["effect"]["change"] < 0
    assert document["together"]["change"] < 0
    with pytest.raises(InputError):
        prepare(project)
    quiet = CliRunner().invoke(main, ["check", str(project), "--no-effects", "--json"])
    assert all("effect" not in finding for finding in json.loads(quiet.stdout)["findings"])

"""A verifier with a package and the toolkit: what stands, what does not, and where it parts."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import rasterio
from click.testing import Result
from small_project import small_project
from spoiled import bytes_of, mrv

from mrv.cli.language import translate
from mrv.report.blocks import Language
from mrv.report.page import page
from mrv.report.pdf import pdf
from mrv.report.verification import statement_report
from mrv.report.words import Words
from mrv.verification.checks import checked
from mrv.verification.evidence_view import ResultsView
from mrv.verification.statement import read_statement
from mrv.verification.verify import drawn_plots

Change = Callable[[Path], None]


def _sealed(out: Path, project: Path, package: Path, *options: str | Path) -> Path:
    result = mrv("seal", out, "-o", package, "--project", project, *options)
    assert result.exit_code == 0, result.output
    return package


def _rehash(out: Path, project: Path) -> None:
    """Have run.json say that the files are what they are now, as somebody does who alters a run."""
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    for key, folder in (("outputs", out), ("inputs", project)):
        record[key] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in record[key]}
    (out / "run.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _forged(out: Path, project: Path, folder: Path, change: Change) -> Path:
    """Package of a run that was altered before it was sealed; its integrity is whole."""
    altered, inputs = folder / "altered", folder / "inputs"
    shutil.copytree(out, altered)
    shutil.copytree(project, inputs)
    change(folder)
    _rehash(altered, inputs)
    return _sealed(altered, inputs, folder / "forged.zip")


def _edit(file: str, change: Callable[[Any], None]) -> Change:
    def apply(folder: Path) -> None:
        path = folder / "altered" / file
        document = json.loads(path.read_text(encoding="utf-8"))
        change(document)
        path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    return apply


@pytest.fixture(scope="session")
def package(older: Path, sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo without its model, sealed."""
    return _sealed(older, sound, tmp_path_factory.mktemp("package") / "package.zip")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Project of a moment with a map, and its results."""
    folder = tmp_path_factory.mktemp("verified")
    project = small_project(folder / "project")
    result = mrv("run", project, "-o", folder / "out")
    assert result.exit_code == 0, result.output
    return project, folder / "out"


@pytest.fixture(scope="session")
def verified(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the statement of the package in each format, and what was printed."""
    folder = tmp_path_factory.mktemp("verified")
    before = bytes_of(package.parent)
    reports = (folder / f"statement.{suffix}" for suffix in ("json", "html", "pdf"))
    result = mrv(
        "verify", package, "--draw-plots", "3", *(part for file in reports for part in ("--report", file))
    )
    assert result.exit_code == 0, result.output
    assert bytes_of(package.parent) == before
    (folder / "printed.txt").write_text(result.output, encoding="utf-8")
    return folder


def test_a_package_stands_and_its_statement_says_so(verified: Path) -> None:
    statement = read_statement(verified / "statement.json")
    assert statement.verdict == "identical"
    assert statement.passed
    assert {figure.grade for figure in statement.figures} == {"identical"}
    assert statement.figure("net_removals_t_co2e").recomputed == pytest.approx(9730.268781660001)
    assert {check.state for check in statement.checks} <= {"holds", "nothing to check"}
    assert {check.id for check in statement.checks if check.state == "holds"} >= {
        "rerun",
        "parts_sum",
        "trees_sum",
        "equation_ranges",
        "plots_in_strata",
        "plausible",
        "evidence",
    }
    printed = (verified / "printed.txt").read_text(encoding="utf-8")
    assert "Identical: the run was repeated" in printed
    assert "9,730.27" in printed
    assert printed.count("SIM-") == 3
    assert "9,730.27" in (verified / "statement.html").read_text(encoding="utf-8")
    assert (verified / "statement.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_statements_are_the_same_bytes_again(verified: Path, language: Language) -> None:
    statement = read_statement(verified / "statement.json")
    words = Words(language, lambda text: translate(text, language))
    pages = {page(statement_report(statement, words)) for _ in range(2)}
    assert len(pages) == 1
    assert len({pdf(statement_report(statement, words)) for _ in range(2)}) == 1
    assert {"en": "Verification statement", "zh": "核查声明"}[language] in pages.pop()


def test_both_languages_hold_the_same_numbers(verified: Path) -> None:
    statement = read_statement(verified / "statement.json")
    numbers = [
        re.findall(
            r"[0-9][0-9,.]*",
            page(statement_report(statement, Words(language, partial(translate, language=language)))),
        )
        for language in ("en", "zh")
    ]
    assert sorted(numbers[0]) == sorted(numbers[1])


def test_figures_that_somebody_raised_are_named_with_the_first_step(
    older: Path, sound: Path, tmp_path: Path
) -> None:
    def raised(document: dict) -> None:
        for figure in document["figures"]:
            if figure["quantity"] in ("net_removals", "creditable_removals"):
                figure["value"] += 1000

    def trail(document: dict) -> None:
        document["steps"]["net_removals"]["cells"][0]["value"] += 1000

    def change(folder: Path) -> None:
        _edit("results.json", raised)(folder)
        _edit("trace.json", trail)(folder)
        file = folder / "altered" / "tables" / "plots.csv"
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        table.loc[0, "agb_t_ha"] = "999.5"
        table.to_csv(file, index=False)

    forged = _forged(older, sound, tmp_path, change)
    result = mrv("verify", forged, "--report", tmp_path / "statement.json")
    assert result.exit_code == 3, result.output
    statement = read_statement(tmp_path / "statement.json")
    assert statement.verdict == "different"
    assert statement.figure("net_removals_t_co2e").packaged == pytest.approx(10730.268781660001)
    assert statement.figure("net_removals_t_co2e").recomputed == pytest.approx(9730.268781660001)
    assert statement.first_step is not None
    assert (statement.first_step.name, statement.first_step.clause) == ("net_removals_t_co2e", "8")
    places = {f"{file.file}: {found.place}" for file in statement.files for found in file.differences}
    assert "tables/plots.csv: line 2: agb_t_ha" in places
    assert "results.json: figures.net_removals_t_co2e.value" in places
    failed = {check.id for check in statement.checks if check.state == "fails"}
    assert failed == {"parts_sum", "trees_sum", "plausible"}
    assert "First differing step: net_removals_t_co2e, clause 8" in result.output


def test_a_number_changed_after_the_run_comes_out(older: Path, sound: Path, tmp_path: Path) -> None:
    def change(folder: Path) -> None:
        file = folder / "inputs" / "mrv.yaml"
        text = file.read_text(encoding="utf-8")
        changed = text.replace("value: 0.451", "value: 0.471", 1)
        assert changed != text
        file.write_text(changed, encoding="utf-8")

    statement = tmp_path / "statement.json"
    result = mrv("verify", _forged(older, sound, tmp_path, change), "--report", statement)
    assert result.exit_code == 3, result.output
    step = read_statement(statement).first_step
    assert step is not None
    assert step.name.startswith("carbon_fraction_agb")
    assert (step.difference.packaged, step.difference.recomputed) == ("0.451", "0.471")


def test_a_pixel_and_a_picture_that_somebody_painted_are_named(
    small: tuple[Path, Path], tmp_path: Path
) -> None:
    project, out = small

    def change(folder: Path) -> None:
        with rasterio.open(folder / "altered/maps/agb.tif", "r+", IGNORE_COG_LAYOUT_BREAK="YES") as dataset:
            values = dataset.read(1)
            values[20, 20] = 999
            dataset.write(values, 1)

    result = mrv("verify", _forged(out, project, tmp_path, change))
    assert result.exit_code == 3, result.output
    assert "maps/agb.tif" in result.output
    assert "band 1, row 20, column 20" in result.output


def test_a_run_that_cannot_be_repeated_fails_with_its_findings(
    small: tuple[Path, Path], tmp_path: Path
) -> None:
    project, out = small

    def change(folder: Path) -> None:
        file = folder / "inputs" / "trees.csv"
        lines = file.read_text(encoding="utf-8").splitlines()
        cells = lines[1].split(",")
        column = lines[0].split(",").index("dbh_cm")
        cells[column] = "5120"
        file.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")

    result = mrv("verify", _forged(out, project, tmp_path, change))
    assert result.exit_code == 3, result.output
    assert "Failed: the package does not stand" in result.output
    assert "trees.csv:2:dbh_cm" in result.output


def test_last_bits_stand_and_strict_tells_them(small: tuple[Path, Path], tmp_path: Path) -> None:
    project, out = small

    def rounded(document: dict) -> None:
        document["figures"][1]["value"] *= 1 + 1e-13

    forged = _forged(out, project, tmp_path, _edit("results.json", rounded))
    assert mrv("verify", forged).exit_code == 0
    strict = mrv("verify", forged, "--strict")
    assert strict.exit_code == 4
    assert "Within tolerance" in strict.output


def test_waivers_quarantine_and_their_weight_are_told(sound: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(sound, project)
    file = project / "mrv.yaml"
    text = file.read_text(encoding="utf-8")
    waived = "waivers: [{rule: plausibility-removal-soft, reason: young stand}]\n"
    held = '    quarantine: [{plot: SIM-F01, trees: ["1"], reason: crown was broken}]\n'
    last = "  - date: 2020-01-01\n    design:"
    assert text.count(last) == 1
    file.write_text(text.replace(last, f"  - date: 2020-01-01\n{held}    design:") + waived, encoding="utf-8")
    out = tmp_path / "out"
    result = mrv("run", project, "-o", out)
    assert result.exit_code == 0, result.output
    statement = tmp_path / "statement.json"
    result = mrv("verify", _sealed(out, project, tmp_path / "p.zip"), "--report", statement)
    assert result.exit_code == 0, result.output
    entry, row = read_statement(statement).reliances
    assert (row.kind, row.reason) == ("quarantined row", "crown was broken")
    assert row.effect is not None
    assert (entry.kind, entry.name, entry.reason) == ("waiver", "plausibility-removal-soft", "young stand")
    credits = ResultsView(out).value("whole_credits")
    assert credits
    assert (entry.quantity, entry.effect) == ("whole_credits", -credits)
    assert "plausibility-removal-soft" in result.output


@pytest.fixture(scope="session")
def visited(package: Path, sound: Path) -> tuple[list[str], pd.DataFrame]:
    """Eight plots as drawn, and their trees of the last survey."""
    plots = [plot.plot_id for plot in drawn_plots(package, None, 8)]
    trees = pd.read_csv(sound / "trees_2020.csv", dtype=str, keep_default_na=False)
    return plots, trees[trees["plot_id"].isin(plots)].copy()


def _judged(package: Path, folder: Path, trees: pd.DataFrame, *options: str) -> tuple[Result, Path]:
    """Verification with trees measured again, and its statement."""
    table, statement = folder / "again.csv", folder / "statement.json"
    trees.to_csv(table, index=False)
    result = mrv("verify", package, "--remeasured", table, "--report", statement, *options)
    return result, statement


def test_trees_measured_again_judge_the_reported_carbon(
    package: Path, visited: tuple[list[str], pd.DataFrame], tmp_path: Path
) -> None:
    result, statement = _judged(package, tmp_path, visited[1], "--draw-plots", "8")
    assert result.exit_code == 0, result.output
    found = read_statement(statement).remeasurement
    assert found is not None
    assert (found.outcome, found.difference, len(found.plots)) == ("not material", 0.0, 8)
    thicker = visited[1].assign(dbh_cm=[f"{float(text) * 1.08:.2f}" for text in visited[1]["dbh_cm"]])
    # Eight per cent more diameter is 1.08 ** 2.46 - 1 = 21 % more biomass by the equation of the demo.
    result, statement = _judged(package, tmp_path, thicker, "--draw-plots", "8")
    assert result.exit_code == 3, result.output
    found = read_statement(statement).remeasurement
    assert found is not None
    assert found.outcome == "material"
    assert found.difference == pytest.approx(0.20, abs=0.02)
    assert read_statement(statement).verdict == "failed"


def test_a_plot_found_bare_counts_with_no_carbon(
    package: Path, visited: tuple[list[str], pd.DataFrame], tmp_path: Path
) -> None:
    plots, trees = visited
    standing = trees[trees["plot_id"] != plots[0]]
    result, statement = _judged(package, tmp_path, standing, "--draw-plots", "8", "--bare", plots[0])
    assert result.exit_code in (0, 3), result.output
    found = read_statement(statement).remeasurement
    assert found is not None
    compared = {plot.plot_id: plot for plot in found.plots}
    assert compared[plots[0]].remeasured_t_c_ha == 0.0
    lost = compared[plots[0]].reported_t_c_ha
    assert found.difference == pytest.approx(-lost / sum(plot.reported_t_c_ha for plot in found.plots))


def test_nobody_chooses_the_plots(
    package: Path, visited: tuple[list[str], pd.DataFrame], sound: Path, tmp_path: Path
) -> None:
    plots, trees = visited
    every = pd.read_csv(sound / "trees_2020.csv", dtype=str, keep_default_na=False)
    other = next(plot for plot in every["plot_id"] if plot not in plots)
    swapped = pd.concat([trees[trees["plot_id"] != plots[0]], every[every["plot_id"] == other]])
    result, statement = _judged(package, tmp_path, swapped, "--draw-plots", "8", "--bare", plots[1])
    assert result.exit_code == 2
    assert f"{other}: is not among the 8 plots that were drawn" in result.stderr
    assert f"{plots[0]}: was drawn, and has no tree here" in result.stderr
    assert f"{plots[1]}: is called bare, and has trees here" in result.stderr
    assert not statement.exists()
    undrawn, _ = _judged(package, tmp_path, trees)
    assert undrawn.exit_code == 2
    assert "--draw-plots" in undrawn.stderr


def test_a_report_of_another_kind_is_refused(package: Path, tmp_path: Path) -> None:
    result = mrv("verify", package, "--report", tmp_path / "statement.odt")
    assert result.exit_code == 2
    assert ".json, .html, .pdf or .docx" in result.stderr


def test_two_runs_are_compared(small: tuple[Path, Path], older: Path, package: Path, tmp_path: Path) -> None:
    same = mrv("compare", package, older)
    assert same.exit_code == 0, same.output
    changed = tmp_path / "changed"
    shutil.copytree(small[1], changed)
    document = json.loads((changed / "results.json").read_text(encoding="utf-8"))
    document["figures"][0]["value"] += 1
    (changed / "results.json").write_text(json.dumps(document), encoding="utf-8")
    unlike = mrv("compare", small[1], changed, "--json")
    assert unlike.exit_code == 3
    told = json.loads(unlike.stdout)
    assert told["grade"] == "different"
    assert mrv("compare", older, tmp_path).exit_code == 2


SPOILED: dict[str, tuple[str, Callable[[Path], None]]] = {}


def _figures(change: Callable[[dict], None]) -> Callable[[Path], None]:
    def apply(out: Path) -> None:
        document = json.loads((out / "results.json").read_text(encoding="utf-8"))
        change(document)
        (out / "results.json").write_text(json.dumps(document), encoding="utf-8")

    return apply


def _set(document: dict, name: str, value: float, **index: str) -> None:
    (figure,) = [own for own in document["figures"] if own["name"] == name and own["index"] == index]
    figure["value"] = value


def _table(name: str, column: str, value: str) -> Callable[[Path], None]:
    def apply(out: Path) -> None:
        file = out / "tables" / f"{name}.csv"
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        table.loc[0, column] = value
        table.to_csv(file, index=False)

    return apply


SPOILED = {
    "a stratum's area": ("parts_sum", _figures(lambda d: _set(d, "area_ha", 31.0, stratum="fringe"))),
    "net removals": ("parts_sum", _figures(lambda d: _set(d, "net_removals_t_co2e", 9999.0))),
    "a vintage": ("parts_sum", _figures(lambda d: _set(d, "issuance_t_co2e", 700.0, vintage="2012"))),
    "a plot": ("trees_sum", _table("plots", "agb_t_ha", "1.0")),
    "a tree": ("equation_ranges", _table("trees", "dbh_cm", "80")),
    "the rate": (
        "plausible",
        _figures(lambda d: _set(d, "net_removals_per_hectare_year_t_co2e_ha_yr", 1.0)),
    ),
    "a negative buffer": ("plausible", _figures(lambda d: _set(d, "buffer_t_co2e", -1.0))),
    "a condition": ("evidence", _figures(lambda d: d["conditions"][0].update(state="not answered"))),
    "a document": ("evidence", _figures(lambda d: d["baseline"].update(document=" "))),
    "a number from memory": ("evidence", _figures(lambda d: d["parameters"][0].update(evidence="recalled"))),
}


@pytest.mark.parametrize("name", SPOILED)
def test_each_check_finds_its_fault_without_running_anything(name: str, older: Path, tmp_path: Path) -> None:
    check, spoil = SPOILED[name]
    out = tmp_path / "out"
    shutil.copytree(older, out)
    assert not [found.id for found in checked(ResultsView(out)) if found.state == "fails"]
    spoil(out)
    assert check in [found.id for found in checked(ResultsView(out)) if found.state == "fails"]

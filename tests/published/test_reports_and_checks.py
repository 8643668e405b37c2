"""Reports and the checks of a verifier on every published inventory: soil alone, no strata, dead roots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from mrv.cli import main
from mrv.cli.language import words_by_language
from mrv.report.interactive import interactive_page
from mrv.report.monitoring import monitoring_report
from mrv.report.page import page
from mrv.report.workbook import workbook
from mrv.run.results import read_results
from mrv.verification.checks import checked
from mrv.verification.evidence_view import ResultsView
from mrv.verification.statement import read_statement
from scripts.write_worked_examples import PUBLISHED
from tests.published.conftest import Run


@pytest.fixture(scope="module")
def runs(run_example: Callable[[str], Run]) -> Callable[[str], Path]:
    """Results of an example, run once."""
    done: dict[str, Path] = {}

    def out(name: str) -> Path:
        if name not in done:
            done[name] = run_example(name).project / "out"
        return done[name]

    return out


@pytest.mark.parametrize("name", PUBLISHED)
def test_no_check_speaks_against_an_honest_run(name: str, runs: Callable[[str], Path]) -> None:
    found = {check.id: check for check in checked(ResultsView(runs(name)))}
    assert [check.remarks for check in found.values() if check.state == "fails"] == []
    measured = (runs(name) / "tables" / "trees.csv").is_file()
    assert (found["trees_sum"].state == "holds") == measured


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_run_has_its_reports(name: str, runs: Callable[[str], Path]) -> None:
    out, by_language = runs(name), words_by_language()
    results = read_results(out)
    for words in by_language.values():
        text = page(monitoring_report(out, words))
        assert words.half(results.project.name) in text
        assert workbook(results, words).startswith(b"PK")
    assert interactive_page(out, by_language, "zh").startswith("<!DOCTYPE html>")


def test_an_inventory_with_roots_of_dead_trees_verifies_as_identical(
    runs: Callable[[str], Path], tmp_path: Path
) -> None:
    out, package, statement = runs("gulf-of-chiriqui"), tmp_path / "package.zip", tmp_path / "statement.json"

    def mrv(*arguments: object) -> None:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output

    mrv("seal", out, "-o", package, "--project", out.parent)
    mrv("verify", package, "--strict", "--report", statement)
    assert read_statement(statement).verdict == "identical"

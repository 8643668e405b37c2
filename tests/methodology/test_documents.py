"""A methodology's folder, its module, its entry point and its id are one; its clauses name its equations."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest

from mrv.accounting.engine import equations, inputs_needed
from mrv.accounting.registry import GROUP, accounting_ids, find
from mrv.methodologies import CLAUSE_ROW, Methodology, load_methodology, methodology_ids


@pytest.fixture(params=methodology_ids())
def methodology(request: pytest.FixtureRequest) -> Methodology:
    return load_methodology(request.param)


def every_equation(methodology_id: str) -> dict[str, tuple[str, str]]:
    """Clause, and methodology whose module it stands in, by ``module.function``, over all choices."""
    accounting = find(methodology_id)
    return {
        f"{stated.function.__module__.rpartition('.')[2]}.{stated.name}": (
            stated.clause,
            stated.function.__module__.split(".")[2],
        )
        for modules in accounting.graphs()
        for stated in equations(modules).values()
    }


def test_folder_module_entry_point_and_id_are_the_same_word() -> None:
    assert methodology_ids() == accounting_ids()
    for point in entry_points(group=GROUP):
        assert point.value == f"mrv.accounting.{point.name}"
        assert find(point.name).id == load_methodology(point.name).id == point.name


def test_every_clause_names_an_equation_and_every_equation_has_its_clause(methodology: Methodology) -> None:
    """An equation that another methodology lends has the clause of the borrower's table alone."""
    rows = {row["function"]: row["clause"] for row in CLAUSE_ROW.finditer(methodology.clauses)}
    stated = every_equation(methodology.id)
    assert rows.keys() == stated.keys()
    own = {place: clause for place, (clause, lender) in stated.items() if lender == methodology.id}
    assert own
    assert {place: rows[place] for place in own} == own


def test_every_example_of_a_clause_exists_and_expects_its_quantity(methodology: Methodology) -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in methodology.examples}
    for row in CLAUSE_ROW.finditer(methodology.clauses):
        expected = texts[row["example"]].partition("\nexpected:\n")[2]
        assert f"\n  {row['function'].rpartition('.')[2]}:" in f"\n{expected}", row["function"]


def test_every_parameter_is_taken_by_an_equation_or_a_gate(methodology: Methodology) -> None:
    accounting = find(methodology.id)
    needed = set(accounting.limits) | {
        name for modules in accounting.graphs() for name in inputs_needed(modules)
    }
    for name, parameter in methodology.parameters.items():
        assert parameter.words or {name, f"{name}_standard_error"} & needed, name


def test_no_recalled_number_serves_by_itself(methodology: Methodology) -> None:
    resolved, findings = methodology.resolve({}, "2030-01-01")
    recalled = {
        name
        for name, parameter in methodology.parameters.items()
        if any(dated.evidence == "recalled" for dated in parameter.values)
    }
    assert recalled.isdisjoint(resolved)
    assert recalled == {f.values["name"] for f in findings if f.rule == "parameter-recalled"}


def test_no_methodology_claims_to_be_checked_against_its_text(methodology: Methodology) -> None:
    """A hash, and the word conformant, are for whoever holds the official document."""
    assert methodology.official_text.sha256 is None
    assert methodology.conformance in {"reconstruction", "own_statement", "structure"}

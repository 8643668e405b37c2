"""Which number holds on a day, and what is said where none does."""

from __future__ import annotations

from pathlib import Path

import pytest

from mrv.accounting.given import from_parameters
from mrv.errors import InputError
from mrv.findings import Finding
from mrv.parameters import Parameter, ParameterTable, Stated, resolve
from mrv.yaml_file import read_yaml

ENTRY = {
    "symbol": "x",
    "description": {"zh": "数", "en": "a number"},
    "unit": "t_c/ha",
    "clause": "4",
}


def parameter(**changes: object) -> Parameter:
    table = ParameterTable.model_validate({"share": {**ENTRY, **changes}})
    return table.root["share"]


def value(day: str, number: object, evidence: str = "sighted") -> dict[str, object]:
    return {"from": day, "value": number, "source": "s1", "evidence": evidence}


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


TWO_VALUES = [value("2012-01-01", 2.0), value("2020-01-01", 3)]


@pytest.mark.parametrize(
    ("day", "number"), [("2012-01-01", 2.0), ("2019-12-31", 2.0), ("2020-01-01", 3.0), ("2031-05-05", 3.0)]
)
def test_the_last_value_on_or_before_the_day_holds(day: str, number: float) -> None:
    resolved, findings = resolve({"share": parameter(values=TWO_VALUES)}, {}, day, sources={"s1": "A text"})
    assert findings == []
    assert resolved["share"].value == number
    assert resolved["share"].source == "A text"
    assert (resolved["share"].unit, resolved["share"].clause) == ("t_c/ha", "4")


def test_before_the_first_value_there_is_none() -> None:
    resolved, findings = resolve({"share": parameter(values=TWO_VALUES)}, {}, "2011-12-31")
    assert resolved == {}
    assert rules(findings) == ["parameter-not-in-force"]
    assert "2012-01-01" in str(findings[0])


def test_the_project_goes_first_where_the_parameter_is_open() -> None:
    open_to_it = parameter(values=TWO_VALUES, stated_by_project="allowed")
    resolved, findings = resolve({"share": open_to_it}, {"share": Stated(7.0, "own study")}, "2015-01-01")
    assert findings == []
    assert (resolved["share"].value, resolved["share"].source) == (7.0, "own study")
    assert resolved["share"].evidence == "stated"


def test_the_project_cannot_replace_a_closed_number() -> None:
    stated = {"share": Stated(7.0, "own study")}
    resolved, findings = resolve({"share": parameter(values=TWO_VALUES)}, stated, "2015-01-01")
    assert resolved == {}
    assert rules(findings) == ["parameter-not-open"]
    _, unneeded = resolve({"share": parameter(values=TWO_VALUES)}, stated, "2015-01-01", needed=())
    assert rules(unneeded) == ["parameter-not-open"]


def test_a_recalled_number_is_shown_and_not_used() -> None:
    recalled = parameter(values=[value("2010-01-01", 0.451, "recalled")], stated_by_project="allowed")
    resolved, findings = resolve({"share": recalled}, {}, "2015-01-01")
    assert resolved == {}
    assert rules(findings) == ["parameter-recalled"]
    assert str(findings[0]) == (
        "parameters.share: the project file must state share [t_c/ha] with a citation; "
        "a value seen from memory is 0.451 [parameter-recalled]"
    )


def test_a_required_number_is_asked_for_only_where_it_is_needed() -> None:
    required = {"share": parameter(stated_by_project="required")}
    assert rules(resolve(required, {}, "2015-01-01")[1]) == ["parameter-missing"]
    assert resolve(required, {}, "2015-01-01", needed=["other"]) == ({}, [])
    assert rules(resolve(required, {}, "2015-01-01", needed=["share_standard_error"])[1]) == [
        "parameter-missing"
    ]


def test_a_stated_number_that_nothing_asks_for_is_noted() -> None:
    open_to_it = {"share": parameter(stated_by_project="required")}
    _, findings = resolve(open_to_it, {"share": Stated(1.0, "s")}, "2015-01-01", needed=[])
    assert [(finding.rule, finding.severity) for finding in findings] == [("parameter-unused", "note")]


def test_an_unknown_name_gets_a_suggestion() -> None:
    _, findings = resolve({"share": parameter(values=TWO_VALUES)}, {"shre": Stated(1.0, "s")}, "2015-01-01")
    assert rules(findings) == ["parameter-unknown"]
    assert "did you mean share?" in str(findings[0])


@pytest.mark.parametrize(
    ("stated", "rule"),
    [
        (Stated(45.1, "s"), "parameter-range"),
        (Stated(float("nan"), "s"), "parameter-range"),
        (Stated(float("inf"), "s"), "parameter-range"),
        (Stated({"low": 0.5, "high": -1.0}, "s"), "parameter-range"),
        (Stated("half", "s"), "parameter-number"),
        (Stated(0.5, " "), "parameter-source"),
        (Stated(0.5, "s", -0.1), "parameter-standard-error"),
        (Stated(0.5, "s", float("nan")), "parameter-standard-error"),
    ],
)
def test_a_stated_number_is_checked(stated: Stated, rule: str) -> None:
    open_to_it = parameter(stated_by_project="required", range=[0, 1])
    resolved, findings = resolve({"share": open_to_it}, {"share": stated}, "2015-01-01")
    assert resolved == {}
    assert rules(findings) == [rule]


def test_a_standard_error_can_be_demanded() -> None:
    strict = parameter(stated_by_project="required", standard_error="required")
    assert rules(resolve({"share": strict}, {"share": Stated(1.0, "s")}, "2015-01-01")[1]) == [
        "parameter-standard-error"
    ]
    resolved, _ = resolve({"share": strict}, {"share": Stated(1.0, "s", 0.2)}, "2015-01-01")
    assert resolved["share"].standard_error == 0.2


def zones(evidence: str) -> dict[str, Parameter]:
    table = {
        "zone": {**ENTRY, "words": ["wet", "dry"], "stated_by_project": "allowed"},
        "growth": {
            **ENTRY,
            "by": "zone",
            "values": [value("2010-01-01", {"wet": 9.0, "dry": 3.0}, evidence)],
        },
    }
    return ParameterTable.model_validate(table).root


def test_a_word_of_the_project_selects_among_numbers() -> None:
    resolved, findings = resolve(zones("sighted"), {"zone": Stated("dry", "map")}, "2015-01-01")
    assert findings == []
    assert resolved["growth"].value == 3.0
    assert rules(resolve(zones("sighted"), {}, "2015-01-01")[1]) == ["parameter-choice"]
    assert rules(resolve(zones("sighted"), {"zone": Stated("arid", "map")}, "2015-01-01")[1]) == [
        "parameter-word",
        "parameter-choice",
    ]


def test_the_message_on_a_recalled_number_names_that_of_the_zone() -> None:
    assert "is 3.0 [" in str(resolve(zones("recalled"), {"zone": Stated("dry", "m")}, "2015-01-01")[1][0])
    assert "is wet 9.0, dry 3.0 [" in str(resolve(zones("recalled"), {}, "2015-01-01")[1][0])


@pytest.mark.parametrize(
    "change",
    [
        {"unit": None},
        {"clause": None},
        {"defalt": 3},
        {"values": [{"from": "2010-01-01", "value": 1.0, "evidence": "sighted"}]},
        {"values": [{"from": "2010-01-01", "value": 1.0, "source": "s1"}]},
        {"values": [value("2010-01-01", 1.0, "guessed")]},
        {"values": [value("2010-01-01", "0.9")]},
        {"values": [value("2020-01-01", 1.0), value("2010-01-01", 2.0)]},
        {"values": []},
    ],
)
def test_a_document_that_leaves_something_out_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    entry = {key: item for key, item in {**ENTRY, "values": TWO_VALUES, **change}.items() if item is not None}
    with pytest.raises(ValueError, match="share"):
        ParameterTable.model_validate({"share": entry})


def test_the_file_is_named_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "parameters.yaml"
    path.write_text("share:\n  symbol: x\n  colour: red\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"parameters\.yaml:3:3"):
        read_yaml(path, ParameterTable)


def test_numbers_by_stratum_follow_the_order_of_the_strata_and_must_be_complete() -> None:
    open_to_it = {"share": parameter(stated_by_project="required", standard_error="required")}
    stated = {"share": Stated({"low": 1.0, "high": 2.0}, "s", 0.5)}
    resolved, _ = resolve(open_to_it, stated, "2015-01-01")
    givens, findings = from_parameters(resolved, ["high", "low"])
    assert findings == []
    assert list(givens["share"].value.values) == [2.0, 1.0]  # type: ignore[union-attr]
    assert float(givens["share_standard_error"].value) == 0.5
    _, findings = from_parameters(resolved, ["high", "low", "edge"])
    assert rules(findings) == ["parameter-strata"]

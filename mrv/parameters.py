"""Dated, sourced numbers of a methodology, and which of them holds on a given day.

A document states a number from a day on. The project may state a number of its own only where the
document opens the parameter to it, and then with a citation. A number that was only recalled, not
read, is never used by itself: the project has to state it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from mrv.findings import Finding
from mrv.provenance import Evidence

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
ResolvedEvidence = Evidence | Literal["stated"]
Value = float | Mapping[str, float] | str


class Document(BaseModel):
    """Base of what is read from a methodology's folder: unknown keys are refused, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(Document):
    """A text in Chinese and in English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class DatedValue(Document):
    """A number from a day on, with the document that states it.

    Attributes
    ----------
    from_ : date
        First day on which the number holds; ``from`` in the file.
    value : float or dict of str to float
        The number, or one number for each word of the parameter named in ``by``.
    standard_error : float or None
        Standard error, in the unit of the number.
    source : str
        Id of a source of the methodology.
    evidence : {"sighted", "corroborated", "computed", "recalled"}
    """

    from_: date = Field(alias="from")
    value: Number | dict[str, Number]
    standard_error: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] | None = None
    source: str = Field(min_length=1)
    evidence: Evidence


class Parameter(Document):
    """A number that a methodology names: its unit, its clause and its values over time.

    Attributes
    ----------
    name, symbol : str
    description : Bilingual
    unit, clause : str
    stated_by_project : {"no", "allowed", "required"}
        Whether the project may, or must, state the number.
    standard_error : {"no", "required"}
        Whether a number stated by the project must come with its standard error.
    range : tuple of two floats or None
        Lowest and highest number that makes sense, both included.
    by : str or None
        Parameter whose word selects among the numbers of a value.
    words : tuple of str
        Words that may be stated, where the parameter is a choice and not a number.
    values : tuple of DatedValue
        Ascending by date; may be empty where the project states the number.
    """

    name: str
    symbol: str = Field(min_length=1)
    description: Bilingual
    unit: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    stated_by_project: Literal["no", "allowed", "required"] = "no"
    standard_error: Literal["no", "required"] = "no"
    range: tuple[Number, Number] | None = None
    by: str | None = None
    words: tuple[str, ...] = ()
    values: tuple[DatedValue, ...] = ()

    @model_validator(mode="after")
    def _values_fit(self) -> Parameter:
        days = [dated.from_ for dated in self.values]
        if days != sorted(set(days)):
            raise ValueError("values: 'from' dates must be unique and ascending")
        if not self.values and self.stated_by_project == "no":
            raise ValueError("values: none given, and stated_by_project does not open the parameter")
        if any(isinstance(dated.value, dict) != (self.by is not None) for dated in self.values):
            raise ValueError("values: a mapping of words needs 'by', and 'by' needs a mapping")
        if self.words and self.values:
            raise ValueError("values: a choice of words is stated by the project, not by a number")
        return self


class ParameterTable(RootModel[dict[str, Parameter]]):
    """A methodology's ``parameters.yaml``: parameters by name."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _name_from_key(cls, table: object) -> object:
        if not isinstance(table, Mapping):
            return table
        return {
            key: {**entry, "name": key} if isinstance(entry, Mapping) else entry
            for key, entry in table.items()
        }


class Statement(Protocol):
    """What a project states for one parameter; any object with these attributes."""

    @property
    def value(self) -> Value:
        """Number, number by stratum, or word."""

    @property
    def source(self) -> str:
        """Citation."""

    @property
    def standard_error(self) -> float | Mapping[str, float] | None:
        """Standard error in the unit of the number."""


@dataclass(frozen=True)
class Stated:
    """A number that a project states, with its citation."""

    value: Value
    source: str
    standard_error: float | Mapping[str, float] | None = None


@dataclass(frozen=True)
class Resolved:
    """The number that holds for a run, and how it is known.

    Attributes
    ----------
    name, symbol, unit, clause, source : str
        ``source`` is the citation in words.
    description : Bilingual
    value : float, mapping of stratum to float, or str
    standard_error : float, mapping of stratum to float, or None
    evidence : {"sighted", "corroborated", "computed", "stated"}
        ``stated`` where the project stated the number.
    """

    name: str
    symbol: str
    description: Bilingual
    value: Value
    unit: str
    clause: str
    source: str
    evidence: ResolvedEvidence
    standard_error: float | Mapping[str, float] | None = None


def resolve(
    parameters: Mapping[str, Parameter],
    stated: Mapping[str, Statement],
    on: date | str,
    *,
    needed: Collection[str] | None = None,
    sources: Mapping[str, str] | None = None,
) -> tuple[dict[str, Resolved], list[Finding]]:
    """Numbers that hold on a day, and everything that stands in their way.

    A number that the project states goes first, where the parameter is open to it; otherwise the
    last value dated on or before the day holds.

    Parameters
    ----------
    parameters : mapping of str to Parameter
    stated : mapping of str to Statement
        The project's own numbers by parameter name.
    on : date or str
        The day, as ``YYYY-MM-DD``.
    needed : collection of str, optional
        Quantities that the equations ask for; a parameter ``x`` is needed where ``x`` or
        ``x_standard_error`` is among them. All parameters if left out.
    sources : mapping of str to str, optional
        Citation by source id.

    Returns
    -------
    dict of str to Resolved
        Only parameters without an error.
    list of Finding
        Place: ``parameters.<name>``, the key of the project file.
    """
    day = date.fromisoformat(on) if isinstance(on, str) else on
    findings = [_unknown(name, parameters) for name in stated if name not in parameters]
    resolved: dict[str, Resolved] = {}
    for name, parameter in parameters.items():
        statement = stated.get(name)
        if not (parameter.words or _is_needed(name, needed)):
            findings += (_closed(parameter) or [_unused(name)]) if statement is not None else []
            continue
        if statement is not None:
            problems = _closed(parameter) or _statement_problems(parameter, statement)
            result: Resolved | None = _resolved(
                parameter, statement, statement.value, statement.source, "stated"
            )
        else:
            result, problems = _from_document(parameter, stated, day, sources or {})
        findings += problems
        if result is not None and not problems:
            resolved[name] = result
    return resolved, findings


def _is_needed(name: str, needed: Collection[str] | None) -> bool:
    return needed is None or name in needed or f"{name}_standard_error" in needed


def _finding(name: str, rule: str, message: str, **values: object) -> Finding:
    return Finding(f"parameters.{name}", rule, message, {"name": name, **values})


def _unknown(name: str, parameters: Mapping[str, Parameter]) -> Finding:
    close = get_close_matches(name, parameters, n=1)
    if close:
        message = "{name} is not a parameter of the methodology; did you mean {suggestion}?"
        return _finding(name, "parameter-unknown", message, suggestion=close[0])
    message, allowed = (
        "{name} is not a parameter of the methodology, which has: {allowed}",
        sorted(parameters),
    )
    return _finding(name, "parameter-unknown", message, allowed=", ".join(allowed))


def _unused(name: str) -> Finding:
    message = "{name} is stated, but no equation of this run asks for it"
    return replace(_finding(name, "parameter-unused", message), severity="note")


def _closed(parameter: Parameter) -> list[Finding]:
    if parameter.stated_by_project != "no":
        return []
    return [
        _finding(
            parameter.name,
            "parameter-not-open",
            "{name} is stated by the methodology (clause {clause}); the project cannot replace it",
            clause=parameter.clause,
        )
    ]


def _numbers(value: Value | None) -> list[float]:
    if value is None or isinstance(value, str):
        return []
    return list(value.values()) if isinstance(value, Mapping) else [value]


def _statement_problems(parameter: Parameter, statement: Statement) -> list[Finding]:
    name, value, error = parameter.name, statement.value, statement.standard_error
    problems: list[Finding] = []
    if parameter.words and value not in parameter.words:
        message, allowed = "{value} is not one of {allowed}", ", ".join(parameter.words)
        problems.append(_finding(name, "parameter-word", message, value=value, allowed=allowed))
    if isinstance(value, str) and not parameter.words:
        message = "{value} is a word; {name} is a number in {unit}"
        problems.append(_finding(name, "parameter-number", message, value=value, unit=parameter.unit))
    if not statement.source.strip():
        problems.append(_finding(name, "parameter-source", "{name} needs the source it was taken from"))
    problems += [_out_of_range(parameter, number) for number in _outside(parameter, value)]
    if parameter.standard_error == "required" and error is None:
        message = "{name} needs its standard_error, in {unit}"
        problems.append(_finding(name, "parameter-standard-error", message, unit=parameter.unit))
    if any(not math.isfinite(number) or number < 0 for number in _numbers(error)):
        message = "standard_error of {name} must be a number ≥ 0, in {unit}"
        problems.append(_finding(name, "parameter-standard-error", message, unit=parameter.unit))
    return problems


def _outside(parameter: Parameter, value: Value) -> list[float]:
    low, high = parameter.range or (-math.inf, math.inf)
    return [number for number in _numbers(value) if not (math.isfinite(number) and low <= number <= high)]


def _out_of_range(parameter: Parameter, number: float) -> Finding:
    low, high = parameter.range or ("−∞", "∞")
    unit = "" if parameter.unit == "1" else parameter.unit
    message = "{value} is outside {low}–{high} {unit}" if unit else "{value} is outside {low}–{high}"
    return _finding(parameter.name, "parameter-range", message, value=number, low=low, high=high, unit=unit)


def _resolved(
    parameter: Parameter, entry: Statement | DatedValue, value: Value, source: str, evidence: ResolvedEvidence
) -> Resolved:
    identity = {key: getattr(parameter, key) for key in ("name", "symbol", "description", "unit", "clause")}
    return Resolved(
        **identity, value=value, source=source, evidence=evidence, standard_error=entry.standard_error
    )


def _from_document(
    parameter: Parameter, stated: Mapping[str, Statement], day: date, sources: Mapping[str, str]
) -> tuple[Resolved | None, list[Finding]]:
    if not parameter.values:
        # An open choice of words that was left alone: nothing follows until a number needs it.
        left_open = parameter.words and parameter.stated_by_project == "allowed"
        return None, [] if left_open else [_missing(parameter)]
    dated = _in_force(parameter, day)
    if dated is None:
        return None, [
            _finding(
                parameter.name,
                "parameter-not-in-force",
                "{name} has no value on {day}; its first value holds from {first}",
                day=day.isoformat(),
                first=parameter.values[0].from_.isoformat(),
            )
        ]
    value, problems = _chosen(parameter, dated, stated)
    if dated.evidence == "recalled":
        return None, [_recalled(parameter, value)]
    if parameter.stated_by_project == "required":
        return None, [_missing(parameter)]
    if problems or not isinstance(value, float | int):
        return None, problems
    source = sources.get(dated.source, dated.source)
    return _resolved(parameter, dated, value, source, dated.evidence), []


def _in_force(parameter: Parameter, day: date) -> DatedValue | None:
    in_order = sorted(parameter.values, key=lambda dated: dated.from_)
    return next((dated for dated in reversed(in_order) if dated.from_ <= day), None)


def _missing(parameter: Parameter) -> Finding:
    if parameter.words:
        message = "the project file must state {name}: one of {allowed}"
        return _finding(parameter.name, "parameter-missing", message, allowed=", ".join(parameter.words))
    return _finding(
        parameter.name,
        "parameter-missing",
        "the project file must state {name} [{unit}] with a citation (clause {clause})",
        unit=parameter.unit,
        clause=parameter.clause,
    )


def _chosen(
    parameter: Parameter, dated: DatedValue, stated: Mapping[str, Statement]
) -> tuple[float | Mapping[str, float], list[Finding]]:
    """Number of the word that the project chose; the whole mapping, and a finding, where it chose none."""
    if parameter.by is None or not isinstance(dated.value, dict):
        return dated.value, []
    choice = stated.get(parameter.by)
    word = choice.value if choice is not None else None
    if isinstance(word, str) and word in dated.value:
        return dated.value[word], []
    message = "{name} depends on {by}, which the project file must state: one of {allowed}"
    return dated.value, [
        _finding(
            parameter.name,
            "parameter-choice",
            message,
            by=parameter.by,
            allowed=", ".join(dated.value),
        )
    ]


def _recalled(parameter: Parameter, value: float | Mapping[str, float]) -> Finding:
    shown = (
        ", ".join(f"{word} {number}" for word, number in value.items())
        if isinstance(value, Mapping)
        else str(value)
    )
    return _finding(
        parameter.name,
        "parameter-recalled",
        "the project file must state {name} [{unit}] with a citation; a value seen from memory is {value}",
        unit=parameter.unit,
        value=shown,
    )

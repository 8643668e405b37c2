"""Worked examples of a methodology, and cases that a verifier brings in the same format.

A case is a YAML file: what is given, what is expected, how close. Its plausibility is judged like
that of a run, so that a case that adds up in the wrong unit does not pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

import numpy as np
import xarray as xr
from pydantic import Field

from mrv.accounting import engine, gates
from mrv.accounting.edition import Edition, open_edition
from mrv.accounting.given import CONSTANTS, Given, from_parameters
from mrv.accounting.protocol import DEDUCTED, Input
from mrv.accounting.vintages import period_years, vintage_days
from mrv.errors import InputError, UsageError
from mrv.findings import Finding, Waiver, raise_errors, waive
from mrv.methodologies import Methodology
from mrv.parameters import Bilingual, Document, Number, Resolved, Stated
from mrv.yaml_file import read_yaml

Label = str | int
AnyNumber = Annotated[float, Field(strict=True)]
Nested = AnyNumber | list[Any]


class CaseGiven(Document):
    """A value given by a case: a number, or nested lists along its dimensions in order."""

    value: Nested
    unit: str
    dims: dict[str, list[Label]] = Field(default_factory=dict)


class CaseParameter(Document):
    """A number stated by a case."""

    value: Number | dict[str, Number] | str
    source: str = Field(min_length=1)
    standard_error: Number | dict[str, Number] | None = None


class CasePeriod(Document):
    """Monitoring period, end excluded."""

    start: date
    end: date


class CaseWaiver(Document):
    """A gate that the case waives in words."""

    rule: str
    reason: str = Field(min_length=1)


class Case(Document):
    """The file of a case."""

    schema_: Literal["mrv-case/1"] = Field(alias="schema")
    title: Bilingual | str
    source: str = Field(min_length=1)
    methodology: str
    on: date
    of: Literal["project", "class_maps"] = "project"
    baseline: str | None = None
    soil: str | None = None
    dead_matter: str | None = None
    monitoring_period: CasePeriod | None = None
    given: dict[str, CaseGiven] = Field(default_factory=dict)
    parameters: dict[str, CaseParameter] = Field(default_factory=dict)
    expected: dict[str, AnyNumber | dict[str, AnyNumber] | list[Any]] = Field(min_length=1)
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    waivers: list[CaseWaiver] = Field(default_factory=list)


@dataclass(frozen=True)
class CaseRow:
    """One expected number beside the one that was found.

    Attributes
    ----------
    quantity, unit, clause : str
    label : str
        Place along the dimensions, ``stratum=low, pool=agb``; empty for a single number.
    expected, found, relative_difference : float
        The difference is absolute where zero is expected; NaN expected and found differ by zero.
    passed : bool
    """

    quantity: str
    label: str
    unit: str
    clause: str
    expected: float
    found: float
    relative_difference: float
    passed: bool


@dataclass(frozen=True)
class CaseResult:
    """How a case came out.

    Attributes
    ----------
    path : Path
    title : Bilingual
    source, methodology, conformance : str
    tolerance : float
    rows : tuple of CaseRow
    findings : tuple of Finding
        Of the plausibility gates.
    """

    path: Path
    title: Bilingual
    source: str
    methodology: str
    conformance: str
    tolerance: float
    rows: tuple[CaseRow, ...]
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether every number agrees and no gate objects."""
        plausible = all(finding.severity != "error" for finding in self.findings)
        return plausible and all(row.passed for row in self.rows)


def run_case(path: Path, methodology_folder: Path | None = None) -> CaseResult:
    """Compute what a case expects, compare, and judge its plausibility.

    Parameters
    ----------
    path : Path
    methodology_folder : Path, optional
        Documents of the methodology, where it is not one of those installed.

    Raises
    ------
    InputError
        If the file is not a case, names what the methodology does not know, or leaves out what is needed.
    UsageError
        If its methodology or baseline is not known.
    """
    case = read_yaml(path, Case)
    edition = open_edition(case.methodology, methodology_folder)
    modules = _modules(case, edition)
    raise_errors(_name_findings(path, case, modules))
    given = _givens(path, case)
    resolved, findings = _numbers(path, case, edition, modules, [*given])
    from_documents, more = from_parameters(resolved, _labels_of(given, "stratum"))
    everything = {**CONSTANTS, **from_documents, **given}
    raise_errors([*findings, *more, *_missing(path, case, modules, everything)])
    targets = {*engine.computable(modules, [*everything]), *case.expected}
    quantities = edition.with_clauses(engine.evaluate(modules, everything, targets))
    waivers = [Waiver(waiver.rule, waiver.reason) for waiver in case.waivers]
    rows = [row for name in case.expected for row in _compare(path, case, quantities[name])]
    return CaseResult(
        path,
        case.title if isinstance(case.title, Bilingual) else Bilingual(zh=case.title, en=case.title),
        case.source,
        case.methodology,
        edition.document.conformance,
        case.tolerance,
        tuple(rows),
        tuple(waive(gates.gate_findings(quantities, resolved), waivers)),
    )


def _modules(case: Case, edition: Edition) -> tuple[ModuleType, ...]:
    if case.of == "class_maps":
        return edition.class_map_modules()
    chosen = case.parameters.get(DEDUCTED)
    deducted = chosen.value if chosen is not None else None
    return edition.modules(case.baseline, deducted, case.soil, case.dead_matter)


def _numbers(
    path: Path, case: Case, edition: Edition, modules: Sequence[ModuleType], given: Sequence[str]
) -> tuple[dict[str, Resolved], list[Finding]]:
    """Numbers of the documents and of the case; those that no expected quantity rests on may be missing."""
    stated = {
        name: Stated(entry.value, entry.source, entry.standard_error)
        for name, entry in case.parameters.items()
    }
    needed = set(engine.inputs_needed(modules, case.expected, given)) | set(edition.accounting.limits)
    resolved, _ = edition.document.resolve(stated, case.on)
    _, findings = edition.document.resolve(stated, case.on, needed=needed)
    return resolved, [replace(finding, where=f"{path.name}: {finding.where}") for finding in findings]


def _name_findings(path: Path, case: Case, modules: Sequence[ModuleType]) -> Iterator[Finding]:
    equations = set(engine.equations(modules))
    known = equations | set(engine.declared_inputs(modules))
    for section, names, allowed in (("given", case.given, known), ("expected", case.expected, equations)):
        for name in names:
            if name in allowed:
                continue
            close = get_close_matches(name, sorted(allowed), n=1) or [", ".join(sorted(allowed))]
            message = "{name} is not a quantity of {methodology}; did you mean {allowed}?"
            shown = {"name": name, "methodology": case.methodology, "allowed": close[0]}
            yield Finding(f"{path.name}: {section}.{name}", "case-quantity", message, shown)
    from_period = {"period_years", "vintage_days"} & set(case.given)
    if case.monitoring_period is not None and from_period:
        message = "{name} follows from monitoring_period; give one of the two"
        yield Finding(f"{path.name}: given", "case-period", message, {"name": ", ".join(sorted(from_period))})
    if case.monitoring_period is not None and case.monitoring_period.end <= case.monitoring_period.start:
        period = case.monitoring_period
        message = "end {end} must lie after start {start}"
        dates = {"end": period.end, "start": period.start}
        yield Finding(f"{path.name}: monitoring_period", "case-period", message, dates)


def _givens(path: Path, case: Case) -> dict[str, Given]:
    given = {name: _given(path, name, entry) for name, entry in case.given.items()}
    if case.monitoring_period is not None:
        start, end = case.monitoring_period.start, case.monitoring_period.end
        source = f"{path.name}: monitoring_period"
        given["period_years"] = Given(xr.DataArray(period_years(start, end)), "yr", source, "stated")
        given["vintage_days"] = Given(vintage_days(start, end), "day", source, "stated")
    return given


def _given(path: Path, name: str, entry: CaseGiven) -> Given:
    where = f"{path.name}: given.{name}"
    try:
        values = np.array(entry.value, dtype=np.float64)
    except (TypeError, ValueError):
        message = "value must be numbers in lists of equal length"
        raise InputError([Finding(where, "case-value", message)]) from None
    shape = tuple(len(labels) for labels in entry.dims.values())
    if values.shape != shape:
        message = "value has the shape {found}; dims have {allowed}"
        shown = {"found": values.shape, "allowed": shape}
        raise InputError([Finding(where, "case-shape", message, shown)])
    return Given(xr.DataArray(values, entry.dims, list(entry.dims)), entry.unit, where, "stated")


def _labels_of(given: Mapping[str, Given], dim: str) -> list[str]:
    for entry in given.values():
        if isinstance(entry.value, xr.DataArray) and dim in entry.value.coords:
            return [str(label) for label in entry.value[dim].values]
    return []


def _missing(
    path: Path, case: Case, modules: Sequence[ModuleType], everything: Mapping[str, Given]
) -> Iterator[Finding]:
    inputs = engine.declared_inputs(modules)
    for name in engine.inputs_needed(modules, case.expected, [*everything]):
        # Parameters that are missing have a finding of their own.
        if name in inputs and name not in everything:
            message = "{name} is missing [{unit}]"
            shown = {"name": name, "unit": inputs[name].unit}
            yield Finding(f"{path.name}: given", "case-missing", message, shown)
    known: dict[str, Input | engine.Equation] = {**inputs, **engine.equations(modules)}
    for name in case.given:
        for problem in engine.given_problems(name, everything[name], known[name]):
            yield Finding(f"{path.name}: given", "case-given", "{problem}", {"problem": problem})


def _compare(path: Path, case: Case, quantity: engine.Quantity) -> Iterator[CaseRow]:
    expected = _expected(path, quantity, case.expected[quantity.name])
    for place in np.ndindex(expected.shape):
        wanted, found = float(expected[place]), float(quantity.value.values[place])
        difference = _difference(wanted, found)
        label = ", ".join(
            f"{dim}={quantity.value[dim].values[number]}"
            for dim, number in zip(quantity.value.dims, place, strict=True)
        )
        passed = difference <= case.tolerance
        yield CaseRow(quantity.name, label, quantity.unit, quantity.clause, wanted, found, difference, passed)


def _expected(path: Path, quantity: engine.Quantity, stated: object) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Expected numbers in the shape of the quantity."""
    where = f"{path.name}: expected.{quantity.name}"
    dims = quantity.value.dims
    if isinstance(stated, Mapping):
        labels = [str(label) for label in quantity.value[dims[0]].values] if len(dims) == 1 else []
        if set(stated) != set(labels):
            message, shown = "labels {found} are not {allowed}", {"found": [*stated], "allowed": labels}
            raise InputError([Finding(where, "case-labels", message, shown)])
        return np.array([stated[label] for label in labels], dtype=np.float64)
    values = np.array(stated, dtype=np.float64)
    if values.shape != quantity.value.shape:
        message = "expected has the shape {found}; the quantity has {allowed} along {dims}"
        shapes = {"found": values.shape, "allowed": quantity.value.shape, "dims": ", ".join(map(str, dims))}
        raise InputError([Finding(where, "case-shape", message, shapes)])
    return values


def _difference(expected: float, found: float) -> float:
    if math.isnan(expected) or math.isnan(found):
        return 0.0 if math.isnan(expected) and math.isnan(found) else math.inf
    if expected == found:
        return 0.0
    return abs(found - expected) / (abs(expected) if expected else 1.0)


def example_paths(document: Methodology) -> tuple[Path, ...]:
    """Worked examples that come with a methodology.

    Raises
    ------
    UsageError
        If it has none.
    """
    if not document.examples:
        raise UsageError("methodology {name!r} has no worked examples", name=document.id)
    return document.examples


def case_json_schema() -> dict[str, Any]:
    """JSON Schema of a case file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Case.model_json_schema(by_alias=True),
        "title": "A worked case of a methodology",
    }

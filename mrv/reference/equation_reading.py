"""Reading a table of equations, with everything that is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import get_args

from mrv.errors import InputError
from mrv.findings import Finding, raise_errors
from mrv.provenance import EVIDENCE
from mrv.reference.equation_table import (
    COEFFICIENTS,
    Component,
    Condition,
    DiameterUnit,
    Equation,
    Form,
    HeightUnit,
    LifeForm,
    OutputUnit,
    PointOfMeasurement,
    PropRoots,
    Status,
    Stems,
)
from mrv.reference.tables import Row, table_of_a_project, width_findings
from mrv.sourced_tables import data_table, kept_by_tables, number_of

COLUMNS = tuple(field.name for field in fields(Equation))
OPTIONAL = {field.name: str(field.default) for field in fields(Equation) if field.default is not MISSING}
"""Columns that a table may leave out, with what that means."""

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "component": get_args(Component),
        "form": get_args(Form),
        "stems": get_args(Stems),
        "evidence": EVIDENCE,
        "range_evidence": EVIDENCE,
        "status": get_args(Status),
        "life_form": get_args(LifeForm),
        "condition": get_args(Condition),
        "prop_roots": get_args(PropRoots),
        "diameter_unit": get_args(DiameterUnit),
        "height_unit": get_args(HeightUnit),
        "output_unit": get_args(OutputUnit),
    }
)

NUMERIC_COLUMNS = (
    *"abcd",
    "dbh_min_cm",
    "dbh_max_cm",
    "height_min_m",
    "height_max_m",
    "sample_trees",
)


def _choice_findings(row: Row, where: str) -> list[Finding]:
    findings = [
        Finding(
            f"{where}:{column}",
            "equation-choice",
            "{found!r} is not one of {allowed}",
            {"found": row[column], "allowed": ", ".join(choices)},
        )
        for column, choices in CHOICES.items()
        if row[column] not in choices
    ]
    points = set(row["points_of_measurement"].split("|"))
    unknown = points - set(get_args(PointOfMeasurement))
    return findings + [
        Finding(
            f"{where}:points_of_measurement",
            "equation-choice",
            "{found!r} is not one of {allowed}",
            {"found": point, "allowed": ", ".join(get_args(PointOfMeasurement))},
        )
        for point in sorted(unknown)
    ]


def _number_findings(row: Row, where: str) -> list[Finding]:
    findings = []
    taken = COEFFICIENTS.get(row["form"], "")
    for column in NUMERIC_COLUMNS:
        text = row[column].strip()
        if not text and column not in taken:
            continue
        try:
            finite = math.isfinite(float(text))
        except ValueError:
            finite = False
        if not finite:
            findings.append(
                Finding(
                    f"{where}:{column}",
                    "equation-number",
                    "{found!r} is not a finite number; form {form} takes {coefficients}"
                    if text
                    else "no value; form {form} takes {coefficients}",
                    {"found": text, "form": row["form"], "coefficients": ", ".join(taken)},
                )
            )
    return findings


def _equation(row: Row) -> Equation:
    values: dict[str, object] = dict(row)
    values |= {column: number_of(row[column]) for column in NUMERIC_COLUMNS}
    values["points_of_measurement"] = frozenset(row["points_of_measurement"].split("|"))
    return Equation(**values)  # type: ignore[arg-type]


def _column_findings(columns: Iterable[str], where: str) -> list[Finding]:
    found = list(columns)
    return [
        Finding(f"{where}:1:{name}", "column-missing", "column {name} is missing", {"name": name})
        for name in COLUMNS
        if name not in found and name not in OPTIONAL
    ] + [
        Finding(
            f"{where}:1:{name}",
            "column-unknown",
            "column {name} is not one of {allowed}",
            {"name": name, "allowed": ", ".join(COLUMNS)},
        )
        for name in found
        if name not in COLUMNS
    ]


def _with_optional(row: Row) -> Row:
    """Row with every column; an optional one that is left out or empty means what it means by default."""
    return row | {name: row.get(name) or meaning for name, meaning in OPTIONAL.items()}


def read_equations(table: Traversable, where: str) -> dict[str, Equation]:
    """Equations of a table with the columns of ``data/equations.csv``.

    Parameters
    ----------
    table : Traversable
        The file.
    where : str
        Its name in findings.

    Raises
    ------
    InputError
        With every finding: columns missing or unknown, words not on their list, coefficients that
        are no finite numbers, an identifier that stands twice.
    """
    header, lines = table_of_a_project(table, where)
    raise_errors(_column_findings(header, where))
    if not lines:
        raise InputError([Finding(where, "table-empty", "holds no equations")])
    findings = width_findings(lines, len(header), where)
    whole = [
        (line, _with_optional(dict(zip(header, row, strict=True))))
        for line, row in lines
        if len(row) == len(header)
    ]
    seen: dict[str, int] = {}
    for line, row in whole:
        findings += _choice_findings(row, f"{where}:{line}") + _number_findings(row, f"{where}:{line}")
        if row["equation_id"] in seen:
            findings.append(
                Finding(
                    f"{where}:{line}:equation_id",
                    "equation-duplicate",
                    "{name} stands already in line {first}",
                    {"name": row["equation_id"], "first": seen[row["equation_id"]]},
                )
            )
        seen.setdefault(row["equation_id"], line)
    raise_errors(findings)
    return {row["equation_id"]: _equation(row) for _, row in whole}


@kept_by_tables
def equations() -> Mapping[str, Equation]:
    """Equations that the toolkit brings, by identifier."""
    return MappingProxyType(read_equations(data_table("equations"), "data/equations.csv"))

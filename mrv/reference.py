"""Tables that others published: equations, species, wood densities, and the register of sources.

They live in ``data/`` as CSV, so that someone who reads no Python can check them. Each is read once
and handed out as frozen rows. A project may bring equations of its own in a file with the columns
of ``data/equations.csv``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Literal, get_args

from mrv.errors import MethodologyError
from mrv.findings import Finding, raise_errors
from mrv.provenance import EVIDENCE, Evidence, Source

Form = Literal[
    "wood_density_power",
    "wood_density_log_polynomial",
    "wood_density_d2h",
    "power",
    "log10_power",
    "d2h_power",
]
Component = Literal["agb", "bgb"]
Stems = Literal["per_stem", "equivalent_diameter"]
Status = Literal["admitted", "quarantined"]
PointOfMeasurement = Literal["breast_height", "above_prop_roots", "basal", "tenth_height"]

COEFFICIENTS: Mapping[str, str] = MappingProxyType(
    {
        "wood_density_power": "abc",
        "wood_density_log_polynomial": "abcd",
        "wood_density_d2h": "ab",
        "power": "ab",
        "log10_power": "ab",
        "d2h_power": "ab",
    }
)
"""Coefficients each form takes; the formulas stand in :mod:`mrv.biomass.allometry`."""

NEEDS_HEIGHT = frozenset({"wood_density_d2h", "d2h_power"})
NEEDS_WOOD_DENSITY = frozenset({"wood_density_power", "wood_density_log_polynomial", "wood_density_d2h"})

UNKNOWN_SPECIES = "unknown"
"""What a crew writes where it could not name the tree; a legal value that needs a wood density of its own."""


@dataclass(frozen=True)
class Equation:
    """One published tree equation: what it gives, for whom, from what, and over which range.

    Attributes
    ----------
    equation_id : str
    component : {"agb", "bgb"}
        Above-ground or below-ground dry biomass of one stem. [kg]
    species : str
        Accepted name, or ``*`` for an equation common to all species.
    form : str
        One of a closed list of formulas.
    a, b, c, d : float
        Coefficients; NaN where the form takes none.
    points_of_measurement : frozenset of str
        Where on the stem the diameter must have been taken.
    stems : {"per_stem", "equivalent_diameter"}
        Whether it holds for each stem of a tree or for the equivalent diameter of all its stems.
    dbh_min_cm, dbh_max_cm, height_min_m, height_max_m : float
        Range it was fitted on; NaN where not known. [cm, m]
    """

    equation_id: str
    component: Component
    species: str
    form: Form
    a: float
    b: float
    c: float
    d: float
    points_of_measurement: frozenset[str]
    stems: Stems
    dbh_min_cm: float
    dbh_max_cm: float
    height_min_m: float
    height_max_m: float
    sample_trees: float
    region: str
    log_bias: str
    source_id: str
    evidence: Evidence
    range_evidence: Evidence
    status: Status
    note: str

    @property
    def needs_height(self) -> bool:
        """Whether the height of the tree enters."""
        return self.form in NEEDS_HEIGHT

    @property
    def needs_wood_density(self) -> bool:
        """Whether the wood density of the species enters."""
        return self.form in NEEDS_WOOD_DENSITY


@dataclass(frozen=True)
class Species:
    """A species of the mangrove flora by its accepted name."""

    species: str
    family: str
    name_zh: str
    synonyms: tuple[str, ...]


@dataclass(frozen=True)
class WoodDensity:
    """Basic wood density of a species: oven-dry mass over green volume. [g cm⁻³]"""

    species: str
    wood_density_g_cm3: float
    source_id: str
    evidence: Evidence


Row = dict[str, str]


def _rows(table: Traversable) -> list[Row]:
    return list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))


def _number(text: str) -> float:
    return float(text) if text.strip() else math.nan


def _choice_findings(row: Row, where: str) -> list[Finding]:
    allowed: dict[str, tuple[str, ...]] = {
        "component": get_args(Component),
        "form": get_args(Form),
        "stems": get_args(Stems),
        "evidence": EVIDENCE,
        "range_evidence": EVIDENCE,
        "status": get_args(Status),
    }
    findings = [
        Finding(
            f"{where}:{column}",
            "equation-choice",
            "{found!r} is not one of {allowed}",
            {"found": row[column], "allowed": ", ".join(choices)},
        )
        for column, choices in allowed.items()
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


NUMERIC_COLUMNS = (
    *"abcd",
    "dbh_min_cm",
    "dbh_max_cm",
    "height_min_m",
    "height_max_m",
    "sample_trees",
)


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
                    "{found!r} is not a finite number; form {form} takes {coefficients}",
                    {"found": text, "form": row["form"], "coefficients": ", ".join(taken)},
                )
            )
    return findings


def _equation(row: Row) -> Equation:
    values: dict[str, object] = dict(row)
    values |= {column: _number(row[column]) for column in NUMERIC_COLUMNS}
    values["points_of_measurement"] = frozenset(row["points_of_measurement"].split("|"))
    return Equation(**values)  # type: ignore[arg-type]


def _column_findings(columns: Iterable[str], where: str) -> list[Finding]:
    expected = [field.name for field in fields(Equation)]
    found = list(columns)
    return [
        Finding(f"{where}:1:{name}", "column-missing", "column {name} is missing", {"name": name})
        for name in expected
        if name not in found
    ] + [
        Finding(
            f"{where}:1:{name}",
            "column-unknown",
            "column {name} is not one of {allowed}",
            {"name": name, "allowed": ", ".join(expected)},
        )
        for name in found
        if name not in expected
    ]


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
    rows = _rows(table)
    findings = _column_findings(rows[0] if rows else (), where)
    raise_errors(findings)
    seen: dict[str, int] = {}
    for line, row in enumerate(rows, start=2):
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
    return {row["equation_id"]: _equation(row) for row in rows}


def _table(name: str) -> Traversable:
    return files("mrv.data") / f"{name}.csv"


@cache
def equations() -> Mapping[str, Equation]:
    """Equations that the toolkit brings, by identifier."""
    return MappingProxyType(read_equations(_table("equations"), "data/equations.csv"))


@cache
def sources() -> Mapping[str, Source]:
    """Register of sources, by identifier."""
    rows = _rows(_table("sources"))
    return MappingProxyType({row["source_id"]: Source(**row) for row in rows})  # type: ignore[arg-type]


@cache
def species() -> Mapping[str, Species]:
    """Mangrove species that the toolkit knows, by accepted name."""
    return MappingProxyType(
        {
            row["species"]: Species(
                row["species"],
                row["family"],
                row["name_zh"],
                tuple(name for name in row["synonyms"].split("|") if name),
            )
            for row in _rows(_table("species"))
        }
    )


@cache
def wood_densities() -> Mapping[str, WoodDensity]:
    """Wood density by accepted species name."""
    return MappingProxyType(
        {
            row["species"]: WoodDensity(
                row["species"],
                float(row["wood_density_g_cm3"]),
                row["source_id"],
                row["evidence"],  # type: ignore[arg-type]
            )
            for row in _rows(_table("wood_density"))
        }
    )


@cache
def _names() -> Mapping[str, str]:
    """Accepted name by any name: itself, its synonyms, its Chinese name; in lower case."""
    names: dict[str, str] = {UNKNOWN_SPECIES: UNKNOWN_SPECIES}
    for entry in species().values():
        for name in (entry.species, *entry.synonyms, entry.name_zh):
            if name and names.setdefault(name.lower(), entry.species) != entry.species:
                raise MethodologyError(f"data/species.csv: {name} names two species")
    return MappingProxyType(names)


def accepted_name(name: str) -> str | None:
    """Accepted name of a species from its accepted, synonymous or Chinese name; None if not on the list."""
    return _names().get(" ".join(name.split()).lower())

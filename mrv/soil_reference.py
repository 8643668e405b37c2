"""Numbers that others published on soil: loss-on-ignition lines, default rates, limits.

They live in ``data/soil_equations.csv`` and ``data/soil_defaults.csv``. A number that is known from
memory alone is handed out only by name in the table, never as a default: the project file states it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mrv.errors import MethodologyError
from mrv.provenance import Evidence
from mrv.sourced_tables import kept_by_tables, number_of, sourced_rows

EquationStatus = Literal["admitted", "guarded", "banner"]


@dataclass(frozen=True)
class LossOnIgnitionLine:
    """A line, or a parabola, from loss on ignition to organic carbon, both in % of dry mass.

    Attributes
    ----------
    equation_id : str
    linear, quadratic, intercept_pct : float
        ``%C = linear · LOI + quadratic · LOI² + intercept``.
    loi_min_pct, loi_max_pct : float
        Range it is used in; NaN where open. [%]
    carbon_min_pct : float
        Measured carbon below which it may not be used for the site; NaN if none. [%]
    pairs, r_squared : float
        Of the fit; NaN where not known.
    status : {"admitted", "guarded", "banner"}
        ``guarded`` is refused outside its range; ``banner`` is told in every result.
    """

    equation_id: str
    linear: float
    quadratic: float
    intercept_pct: float
    loi_min_pct: float
    loi_max_pct: float
    carbon_min_pct: float
    pairs: float
    r_squared: float
    setting: str
    source_id: str
    evidence: Evidence
    status: EquationStatus
    note: str


@dataclass(frozen=True)
class SoilDefault:
    """A default, limit or class bound with its source."""

    name: str
    value: float
    unit: str
    clause: str
    source_id: str
    evidence: Evidence
    note: str


@kept_by_tables
def loss_on_ignition_lines() -> Mapping[str, LossOnIgnitionLine]:
    """Published lines from loss on ignition to organic carbon, by identifier."""
    return MappingProxyType(
        {
            row["equation_id"]: LossOnIgnitionLine(
                equation_id=row["equation_id"],
                linear=float(row["linear"]),
                quadratic=float(row["quadratic"]),
                intercept_pct=float(row["intercept_pct"]),
                loi_min_pct=number_of(row["loi_min_pct"]),
                loi_max_pct=number_of(row["loi_max_pct"]),
                carbon_min_pct=number_of(row["carbon_min_pct"]),
                pairs=number_of(row["pairs"]),
                r_squared=number_of(row["r_squared"]),
                setting=row["setting"],
                source_id=row["source_id"],
                evidence=row["evidence"],  # type: ignore[arg-type]
                status=row["status"],  # type: ignore[arg-type]
                note=row["note"],
            )
            for row in sourced_rows("soil_equations")
        }
    )


@kept_by_tables
def soil_defaults() -> Mapping[str, SoilDefault]:
    """Defaults, limits and class bounds on soil, by name."""
    return MappingProxyType(
        {
            row["name"]: SoilDefault(
                row["name"],
                float(row["value"]),
                row["unit"],
                row["clause"],
                row["source_id"],
                row["evidence"],  # type: ignore[arg-type]
                row["note"],
            )
            for row in sourced_rows("soil_defaults")
        }
    )


def soil_default(name: str) -> float:
    """Value of a default, in the unit that its row states.

    Raises
    ------
    MethodologyError
        If it is known from memory alone: such a number is stated by the project, with its source.
    """
    entry = soil_defaults()[name]
    if entry.evidence == "recalled":
        raise MethodologyError(
            "{name} is known from memory alone; the project file must state it with its source", name=name
        )
    return entry.value

"""What is plausible: limits of measured quantities, and the thresholds of the rules that look for bad data.

``data/plausibility_limits.csv`` holds for each quantity a soft limit, beyond which a value is told, and a
hard one, beyond which it is refused until somebody vouches for it in writing. ``data/quality_rules.csv``
holds the single numbers that the rules take.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mrv.provenance import Evidence
from mrv.sourced_tables import kept_by_tables, number_of, sourced_rows

Judgement = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Limit:
    """Limits of a quantity in its unit; infinite where there is none. A limit itself is still allowed."""

    quantity: str
    unit: str
    soft_low: float
    soft_high: float
    hard_low: float
    hard_high: float
    basis: str
    source_id: str
    evidence: Evidence


@dataclass(frozen=True)
class QualityRule:
    """A threshold of a rule that looks for bad data."""

    name: str
    value: float
    unit: str
    source_id: str
    evidence: Evidence
    note: str


@kept_by_tables
def limits() -> Mapping[str, Limit]:
    """Limits of every quantity, by its name."""
    return MappingProxyType(
        {
            row["quantity"]: Limit(
                row["quantity"],
                row["unit"],
                number_of(row["soft_low"], -math.inf),
                number_of(row["soft_high"], math.inf),
                number_of(row["hard_low"], -math.inf),
                number_of(row["hard_high"], math.inf),
                row["basis"],
                row["source_id"],
                row["evidence"],  # type: ignore[arg-type]
            )
            for row in sourced_rows("plausibility_limits")
        }
    )


@kept_by_tables
def quality_rules() -> Mapping[str, QualityRule]:
    """Thresholds by name."""
    return MappingProxyType(
        {
            row["name"]: QualityRule(
                row["name"],
                float(row["value"]),
                row["unit"],
                row["source_id"],
                row["evidence"],  # type: ignore[arg-type]
                row["note"],
            )
            for row in sourced_rows("quality_rules")
        }
    )


def quality_rule(name: str) -> float:
    """Value of a threshold, in the unit that its row states."""
    return quality_rules()[name].value


def judge(quantity: str, value: float) -> Judgement:
    """Whether a value is within its soft limits, beyond them, or beyond the hard ones.

    Parameters
    ----------
    quantity : str
        Key of :func:`limits`.
    value : float
        In the unit of the quantity. NaN is not judged here and passes: what is missing is refused elsewhere.
    """
    limit = limits()[quantity]
    if value < limit.hard_low or value > limit.hard_high:
        return "fail"
    return "warn" if value < limit.soft_low or value > limit.soft_high else "ok"

"""Relations between pools of whole stands, published for a region: to judge by, never to estimate with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mrv.provenance import Evidence
from mrv.sourced_tables import kept_by_tables, sourced_rows


@dataclass(frozen=True)
class StandRelation:
    """A published line between two densities of a stand, ``gives = intercept + slope · given``.

    Attributes
    ----------
    given, gives : str
        What is put in and what comes out, both in ``unit``.
    r_squared : float
    n : int
        Stands behind it.
    """

    relation_id: str
    given: str
    gives: str
    unit: str
    slope: float
    intercept: float
    r_squared: float
    n: int
    region: str
    source_id: str
    evidence: Evidence
    note: str

    def expected(self, given: float) -> float:
        """Value that the line gives. [``unit``]"""
        return self.intercept + self.slope * given


@kept_by_tables
def stand_relations() -> Mapping[str, StandRelation]:
    """Relations of the table, by identifier."""
    return MappingProxyType(
        {
            row["relation_id"]: StandRelation(
                row["relation_id"],
                row["given"],
                row["gives"],
                row["unit"],
                float(row["slope"]),
                float(row["intercept"]),
                float(row["r_squared"]),
                int(row["n"]),
                row["region"],
                row["source_id"],
                row["evidence"],  # type: ignore[arg-type]
                row["note"],
            )
            for row in sourced_rows("stand_relations")
        }
    )

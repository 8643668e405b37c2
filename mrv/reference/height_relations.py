"""Biomass by canopy height, published for whole regions: lines of plausibility, never estimates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mrv.provenance import Evidence
from mrv.sourced_tables import kept_by_tables, sourced_rows


@dataclass(frozen=True)
class HeightRelation:
    """A published power of canopy height, ``AGB = factor · H^exponent``.

    Attributes
    ----------
    factor, exponent : float
        With the height in m and biomass in t/ha.
    height : str
        Which height it takes.
    """

    relation_id: str
    factor: float
    exponent: float
    height: str
    region: str
    source_id: str
    evidence: Evidence
    note: str

    def agb_t_ha(self, height_m: float) -> float:
        """Above-ground biomass that the line gives. [t_dm/ha]"""
        return float(self.factor * height_m**self.exponent)


@kept_by_tables
def height_relations() -> Mapping[str, HeightRelation]:
    """Relations of the table, by identifier."""
    return MappingProxyType(
        {
            row["relation_id"]: HeightRelation(
                row["relation_id"],
                float(row["factor"]),
                float(row["exponent"]),
                row["height"],
                row["region"],
                row["source_id"],
                row["evidence"],  # type: ignore[arg-type]
                row["note"],
            )
            for row in sourced_rows("height_biomass")
        }
    )

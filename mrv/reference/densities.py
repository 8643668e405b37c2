"""Basic wood density by species, and by genus and family where nothing is known of the species.

A value of a genus or family stands for a species that nobody measured, so its error holds the spread
of the species within the group beside the error of the mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mrv.errors import MethodologyError
from mrv.provenance import Evidence
from mrv.reference.flora import species
from mrv.reference.tables import Row
from mrv.sourced_tables import kept_by_tables, number_of, sourced_rows

Level = Literal["species", "genus", "family"]


@dataclass(frozen=True)
class WoodDensity:
    """Basic wood density: oven-dry mass over green volume. [g cm⁻³]

    Attributes
    ----------
    species : str
        Accepted name; for a genus or family its name.
    wood_density_g_cm3 : float
    standard_deviation_g_cm3 : float
        Standard uncertainty of the value for a stand of this species (or of a species of this genus or
        family); NaN where no source gives one. [g cm⁻³]
    n : float
        Measurements (for a genus or family: species) behind it; NaN where not stated.
    level : {"species", "genus", "family"}
    default : bool
        Whether it is used; the others of the same species stand beside it for comparison.
    """

    species: str
    wood_density_g_cm3: float
    source_id: str
    evidence: Evidence
    standard_deviation_g_cm3: float = math.nan
    n: float = math.nan
    level: Level = "species"
    default: bool = True
    note: str = ""


def _density(row: Row) -> WoodDensity:
    return WoodDensity(
        species=row["species"],
        wood_density_g_cm3=float(row["wood_density_g_cm3"]),
        source_id=row["source_id"],
        evidence=row["evidence"],  # type: ignore[arg-type]
        standard_deviation_g_cm3=number_of(row["standard_deviation_g_cm3"]),
        n=number_of(row["n"]),
        level=row["level"],  # type: ignore[arg-type]
        default=row["is_default"] == "yes",
        note=row["note"],
    )


@kept_by_tables
def wood_density_values() -> tuple[WoodDensity, ...]:
    """Every value of the table, the defaults and those beside them."""
    return tuple(_density(row) for row in sourced_rows("wood_density"))


@kept_by_tables
def _defaults() -> Mapping[str, WoodDensity]:
    values: dict[str, WoodDensity] = {}
    for entry in wood_density_values():
        if entry.default and values.setdefault(entry.species, entry) is not entry:
            raise MethodologyError(f"data/wood_density.csv: two defaults for {entry.species}")
    return MappingProxyType(values)


@kept_by_tables
def wood_densities() -> Mapping[str, WoodDensity]:
    """Default wood density by accepted species name."""
    return MappingProxyType({name: entry for name, entry in _defaults().items() if entry.level == "species"})


@kept_by_tables
def wood_densities_of_the_flora() -> Mapping[str, WoodDensity]:
    """Wood density of every species that has one itself, or whose genus or family has one."""
    known = _defaults()
    found = {}
    for entry in species().values():
        for name in (entry.species, entry.genus, entry.family):
            if name in known:
                found[entry.species] = known[name]
                break
    return MappingProxyType(found)

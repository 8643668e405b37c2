"""The mangrove flora of the world: accepted names, synonyms, Chinese names, codes, growth forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mrv.errors import MethodologyError
from mrv.provenance import Evidence
from mrv.sourced_tables import kept_by_tables, sourced_rows

GrowthForm = Literal["tree", "shrub", "palm", "fern", "herb"]

WITHOUT_TREE_EQUATION = frozenset({"palm", "fern", "herb"})
"""Growth forms that no equation of trees holds for."""

UNKNOWN_SPECIES = "unknown"
"""What a crew writes where it could not name the tree; a legal value that needs a wood density of its own."""


@dataclass(frozen=True)
class Species:
    """A species or hybrid of the mangrove flora by its accepted name.

    Attributes
    ----------
    species, family : str
    name_zh : str
        Chinese name; empty where none is known for certain.
    synonyms : tuple of str
        Other scientific names, misspellings that are common in tables, and other Chinese names.
    code : str
        Short code for field sheets; unique.
    growth_form : {"tree", "shrub", "palm", "fern", "herb"}
    kind : {"true", "associate"}
        Whether it grows in mangroves only.
    note : str
        What must be known before the name is used.
    """

    species: str
    family: str
    name_zh: str
    synonyms: tuple[str, ...]
    code: str = ""
    growth_form: GrowthForm = "tree"
    kind: Literal["true", "associate"] = "true"
    source_id: str = ""
    evidence: Evidence = "recalled"
    note: str = ""

    @property
    def genus(self) -> str:
        """First word of the name."""
        return self.species.split()[0]


@kept_by_tables
def species() -> Mapping[str, Species]:
    """Mangrove species that the toolkit knows, by accepted name."""
    return MappingProxyType(
        {
            row["species"]: Species(
                species=row["species"],
                family=row["family"],
                name_zh=row["name_zh"],
                synonyms=tuple(name for name in row["synonyms"].split("|") if name),
                code=row["code"],
                growth_form=row["growth_form"],  # type: ignore[arg-type]
                kind=row["kind"],  # type: ignore[arg-type]
                source_id=row["source_id"],
                evidence=row["evidence"],  # type: ignore[arg-type]
                note=row["note"],
            )
            for row in sourced_rows("species")
        }
    )


@kept_by_tables
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

"""Tables that others published: equations, species, wood densities, and the register of sources.

They live in ``data/`` as CSV, so that someone who reads no Python can check them. Each is read once
and handed out as frozen rows. A project may bring equations of its own in a file with the columns
of ``data/equations.csv``.
"""

from __future__ import annotations

from mrv.reference.densities import (
    WoodDensity,
    wood_densities,
    wood_densities_of_the_flora,
    wood_density_values,
)
from mrv.reference.equation_reading import OPTIONAL, equations, read_equations
from mrv.reference.equation_table import (
    COEFFICIENTS,
    LOGARITHMIC,
    NEEDS_HEIGHT,
    NEEDS_WOOD_DENSITY,
    Component,
    Equation,
    Form,
    PointOfMeasurement,
    Status,
    Stems,
)
from mrv.reference.flora import (
    UNKNOWN_SPECIES,
    WITHOUT_TREE_EQUATION,
    Species,
    accepted_name,
    species,
)
from mrv.reference.height_relations import HeightRelation, height_relations
from mrv.reference.stand_relations import StandRelation, stand_relations
from mrv.reference.tables import sources

__all__ = [
    "COEFFICIENTS",
    "LOGARITHMIC",
    "NEEDS_HEIGHT",
    "NEEDS_WOOD_DENSITY",
    "OPTIONAL",
    "UNKNOWN_SPECIES",
    "WITHOUT_TREE_EQUATION",
    "Component",
    "Equation",
    "Form",
    "HeightRelation",
    "PointOfMeasurement",
    "Species",
    "StandRelation",
    "Status",
    "Stems",
    "WoodDensity",
    "accepted_name",
    "equations",
    "height_relations",
    "read_equations",
    "sources",
    "species",
    "stand_relations",
    "wood_densities",
    "wood_densities_of_the_flora",
    "wood_density_values",
]

"""Published tree equations: what a row of the table holds, and the closed lists of its words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mrv.provenance import Evidence

Form = Literal[
    "wood_density_power",
    "wood_density_log_power",
    "wood_density_log_polynomial",
    "wood_density_d2h",
    "wood_density_d2h_power",
    "power",
    "log10_power",
    "log10_square",
    "square_linear",
    "quadratic",
    "square_root_linear",
    "d2h_power",
    "log_d2h",
    "crown_volume_log",
    "height_linear",
    "height_log_power",
    "height_exponential",
]
Component = Literal["agb", "bgb", "stem", "bark", "branch", "leaf"]
Stems = Literal["per_stem", "equivalent_diameter"]
Status = Literal["admitted", "quarantined", "rejected"]
PointOfMeasurement = Literal[
    "breast_height", "above_prop_roots", "basal", "tenth_height", "at_30_cm", "lowest_branch"
]
LifeForm = Literal["tree", "shrub", "seedling", "herb"]
Condition = Literal["live", "dead"]
PropRoots = Literal["included", "excluded", "none", "not stated"]
LogBias = Literal["corrected", "not corrected", "not stated", "not on the log scale"]
DiameterUnit = Literal["mm", "cm", "m"]
HeightUnit = Literal["cm", "m"]
OutputUnit = Literal["g", "kg"]

COEFFICIENTS: Mapping[str, str] = MappingProxyType(
    {
        "wood_density_power": "abc",
        "wood_density_log_power": "ab",
        "wood_density_log_polynomial": "abcd",
        "wood_density_d2h": "ab",
        "wood_density_d2h_power": "ab",
        "power": "ab",
        "log10_power": "ab",
        "log10_square": "ab",
        "square_linear": "ab",
        "quadratic": "ab",
        "square_root_linear": "ab",
        "d2h_power": "ab",
        "log_d2h": "ab",
        "crown_volume_log": "abc",
        "height_linear": "ab",
        "height_log_power": "ab",
        "height_exponential": "ab",
    }
)
"""Coefficients each form takes; the formulas stand in :mod:`mrv.biomass.allometry`."""

HEIGHT_ONLY = frozenset({"height_linear", "height_log_power", "height_exponential"})
NEEDS_HEIGHT = frozenset({"wood_density_d2h", "wood_density_d2h_power", "d2h_power", "log_d2h"}) | HEIGHT_ONLY
NEEDS_WOOD_DENSITY = frozenset(
    {
        "wood_density_power",
        "wood_density_log_power",
        "wood_density_log_polynomial",
        "wood_density_d2h",
        "wood_density_d2h_power",
    }
)
LOGARITHMIC = frozenset(
    {
        "wood_density_log_power",
        "wood_density_log_polynomial",
        "wood_density_d2h",
        "log10_power",
        "log10_square",
        "log_d2h",
        "crown_volume_log",
        "height_log_power",
    }
)
"""Forms printed with a logarithm: an intercept plus a slope times the logarithm of a size."""


@dataclass(frozen=True)
class Equation:
    """One published tree equation: what it gives, for whom, from what, and over which range.

    Attributes
    ----------
    equation_id : str
    component : str
        ``agb`` or ``bgb``: above-ground or below-ground dry biomass of one stem; or a part of it. [kg]
    species : str
        Accepted name, or ``*`` for an equation common to all species.
    form : str
        One of a closed list of formulas.
    a, b, c, d : float
        Coefficients as printed; NaN where the form takes none.
    points_of_measurement : frozenset of str
        Where on the stem the diameter must have been taken.
    stems : {"per_stem", "equivalent_diameter"}
        Whether it holds for each stem of a tree or for the equivalent diameter of all its stems.
    dbh_min_cm, dbh_max_cm, height_min_m, height_max_m : float
        Range it was fitted on; NaN where not known. [cm, m]
    log_bias : str
        Whether the published equation already contains the correction of the bias that the logarithm
        brings.
    status : {"admitted", "quarantined", "rejected"}
    life_form : {"tree", "shrub", "seedling", "herb"}
        What it was fitted on; an equation of trees does not hold for dwarf forms.
    condition : {"live", "dead"}
    prop_roots : str
        Whether prop roots are inside the above-ground biomass.
    diameter_unit, height_unit, output_unit : str
        Units that the printed formula takes and gives; the coefficients stand as printed.
    part_of : str
        Identifier of the equation of the whole that this one is a part of; empty for a whole.
    printed : str
        The formula as the source prints it; empty where not known.
    second_check : str
        What confirmed the coefficients beside the source; empty where nothing did.
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
    life_form: LifeForm = "tree"
    condition: Condition = "live"
    prop_roots: PropRoots = "not stated"
    diameter_unit: DiameterUnit = "cm"
    height_unit: HeightUnit = "m"
    output_unit: OutputUnit = "kg"
    part_of: str = ""
    printed: str = ""
    second_check: str = ""

    @property
    def needs_diameter(self) -> bool:
        """Whether a diameter of the stem enters."""
        return self.form not in HEIGHT_ONLY

    @property
    def needs_height(self) -> bool:
        """Whether the height of the tree enters."""
        return self.form in NEEDS_HEIGHT

    @property
    def needs_wood_density(self) -> bool:
        """Whether the wood density of the species enters."""
        return self.form in NEEDS_WOOD_DENSITY

    @property
    def needs_crown_volume(self) -> bool:
        """Whether the volume of the crown enters."""
        return self.form == "crown_volume_log"

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Coefficients that the form takes, in order."""
        return tuple(value for value in (self.a, self.b, self.c, self.d) if not math.isnan(value))

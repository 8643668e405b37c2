"""What the project file states and the simulation obeys: dates, size rule, numbers of the biomass.

The project file is written by hand; reading it here keeps every number in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

from mrv.biomass.allometry import tree_biomass
from mrv.reference import equations, wood_densities
from mrv.units import DAYS_PER_YEAR, KG_PER_T
from simulation.streams import Array


@dataclass(frozen=True)
class Subplot:
    """A circle in which trees of one size class are measured. [m], [cm]"""

    radius_m: float
    dbh_min_cm: float
    dbh_max_cm: float


@dataclass(frozen=True)
class Terms:
    """The statements of the project file that enter the simulation."""

    dates: tuple[str, str]
    reference_system: str
    subplots: tuple[Subplot, ...]
    agb_equation: str
    bgb_equation: str
    wood_density: Mapping[str, float]
    dead_factor: Mapping[str, float]
    carbon_fraction_agb: float
    carbon_fraction_bgb: float

    @property
    def years(self) -> float:
        """Length of the monitoring period. [yr]"""
        first, last = (date.fromisoformat(text) for text in self.dates)
        return (last - first).days / DAYS_PER_YEAR

    @property
    def dbh_min_cm(self) -> float:
        """Smallest diameter that counts as a tree. [cm]"""
        return min(subplot.dbh_min_cm for subplot in self.subplots)


def read_terms(project_file: Path) -> Terms:
    """Read the project file."""
    project = YAML(typ="safe").load(project_file)
    period, biomass = project["monitoring_period"], project["biomass"]
    densities = {name: row.wood_density_g_cm3 for name, row in wood_densities().items()}
    densities |= {name: row["value"] for name, row in biomass["wood_density"].items()}
    return Terms(
        dates=(str(period["start"]), str(period["end"])),
        reference_system=project["reference_system"],
        subplots=tuple(
            Subplot(row["radius_m"], row["dbh_min_cm"], row.get("dbh_max_cm", np.inf))
            for row in project["surveys"][0]["subplots"]
        ),
        agb_equation=biomass["agb"]["equation"],
        bgb_equation=biomass["bgb"]["equation"],
        wood_density=densities,
        dead_factor={str(name): value for name, value in biomass["dead"]["agb_factor"].items()},
        carbon_fraction_agb=project["parameters"]["carbon_fraction_agb"]["value"],
        carbon_fraction_bgb=project["parameters"]["carbon_fraction_bgb"]["value"],
    )


def biomass_t(equation_id: str, terms: Terms, species: NDArray[np.str_], dbh_cm: Array) -> Array:
    """Dry biomass of live stems by an equation of the reference table. [t_dm]"""
    density = np.array([terms.wood_density[name] for name in species.tolist()])
    unused_height = np.full_like(dbh_cm, np.nan)
    return tree_biomass(equations()[equation_id], dbh_cm, density, unused_height) / KG_PER_T

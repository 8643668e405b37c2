"""Errors that trees, plots and dates share: one draw for each, used wherever it acts.

A wood density is drawn once for a species, the coefficients once for an equation, a carbon fraction once for
a pool. Drawn for each tree instead, they would average out and vanish from the budget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from mrv.inputs.uncertainty import Component
from mrv.streams import BLOCK, Streams

Array = NDArray[np.float64]

MEDIAN = 0.5

SHIFTING: tuple[Component, ...] = ("height_model", "measuring_bias", "extrapolation")
"""Components that are shifts; the names of their shifts begin with theirs."""


class Normal(NamedTuple):
    """A value and its standard error, in one unit."""

    value: float
    standard_error: float


@dataclass(frozen=True)
class SharedErrors:
    """Spread of everything that is shared; what is not listed is taken as exact.

    Attributes
    ----------
    wood_density : mapping of species to Normal
        [g cm⁻³]
    wood_density_limits : pair of float
        Draws are cut off there. [g cm⁻³]
    equation_covariance : mapping of equation to ndarray, shape (2, 2)
        Of the coefficients of ``ln y = a + b ln D``.
    equation_choice : bool
        Whether the choice between equations is drawn.
    carbon_fraction : mapping of pool to Normal
        [t_c/t_dm]
    root_shoot_ratio : Normal or None
        [1]
    dead_factor : mapping of decay class to Normal
        Share of the biomass left; draws are cut off at 0 and 1. [1]
    dead_density : mapping of decay class to Normal
        Of the wood of boles; draws are cut off at 0. [g cm⁻³]
    ground_factor : mapping of str to Normal
        Of pools on the ground: a density [g cm⁻³], a dry:fresh ratio [1], a mean mass [g]; cut off at 0.
    shifts : sequence of str
        Names of the shared shifts, each with a standard normal number; see :mod:`mrv.uncertainty.shifts`.
    area_covariance : ndarray, shape (strata, strata), or None
        [ha²]
    """

    wood_density: Mapping[str, Normal] = field(default_factory=dict)
    wood_density_limits: tuple[float, float] = (0.0, np.inf)
    equation_covariance: Mapping[str, Array] = field(default_factory=dict)
    equation_choice: bool = False
    carbon_fraction: Mapping[str, Normal] = field(default_factory=dict)
    root_shoot_ratio: Normal | None = None
    dead_factor: Mapping[str, Normal] = field(default_factory=dict)
    dead_density: Mapping[str, Normal] = field(default_factory=dict)
    ground_factor: Mapping[str, Normal] = field(default_factory=dict)
    shifts: Sequence[str] = ()
    area_covariance: Array | None = None


@dataclass(frozen=True)
class SharedDraws:
    """One block of draws of all that is shared.

    Attributes
    ----------
    wood_density : mapping of species to ndarray, shape (n,)
        Over the species' mean. [1]
    coefficients : mapping of equation to ndarray, shape (n, 2)
        Departure of a and b.
    choice : mapping of equation in use to ndarray, shape (n,), or None
        Uniform; None takes the equation in use as exact.
    carbon_fraction : mapping of pool to ndarray, shape (n,)
        [t_c/t_dm]
    root_shoot_ratio : ndarray, shape (n,)
        Over its value. [1]
    dead : mapping of decay class to ndarray, shape (n,)
        Dead-tree factor, or density of boles, over its value. [1]
    ground : mapping of str to ndarray, shape (n,)
        Factor of a pool on the ground, over its value. [1]
    shifts : mapping of str to ndarray, shape (n,)
        Standard normal. [1]
    area : ndarray, shape (n, strata)
        Departure of each area. [ha]
    """

    wood_density: Mapping[str, Array]
    coefficients: Mapping[str, Array]
    choice: Mapping[str, Array] | None
    carbon_fraction: Mapping[str, Array]
    root_shoot_ratio: Array
    dead: Mapping[str, Array]
    ground: Mapping[str, Array]
    shifts: Mapping[str, Array]
    area: Array

    def held(self, component: Component) -> SharedDraws:
        """The same draws with one component at its median."""
        middle: dict[Component, dict[str, object]] = {
            "wood_density": {"wood_density": {}},
            "equation_parameters": {"coefficients": {}},
            "equation_choice": {
                "choice": self.choice and {name: np.full_like(u, MEDIAN) for name, u in self.choice.items()}
            },
            "carbon_fraction": {
                "carbon_fraction": {
                    name: np.full_like(values, np.median(values))
                    for name, values in self.carbon_fraction.items()
                }
            },
            "root_shoot_ratio": {"root_shoot_ratio": np.ones_like(self.root_shoot_ratio)},
            "dead_wood": {"dead": {}},
            "ground_pools": {"ground": {}},
            **{
                name: {
                    "shifts": {
                        shift: number
                        for shift, number in self.shifts.items()
                        if not shift.startswith(f"{name}.")
                    }
                }
                for name in SHIFTING
            },
            "area": {"area": np.zeros_like(self.area)},
        }
        return replace(self, **middle.get(component, {}))  # type: ignore[arg-type]


def truncated_normal(chance: Array, normal: Normal, limits: tuple[float, float]) -> Array:
    """Normal quantity inside limits, by the inverse of its distribution; in the unit of its value."""
    low, high = (ndtr((limit - normal.value) / normal.standard_error) for limit in limits)
    return np.asarray(normal.value + normal.standard_error * ndtri(low + chance * (high - low)))


def covariance_root(covariance: Array) -> Array:
    """Symmetric root of a covariance matrix; variances that rounding made negative count as none."""
    values, vectors = np.linalg.eigh(covariance)
    root: Array = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return root


def correlated(normals: Array, covariance: Array) -> Array:
    """Normal numbers with a covariance, from independent ones, shape (n, k)."""
    # einsum, not a matrix product: the bits of that one may depend on the number of threads.
    drawn: Array = np.einsum("nj,ij->ni", normals, covariance_root(covariance))
    return drawn


def draw_shared(
    errors: SharedErrors, streams: Streams, block: int, used: list[str], strata: int
) -> SharedDraws:
    """One block of draws of everything shared.

    Parameters
    ----------
    errors : SharedErrors
    streams : Streams
    block : int
    used : list of str
        Equations in use; each has one draw of its choice.
    strata : int
        Number of strata, for the areas.
    """
    wood_density = {
        species: truncated_normal(
            streams.uniforms(f"wood_density.{species}", block)[:, 0], normal, errors.wood_density_limits
        )
        / normal.value
        for species, normal in errors.wood_density.items()
        if normal.standard_error > 0
    }
    coefficients = {
        name: correlated(streams.normals(f"allometry.params.{name}", block, columns=2), covariance)
        for name, covariance in errors.equation_covariance.items()
    }
    fraction = {
        pool: normal.value + normal.standard_error * streams.normals(f"carbon_fraction.{pool}", block)[:, 0]
        for pool, normal in errors.carbon_fraction.items()
    }
    ratio = np.ones(BLOCK)
    if errors.root_shoot_ratio is not None:
        relative = errors.root_shoot_ratio.standard_error / errors.root_shoot_ratio.value
        ratio = 1 + relative * streams.normals("root_shoot_ratio", block)[:, 0]
    area = np.zeros((BLOCK, strata))
    if errors.area_covariance is not None:
        area = correlated(streams.normals("area", block, columns=strata), errors.area_covariance)
    dead = {
        name: truncated_normal(streams.uniforms(f"dead_wood.{name}", block)[:, 0], normal, (0.0, highest))
        / normal.value
        for entries, highest in ((errors.dead_factor, 1.0), (errors.dead_density, np.inf))
        for name, normal in entries.items()
        if normal.standard_error > 0
    }
    ground = {
        name: truncated_normal(streams.uniforms(name, block)[:, 0], normal, (0.0, np.inf)) / normal.value
        for name, normal in errors.ground_factor.items()
        if normal.standard_error > 0
    }
    return SharedDraws(
        wood_density,
        coefficients,
        {name: streams.uniforms(f"equation_choice.{name}", block)[:, 0] for name in used}
        if errors.equation_choice
        else None,
        fraction,
        ratio,
        dead,
        ground,
        {name: streams.normals(name, block)[:, 0] for name in errors.shifts},
        area,
    )

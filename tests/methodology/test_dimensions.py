"""Every equation is called once with quantities that carry units: is it what it says it is?

Carbon, dry matter and CO₂ equivalents are base dimensions of their own, so that a forgotten carbon
fraction or 44/12 cannot pass.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pint
import pytest
import xarray as xr
from xarray import DataArray

from mrv.accounting.engine import Equation, declared_inputs, equation, equations
from mrv.accounting.registry import accounting_ids, find
from mrv.methodologies import load_methodology

SIZES = {
    "stratum": 2,
    "pool": 2,
    "date": 2,
    "vintage": 3,
    "year": 3,
    "scenario": 2,
    "part": 2,
    "step": 4,
    "tier": 3,
    "reference_date": 2,
    "conversion": 3,
    "source": 2,
    "gas": 2,
    "displacement": 3,
    "land_class": 2,
    "transition": 3,
    "interval": 2,
}
LABELS = {"pool": ["agb", "bgb"], "scenario": ["baseline", "project"], "part": ["biomass", "soil"]}
BASE_UNITS = (
    "t_c = [carbon]",
    "t_dm = [dry_matter]",
    "t_co2e = [co2e]",
    "ha = [area]",
    "yr = [time]",
    "t_ch4 = [methane]",
    "t_n2o = [nitrous_oxide]",
)


@pytest.fixture(scope="module")
def registry() -> pint.UnitRegistry:
    units = pint.UnitRegistry(None)
    for definition in (*BASE_UNITS, "day = yr / 365.25"):
        units.define(definition)
    return units


def every_equation() -> dict[tuple[str, str, str], tuple[Equation, tuple[ModuleType, ...]]]:
    """Equation and the modules it stands among, by methodology, module and name."""
    found = {}
    for methodology_id in accounting_ids():
        for modules in find(methodology_id).graphs():
            for stated in equations(modules).values():
                room = stated.function.__module__.rpartition(".")[2]
                found[methodology_id, room, stated.name] = (stated, modules)
    return found


EQUATIONS = every_equation()


def units_and_dims(
    methodology_id: str, modules: tuple[ModuleType, ...]
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Unit and dimensions of everything that an equation can take."""
    known = {
        key: (parameter.unit, ())
        for name, parameter in load_methodology(methodology_id).parameters.items()
        for key in (name, f"{name}_standard_error")
    }
    known |= {name: (entry.unit, entry.dims) for name, entry in declared_inputs(modules).items()}
    return known | {name: (entry.unit, entry.dims) for name, entry in equations(modules).items()}


def quantity(unit: str, dims: tuple[str, ...], registry: pint.UnitRegistry) -> DataArray:
    """Values from 0.1 on: inside the range of a probability and of a share."""
    shape = tuple(SIZES[dim] for dim in dims)
    values = np.full(shape, 0.1) + np.arange(np.prod(shape, dtype=int)).reshape(shape) / 100
    coords = {dim: LABELS[dim] for dim in dims if dim in LABELS}
    # A pure number is handed over as such: Student's t and the dealing-out of credits take nothing else.
    return DataArray(values if unit == "1" else values * registry.parse_units(unit), coords, dims)


def unit_of(result: DataArray, registry: pint.UnitRegistry) -> pint.Unit:
    return result.data.units if isinstance(result.data, pint.Quantity) else registry.dimensionless


def call(
    stated: Equation, known: dict[str, tuple[str, tuple[str, ...]]], registry: pint.UnitRegistry
) -> DataArray:
    return stated.function(**{name: quantity(*known[name], registry) for name in stated.inputs})


@pytest.mark.parametrize("key", EQUATIONS, ids="-".join)
def test_equation_has_the_unit_and_the_dimensions_it_declares(
    key: tuple[str, str, str], registry: pint.UnitRegistry
) -> None:
    stated, modules = EQUATIONS[key]
    result = call(stated, units_and_dims(key[0], modules), registry)
    declared = registry.dimensionless if stated.unit == "1" else registry.parse_units(stated.unit)
    assert unit_of(result, registry) == declared
    assert set(stated.dims) <= set(result.dims)


def test_a_forgotten_carbon_fraction_fails(registry: pint.UnitRegistry) -> None:
    @equation(clause="1", unit="t_c/ha")
    def carbon_density(biomass_density: DataArray) -> DataArray:
        """Biomass taken for carbon."""
        return biomass_density * 1.0

    known = units_and_dims("mangrove_protection", find("mangrove_protection").modules("static"))
    result = call(carbon_density.equation, known, registry)  # type: ignore[attr-defined]
    assert unit_of(result, registry) != registry.parse_units("t_c/ha")


def test_carbon_cannot_be_added_to_dry_matter(registry: pint.UnitRegistry) -> None:
    carbon = quantity("t_c/ha", ("stratum",), registry)
    biomass = quantity("t_dm/ha", ("stratum",), registry)
    with pytest.raises(pint.DimensionalityError):
        xr.DataArray(carbon + biomass)

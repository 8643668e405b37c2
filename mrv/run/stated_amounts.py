"""Project emissions and leakage as the project file states them: amounts with their errors, and in all.

Each is stated by itself, so that each has draws of its own. An amount without a standard error is exact, and
is listed, but for a zero: what was shown not to occur has no error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mrv.accounting.given import Given
from mrv.accounting.vintages import period_years
from mrv.inputs.project import Project
from mrv.streams import BLOCK, Streams

Array = NDArray[np.float64]

DRAW = "draw"
"""Dimension of draws: their number."""

DISPLACEMENTS = ("displaced_activity", "market", "hydrology")
"""Ways in which emissions can be displaced, each with a test of its own."""


@dataclass(frozen=True)
class StatedAmounts:
    """Amounts that the project file states of one kind, by their label.

    Attributes
    ----------
    name, dim, unit, description : str
        Input of the equations, its dimension, and what it is.
    values, errors : mapping
        By label; an error is None where none is stated. [unit]
    keys : mapping
        Key of the project file of each label.
    """

    name: str
    dim: str
    unit: str
    description: str
    values: Mapping[str, float]
    errors: Mapping[str, float | None]
    keys: Mapping[str, str]

    @property
    def without_error(self) -> list[str]:
        """Keys of amounts above zero without a standard error; what was shown not to occur has none."""
        return [self.keys[name] for name, value in self.values.items() if value and self.errors[name] is None]

    @property
    def with_error(self) -> bool:
        """Whether any amount has a standard error."""
        return any(self.errors.values())

    def givens(self, source: str) -> dict[str, Given]:
        """The amounts and their standard errors; exact where none is stated."""
        labels = list(self.values)
        errors = [self.errors[name] or 0.0 for name in labels]
        return {
            name: Given(
                xr.DataArray([float(value) for value in values], {self.dim: labels}, [self.dim]),
                self.unit,
                source,
                "stated",
                description=description,
            )
            for name, values, description in (
                (self.name, list(self.values.values()), self.description),
                (f"{self.name}_standard_error", errors, f"{self.description}, standard error"),
            )
        }


def stated_emissions(project: Project) -> list[StatedAmounts]:
    """Project emissions, by works and by gas of the soil; empty where none are stated."""
    stated = project.project_emissions
    if stated is None:
        return []
    works = {"fuel": stated.fuel, "biomass_removed": stated.biomass_removed}
    gases = {"CH4": stated.soil_methane, "N2O": stated.soil_nitrous_oxide}
    return [
        StatedAmounts(
            "works_emissions",
            "source",
            "t_co2e",
            "Emissions by works",
            {name: entry.t_co2e for name, entry in works.items()},
            {name: entry.standard_error_t_co2e for name, entry in works.items()},
            {name: f"project_emissions.{name}" for name in works},
        ),
        StatedAmounts(
            "soil_gas_change",
            "gas",
            "t_co2e/ha/yr",
            "Gases of the soil as a change against the baseline",
            {name: gas.change_t_co2e_ha_yr for name, gas in gases.items()},
            {name: gas.standard_error_t_co2e_ha_yr for name, gas in gases.items()},
            {
                "CH4": "project_emissions.soil_methane",
                "N2O": "project_emissions.soil_nitrous_oxide",
            },
        ),
    ]


def stated_leakage(project: Project) -> list[StatedAmounts]:
    """Leakage by test; empty where none is stated."""
    if project.leakage is None:
        return []
    tests = {name: getattr(project.leakage, name) for name in DISPLACEMENTS}
    return [
        StatedAmounts(
            "displaced_emissions",
            "displacement",
            "t_co2e",
            "Emissions displaced, by test",
            {name: float(entry.t_co2e) for name, entry in tests.items()},
            {name: entry.standard_error_t_co2e for name, entry in tests.items()},
            {name: f"leakage.{name}" for name in tests},
        )
    ]


def declared_givens(project: Project, areas_ha: Mapping[str, float]) -> dict[str, Given]:
    """Amounts that the project file declares, each with its evidence, by source and test and in all."""
    givens: dict[str, Given] = {}
    emissions, leakage, period = project.project_emissions, project.leakage, project.monitoring_period
    if emissions is not None and period is not None:
        works, gases = stated_emissions(project)
        declared = (
            emissions.fuel,
            emissions.biomass_removed,
            emissions.soil_methane,
            emissions.soil_nitrous_oxide,
        )
        source = f"mrv.yaml: project_emissions ({_joined(entry.evidence for entry in declared)})"
        hectare_years = period_years(period.start, period.end) * math.fsum(areas_ha.values())
        total = math.fsum(works.values.values()) + math.fsum(gases.values.values()) * hectare_years
        givens |= works.givens(source) | gases.givens(source)
        givens["project_emissions"] = Given(
            total, "t_co2e", source, "stated", description="Emissions that the project causes"
        )
    if leakage is not None:
        (displaced,) = stated_leakage(project)
        tests = (getattr(leakage, name).test for name in DISPLACEMENTS)
        source = f"mrv.yaml: leakage ({_joined(tests)})"
        givens |= displaced.givens(source)
        givens["leakage"] = Given(
            math.fsum(displaced.values.values()),
            "t_co2e",
            source,
            "stated",
            description="Emissions that the project displaces",
        )
    return givens


def _joined(documents: Iterable[str]) -> str:
    """Documents, each once."""
    return "; ".join(dict.fromkeys(documents))


def _departure(amount: StatedAmounts, streams: Streams, draws: int) -> xr.DataArray:
    """Draws of what each amount departs from its value by, in the amount's unit."""
    rows = [
        (error or 0.0)
        * np.concatenate(
            [streams.normals(f"stated.{amount.keys[name]}", block)[:, 0] for block in range(draws // BLOCK)]
        )
        for name, error in amount.errors.items()
    ]
    return xr.DataArray(np.stack(rows), {amount.dim: list(amount.errors)}, [amount.dim, DRAW])


def drawn_amounts(
    emissions: Sequence[StatedAmounts],
    leakage: Sequence[StatedAmounts],
    givens: Mapping[str, Given],
    streams: Streams,
    draws: int,
) -> dict[str, xr.DataArray]:
    """Draws of the stated amounts with an error, and of their totals, as far as a run hands these over.

    Parameters
    ----------
    emissions, leakage : sequence of StatedAmounts
    givens : mapping
        With central values.
    streams : Streams
    draws : int
    """
    found: dict[str, xr.DataArray] = {}
    for total, amounts in (("project_emissions", emissions), ("leakage", leakage)):
        departures = []
        for amount in amounts:
            if not amount.with_error:
                continue
            departure = _departure(amount, streams, draws)
            if amount.name in givens:
                found[amount.name] = xr.DataArray(givens[amount.name].value) + departure
            scale = _hectare_years(givens) if amount.unit.endswith("/ha/yr") else 1.0
            departures.append(departure.sum(amount.dim) * scale)
        if departures and total in givens:
            found[total] = sum(departures, start=xr.DataArray(givens[total].value))
    return found


def _hectare_years(givens: Mapping[str, Given]) -> float:
    area = xr.DataArray(givens["area"].value).sum(skipna=False)
    return float(area * xr.DataArray(givens["period_years"].value))

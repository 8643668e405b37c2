"""Baselines of loss: periods that follow each other, release of soil, and errors against draws."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import xarray as xr

from mrv.accounting.engine import evaluate
from mrv.accounting.given import CONSTANTS, Given
from mrv.accounting.registry import find

MODULES = find("mangrove_protection").modules("historical_loss")

NUMBERS = {
    "loss_rate": (0.02, 0.004, "1"),
    "biomass_emission_factor": (250.0, 30.0, "t_co2e/ha"),
    "soil_emission_factor": (180.0, 40.0, "t_co2e/ha"),
    "foregone_sequestration_rate": (4.0, 1.0, "t_co2e/ha/yr"),
}


def given(years: range, release: float = 20.0, **draws: xr.DataArray) -> Mapping[str, Given]:
    strata = {"stratum": ["low", "high"]}
    found = {
        "area": (xr.DataArray([100.0, 40.0], strata, ["stratum"]), "ha"),
        "loss_year": (xr.DataArray([float(y) for y in years], {"year": list(years)}, ["year"]), "yr"),
        "year_length": (1.0, "yr"),
        "soil_release_years": (release, "yr"),
    }
    for name, (value, error, unit) in NUMBERS.items():
        found[name] = (draws.get(name, xr.DataArray(value)), unit)
        found[f"{name}_standard_error"] = (error, unit)
    return CONSTANTS | {name: Given(value, unit, "test", "stated") for name, (value, unit) in found.items()}


def of_period(name: str, years: range, **others: object) -> xr.DataArray:
    return evaluate(MODULES, given(years, **others), [name])[name].value  # type: ignore[arg-type]


def test_periods_that_follow_each_other_make_the_whole() -> None:
    parts = sum(of_period("baseline_removals", years) for years in (range(1, 6), range(6, 11), range(11, 31)))
    np.testing.assert_allclose(parts, of_period("baseline_removals", range(1, 31)), rtol=1e-12)


def test_all_soil_of_an_area_is_released_once_its_years_are_over() -> None:
    """Over a long time, soil releases what its factor says for all that was lost long enough ago."""
    years = range(1, 401)
    released = of_period("avoided_soil_emissions", years, release=10.0).sum("year")
    np.testing.assert_allclose(released, [100.0 * 180, 40.0 * 180], rtol=1e-3)
    first = of_period("avoided_soil_emissions", range(1, 2), release=10.0)
    np.testing.assert_allclose(first.values[:, 0], [2.0 * 180 / 10, 0.8 * 180 / 10], rtol=1e-12)


def test_a_shorter_release_emits_earlier_and_never_more_than_the_factor() -> None:
    quick, slow = (
        of_period("avoided_soil_emissions", range(1, 11), release=years).sum() for years in (1.0, 20.0)
    )
    lost = of_period("cumulative_loss", range(1, 11)).isel(year=-1).sum()
    assert float(quick) == pytest.approx(float(lost) * 180)
    assert float(slow) < float(quick)


def test_with_neither_loss_nor_growth_the_baseline_is_static() -> None:
    nothing = {name: xr.DataArray(0.0) for name in ("loss_rate", "foregone_sequestration_rate")}
    np.testing.assert_array_equal(of_period("baseline_removals", range(1, 11), **nothing), [0.0, 0.0])


def test_the_standard_error_is_that_of_draws() -> None:
    """First order against 200,000 draws of all four numbers, each shared by the strata."""
    random = np.random.default_rng(20200101)
    draws = {
        name: xr.DataArray(random.normal(value, error, 200_000), dims="draw")
        for name, (value, error, _) in NUMBERS.items()
    }
    drawn = of_period("baseline_removals_total", range(1, 11), **draws)
    stated = of_period("baseline_standard_error", range(1, 11))
    assert float(stated) == pytest.approx(float(drawn.std()), rel=0.02)

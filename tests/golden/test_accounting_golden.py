"""Golden numbers of the accounting, through the functions that a run calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import xarray as xr

from mrv.accounting.deductions import lower_bound, two_sided_t_quantile
from mrv.accounting.given import CONSTANTS
from mrv.accounting.mangrove_protection import core
from mrv.accounting.vintages import issue, period_years, vintage_days
from mrv.units import CO2_PER_C

Golden = Callable[[str], dict[str, Any]]


def test_k01_removals_per_hectare_and_year(golden: Golden) -> None:
    case = golden("K01")
    given, expected = case["inputs"], case["expected"]
    per_hectare_year = core.net_removals_per_hectare_year(
        xr.DataArray(given["total_tCO2e"]),
        xr.DataArray([float(given["area_ha"])], dims="stratum"),
        xr.DataArray(float(given["years"])),
    )
    assert float(per_hectare_year) == pytest.approx(expected["t_CO2e_ha_yr"], rel=case["tolerance"]["rel"])
    assert float(per_hectare_year) / CO2_PER_C == pytest.approx(expected["t_C_ha_yr"], rel=1e-9)


def test_k02_days_and_years_of_the_period(golden: Golden) -> None:
    case = golden("K02")
    start, end = case["inputs"]["start"], case["inputs"]["end_exclusive"]
    assert int(vintage_days(start, end).sum()) == case["expected"]["days"]
    assert period_years(start, end) == pytest.approx(case["expected"]["years_365.25"], rel=1e-9)


def test_k03_vintages(golden: Golden) -> None:
    case = golden("K03")
    given, expected = case["inputs"], case["expected"]
    days = vintage_days("2010-01-01", "2020-01-01")
    assert list(days["vintage"].values) == given["vintages"]
    assert list(days.values) == given["days"]
    issued = issue(given["total"], given["days"])
    assert issued == expected["issued"]
    assert sum(issued) == expected["issued_sum"]


def test_k11_lower_bound(golden: Golden) -> None:
    case = golden("K11")
    given, expected = case["inputs"], case["expected"]

    def bound(level: float) -> float:
        quantile = two_sided_t_quantile(xr.DataArray(level), xr.DataArray(float(given["df"])))
        return float(lower_bound(xr.DataArray(given["mean"]), quantile * given["se"]))

    assert bound(0.90) == pytest.approx(expected["ci90_two_sided_lower"], rel=1e-9)
    assert bound(0.90) == pytest.approx(expected["lb_95_one_sided"], rel=1e-9)
    assert bound(0.80) == pytest.approx(expected["lb_90_one_sided"], rel=1e-9)


def test_t21_co2_of_carbon(golden: Golden) -> None:
    case = golden("T21")
    factor = CONSTANTS["co2_per_carbon"].value
    assert factor == pytest.approx(case["expected"]["factor"], rel=1e-12)
    removals = core.project_removals(
        xr.DataArray([1.0], dims="stratum"),
        xr.DataArray([[case["inputs"]["C_t"]]], dims=("stratum", "pool")),
        xr.DataArray(factor),
    )
    assert float(removals.sum()) == pytest.approx(case["expected"]["CO2_t"], rel=1e-12)

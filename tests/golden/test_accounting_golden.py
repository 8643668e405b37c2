"""Golden numbers of the accounting, through the functions that a run calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import xarray as xr

from mrv.accounting.deductions import lower_bound, two_sided_t_quantile
from mrv.accounting.engine import Quantity
from mrv.accounting.gates import gate_findings
from mrv.accounting.given import CONSTANTS, Given
from mrv.accounting.mangrove_protection import baseline_historical_loss, core, credits
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


def test_k12_the_buffer_is_on_stock_change_alone(golden: Golden) -> None:
    """Here between two dates of one project: the buffer leaves out what is no stock."""
    case = golden("K12")
    given, expected = case["inputs"], case["expected"]
    buffer = credits.buffer(
        xr.DataArray(given["buffer_pct"] / 100),
        xr.DataArray([given["NER_stock_t2"] - given["NER_stock_t1"]], dims="stratum"),
    )
    assert float(buffer) == pytest.approx(expected["buffer"], rel=1e-9)
    net = xr.DataArray(given["adj_NER_t2"] - given["adj_NER_t1"])
    creditable = credits.creditable_removals(net, xr.DataArray(0.0), buffer)
    assert float(creditable) == pytest.approx(expected["VCU"], rel=1e-9)


def test_k13_area_lost_at_a_compound_rate(golden: Golden) -> None:
    case = golden("K13")
    given, expected = case["inputs"], case["expected"]
    area = xr.DataArray([float(given["A0_ha"])], dims="stratum")
    rate, year = xr.DataArray(given["annual_loss"]), xr.DataArray(1.0)
    lost = baseline_historical_loss.cumulative_loss(
        area, rate, xr.DataArray([float(t) for t in given["t"]], dims="year"), year
    )
    assert list(lost.values[0]) == pytest.approx(expected["cumulative_loss_ha"], rel=1e-9)
    every = xr.DataArray([float(t) for t in range(1, given["t"][-1] + 1)], dims="year")
    by_year = baseline_historical_loss.annual_loss(area, rate, every, year)
    assert float(by_year.sum()) == pytest.approx(expected["cumulative_loss_ha"][-1], rel=1e-9)


def test_k17_net_primary_production_does_not_pass_as_a_removal(golden: Golden) -> None:
    """The gates ask about the production of every species, and about the one project that was published."""
    expected = golden("K17")["expected"]
    limits = {
        f"plausibility_limit_{kind}": Given(limit, "t_co2e/ha/yr", "statement", "parameter")
        for kind, limit in (("soft", 25.0), ("hard", 45.0))
    }
    npp = golden("K17")["inputs"]["NPP_tC_ha_yr"]
    published = golden("K01")["expected"]["t_CO2e_ha_yr"]
    flux = {name: carbon * CO2_PER_C for name, carbon in npp.items()}
    assert flux == pytest.approx(expected["NPP_tCO2_ha_yr"], rel=1e-9)
    for value in (*flux.values(), published):
        name = "net_removals_per_hectare_year"
        quantity = Quantity(name, xr.DataArray(value), "t_co2e/ha/yr", "8", "", "", (), "stated", "")
        (finding,) = gate_findings({name: quantity}, limits)
        assert finding.rule == "plausibility-removal-soft"
        assert "net primary production counted as storage" in finding.text()


def test_t21_co2_of_carbon(golden: Golden) -> None:
    case = golden("T21")
    factor = CONSTANTS["co2_per_carbon"].value
    assert factor == pytest.approx(case["expected"]["factor"], rel=1e-12)
    removals = core.pool_removals(
        xr.DataArray([1.0], dims="stratum"),
        xr.DataArray([[case["inputs"]["C_t"]]], dims=("stratum", "pool")),
        xr.DataArray(factor),
    )
    assert float(removals.sum()) == pytest.approx(case["expected"]["CO2_t"], rel=1e-12)

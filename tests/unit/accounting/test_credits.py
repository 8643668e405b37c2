"""Interval, deduction, buffer and credits at the edges: losses, purposive samples, errors of zero."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from mrv.accounting.deductions import positive_part, satterthwaite
from mrv.accounting.engine import Quantity, computable, evaluate
from mrv.accounting.given import CONSTANTS, Given
from mrv.accounting.registry import find
from mrv.accounting.vintages import issue, largest_remainder, period_years, vintage_days

MODULES = find("mangrove_protection").modules("static")
STRATA = ["low", "high"]


def by_stratum(*values: float) -> xr.DataArray:
    return xr.DataArray(list(values), {"stratum": STRATA}, ["stratum"])


def account(
    change: tuple[float, float] = (3.0, 6.0),
    error: tuple[float, float] = (0.3, 0.6),
    degrees: tuple[float, float] = (9.0, 9.0),
    carried_in: float = 0.0,
) -> dict[str, Quantity]:
    pools = xr.DataArray([1.0, 0.0], {"pool": ["agb", "bgb"]}, ["pool"])
    values = {
        "area": (by_stratum(10, 20), "ha"),
        "carbon_stock_change": (by_stratum(*change) * pools, "t_c/ha"),
        "stock_change_standard_error": (by_stratum(*error), "t_c/ha"),
        "stock_change_degrees_of_freedom": (by_stratum(*degrees), "1"),
        "period_years": (period_years("2018-01-01", "2020-01-01"), "yr"),
        "vintage_days": (vintage_days("2018-01-01", "2020-01-01"), "day"),
        "project_emissions": (5.0, "t_co2e"),
        "leakage": (0.0, "t_co2e"),
        "project_emissions_standard_error": (0.0, "t_co2e"),
        "leakage_standard_error": (0.0, "t_co2e"),
        "static_stock_change": (0.0, "t_c/ha"),
        "static_stock_change_standard_error": (0.0, "t_c/ha"),
        "confidence_level": (0.9, "1"),
        "buffer_share": (0.2, "1"),
        "carried_in": (carried_in, "t_co2e"),
        "credit_size": (1.0, "t_co2e"),
    }
    given = {name: Given(value, unit, "test", "stated") for name, (value, unit) in values.items()}
    everything = {**CONSTANTS, **given}
    return evaluate(MODULES, everything, computable(MODULES, everything))


def number(quantities: dict[str, Quantity], name: str) -> float:
    return float(quantities[name].value)


def test_a_loss_brings_no_credit_no_buffer_and_no_bonus() -> None:
    found = account(change=(-3.0, -6.0), carried_in=0.5)
    assert number(found, "net_removals") == pytest.approx(-150 * 44 / 12 - 5)
    assert number(found, "buffer") == 0
    assert number(found, "uncertainty_deduction") > 0
    assert number(found, "creditable_removals") < number(found, "net_removals")
    assert list(found["issuance"].value.values) == [0, 0]
    assert number(found, "carried_fraction") == 0


def test_a_purposive_sample_has_no_interval_and_no_credits_and_not_zero() -> None:
    found = account(error=(math.nan, 0.6), degrees=(math.nan, 9.0))
    assert math.isfinite(number(found, "net_removals"))
    for name in (
        "net_removals_standard_error",
        "degrees_of_freedom",
        "net_removals_half_width",
        "relative_uncertainty_sampling",
        "uncertainty_deduction",
        "creditable_removals",
        "carried_fraction",
    ):
        assert math.isnan(number(found, name)), name
    assert np.isnan(found["issuance"].value).all()


def test_two_identical_dates_remove_nothing_and_their_interval_has_no_width() -> None:
    found = account(change=(0.0, 0.0), error=(0.0, 0.0))
    assert number(found, "net_removals") == -5
    assert number(found, "net_removals_half_width") == 0
    assert number(found, "uncertainty_deduction") == 0
    assert list(found["issuance"].value.values) == [0, 0]


def test_one_stratum_without_a_number_leaves_no_total() -> None:
    assert math.isnan(number(account(change=(math.nan, 6.0)), "net_removals"))


def test_satterthwaite_of_equal_parts_adds_degrees_up() -> None:
    assert float(satterthwaite(by_stratum(2, 2), by_stratum(7, 7), "stratum")) == pytest.approx(14)
    assert float(satterthwaite(by_stratum(2, 0), by_stratum(7, 3), "stratum")) == pytest.approx(7)
    assert float(satterthwaite(by_stratum(0, 0), by_stratum(7, 3), "stratum")) == 3


@pytest.mark.parametrize(("amount", "expected"), [(3.5, 3.5), (-3.5, 0.0), (0.0, 0.0)])
def test_positive_part(amount: float, expected: float) -> None:
    assert float(positive_part(xr.DataArray(amount))) == expected
    assert math.isnan(float(positive_part(xr.DataArray(math.nan))))


def test_period_within_a_year_has_one_vintage_and_a_leap_day_counts() -> None:
    days = vintage_days("2020-02-28", "2020-03-01")
    assert (list(days["vintage"].values), list(days.values)) == ([2020], [2])
    assert list(vintage_days("2019-07-01", "2020-01-01")["vintage"].values) == [2019]
    with pytest.raises(ValueError, match="must lie after its start"):
        period_years("2020-01-01", "2020-01-01")


def test_ties_go_to_the_earlier_vintage() -> None:
    assert issue(1.9, [365, 365]) == [1, 0]
    assert issue(5.0, [365, 365, 365]) == [2, 2, 1]
    assert list(largest_remainder(10, [0.3, 0.7])) == [3, 7]
    assert np.isnan(largest_remainder(math.nan, [0.5, 0.5])).all()


def test_totals_are_dealt_out_at_once_as_each_alone() -> None:
    draw = np.random.default_rng(4)
    totals = np.floor(draw.uniform(0, 1e5, (2, 500)))
    totals[0, 7] = math.nan
    shares = np.array([365, 366, 365, 123]) / 1219
    each = [[largest_remainder(total, shares) for total in row] for row in totals]
    np.testing.assert_array_equal(largest_remainder(totals, shares), each)
    assert np.nansum(each) == np.nansum(totals)

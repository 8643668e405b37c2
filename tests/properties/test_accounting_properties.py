"""What must hold for any project: areas scale tonnes, strata add up, vintages sum, order is nothing."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from mrv.accounting.mangrove_protection import baseline_natural_growth, core, soil_excluded
from mrv.accounting.vintages import issue, largest_remainder, vintage_days
from mrv.units import CO2_PER_C

CO2 = xr.DataArray(CO2_PER_C)
STRATUM = st.tuples(
    st.floats(0.1, 1e4),  # area
    st.floats(-50, 50),  # stock change
    st.floats(0.001, 20),  # its standard error
    st.integers(1, 60),  # its degrees of freedom
)
STRATA = st.lists(STRATUM, min_size=1, max_size=6)
DAYS = st.lists(st.sampled_from([365, 366, 100, 1]), min_size=1, max_size=30)

Stratum = tuple[float, float, float, int]


def columns(strata: list[Stratum]) -> list[xr.DataArray]:
    names = [f"s{number}" for number in range(len(strata))]
    return [
        xr.DataArray([float(row[column]) for row in strata], {"stratum": names}, ["stratum"])
        for column in range(4)
    ]


def net_and_interval(strata: list[Stratum]) -> tuple[float, float, float]:
    """Net removals, standard error and degrees of freedom under natural growth of 0.5 ± 0.1 t C/ha/yr."""
    area, change, error, degrees = columns(strata)
    years, rate, rate_error = xr.DataArray(5.0), xr.DataArray(0.5), xr.DataArray(0.1)
    project = soil_excluded.project_removals(core.pool_removals(area, change.expand_dims(pool=["agb"]), CO2))
    baseline = baseline_natural_growth.baseline_removals(area, rate, years, CO2)
    baseline_error = baseline_natural_growth.baseline_standard_error(area, rate_error, years, CO2)
    project_error = soil_excluded.project_standard_error(area, error, CO2)
    exact = xr.DataArray(0.0)
    net = core.net_removals(core.stratum_removals(project, baseline), exact, exact)
    return (
        float(net),
        float(core.net_removals_standard_error(project_error, baseline_error, exact, exact)),
        float(soil_excluded.degrees_of_freedom(project_error, degrees)),
    )


@given(strata=STRATA, factor=st.floats(0.01, 100))
def test_scaling_area_scales_tonnes_and_their_error(strata: list[Stratum], factor: float) -> None:
    net, error, degrees = net_and_interval(strata)
    scaled = net_and_interval([(area * factor, *rest) for area, *rest in strata])  # type: ignore[misc]
    size = sum(area * (abs(change) + 10) for area, change, *_ in strata)
    assert scaled[0] == pytest.approx(net * factor, rel=1e-9, abs=1e-9 * size * factor)
    assert scaled[1] == pytest.approx(error * factor, rel=1e-9)
    assert scaled[2] == pytest.approx(degrees, rel=1e-6)


@given(strata=STRATA)
def test_strata_add_up(strata: list[Stratum]) -> None:
    size = sum(area * (abs(change) + 10) for area, change, *_ in strata)
    alone = math.fsum(net_and_interval([stratum])[0] for stratum in strata)
    assert net_and_interval(strata)[0] == pytest.approx(alone, rel=1e-9, abs=1e-9 * size)


@given(data=st.data(), strata=STRATA)
def test_order_of_strata_is_irrelevant(data: st.DataObject, strata: list[Stratum]) -> None:
    shuffled = data.draw(st.permutations(strata))
    size = sum(area * (abs(change) + 10) for area, change, *_ in strata)
    for found, expected in zip(net_and_interval(shuffled), net_and_interval(strata), strict=True):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * size)


@given(strata=STRATA)
def test_degrees_of_freedom_lie_between_the_smallest_and_the_sum(strata: list[Stratum]) -> None:
    degrees = [row[3] for row in strata]
    found = net_and_interval(strata)[2]
    assert min(degrees) * (1 - 1e-9) <= found <= sum(degrees) * (1 + 1e-9)


@given(total=st.floats(0, 1e7), days=DAYS)
def test_vintages_sum_to_the_floored_total_and_stay_within_one_of_their_share(
    total: float, days: list[int]
) -> None:
    issued = issue(total, days)
    assert sum(issued) == math.floor(total)
    for part, count in zip(issued, days, strict=True):
        assert abs(part - math.floor(total) * count / sum(days)) < 1 + 1e-6


@given(total=st.integers(0, 10**7), years=st.integers(1, 30))
def test_equal_years_get_equal_credits_and_the_earlier_ones_the_rest(total: int, years: int) -> None:
    issued = largest_remainder(total, np.full(years, 1 / years))
    assert issued.tolist() == sorted(issued.tolist(), reverse=True)
    assert issued.max() - issued.min() <= 1


@given(start=st.dates(max_value=date(2500, 1, 1)), length=st.integers(1, 20_000))
@settings(max_examples=50)
def test_vintage_days_sum_to_the_period(start: date, length: int) -> None:
    days = vintage_days(start, start + timedelta(days=length))
    assert days.sum() == length
    assert (days > 0).all()

"""Sums over strata: exact, so that they are the same however the places are put together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrv.mapping.stratum_sums import StratumSums, exact_sums, rounded

NUMBERS = st.floats(-1e200, 1e200, allow_nan=False)


@given(st.lists(st.tuples(NUMBERS, st.integers(0, 2)), max_size=50))
def test_sums_are_rounded_once(numbers):
    values = np.array([value for value, _ in numbers], dtype=np.float64)
    group = np.array([number for _, number in numbers], dtype=np.int64)
    for number, total in enumerate(exact_sums(values, group, 3)):
        assert rounded(total) == math.fsum(values[group == number])


def test_the_smallest_numbers_and_wide_ranges_count():
    values = np.array([5e-324, -5e-324, 1e300, 1.0, -1e300, 1e-310])
    assert rounded(exact_sums(values, np.zeros(6, dtype=np.int64), 1)[0]) == math.fsum(values)


def test_sums_of_many_are_those_of_few_put_together():
    draw = np.random.default_rng(8)
    values = draw.normal(size=3000) * 10.0 ** draw.integers(-320, 300, 3000)
    values[::11] = 0.0
    group = draw.integers(0, 4, 3000)
    few = [exact_sums(values[at : at + 100], group[at : at + 100], 4) for at in range(0, 3000, 100)]
    many = exact_sums(values, group, 4)
    assert many == [sum(parts) for parts in zip(*few, strict=True)]
    assert [rounded(own) for own in many] == [math.fsum(values[group == number]) for number in range(4)]
    values.flags.writeable = False
    assert exact_sums(np.repeat(values, 2)[::2], np.repeat(group, 2)[::2], 4) == many
    assert exact_sums(values, group.astype(np.int16), 4) == many


@pytest.fixture
def places():
    draw = np.random.default_rng(5)
    agb, stratum = draw.uniform(0, 300, 5000), draw.integers(0, 3, 5000)
    agb[::7] = np.nan
    inside = ~np.isnan(agb) & (draw.uniform(size=5000) < 0.8) & (stratum != 2)
    return agb, inside, stratum, np.array([0.01, 0.0100000001, 0.00998])


@pytest.mark.parametrize("size", [1, 7, 512, 5000])
def test_parts_of_any_size_add_up_to_the_same_bits(places, size):
    agb, inside, stratum, pixel_ha = places
    whole = StratumSums.of_places(agb, inside, stratum, pixel_ha[stratum], 3)
    sums = StratumSums.none(3)
    for start in range(0, 5000, size):
        part = slice(start, start + size)
        sums = sums.plus(StratumSums.of_pixels(agb[part], inside[part], stratum[part], pixel_ha))
    assert sums == whole


def test_a_table_has_means_where_the_model_applies(places):
    agb, inside, stratum, pixel_ha = places
    table = StratumSums.of_pixels(agb, inside, stratum, pixel_ha).by_stratum(("a", "b", "c"))
    for number in range(2):
        assert table["predicted_mean_t_ha"][number] == pytest.approx(agb[inside & (stratum == number)].mean())
    assert math.isnan(table["predicted_mean_t_ha"][2])
    assert table["area_ha"].tolist() == pytest.approx(np.bincount(stratum) * pixel_ha)
    assert table["area_outside_ha"].tolist() == pytest.approx(np.bincount(stratum[~inside]) * pixel_ha)
    assert table["area_no_data_ha"].tolist() == pytest.approx(np.bincount(stratum[np.isnan(agb)]) * pixel_ha)

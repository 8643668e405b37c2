"""What must hold for any sample: strata add up, area scales totals, pairing cancels what dates share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrv.stock.by_design import SampleDesign
from mrv.stock.clusters import cluster_mean
from mrv.stock.estimators import simple_random, stratified
from mrv.stock.linear import change, random_mean
from mrv.stock.stocks import estimate_changes, estimate_stocks

values = st.lists(st.floats(0.0, 900.0), min_size=3, max_size=12)


@given(
    samples=st.lists(values, min_size=1, max_size=5),
    areas=st.lists(st.floats(1, 500), min_size=5, max_size=5),
)
def test_totals_of_strata_add_up(samples, areas):
    strata = [simple_random(np.array(sample)) for sample in samples]
    sizes = np.array(areas[: len(strata)])
    mean = stratified(sizes / sizes.sum(), strata)
    total = sum(size * stratum.value for size, stratum in zip(sizes, strata, strict=True))
    assert mean.value * sizes.sum() == pytest.approx(total, rel=1e-9, abs=1e-9)


@given(sample=values, factor=st.floats(0.01, 100.0))
def test_scaling_an_estimate_scales_its_interval(sample, factor):
    estimate = simple_random(np.array(sample))
    scaled = estimate.times(factor)
    assert np.allclose(scaled.interval(0.9), np.array(estimate.interval(0.9)) * factor, rtol=1e-9)


@given(sample=values, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_plots_is_irrelevant_to_the_last_bit(sample, seed):
    shuffled = np.random.default_rng(seed).permutation(np.array(sample))
    assert simple_random(np.array(sample)) == simple_random(shuffled)


@given(first=values, seed=st.integers(0, 2**32 - 1))
def test_with_every_unit_matched_the_change_is_that_of_the_paired_differences(first, seed):
    second = np.array(first) + np.random.default_rng(seed).normal(5, 3, len(first))
    paired = simple_random(second - np.array(first))
    plots = random_mean(len(first))
    found = change(plots, np.array(first), plots, second)
    assert found.value == pytest.approx(paired.value, abs=1e-9)
    assert found.standard_error == pytest.approx(paired.standard_error, abs=1e-6)
    assert found.degrees_of_freedom == paired.degrees_of_freedom


@given(sample=values)
def test_clusters_of_one_plot_are_a_simple_random_sample(sample):
    names = [str(number) for number in range(len(sample))]
    one, other = cluster_mean(names).estimate(np.array(sample)), simple_random(np.array(sample))
    assert one.value == pytest.approx(other.value, rel=1e-12)
    assert one.standard_error == pytest.approx(other.standard_error, rel=1e-9, abs=1e-12)


def plot_table(seed, dates=1):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "plot_id": [f"P{i}" for i in range(12)],
            "stratum_id": ["a"] * 6 + ["b"] * 6,
            "cluster_id": [f"C{i // 2}" for i in range(12)],
            "plots_in_cluster": np.nan,
            "agb_t_ha": random.uniform(20, 200, 12),
        }
    )


POOLS = {"agb": ("agb_t_ha", "t_dm/ha")}


@settings(max_examples=20)
@given(
    seed=st.integers(0, 10_000), kind=st.sampled_from(["stratified", "systematic", "cluster", "purposive"])
)
def test_two_equal_dates_change_nothing(seed, kind):
    plots, design = plot_table(seed), SampleDesign(kind)
    changes = estimate_changes(plots, plots, (design, design), {"a": 3.0, "b": 9.0}, ("2010", "2020"), POOLS)
    assert [one.estimate.value for one in changes] == [0.0] * 3
    for one in changes:
        if kind == "purposive":
            assert np.isnan(one.estimate.standard_error)
        else:
            assert one.estimate.standard_error == 0.0


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_the_project_mean_lies_between_its_strata(seed):
    stocks = estimate_stocks(
        plot_table(seed), SampleDesign("stratified"), {"a": 3.0, "b": 9.0}, "2010", POOLS
    )
    a, b, project = (stock.estimate.value for stock in stocks)
    assert min(a, b) <= project <= max(a, b)
    assert project == pytest.approx((3 * a + 9 * b) / 12)


def test_without_areas_there_is_no_project_mean():
    stocks = estimate_stocks(
        plot_table(1), SampleDesign("stratified"), {"a": np.nan, "b": 9.0}, "2010", POOLS
    )
    assert [stock.stratum_id for stock in stocks] == ["a", "b"]


def test_a_purposive_sample_has_no_interval():
    stocks = estimate_stocks(plot_table(1), SampleDesign("purposive"), {"a": 3.0, "b": 9.0}, "2010", POOLS)
    assert all(np.isnan(stock.estimate.interval(0.9)).any() for stock in stocks)


def test_the_finite_population_correction_is_applied_above_five_percent():
    plots = plot_table(3)
    few = SampleDesign("stratified", plot_area_m2=100.0)
    none = SampleDesign("stratified")
    areas = {"a": 0.1, "b": 10.0}
    corrected, plain = (estimate_stocks(plots, design, areas, "2010", POOLS) for design in (few, none))
    share = 6 / (0.1 * 10_000 / 100)
    assert corrected[0].estimate.standard_error == pytest.approx(
        plain[0].estimate.standard_error * np.sqrt(1 - share)
    )
    assert corrected[1].estimate.standard_error == plain[1].estimate.standard_error

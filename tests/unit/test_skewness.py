"""Skewness of the error of a mean, and the interval from which it is taken out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mrv.run.project_run import run_project
from mrv.stock.clusters import cluster_mean
from mrv.stock.estimators import Estimate, t_quantile
from mrv.stock.linear import random_mean
from mrv.stock.skewness import SkewedEstimate, skewness_of_error, skewness_of_units

VALUES = np.random.default_rng(3).gamma(1.5, 40.0, 14)


def test_skewness_of_a_mean_is_that_of_its_plots_over_the_root_of_their_number():
    estimator = random_mean(len(VALUES))
    departures = estimator.departures(VALUES)
    found = skewness_of_error(departures, estimator.estimate(VALUES).standard_error)
    assert found == pytest.approx(stats.skew(VALUES, bias=False) / math.sqrt(len(VALUES)))
    assert skewness_of_units(departures) == pytest.approx(stats.skew(VALUES, bias=False))


def test_clusters_and_not_plots_are_the_units():
    names = [f"C{number // 2}" for number in range(len(VALUES))]
    estimator = cluster_mean(names)
    means = VALUES.reshape(-1, 2).mean(axis=1)
    assert skewness_of_units(estimator.departures(VALUES)) == pytest.approx(stats.skew(means, bias=False))


@pytest.mark.parametrize("values", [VALUES[:3], np.zeros(6)])
def test_no_skewness_without_enough_units_or_spread(values):
    estimator = random_mean(len(values))
    found = skewness_of_error(estimator.departures(values), estimator.estimate(values).standard_error)
    assert math.isnan(found)


@given(st.floats(-1.5, 1.5), st.floats(3, 200))
def test_ends_of_the_interval_solve_the_transformation(skewness, degrees_of_freedom):
    skewed = SkewedEstimate(Estimate(100.0, 8.0, degrees_of_freedom, 20, "made"), skewness)
    low, high, half = skewed.interval(0.9)
    reach = t_quantile(0.9, degrees_of_freedom)
    for end, z in ((low, reach), (high, -reach)):
        t = (100.0 - end) / 8.0
        transformed = t + skewness * t**2 / 3 + skewness**2 * t**3 / 27 + skewness / 6
        assert transformed == pytest.approx(z, abs=1e-6)
    assert half == pytest.approx((high - low) / 2)


def test_without_skewness_it_is_the_interval_of_student():
    estimate = Estimate(100.0, 8.0, 9.0, 10, "made")
    assert SkewedEstimate(estimate, 0.0).interval(0.9) == pytest.approx(estimate.interval(0.9), rel=1e-12)
    low, high, _ = SkewedEstimate(estimate, 0.4).interval(0.9)
    assert high - 100 > 100 - low


def test_a_run_tells_it_beside_the_interval_that_counts(demo, tmp_path):
    figures = run_project(demo, tmp_path / "out").figures
    (skewed,) = [
        figure
        for figure in figures
        if figure.quantity == "carbon_stock_change_skewed" and figure.index.get("stratum") == "middle"
    ]
    own = next(
        figure
        for figure in figures
        if figure.quantity == "carbon_stock_change"
        and figure.index.get("stratum") == "middle"
        and figure.index["pool"] == "total"
    )
    assert (skewed.value, skewed.standard_error) == (own.value, own.standard_error)
    assert skewed.interval.high - skewed.value > own.interval.half_width > skewed.value - skewed.interval.low

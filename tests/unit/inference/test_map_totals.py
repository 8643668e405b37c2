"""Estimators that use a map: identities that hold whatever the numbers are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mrv.inference.beside import beside
from mrv.inference.change import change_of_refits, minimum_detectable_change, stands_out
from mrv.inference.domains import Domain, by_domain, fay_herriot
from mrv.inference.model_assisted import (
    OutOfSample,
    completed_by_stratum_mean,
    difference_of_simple_random,
)
from mrv.inference.model_based import refitted_mean
from mrv.inference.pixel_errors import correlation_range, exponential, map_standard_error, variance_of_mean
from mrv.inference.rules import RULES, Facts, rule_for
from mrv.inference.skewed import bootstrap_t_interval, log_scale_interval, skewness
from mrv.inference.spatial import Covariance, fitted_variogram, spacing_m
from mrv.inference.two_phase import two_phase_regression
from mrv.stock.auxiliary import regression_on
from mrv.stock.estimators import Estimate, simple_random
from mrv.streams import Streams

OBSERVED = np.array([110.0, 95.0, 150.0, 60.0, 132.0, 88.0])
PREDICTED = np.array([118.0, 90.0, 140.0, 75.0, 125.0, 97.0])


def test_one_fold_is_no_cross_fitting():
    with pytest.raises(ValueError, match="one fold"):
        OutOfSample.cross_fitted(PREDICTED, np.zeros(6, dtype=np.intp))


def test_a_biased_map_gives_the_same_estimate():
    honest = difference_of_simple_random(OBSERVED, OutOfSample.foreign(PREDICTED), 104.6)
    biased = difference_of_simple_random(OBSERVED, OutOfSample.foreign(PREDICTED + 40), 144.6)
    assert (biased.value, biased.standard_error) == pytest.approx((honest.value, honest.standard_error))


def test_outside_the_map_the_plots_speak_for_themselves():
    outside = completed_by_stratum_mean(
        OBSERVED, OutOfSample.foreign(np.full(6, np.nan)), np.zeros(6, dtype=bool), math.nan, 1.0
    )
    estimate = difference_of_simple_random(OBSERVED, outside.predicted, outside.map_mean)
    plots = simple_random(OBSERVED)
    assert estimate.value == pytest.approx(plots.value)
    assert estimate.standard_error == pytest.approx(plots.standard_error * 6 / 5)


def test_a_map_used_everywhere_is_left_as_it_is():
    inside = completed_by_stratum_mean(
        OBSERVED, OutOfSample.foreign(PREDICTED), np.ones(6, dtype=bool), 104.6, 0.0
    )
    assert inside.map_mean == 104.6
    assert (inside.predicted.at_plots == PREDICTED).all()


def test_first_phase_that_is_the_second_one_gives_the_mean_of_the_plots():
    result = two_phase_regression(OBSERVED, PREDICTED, PREDICTED)
    plots = simple_random(OBSERVED)
    assert result.external.value == pytest.approx(plots.value)
    assert result.external.standard_error == pytest.approx(plots.standard_error)


def test_an_endless_first_phase_is_known_means():
    generator = np.random.default_rng(3)
    many = generator.normal(100, 25, 200_000)
    sampled = two_phase_regression(OBSERVED, PREDICTED, many)
    known = regression_on(PREDICTED, float(many.mean())).estimator.estimate(OBSERVED)
    assert sampled.g_weight.value == pytest.approx(known.value)
    # The one divides the squares of residuals by n, the other by n - 1.
    assert sampled.g_weight.standard_error == pytest.approx(known.standard_error * math.sqrt(5 / 6), rel=1e-3)


def test_pixel_errors_equal_the_sum_over_pairs():
    generator = np.random.default_rng(11)
    grid = generator.uniform(10, 60, (110, 125))
    y, x = np.mgrid[0:110, 0:125]
    grid[(y - 50) ** 2 / 2500 + (x - 60) ** 2 / 3600 > 1] = np.nan
    grid[40:50, 30:60] = np.nan
    known = np.isfinite(grid)
    assert 9_000 < known.sum() < 11_000
    places = np.column_stack([y[known] * 25.0, x[known] * 30.0])
    sigma, total = grid[known], 0.0
    for start in range(0, len(sigma), 500):
        here = places[start : start + 500]
        distance = np.sqrt(((here[:, None] - places[None]) ** 2).sum(axis=2))
        total += float(sigma[start : start + 500] @ np.exp(-distance / 300.0) @ sigma)
    exact = total / len(sigma) ** 2
    assert variance_of_mean(grid, (25.0, 30.0), exponential(300.0)) == pytest.approx(exact, rel=1e-9)
    assert math.isnan(variance_of_mean(np.full((3, 3), np.nan), (1.0, 1.0), exponential(1.0)))


def test_pixel_errors_lie_between_independence_and_full_correlation():
    grid = np.full((30, 40), 20.0)
    variances = [variance_of_mean(grid, (10.0, 10.0), exponential(reach)) for reach in (1, 50, 500, 1e9)]
    assert variances == sorted(variances)
    assert variances[0] == pytest.approx(400 / 1200, rel=1e-3)
    assert variances[-1] == pytest.approx(400, rel=1e-6)
    assert map_standard_error(variances[0], 3.0) > 3.0


def scattered_plots(n, reach, seed=0):
    generator = np.random.default_rng(seed)
    places = np.column_stack([generator.uniform(0, 2000, n), generator.uniform(0, 2000, n)])
    distance = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))
    covariance = 900 * np.exp(-distance / reach) + 50 * np.eye(n)
    return places, 100 + np.linalg.cholesky(covariance) @ generator.normal(size=n)


def test_a_variogram_of_many_plots_is_clear_and_holds_the_range():
    variogram = fitted_variogram(*scattered_plots(100, 250.0))
    assert variogram.clear
    low, high = variogram.range_interval_m
    assert low < 250 < high
    assert low < variogram.covariance.range_m < high


def test_a_variogram_of_few_plots_is_weak_and_the_longer_range_is_taken():
    places, values = scattered_plots(20, 250.0)
    variogram = fitted_variogram(places, values)
    assert not variogram.clear
    reach = correlation_range(variogram, spacing_m(places))
    assert reach.weak
    assert reach.range_m == max(variogram.range_interval_m[1], reach.spacing_m)


def test_no_range_is_shorter_than_the_spacing_of_the_plots():
    assert correlation_range(None, 180.0).range_m == 180.0
    assert correlation_range(None, 180.0).floored
    assert fitted_variogram(np.eye(4), np.arange(4.0)) is None


def test_refits_add_their_variance_to_that_of_the_residuals():
    refits = np.array([98.0, 102.0, 101.0, 99.0])
    parts = refitted_mean(100.0, refits, 4.0, 30)
    assert parts.model == pytest.approx(10 / 3)
    assert parts.estimate.standard_error == pytest.approx(math.sqrt(10 / 3 + 4))


def test_change_by_shared_refits_cancels_what_they_share():
    shared = np.array([3.0, -2.0, 1.0, -2.0])
    assert change_of_refits(100 + shared, 110 + shared) == 0
    change = Estimate(10.0, 4.0, 20, 21, "")
    smallest = minimum_detectable_change(4.0, 20, 0.90)
    assert smallest == pytest.approx(4 * 1.7247, rel=1e-4)
    assert stands_out(change, 0.90)
    assert not stands_out(Estimate(6.8, 4.0, 20, 21, ""), 0.90)


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (Facts(True, "none"), "design_based"),
        (Facts(True, "wall_to_wall"), "model_assisted"),
        (Facts(True, "itself_modelled"), "model_assisted"),
        (Facts(True, "sample"), "two_phase"),
        (Facts(False, "wall_to_wall"), "model_based"),
        (Facts(False, "sample"), "hybrid"),
        (Facts(False, "itself_modelled"), "hierarchical"),
        (Facts(False, "none", clear_variogram=True), "block_kriging"),
        (Facts(False, "none"), "mean_only"),
    ],
)
def test_decision_table(facts, name):
    assert rule_for(facts).name == name


def test_every_rule_can_be_reached():
    layers = ("none", "wall_to_wall", "sample", "itself_modelled")
    reached = {
        rule_for(Facts(p, layer, c)).name for p in (True, False) for layer in layers for c in (True, False)
    }
    assert reached == set(RULES)


def test_two_estimates_that_cannot_both_be_right():
    plots = simple_random(OBSERVED)
    predicted = simple_random(PREDICTED)
    near = difference_of_simple_random(OBSERVED, OutOfSample.foreign(PREDICTED), 104.6)
    far = difference_of_simple_random(OBSERVED, OutOfSample.foreign(PREDICTED), 150.0)
    assert not beside(near, plots, predicted).apart
    assert beside(far, plots, predicted).apart
    assert beside(near, plots, predicted).difference_standard_error == predicted.standard_error


def test_skewness_of_a_known_sample():
    assert skewness(np.array([1.0, 2.0, 3.0])) == pytest.approx(0.0)
    # m2 = 2.25·... of (0, 0, 0, 4): mean 1, m2 = 3, m3 = 6, g1 = 6/3**1.5, n = 4
    assert skewness(np.array([0.0, 0.0, 0.0, 4.0])) == pytest.approx(6 / 3**1.5 * math.sqrt(12) / 2)


def test_other_intervals_lean_towards_the_long_tail():
    values = np.random.default_rng(2).lognormal(3.0, 1.0, 40)
    estimate = simple_random(values)
    streams = Streams(7, "test")
    low, high, _ = bootstrap_t_interval(estimate, [values], np.array([1.0]), 0.90, streams, "skew")
    assert high - estimate.value > estimate.value - low
    assert (low, high) == bootstrap_t_interval(estimate, [values], np.array([1.0]), 0.90, streams, "skew")[:2]
    low, high, _ = log_scale_interval(estimate, 0.90)
    assert low > 0
    assert low * high == pytest.approx(estimate.value**2)
    assert bootstrap_t_interval(estimate, [values[:4]], np.array([1.0]), 0.9, streams, "skew") is None


CORRECTION = math.sqrt(3)
"""Standard error of the mean residual that the synthetic estimates of a test are corrected by."""


def domain(name, synthetic, value=None, error=3.0, units=5):
    return Domain(
        name,
        synthetic,
        CORRECTION,
        None if value is None else Estimate(value, error, units - 1, units, "own"),
    )


def test_parts_that_agree_with_the_map_take_it_over():
    fitted = fay_herriot([domain("a", 50, 50), domain("b", 90, 90), domain("c", 130, 130), domain("d", 70)])
    assert fitted.between_variance == 0
    assert [e.value for e in fitted.estimates] == pytest.approx([50, 90, 130, 70])
    # With nothing between the parts, a part without plots has the error of the correction.
    assert fitted.estimates[3].standard_error == pytest.approx(math.sqrt(3))


def test_parts_that_are_measured_well_keep_their_own_estimate():
    parts = [domain(str(i), 100, v, error=1e-3) for i, v in enumerate((60.0, 95.0, 140.0, 110.0))]
    fitted = fay_herriot(parts)
    assert [e.value for e in fitted.estimates] == pytest.approx([60, 95, 140, 110], abs=1e-4)


def test_large_parts_are_not_touched_and_two_parts_lend_nothing():
    large = domain("a", 50, 61.0, units=10)
    assert by_domain([large, domain("b", 90, 80), domain("c", 120, 130)])[0] is large.direct
    own, lone = by_domain([large, domain("b", 90, 80)])
    assert own is large.direct
    assert (lone.value, math.isnan(lone.standard_error)) == (90, True)


def test_mean_squared_error_of_parts_is_near_what_simulation_finds():
    """Parts of one stratum, whose plots correct the map before anything is borrowed."""
    generator = np.random.default_rng(4)
    plots = np.tile([1, 2, 4, 8], 6)
    psi = 36.0 / plots
    told, found = [], []
    for _ in range(300):
        departure = generator.normal(0, 3, len(psi))
        direct = departure + generator.normal(0, np.sqrt(psi))
        # All parts are of one size, so that the plots weigh by the part they lie in.
        correction = direct.mean()
        error = direct.std(ddof=1) / math.sqrt(len(psi))
        parts = [
            Domain(str(i), 100 + correction, error, Estimate(100 + value, math.sqrt(p), 1, 1, "own"))
            for i, (value, p) in enumerate(zip(direct, psi, strict=True))
        ]
        estimates = fay_herriot(parts).estimates
        told.append([e.standard_error**2 for e in estimates])
        found.append([(e.value - 100 - t) ** 2 for e, t in zip(estimates, departure, strict=True)])
    assert np.mean(told) == pytest.approx(np.mean(found), rel=0.10)
    assert np.mean(found) < np.mean(psi) / 1.5


def test_likeness_falls_to_a_third_at_its_range():
    assert Covariance(900.0, 150.0).between(np.array([150.0])) == pytest.approx(900 / math.e)

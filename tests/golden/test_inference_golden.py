"""Estimators that use a map against the golden numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mrv.inference.change import change_with_covariance
from mrv.inference.model_assisted import OutOfSample, difference_of_simple_random
from mrv.inference.model_based import (
    LinearModel,
    hierarchical_mean,
    hybrid_mean,
    least_squares,
    model_based_mean,
)
from mrv.inference.pixel_errors import exponential, variance_of_mean
from mrv.inference.spatial import Covariance, block_kriging
from mrv.stock.auxiliary import regression_on
from mrv.stock.estimators import Estimate, simple_random, stratified


def array(values):
    return np.array(values, dtype=float)


def with_intercept(x):
    return np.column_stack([np.ones(len(x)), x])


def test_difference_estimator_i01(golden):
    given, expected = golden("I01")["inputs"], golden("I01")["expected"]
    observed, predicted = array(given["y"]), OutOfSample.foreign(array(given["yhat"]))
    estimate = difference_of_simple_random(observed, predicted, given["map_mean"], given["N"])
    assert estimate.value == pytest.approx(expected["mean"], rel=1e-9)
    assert estimate.standard_error == pytest.approx(expected["se"], rel=1e-9)
    assert estimate.interval(0.90)[:2] == pytest.approx(expected["ci90"], rel=1e-9)
    plots_only = simple_random(observed, given["N"])
    assert (plots_only.value, plots_only.standard_error) == pytest.approx(
        (expected["srs_mean"], expected["srs_se"]), rel=1e-9
    )
    gain = (plots_only.standard_error / estimate.standard_error) ** 2
    assert gain == pytest.approx(expected["relative_efficiency"], rel=1e-9)


def test_stratified_difference_estimator_i02(golden):
    case = golden("I02")
    strata = case["inputs"]["strata"].values()
    estimates = [
        difference_of_simple_random(array(s["y"]), OutOfSample.foreign(array(s["p"])), s["m"]) for s in strata
    ]
    estimate = stratified(array([s["W"] for s in strata]), estimates)
    assert estimate.value == pytest.approx(case["expected"]["mean"], rel=1e-9)
    assert estimate.standard_error == pytest.approx(case["expected"]["se"], rel=1e-9)


def test_model_based_mean_i03(golden):
    given, expected = golden("I03")["inputs"], golden("I03")["expected"]
    model = least_squares(with_intercept(array(given["x_train"])), array(given["y_train"]))
    assert model.coefficients == pytest.approx(expected["alpha"], rel=1e-9)
    assert model.covariance == pytest.approx(array(expected["V_alpha"]), rel=1e-9)
    assert model.residual_variance == pytest.approx(expected["sigma2"], rel=1e-9)
    population = with_intercept(array(given["x_pop"]))
    parts = model_based_mean(model, population)
    assert parts.estimate.value == pytest.approx(expected["mean"], rel=1e-9)
    assert parts.model == pytest.approx(expected["var_parameter"], rel=1e-9)
    assert parts.residual == pytest.approx(expected["var_resid_independent"], rel=1e-9)
    assert parts.estimate.standard_error == pytest.approx(expected["se_with_resid"], rel=1e-9)
    without = model_based_mean(model, population, residual_variance_of_mean=0.0)
    assert without.estimate.standard_error == pytest.approx(expected["se_param_only"], rel=1e-9)


def test_hybrid_mean_i04(golden):
    given, expected = golden("I04")["inputs"], golden("I04")["expected"]
    model = LinearModel(array(given["alpha"]), array(given["V_alpha"]), math.nan, 6)
    parts = hybrid_mean(model, with_intercept(array(given["x_sample"])))
    assert parts.estimate.value == pytest.approx(expected["mean"], rel=1e-9)
    assert parts.sampling == pytest.approx(expected["var_sampling"], rel=1e-9)
    assert parts.model == pytest.approx(expected["var_model"], rel=1e-9)
    assert parts.estimate.standard_error == pytest.approx(expected["se"], rel=1e-9)


def test_hierarchical_mean_i05(golden):
    given, expected = golden("I05")["inputs"], golden("I05")["expected"]
    names = ("X_S", "y_S", "X_Sa", "Z_Sa", "Z_U")
    result = hierarchical_mean(*(array(given[name]) for name in names))
    assert result.first.coefficients == pytest.approx(expected["beta"], rel=1e-8)
    assert result.second.coefficients == pytest.approx(expected["alpha"], rel=1e-8)
    assert result.first.residual_variance == pytest.approx(expected["omega2"], rel=1e-8)
    assert result.second.residual_variance == pytest.approx(expected["sigma2"], rel=1e-8)
    assert result.second.covariance == pytest.approx(array(expected["AlphaCov"]), rel=1e-8)
    assert result.estimate.value == pytest.approx(expected["mean"], rel=1e-8)
    assert result.estimate.standard_error == pytest.approx(expected["se"], rel=1e-8)
    assert result.variance_ignoring_first == pytest.approx(expected["var_ignoring_first_model"], rel=1e-8)


def test_block_kriging_i06(golden):
    given, expected = golden("I06")["inputs"], golden("I06")["expected"]
    covariance = Covariance(given["cov"]["sill"], given["cov"]["range"], given["cov"]["nugget"])
    places, block = array(given["points"]), array(given["block_discretisation"])
    kriged = block_kriging(places, array(given["z"]), covariance, block)
    assert kriged.weights == pytest.approx(expected["weights"], rel=1e-8)
    assert kriged.lagrange == pytest.approx(expected["lagrange"], rel=1e-8)
    assert kriged.estimate.value == pytest.approx(expected["estimate"], rel=1e-8)
    assert kriged.estimate.standard_error == pytest.approx(expected["sd"], rel=1e-8)
    points = [block_kriging(places, array(given["z"]), covariance, point[None]) for point in block]
    assert np.mean([point.estimate.value for point in points]) == pytest.approx(
        kriged.estimate.value, rel=1e-12
    )


def test_pixel_errors_i07(golden):
    expected = golden("I07")["expected"]
    grid = np.full((10, 10), 50.0)
    variance = variance_of_mean(grid, (100.0, 100.0), exponential(500.0))
    assert math.sqrt(variance) == pytest.approx(expected["sd_correlated"], rel=1e-9)
    assert 50.0**2 / variance == pytest.approx(expected["effective_n"], rel=1e-9)
    alone = variance_of_mean(grid, (100.0, 100.0), lambda h: (h == 0).astype(float))
    assert math.sqrt(alone) == pytest.approx(expected["sd_independent"], rel=1e-9)
    alike = variance_of_mean(grid, (100.0, 100.0), np.ones_like)
    assert math.sqrt(alike) == pytest.approx(expected["sd_full"], rel=1e-9)


def test_change_with_covariance_i08(golden):
    given, expected = golden("I08")["inputs"], golden("I08")["expected"]
    first = Estimate(given["m1"], given["se1"], 10, 11, "")
    second = Estimate(given["m2"], given["se2"], 8, 9, "")
    for correlation, error in zip(given["corr"], expected["se"], strict=True):
        covariance = correlation * given["se1"] * given["se2"]
        change = change_with_covariance(first, second, covariance)
        assert change.value == pytest.approx(expected["change"])
        assert change.standard_error == pytest.approx(error, rel=1e-9)
        assert change.degrees_of_freedom == 8


def test_external_variance_of_known_means_i09(golden):
    """Plots with the published mean, variance and R²: the external variance is published to 1e-8."""
    case = golden("I09")
    n, expected = case["inputs"]["n2"], case["expected"]
    generator = np.random.default_rng(9)
    x, e = generator.normal(size=(2, n))
    x = (x - x.mean()) / x.std(ddof=1)
    e = e - e.mean()
    e = e - x * (x @ e) / (x @ x)
    e = e / e.std(ddof=1)
    spread = math.sqrt(expected["onephase"]["var"] * n)
    y = expected["onephase"]["mean"] + spread * (
        math.sqrt(expected["r2"]) * x + math.sqrt(1 - expected["r2"]) * e
    )
    # Two phases whose first one is exhaustive are the regression estimator with known means.
    result = regression_on(x, 0.0, residual_variance="residual").estimator.estimate(y)
    assert result.value == pytest.approx(expected["onephase"]["mean"])
    published = expected["twophase_exhaustive"]["ext_var"]
    assert result.standard_error**2 == pytest.approx(published, rel=1e-8)

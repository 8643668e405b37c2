"""Streams, propagation, shares of variance and Monte Carlo errors against the golden numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mrv.biomass.allometry import tree_biomass
from mrv.error_reference import diameter_standard_error, equation_errors, measurement_error
from mrv.reference import equations
from mrv.streams import Streams, key_words, philox, stream_key
from mrv.uncertainty.monte_carlo import (
    mean_standard_error,
    normal_quantile_standard_error,
    order_statistic_limits,
    quantile_standard_error,
    shortest_interval,
    symmetric_interval,
)
from mrv.uncertainty.propagation import (
    first_order_variance,
    log_bias_factor,
    log_uniform_between,
    normal_half_width,
    rectangular_sum_half_width,
    relative_error_of_product,
    relative_error_of_sum,
    relative_error_of_total,
    stand_variance,
)
from mrv.uncertainty.sensitivity import indices_on_grid, sobol_indices


def test_keyed_streams_u07(golden):
    expected = golden("U07")["expected"]
    for stratum in "AB":
        key = stream_key("futian", stratum, "allometry.params", 0)
        assert list(key_words(key)) == expected[f"words_{stratum}"]
        raw = philox(20260923, key_words(key)).random_raw(3)
        assert [int(word) for word in raw] == expected[f"raw_u64_{stratum}"]


def test_spawned_streams_u08(golden):
    case = golden("U08")
    expected = case["expected"]
    first = [int(philox(case["inputs"]["seed"], key).random_raw()) for key in expected["spawn_keys"]]
    assert first == expected["first_raw_u64_philox"]


def test_product_and_sum_u01(golden):
    case = golden("U01")
    relative = np.array(case["inputs"]["U_pct"]) / 100
    product = relative_error_of_product(relative)
    assert 100 * product == pytest.approx(case["expected"]["product_pct"], rel=1e-9)
    total = relative_error_of_sum(relative, np.array(case["inputs"]["x"]))
    assert 100 * total == pytest.approx(case["expected"]["sum_pct"], rel=1e-9)


def four(distribution):
    streams = Streams(20260923, "gum")
    columns = [
        np.concatenate([distribution(streams, f"x{number}", block) for block in range(100)])
        for number in range(4)
    ]
    return sum(columns)


def test_four_normal_inputs_u02(golden):
    expected = golden("U02")["expected"]
    u = math.sqrt(first_order_variance(np.ones(4), np.eye(4)))
    assert u == pytest.approx(expected["u"], abs=1e-6)
    assert normal_half_width(u, 0.95) == pytest.approx(expected["ci95"][1], abs=1e-6)
    draws = four(lambda streams, name, block: streams.normals(name, block)[:, 0])
    assert draws.std() == pytest.approx(u, abs=0.02)
    error = quantile_standard_error(draws, 0.975)
    assert symmetric_interval(draws, 0.95).high == pytest.approx(expected["ci95"][1], abs=3 * error)


def test_four_rectangular_inputs_u03(golden):
    case = golden("U03")
    exact = rectangular_sum_half_width(4, math.sqrt(3), 0.95)
    assert exact == pytest.approx(case["expected"]["ci95_half_exact"], abs=1e-6)
    assert round(exact, 2) == case["published_value"]
    draws = four(lambda streams, name, block: math.sqrt(3) * (2 * streams.uniforms(name, block)[:, 0] - 1))
    for interval in (symmetric_interval(draws, 0.95), shortest_interval(draws, 0.95)):
        assert interval.half_width == pytest.approx(exact, abs=0.03)


def test_shares_of_a_product_u04(golden):
    case = golden("U04")
    spreads = case["inputs"]["cv"]
    values = np.ones(())
    for cv in spreads.values():
        values = np.multiply.outer(values, np.array([1 - cv, 1 + cv]))
    found = indices_on_grid(values, {name: np.array([0.5, 0.5]) for name in spreads})
    assert math.sqrt(found.variance) == pytest.approx(case["expected"]["cv_total"], rel=1e-9)
    assert found.first_order == pytest.approx(case["expected"]["S1"], rel=1e-9)
    assert found.total == pytest.approx(case["expected"]["ST"], rel=1e-9)


def test_shares_of_a_product_from_draws_u04(golden):
    case = golden("U04")
    spreads = case["inputs"]["cv"]

    def sample(which):
        streams = Streams(20260923, which)
        return {
            name: np.concatenate([streams.normals(name, block)[:, 0] for block in range(20)])
            for name in spreads
        }

    def model(groups):
        return np.prod([1 + spreads[name] * score for name, score in groups.items()], axis=0)

    found = sobol_indices(model, sample("one"), sample("other"))
    assert found.first_order == pytest.approx(case["expected"]["S1"], abs=0.03)
    assert found.total == pytest.approx(case["expected"]["ST"], abs=0.03)


def ishigami(x, y, z, a, b):
    return np.sin(x) + a * np.sin(y) ** 2 + b * z**4 * np.sin(x)


def test_ishigami_u05(golden):
    case = golden("U05")
    nodes, weights = np.polynomial.legendre.leggauss(40)
    grid = np.meshgrid(*[math.pi * nodes] * 3, indexing="ij")
    found = indices_on_grid(ishigami(*grid, **case["inputs"]), dict.fromkeys("xyz", weights))
    for kind, shares in (("S1", found.first_order), ("ST", found.total)):
        expected = case["expected"][kind]
        assert list(shares.values()) == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert list(shares.values()) == pytest.approx(case["published_value"][kind], abs=5e-5)


def test_ishigami_from_draws_u05(golden):
    case = golden("U05")

    def sample(which):
        streams = Streams(20260923, which)
        return {
            name: math.pi
            * (2 * np.concatenate([streams.uniforms(name, block)[:, 0] for block in range(50)]) - 1)
            for name in "xyz"
        }

    found = sobol_indices(lambda groups: ishigami(**groups, **case["inputs"]), sample("one"), sample("other"))
    assert list(found.first_order.values()) == pytest.approx(case["expected"]["S1"], abs=0.02)
    assert list(found.total.values()) == pytest.approx(case["expected"]["ST"], abs=0.02)


def test_one_carbon_fraction_for_all_trees_u06(golden):
    case = golden("U06")
    relative = case["inputs"]["sd"] / case["inputs"]["cf"]
    stems = case["inputs"]["n_trees"]
    expected = case["expected"]
    assert relative_error_of_total(relative, stems, 1) == pytest.approx(expected["rel_sd_shared"], rel=1e-9)
    assert relative_error_of_total(relative, stems, 0) == pytest.approx(expected["rel_sd_if_iid"], rel=1e-9)


def test_error_of_mean_and_quantile_u09(golden):
    case = golden("U09")
    n, p, sd = (case["inputs"][name] for name in ("N", "p", "sd"))
    expected = case["expected"]
    assert mean_standard_error(sd, n) == pytest.approx(expected["se_mean"], rel=1e-9)
    assert normal_quantile_standard_error(p, sd, n) == pytest.approx(expected["se_q05_normal"], rel=1e-9)
    assert list(order_statistic_limits(p, n)) == expected["order_stat_ci95_index"]


def test_covariance_of_the_refit_t16(golden):
    expected = golden("T16")["expected"]
    for name in ("chave_2005_dbh", "chave_2005_power"):
        covariance = equation_errors()[name].covariance
        np.testing.assert_allclose(covariance, expected["V"], rtol=1e-6)
        correlation = covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1])
        assert correlation == pytest.approx(expected["corr_ab"], rel=1e-6)
    factor = log_bias_factor(expected["residual_sd"])
    assert factor == pytest.approx(expected["baskerville_CF"], rel=1e-6)


def test_residuals_on_the_harvested_trees_t17(golden):
    expected = golden("T17")["expected"]
    for equation, row in (
        ("komiyama_2005_agb", "komiyama2005"),
        ("chave_2005_power", "chave_0.168"),
        ("chave_2005_dbh", "chave2005_poly"),
        ("chave_2005_dbh_height", "chave2005_height"),
    ):
        spread = equation_errors()[equation].residual_standard_deviation
        assert spread == pytest.approx(expected[row][2], rel=1e-6)


def test_quarantine_of_equations_that_fail_on_harvested_trees_t18(golden):
    """The sums decide what stands beside what: 15 % above is still an alternative, 58 % below is not."""
    expected = golden("T18")["expected"]
    good = log_uniform_between(expected["Lr_fromard_sum_ratio"], 1.0).standard_uncertainty
    poor = log_uniform_between(expected["Rh_smithwhelan_sum_ratio"], 1.0).standard_uncertainty
    assert good < 0.02
    assert poor > 0.2


def test_parameters_do_not_average_out_t19(golden):
    case = golden("T19")
    covariance = np.array(case["inputs"]["V"])
    for row in case["expected"]["rows"]:
        found = stand_variance(case["inputs"]["D_cm"], row["n"], covariance, math.sqrt(case["inputs"]["s2"]))
        assert found.parameters == pytest.approx(row["rel_var_param"], rel=1e-6)
        assert found.residual == pytest.approx(row["rel_var_resid"], rel=1e-6)
        assert found.relative_standard_error == pytest.approx(row["rel_sd_total"], rel=1e-6)
        assert found.parameter_share == pytest.approx(row["param_share"], rel=1e-6)


def test_choice_between_two_equations_t20(golden):
    case = golden("T20")
    known = equations()
    at = [np.array([case["inputs"]["D"]], dtype=float), np.array([0.7]), np.array([10.0])]
    komiyama, chave = (
        float(tree_biomass(known[name], *at)[0]) for name in ("komiyama_2005_agb", "chave_2005_power")
    )
    found = log_uniform_between(komiyama, chave)
    expected = case["expected"]
    assert found.log_ratio == pytest.approx(expected["ln_ratio"], rel=1e-9)
    assert found.standard_uncertainty == pytest.approx(expected["u_rel"], rel=1e-9)
    assert found.centre_over_first == pytest.approx(expected["geometric_centre_over_komiyama"], rel=1e-9)


def test_diameter_error_q04(golden):
    case = golden("Q04")
    found = diameter_standard_error(np.array(case["inputs"]["D"], dtype=float))
    np.testing.assert_allclose(found, case["expected"]["sd"], rtol=1e-9)
    assert measurement_error("diameter_gross_error") == 4.64
    assert measurement_error("diameter_gross_share") == 0.05

"""Estimators with auxiliary information, change, and sample size against the golden numbers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from mrv.biomass.growth import components_of_change
from mrv.stock.ar_tool14 import cautious_stock, stratified_stock
from mrv.stock.auxiliary import ratio, ratio_to, regression_on
from mrv.stock.change import independent_change, partial_replacement
from mrv.stock.estimators import simple_random
from mrv.stock.linear import change, random_mean
from mrv.stock.poststratified import PostStratum, post_strata, post_stratified
from mrv.stock.sample_size import allocate, iterated_plots_for, plots_for, shares
from mrv.stock.unequal import hansen_hurwitz


def with_moments(n, x_mean, y_mean, x_variance, y_variance, covariance):
    """Two samples that have exactly these means, variances and covariance."""
    generator = np.random.default_rng(7)
    raw = generator.normal(size=(n, 2))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    wanted = np.array([[x_variance, covariance], [covariance, y_variance]])
    x, y = (white @ np.linalg.cholesky(wanted).T + [x_mean, y_mean]).T
    return x, y


@pytest.fixture(scope="module")
def schools(shared):
    return pd.read_csv(shared / "reference/mase/apisrs.csv")


def test_regression_estimator_from_moments_s05(golden):
    case = golden("S05")
    given, expected = case["inputs"], case["expected"]
    x, y = with_moments(given["n"], given["xbar"], given["ybar"], given["s2x"], given["s2y"], given["sxy"])
    fitted = regression_on(x, given["Xbar_pop"], given["N"], "residual")
    assert fitted.coefficients(y)[1] == pytest.approx(expected["slope"], rel=1e-8)
    estimate = fitted.estimator.estimate(y)
    assert estimate.value == pytest.approx(expected["greg_mean"], rel=1e-8)
    assert estimate.standard_error == pytest.approx(expected["se_residual_form"], rel=1e-8)
    assert simple_random(y, given["N"]).standard_error == pytest.approx(
        expected["se_srs_without_aux"], rel=1e-8
    )


def test_regression_estimator_with_weighted_residuals_s05(golden, schools):
    case = golden("S05")
    y, x = (schools[name].to_numpy(dtype=float) for name in ("api00", "api99"))
    means = (case["inputs"]["Xbar_pop"], case["inputs"]["N"])
    weighted = regression_on(x, *means).estimator.estimate(y)
    plain = regression_on(x, *means, residual_variance="residual").estimator.estimate(y)
    assert weighted.standard_error == pytest.approx(case["expected"]["se_gweight_R_survey"], rel=1e-8)
    assert plain.standard_error == pytest.approx(case["expected"]["se_residual_form"], rel=1e-8)
    assert plain.value == weighted.value == pytest.approx(case["expected"]["greg_mean"], rel=1e-8)
    assert plain.method != weighted.method


def test_post_stratified_mean_s06(golden):
    case = golden("S06")
    size, expected = case["inputs"]["N"], case["expected"]
    strata = [
        PostStratum(population / size, n, mean, s2)
        for n, population, mean, s2 in case["inputs"]["poststrata_n_N_mean_var"].values()
    ]
    unconditional = post_stratified(strata, size)
    weighted = post_stratified(strata, size, "g-weighted")
    assert unconditional.value == weighted.value == pytest.approx(expected["mean"], rel=1e-8)
    assert unconditional.standard_error == pytest.approx(expected["se_cochran_5A.42"], rel=1e-8)
    assert weighted.standard_error == pytest.approx(expected["se_R_survey_conditional"], rel=1e-8)
    conditional = post_stratified(strata, size, "conditional")
    assert conditional.standard_error > weighted.standard_error


def test_post_strata_of_plots_are_those_of_their_summaries_s06(golden, schools):
    case = golden("S06")
    size, expected = case["inputs"]["N"], case["expected"]
    classes = case["inputs"]["poststrata_n_N_mean_var"]
    shares = {name: population / size for name, (_, population, _, _) in classes.items()}
    estimate = post_strata(list(schools["stype"]), shares, size).estimate(
        schools["api00"].to_numpy(dtype=float)
    )
    assert estimate.value == pytest.approx(expected["mean"], rel=1e-8)
    assert estimate.standard_error == pytest.approx(expected["se_cochran_5A.42"], rel=1e-8)
    assert estimate.degrees_of_freedom == 200 - 3


def test_ratio_estimator_s07(golden):
    case = golden("S07")
    given, expected = case["inputs"], case["expected"]
    x, y = with_moments(given["n"], given["xbar"], given["ybar"], given["s2x"], given["s2y"], given["sxy"])
    share = ratio(y, x, given["N"])
    total = ratio_to(x, given["X_total"], given["N"]).estimate(y)
    found = (share.value, share.standard_error, total.value, total.standard_error)
    names = ("ratio", "se_ratio", "total", "se_total")
    assert found == pytest.approx(tuple(expected[name] for name in names), rel=1e-7)
    assert found == pytest.approx(tuple(case["published_value"].values()), rel=1e-7)


def test_paired_and_independent_change_s08(golden):
    case = golden("S08")
    first, second = (np.array(case["inputs"][name]) for name in ("y_t1", "y_t2"))
    expected = case["expected"]
    plots = random_mean(len(first))
    paired = change(plots, first, plots, second)
    independent = independent_change(simple_random(first), simple_random(second))
    assert paired.value == pytest.approx(expected["mean_change"], rel=1e-9)
    assert independent.value == pytest.approx(expected["mean_change"], rel=1e-9)
    assert paired.standard_error == pytest.approx(expected["se_paired"], rel=1e-9)
    assert independent.standard_error == pytest.approx(expected["se_independent"], rel=1e-9)
    assert paired.interval(0.90)[:2] == pytest.approx(expected["ci90_paired"], rel=1e-9)
    by_plot = [{str(i): v for i, v in enumerate(values)} for values in (first, second)]
    replaced = partial_replacement(*by_plot).change
    assert (replaced.value, replaced.standard_error) == pytest.approx(
        (paired.value, paired.standard_error), rel=1e-9
    )
    others = random_mean(len(first), units=[f"new {i}" for i in range(len(first))])
    unmatched = change(plots, first, others, second)
    assert unmatched.standard_error == pytest.approx(independent.standard_error, rel=1e-12)
    assert unmatched.degrees_of_freedom == pytest.approx(independent.degrees_of_freedom, rel=1e-9)


def test_sample_size_and_allocation_s09(golden):
    case = golden("S09")
    given, expected = case["inputs"], case["expected"]
    weights, deviations = np.array(given["w"]), np.array(given["s_Mg_ha"])
    wanted = (weights, deviations, given["E_Mg_ha"])
    simple = plots_for(*wanted, given["t"])
    finite = plots_for(*wanted, given["t"], given["N_plots"])
    iterated = iterated_plots_for(*wanted, 0.90)
    assert (simple, finite, iterated) == pytest.approx(
        (expected["n_simple"], expected["n_fpc"], expected["n_iterated_t_df_n_minus_L"]), rel=1e-6
    )
    ceilings = (expected["n_simple_ceil"], expected["n_fpc_ceil"], expected["n_iterated_ceil"])
    assert tuple(map(math.ceil, (simple, finite, iterated))) == ceilings
    stratum_shares = shares(weights, deviations, "neyman")
    assert stratum_shares == pytest.approx(expected["alloc_fraction"], rel=1e-6)
    plots = allocate(iterated, stratum_shares)
    assert plots.sum() >= expected["n_iterated_ceil"]
    assert (plots - iterated * stratum_shares < 1).all()


def test_hansen_hurwitz_total_s10(golden):
    case = golden("S10")
    y, chances = (np.array(case["inputs"][name]) for name in ("y", "p_draw"))
    total = hansen_hurwitz(chances).estimate(y)
    assert total.value == pytest.approx(case["expected"]["total"], rel=1e-9)
    assert total.standard_error == pytest.approx(case["expected"]["se"], rel=1e-9)


def test_ar_tool14_uncertainty_k15(golden):
    case = golden("K15")
    expected = case["expected"]
    for number, zones in enumerate(case["inputs"]["zones_area_ha_plots_tCO2_ha"]):
        stock = stratified_stock(
            np.array([area for area, _ in zones]), [np.array(values) for _, values in zones]
        )
        assert stock.value == pytest.approx(expected["mean"][number], rel=1e-9)
        uncertainty = stock.relative_half_width(0.90)
        assert uncertainty == pytest.approx(expected["U_fraction"][number], rel=1e-9)
        assert uncertainty == pytest.approx(case["published_value"]["U_fraction"][number], abs=5e-4)
    assert cautious_stock(5.78, 0.519, 1.0) == pytest.approx(
        expected["conservative_from_(5.78,0.519)"], rel=1e-9
    )
    # Its second case takes three quarters of the half-width off.
    assert cautious_stock(7.86, 0.214, 0.75) == pytest.approx(
        expected["conservative_from_(7.86,0.214)"], rel=1e-9
    )


def komiyama(diameter):
    return 0.251 * 0.5 * diameter**2.46


def test_components_of_change_add_up_k16(golden):
    case = golden("K16")
    expected = case["expected"]

    def census(diameters):
        return pd.DataFrame(
            {
                "plot_id": "P",
                "tag": list(diameters),
                "status": "live",
                "density": [komiyama(d) for d in diameters.values()],
                "expansion_factor_per_ha": 1.0,
            }
        )

    first, second = census(case["inputs"]["D_t1"]), census(case["inputs"]["D_t2"])
    found = components_of_change(first, second, ["density"]).set_index("component")["density"]
    assert found["survivor_growth"] == pytest.approx(expected["growth_kg"], rel=1e-9)
    assert found["ingrowth"] == pytest.approx(expected["ingrowth_kg"], rel=1e-9)
    assert found["mortality"] == pytest.approx(expected["mortality_kg"], rel=1e-9)
    net = found["survivor_growth"] + found["ingrowth"] - found["mortality"]
    assert net == pytest.approx(second["density"].sum() - first["density"].sum(), abs=1e-9)
    assert net == pytest.approx(expected["stock_diff_kg"], rel=1e-9)

"""Design-based estimators against the golden numbers (S01–S04, S11)."""

from __future__ import annotations

import numpy as np
import pytest

from mrv.stock.clusters import cluster_mean, cluster_total
from mrv.stock.estimators import (
    from_summary,
    simple_random,
    stratified,
    t_quantile,
)


def test_simple_random_sample_with_finite_population_s01(golden):
    case = golden("S01")
    expected = case["expected"]
    estimate = simple_random(np.array(case["inputs"]["y"], dtype=float), case["inputs"]["N"])
    assert estimate.value == pytest.approx(expected["mean"], rel=1e-9)
    assert estimate.standard_error == pytest.approx(expected["se_mean"], rel=1e-9)
    assert estimate.interval(0.95)[:2] == pytest.approx(expected["ci95"], rel=1e-9)
    total = estimate.times(case["inputs"]["N"])
    assert (total.value, total.standard_error) == pytest.approx(
        (expected["total"], expected["se_total"]), rel=1e-9
    )


def strata_of(case):
    summaries = case["inputs"]["strata_n_N_mean_var"].values()
    sizes = np.array([population for _, population, _, _ in summaries], dtype=float)
    return sizes, [from_summary(n, mean, s2, population) for n, population, mean, s2 in summaries]


def test_stratified_mean_and_satterthwaite_s02(golden):
    case = golden("S02")
    expected = case["expected"]
    sizes, strata = strata_of(case)
    estimate = stratified(sizes / sizes.sum(), strata)
    assert estimate.value == pytest.approx(expected["mean"], rel=1e-8)
    assert estimate.standard_error == pytest.approx(expected["se"], rel=1e-8)
    assert estimate.degrees_of_freedom == pytest.approx(expected["df_satterthwaite"], rel=1e-8)
    assert estimate.value == pytest.approx(case["published_value"]["mean"], abs=5e-3)
    total = stratified(sizes, strata)
    assert total.value == pytest.approx(expected["total"], rel=1e-8)
    assert total.standard_error == pytest.approx(expected["se_total"], rel=1e-8)


def test_stratified_total_s03(golden):
    case = golden("S03")
    total = stratified(*strata_of(case))
    assert total.value == pytest.approx(case["expected"]["total"], rel=1e-6)
    assert total.standard_error == pytest.approx(case["expected"]["se"], rel=1e-6)


def clusters_of(rows):
    """Cluster of each plot, plots in that cluster, and values."""
    plots = [(str(name), float(size), y) for name, _, size, values in rows for y in values]
    names, sizes, values = zip(*plots, strict=True)
    return names, np.array(sizes), np.array(values, dtype=float)


def test_two_stage_total_s04(golden):
    case = golden("S04")
    rows = case["inputs"]["psu_id_NI_Mi_y"]
    names, sizes, values = clusters_of(rows)
    estimator = cluster_total(names, sizes, population=rows[0][1])
    total = estimator.estimate(values)
    assert total.value == pytest.approx(case["expected"]["total"], rel=1e-9)
    assert total.standard_error == pytest.approx(case["expected"]["se"], rel=1e-9)
    terms = [
        sum(departure**2 for (at, _), departure in estimator.departures(values).items() if at == stage)
        for stage in (0, 1)
    ]
    wanted = [case["expected"][f"var_stage{stage}_term"] for stage in (1, 2)]
    assert terms == pytest.approx(wanted, rel=1e-9)


def test_two_stage_mean_with_equal_sizes_is_the_total_per_plot(golden):
    rows = golden("S04")["inputs"]["psu_id_NI_Mi_y"]
    names, _, values = clusters_of(rows)
    sizes = np.full(len(values), 6.0)
    total = cluster_total(names, sizes, 50, 50 * 6.0).estimate(values)
    mean = cluster_mean(names, sizes, 50).estimate(values)
    assert mean.value == pytest.approx(total.value, rel=1e-12)
    assert mean.standard_error == pytest.approx(total.standard_error, rel=1e-12)
    assert mean.degrees_of_freedom == total.degrees_of_freedom == len(rows) - 1


def test_student_t_s11(golden):
    case = golden("S11")
    dfs = case["inputs"]["df"]
    assert [t_quantile(0.90, df) for df in dfs] == pytest.approx(case["expected"]["t90"], rel=1e-9)
    assert [t_quantile(0.95, df) for df in dfs] == pytest.approx(case["expected"]["t95"], rel=1e-9)

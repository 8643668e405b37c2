"""What ``mrv run`` prints by every estimator, against numbers that the R package survey and textbooks give.

The published units (schools, municipalities, forest plots) stand as plots with one stem each, as heavy as the
published value. Sampling fractions are below 5 % where the numbers have a finite population correction that
the toolkit leaves out; then it is taken off here.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from one_stem_plots import OneSurvey, write_project

from mrv.run.project_run import run_project

SCHOOLS = 6194
SCALE = 10
"""Scores and heads are divided by it, so that no plot is heavier than a forest."""

EXACT = dict.fromkeys(
    ("equation_choice", "equation_parameters", "wood_density", "carbon_fraction", "root_shoot_ratio", "area"),
    "sampling alone is looked at",
)
SAMPLING_ALONE = {"uncertainty": {"draws": 10_000, "left_out": EXACT}}


def figure(results, quantity, pool="agb", stratum="all", **index):
    """The figure of a stratum."""
    (found,) = (
        f
        for f in results.figures
        if f.quantity == quantity
        and f.index.get("pool") == pool
        and f.index.get("stratum") == stratum
        and all(f.index.get(key) == value for key, value in index.items())
    )
    return found


@pytest.fixture(scope="module")
def schools(shared):
    return pd.read_csv(shared / "reference/mase/apisrs.csv")


@pytest.fixture(scope="module")
def run_of(tmp_path_factory):
    def run(surveys, areas_ha, **keys):
        folder = write_project(tmp_path_factory.mktemp("run"), surveys, areas_ha, **keys)
        return run_project(folder, folder / "out")

    return run


@pytest.fixture(scope="module")
def run_schools(run_of, schools):
    def run(column, estimator, scale=SCALE, **columns):
        plots = pd.DataFrame(
            {
                "plot_id": [f"s{number}" for number in range(len(schools))],
                "stratum_id": "all",
                "agb_t_ha": schools[column] / scale,
                **{name: schools[theirs] for name, theirs in columns.items()},
            }
        )
        survey = OneSurvey(plots, {"kind": "simple_random"}, estimator)
        return run_of([survey], {"all": SCHOOLS / 100}, **SAMPLING_ALONE)

    return run


CORRECTION = math.sqrt(1 - 200 / SCHOOLS)


def test_regression_estimator_is_that_of_r_survey_s05(golden, run_schools):
    case = golden("S05")
    known = {"kind": "regression", "population_mean": {"all": case["inputs"]["Xbar_pop"]}, "source": "apipop"}
    results = run_schools("api00", known, auxiliary="api99")
    found = figure(results, "biomass_density")
    assert found.value * SCALE == pytest.approx(case["expected"]["greg_mean"], rel=1e-8)
    error = found.standard_error * SCALE * CORRECTION
    assert error == pytest.approx(case["expected"]["se_gweight_R_survey"], rel=1e-8)
    assert found.degrees_of_freedom == 198
    assert found.method == "regression estimator, g-weighted variance"
    # The plots alone stand beside; carbon is half of above-ground biomass and half again of roots.
    plain = figure(results, "carbon_density_plain", "total")
    assert plain.value * SCALE / 0.75 == pytest.approx(656.585, rel=1e-9)
    error = plain.standard_error * SCALE * CORRECTION / 0.75
    assert error == pytest.approx(case["expected"]["se_srs_without_aux"], rel=1e-8)
    # Draws of sampling errors follow the estimator, not the plots.
    assert found.total_standard_error == pytest.approx(found.standard_error, rel=0.03)
    assert found.total_interval.half_width == pytest.approx(found.interval.half_width, rel=0.03)


def test_post_stratified_mean_is_that_of_cochran_s06(golden, run_schools):
    case = golden("S06")
    classes = case["inputs"]["poststrata_n_N_mean_var"]
    areas = {name: population / 100 for name, (_, population, _, _) in classes.items()}
    known = {"kind": "post_stratified", "class_areas_ha": {"all": areas}, "source": "apipop"}
    found = figure(run_schools("api00", known, post_stratum="stype"), "biomass_density")
    assert found.value * SCALE == pytest.approx(case["expected"]["mean"], rel=1e-8)
    # The published error has the sampling fraction in its first term.
    first_term = sum(population * s2 for _, population, _, s2 in classes.values()) / SCHOOLS / 200
    wanted = case["expected"]["se_cochran_5A.42"] ** 2 + first_term * 200 / SCHOOLS
    assert (found.standard_error * SCALE) ** 2 == pytest.approx(wanted, rel=1e-7)
    assert found.degrees_of_freedom == 197
    assert found.total_standard_error == pytest.approx(found.standard_error, rel=0.03)


@pytest.mark.parametrize("key", ["population_mean", "population_total"])
def test_ratio_estimator_is_that_of_r_survey_s07(golden, run_schools, key):
    case = golden("S07")
    total = case["inputs"]["X_total"]
    # A total is over hectares: a school stands for a hundredth of one.
    stated = total / SCHOOLS if key == "population_mean" else total / 100
    known = {"kind": "ratio", key: {"all": stated}, "source": "apipop"}
    found = figure(run_schools("api.stu", known, 100, auxiliary="enroll"), "biomass_density")
    assert found.value * 100 * SCHOOLS == pytest.approx(case["expected"]["total"], rel=1e-7)
    error = found.standard_error * 100 * SCHOOLS * CORRECTION
    assert error == pytest.approx(case["expected"]["se_total"], rel=1e-7)
    assert found.method == "ratio estimator"


def municipalities(golden):
    """Plots and clusters of a two-stage sample of Swedish municipalities."""
    rows = golden("S04")["inputs"]["psu_id_NI_Mi_y"]
    plots = pd.DataFrame(
        [(f"{name}-{i}", "all", name, y) for name, _, _, values in rows for i, y in enumerate(values)],
        columns=["plot_id", "stratum_id", "cluster_id", "agb_t_ha"],
    )
    sizes = pd.DataFrame(
        [(name, size) for name, _, size, _ in rows], columns=["cluster_id", "plots_in_cluster"]
    )
    return plots, sizes


def test_expanded_total_of_clusters_is_that_of_r_survey_s04(golden, run_of):
    plots, sizes = municipalities(golden)
    known = {
        "kind": "cluster_total",
        "plots_in_stratum": {"all": 284},
        "source": "the list of municipalities",
    }
    design = {"kind": "cluster", "clusters_in_stratum": {"all": 50}}
    results = run_of([OneSurvey(plots, design, known, sizes)], {"all": 284.0}, **SAMPLING_ALONE)
    found, expected = figure(results, "biomass_stock"), golden("S04")["expected"]
    assert found.value == pytest.approx(expected["total"], rel=1e-9)
    assert found.standard_error == pytest.approx(expected["se"], rel=1e-9)
    assert found.degrees_of_freedom == 4
    # Both stages are drawn: between municipalities, and inside them.
    assert found.total_standard_error == pytest.approx(found.standard_error, rel=0.03)
    plain = figure(results, "carbon_density_plain", "total")
    assert plain.value / 0.75 == pytest.approx(
        sum(
            s * y
            for s, y in zip(
                sizes["plots_in_cluster"],
                plots.groupby("cluster_id", sort=False)["agb_t_ha"].mean(),
                strict=True,
            )
        )
        / sizes["plots_in_cluster"].sum(),
        rel=1e-9,
    )


def test_unequal_chances_are_those_of_hansen_and_hurwitz_s10(golden, run_of):
    case = golden("S10")
    plots = pd.DataFrame(
        {
            "plot_id": list("abcde"),
            "stratum_id": "all",
            "agb_t_ha": np.array(case["inputs"]["y"]) / 0.5,
            "draw_probability": case["inputs"]["p_draw"],
            "unit_area_ha": 0.5,
        }
    )
    results = run_of([OneSurvey(plots, {"kind": "unequal_probability"})], {"all": 25.0}, **SAMPLING_ALONE)
    found = figure(results, "biomass_stock")
    assert found.value == pytest.approx(case["expected"]["total"], rel=1e-9)
    assert found.standard_error == pytest.approx(case["expected"]["se"], rel=1e-9)
    assert found.total_standard_error == pytest.approx(found.standard_error, rel=0.03)


def two_dates(golden, first_names, second_names):
    """Surveys with the values of a change case, its plots called by these names."""
    given = golden("S08")["inputs"]
    return [
        OneSurvey(
            pd.DataFrame({"plot_id": list(names), "stratum_id": "all", "agb_t_ha": given[key]}),
            {"kind": "simple_random"},
            date=date,
        )
        for names, key, date in (
            (first_names, "y_t1", "2010-01-01"),
            (second_names, "y_t2", "2020-01-01"),
        )
    ]


CARBON = 0.5 * 1.5
"""Carbon of above-ground biomass and its roots, over the former."""


@pytest.mark.parametrize(
    ("second_names", "key", "method"),
    [
        ("abcdef", "se_paired", "paired plots, simple random sampling"),
        ("uvwxyz", "se_independent", "independent samples, simple random sampling"),
    ],
)
def test_change_goes_by_which_plots_were_measured_twice_s08(golden, run_of, second_names, key, method):
    expected = golden("S08")["expected"]
    results = run_of(two_dates(golden, "abcdef", second_names), {"all": 100.0}, **SAMPLING_ALONE)
    found = figure(results, "carbon_stock_change", "total")
    assert found.value == pytest.approx(CARBON * expected["mean_change"], rel=1e-9)
    assert found.standard_error == pytest.approx(CARBON * expected[key], rel=1e-9)
    assert found.method == method
    assert found.total_standard_error == pytest.approx(found.standard_error, rel=0.03)
    told = [finding for finding in results.findings if finding.rule == "plots-unmatched"]
    assert len(told) == (second_names != "abcdef")


def test_partly_replaced_plots_are_told_by_name_and_none_is_dropped(golden, run_of):
    case = golden("S08")
    results = run_of(two_dates(golden, "abcdef", "abcdxy"), {"all": 100.0}, **SAMPLING_ALONE)
    found = figure(results, "carbon_stock_change", "total")
    first, second = (np.array(case["inputs"][name]) for name in ("y_t1", "y_t2"))
    assert found.value == pytest.approx(CARBON * (second.mean() - first.mean()), rel=1e-9)
    about = [(values - values.mean()) / math.sqrt(30) for values in (first, second)]
    own = np.r_[about[1][:4] - about[0][:4], about[0][4:], about[1][4:]]
    assert found.standard_error == pytest.approx(CARBON * math.sqrt((own**2).sum()), rel=1e-9)
    assert found.method.startswith("partial replacement, 4 units measured twice")
    assert found.units == 8
    assert found.total_standard_error == pytest.approx(found.standard_error, rel=0.03)
    (told,) = (finding for finding in results.findings if finding.rule == "plots-unmatched")
    assert "only at 2010-01-01: e, f" in told.message.text
    assert "only at 2020-01-01: x, y" in told.message.text
    least = figure(results, "carbon_stock_change_least_variance", "total")
    assert least.standard_error < found.standard_error


def test_a_lonely_stratum_takes_the_variance_of_its_group(run_of):
    values = {"creek": [80.0], "fringe": [60.0, 90.0, 75.0, 95.0], "interior": [150.0, 130.0, 170.0]}
    plots = pd.DataFrame(
        [(f"{name}{i}", name, y) for name, own in values.items() for i, y in enumerate(own)],
        columns=["plot_id", "stratum_id", "agb_t_ha"],
    )
    together = {"strata": ["creek", "fringe"], "reason": "both border the water; decided in the plan"}
    design = {"kind": "stratified", "collapse": [together]}
    areas = {"creek": 10.0, "fringe": 40.0, "interior": 50.0}
    results = run_of([OneSurvey(plots, design)], areas, **SAMPLING_ALONE)
    group = np.array(values["creek"] + values["fringe"])
    for name in ("creek", "fringe"):
        found = figure(results, "biomass_density", stratum=name)
        assert found.value == pytest.approx(np.mean(values[name]), rel=1e-9)
        assert found.standard_error == pytest.approx(
            group.std(ddof=1) / math.sqrt(len(values[name])), rel=1e-9
        )
        assert found.degrees_of_freedom == pytest.approx(4 * len(values[name]) / 5)
        assert found.total_standard_error == pytest.approx(found.standard_error, rel=0.03)
    other = figure(results, "biomass_density", stratum="interior")
    assert other.standard_error == pytest.approx(20 / math.sqrt(3), rel=1e-9)


@pytest.fixture(scope="module")
def idaho(shared):
    folder = shared / "reference/mase"
    plots, counties = pd.read_csv(folder / "IdahoSamp.csv"), pd.read_csv(folder / "IdahoPop.csv")
    shares = counties["npixels"] / counties["npixels"].sum()
    return plots.iloc[::4], float((shares * counties["tcc"]).sum()), float((shares * counties["tnt.1"]).sum())


def idaho_plots(sample):
    return pd.DataFrame(
        {
            "plot_id": [f"p{number}" for number in range(len(sample))],
            "stratum_id": "all",
            "agb_t_ha": sample["BA_TPA_ADJ"],
            "auxiliary": sample["tcc"],
            "post_stratum": sample["tnt"].map({1: "forest", 2: "other"}),
        }
    )


def test_canopy_cover_sharpens_the_forest_inventory_of_idaho(run_of, idaho):
    """Every fourth of 3,753 plots of the national inventory, and canopy cover of all the state by a map."""
    sample, cover, _ = idaho
    known = {
        "kind": "regression",
        "population_mean": {"all": cover},
        "source": "national map of canopy cover",
    }
    survey = OneSurvey(idaho_plots(sample), {"kind": "simple_random"}, known)
    results = run_of([survey], {"all": 1e6}, uncertainty={"draws": 1000, "left_out": EXACT})
    found, plain = figure(results, "biomass_density"), figure(results, "carbon_density_plain", "total")
    x, y = (sample[name].to_numpy(dtype=float) for name in ("tcc", "BA_TPA_ADJ"))
    slope, intercept = np.polyfit(x, y, 1)
    assert found.value == pytest.approx(intercept + slope * cover, rel=1e-9)
    g = 1 + (cover - x.mean()) * (x - x.mean()) / x.var()
    residual = y - intercept - slope * x
    error = math.sqrt(((g * residual) ** 2).sum() / (len(y) - 1) / len(y))
    assert found.standard_error == pytest.approx(error, rel=1e-9)
    assert found.standard_error < plain.standard_error / CARBON


def test_forest_and_other_land_of_idaho_as_post_strata(run_of, idaho):
    sample, _, forest = idaho
    areas = {"forest": 1e6 * forest, "other": 1e6 * (1 - forest)}
    known = {"kind": "post_stratified", "class_areas_ha": {"all": areas}, "source": "national map of forest"}
    survey = OneSurvey(idaho_plots(sample), {"kind": "simple_random"}, known)
    results = run_of([survey], {"all": 1e6}, uncertainty={"draws": 1000, "left_out": EXACT})
    found = figure(results, "biomass_density")
    y, wooded = sample["BA_TPA_ADJ"].to_numpy(dtype=float), (sample["tnt"] == 1).to_numpy()
    means = y[wooded].mean(), y[~wooded].mean()
    assert found.value == pytest.approx(forest * means[0] + (1 - forest) * means[1], rel=1e-9)
    s2, n = (y[wooded].var(ddof=1), y[~wooded].var(ddof=1)), len(y)
    wanted = (forest * s2[0] + (1 - forest) * s2[1]) / n + ((1 - forest) * s2[0] + forest * s2[1]) / n**2
    assert found.standard_error == pytest.approx(math.sqrt(wanted), rel=1e-9)

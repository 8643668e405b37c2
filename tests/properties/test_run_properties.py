"""What must hold of every run, whatever the estimator: order changes nothing, nothing comes of nothing,
noise never pays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from one_stem_plots import OneSurvey, write_project

from mrv.errors import InputError
from mrv.run.prepare import prepare
from mrv.run.project_run import run_project

AREAS = {"creek": 40.0, "fringe": 60.0}
SOURCE = {"source": "a map"}
DESIGNS = {
    "stratified": ({"kind": "stratified"}, None),
    "systematic": ({"kind": "systematic"}, None),
    "cluster": ({"kind": "cluster"}, None),
    "cluster total": (
        {"kind": "cluster", "clusters_in_stratum": {"creek": 40, "fringe": 60}},
        {"kind": "cluster_total", "plots_in_stratum": {"creek": 160, "fringe": 240}, **SOURCE},
    ),
    "ratio": (
        {"kind": "stratified"},
        {"kind": "ratio", "population_mean": {"creek": 10.0, "fringe": 10.0}, **SOURCE},
    ),
    "regression": (
        {"kind": "stratified"},
        {"kind": "regression", "population_mean": {"creek": 10.0, "fringe": 10.0}, **SOURCE},
    ),
    "post-stratified": (
        {"kind": "stratified"},
        {
            "kind": "post_stratified",
            "class_areas_ha": {"creek": {"u": 15.0, "v": 25.0}, "fringe": {"u": 30.0, "v": 30.0}},
            **SOURCE,
        },
    ),
    "unequal": ({"kind": "unequal_probability"}, None),
}

CREDITED = {
    "methodology": "mangrove_protection",
    "monitoring_period": {"start": "2010-01-01", "end": "2020-01-01"},
    "baseline": {
        "scenario": "static",
        "evidence": {"document": "stated for the test", "statement": {"zh": "不变", "en": "it stays"}},
    },
    "project_emissions": {
        "fuel": {"t_co2e": 0, "evidence": "none in the test"},
        "biomass_removed": {"t_co2e": 0, "evidence": "none in the test"},
        "soil_methane": {"change_t_co2e_ha_yr": 0, "evidence": "none in the test"},
        "soil_nitrous_oxide": {"change_t_co2e_ha_yr": 0, "evidence": "none in the test"},
    },
    "leakage": {
        way: {"t_co2e": 0, "test": "none in the test", "finding": "none in the test"}
        for way in ("displaced_activity", "market", "hydrology")
    },
    "parameters": {
        "carbon_fraction_agb": {"value": 0.45, **SOURCE},
        "carbon_fraction_bgb": {"value": 0.39, **SOURCE},
        "buffer_share": {"value": 0.2, **SOURCE},
    },
}


def plots_of(name, seed=1, growth=None):
    """Twelve plots in each stratum, with everything that some estimator reads."""
    random = np.random.default_rng(seed)
    auxiliary = random.uniform(5, 15, 24)
    frame = pd.DataFrame(
        {
            "plot_id": [f"p{i:02}" for i in range(24)],
            "stratum_id": ["creek"] * 12 + ["fringe"] * 12,
            "agb_t_ha": 6 * auxiliary + random.uniform(0, 20, 24) + (0 if growth is None else growth),
        }
    )
    design, estimator = DESIGNS[name]
    kind = estimator["kind"] if estimator else design["kind"]
    if kind in ("ratio", "regression"):
        frame["auxiliary"] = auxiliary
    if kind == "post_stratified":
        frame["post_stratum"] = ["u", "v"] * 12
    if design["kind"] == "cluster":
        frame["cluster_id"] = [f"c{i // 3}" for i in range(24)]
    if kind == "unequal_probability":
        frame["draw_probability"] = 0.01 / frame["stratum_id"].map({"creek": 40.0, "fringe": 60.0})
        frame["unit_area_ha"] = 0.01
    return frame


def surveys_of(name, first, second, shuffled=False):
    design, estimator = DESIGNS[name]
    clusters = None
    if design["kind"] == "cluster":
        clusters = pd.DataFrame(
            {"cluster_id": [f"c{i}" for i in range(8)], "plots_in_cluster": 4 + np.arange(8) % 3}
        )
    if shuffled:
        first, second = (frame.sample(frac=1, random_state=3) for frame in (first, second))
        clusters = clusters.sample(frac=1, random_state=4) if clusters is not None else None
    return [
        OneSurvey(first, design, estimator, clusters, "2010-01-01"),
        OneSurvey(second, design, estimator, clusters, "2020-01-01"),
    ]


def run(folder: Path, surveys, areas_ha=AREAS):
    project = write_project(folder, surveys, areas_ha, **CREDITED)
    return run_project(project, folder / "out")


def one(results, quantity, **index):
    (found,) = (f for f in results.figures if f.quantity == quantity and f.index == index)
    return found


@pytest.mark.parametrize("name", list(DESIGNS))
def test_the_order_of_rows_and_strata_changes_no_figure(name, tmp_path):
    growth = np.random.default_rng(9).uniform(0, 30, 24)
    pairs = plots_of(name), plots_of(name, growth=growth)
    as_is = run(tmp_path / "as is", surveys_of(name, *pairs))
    turned = run(
        tmp_path / "turned", surveys_of(name, *pairs, shuffled=True), dict(reversed(list(AREAS.items())))
    )
    assert [figure.model_dump() for figure in turned.figures] == [f.model_dump() for f in as_is.figures]
    assert turned.error_budget == as_is.error_budget


@pytest.mark.parametrize("name", list(DESIGNS))
def test_two_equal_dates_give_no_removals_and_no_credit(name, tmp_path):
    plots = plots_of(name)
    results = run(tmp_path, surveys_of(name, plots, plots))
    net = one(results, "net_removals")
    assert net.value == 0
    for stratum in AREAS:
        sink = one(results, "carbon_sink", stratum=stratum, pool="total", date="2010-01-01/2020-01-01")
        assert (sink.value, sink.standard_error) == (0, 0)
        assert sink.interval.low <= 0 <= sink.interval.high
    assert sum(f.value for f in results.figures if f.quantity == "issuance") == 0


def test_the_same_forest_measured_on_other_plots_has_an_interval_that_holds_zero(tmp_path):
    """Nine times in ten; these two draws are among the nine."""
    first, second = plots_of("stratified", 1), plots_of("stratified", 2)
    second = second.assign(plot_id="new " + second["plot_id"])
    results = run(tmp_path, surveys_of("stratified", first, second))
    for stratum in AREAS:
        sink = one(results, "carbon_sink", stratum=stratum, pool="total", date="2010-01-01/2020-01-01")
        assert sink.interval.low < 0 < sink.interval.high
        assert sink.method.startswith("independent samples")


def test_another_smallest_diameter_is_refused_and_not_credited(tmp_path):
    plots = plots_of("stratified")
    folder = write_project(tmp_path, surveys_of("stratified", plots, plots), AREAS, **CREDITED)
    text = (folder / "trees_2020.csv").read_text(encoding="utf-8")
    small = "".join(f"p{number % 24:02},2.5\n" for number in range(48))
    (folder / "trees_2020.csv").write_text(text + small, encoding="utf-8")
    # Without stated limits the tables themselves tell, from thirty stems on.
    first = (folder / "trees_2010.csv").read_text(encoding="utf-8")
    (folder / "trees_2010.csv").write_text(first + first.split("\n", 1)[1], encoding="utf-8")
    with pytest.raises(InputError) as refused:
        prepare(folder)
    (found,) = (f for f in refused.value.findings if f.rule == "change-smallest-diameter")
    assert "2.5 cm at 2020-01-01" in str(found)


def test_noise_in_the_plots_never_raises_what_is_creditable_on_average(tmp_path):
    """Three projects with a true growth of 20 t/ha; chance errors of the last date's plots are added."""
    means = []
    for spread in (0.0, 6.0, 18.0):
        credited = []
        for seed in range(3):
            random = np.random.default_rng(100 + seed)
            growth, noise = random.uniform(15, 25, 24), random.normal(0, 1, 24)
            # Centred, so that what is compared is the price of the interval and not a lucky mean.
            noise -= np.repeat([noise[:12].mean(), noise[12:].mean()], 12)
            pairs = plots_of("stratified", seed), plots_of("stratified", seed, growth + spread * noise)
            folder = tmp_path / f"{spread:g} {seed}"
            credited.append(one(run(folder, surveys_of("stratified", *pairs)), "creditable_removals").value)
        means.append(np.mean(credited))
    assert means[0] > means[1] > means[2]

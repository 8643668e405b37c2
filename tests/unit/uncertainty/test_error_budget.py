"""The budget of the demo: what is drawn, what it changes, and that it is the same at every run."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from mrv.run.project_run import run_project


@pytest.fixture(scope="module")
def run(demo, tmp_path_factory):
    """Runs the demo with keys of the project file replaced."""

    def results(**keys):
        folder = tmp_path_factory.mktemp("project")
        shutil.copytree(demo, folder, dirs_exist_ok=True)
        yaml = YAML()
        project = yaml.load((folder / "mrv.yaml").read_text(encoding="utf-8"))
        for key, value in keys.items():
            project[key] = {**project.get(key, {}), **value}
        with (folder / "mrv.yaml").open("w", encoding="utf-8") as stream:
            yaml.dump(project, stream)
        return run_project(folder, folder / "out"), folder / "out"

    return results


@pytest.fixture(scope="module")
def plain(run):
    return run()


def shares(results):
    return {component.component: component for component in results.error_budget.components}


def test_every_stock_and_sink_has_a_total_beside_sampling_alone(plain):
    results, _ = plain
    wanted = ("carbon_density", "carbon_stock", "carbon_sink", "biomass_density", "net_removals")
    for figure in results.figures:
        if figure.quantity in wanted and figure.interval is not None:
            total = figure.total_interval
            assert total.level == figure.interval.level
            assert total.low < total.high
            assert figure.total_standard_error > 0
            assert 0 < figure.monte_carlo_error < total.half_width / 10


def test_the_credited_amount_rests_on_sampling_and_the_other_stands_beside(plain):
    results, _ = plain
    credited = results.figure("creditable_removals_t_co2e").value
    beside = results.figure("creditable_removals_under_total_t_co2e").value
    assert beside < credited
    total, sampling = (results.figure(f"relative_uncertainty_{kind}").value for kind in ("total", "sampling"))
    assert total > sampling
    net = results.figure("net_removals_t_co2e")
    assert total == pytest.approx(net.total_interval.half_width / net.value, rel=1e-12)


def test_a_project_may_state_that_the_total_is_deducted(run, plain):
    stated = {"deducted_uncertainty": {"value": "total", "source": "the buyer's wish"}}
    results, _ = run(parameters=stated)
    beside = plain[0].figure("creditable_removals_under_total_t_co2e").value
    assert results.figure("creditable_removals_t_co2e").value == pytest.approx(beside, rel=1e-12)


def test_shares_are_told_for_what_is_drawn_and_reasons_for_what_is_not(plain):
    results, folder = plain
    found = shares(results)
    for component in found.values():
        drawn = component.state in ("drawn", "drawn in part")
        of_soil = component.component.startswith("soil_")
        shares_told = (component.share_of_soil_stock_variance, component.share_of_net_removals_variance)
        assert [share is not None for share in shares_told] == [drawn and of_soil, drawn and not of_soil]
        assert component.state == "drawn" or component.because
    assert found["area"].state == "left out"
    table = pd.read_csv(folder / "tables" / "error_budget.csv")
    assert list(table["component"]) == list(found)


def test_shares_add_up_but_for_what_components_do_to_each_other(plain):
    for basis in ("stock", "sink", "net_removals"):
        parts = [getattr(c, f"share_of_{basis}_variance") for c in shares(plain[0]).values()]
        assert math.fsum(share for share in parts if share is not None) == pytest.approx(1, abs=0.2)


def test_a_component_that_is_left_out_makes_the_error_smaller(run, plain):
    results, _ = run(uncertainty={"left_out": {"wood_density": "weighed for every tree"}})
    assert shares(results)["wood_density"].because == "weighed for every tree"
    without, all_errors = (
        found.figure("net_removals_t_co2e").total_standard_error for found in (results, plain[0])
    )
    assert without < all_errors


def test_with_everything_left_out_only_sampling_is_left(run):
    names = ("equation_choice", "equation_parameters", "wood_density", "carbon_fraction", "area")
    results, _ = run(uncertainty={"left_out": dict.fromkeys(names, "for this test")})
    net = results.figure("net_removals_t_co2e")
    assert net.total_standard_error == pytest.approx(net.standard_error, rel=0.03)
    # A sum of Student's t over three strata is a little wider than Satterthwaite's approximation of it.
    assert 1 < net.total_interval.half_width / net.interval.half_width < 1.08
    assert (net.total_interval.low + net.total_interval.high) / 2 == pytest.approx(net.value, rel=0.01)
    for name in ("carbon_stock_t_c", "carbon_density_t_c_ha"):
        figure = next(f for f in results.figures if f.name == name and "stratum" in f.index)
        assert figure.total_standard_error == pytest.approx(figure.standard_error, rel=0.03)


def test_an_area_that_is_not_exact_counts_in_the_stock_and_not_per_hectare(run):
    names = ["fringe", "landward", "middle"]
    covariance = {one: {other: 4.0 if one == other else 0.0 for other in names} for one in names}
    stated = {"areas": {"covariance_ha2": covariance, "source": "map accuracy"}, "left_out": {}}
    results, _ = run(uncertainty=stated)
    assert shares(results)["area"].state == "drawn"
    assert shares(results)["area"].share_of_stock_variance > 0


def test_draws_go_on_while_the_digits_do_not_stand(run, plain):
    results, _ = run(uncertainty={"draws": 2000, "draws_at_most": 6000})
    assert results.error_budget.draws <= 6000
    assert results.error_budget.settled or results.error_budget.draws == 6000
    assert plain[0].error_budget.draws == 10_000


def test_the_growth_of_a_baseline_is_one_draw_for_all_strata(run):
    rate = {"natural_growth_rate": {"value": 0.5, "standard_error": 0.2, "source": "example"}}
    results, _ = run(parameters=rate, baseline={"scenario": "natural_growth"})
    baseline = shares(results)["baseline"]
    assert baseline.share_of_net_removals_variance > 0.05
    assert baseline.share_of_sink_variance is None


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_number_of_threads_changes_no_byte(demo, tmp_path, plain, threads):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    code = "import sys; from pathlib import Path; from mrv.run.project_run import run_project as r; "
    code += "r(Path(sys.argv[1]), Path(sys.argv[2]))"
    subprocess.run(
        [sys.executable, "-c", code, str(demo), str(tmp_path / "out")],
        env={**os.environ, **dict.fromkeys(names, threads)},
        check=True,
        capture_output=True,
    )
    here, there = (
        json.loads((folder / "results.json").read_text(encoding="utf-8"))
        for folder in (plain[1], tmp_path / "out")
    )
    assert here["figures"] == there["figures"]
    assert here["error_budget"] == there["error_budget"]


def test_chance_at_single_trees_is_a_part_of_the_sampling_error(plain):
    budget = plain[0].error_budget
    assert 0 < budget.tree_noise_share_of_stock_sampling < 1
    assert budget.tree_noise_share_of_stock_sampling < budget.tree_noise_share_of_sink_sampling < 1.5
    assert np.isfinite(budget.tolerance)

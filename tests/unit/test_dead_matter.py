"""Dead wood and litter in the sink: what they add, what keeps them out, and their part of the errors."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from two_date_project import (
    AREA_HA,
    DENSITY,
    IN_SINK,
    LITTER_FRACTION,
    LITTER_G_M2,
    PLOTS,
    PROJECT,
    SQUARES_CM2,
    STANDING_FRACTION,
    TONNES_PER_SQUARED_CM,
    WOOD_FRACTION,
    changed,
    write,
)

from mrv.errors import InputError, UsageError
from mrv.run.explain import explain
from mrv.run.prepare import prepare
from mrv.run.project_run import run_project


def refusals(folder: Path, document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InputError) as refused:
        prepare(write(folder, document) / "mrv.yaml")
    return {finding.rule: f"{finding.where}: {finding.text()}" for finding in refused.value.findings}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], Path]]:
    """Results of the project with dead matter reported only, and in the sink."""
    found = {}
    for name, document in (("reported", PROJECT), ("counted", changed(lambda document: None))):
        folder = tmp_path_factory.mktemp(name)
        run_project(write(folder / "project", document), folder / "out")
        text = (folder / "out" / "results.json").read_text(encoding="utf-8")
        found[name] = json.loads(text), folder / "out"
    return found


def figure(results: dict[str, Any], quantity: str, **index: str) -> dict[str, Any]:
    (found,) = [f for f in results["figures"] if f["quantity"] == quantity and f["index"] == index]
    return found


def test_each_pool_adds_its_carbon_and_no_other(runs):
    counted, reported = runs["counted"][0], runs["reported"][0]
    wood = [sum(squares) / 4 * TONNES_PER_SQUARED_CM for squares in SQUARES_CM2.values()]
    litter = [sum(masses) / 4 / 100 for masses in LITTER_G_M2.values()]
    by_hand = {
        "downed_wood": (wood[1] - wood[0]) * WOOD_FRACTION,
        "litter": (litter[1] - litter[0]) * LITTER_FRACTION,
    }
    for pool, change in by_hand.items():
        found = figure(counted, "carbon_stock_change", stratum="low", pool=pool)
        assert found["value"] == pytest.approx(change, rel=1e-12)
    standing = [
        figure(reported, "biomass_density", stratum="low", pool="dead_wood", date=date)["value"]
        for date in SQUARES_CM2
    ]
    by_hand["dead_wood"] = (standing[1] - standing[0]) * STANDING_FRACTION
    net = [figure(results, "net_removals")["value"] for results in (reported, counted)]
    assert net[1] - net[0] == pytest.approx(sum(by_hand.values()) * AREA_HA * 44 / 12, rel=1e-9)
    assert figure(counted, "pool_removals", stratum="low", pool="litter")["value"] == pytest.approx(
        by_hand["litter"] * AREA_HA * 44 / 12, rel=1e-12
    )


def test_live_trees_are_told_alike_with_dead_matter_in_the_sink_and_without(runs):
    for pool in ("agb", "bgb"):
        one, other = (
            figure(runs[name][0], "carbon_stock_change", stratum="low", pool=pool)
            for name in ("counted", "reported")
        )
        assert one["value"] == other["value"]
        assert one["standard_error"] == other["standard_error"]


def test_every_pool_says_how_it_stands(runs):
    for name, state in (("counted", "accounted"), ("reported", "reported only")):
        states = {pool["pool"]: pool["state"] for pool in runs[name][0]["pools"]}
        assert {states[pool] for pool in IN_SINK} == {state}


def test_the_sampling_error_is_that_of_the_sum_of_all_pools_of_the_plots(runs):
    results, out = runs["counted"]
    rows = (out / "tables" / "plots.csv").read_text(encoding="utf-8").splitlines()
    header = rows[0].split(",")
    plots = [dict(zip(header, row.split(","), strict=True)) for row in rows[1:]]
    fractions = {
        "agb": 0.45,
        "bgb": 0.39,
        "dead_wood": STANDING_FRACTION,
        "downed_wood": WOOD_FRACTION,
        "litter": LITTER_FRACTION,
    }
    carbon = {
        (plot["plot_id"], plot["date"]): sum(float(plot[f"{p}_t_ha"]) * cf for p, cf in fractions.items())
        for plot in plots
    }
    changes = [carbon[name, "2020-01-01"] - carbon[name, "2010-01-01"] for name in PLOTS]
    mean = sum(changes) / 4
    error = math.sqrt(sum((change - mean) ** 2 for change in changes) / 3 / 4)
    found = figure(results, "carbon_stock_change", stratum="low", pool="total")
    assert found["value"] == pytest.approx(mean, rel=1e-12)
    assert found["standard_error"] == pytest.approx(error, rel=1e-9)


def test_densities_and_fractions_of_dead_matter_take_part_in_the_budget(runs):
    budget = {entry["component"]: entry for entry in runs["counted"][0]["error_budget"]["components"]}
    assert budget["ground_pools"]["state"] == "drawn"
    assert 0 < budget["ground_pools"]["share_of_net_removals_variance"] < 1
    assert "surveys[0].litter.carbon_fraction" in budget["carbon_fraction"]["because"]
    assert budget["dead_wood"]["because"] == "biomass.dead.agb_factor.1"
    before = {entry["component"]: entry for entry in runs["reported"][0]["error_budget"]["components"]}
    assert before["ground_pools"]["state"] == "not known"


def test_the_error_of_the_density_moves_the_change_by_its_own_share(runs):
    """With the density alone at work, the draws of downed wood scatter by its relative error: a tenth."""
    found = figure(runs["counted"][0], "carbon_stock_change", stratum="low", pool="downed_wood")
    change, sampling, total = (found[key] for key in ("value", "standard_error", "total_standard_error"))
    relative = math.hypot(0.05 / DENSITY, 0.01 / WOOD_FRACTION)
    assert total == pytest.approx(math.hypot(sampling, change * relative), rel=0.05)


def test_explain_leads_from_a_pool_to_its_plots(runs):
    node = explain(runs["counted"][1], "pool_removals", {"pool": "litter", "plot": "P1"})

    def below(node):
        yield node
        for child in node.children:
            yield from below(child)

    rows = [child for child in below(node) if child.kind == "row" and "P1" in child.name]
    assert {row.cells[0].value for row in rows} == {1.0, 1.5}
    assert any(child.name.startswith("dead_matter_carbon_fraction") for child in below(node))


def drop(*key: str | int) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        node: Any = document
        for part in key[:-1]:
            node = node[part]
        del node[key[-1]]

    return change


def put(value: Any, *key: str | int) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        node: Any = document
        for part in key[:-1]:
            node = node[part]
        node[key[-1]] = value

    return change


WOOD = ("surveys", 1, "downed_wood")


@pytest.mark.parametrize(
    ("change", "rule", "told"),
    [
        (
            put({}, "dead_matter_in_sink"),
            "dead-matter-empty",
            "one or more of dead_wood, downed_wood and litter",
        ),
        (
            drop("dead_matter_in_sink", "dead_wood"),
            "dead-matter-half",
            "a dead tree that falls would be a gain",
        ),
        (drop("surveys", 0, "litter"), "dead-matter-missing", "litter is in the sink: this key is required"),
        (drop(*WOOD, "carbon_fraction"), "dead-matter-missing", "downed_wood is in the sink"),
        (drop("biomass", "dead", "carbon_fraction"), "dead-matter-missing", "dead_wood is in the sink"),
        (put(0.48, *WOOD, "carbon_fraction", "value"), "dead-matter-protocol", "as at 2010-01-01"),
        (put(10, *WOOD, "classes", "sound", "length_m"), "dead-matter-protocol", "10.0 is not 12.0"),
    ],
)
def test_what_is_not_measured_alike_at_both_dates_is_no_pool_of_the_sink(tmp_path, change, rule, told):
    found = refusals(tmp_path / "project", changed(change))
    assert told in found[rule]
    assert "mrv.yaml:" in found[rule]


def test_a_plot_that_nobody_searched_keeps_its_pool_out(tmp_path):
    folder = write(tmp_path, changed(lambda document: None))
    rows = (folder / "litter_2020.csv").read_text(encoding="utf-8").splitlines()
    (folder / "litter_2020.csv").write_text("\n".join(rows[:-1]) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        prepare(folder / "mrv.yaml")
    (finding,) = refused.value.findings
    assert finding.rule == "dead-matter-plots"
    assert "litter was not looked for at 1 plots of 2020-01-01, such as P4" in finding.text()


def test_litter_on_other_squares_is_no_change_of_litter(tmp_path):
    folder = write(tmp_path, changed(lambda document: None))
    text = (folder / "litter_2020.csv").read_text(encoding="utf-8")
    (folder / "litter_2020.csv").write_text(text.replace(",1,1,", ",1,4,"), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        prepare(folder / "mrv.yaml")
    assert "4 m2 at 2020-01-01 is not 1 m2 as at 2010-01-01" in refused.value.findings[0].text()


def test_a_survey_without_dead_trees_is_asked_whether_it_recorded_them(tmp_path):
    folder = write(tmp_path, changed(lambda document: None))
    text = (folder / "trees_2010.csv").read_text(encoding="utf-8")
    live = [line for line in text.splitlines() if ",dead," not in line]
    (folder / "trees_2010.csv").write_text("\n".join(live) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        prepare(folder / "mrv.yaml")
    (finding,) = [found for found in refused.value.findings if found.severity == "error"]
    assert finding.rule == "dead-matter-none"
    assert finding.waivable


@pytest.mark.parametrize("methodology", ["vm0033_v2_1", "ccer_14_002_v01", "ipcc_2013_tier1"])
def test_methodologies_without_dead_matter_say_so(tmp_path, methodology):
    document = changed(put(methodology, "methodology"))
    found = refusals(tmp_path / "project", document)
    assert f"{methodology} knows no dead matter in the sink" in found["methodology"]


def test_no_other_way_of_dead_matter_is_known():
    from mrv.accounting.registry import find

    with pytest.raises(UsageError, match="dead matter 'half' is not one of mangrove_protection"):
        find("mangrove_protection").modules("static", None, None, "half")


def test_a_survey_with_other_quadrats_and_no_litter_is_told(tmp_path):
    def change(document: dict[str, Any]) -> None:
        first = document["surveys"][0]
        first["understory"] = first.pop("litter")

    found = refusals(tmp_path / "project", changed(change))
    assert found["dead-matter-missing"].endswith("litter is in the sink: this key is required")

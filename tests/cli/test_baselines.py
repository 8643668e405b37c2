"""Runs under several baselines, with open conditions and with soil in the sink, through the command line."""

from __future__ import annotations

import csv
import json
import shutil

import geopandas as gpd
import numpy as np
import pytest
from click.testing import CliRunner

from mrv.accounting.vintages import period_years
from mrv.cli import main
from mrv.soil.vm0033_defaults import default_accumulation
from mrv.yaml_file import parse_yaml

EVIDENCE = {"document": "Note 1, p. 2", "statement": "What it shows."}
RATE = 0.02


def stated(value, error=None):
    return {"value": value, "source": "Note 3", **({} if error is None else {"standard_error": error})}


@pytest.fixture(scope="module")
def demo_project(demo, tmp_path_factory):
    """The demo without what is seen from above, so that runs are short."""

    def run(change):
        folder = tmp_path_factory.mktemp("run")
        project = shutil.copytree(demo, folder / "project")
        document, _ = parse_yaml(demo / "mrv.yaml")
        for key in ("imagery", "model"):
            document.pop(key, None)
        document["uncertainty"]["draws"] = 2000
        change(document)
        (project / "mrv.yaml").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        done = CliRunner().invoke(main, ["run", str(project), "-o", str(folder / "out")])
        assert done.exit_code == 0, done.output
        results = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))
        return done.stdout, results, folder / "out"

    return run


def several(document):
    document["parameters"] |= {
        "natural_growth_rate": stated(0.6, 0.2),
        "biomass_emission_factor": stated(50, 5),
        "soil_emission_factor": stated(0, 0),
        "soil_release_years": stated(20),
        "foregone_sequestration_rate": stated(0, 0),
    }
    document["other_baselines"] = [
        {"scenario": "natural_growth", "evidence": EVIDENCE},
        {
            "scenario": "historical_loss",
            "start": "2010-01-01",
            "protected_by_law": False,
            "loss": {"rate": RATE, "standard_error": 0.005, "source": "Note 2"},
            "evidence": EVIDENCE,
        },
    ]
    del document["conditions"]["same_protocol"]
    document["conditions"]["beyond_the_law"]["met"] = False


@pytest.fixture(scope="module")
def beside(demo_project):
    return demo_project(several)


def figures(results, quantity):
    return {json.dumps(f["index"]): f for f in results["figures"] if f["quantity"] == quantity}


def total(results, quantity):
    return figures(results, quantity)["{}"]


def test_each_baseline_has_the_whole_result_and_none_is_added(beside):
    printed, results, _ = beside
    area, years = total(results, "area")["value"], period_years("2010-01-01", "2020-01-01")
    by_name = {entry["scenario"]: entry for entry in results["scenarios"]}
    assert [entry["declared"] for entry in results["scenarios"]] == [True, False, False]
    static = by_name["static"]["net_removals_t_co2e"]
    assert static == pytest.approx(total(results, "net_removals")["value"])
    assert by_name["static"]["baseline_removals_t_co2e"] == 0
    growth = 0.6 * area * years * 44 / 12
    assert by_name["natural_growth"]["net_removals_t_co2e"] == pytest.approx(static - growth)
    avoided = 50 * area * (1 - (1 - RATE) ** 10)
    assert by_name["historical_loss"]["net_removals_t_co2e"] == pytest.approx(static + avoided)
    assert by_name["historical_loss"]["baseline_removals_t_co2e"] == pytest.approx(-avoided)
    for entry in results["scenarios"]:
        interval = entry["net_removals_interval"]
        assert interval["low"] < entry["net_removals_t_co2e"] < interval["high"]
        assert entry["refused"] == []
    assert "never added" in printed
    assert total(results, "baseline_removals_total")["value"] == 0


def test_an_open_condition_stops_the_issuance_and_nothing_else(beside):
    printed, results, out = beside
    states = {entry["id"]: entry["state"] for entry in results["conditions"]}
    assert states.pop("same_protocol") == "not answered"
    assert states.pop("beyond_the_law") == "not met"
    assert set(states.values()) == {"met"}
    for quantity in ("issuance", "whole_credits", "carried_fraction"):
        assert figures(results, quantity) == {}
    assert total(results, "creditable_removals")["value"] > 0
    assert not (out / "tables" / "vintages.csv").exists()
    assert "No credit is issued: same_protocol is not answered" in printed
    assert "No credit is issued: beyond_the_law is not met" in printed


def test_every_amount_that_is_computed_has_the_interval_from_all_errors(beside):
    _, results, _ = beside
    stated_without_error = {"leakage", "net_removals_half_width", "net_removals_standard_error"}
    stated_without_error |= {"project_standard_error", "baseline_standard_error", "net_removals_total_low"}
    stated_without_error |= {"net_removals_total_high", "creditable_removals_under_total"}
    stated_without_error |= {"project_emissions_standard_error", "leakage_standard_error"}
    amounts = [f for f in results["figures"] if f["unit"] == "t_co2e" and f["clause"]]
    without = {f["quantity"] for f in amounts if f["total_interval"] is None}
    assert without <= stated_without_error
    assert len({f["quantity"] for f in amounts} - without) >= 10


def test_every_document_says_how_it_stands_to_the_official_text(beside):
    _, results, out = beside
    assert results["methodology"]["conformance"] == "reconstruction"
    trace = json.loads((out / "trace.json").read_text(encoding="utf-8"))
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert trace["conformance"] == run["methodology"]["conformance"] == "reconstruction"
    for name in ("vintages", "strata", "error_budget"):
        path = out / "tables" / f"{name}.csv"
        if path.exists():
            rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
            told = [row for row in rows if row.get("clause", "all")]
            assert told
            assert {row["conformance"] for row in told} == {"reconstruction"}
    strata = gpd.read_file(out / "project.gpkg", layer="strata")
    assert set(strata["conformance"]) == {"reconstruction"}
    assert "RECONSTRUCTION" in (out / "figures" / "error_budget.svg").read_text(encoding="utf-8")
    explained = CliRunner().invoke(main, ["explain", str(out), "net_removals"])
    assert explained.output.splitlines()[1].endswith("(reconstruction)")
    plain = CliRunner().invoke(main, ["explain", str(out), "net_removals", "--json"])
    assert json.loads(plain.stdout)["methodology"]["conformance"] == "reconstruction"


def with_soil(document):
    shares = {"fringe": 0.9, "middle": 0.8, "landward": 1.0}
    document["soil_balance"] = {
        "allochthonous": {"share": 0.25, "source": "Note 8"},
        "default_rate": {"cover": shares, "source": "Note 9"},
    }
    document["soil_in_sink"] = {
        "rate": {"method": "VM0033 default", "cover": shares, "source": "Note 9", "reason": "The buyer asks."}
    }


def test_soil_by_a_default_rate_is_counted_and_credits_nothing_for_want_of_an_error(beside, demo_project):
    printed, results, _ = demo_project(with_soil)
    rate = float(default_accumulation(np.array([1.0]))[0])
    years = period_years("2010-01-01", "2020-01-01")
    areas = {entry["stratum_id"]: entry["area_ha"] for entry in results["strata"]}
    expected = {
        name: areas[name] * rate * years * cover * 0.75 * 44 / 12
        for name, cover in (("fringe", 0.9), ("middle", 0.8), ("landward", 1.0))
    }
    found = {
        f["index"]["stratum"]: f["value"] for f in results["figures"] if f["quantity"] == "soil_removals"
    }
    assert found == pytest.approx(expected)
    before = total(beside[1], "net_removals")["value"]
    assert total(results, "net_removals")["value"] == pytest.approx(before + sum(expected.values()))
    assert {pool["pool"]: pool["state"] for pool in results["pools"]}["soil"] == "accounted"
    assert total(results, "creditable_removals")["value"] is None
    assert "error of the soil's rate in the sink is not known" in printed


def soil_twice(document):
    with_soil(document)
    first, second = document["surveys"]
    first["soil"] = second["soil"]
    document["soil_in_sink"] = {
        "stock_difference": {"method": "fixed depth", "depth_cm": 30, "reason": "Cores at both dates."}
    }


def test_soil_by_stock_difference_widens_the_interval(beside, demo_project):
    """The same cores at both dates: no change, and the error of two samples."""
    _, results, _ = demo_project(soil_twice)
    alone = beside[1]
    assert total(results, "net_removals")["value"] == pytest.approx(total(alone, "net_removals")["value"])
    wider, narrow = (total(entry, "net_removals_half_width")["value"] for entry in (results, alone))
    change = [f for f in results["figures"] if f["quantity"] == "accounted_soil_change"]
    assert [f["value"] for f in change] == pytest.approx([0, 0, 0], abs=1e-9)
    assert wider >= narrow

"""The main job on the demo: what it writes, whether it is right, and whether it explains itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import jsonschema
import numpy as np
import pandas as pd
import pytest
import rasterio
from click.testing import CliRunner

from mrv.accounting.cases import example_paths
from mrv.cli import main
from mrv.methodologies import load_methodology, methodology_ids
from mrv.run.explain import explain
from mrv.run.results import Results
from mrv.stock.estimators import t_quantile
from mrv.yaml_file import parse_yaml


def invoke(*arguments: object) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def out(whole_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "out"
    invoke("run", whole_demo, "-o", folder, "-q")
    return folder


@pytest.fixture(scope="module")
def results(out: Path) -> Results:
    return Results.model_validate(json.loads((out / "results.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def truth(demo: Path) -> dict:
    return json.loads((demo / "truth.json").read_text(encoding="utf-8"))


def test_it_writes_every_file(out: Path):
    written = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert written == [
        *(
            f"figures/{name}.{ending}"
            for name in ("biomass_map", "error_budget", "observed_predicted", "sink_map")
            for ending in ("png", "svg")
        ),
        "item.json",
        *(
            f"maps/{name}.{ending}"
            for name in (
                "agb",
                "agb_standard_error",
                "applicability",
                "dissimilarity",
                "looks",
                "mangrove",
                "sink",
                "sink_standard_error",
            )
            for ending in ("qml", "tif")
        ),
        "model/model.json",
        "model/model.npz",
        "project.gpkg",
        "results.json",
        "run.json",
        "tables/cores.csv",
        "tables/error_budget.csv",
        "tables/growth.csv",
        "tables/map_plots.csv",
        "tables/parcels.csv",
        "tables/plots.csv",
        "tables/predictors.csv",
        "tables/soil_sections.csv",
        "tables/strata.csv",
        "tables/trees.csv",
        "tables/validation.csv",
        "tables/vintages.csv",
        "trace.json",
    ]


def test_results_follow_their_schema(out: Path):
    schema = json.loads(invoke("schema", "results"))
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)


def test_the_project_schema_accepts_the_demo(demo: Path):
    schema = json.loads(invoke("schema", "project"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document, _ = parse_yaml(demo / "mrv.yaml")
    jsonschema.validate(document, schema)


@pytest.mark.parametrize("pool", ["agb", "bgb"])
@pytest.mark.parametrize("date", ["2010-01-01", "2020-01-01"])
def test_the_99_percent_interval_of_the_project_holds_the_true_stock(results, truth, pool, date):
    """At 99 % a miss would be a fault of ours rather than of chance."""
    figure = results.figure("biomass_density_t_dm_ha", {"pool": pool, "date": date})
    true = truth["project"]["stock_per_ha"][date][f"{pool}_t_dm_ha"]
    reach = t_quantile(0.99, figure.degrees_of_freedom) * figure.standard_error
    assert abs(figure.value - true) < reach


def test_the_interval_of_net_removals_holds_the_truth(results, truth):
    figure = results.figure("net_removals_t_co2e")
    true = truth["project"]["removals"]["agb_bgb_t_co2e"]
    assert figure.interval.low < true < figure.interval.high
    assert figure.interval.level == 0.90
    assert figure.clause == "8"


def test_strata_add_up_to_the_project(results):
    removals = [f.value for f in results.figures if f.quantity == "stratum_removals"]
    assert len(removals) == 3
    assert sum(removals) == pytest.approx(results.figure("net_removals_t_co2e").value, rel=1e-12)
    areas = [stratum.area_ha for stratum in results.strata]
    assert sum(areas) == pytest.approx(results.figure("area_ha").value, rel=1e-12)
    stocks = [
        f.value
        for f in results.figures
        if f.quantity == "carbon_stock"
        and "stratum" in f.index
        and f.index["pool"] == "total"
        and f.index["date"] == "2020-01-01"
    ]
    whole = results.figure("carbon_stock_t_c", {"pool": "total", "date": "2020-01-01"})
    assert sum(stocks) == pytest.approx(whole.value, rel=1e-12)


def test_credits_close(results, out):
    value = {f.name: f.value for f in results.figures if not f.index}
    net, deduction = value["net_removals_t_co2e"], value["uncertainty_deduction_t_co2e"]
    assert value["creditable_removals_t_co2e"] == pytest.approx(net - deduction - value["buffer_t_co2e"])
    assert deduction == pytest.approx(results.figure("net_removals_t_co2e").interval.half_width)
    vintages = pd.read_csv(out / "tables/vintages.csv")
    assert vintages["days"].sum() == 3652
    issued = vintages["issuance_t_co2e"].sum()
    assert issued == np.floor(value["creditable_removals_t_co2e"])
    assert value["carried_fraction_t_co2e"] == pytest.approx(value["creditable_removals_t_co2e"] - issued)


def test_the_plot_table_is_the_sum_of_its_trees(out):
    trees = pd.read_csv(out / "tables/trees.csv")
    plots = pd.read_csv(out / "tables/plots.csv")
    live = trees[trees["status"] == "live"]
    per_ha = (live["agb_kg"] * live["expansion_factor_per_ha"] / 1000).groupby(
        [live["date"], live["plot_id"]]
    )
    expected = plots.set_index(["date", "plot_id"])["agb_t_ha"]
    pd.testing.assert_series_equal(
        per_ha.sum().sort_index(), expected.sort_index(), check_names=False, rtol=1e-12
    )


def test_the_geopackage_opens_with_figures_on_its_strata(out):
    strata = gpd.read_file(out / "project.gpkg", layer="strata")
    assert strata.crs.to_epsg() == 4547
    assert (strata["carbon_sink_t_co2e_ha_yr"] > 0).all()
    assert strata.geometry.area.sum() / 10_000 == pytest.approx(strata["area_ha"].sum(), rel=1e-3)
    plots = gpd.read_file(out / "project.gpkg", layer="plots_2020-01-01")
    assert len(plots) == 48


def test_figures_carry_what_a_verifier_asks_for(results):
    for figure in results.figures:
        assert figure.unit
        assert figure.value is not None or figure.because
        if figure.quantity in ("biomass_density", "carbon_density", "carbon_sink"):
            assert figure.interval is not None
            assert figure.degrees_of_freedom > 0
            assert figure.method
    assert {use.equation_id for use in results.equations} == {"komiyama_2005_agb", "komiyama_2005_bgb"}
    states = {pool.pool: pool.state for pool in results.pools}
    assert states["soil"] == "reported only"
    assert states["litter"] == "not measured (conservatively excluded)"
    assert all(parameter.source for parameter in results.parameters)


def test_plots_of_both_dates_are_fitted_and_never_parted(results, out):
    assert results.biomass_model.dates == ["2010-01-01", "2020-01-01"]
    table = pd.read_csv(out / "tables/predictors.csv")
    assert table.groupby("plot_id").size().eq(2).all()
    for design in ("random", "block", "knndm"):
        assert table.groupby("plot_id")[f"{design}_fold"].nunique().eq(1).all()


@pytest.mark.parametrize("date", ["2010-01-01", "2020-01-01"])
def test_estimates_with_the_map_hold_the_truth(results, truth, date):
    """At 99 %: a plot that is compared with something other than the map would bias them by more."""
    for record in results.map_estimates:
        if record.quantity != "biomass_density" or record.date != date or record.stratum_id is None:
            continue
        stratum = truth["strata"][record.stratum_id]
        true = stratum["stock"][date]["agb_t_dm"] / stratum["area_ha"]
        reach = t_quantile(0.99, record.degrees_of_freedom) * record.standard_error
        assert abs(record.value - true) < reach, record.stratum_id


def test_the_map_of_the_sink_is_that_of_the_strata_that_can_be_told_from_none(results, out):
    sink = results.biomass_model.sink_map
    assert (sink.first, sink.last) == ("2010-01-01", "2020-01-01")
    changes = {
        record.stratum_id: record
        for record in results.map_estimates
        if record.quantity == "carbon_stock_change" and record.stratum_id is not None
    }
    with rasterio.open(out / "maps/sink.tif") as image, rasterio.open(out / "maps/agb.tif") as agb:
        mapped = np.isfinite(image.read(1))
        assert (np.isfinite(agb.read(1)) >= mapped).all()
        assert image.descriptions[0].startswith("SIMULATED DATA: carbon sink")
        whole = float(np.nansum(image.read(1).astype(float)))
    # 3,652 days: 44/12 over the years of the period.
    per_year = 44 / 12 / (3652 / 365.25)
    for own in sink.strata:
        change = changes[own.stratum_id]
        assert own.value == pytest.approx(change.value * per_year)
        assert own.minimum_detectable_change == pytest.approx(change.interval.half_width * per_year)
        assert own.published == (abs(own.value) > own.minimum_detectable_change)
    published = [own for own in sink.strata if own.published]
    assert mapped.sum() == sum(own.places for own in published)
    # Pixels of all strata are of one size, to the rounding of their edges.
    area = sum(own.area_ha for own in published)
    mean = sum(own.mapped_mean * own.area_ha for own in published) / area
    assert whole / mapped.sum() == pytest.approx(mean, rel=5e-3)


def test_a_stored_model_gives_the_same_bytes_and_maps_another_date(whole_demo, out, tmp_path):
    printed = invoke(
        "map", whole_demo, "--model", out / "model", "--date", "2020-01-01", "-o", tmp_path / "again"
    )
    assert "SIMULATED DATA" in printed
    for name in ("agb", "agb_standard_error", "applicability", "dissimilarity", "mangrove", "looks"):
        again, first = (folder / f"{name}.tif" for folder in (tmp_path / "again", out / "maps"))
        assert again.read_bytes() == first.read_bytes(), name
    listed = json.loads((tmp_path / "again/run.json").read_text(encoding="utf-8"))
    assert listed["command"] == "map"
    assert {"model/model.json", "model/model.npz", "scenes.csv"} <= set(listed["inputs"])
    invoke("map", whole_demo, "--model", out / "model", "--date", "2010-01-01", "-o", tmp_path / "again")
    strata = pd.read_csv(tmp_path / "again/strata.csv")
    assert strata["predicted_mean_t_ha"].between(30, 200).all()


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda model: (model / "model.npz").unlink(), "stored-model"),
        (lambda model: (model / "model.npz").write_bytes(b"none"), "stored-model"),
        (lambda model: (model / "model.json").write_text("{", encoding="utf-8"), "stored-model"),
        (lambda model: (model / "model.json").write_text("{}", encoding="utf-8"), "stored-model-schema"),
        (lambda model: None, "stored-model-date"),
    ],
)
def test_a_stored_model_that_does_not_fit_is_refused(whole_demo, out, tmp_path, spoil, rule):
    model = shutil.copytree(out / "model", tmp_path / "model")
    spoil(model)
    arguments = ["map", whole_demo, "--model", model, "--date", "2015-01-01", "-o", tmp_path / "maps"]
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 2
    assert f"[{rule}]" in result.stderr
    assert not (tmp_path / "maps").exists()


def leaves(node):
    return [node] if not node.children else [leaf for child in node.children for leaf in leaves(child)]


def test_every_branch_of_the_explanation_ends_in_a_source(out):
    node = explain(out, "creditable_removals_t_co2e")
    for leaf in leaves(node):
        assert leaf.source or leaf.repeated, leaf.name
    text = invoke("explain", out, "net_removals_t_co2e")
    for word in ("clause 8", "clause 4", "clause 1", "strata.geojson", "plots.csv:34", "0.451", "3.66667"):
        assert word in text


def test_an_explanation_goes_down_to_the_row_of_a_tree(out, demo):
    text = invoke("explain", out, "biomass_density", "--at", "plot=SIM-F01", "--at", "date=2010-01-01")
    trees = pd.read_csv(out / "tables/trees.csv")
    first = trees[(trees["plot_id"] == "SIM-F01") & (trees["date"] == "2010-01-01")].iloc[0]
    assert first["source"] in text
    line = int(first["source"].rpartition(":")[2])
    row = (demo / "trees_2010.csv").read_text(encoding="utf-8-sig").splitlines()[line - 1]
    assert row.startswith(f"SIM-F01,{first['tree_id']},")


def test_an_explanation_of_nothing_is_refused_with_a_suggestion(out):
    result = CliRunner().invoke(main, ["explain", str(out), "net_removal_t_co2e"])
    assert result.exit_code == 2
    assert "did you mean net_removals_t_co2e" in result.stderr
    result = CliRunner().invoke(main, ["explain", str(out), "net_removals", "--at", "stratum=nowhere"])
    assert result.exit_code == 2
    assert "fringe" in result.stderr


def test_json_is_one_document_on_stdout(demo, tmp_path):
    result = CliRunner().invoke(main, ["run", str(demo), "-o", str(tmp_path / "o"), "--json"])
    assert json.loads(result.stdout) == json.loads((tmp_path / "o/results.json").read_text(encoding="utf-8"))
    assert "SIMULATED DATA" in result.stderr
    # Told, and no errors: trees that fell between the dates count as dead; ground under cloud has no data.
    findings = json.loads(invoke("check", demo, "--json"))["findings"]
    assert {finding["rule"] for finding in findings} == {
        "predictor-gaps",
        "tag-vanished",
        "unusual-organic-carbon",
        "unusual-soil-stock",
    }
    assert json.loads(invoke("explain", tmp_path / "o", "net_removals", "--json"))["clause"] == "8"


def test_quiet_says_nothing_and_verbose_says_more(demo, tmp_path):
    assert invoke("run", demo, "-o", tmp_path / "o", "-q") == ""
    assert invoke("methodology", "test", "-v").count("\n") > invoke("methodology", "test").count("\n")


def test_methodology_show_prints_every_number_with_clause_source_and_evidence():
    for name in methodology_ids():
        text = " ".join(invoke("methodology", "show", name).split())
        document = json.loads(invoke("methodology", "show", name, "--json"))
        for parameter in load_methodology(name).parameters.values():
            assert parameter.name in text
            assert document["parameters"][parameter.name]["clause"] == parameter.clause
            for dated in parameter.values:
                assert dated.source in text
                assert dated.evidence in text
        assert "not sighted" in text or load_methodology(name).official_text.sighted


def test_a_case_that_does_not_agree_ends_with_exit_code_3(tmp_path):
    text = example_paths(load_methodology("ipcc_2013_tier1"))[-1].read_text(encoding="utf-8")
    right = tmp_path / "right.yaml"
    right.write_text(text, encoding="utf-8")
    assert "1 of 1 cases agree" in invoke("methodology", "test", "--case", right)
    wrong = tmp_path / "wrong.yaml"
    head, _, expected = text.partition("expected:")
    first = next(line for line in expected.splitlines() if line.startswith("  net_removals:"))
    wrong.write_text(head + "expected:" + expected.replace(first, "  net_removals: 1.5"), encoding="utf-8")
    result = CliRunner().invoke(main, ["methodology", "test", "--case", str(wrong)])
    assert result.exit_code == 3
    assert "0 of 1 cases agree" in result.stdout


def test_a_new_project_checks_and_runs(tmp_path):
    folder = tmp_path / "mine"
    invoke("new", folder)
    invoke("check", folder)
    invoke("run", folder, "-o", tmp_path / "out")
    again = CliRunner().invoke(main, ["new", str(folder)])
    assert again.exit_code == 2
    assert "not empty" in again.stderr


def test_the_current_folder_is_the_project_if_none_is_named(demo, tmp_path, monkeypatch):
    monkeypatch.chdir(demo)
    invoke("run", "-o", tmp_path / "out", "-q")
    assert (tmp_path / "out/results.json").is_file()


def test_without_a_methodology_the_run_ends_at_stocks(demo, tmp_path):
    folder = shutil.copytree(demo, tmp_path / "project")
    document, _ = parse_yaml(folder / "mrv.yaml")
    for key in ("methodology", "monitoring_period", "baseline", "project_emissions", "leakage"):
        del document[key]
    del document["parameters"]["buffer_share"]
    # A JSON document is a YAML document.
    (folder / "mrv.yaml").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    invoke("run", folder, "-o", tmp_path / "out", "-q")
    results = json.loads((tmp_path / "out/results.json").read_text(encoding="utf-8"))
    assert results["methodology"] is None
    quantities = {figure["quantity"] for figure in results["figures"]}
    assert {"biomass_density", "carbon_density", "carbon_sink"} <= quantities
    assert "net_removals" not in quantities
    assert not (tmp_path / "out/tables/vintages.csv").exists()
    assert "carbon_fraction" in invoke("explain", tmp_path / "out", "carbon_sink")

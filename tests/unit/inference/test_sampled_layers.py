"""Layers that cover a sample of the area, and block kriging, through whole runs and by hand."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from click.testing import CliRunner, Result
from shapely import box, contains_xy

from mrv.cli import main
from mrv.inference.kriged import left_out_kriging
from mrv.inference.model_based import LinearModel
from mrv.inference.of_sample import LayerModel, LayerSample, hybrid
from mrv.inference.rules import RULES
from mrv.inference.spatial import Covariance, block_kriging
from mrv.inputs import read_inputs
from mrv.run.results import MapEstimateRecord, Results

DATE = "2020-01-01"
SYSTEM = "EPSG:4547"
LAYER = """
sampled_layers:
  - date: 2020-01-01
    source: Power of simulated canopy heights on drone blocks
    drawn: units
    plots: unseen
    units: {file: blocks.csv}
    predictions: {file: at_plots.csv}
"""
MODEL = "    model_error: {standard_error_t_ha: 9, fitted_to_plots: 40, source: Refits}\n"
STRATA = ("fringe", "landward", "middle")


def replaced(folder: Path, old: str, new: str) -> None:
    file = folder / "mrv.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def layered(demo: Path, tmp_path_factory) -> Path:
    """The demo with canopy heights at 240 pixels, drawn by chance within each stratum."""
    folder = tmp_path_factory.mktemp("layered") / "project"
    shutil.copytree(demo, folder)
    with rasterio.open(folder / "canopy_height_2020.tif") as source:
        heights, place = source.read(1), source.transform
    agb = 3.25 * np.where(heights > 0, heights, 0) ** 1.53
    strata = gpd.read_file(folder / "strata.geojson").to_crs(SYSTEM).set_index("zone").geometry
    draw = np.random.default_rng(3)
    rows, columns = np.nonzero(np.isfinite(heights))
    x, y = place.c + 10 * (columns + 0.5), place.f - 10 * (rows + 0.5)
    units = []
    for name in STRATA:
        chosen = draw.choice(np.flatnonzero(contains_xy(strata[name], x, y)), 80, replace=False)
        units += [
            (f"{rows[n]}-{columns[n]}", name, agb[rows[n], columns[n]], columns[n] // 25) for n in chosen
        ]
    pd.DataFrame(units, columns=["unit_id", "stratum_id", "predicted_t_ha", "strip"]).to_csv(
        folder / "blocks.csv", index=False
    )
    plots = pd.read_csv(folder / "plots.csv")
    row, column = ((place.f - plots["y_m"]) // 10).astype(int), ((plots["x_m"] - place.c) // 10).astype(int)
    at_plots = pd.DataFrame({"plot_id": plots["plot_id"], "predicted_t_ha": agb[row, column]})
    at_plots.to_csv(folder / "at_plots.csv", index=False)
    replaced(folder, "biomass:\n  agb:", f"{LAYER}\nbiomass:\n  agb:")
    replaced(folder, "draws: 10000", "draws: 1000")
    return folder


def run(folder: Path, out: Path) -> tuple[Result, Results]:
    result = CliRunner().invoke(main, ["run", str(folder), "-o", str(out)])
    assert result.exit_code == 0, result.output
    return result, Results.model_validate_json((out / "results.json").read_text(encoding="utf-8"))


def copied(folder: Path, to: Path, *changes: tuple[str, str]) -> Path:
    shutil.copytree(folder, to)
    for old, new in changes:
        replaced(to, old, new)
    return to


def record(results: Results, stratum: str | None, quantity: str = "biomass_density") -> MapEstimateRecord:
    return next(r for r in results.map_estimates if (r.quantity, r.stratum_id) == (quantity, stratum))


@pytest.fixture(scope="module")
def two_phase(layered: Path) -> tuple[Path, Result, Results]:
    out = layered.parent / "out"
    return (out, *run(layered, out))


def test_plots_by_chance_and_a_sample_of_a_layer_are_two_phase_regression(two_phase, demo):
    _, printed, results = two_phase
    truth = json.loads((demo / "truth.json").read_text(encoding="utf-8"))["strata"]
    for name in STRATA:
        told = record(results, name)
        assert told.rule == "two_phase"
        true = truth[name]["stock"][DATE]["agb_t_dm"] / truth[name]["area_ha"]
        assert abs(told.value - true) < 3 * told.standard_error
    text = " ".join(printed.output.split())
    assert (
        "By rule: two-phase regression, because the plots were drawn by chance and the layer covers" in text
    )


def test_a_two_phase_estimate_by_hand(two_phase, layered):
    out, _, results = two_phase
    name = "fringe"
    plots = pd.read_csv(out / "tables/map_plots.csv").query("stratum_id == @name and date == @DATE")
    units = pd.read_csv(layered / "blocks.csv").query("stratum_id == @name")["predicted_t_ha"]
    x, y = plots["map_agb_t_ha"].to_numpy(), plots["agb_t_ha"].to_numpy()
    slope, start = np.polyfit(x, y, 1)
    n = len(x)
    residuals = y - start - slope * x
    spread = x - x.mean()
    g = 1 + (units.mean() - x.mean()) * spread / (spread**2).mean()
    variance = (g**2 * residuals**2).sum() / n**2 + slope**2 * units.var(ddof=1) / len(units)
    told = record(results, name)
    assert told.value == pytest.approx(start + slope * units.mean(), rel=1e-9)
    assert told.standard_error == pytest.approx(math.sqrt(variance), rel=1e-9)
    alone = results.figure("biomass_density_t_dm_ha", {"stratum": name, "pool": "agb", "date": DATE})
    assert (told.plots_only_value, told.plots_only_standard_error) == (alone.value, alone.standard_error)
    carbon = record(results, name, "carbon_density")
    assert 0.4 < carbon.value / told.value < 0.8


def test_strips_are_the_replicates_where_strips_were_drawn(layered, two_phase, tmp_path):
    changes = (
        ("drawn: units", "drawn: clusters"),
        ("units: {file: blocks.csv}", "units: {file: blocks.csv, columns: {cluster_id: strip}}"),
    )
    _, results = run(copied(layered, tmp_path / "project", *changes), tmp_path / "out")
    for name in STRATA:
        strips, single = record(results, name), record(two_phase[2], name)
        assert strips.value == pytest.approx(single.value, rel=1e-9)
        assert strips.standard_error != single.standard_error
        assert strips.degrees_of_freedom <= single.degrees_of_freedom


APART = "waivers: [{rule: map-and-plots-apart, reason: The simulated stands differ in height by zone.}]"


def purposive(layered: Path, to: Path, *changes: tuple[str, str]) -> Path:
    """Plots that are said to be chosen on purpose; without a correction by stratum the layer is off."""
    design = ("kind: stratified", "kind: purposive")
    return copied(layered, to, design, ("\nseed: ", f"\n{APART}\nseed: "), *changes)


def test_plots_on_purpose_calibrate_the_layer_in_hybrid_inference(layered, tmp_path):
    result, results = run(purposive(layered, tmp_path / "project"), tmp_path / "out")
    told = record(results, None)
    assert told.rule == "hybrid"
    plots = pd.read_csv(tmp_path / "out/tables/map_plots.csv")
    units = pd.read_csv(layered / "blocks.csv").groupby("stratum_id")["predicted_t_ha"]
    areas = pd.Series({stratum.stratum_id: stratum.area_ha for stratum in results.strata})
    weights = areas / areas.sum()
    design = np.column_stack([np.ones(len(plots)), plots["map_agb_t_ha"]])
    line, squares, *_ = np.linalg.lstsq(design, plots["agb_t_ha"].to_numpy(), rcond=None)
    covariance = np.linalg.inv(design.T @ design) * squares[0] / (len(plots) - 2)
    centre = np.array([1.0, (weights * units.mean()).sum()])
    sampling = (weights**2 * line[1] ** 2 * units.var(ddof=1) / units.size()).sum()
    assert told.value == pytest.approx(centre @ line, rel=1e-9)
    assert told.standard_error == pytest.approx(math.sqrt(sampling + centre @ covariance @ centre), rel=1e-7)
    assert told.plots_only_interval is None
    assert "By rule: hybrid inference" in " ".join(result.output.split())


def test_a_stated_error_of_the_model_stands_beside_that_of_the_sample(layered, tmp_path):
    folder = purposive(layered, tmp_path / "project")
    replaced(folder, "    units: {file: blocks.csv}\n", f"    units: {{file: blocks.csv}}\n{MODEL}")
    _, results = run(folder, tmp_path / "out")
    units = pd.read_csv(layered / "blocks.csv").query("stratum_id == 'middle'")["predicted_t_ha"]
    told = record(results, "middle")
    assert told.value == pytest.approx(units.mean(), rel=1e-9)
    assert told.standard_error == pytest.approx(math.sqrt(units.var(ddof=1) / len(units) + 81), rel=1e-9)


def test_a_layer_that_has_seen_the_plots_and_states_no_error_has_none(layered, tmp_path):
    folder = purposive(layered, tmp_path / "project", ("plots: unseen", "plots: seen"))
    table = pd.read_csv(folder / "at_plots.csv")
    table.assign(fold=np.arange(len(table)) % 4).to_csv(folder / "at_plots.csv", index=False)
    result, results = run(folder, tmp_path / "out")
    told = record(results, "middle")
    assert told.standard_error is None
    assert "the layer was fitted to them, and model_error is not stated" in told.because
    assert told.because in " ".join(result.output.split())


def test_hybrid_inference_i04(golden):
    given, expected = golden("I04")["inputs"], golden("I04")["expected"]
    model = LinearModel(np.array(given["alpha"]), np.array(given["V_alpha"]), math.nan, 6)
    x = np.array(given["x_sample"])
    units = pd.DataFrame({"stratum_id": "all", "predicted_t_ha": x, "cluster_id": [str(n) for n in range(6)]})
    plots = pd.DataFrame(
        {"stratum_id": "all", "observed": [40.0, 60.0, 90.0], "predicted": [6.0, 7.0, 9.0], "inside": True}
    )
    (told,) = hybrid(LayerSample(units, plots), LayerModel(model), {"all": 10.0}, RULES["hybrid"])
    assert told.both.with_map.value == pytest.approx(expected["mean"], rel=1e-9)
    assert told.both.with_map.standard_error == pytest.approx(expected["se"], rel=1e-9)


def line_changed(folder: Path, file: str, number: int, old: str, new: str) -> None:
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    assert old in lines[number]
    lines[number] = lines[number].replace(old, new, 1)
    (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def first_rows(folder: Path, file: str, keep: str) -> None:
    head, *rows = (folder / file).read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if keep not in row] + [row for row in rows if keep in row][:1]
    (folder / file).write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")


def same_everywhere(folder: Path) -> None:
    table = pd.read_csv(folder / "at_plots.csv")
    table.assign(predicted_t_ha=120.0).to_csv(folder / "at_plots.csv", index=False)


BAD = {
    "stratum unknown": (lambda f: line_changed(f, "blocks.csv", 1, "fringe", "fringes"), "layer-units"),
    "unit twice": (
        lambda f: (f / "blocks.csv").write_text(
            (f / "blocks.csv").read_text() + (f / "blocks.csv").read_text().splitlines()[1] + "\n"
        ),
        "layer-units",
    ),
    "one unit": (lambda f: first_rows(f, "blocks.csv", "fringe"), "layer-units"),
    "no cluster": (lambda f: replaced(f, "drawn: units", "drawn: clusters"), "layer-units"),
    "not a number": (lambda f: line_changed(f, "at_plots.csv", 1, ".", "x"), "not-a-number"),
    "plot missing": (lambda f: line_changed(f, "at_plots.csv", 1, "SIM", "SAM"), "map-plots"),
    "seen without folds": (lambda f: replaced(f, "plots: unseen", "plots: seen"), "map-folds"),
    "another date": (lambda f: replaced(f, "2020-01-01\n    source", "2021-01-01\n    source"), "map-date"),
    "no file": (lambda f: (f / "blocks.csv").unlink(), "file-missing"),
    "all alike": (same_everywhere, "predictor-constant"),
    "kriging by chance": (
        lambda f: replaced(f, "kind: stratified", "kind: stratified, block_kriging: true"),
        "design-kriging",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_layer_is_refused(layered: Path, tmp_path: Path, fault: str):
    folder = copied(layered, tmp_path / "project")
    spoil, rule = BAD[fault]
    spoil(folder)
    result = CliRunner().invoke(main, ["run", str(folder), "-o", str(tmp_path / "out")])
    assert result.exit_code == 2, result.output
    lines = [line for line in result.output.splitlines() if line.strip()]
    assert f"[{rule}]" in " ".join(lines)
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


KRIGED = """\
schema: mrv-project/1
project:
  id: kriged
  name: {zh: 克里金, en: Kriging}
  simulated: true
reference_system: EPSG:4547
strata: {file: strata.geojson}
surveys:
  - date: 2020-01-01
    design: {kind: purposive, block_kriging: true}
    plots: {file: plots.csv}
    subplots:
      - {id: whole, radius_m: 7, dbh_min_cm: 5}
    trees:
      - {file: trees.csv}
biomass:
  agb: {equation: komiyama_2005_agb}
  bgb: {equation: komiyama_2005_bgb}
parameters:
  carbon_fraction_agb: {value: 0.45, source: simulated}
  carbon_fraction_bgb: {value: 0.39, source: simulated}
uncertainty: {draws: 1000}
seed: 7
"""


def field(folder: Path, plots: int, likeness_m: float) -> Path:
    """Plots of which neighbours are alike, more of them in the west, in a square of one kilometre."""
    folder.mkdir()
    draw = np.random.default_rng(8)
    west, south = 500_000.0, 2_490_000.0
    square = box(west, south, west + 1000, south + 1000)
    strata = gpd.GeoDataFrame({"stratum_id": ["all"]}, geometry=[square], crs=SYSTEM)
    strata.to_file(folder / "strata.geojson")
    x, y = 1000 * draw.uniform(0, 1, plots) ** 2, 1000 * draw.uniform(0, 1, plots)
    distance = np.hypot(x[:, None] - x, y[:, None] - y)
    root = np.linalg.cholesky(np.exp(-distance / likeness_m) + 1e-9 * np.eye(plots))
    diameter = 18 + 4 * root @ draw.normal(size=plots)
    ids = [f"P{number:03d}" for number in range(plots)]
    pd.DataFrame(
        {"plot_id": ids, "stratum_id": "all", "x": np.round(west + x, 1), "y": np.round(south + y, 1)}
    ).to_csv(folder / "plots.csv", index=False)
    trees = pd.DataFrame(
        [
            (name, "Kandelia obovata", round(max(value + step, 5.5), 1), "live", "breast_height")
            for name, value in zip(ids, diameter, strict=True)
            for step in (-1.3, 0.0, 1.4)
        ],
        columns=["plot_id", "species", "dbh_cm", "status", "pom"],
    )
    trees.to_csv(folder / "trees.csv", index=False)
    (folder / "mrv.yaml").write_text(KRIGED, encoding="utf-8")
    return folder


def test_many_plots_on_purpose_that_are_alike_are_kriged(tmp_path):
    result, results = run(field(tmp_path / "project", 90, 150.0), tmp_path / "out")
    (told,) = results.map_estimates
    assert told.rule == "block_kriging"
    assert 0 < told.standard_error < told.rmse
    assert told.value != pytest.approx(told.plots_only_value, rel=0.01)
    assert told.source.startswith("exponential variogram of 90 plots: range ")
    assert "By rule: ordinary block kriging" in " ".join(result.output.split())


def test_few_plots_have_no_clear_variogram(tmp_path):
    result, results = run(field(tmp_path / "project", 40, 150.0), tmp_path / "out")
    (told,) = results.map_estimates
    assert (told.rule, told.standard_error) == ("mean_only", None)
    assert told.value == told.plots_only_value
    assert "their variogram is not clear" in " ".join(result.output.split())


def test_kriging_without_a_plot_is_that_of_the_others():
    draw = np.random.default_rng(2)
    places, values = draw.uniform(0, 500, (12, 2)), draw.normal(100, 30, 12)
    covariance = Covariance(700.0, 200.0, 150.0)
    found = left_out_kriging(places, values, covariance)
    for number in range(12):
        others = np.arange(12) != number
        kriged = block_kriging(places[others], values[others], covariance, places[[number]])
        assert found[number] == pytest.approx(kriged.estimate.value, rel=1e-9)


def test_a_sound_layer_is_read_without_a_finding(layered):
    inputs, findings = read_inputs(layered)
    assert [str(f) for f in findings if f.severity == "error"] == []
    (layer,) = inputs.sampled_layers
    assert len(layer.units) == 240
    assert "blocks.csv" in inputs.files

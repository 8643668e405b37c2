"""A map made elsewhere through a whole run: the demo against its truth, and what the reader refuses."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.warp import Resampling, calculate_default_transform, reproject

from mrv.errors import InputError
from mrv.inference.pixel_errors import exponential, variance_of_mean
from mrv.inputs import read_inputs
from mrv.inputs.biomass_raster import mean_over, read_biomass_raster
from mrv.inputs.map_declaration import BiomassRaster
from mrv.run.explain import explain
from mrv.run.project_run import run_project

LAST, FIRST = "2020-01-01", "2010-01-01"
RASTER = """
  - date: 2020-01-01
    source: Power of the simulated canopy height
    plots: unseen
    raster: {file: agb_2020.tif, unit: t/ha}
"""
TABLES = """
  - date: 2010-01-01
    source: Means and predictions out of fold, made elsewhere
    plots: seen
    means: {file: means_2010.csv, units: {map_mean_t_ha: kg/m2}}
    predictions: {file: predictions_2010.csv}
"""
SPREAD = "    standard_error: {file: spread.tif, unit: t/ha}\n"
MODEL = "    model_error: {standard_error_t_ha: 6, fitted_to_plots: 48, source: Refits}\n"


def with_maps(folder, text):
    file = folder / "mrv.yaml"
    project = file.read_text(encoding="utf-8")
    project = project.replace("biomass:\n  agb:", f"agb_maps:{text}\nbiomass:\n  agb:", 1)
    file.write_text(project.replace("draws: 10000", "draws: 2000"), encoding="utf-8")


def write_raster(path, values, profile, **others):
    kept = {key: profile[key] for key in ("crs", "transform", "width", "height")} | others
    with rasterio.open(
        path, "w", driver="GTiff", count=1, dtype="float32", **({"nodata": np.nan} | kept)
    ) as out:
        out.write(values.astype("float32"), 1)


@pytest.fixture(scope="module")
def mapped(demo, tmp_path_factory):
    """The demo with a map from its canopy height, out by far: twice what a power law gives."""
    folder = tmp_path_factory.mktemp("mapped") / "project"
    shutil.copytree(demo, folder)
    with rasterio.open(folder / "canopy_height_2020.tif") as source:
        heights, profile = source.read(1), source.profile
    agb = 6.5 * np.where(heights > 0, heights, 0) ** 1.53
    write_raster(folder / "agb_2020.tif", np.where(np.isnan(heights), np.nan, agb), profile)
    write_raster(folder / "spread.tif", np.where(np.isnan(heights), np.nan, 40.0), profile)
    strata = ["fringe", "landward", "middle"]
    pd.DataFrame({"stratum_id": strata, "map_mean_t_ha": [4.0, 14.0, 9.0]}).to_csv(
        folder / "means_2010.csv", index=False
    )
    plots = pd.read_csv(folder / "plots.csv")
    rows = pd.DataFrame(
        {
            "plot_id": plots["plot_id"],
            "predicted_t_ha": plots["zone"].map(dict(zip(strata, [40.0, 140.0, 90.0], strict=True))),
            "fold": np.arange(len(plots)) % 5,
        }
    )
    rows.loc[plots.index[plots["zone"] == "fringe"][0], "predicted_t_ha"] = np.nan
    rows.to_csv(folder / "predictions_2010.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def run(mapped, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "project"
    shutil.copytree(mapped, folder)
    with_maps(folder, RASTER + TABLES)
    out = folder.parent / "out"
    return out, run_project(folder, out)


def record(results, quantity, stratum, date):
    wanted = (quantity, stratum, date)
    return next(r for r in results.map_estimates if (r.quantity, r.stratum_id, r.date) == wanted)


def test_a_map_twice_too_high_is_corrected_to_the_truth(run, demo):
    _, results = run
    truth = json.loads((demo / "truth.json").read_text(encoding="utf-8"))
    for stratum, values in truth["strata"].items():
        true = values["stock"][LAST]["agb_t_dm"] / values["area_ha"]
        told = record(results, "biomass_density", stratum, LAST)
        assert told.interval.low < true < told.interval.high
        assert told.rule == "model_assisted"
        assert told.outside_share == pytest.approx(0, abs=0.001)
    whole = record(results, "biomass_density", None, LAST)
    plots = results.figure("biomass_density_t_dm_ha", {"pool": "agb", "date": LAST})
    assert (whole.plots_only_value, whole.plots_only_standard_error) == (plots.value, plots.standard_error)
    assert abs(whole.mean_residual) > 50


def test_a_difference_estimate_is_the_map_mean_and_the_mean_residual(run):
    out, results = run
    plots = pd.read_csv(out / "tables/map_plots.csv")
    own = plots[(plots["date"] == LAST) & (plots["stratum_id"] == "fringe")]["residual_t_ha"]
    told = record(results, "biomass_density", "fringe", LAST)
    assert told.standard_error == pytest.approx(own.std(ddof=1) / np.sqrt(len(own)), rel=1e-12)
    assert told.mean_residual == pytest.approx(own.mean())
    assert told.degrees_of_freedom == len(own) - 1


def test_a_table_of_one_number_per_stratum_adds_nothing_to_the_plots(run):
    """Predictions that are the same everywhere: the estimate is the mean of the plots, with their error."""
    _, results = run
    for stratum in ("landward", "middle"):
        told = record(results, "biomass_density", stratum, FIRST)
        assert told.value == pytest.approx(told.plots_only_value)
        assert told.standard_error == pytest.approx(told.plots_only_standard_error)
    seen = record(results, "biomass_density", "fringe", FIRST)
    assert seen.plots_inside == seen.plots - 1


def test_change_with_maps_is_the_difference_of_the_dates_and_is_paired(run):
    _, results = run
    span = f"{FIRST}/{LAST}"
    for stratum in ("landward", None):
        change = record(results, "carbon_stock_change", stratum, span)
        stocks = [record(results, "carbon_density", stratum, date).value for date in (FIRST, LAST)]
        assert change.value == pytest.approx(stocks[1] - stocks[0])
    pools = {"pool": "total", "date": span}
    index = {"stratum": "landward", "pool": "total"}
    plots = results.figure("carbon_stock_change_t_c_ha", index)
    assert record(results, "carbon_stock_change", "landward", span).plots_only_value == pytest.approx(
        plots.value
    )
    figure = results.figure("carbon_stock_change_with_map_t_c_ha", pools)
    assert figure.value == record(results, "carbon_stock_change", None, span).value


def test_totals_and_explanation(run):
    out, results = run
    index = {"stratum": "middle", "pool": "agb", "date": LAST}
    area = next(s.area_ha for s in results.strata if s.stratum_id == "middle")
    density = results.figure("biomass_density_with_map_t_dm_ha", index)
    total = results.figure("biomass_stock_with_map_t_dm", index)
    assert total.value == pytest.approx(density.value * area)
    assert "map" in explain(out, "biomass_density_with_map", index).formula


def test_credits_are_untouched(run, demo, mapped, tmp_path):
    _, results = run
    folder = tmp_path / "plain"
    shutil.copytree(demo, folder)
    file = folder / "mrv.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("draws: 10000", "draws: 2000"), encoding="utf-8")
    plain = run_project(folder, tmp_path / "out")
    assert {f.name: f for f in plain.figures if f.clause} == {f.name: f for f in results.figures if f.clause}


def test_purposive_plots_get_the_error_of_the_model(mapped, tmp_path):
    folder = tmp_path / "project"
    shutil.copytree(mapped, folder)
    with_maps(folder, RASTER + SPREAD + MODEL)
    file = folder / "mrv.yaml"
    text = file.read_text(encoding="utf-8").replace("methodology: mangrove_protection\n", "")
    text = text.replace("monitoring_period:", "# monitoring_period:")
    file.write_text(text.replace("kind: stratified", "kind: purposive"), encoding="utf-8")
    with pytest.raises(InputError, match="standard errors apart"):
        run_project(folder, tmp_path / "out")
    waiver = "waivers: [{rule: map-and-plots-apart, reason: It is twice too high on purpose}]\n"
    file.write_text(file.read_text(encoding="utf-8") + waiver, encoding="utf-8")
    results = run_project(folder, tmp_path / "out")
    whole = record(results, "biomass_density", None, LAST)
    assert whole.rule == "model_based"
    assert whole.plots_only_standard_error is None
    assert whole.degrees_of_freedom == 47
    assert whole.standard_error > 6
    # Pixels of 40 t/ha over more than a square kilometre: the residual part is bounded by both extremes.
    assert 6 < whole.standard_error < np.hypot(6, 40)
    assert not [r for r in results.map_estimates if r.quantity != "biomass_density"]


def test_purposive_plots_without_a_model_error_have_no_error(mapped, tmp_path):
    folder = tmp_path / "project"
    shutil.copytree(mapped, folder)
    with_maps(folder, RASTER)
    file = folder / "mrv.yaml"
    text = file.read_text(encoding="utf-8").replace("methodology: mangrove_protection\n", "")
    text = text.replace("monitoring_period:", "# monitoring_period:")
    file.write_text(text.replace("kind: stratified", "kind: purposive"), encoding="utf-8")
    results = run_project(folder, tmp_path / "out")
    told = record(results, "biomass_density", None, LAST)
    assert told.standard_error is None
    assert "model_error is not stated" in told.because


def test_estimates_that_cannot_both_be_right_stop_the_run_until_waived(mapped, tmp_path):
    folder = tmp_path / "project"
    shutil.copytree(mapped, folder)
    with_maps(folder, TABLES.replace("2010-01-01", LAST))
    means = pd.DataFrame({"stratum_id": ["fringe", "landward", "middle"], "map_mean_t_ha": [4.0, 14.0, 60.0]})
    means.to_csv(folder / "means_2010.csv", index=False)
    rows = pd.read_csv(folder / "predictions_2010.csv")
    rows["predicted_t_ha"] += np.arange(len(rows)) % 7
    rows.to_csv(folder / "predictions_2010.csv", index=False)
    with pytest.raises(InputError) as refused:
        run_project(folder, tmp_path / "out")
    rules = {finding.rule for finding in refused.value.findings}
    assert rules == {"map-and-plots-apart"}
    assert not (tmp_path / "out").exists()
    file = folder / "mrv.yaml"
    waiver = "waivers: [{rule: map-and-plots-apart, reason: The map counts a stand felled since}]\n"
    file.write_text(file.read_text(encoding="utf-8") + waiver, encoding="utf-8")
    results = run_project(folder, tmp_path / "out")
    assert "map-and-plots-apart" in {f.rule for f in results.findings if f.severity == "waived"}


def refusals(folder, text):
    with_maps(folder, text)
    try:
        _, findings = read_inputs(folder)
    except InputError as error:
        return {(f.rule, f.text().split(";")[0]) for f in error.findings}
    return {(f.rule, f.text().split(";")[0]) for f in findings if f.severity == "error"}


@pytest.mark.parametrize(
    ("text", "rule", "message"),
    [
        (RASTER.replace("2020", "2021", 1), "map-date", "2021-01-01 is not the date of a survey of trees"),
        (RASTER + RASTER, "map-date", "2020-01-01 has a map already"),
        (RASTER.replace("unseen", "seen"), "map-predictions", "predictions is required where the model saw"),
        (
            RASTER.replace("    raster", "    means: {file: means_2010.csv}\n    raster"),
            "map-form",
            "exactly one",
        ),
        (RASTER.replace("agb_2020.tif", "no.tif"), "file-missing", "no such file"),
        (RASTER.replace("agb_2020.tif", "plots.csv"), "file-kind", "is no kind of raster that is read"),
        (RASTER.replace("unit: t/ha", "unit: t/ha, band: 2"), "map-raster", "band 2 is not there"),
        (
            RASTER.replace("unit: t/ha", "unit: kg/m2"),
            "map-raster",
            "pixels of the strata hold values such as",
        ),
        (RASTER.replace("agb_2020.tif", "away.tif"), "map-raster", "does not meet the strata"),
        (RASTER.replace("agb_2020.tif", "turned.tif"), "raster-flipped", "its first row is the southernmost"),
        (RASTER.replace("agb_2020.tif", "placeless.tif"), "crs-missing", "has no coordinate system"),
        (RASTER.replace("agb_2020.tif", "undeclared.tif"), "map-raster", "pixels of the strata hold values"),
        (TABLES.replace("means_2010.csv", "short.csv"), "map-strata", "no row for middle"),
        (
            TABLES.replace("means_2010.csv", "short.csv"),
            "map-strata",
            "stratum 'midle' is not one of the project",
        ),
        (
            TABLES.replace("means_2010.csv", "partly.csv"),
            "map-outside-share",
            "is empty where other strata have a share (2 rows, this the first)",
        ),
        (TABLES.replace("predictions_2010.csv", "one_fold.csv"), "map-folds", "the plots were seen"),
        (TABLES.replace("predictions_2010.csv", "one_plot.csv"), "map-plots", "no row for SIM-"),
    ],
)
def test_what_is_refused(mapped, tmp_path, text, rule, message):
    folder = tmp_path / "project"
    shutil.copytree(mapped, folder)
    with rasterio.open(folder / "agb_2020.tif") as source:
        values, profile = source.read(1), source.profile
    move = rasterio.Affine(10, 0, 598700, 0, -10, 2491980)
    write_raster(folder / "away.tif", values, profile, transform=move)
    upside = rasterio.Affine(10, 0, 498700, 0, 10, 2490880)
    write_raster(folder / "turned.tif", values, profile, transform=upside)
    write_raster(folder / "placeless.tif", values, profile, crs=None)
    write_raster(folder / "undeclared.tif", np.where(values > 150, -9999, values), profile, nodata=None)
    (folder / "short.csv").write_text("stratum_id,map_mean_t_ha\nfringe,4\nlandward,14\nmidle,9\n")
    (folder / "partly.csv").write_text(
        "stratum_id,map_mean_t_ha,outside_share\nfringe,4,0.1\nlandward,14,\nmiddle,9,\n"
    )
    rows = pd.read_csv(folder / "predictions_2010.csv")
    rows.assign(fold=1).to_csv(folder / "one_fold.csv", index=False)
    rows[:1].to_csv(folder / "one_plot.csv", index=False)
    found = refusals(folder, text)
    assert [words for name, words in found if name == rule and message in words], found


def test_a_map_in_degrees_gives_the_same_means(mapped, tmp_path):
    inputs, _ = read_inputs(mapped)
    strata = inputs.strata.geometry
    plane = read_biomass_raster(mapped, BiomassRaster(file="agb_2020.tif", unit="t/ha"), strata)
    with rasterio.open(mapped / "agb_2020.tif") as source:
        transform, width, height = calculate_default_transform(
            source.crs, "EPSG:4326", source.width, source.height, *source.bounds, resolution=2e-5
        )
        degrees = np.full((height, width), np.nan, dtype="float32")
        reproject(
            rasterio.band(source, 1),
            degrees,
            dst_transform=transform,
            dst_crs="EPSG:4326",
            dst_nodata=np.nan,
            resampling=Resampling.nearest,
        )
    profile = {"crs": "EPSG:4326", "transform": transform, "width": width, "height": height}
    write_raster(tmp_path / "degrees.tif", degrees, profile)
    turned = read_biomass_raster(tmp_path, BiomassRaster(file="degrees.tif", unit="Mg/ha"), strata)
    one, other = mean_over(plane, strata), mean_over(turned, strata)
    assert other.mean == pytest.approx(one.mean, rel=1e-3)
    assert other.share == pytest.approx(one.share, abs=1e-3)
    metres = turned.pixel_size_m
    assert metres == pytest.approx((2.2, 2.05), rel=0.05)


def test_mean_over_a_polygon_weights_pixels_by_what_it_covers(mapped):
    inputs, _ = read_inputs(mapped)
    grid = read_biomass_raster(
        mapped, BiomassRaster(file="agb_2020.tif", unit="t/ha"), inputs.strata.geometry
    )
    variance = variance_of_mean(
        np.where(np.isfinite(grid.values), 40.0, np.nan), grid.pixel_size_m, exponential(100.0)
    )
    assert grid.pixel_size_m == (10.0, 10.0)
    assert 0 < variance < 1600

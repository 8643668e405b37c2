"""A model of biomass in a run: from tables of predictors to files, the same bytes every time; bad tables."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box
from spoiled import bytes_of, mrv

from mrv.mapping.candidates import ALL
from mrv.mapping.model_store import read_model
from mrv.run.results import Results

MODEL = """
model:
  predictors: [height]
  height: height
  tables:
    plots: {file: heights_of_plots.csv}
    population:
      rows: cells
      table: {file: heights_of_cells.csv, columns: {stratum_id: zone}}
  candidates: [ridge]
  folds: 5
  bootstrap_replicates: 8
  coordinate_error: {standard_error_m: 3, source: simulated}
  predictor_errors:
    height: {standard_error: 1.0, source: simulated}
"""


@pytest.fixture(scope="module")
def modelled(demo: Path, sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with its image of canopy height as tables: mean under each plot, and every pixel."""
    import geopandas as gpd
    import rasterio
    from rasterio.features import rasterize

    folder = tmp_path_factory.mktemp("modelled") / "project"
    shutil.copytree(sound, folder)
    with rasterio.open(demo / "canopy_height_2020.tif") as image:
        heights, transform, system = image.read(1), image.transform, image.crs
        plots = pd.read_csv(demo / "plots.csv")
        under = [float(value[0]) for value in image.sample(zip(plots["x_m"], plots["y_m"], strict=True))]
    strata = gpd.read_file(demo / "strata.geojson").to_crs(system)
    zone = rasterize(
        [(shape, number) for number, shape in enumerate(strata.geometry, 1)],
        out_shape=heights.shape,
        transform=transform,
    )
    rows, columns = np.nonzero(zone)
    x, y = rasterio.transform.xy(transform, rows, columns)
    cells = pd.DataFrame(
        {
            "zone": strata["zone"].to_numpy()[zone[rows, columns] - 1],
            "x": np.ravel(x),
            "y": np.ravel(y),
            "height": heights[rows, columns],
        }
    )
    cells[::3].to_csv(folder / "heights_of_cells.csv", index=False)
    pd.DataFrame({"plot_id": plots["plot_id"], "height": under}).to_csv(
        folder / "heights_of_plots.csv", index=False
    )
    text = (folder / "mrv.yaml").read_text(encoding="utf-8")
    (folder / "mrv.yaml").write_text(text + MODEL, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def out(modelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "out"
    result = mrv("run", modelled, "-o", folder)
    assert result.exit_code == 0, result.output
    (folder.parent / "printed.txt").write_text(result.output, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def results(out: Path) -> Results:
    return Results.model_validate(json.loads((out / "results.json").read_text(encoding="utf-8")))


def test_names_of_candidates_are_those_of_the_project_file():
    from typing import get_args

    from mrv.inputs.model_declaration import CandidateName

    assert get_args(CandidateName) == tuple(ALL)


def test_results_tell_of_the_model(results: Results):
    model = results.biomass_model
    assert model is not None
    assert (model.survey, model.plots, model.chosen_by) == ("2020-01-01", 48, "knndm")
    assert {own.candidate for own in model.judgements} == {"stratum_mean", "height_power", "ridge"}
    assert {own.design for own in model.judgements} == {"random", "block", "knndm"}
    # Radius 7 m: a square of 12.4 m, (1 − 3 √(2/π) / 12.4)².
    assert model.expected_overlap == pytest.approx((1 - 3 * 0.7978846 / (np.sqrt(np.pi) * 7)) ** 2, rel=1e-6)
    assert model.predictors[0].reliability is not None
    assert model.predictors[0].reliability < 1


def test_a_predictor_that_tells_nothing_new_is_not_chosen(results: Results):
    """The stands of the demo differ in height by zone, but not so in biomass: the zones' means stay."""
    model = results.biomass_model
    assert model is not None
    assert model.candidate == "stratum_mean"
    assert model.applicability_threshold is None
    judged = {own.candidate: own for own in model.judgements if own.design == model.chosen_by}
    limits = {name: own.rmse_t_ha + (own.rmse_standard_error_t_ha or 0) for name, own in judged.items()}
    best = min(judged, key=lambda name: judged[name].rmse_t_ha)
    assert judged["stratum_mean"].rmse_t_ha <= limits[best]


def test_check_leaves_the_fit_to_its_option(
    modelled: Path, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A map apart from the plots is told where the model is fitted, and only then an idle waiver of that."""
    monkeypatch.setattr("mrv.inference.beside.LARGEST_DIFFERENCE", -1.0)
    left_out, said = mrv("check", modelled, "--no-effects"), "The model of biomass was not fitted"
    assert (left_out.exit_code, said in left_out.output) == (0, True)
    refused = mrv("check", modelled, "--no-effects", "--fit")
    assert (refused.exit_code, said in refused.output) == (2, False)
    assert "[map-and-plots-apart]" in refused.output
    project = tmp_path / "project"
    shutil.copytree(modelled, project)
    file = project / "mrv.yaml"
    waiver = "\nwaivers: [{rule: map-and-plots-apart, reason: The stand was felled since}]\n"
    file.write_text(file.read_text(encoding="utf-8") + waiver, encoding="utf-8")
    assert "waiver-unused" not in mrv("check", project, "--no-effects").output
    assert mrv("check", project, "--no-effects", "--fit").exit_code == 0
    monkeypatch.undo()
    assert "waiver-unused" in mrv("check", project, "--no-effects", "--fit").output
    # Without a model there is nothing to wait for.
    shutil.copytree(sound, tmp_path / "no-model")
    with (tmp_path / "no-model" / "mrv.yaml").open("a", encoding="utf-8") as stream:
        stream.write(waiver)
    assert "waiver-unused" in mrv("check", tmp_path / "no-model", "--no-effects").output


def test_map_means_are_near_the_truth(results: Results, demo: Path):
    """Not an estimate; but a map of the simulated stand cannot be far off either."""
    truth = json.loads((demo / "truth.json").read_text(encoding="utf-8"))["strata"]
    model = results.biomass_model
    assert model is not None
    assert model.strata is not None
    areas = {own.stratum_id: own.area_ha for own in model.strata}
    assert areas == pytest.approx({name: own["area_ha"] for name, own in truth.items()}, rel=2e-3)
    for own in model.strata:
        true = truth[own.stratum_id]["stock"]["2020-01-01"]["agb_t_dm"] / truth[own.stratum_id]["area_ha"]
        assert own.mean_t_ha == pytest.approx(true, rel=0.2)
        assert own.area_outside_ha < 0.2 * own.area_ha


def test_credits_are_those_without_the_model(results: Results, older: Path):
    """The map is reported; no other figure moves."""
    without = Results.model_validate(json.loads((older / "results.json").read_text(encoding="utf-8")))
    others = [figure for figure in results.figures if not figure.quantity.endswith("_with_map")]
    assert others == without.figures


def test_tables_and_model_files(out: Path, results: Results):
    model = results.biomass_model
    assert model is not None
    validation = pd.read_csv(out / "tables/validation.csv")
    assert len(validation) == 9
    assert set(validation.loc[validation["chosen"], "candidate"]) == {model.candidate}
    predictors = pd.read_csv(out / "tables/predictors.csv")
    assert len(predictors) == 48
    stored = read_model(out / "model")
    assert stored.candidate == model.candidate
    from mrv.mapping.rows import Rows

    position = [stored.strata.index(name) for name in predictors["stratum_id"]]
    again = stored.form.predict(
        Rows(predictors[["height"]].to_numpy(), np.array(position), np.zeros((48, 2)))
    )
    assert again.tobytes() == predictors["predicted_t_ha"].to_numpy().tobytes()


def test_the_summary_prints_the_rule(out: Path):
    printed = (out.parent / "printed.txt").read_text(encoding="utf-8")
    for words in ("Models of above-ground biomass", "Chosen: the simplest", "kNNDM", "Nothing of the map"):
        assert words in printed


def test_same_bytes_from_a_turned_table(modelled: Path, out: Path, tmp_path: Path):
    turned = tmp_path / "turned"
    shutil.copytree(modelled, turned)
    file = turned / "heights_of_plots.csv"
    head, *rows = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([head, *reversed(rows)]) + "\n", encoding="utf-8")
    assert mrv("run", turned, "-o", tmp_path / "again", "-q").exit_code == 0
    for name in (
        "tables/validation.csv",
        "tables/predictors.csv",
        "model/model.json",
        "model/model.npz",
        "results.json",
    ):
        assert (tmp_path / "again" / name).read_bytes() == (out / name).read_bytes(), name


IMAGED = """
model:
  predictors: [height, ndvi]
  height: height
  candidates: [random_forest]
  folds: 5
  bootstrap_replicates: 4
parcels: {file: halves.geojson}
"""


@pytest.fixture(scope="module")
def imaged(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with predictors from its imagery, and its results beside it."""
    folder = tmp_path_factory.mktemp("imaged") / "project"
    shutil.copytree(sound, folder)
    path = folder / "mrv.yaml"
    path.write_text(path.read_text(encoding="utf-8") + IMAGED, encoding="utf-8")
    strata = gpd.read_file(folder / "strata.geojson").to_crs("EPSG:4547")
    left, bottom, right, top = strata.total_bounds
    middle, whole = (left + right) / 2, strata.union_all()
    halves = [
        whole.intersection(box(*ends)) for ends in ((left, bottom, middle, top), (middle, bottom, right, top))
    ]
    names = {"parcel_id": ["west", "east"]}
    gpd.GeoDataFrame(names, geometry=halves, crs=strata.crs).to_file(folder / "halves.geojson")
    result = mrv("run", folder, "-o", folder.parent / "out")
    assert result.exit_code == 0, result.output
    return folder


def test_maps_from_imagery(imaged: Path):
    import rasterio

    out = imaged.parent / "out"
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    model = Results.model_validate(document).biomass_model
    assert model is not None
    assert model.strata is not None
    predictors = pd.read_csv(out / "tables/predictors.csv")
    assert predictors["coverage"].sub(1).abs().max() < 1e-9
    with rasterio.open(out / "maps/agb.tif") as agb, rasterio.open(out / "maps/applicability.tif") as state:
        assert agb.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (agb.units, state.colormap(1)[1]) == (("t/ha",), (0, 114, 178, 255))
        assert agb.crs == state.crs
        image, classes = agb.read(1), state.read(1)
        assert state.nodata == 255
    applies = classes == 1
    assert (np.isfinite(image) == applies).all()
    assert applies.sum() + (classes == 0).sum() + (classes == 2).sum() == sum(
        own.places for own in model.strata
    )
    means = {own.stratum_id: own.mean_t_ha for own in model.strata}
    weights = {own.stratum_id: own.area_ha - own.area_outside_ha for own in model.strata}
    mean = sum(means[name] * weights[name] for name in means) / sum(weights.values())
    # Pixels of all strata are of one size, to the rounding of their edges.
    assert float(np.nanmean(image.astype(float))) == pytest.approx(mean, rel=2e-3)


def test_parcels_by_the_map_of_the_model(imaged: Path):
    """Two halves with plots enough: together they are about the project, and so is what lies outside."""
    out = imaged.parent / "out"
    results = Results.model_validate_json((out / "results.json").read_text(encoding="utf-8"))
    parcels = pd.read_csv(out / "tables/parcels.csv").query("pool == 'agb'")
    assert set(parcels["kind"]) == {"direct"}
    whole = next(r for r in results.map_estimates if r.quantity == "biomass_density" and r.stratum_id is None)
    area = sum(stratum.area_ha for stratum in results.strata)
    assert parcels["counted_ha"].sum() == pytest.approx(area, rel=1e-6)
    outside = (parcels["outside_share"] * parcels["counted_ha"]).sum() / area
    assert outside == pytest.approx(whole.outside_share, abs=0.01)
    mean = (parcels["value"] * parcels["counted_ha"]).sum() / area
    assert abs(mean - whole.value) < whole.standard_error


def test_maps_are_the_same_bytes_again(imaged: Path, tmp_path: Path):
    out = imaged.parent / "out"
    assert mrv("run", imaged, "-o", tmp_path / "again", "-q").exit_code == 0
    written = bytes_of(out)
    assert {"maps/agb.tif", "maps/sink.tif", "figures/biomass_map.png", "figures/sink_map.svg"} <= set(
        written
    )
    assert bytes_of(tmp_path / "again") == written


def test_both_dates_need_imagery_of_both(modelled: Path, tmp_path: Path):
    folder = tmp_path / "tables"
    shutil.copytree(modelled, folder)
    spoil(folder, "mrv.yaml", "  folds: 5", "  both_dates: true\n  folds: 5")
    result = mrv("run", folder, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "needs imagery of 2010-01-01" in result.output
    assert "[model-both-dates]" in result.output


def test_a_predictor_that_the_imagery_lacks(imaged: Path, tmp_path: Path):
    folder = tmp_path / "spoiled"
    shutil.copytree(imaged, folder)
    spoil(folder, "mrv.yaml", "[height, ndvi]", "[height, evi]")
    result = mrv("run", folder, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "'evi' is not one of the predictors ndvi, ndmi, mvi, height" in result.output


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


SPOILED = {
    "model-predictor-unknown": ("mrv.yaml", "height: height\n  tables", "height: heigth\n  tables"),
    "predictor-name": ("mrv.yaml", "predictors: [height]", "predictors: [height, height]"),
    "model-survey": ("mrv.yaml", "model:\n", "model:\n  survey: 2015-01-01\n"),
    "predictors-missing": ("heights_of_plots.csv", "SIM-L01,", "SIM-X01,"),
    "predictors-duplicate": ("heights_of_plots.csv", "SIM-L01,", "SIM-L02,"),
    "stratum-unknown": ("heights_of_cells.csv", "\nlandward,", "\nlandwards,"),
    "column-missing": ("heights_of_plots.csv", "plot_id,height", "plot_id,hight"),
    "not-a-number": ("heights_of_cells.csv", "\nlandward,", "\nlandward,x"),
}


@pytest.mark.parametrize("rule", SPOILED)
def test_bad_tables_are_refused(modelled: Path, tmp_path: Path, rule: str):
    folder = tmp_path / "spoiled"
    shutil.copytree(modelled, folder)
    file, old, new = SPOILED[rule]
    spoil(folder, file, old, new)
    result = mrv("run", folder, "-o", tmp_path / "out")
    assert result.exit_code == 2, result.output
    assert f"[{rule}]" in result.output
    assert not (tmp_path / "out").exists()


def test_a_predictor_that_never_varies_is_refused(modelled: Path, tmp_path: Path):
    folder = tmp_path / "constant"
    shutil.copytree(modelled, folder)
    file = folder / "heights_of_plots.csv"
    plots = pd.read_csv(file)
    plots.assign(height=7.5).to_csv(file, index=False)
    result = mrv("run", folder, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "height is 7.5 at every plot; a predictor must vary" in result.output


def test_means_of_strata_serve_a_linear_model_alone(modelled: Path, tmp_path: Path):
    folder = tmp_path / "means"
    shutil.copytree(modelled, folder)
    cells = pd.read_csv(folder / "heights_of_cells.csv")
    cells.groupby("zone", as_index=False)["height"].mean().to_csv(folder / "means.csv", index=False)
    spoil(folder, "mrv.yaml", "rows: cells", "rows: stratum_means")
    spoil(folder, "mrv.yaml", "heights_of_cells.csv", "means.csv")
    assert mrv("run", folder, "-o", tmp_path / "out", "-q").exit_code == 0
    document = json.loads((tmp_path / "out/results.json").read_text(encoding="utf-8"))
    model = Results.model_validate(document).biomass_model
    assert model is not None
    assert {own.candidate for own in model.judgements} == {"stratum_mean", "ridge"}
    assert set(model.not_compared) == {"height_power"}
    # Without cells, the polygons of the strata stand for the area of kNNDM.
    assert model.chosen_by == "knndm"


def test_the_map_becomes_a_total_by_the_residuals_of_plots_left_out(out: Path, demo: Path) -> None:
    results = Results.model_validate_json((out / "results.json").read_text(encoding="utf-8"))
    plots = pd.read_csv(out / "tables" / "map_plots.csv")
    truth = json.loads((demo / "truth.json").read_text(encoding="utf-8"))["strata"]
    told = {r.stratum_id: r for r in results.map_estimates if r.quantity == "biomass_density"}
    for stratum, values in truth.items():
        own = plots[plots["stratum_id"] == stratum]
        record = told[stratum]
        assert record.rule == "model_assisted"
        if own["residual_t_ha"].notna().all():
            error = own["residual_t_ha"].std(ddof=1) / len(own) ** 0.5
            assert record.standard_error == pytest.approx(error, rel=1e-9)
        alone = results.figure(
            "biomass_density_t_dm_ha", {"stratum": stratum, "pool": "agb", "date": "2020-01-01"}
        )
        assert record.plots_only_value == alone.value
        true = values["stock"]["2020-01-01"]["agb_t_dm"] / values["area_ha"]
        assert abs(record.value - true) < 3 * record.standard_error
    assert told[None].source == results.biomass_model.candidate


def test_large_maps_are_cloud_optimised_with_overviews(tmp_path: Path):
    """The layout that a reader over a network counts on: tiles, overviews, all directories at the front."""
    import rasterio
    from affine import Affine
    from odc.geo.geobox import GeoBox

    from mrv.imagery.area import Block, blocks_of
    from mrv.run.cog_files import RasterLayer, cog_files
    from mrv.run.map_classes import MANGROVE_MASK

    grid = GeoBox((600, 700), Affine(10, 0, 500_000, 0, -10, 2_500_000), "EPSG:4547")
    draw = np.random.default_rng(4)
    values = draw.normal(100, 20, (600, 700)).astype(np.float32)
    values[:50], values[512:, :512] = np.nan, np.nan
    classes = (draw.uniform(size=(600, 700)) > 0.5).astype(np.uint8)
    layers = (
        RasterLayer("a", "one", "t/ha", "float32", np.nan),
        RasterLayer("b", "two", "", "uint8", 255, MANGROVE_MASK),
    )

    def images(block: Block) -> tuple[np.ndarray, np.ndarray]:
        place = np.s_[block.top : block.top + block.height, block.left : block.left + block.width]
        return values[place], classes[place]

    whole, parts = blocks_of(grid), [Block(600 - 88, 512, 88, 188), *blocks_of(grid)[:2]]
    for folder, blocks in ((tmp_path, whole), (tmp_path / "again", (*parts, blocks_of(grid)[2]))):
        folder.mkdir(exist_ok=True)
        with cog_files(folder, grid, layers) as write:
            for block in blocks:
                first, second = images(block)
                # A block that nothing is written to is one without data.
                if folder == tmp_path or not np.isnan(first).all():
                    write("a", block, first)
                write("b", block, second)
    for name in ("a.tif", "b.tif"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "again", "b.tif"]
    with rasterio.open(tmp_path / "a.tif") as image:
        assert image.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (image.block_shapes, image.overviews(1)) == ([(256, 256)], [2, 4])
        assert (image.descriptions, image.units, np.isnan(image.nodata)) == (("one",), ("t/ha",), True)
        assert image.read(1).tobytes() == values.tobytes()
        # A tile without data takes no place, and is read as one without data.
        assert image.get_tag_item("BLOCK_OFFSET_0_2", "TIFF", bidx=1) is None
        assert not image.read_masks(1)[512:, :512].any()
        directories = [int(image.get_tag_item("IFD_OFFSET", "TIFF", bidx=1))]
        first_block = int(image.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1))
    for level in range(2):
        with rasterio.open(tmp_path / "a.tif", overview_level=level) as part:
            directories.append(int(part.get_tag_item("IFD_OFFSET", "TIFF", bidx=1)))
            assert int(part.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1)) < first_block
    assert max(directories) < first_block
    with rasterio.open(tmp_path / "b.tif") as image:
        assert image.colorinterp[0].name == "palette"
        assert image.tags(1)["class_1"] == "mangrove 红树林"
        # An overview of classes holds no class between two.
        assert set(np.unique(image.read(1, out_shape=(150, 175)))) <= {0, 1}

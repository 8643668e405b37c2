"""A map of classes from the simulated images of the demo, whose mangrove is known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from mrv.area.classification import NO_CLASS, classify, forest_seed, grow_forest
from mrv.inputs.extent_reader import read_extent
from mrv.run.extent_classify import _training_pixels

from .conftest import mrv

SCENE = "scenes/2020-02-19.tif"

DECLARATION = """\
schema: mrv-extent/1
id: demo-bay
simulated: true
date: 2020-01-01
seed: 5
trees: 60
classes: [mangrove, other]
images:
  - {file: scene.tif, scale: 0.0001, bands: {green: 2, red: 3, nir: 4, swir1: 6}}
  - {file: canopy_height_2020.tif, bands: {height: 1}}
predictors: [ndvi, mndwi, swir1]
training: {file: training.gpkg, class_column: kind}
"""


def training_places(demo: Path) -> gpd.GeoDataFrame:
    """Squares of 40 m in the mangrove, and pieces of the mudflat around it."""
    strata = gpd.read_file(demo / "strata.geojson").to_crs(4547)
    ground = shapely.union_all(strata.geometry.to_numpy())
    inner = ground.buffer(-30).boundary
    squares = [
        inner.interpolate(share, normalized=True).buffer(20, cap_style="square")
        for share in np.arange(0, 1, 0.1)
    ]
    rim = ground.buffer(28).difference(ground.buffer(12))
    edge = ground.boundary
    pieces = [
        edge.interpolate(share, normalized=True).buffer(60).intersection(rim)
        for share in np.arange(0.05, 1, 0.1)
    ]
    kinds = ["mangrove"] * len(squares) + ["other"] * len(pieces)
    return gpd.GeoDataFrame({"kind": kinds}, geometry=[*squares, *pieces], crs=4547)


@pytest.fixture(scope="module")
def declared(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images, training places and the declaration; not to be written to."""
    folder = tmp_path_factory.mktemp("declared")
    shutil.copy(demo / SCENE, folder / "scene.tif")
    shutil.copy(demo / "canopy_height_2020.tif", folder / "canopy_height_2020.tif")
    training_places(demo).to_file(folder / "training.gpkg")
    (folder / "extent.yaml").write_text(DECLARATION, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def mapped(declared: Path, tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("mapped") / "extent"
    return out, mrv("extent", "classify", declared, "-o", out)


def test_the_mangrove_of_the_demo_is_found(mapped, demo):
    out, result = mapped
    assert result.exit_code == 0, result.output
    record = json.loads((out / "extent.json").read_text())
    truth = gpd.read_file(demo / "strata.geojson").to_crs(4547).union_all()
    # The canopy has gaps, which look like mud; they are mapped as other.
    assert record["mapped"]["mangrove"]["area_ha"] == pytest.approx(truth.area / 1e4, rel=0.03)
    with rasterio.open(out / "extent.tif") as found:
        values = found.read(1)
        assert found.tags()["CLASS_1"] == "mangrove"
        assert found.colormap(1)[1] == (0, 90, 50, 255)
    with rasterio.open(demo / SCENE) as image:
        empty = (image.read(4) == 0) | (image.read(3) == 0)
    assert (values[empty] == 0).all()
    assert record["simulated"] and result.output.startswith("[SIMULATED DATA]")


def test_agreement_with_training_places_is_never_called_accuracy(mapped):
    out, result = mapped
    text = " ".join(result.output.split())
    assert "is no accuracy of the map: training places are chosen, not drawn" in text
    record = json.loads((out / "extent.json").read_text())
    assert 0.9 < record["left_out_training_agreement"] <= 1
    assert not any("accuracy" in key for key in record)


def test_the_same_bytes_again_and_others_with_another_seed(mapped, declared, tmp_path):
    out, _ = mapped
    assert mrv("extent", "classify", declared, "-o", tmp_path / "again").exit_code == 0
    for name in ("extent.tif", "extent.json", "classes.csv", "run.json"):
        assert (out / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert forest_seed(5, "demo-bay", 0) != forest_seed(6, "demo-bay", 0) != forest_seed(5, "demo-bay", 1)


def test_blocks_and_the_order_of_features_change_nothing(declared, tmp_path):
    inputs = read_extent(declared)
    training, _ = _training_pixels(inputs)
    forest = grow_forest(training, 50, 3)
    whole = inputs.predictors(slice(0, inputs.grid.height))
    together = classify(forest, whole)
    apart = [classify(forest, whole[:, rows : rows + 7]) for rows in range(0, whole.shape[1], 7)]
    assert np.array_equal(together, np.concatenate(apart))
    assert (together == NO_CLASS).any() and (together == 0).any()
    folder = tmp_path / "reversed"
    shutil.copytree(declared, folder)
    gpd.read_file(folder / "training.gpkg").iloc[::-1].to_file(folder / "training.gpkg")
    other, _ = _training_pixels(read_extent(folder))
    assert np.array_equal(other.index, training.index)
    assert np.array_equal(other.predictors, training.predictors)


def test_a_map_of_classes_goes_on_to_a_reference_sample(mapped, tmp_path):
    out, result = mapped
    keys = result.output[result.output.index("classes: [mangrove, other]") :]
    shutil.copytree(out, tmp_path / "extent")
    text = f"schema: mrv-area/1\nid: demo-bay\nseed: 1\nsimulated: true\n{keys}\ndesign: {{units: 200}}\n"
    (tmp_path / "area.yaml").write_text(text, encoding="utf-8")
    result = mrv("area", "design", tmp_path, "-o", tmp_path / "design")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "[ndvi, mndwi",
            "[nvdi, mndwi",
            "'nvdi' is no band and no index; did you mean",
        ),
        ("[ndvi, mndwi", "[evi, mndwi", "evi needs the bands blue, which no image has [predictor-unknown]"),
        ("swir1: 6", "swir1: 7", "scene.tif has 6 bands; there is no band 7 [band-unknown]"),
        ("height: 1", "red: 1", "'red' stands 2 times [band-duplicate]"),
        ("class_column: kind", "class_column: sort", "training.gpkg has no column 'sort'; it has kind"),
        (
            "[mangrove, other]",
            "[mangrove, others]",
            "training.gpkg:feature 11: 'other' is not one of mangrove, others",
        ),
        (
            "[mangrove, other]",
            "[mangrove, other, water]",
            "no pixel of the image is a training place of water",
        ),
        ("file: training.gpkg", "file: trainings.gpkg", "there is no such file; did you mean training.gpkg?"),
    ],
)
def test_what_does_not_fit_is_refused(declared, refused, tmp_path, old, new, said):
    folder = tmp_path / "spoiled"
    shutil.copytree(declared, folder)
    text = (folder / "extent.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "extent.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    assert said in refused("extent", "classify", folder)


def test_a_pixel_has_one_class(declared, refused, tmp_path):
    folder = tmp_path / "spoiled"
    shutil.copytree(declared, folder)
    layer = gpd.read_file(folder / "training.gpkg")
    layer.loc[len(layer)] = ["other", layer.geometry.iloc[0]]
    layer.to_file(folder / "training.gpkg")
    assert "pixels are training places of mangrove and of other" in refused("extent", "classify", folder)


def test_the_imagery_of_a_project_gives_predictors(declared, demo, tmp_path):
    """The composite of the demo's season in place of one scene, on the grid of the project."""
    project = tmp_path / "demo"
    shutil.copytree(demo, project)
    shutil.copy(declared / "training.gpkg", project / "training.gpkg")
    text = (declared / "extent.yaml").read_text(encoding="utf-8")
    head, tail = text[: text.index("images:")], text[text.index("training:") :]
    words = "project: mrv.yaml\npredictors: [ndvi, ndmi]\n"
    (project / "extent.yaml").write_text(head + words + tail, encoding="utf-8")
    result = mrv("extent", "classify", project, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "out/extent.json").read_text())
    assert record["mapped"]["mangrove"]["area_ha"] == pytest.approx(119.0, rel=0.03)
    files = json.loads((tmp_path / "out/run.json").read_text())["inputs"]
    assert {"mrv.yaml", "training.gpkg", "scenes/2020-02-19.tif"} <= set(files)
    (project / "extent.yaml").write_text(head + words.replace("ndmi", "evi") + tail, encoding="utf-8")
    result = mrv("extent", "classify", project, "-o", tmp_path / "none")
    assert result.exit_code == 2 and "'evi' is no predictor of mrv.yaml; there are ndvi" in result.stderr
    (project / "extent.yaml").write_text(
        (head + words + tail).replace("2020-01-01", "2015-01-01"), encoding="utf-8"
    )
    result = mrv("extent", "classify", project, "-o", tmp_path / "none")
    assert result.exit_code == 2 and "mrv.yaml has no imagery of 2015-01-01" in result.stderr

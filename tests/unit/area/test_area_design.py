"""A reference sample: strata along edges, units, places, and the sheet that is read back."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
from affine import Affine
from odc.geo.geobox import GeoBox
from shapely.geometry import box

from mrv.area.allocation import allocate_for_error, allocate_units, expected_overall_error
from mrv.area.classes import beside, class_areas, pixel_sides_m
from mrv.area.drawing import draw_pixels
from mrv.streams import Streams

from .conftest import CLASSES, TRANSFORM, made_map, made_truth, mrv, write_raster

STREAMS = Streams(7, "made-bay")


def label(folder, truth: np.ndarray) -> None:
    """What an interpreter would write who knows the truth and not the map."""
    book = openpyxl.load_workbook(folder / "labels.xlsx")
    sheet = book["labels"]
    columns = {cell.value: cell.column for cell in sheet[2]}
    places = pd.read_csv(folder / "points.csv").set_index("point_id")
    for row in range(3, sheet.max_row + 1):
        place = places.loc[sheet.cell(row, columns["point_id"]).value]
        column, line = (place["x"] - TRANSFORM.c) // 20, (TRANSFORM.f - place["y"]) // 20
        sheet.cell(row, columns["reference_class"], CLASSES[truth[int(line), int(column)] - 1])
    book.save(folder / "labels.xlsx")


READ_BACK = """\
map:
  table: {file: design/strata.csv}
reference:
  design: stratified_random
  points: {file: design/points.csv}
  labels: {file: design/labels.xlsx, sheet: labels, header_row: 2}
"""


def test_a_labelled_sample_is_read_back_and_finds_the_true_area(bay, tmp_path):
    result = mrv("area", "design", bay, "-o", bay / "design")
    assert result.exit_code == 0, result.output
    assert all(line in result.output for line in READ_BACK.splitlines())
    text = (bay / "area.yaml").read_text(encoding="utf-8")
    declared = text[: text.index("map:")] + READ_BACK
    (bay / "area.yaml").write_text(declared, encoding="utf-8")
    refused = mrv("area", "estimate", bay, "-o", bay / "out")
    assert refused.exit_code == 2 and "reference_class" in refused.stderr
    label(bay / "design", made_truth())
    result = mrv("area", "estimate", bay, "-o", bay / "out")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("[SIMULATED DATA]")
    record = json.loads((bay / "out/area.json").read_text())
    mangrove = record["classes"][0]
    # 800 pixels mapped, 820 true, 0.04 ha each; half of the 40 pixels of the edge are mangrove.
    assert mangrove["mapped_ha"] == pytest.approx(32.0, rel=1e-4)
    assert abs(mangrove["area"]["value_ha"] - 32.8) <= mangrove["area"]["interval"]["half_width"]
    assert mangrove["area"]["standard_error_ha"] < 0.15


def test_interpreters_do_not_see_the_map(bay):
    mrv("area", "design", bay, "-o", bay / "design")
    sheet = openpyxl.load_workbook(bay / "design/labels.xlsx")["labels"]
    assert "map_class" not in {cell.value for cell in sheet[2]}
    layer = gpd.read_file(bay / "design/points.gpkg")
    assert list(layer.columns) == ["point_id", "geometry"]
    strata = pd.read_csv(bay / "design/points.csv")["stratum_id"]
    runs = (strata != strata.shift()).sum()
    assert runs > len(strata) / 3  # in order of the strata it would be 4


def test_the_same_declaration_draws_the_same_places(bay):
    for name in ("one", "other"):
        assert mrv("area", "design", bay, "-o", bay / name).exit_code == 0
    names = sorted(path.name for path in (bay / "one").iterdir())
    assert names == ["design.json", "labels.xlsx", "points.csv", "points.gpkg", "strata.csv", "strata.tif"]
    assert [n for n in names if (bay / "one" / n).read_bytes() != (bay / "other" / n).read_bytes()] == []
    again = mrv("area", "design", bay, "-o", bay / "one")
    assert again.exit_code == 2 and "is not empty" in again.stderr


def test_units_lie_in_their_stratum_and_stand_once(bay):
    mrv("area", "design", bay, "-o", bay / "design")
    points = pd.read_csv(bay / "design/points.csv")
    strata = pd.read_csv(bay / "design/strata.csv").set_index("stratum_id")
    assert points.groupby("stratum_id").size().to_dict() == strata["units"].to_dict()
    assert strata["pixels"].to_dict() == {"mangrove": 800, "mudflat": 200, "water": 1360, "edge": 40}
    assert strata["units"]["edge"] == 40  # all there are
    assert not points.duplicated(["x", "y"]).any()
    column = ((points["x"] - 500_000) // 20).to_numpy()
    expected = np.select([column < 20, column == 20, column < 26], ["mangrove", "edge", "mudflat"], "water")
    assert points["stratum_id"].tolist() == expected.tolist()


def test_the_edge_is_measured_on_the_ground():
    index = made_map() - 1
    metres = GeoBox(index.shape, TRANSFORM, "EPSG:4547")
    assert beside(index, metres, 1, [0], 45).sum() == 2 * 40
    # At 60° N a pixel in degrees is half as wide as it is high.
    degrees = GeoBox(index.shape, Affine(0.001, 0, 114, 0, -0.001, 60.02), "EPSG:4326")
    height, width = pixel_sides_m(degrees)
    assert width / height == pytest.approx(0.5, abs=0.002)
    assert beside(index, degrees, 1, [0], 2.5 * width).sum() == 2 * 40


def test_ground_counts_alike_in_every_row_of_a_grid_in_degrees():
    """From the equator to 60° N: half of the area of this strip lies south of 25.66°, sin φ = sin 60°/2."""
    grid = GeoBox((600, 4), Affine(0.1, 0, 0, 0, -0.1, 60), "EPSG:4326")
    member = np.ones((600, 4), dtype=bool)
    rows = np.concatenate(
        [draw_pixels(member, grid, 200, Streams(seed, "strip"), "s")[:, 0] for seed in range(20)]
    )
    south = (60 - 0.1 * (rows + 0.5) < np.degrees(np.arcsin(np.sin(np.radians(60)) / 2))).mean()
    assert south == pytest.approx(0.5, abs=0.025)


def test_another_class_moves_no_point_of_a_stratum():
    grid = GeoBox((40, 60), TRANSFORM, "EPSG:4547")
    member = made_map() == 1
    first, again = (draw_pixels(member, grid, 30, STREAMS, "mangrove") for _ in range(2))
    other = draw_pixels(member, grid, 30, STREAMS, "mudflat")
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_polygons_are_drawn_in_as_well(tmp_path):
    polygons = gpd.GeoDataFrame(
        {"kind": ["mangrove", "water"]},
        geometry=[box(114, 22, 114.01, 22.01), box(114.01, 22, 114.03, 22.01)],
        crs=4326,
    )
    polygons.to_file(tmp_path / "map.gpkg")
    (tmp_path / "area.yaml").write_text(
        "schema: mrv-area/1\nid: polygons\nseed: 1\nclasses: [mangrove, water]\n"
        "map: {file: map.gpkg, class_column: kind}\ndesign: {units: 200}\n"
    )
    result = mrv("area", "design", tmp_path, "-o", tmp_path / "design")
    assert result.exit_code == 0, result.output
    strata = pd.read_csv(tmp_path / "design/strata.csv")
    # A hundredth of a degree at 22° N is 1,107.5 m by 1,032.3 m.
    assert strata["area_ha"].tolist() == pytest.approx([114.33, 228.66], rel=2e-3)
    points = pd.read_csv(tmp_path / "design/points.csv")
    assert strata["units"].tolist() == [75, 125]
    assert ((points["longitude"] < 114.01) == (points["stratum_id"] == "mangrove")).all()


def test_polygons_of_a_map_must_not_overlap(tmp_path, refused):
    polygons = gpd.GeoDataFrame(
        {"kind": ["mangrove", "water"]}, geometry=[box(0, 0, 0.01, 0.01), box(0.009, 0, 0.02, 0.01)], crs=4326
    )
    polygons.to_file(tmp_path / "map.gpkg")
    (tmp_path / "area.yaml").write_text(
        "schema: mrv-area/1\nid: polygons\nseed: 1\nclasses: [mangrove, water]\n"
        "map: {file: map.gpkg, class_column: kind}\ndesign: {units: 200}\n"
    )
    # A thousandth of a degree by a hundredth at the equator: 111.3195 m by 1,105.743 m.
    assert "'water' overlaps 'mangrove' by 123,091 m2" in refused("area", "design", tmp_path)


def test_units_grow_until_the_wanted_error_is_reached():
    weights, accuracy = np.array([0.02, 0.015, 0.32, 0.645]), np.array([0.7, 0.6, 0.9, 0.95])
    none = np.full(4, np.inf)
    units = allocate_for_error(weights, accuracy, 0.01, 75, none)
    assert 0.0099 < expected_overall_error(weights, accuracy, units) <= 0.01
    assert units[:2].tolist() == [75, 75]
    few = allocate_for_error(weights, accuracy, 0.01, 75, np.array([60, 75, 100, 120]))
    assert few.tolist() == [60, 75, 100, 120]
    assert allocate_units(120, weights, 50).tolist() == [50, 50, 50, 50]


def test_class_areas_add_up_whatever_the_blocks():
    index = made_map() - 1
    grid = GeoBox(index.shape, TRANSFORM, "EPSG:4547")
    areas = class_areas(index, grid, 3)
    assert areas.pixels.tolist() == [800, 240, 1360]
    np.testing.assert_allclose(areas.plane_area_ha, areas.pixels * 0.04)
    np.testing.assert_allclose(areas.area_ha, areas.plane_area_ha, rtol=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("units: 300", "standard_error: 0.01", "design.users_accuracy: is needed with standard_error"),
        (
            "units: 300",
            "units: 300\n  standard_error: 0.01",
            "exactly one of units and standard_error is required",
        ),
        ("width_m: 25", "width_m: 5", "no pixel of mudflat lies within 5 m of mangrove"),
        ("stratum_id: edge", "stratum_id: water", "water is the name of another stratum"),
        (
            "around: [mangrove]",
            "around: [mangroves]",
            "'mangroves' is not one of mangrove, mudflat, water; did you",
        ),
        ("3: water", "4: water", "holds the values 3, which are none of the codes 1, 2, 4 [map-value]"),
        ("3: water", "three: water", "'three' is no value of a pixel; a number was expected [map-code]"),
        ("file: map.tif", "file: maps.tif", "there is no such file; did you mean map.tif?"),
        ("file: map.tif", "file: area.yaml", "is no kind of raster that is read; .tif, "),
    ],
)
def test_what_cannot_be_drawn_is_refused(bay, refused, old, new, said):
    text = (bay / "area.yaml").read_text(encoding="utf-8")
    assert old in text
    (bay / "area.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    assert said in refused("area", "design", bay)


def test_a_map_of_classes_has_one_band(bay, refused):
    with rasterio.open(
        bay / "map.tif",
        "w",
        driver="GTiff",
        width=60,
        height=40,
        count=2,
        dtype="uint8",
        crs="EPSG:4547",
        transform=TRANSFORM,
    ) as target:
        target.write(np.stack([made_map(), made_map()]))
    assert "map.tif: has 2 bands; a map of classes has one [map-bands]" in refused("area", "design", bay)


def test_a_map_without_a_place_is_refused(bay, refused):
    write_raster(bay / "map.tif", made_map(), crs=None)
    assert "map.tif: has no coordinate system; write it into the file" in refused("area", "design", bay)

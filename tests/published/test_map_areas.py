"""Published maps and reference points, from the files to the printed table."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from click.testing import CliRunner, Result
from shapely.geometry import box

from mrv.cli import main


def mrv(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


WESTERN_PORT = {"mangrove_stable": 1039.5, "mangrove_loss": 326.07, "mangrove_gain": 193.86}
"""Areas in the map's plane, UTM 55 S: 11,550, 3,623 and 2,154 pixels of 900 m². [ha]"""


@pytest.fixture(scope="module")
def western_port(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Change of Western Port, Victoria, from 2000 to 2017 (redlistr)."""
    maps = [shared / f"data/western_port/example_distribution_{year}.tif" for year in (2000, 2017)]
    out = tmp_path_factory.mktemp("western_port") / "change"
    return out, mrv("extent", "change", *maps, "-o", out, "--mangrove", "1", "--missing", "other")


def test_western_port_2000_to_2017(western_port):
    out, result = western_port
    assert result.exit_code == 0, result.output
    record = json.loads((out / "change.json").read_text())
    mapped = record["mapped"]
    for name, area in WESTERN_PORT.items():
        assert mapped[name]["plane_area_ha"] == pytest.approx(area, abs=1e-9), name
        # UTM is 0.026 % small here, two degrees from its central meridian.
        assert mapped[name]["area_ha"] == pytest.approx(area * 1.00026, rel=3e-5), name
    assert mapped["mangrove_stable"]["pixels"] == 11_550
    assert "1,365.57 ha and 1,233.36 ha" in result.output
    assert record["missing_pixels"] == [1_064_966, 1_066_435]


def test_carbon_of_western_port(western_port, shared, tmp_path):
    """Round numbers for the classes; areas are those of the map of change, and tonnes follow from them."""
    folder = shared / "data/western_port"
    file = tmp_path / "carbon.yaml"
    file.write_text(
        f"""\
schema: mrv-carbon/1
id: western-port
before: {{file: {folder}/example_distribution_2000.tif, date: 2000-01-01}}
after: {{file: {folder}/example_distribution_2017.tif, date: 2017-01-01}}
until: 2018-01-01
codes: {{1: mangrove, 0: other}}
missing: other
classes:
  mangrove: {{pools: {{soil: {{stock_t_c_ha: 100, gain_t_c_ha_yr: 0}}}}, source: round numbers}}
  other: {{holds_no_carbon: true, source: round numbers}}
changes:
  - before: mangrove
    after: other
    pools: {{soil: {{disturbed_share: 0.5, half_life_years: 0}}}}
    source: round numbers
""",
        encoding="utf-8",
    )
    result = mrv("extent", "carbon", file, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "out/carbon.json").read_text(encoding="utf-8"))
    lost = next(row for row in record["transitions"] if row["released_t_c_ha"])
    mapped = json.loads((western_port[0] / "change.json").read_text())["mapped"]
    assert lost["area_ha"] == pytest.approx(mapped["mangrove_loss"]["area_ha"], rel=1e-12)
    assert lost["pixels"] == 3_623
    assert record["removals_after_change_t_co2e"] == pytest.approx(-lost["area_ha"] * 50 * 44 / 12, rel=1e-12)
    assert record["removals_until_change_t_co2e"] == 0


def test_a_map_without_its_zeros_is_refused_unless_the_user_says_what_they_are(shared, tmp_path):
    maps = [shared / f"data/western_port/example_distribution_{year}.tif" for year in (2000, 2017)]
    result = mrv("extent", "change", *maps, "-o", tmp_path / "out", "--mangrove", "1")
    assert result.exit_code == 2
    assert "1,064,966 of 1,080,139 pixels have no data; say with --missing" in result.stderr
    assert result.stderr.endswith("2 findings; nothing was written.\n")
    assert not (tmp_path / "out").exists()


def test_the_map_of_change_is_a_cog_with_colours_and_without_surprises(western_port, shared, tmp_path):
    out, _ = western_port
    with rasterio.open(out / "change.tif") as found:
        assert found.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (found.nodata, found.overviews(1)) == (0, [2, 4, 8])
        assert found.tags()["CLASS_2"] == "mangrove_loss"
        assert found.colormap(1)[2] == (240, 120, 20, 255)
        counts = np.bincount(found.read(1).ravel())
    assert counts.tolist() == [0, 11_550, 3_623, 2_154, 1_062_812]
    maps = [shared / f"data/western_port/example_distribution_{year}.tif" for year in (2000, 2017)]
    again = tmp_path / "again"
    assert mrv("extent", "change", *maps, "-o", again, "--mangrove", "1", "--missing", "other").exit_code == 0
    for name in ("change.tif", "change.csv", "change.json"):
        assert (out / name).read_bytes() == (again / name).read_bytes()


def test_guyana_polygons_in_degrees(shared, tmp_path):
    """Shell Beach, GMW 3: 1,397.6 and 1,395.4 ha in UTM 21 N, which is 0.148 % too large at 59.8° W."""
    layers = [shared / f"data/guyana/gmw_v3_{year}_vec.gpkg" for year in (1996, 2016)]
    result = mrv("extent", "change", *layers, "-o", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    before, after = record["mapped_before_ha"], record["mapped_after_ha"]
    assert (before, after) == (pytest.approx(1395.55, abs=0.005), pytest.approx(1393.38, abs=0.005))
    assert before * 1.00148 == pytest.approx(1397.6, abs=0.05)
    assert after * 1.00148 == pytest.approx(1395.4, abs=0.05)
    # Degrees are never taken for metres.
    assert record["mapped"]["mangrove_stable"]["plane_area_ha"] is None


AREA_FILE = """\
schema: mrv-area/1
id: gmw-v3-2010
seed: 1
classes: [Mangrove, Other]
reference:
  design: {design}
  points:
    file: {file}
    columns: {{point_id: [set, pt_id], map_class: gmw_v3_cls, reference_class: ref_cls}}
"""


def test_gmw_points_give_the_published_matrix_and_no_area(shared, tmp_path):
    """Global Mangrove Watch 3, 2010: 50,750 points that interpreters chose, not a probability sample."""
    points = shared / "data/map_accuracy/gmw_v3_2010_reference_points.csv"
    (tmp_path / "area.yaml").write_text(AREA_FILE.format(design="purposive", file=points))
    result = mrv("area", "estimate", tmp_path, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "out/area.json").read_text())
    assert record["units_by_map_and_reference_class"] == {
        "Mangrove": {"Mangrove": 23_110, "Other": 1_535},
        "Other": {"Mangrove": 2_018, "Other": 24_087},
    }
    assert record["agreement_of_these_units"] == pytest.approx(0.9299901477832513, rel=1e-12)
    assert record["method"] is None and "covariance_ha2" not in record
    assert "no probability sample" in " ".join(result.output.split())
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "area.json",
        "matrix.csv",
        "run.json",
    ]


def test_points_without_a_map_are_no_random_sample_of_it(shared, tmp_path):
    points = shared / "data/map_accuracy/gmw_v3_2010_reference_points.csv"
    (tmp_path / "area.yaml").write_text(AREA_FILE.format(design="simple_random", file=points))
    result = mrv("area", "estimate", tmp_path, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "a simple_random sample requires this key  [area-map-missing]" in result.stderr


OLINDA = """\
schema: mrv-extent/1
id: olinda
date: 2000-09-01
seed: 1
trees: 100
classes: [mangrove, other_vegetation, built, water]
images:
  - {file: image.tif, bands: {blue: 1, green: 2, red: 3, nir: 4, swir1: 5, swir2: 6}}
predictors: [nir, swir1, swir2, red, green]
training: {file: training.gpkg, class_column: kind}
"""

OLINDA_PLACES = {
    "mangrove": [(285, 10, 300, 20), (302, 24, 315, 32), (194, 272, 205, 279)],
    "other_vegetation": [(200, 190, 215, 200), (110, 80, 125, 95), (20, 20, 40, 40), (80, 130, 90, 140)],
    "built": [(310, 60, 320, 80), (110, 300, 140, 315), (60, 235, 80, 245)],
    "water": [(300, 250, 330, 330), (275, 330, 300, 345)],
}
"""Squares chosen by eye on the infrared composite: first and last column and row."""


def test_the_mangrove_of_olinda_is_found_and_more_than_that(shared, tmp_path):
    """Landsat 7 as digital numbers, Pernambuco: two known stands on the estuaries, sea in the south-east."""
    source = shared / "data/olinda_landsat7/L7_ETMs.tif"
    (tmp_path / "image.tif").write_bytes(source.read_bytes())
    with rasterio.open(source) as image:
        grid, system = image.transform, image.crs
    kinds, shapes = [], []
    for kind, squares in OLINDA_PLACES.items():
        for west, north, east, south in squares:
            kinds.append(kind)
            corners = [
                (grid.c + grid.a * column, grid.f + grid.e * row)
                for column, row in ((west, north), (east, south))
            ]
            shapes.append(box(*corners[0], *corners[1]))
    gpd.GeoDataFrame({"kind": kinds}, geometry=shapes, crs=system).to_file(tmp_path / "training.gpkg")
    (tmp_path / "extent.yaml").write_text(OLINDA)
    result = mrv("extent", "classify", tmp_path, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    with rasterio.open(tmp_path / "out/extent.tif") as found:
        values = found.read(1)
    assert (values[300:345, 320:345] == 4).mean() > 0.99  # open sea, no training place
    assert (values[1:7, 272:284] == 1).mean() > 0.9  # the northern stand, away from its training places
    # What pixel counts are worth: shaded hills far above the tide are taken for mangrove as well.
    record = json.loads((tmp_path / "out/extent.json").read_text())
    assert record["mapped"]["mangrove"]["area_ha"] == pytest.approx(780, rel=0.02)
    hills = (values[60:140, 100:200] == 1).sum() * 28.5**2 / 1e4
    assert hills == pytest.approx(104, abs=5)
    assert record["left_out_training_agreement"] == pytest.approx(0.92, abs=0.02)

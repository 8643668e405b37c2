"""What a project file may declare of imagery, and what comes of it on files made for the test."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import geopandas as gpd
import numpy as np
import pytest
from made_rasters import NORTH, SYSTEM, WEST, write
from pydantic import ValidationError
from shapely import box

from mrv.imagery.indices import INDICES
from mrv.imagery.sensors import BACKSCATTER_BANDS, REFLECTANCE_BANDS, clear
from mrv.inputs.imagery import Imagery, read_imagery
from mrv.inputs.imagery_declaration import BackscatterBand, IndexName, ReflectanceBand
from mrv.inputs.imagery_declaration import Imagery as Declaration
from mrv.inputs.imagery_keys import imagery_keys_wrong
from mrv.quality.imagery_view import ImageryView
from mrv.quality.raster_layers import ground_is_covered

STRATA = gpd.GeoDataFrame(
    {"stratum_id": ["all"]}, geometry=[box(WEST, NORTH - 60, WEST + 80, NORTH)], crs=SYSTEM
)
SEASON = {"date": "2020-01-01", "start": "2019-11-01", "end": "2020-03-01"}


def read(folder: Path, **declared) -> tuple[Imagery, list[str]]:
    declaration = Declaration.model_validate({"resolution_m": 10, **declared})
    imagery, findings, _ = read_imagery(declaration, folder, lambda *key: ".".join(map(str, key)), STRATA)
    return imagery, [str(finding) for finding in findings]


def test_the_schema_names_what_the_rooms_know():
    assert get_args(IndexName) == tuple(INDICES)
    assert get_args(ReflectanceBand) == REFLECTANCE_BANDS
    assert get_args(BackscatterBand) == BACKSCATTER_BANDS


def optical(**more) -> dict:
    return {
        "sensor": "reflectance",
        "scenes": [{"file": "scenes.csv"}],
        "seasons": [SEASON],
        "least_looks": 1,
        "indices": ["ndvi"],
    } | more


def test_a_file_for_each_band(tmp_path):
    (tmp_path / "tile").mkdir()
    red, nir = np.full((6, 8), 0.05, np.float32), np.full((6, 8), 0.35, np.float32)
    write(tmp_path / "tile" / "a_B04.tif", red)
    write(tmp_path / "tile" / "a_B08.tif", nir)
    (tmp_path / "tile" / "scenes.csv").write_text("file,date\na_{band}.tif,2020-01-05\n")
    declared = optical(scenes=[{"file": "tile/scenes.csv"}], bands={"red": "B04", "nir": "B08"})
    imagery, findings = read(tmp_path, optical=declared)
    assert findings == []
    values = imagery.stack("2020-01-01").values.to_numpy()
    np.testing.assert_allclose(values, 0.75, rtol=1e-6)
    assert [source.file for source in imagery.stack("2020-01-01").sources] == [
        "tile/a_B04.tif",
        "tile/a_B08.tif",
    ]
    _, findings = read(tmp_path, optical=optical(scenes=[{"file": "tile/scenes.csv"}], bands={"red": "B04"}))
    assert findings == [
        "tile/scenes.csv:2: a file for each band needs the name of each; imagery.optical.bands lacks nir "
        "[band-missing]"
    ]


def radar(folder: Path, values: list[float], **more) -> tuple[Imagery, list[str]]:
    rows = ["file,date"]
    for number, value in enumerate(values):
        write(folder / f"g{number}.tif", np.full((6, 8), value, np.float32), names=("VH",))
        rows.append(f"g{number}.tif,2020-01-{number + 1:02}")
    (folder / "scenes.csv").write_text("\n".join(rows) + "\n")
    declared = {"scenes": [{"file": "scenes.csv"}], "seasons": [SEASON], "polarisations": ["vh"]}
    return read(folder, radar=declared | {"least_looks": 3, "stored": "power"} | more)


def test_backscatter_stored_in_decibels_is_averaged_as_power(tmp_path):
    imagery, findings = radar(
        tmp_path, [-20.0, -10.0, -10.0], stored="decibel", statistics=["mean", "median"]
    )
    assert findings == []
    stack = imagery.stack("2020-01-01")
    assert stack.predictors == ("vh_db_mean", "vh_db_median")
    assert stack.looks is None
    mean_db = 10 * np.log10((0.01 + 0.1 + 0.1) / 3)
    np.testing.assert_allclose(stack.values.to_numpy()[:, 0, 0], [mean_db, -10], rtol=1e-5)


def test_layers_in_other_units_become_metres(tmp_path):
    write(tmp_path / "h.tif", np.full((6, 8), 850, np.int16), units=("cm",))
    layer = {"id": "height", "kind": "canopy_height", "file": "h.tif", "source": "made"}
    imagery, findings = read(tmp_path, layers=[layer])
    assert findings == []
    assert imagery.dates == ()
    stack = imagery.stack("2020-01-01")
    assert stack.values["units"].to_numpy().tolist() == ["m"]
    np.testing.assert_allclose(stack.values.to_numpy(), 8.5, rtol=1e-6)


def test_a_sample_of_a_layer_is_no_predictor_of_the_whole(tmp_path):
    write(tmp_path / "h.tif", np.ones((6, 8), np.float32), units=("m",))
    layer = {"id": "height", "kind": "canopy_height", "file": "h.tif", "source": "made", "coverage": "sample"}
    imagery, _ = read(tmp_path, layers=[layer])
    assert imagery.stack("2020-01-01").predictors == ()


def test_where_mangrove_is(tmp_path):
    classes = np.array([[1, 2, 3, 0]] * 6, np.uint8).repeat(2, axis=1)
    write(tmp_path / "c.tif", classes, nodata=0)
    layer = {"id": "extent", "kind": "class_map", "file": "c.tif", "source": "made", "mangrove": [1, 3]}
    imagery, findings = read(tmp_path, layers=[layer | {"no_data": "not_mangrove"}])
    assert findings == []
    assert (
        imagery.mangrove("2020-01-01").to_numpy()[0].tolist()
        == [True] * 2 + [False] * 2 + [True] * 2 + [False] * 2
    )
    assert imagery.stack("2020-01-01").predictors == ()


@pytest.mark.parametrize(("missing", "expected"), [("other ground", []), ("mangrove", ["33.3"])])
def test_gaps_count_where_mangrove_is(tmp_path, missing, expected):
    """Six of eight columns are mangrove; a gap of two columns lies in them or beside them."""
    classes = np.ones((6, 8), np.uint8)
    classes[:, 6:] = 2
    height = np.full((6, 8), 5.0, np.float32)
    height[:, 6:] = np.nan
    write(tmp_path / "c.tif", classes)
    write(tmp_path / "h.tif", height if missing == "other ground" else height[:, ::-1], units=("m",))
    layers = [
        {"id": "extent", "kind": "class_map", "file": "c.tif", "source": "made", "mangrove": [1]},
        {"id": "height", "kind": "canopy_height", "file": "h.tif", "date": "2020-01-01", "source": "made"},
    ]
    imagery, findings = read(tmp_path, layers=layers)
    assert findings == []
    view = ImageryView(imagery, {"all": STRATA.geometry[0]})
    assert [suspect.finding.values["share"] for suspect in ground_is_covered(view)] == expected


@pytest.mark.parametrize(
    ("declared", "rule", "key"),
    [
        ({"optical": optical(tide={"source": "gauge"})}, "tide-limit", ("optical", "tide")),
        (
            {"optical": optical(tide={"source": "gauge", "water_share": 0.3})},
            "tide-limit",
            ("optical", "tide"),
        ),
        (
            {"optical": optical(seasons=[SEASON, SEASON])},
            "dates-order",
            ("optical", "seasons", 1, "date"),
        ),
        (
            {"layers": [{"id": "ndvi", "kind": "elevation", "file": "a.tif", "source": "made"}]},
            "layer-duplicate",
            ("layers", 0, "id"),
        ),
        (
            {"layers": [{"id": "a", "kind": "elevation", "file": "a.tif", "source": "made"}] * 2},
            "layer-duplicate",
            ("layers", 1, "id"),
        ),
        (
            {"layers": [{"id": "a", "kind": "elevation", "file": "a", "source": "made", "mangrove": [1]}]},
            "layer-classes",
            ("layers", 0),
        ),
        (
            {"layers": [{"id": "a", "kind": "continuous", "file": "a.tif", "source": "made"}]},
            "layer-unit",
            ("layers", 0, "unit"),
        ),
    ],
)
def test_keys_that_do_not_agree(declared, rule, key):
    (found,) = imagery_keys_wrong(Declaration.model_validate({"resolution_m": 10} | declared))
    assert (found.rule, found.key) == (rule, key)


def test_an_unknown_index_is_refused_by_the_schema():
    with pytest.raises(ValidationError, match="savi"):
        Declaration.model_validate({"resolution_m": 10, "optical": optical(indices=["savi"])})


def test_a_number_that_is_no_class_of_the_mask_is_not_clear():
    assert not clear("scl", np.array([12, 255])).any()

"""From files to the predictors of a date: masks before resampling, composites, layers, blocks."""

from __future__ import annotations

import numpy as np
import pytest
from made_rasters import grid, write

from mrv.imagery.calibration import file_calibration, sensor_calibration
from mrv.imagery.predictors import Layer, OpticalSeries, RadarSeries, predictor_stack
from mrv.imagery.raster import Raster, open_raster
from mrv.imagery.scene import Scene, SceneBand, SceneMask, look
from mrv.imagery.stack import RasterFile
from mrv.imagery.zones import inside, zone_index

ROLES = ("red", "nir")


def raster(path) -> Raster:
    found, findings = open_raster(path, path.name, path.parent)
    assert findings == []
    assert found is not None
    return found


def scene(folder, number: int, stored: np.ndarray, classes: np.ndarray | None = None, offset=0.0) -> Scene:
    colours = raster(write(folder / f"s{number}.tif", stored.astype(np.uint16)))
    mask = None
    if classes is not None:
        mask = SceneMask("scl", raster(write(folder / f"m{number}.tif", classes.astype(np.uint8), 20.0)))
    bands = tuple(
        SceneBand(role, colours, band, sensor_calibration("sentinel2_l2a", offset))
        for band, role in enumerate(ROLES)
    )
    return Scene(f"s{number}.tif", f"scenes.csv:{number}", f"2020-01-{number:02}", bands, mask, 0.0)


def stored(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(200, 4000, size=(2, 6, 8))


def test_a_mask_of_20_m_takes_whole_pixels_out(tmp_path):
    classes = np.full((3, 4), 4)
    classes[0, 1] = 9
    values = look(scene(tmp_path, 1, stored(1), classes), ROLES, grid(6, 8), "bilinear")
    cloudy = np.zeros((6, 8), dtype=bool)
    cloudy[:2, 2:4] = True
    assert (np.isnan(values) == cloudy).all()


def test_clouds_are_taken_out_before_pixels_are_averaged(tmp_path):
    bright = stored(1)
    bright[:, :2, 2:4] = 9000
    classes = np.full((3, 4), 4)
    classes[0, 1] = 9
    values = look(scene(tmp_path, 1, bright, classes), ROLES, grid(2, 2, side_m=30), "bilinear")
    # The upper left pixel of 30 m holds nine of 10 m, two of them under cloud.
    expected = (bright[:, :3, :3] * 1e-4).sum(axis=(1, 2)) - (bright[:, :2, 2] * 1e-4).sum(axis=1)
    np.testing.assert_allclose(values[:, 0, 0], expected / 7, rtol=1e-6)


def test_bands_of_two_sizes_meet_on_the_grid(tmp_path):
    fine = raster(write(tmp_path / "red.tif", stored(1)[0].astype(np.uint16)))
    coarse = raster(write(tmp_path / "nir.tif", stored(2)[0, :3, :4].astype(np.uint16), side_m=20.0))
    bands = tuple(
        SceneBand(role, source, 0, sensor_calibration("sentinel2_l2a"))
        for role, source in (("red", fine), ("nir", coarse))
    )
    values = look(Scene("s", "t:1", "2020-01-01", bands, None, 0.0), ROLES, grid(3, 4, 20), "bilinear")
    expected = stored(1)[0].reshape(3, 2, 4, 2).mean(axis=(1, 3)) * 1e-4
    np.testing.assert_allclose(values[0], expected, rtol=1e-6)
    np.testing.assert_allclose(values[1], stored(2)[0, :3, :4] * 1e-4, rtol=1e-6)


def test_the_offset_between_two_baselines_leaves_the_composite_as_it_is(tmp_path):
    """R01: the same ground before and after the offset is the same reflectance."""
    before = [scene(tmp_path, number, stored(number)) for number in range(1, 4)]
    after = [scene(tmp_path, number + 10, stored(number) + 1000, offset=-1000.0) for number in range(1, 4)]
    values = [
        OpticalSeries(tuple(scenes), ("ndvi",), "medoid", 1, "bilinear").block(grid(6, 8))
        for scenes in (before, after)
    ]
    np.testing.assert_allclose(values[0], values[1], atol=1e-6)


@pytest.fixture
def parts(tmp_path):
    classes = np.full((3, 4), 4)
    classes[0, 0] = 3
    scenes = tuple(scene(tmp_path, n, stored(n), classes if n == 2 else None) for n in range(1, 6))
    height = raster(write(tmp_path / "h.tif", np.arange(48.0, dtype=np.float32).reshape(6, 8), nodata=5))
    layer = Layer("height", height, 0, file_calibration(height.bands[0]), "continuous", "bilinear", "m")
    return OpticalSeries(scenes, ("ndvi",), "medoid", 5, "bilinear"), layer


def test_a_stack_names_its_predictors_and_computes_nothing_before_it_is_asked(parts):
    optical, layer = parts
    source = RasterFile("h.tif", "0" * 64)
    stack = predictor_stack(grid(6, 8), "2020-01-01", optical, None, [layer], [source])
    assert stack.predictors == ("ndvi", "height")
    assert stack.values["units"].to_numpy().tolist() == ["1", "m"]
    assert stack.values.dtype == np.float32
    assert stack.values.dims == ("predictor", "y", "x")
    assert stack.values.chunks is not None
    assert stack.sources == (source,)
    assert stack.looks is not None
    looks = stack.looks.to_numpy()
    assert looks.dtype == np.int16
    assert looks[:2, :2].tolist() == [[4, 4], [4, 4]]
    assert (looks[2:] == 5).all()
    values = stack.values.to_numpy()
    assert np.isnan(values[0, :2, :2]).all()
    assert np.isfinite(values[0, 2:]).all()
    assert np.isnan(values[1, 0, 5])


def test_a_stack_is_the_same_bytes_for_any_chunk_and_scheduler(parts):
    optical, layer = parts
    whole = predictor_stack(grid(5, 7, 13.0), "2020-01-01", optical, None, [layer], [])
    expected = whole.values.compute(scheduler="synchronous").to_numpy()
    assert np.isfinite(expected[0]).any()
    for chunk in (1, 2, 3, 5):
        stack = predictor_stack(grid(5, 7, 13.0), "2020-01-01", optical, None, [layer], [], chunk)
        assert stack.values.compute(scheduler="threads").to_numpy().tobytes() == expected.tobytes()


@pytest.mark.parametrize("decibel", [False, True])
def test_backscatter_is_averaged_as_power(tmp_path, decibel):
    scenes = []
    for number, power in enumerate((0.01, 0.1, 0.4)):
        source = raster(write(tmp_path / f"g{number}.tif", np.full((2, 2), power, dtype=np.float32)))
        bands = (SceneBand("vh", source, 0, file_calibration(source.bands[0])),)
        scenes.append(Scene(f"g{number}", "t:1", f"2020-01-0{number + 1}", bands, None, np.nan))
    radar = RadarSeries(tuple(scenes), ("vh",), ("mean", "median"), decibel, 1, "bilinear")
    values = radar.block(grid(2, 2))[:, 0, 0]
    assert radar.predictors == (("vh_db_mean", "vh_db_median") if decibel else ("vh_mean", "vh_median"))
    mean, median = 0.51 / 3, 0.1
    expected = [10 * np.log10(mean), 10 * np.log10(median), 3] if decibel else [mean, median, 3]
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_strata_as_pixels_by_their_centres():
    from shapely import box

    west, south, _, north = grid(4, 4).boundingbox.bbox
    halves = [box(west, south, west + 14, north), box(west + 14, south, west + 40, north)]
    assert zone_index(halves, grid(4, 4)).to_numpy().tolist() == [[0, 1, 1, 1]] * 4
    assert zone_index([halves[1]], grid(4, 4)).to_numpy().tolist() == [[-1, 0, 0, 0]] * 4
    assert inside(halves[0], grid(4, 4)).to_numpy().sum() == 4
    assert zone_index([], grid(2, 2)).dtype == np.int16

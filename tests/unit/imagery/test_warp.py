"""The target grid and the ways onto it, on grids whose values can be worked out in the head."""

from __future__ import annotations

import numpy as np
import pytest
from made_rasters import SYSTEM, grid, reader
from odc.geo.geobox import GeoBox
from rasterio.enums import Resampling

from mrv.imagery.grid import pixel_offset, target_grid
from mrv.imagery.warp import onto_grid, pixel_ratio, resampling_method

COUNTED = np.arange(16).reshape(4, 4)


def on(values, source, target, measure="continuous", **more):
    return onto_grid(reader(values), source, target, 1, measure, **more).to_numpy()[0]


def test_the_grid_is_snapped_to_whole_multiples_and_covers_the_bounds():
    box = target_grid((500_003.0, 2_489_907.0, 500_095.0, 2_490_000.0), SYSTEM, 10)
    assert box.boundingbox.bbox == (500_000.0, 2_489_900.0, 500_100.0, 2_490_000.0)
    assert (box.affine.a, box.affine.e) == (10, -10)


@pytest.mark.parametrize("resolution", [0.5, 10, 28.5, 30])
def test_grids_of_one_resolution_share_their_edges(resolution):
    first = target_grid((500_003, 2_489_907, 500_095, 2_490_000), SYSTEM, resolution)
    second = target_grid((501_234.5, 2_481_000.1, 509_999, 2_486_000), SYSTEM, resolution)
    assert pixel_offset(first, second) is not None


def test_a_point_has_a_pixel():
    assert target_grid((5, 5, 5, 5), SYSTEM, 10).shape == (1, 1)
    assert target_grid((10, 10, 10, 10), SYSTEM, 10).shape == (1, 1)


def test_pixels_that_coincide_are_copied_and_beyond_them_there_are_no_data():
    moved = grid(3, 3, east_m=20, south_m=20)
    assert pixel_offset(grid(4, 4), moved) == (2, 2)
    np.testing.assert_array_equal(
        on(COUNTED, grid(4, 4), moved), [[10, 11, np.nan], [14, 15, np.nan], [np.nan] * 3]
    )


def test_grids_that_are_off_by_a_part_of_a_pixel_do_not_coincide():
    assert pixel_offset(grid(4, 4), grid(4, 4, east_m=5)) is None
    assert pixel_offset(grid(4, 4), grid(4, 4, side_m=10.01)) is None
    assert pixel_offset(grid(4, 4), GeoBox((4, 4), grid(4, 4).affine, "EPSG:4546")) is None


def test_a_coarser_pixel_is_the_mean_by_area():
    np.testing.assert_array_equal(on(COUNTED, grid(4, 4), grid(2, 2, side_m=20)), [[2.5, 4.5], [10.5, 12.5]])
    # 25 m cover two pixels and half of a third in each direction: weights 1, 1 and ½.
    weights = np.outer([1, 1, 0.5, 0], [1, 1, 0.5, 0])
    expected = (COUNTED * weights).sum() / weights.sum()
    assert on(COUNTED, grid(4, 4), grid(1, 1, side_m=25)) == pytest.approx(expected)


@pytest.mark.parametrize(("missing", "expected"), [(1, 10 / 3), (2, 4.5), (3, np.nan)])
def test_half_of_a_coarser_pixel_must_have_data(missing, expected):
    values = COUNTED.astype(float)
    values.flat[[0, 1, 4][:missing]] = np.nan
    found = on(values, grid(4, 4), grid(1, 1, side_m=20))[0, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_data_beyond_the_edge_of_a_raster_count_as_missing():
    # The target reaches by half, then by three quarters, beyond the raster.
    assert np.isfinite(on(COUNTED, grid(4, 4), grid(1, 1, side_m=20, east_m=30)))[0, 0]
    assert np.isnan(on(COUNTED, grid(4, 4), grid(1, 1, side_m=20, east_m=35)))[0, 0]


def test_q05_classes_are_never_interpolated(golden):
    case = golden("Q05")
    classes = np.array(case["inputs"]["classes_2x2"]).reshape(2, 2)
    assert on(classes, grid(2, 2), grid(1, 1, side_m=20), "classes") == case["expected"]["mode"]
    mean = on(classes, grid(2, 2), grid(1, 1, side_m=20))
    assert mean == pytest.approx(case["expected"]["mean_is_wrong"])
    finer = on(classes, grid(2, 2), grid(4, 4, side_m=5), "classes", finer="cubic")
    np.testing.assert_array_equal(finer, classes.repeat(2, 0).repeat(2, 1))


@pytest.mark.parametrize("ratio", [0.1, 0.5, 1.0, 1.0005, 2.0, 30.0])
@pytest.mark.parametrize("finer", ["bilinear", "cubic"])
def test_no_ratio_of_pixels_interpolates_classes(ratio, finer):
    assert resampling_method("classes", ratio, finer) in {Resampling.nearest, Resampling.mode}


def test_a_finer_grid_is_interpolated_as_stated():
    # A plane is the same whichever way it is interpolated between its pixels' centres.
    plane = np.arange(8.0)[None, :].repeat(8, axis=0)
    target = grid(4, 4, side_m=5, east_m=40, south_m=40)
    expected = np.array([3.75, 4.25, 4.75, 5.25])
    for finer in ("bilinear", "cubic"):
        np.testing.assert_allclose(on(plane, grid(8, 8), target, finer=finer)[0], expected, atol=1e-5)


def test_a_constant_stays_constant_from_degrees():
    source = GeoBox.from_bbox((114.0, 22.5, 114.01, 22.51), "EPSG:4326", resolution=0.0001)
    x, y = 500_400.0, 2_489_500.0
    target = target_grid((x, y, x + 200, y + 200), SYSTEM, 20)
    assert 1.5 < pixel_ratio(source, target) < 2.5
    np.testing.assert_allclose(on(np.full(source.shape, 7.0), source, target), 7.0, rtol=1e-6)


@pytest.mark.parametrize("side_m", [5.0, 10.0, 27.0])
def test_values_do_not_depend_on_the_chunks(side_m):
    values = np.random.default_rng(5).normal(size=(60, 60))
    target = grid(70, 70, side_m=side_m, east_m=3)
    whole = on(values, grid(60, 60), target)
    for chunk in (13, 64):
        assert on(values, grid(60, 60), target, chunk=chunk).tobytes() == whole.tobytes()

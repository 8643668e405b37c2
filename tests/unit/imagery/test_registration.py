"""Shifts between images that were moved by what is known."""

from __future__ import annotations

import numpy as np
import pytest
from made_rasters import grid, reader
from odc.geo.geobox import GeoBox
from scipy.ndimage import gaussian_filter

from mrv.imagery.registration import shift_between
from mrv.imagery.warp import onto_grid

GROUND = gaussian_filter(np.random.default_rng(4).normal(size=(90, 120)), 1.5)


def seen(rows: float, columns: float) -> np.ndarray:
    """The ground as a grid sees it whose image lies so many pixels to the south and east of it."""
    place = grid(60, 80, east_m=200, south_m=150).affine
    target = GeoBox((60, 80), place * place.translation(-columns, -rows), "EPSG:4547")
    return onto_grid(reader(GROUND), grid(90, 120), target, 1, finer="cubic").to_numpy()[0]


@pytest.mark.parametrize("moved", [(0.0, 0.0), (2.0, -3.0), (0.6, 0.0), (-0.4, 1.3), (0.0, 0.25)])
def test_a_known_shift_is_found(moved):
    noise = 0.05 * np.random.default_rng(9).normal(size=(60, 80))
    shift = shift_between(seen(0, 0), seen(*moved) + noise)
    assert shift is not None
    assert (shift.rows, shift.columns) == pytest.approx(moved, abs=0.1)


def test_gaps_that_do_not_move_do_not_hold_the_image():
    first, second = seen(0, 0), seen(0, 2)
    for image in (first, second):
        image[:, :20] = np.nan
        image[40:] = np.nan
    shift = shift_between(first, second)
    assert shift is not None
    assert (shift.rows, shift.columns) == pytest.approx((0, 2), abs=0.1)


def test_nothing_is_told_where_too_little_is_seen_or_the_shift_is_out_of_reach():
    few = seen(0, 0)
    few[10:] = np.nan
    few[:, 20:] = np.nan
    assert shift_between(few, few) is None
    beyond = shift_between(seen(0, 0), seen(0, 14))
    assert beyond is None or beyond.correlation < 0.3

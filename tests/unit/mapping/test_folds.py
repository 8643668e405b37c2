"""Folds: units stay together, nobody else's number changes, and kNNDM matches distances."""

from __future__ import annotations

import numpy as np

from mrv.mapping.folds import (
    block_folds,
    distance_mismatch,
    fold_distances,
    knndm_folds,
    nearest_distances,
    random_folds,
)
from tests.unit.mapping.conftest import STREAMS


def groups(unit: list[str], fold: np.ndarray) -> dict[str, set[int]]:
    return {name: set(fold[[own == name for own in unit]].tolist()) for name in set(unit)}


def test_units_are_never_parted():
    draw = np.random.default_rng(4)
    unit = [f"cluster {number // 3}" for number in range(60)]
    places = draw.uniform(0, 1000, (60, 2))
    area = draw.uniform(0, 1000, (200, 2))
    designs = [
        random_folds(unit, 5, STREAMS),
        block_folds(unit, places, 5),
        knndm_folds(unit, places, area, 5),
    ]
    for folds in designs:
        assert folds is not None
        assert all(len(numbers) == 1 for numbers in groups(unit, folds.fold).values())
        assert folds.count == 5


def test_folds_depend_on_names_and_not_on_rows():
    unit = [f"p{number}" for number in range(30)]
    places = np.random.default_rng(4).uniform(0, 1000, (30, 2))
    area = np.random.default_rng(5).uniform(0, 1000, (200, 2))
    turned = np.random.default_rng(6).permutation(30)
    shuffled = [unit[number] for number in turned]
    assert (random_folds(shuffled, 5, STREAMS).fold == random_folds(unit, 5, STREAMS).fold[turned]).all()
    for make in (block_folds, lambda u, c, k: knndm_folds(u, c, area, k)):
        first, second = make(unit, places, 5), make(shuffled, places[turned], 5)
        assert (second.fold == first.fold[turned]).all()


def test_random_folds_are_of_equal_size():
    sizes = np.bincount(random_folds([f"p{n}" for n in range(23)], 5, STREAMS).fold)
    assert sorted(sizes) == [4, 4, 5, 5, 5]


def test_blocks_hold_neighbours():
    """Four corners of a square of 1 km, in blocks of 600 m: each corner is a block."""
    corners = np.repeat([[0, 0], [0, 1000], [1000, 0], [1000, 1000]], 5, axis=0)
    places = corners + np.random.default_rng(1).uniform(0, 50, (20, 2))
    folds = block_folds([f"p{n}" for n in range(20)], places, 4, 600.0)
    assert folds is not None
    assert [len(set(folds.fold[start : start + 5])) for start in (0, 5, 10, 15)] == [1, 1, 1, 1]
    assert len(set(folds.fold)) == 4


def test_plots_in_one_place_have_no_spatial_folds():
    unit = [f"p{n}" for n in range(10)]
    nowhere = np.zeros((10, 2))
    assert block_folds(unit, nowhere, 5) is None
    assert knndm_folds(unit, nowhere, np.ones((5, 2)), 5) is None


def test_knndm_leaves_grouped_plots_out_by_groups():
    """Six tight groups of plots in an area of 10 km: random folds test far too near."""
    draw = np.random.default_rng(8)
    middles = draw.uniform(1000, 9000, (6, 2))
    places = np.repeat(middles, 8, axis=0) + draw.normal(0, 60, (48, 2))
    area = draw.uniform(0, 10_000, (800, 2))
    unit = [f"p{n:02}" for n in range(48)]
    folds = knndm_folds(unit, places, area, 5)
    at_random = random_folds(unit, 5, STREAMS)
    assert folds is not None
    target = nearest_distances(area, places)
    mismatch = distance_mismatch(target, fold_distances(places, at_random.fold))
    assert folds.distance_m < 0.7 * mismatch
    assert np.median(fold_distances(places, folds.fold)) > 5 * np.median(
        fold_distances(places, at_random.fold)
    )


def test_knndm_of_spread_plots_is_near_random():
    draw = np.random.default_rng(8)
    places, area = draw.uniform(0, 10_000, (80, 2)), draw.uniform(0, 10_000, (2000, 2))
    unit = [f"p{n:02}" for n in range(80)]
    folds = knndm_folds(unit, places, area, 10)
    assert folds is not None
    target = nearest_distances(area, places)
    at_random = distance_mismatch(target, fold_distances(places, random_folds(unit, 10, STREAMS).fold))
    assert folds.distance_m <= at_random
    assert folds.distance_m < 0.15 * target.mean()


def test_inner_folds_are_outer_ones_merged():
    folds = random_folds([f"p{n}" for n in range(40)], 10, STREAMS)
    kept = np.flatnonzero(folds.fold != 3)
    inner = folds.within(kept, 5)
    assert set(inner) == set(range(5))
    for number in set(folds.fold[kept]):
        assert len(set(inner[folds.fold[kept] == number])) == 1

"""Tables of bits find the leaf that walking finds, and sum up to the same bits."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numba
import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor

from mrv.loops import sums, trees
from mrv.loops.compiling import compile_loop
from mrv.mapping import exit_tables, stratum_sums
from mrv.mapping.applicability import WORTH_COMPILED, Applicability, applicability
from mrv.mapping.model_error import LittleBags, moments_of_bags, variance_between
from mrv.mapping.rows import Rows
from mrv.mapping.tree_models import tree_form
from mrv.mapping.trees import WORTH_TABLES, Trees, joined, walked


def grown(plots: int, predictors: int, trees: int, leaf: int) -> tuple[RandomForestRegressor, Trees]:
    draw = np.random.default_rng(plots + trees)
    x = draw.normal(size=(plots, predictors))
    y = 100 + 40 * x[:, 0] + 15 * draw.normal(size=plots)
    model = RandomForestRegressor(trees, min_samples_leaf=leaf, max_features=1 / 3, random_state=1, n_jobs=1)
    model.fit(x, y)
    return model, tree_form(list(model.estimators_), 0.0, 1.0 / trees)


def places_for(trees: Trees, predictors: int, count: int = 1500) -> np.ndarray:
    """Places anywhere, and at thresholds, on which single precision decides; in this order for any tree."""
    draw = np.random.default_rng(3)
    x = draw.normal(size=(count, predictors))
    inner = np.flatnonzero(np.isfinite(trees.threshold))
    if len(inner):
        at = draw.choice(inner, count // 2)
        nudged = trees.threshold[at] * (1 + draw.choice([0, 1e-16, -1e-16, 1e-8, -1e-8], len(at)))
        x[np.arange(len(at)), trees.feature[at]] = nudged
    x[-1], x[-2] = np.inf, -np.inf
    return x


@pytest.mark.parametrize(
    ("plots", "predictors", "trees", "leaf", "words"),
    [
        (60, 1, 1, 3, 1),
        (60, 2, 31, 5, 1),
        (60, 12, 33, 3, 1),
        (300, 5, 100, 3, 1),
        (300, 3, 20, 1, 4),
        (900, 4, 5, 1, 16),
        (4, 2, 3, 4, 1),
    ],
)
def test_tables_find_the_leaves_that_walking_finds(
    plots: int, predictors: int, trees: int, leaf: int, words: int
):
    model, form = grown(plots, predictors, trees, leaf)
    x = places_for(form, predictors)
    expected = walked(form, x)
    total = np.zeros(len(x))
    for values in expected:
        total += values
    tables = exit_tables.exit_tables(form)
    assert tables is not None
    assert tables.words == words
    assert form.values_of(x).tobytes() == np.ascontiguousarray(expected).tobytes()
    rows = Rows(x, np.zeros(len(x), dtype=np.int64), np.zeros((len(x), 2)))
    found = form.predict(rows)
    assert found.tobytes() == np.maximum(0.0 + total * form.rate, 0.0).tobytes()
    np.testing.assert_allclose(found[:-2], np.maximum(model.predict(x[:-2]), 0), rtol=1e-6)


@pytest.mark.parametrize(
    "spread",
    [
        lambda x: np.sign(x) * 10.0 ** (8 * np.abs(x)),
        lambda x: 3.4e38 * np.clip(x, -1, 1),
        lambda x: 1 + 1e-7 * x,
        lambda x: 1e-44 * x,
        np.round,
    ],
    ids=["mostly in one share", "wider than numbers go", "hardly apart", "smallest numbers", "whole numbers"],
)
def test_tables_find_the_leaves_wherever_thresholds_lie(spread):
    _, form = grown(400, 3, 20, 2)
    places = spread(np.concatenate([places_for(form, 3)[:-2], form.threshold[:, None] * np.ones(3)]))
    moved = replace(form, threshold=spread(form.threshold))
    assert moved.values_of(places).tobytes() == np.ascontiguousarray(walked(moved, places)).tobytes()


def test_masks_from_anywhere_in_memory_are_the_same():
    _, form = grown(60, 2, 20, 3)
    tables = exit_tables.exit_tables(form)
    assert tables is not None
    room = np.zeros(tables.masks.nbytes + 64, dtype=np.uint8)
    for shift in range(0, 64, 8):
        moved = room[shift : shift + tables.masks.nbytes].view(np.uint64).reshape(tables.masks.shape)
        moved[...] = tables.masks
        found = exit_tables.on_cache_lines(moved)
        assert found.ctypes.data % exit_tables.LINE_BYTES == 0
        assert found.tobytes() == tables.masks.tobytes()


def test_boosted_trees(training):
    model = GradientBoostingRegressor(n_estimators=70, max_depth=3, random_state=2)
    model.fit(training.rows.predictors, training.agb_t_ha)
    form = tree_form(list(model.estimators_.ravel()), float(model.init_.constant_.ravel()[0]), 0.1)
    x = places_for(form, 2)[:-2]
    rows = Rows(x, np.zeros(len(x), dtype=np.int64), np.zeros((len(x), 2)))
    np.testing.assert_allclose(form.predict(rows), np.maximum(model.predict(x), 0), rtol=1e-6, atol=1e-6)
    assert form.predict(rows)[:100].tobytes() == form.predict(rows.take(slice(0, 100))).tobytes()


def test_a_tree_with_more_leaves_than_fit_is_walked():
    count = exit_tables.MOST_LEAVES + 1
    x = np.arange(float(count))[:, None]
    model = RandomForestRegressor(1, bootstrap=False, random_state=0).fit(x, x[:, 0] + 1)
    form = tree_form(list(model.estimators_), 0.0, 1.0)
    assert exit_tables.exit_tables(form) is None
    rows = Rows(x, np.zeros(count, dtype=np.int64), np.zeros((count, 2)))
    assert form.predict(rows).tolist() == (x[:, 0] + 1).tolist()
    bags = LittleBags(joined([form, form, form, form]), 2, 1)
    assert not bags.variance([(1.0, rows)]).any()


def test_nodes_that_are_no_trees_are_refused():
    _, form = grown(60, 2, 3, 5)
    assert form.values_of(np.zeros((600, 2))).shape == (3, 600)
    with pytest.raises(IndexError, match="1 predictors for trees of 2"):
        form.values_of(np.zeros((600, 1)))
    inner = int(form.roots[1])
    for name, other in (("left", inner), ("right", -1), ("left", len(form.feature)), ("left", 0)):
        nodes = getattr(form, name).copy()
        nodes[int(form.left[inner])] = other
        with pytest.raises(ValueError, match=r"no trees|not there"):
            replace(form, **{name: nodes})


def test_blocks_and_threads_alter_no_bit():
    _, form = grown(200, 6, 40, 3)
    x = places_for(form, 6, 4000)
    rows = Rows(x, np.zeros(len(x), dtype=np.int64), np.zeros((len(x), 2)))
    whole = form.predict(rows)
    starts = range(0, len(x), 377)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda start: form.predict(rows.take(slice(start, start + 377))), starts))
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    turned = Rows(np.asfortranarray(x), rows.stratum, rows.coordinates_m)
    turned.predictors.flags.writeable = False
    assert form.predict(turned).tobytes() == whole.tobytes()


def test_moments_are_the_same_bits_by_numpy_and_compiled():
    each = np.random.default_rng(1).normal(50, 9, (12, WORTH_TABLES + 5))
    means, within = moments_of_bags(each, 4)
    few_means, few_within = moments_of_bags(each[:, :7], 4)
    assert (means[:, :7].tobytes(), within[:7].tobytes()) == (few_means.tobytes(), few_within.tobytes())
    bags = each.T.reshape(-1, 3, 4)
    np.testing.assert_allclose(means.T, bags.mean(axis=2), rtol=1e-12)
    np.testing.assert_allclose(within, bags.var(axis=2, ddof=1).mean(axis=1), rtol=1e-10)
    between = variance_between(means)
    assert between[:7].tobytes() == variance_between(few_means).tobytes()
    np.testing.assert_allclose(between, means.var(axis=0, ddof=1), rtol=1e-12)


def test_the_nearest_plot_is_the_same_bits_by_numpy_and_compiled():
    draw = np.random.default_rng(6)
    plots = draw.normal(size=(70, 5))
    area = applicability(plots, np.array([1.0, 0.0, 0.3, 2.0, 0.1]), np.arange(70) % 5)
    places = draw.normal(size=(700, 5))
    places[11, 1], places[13, 2] = np.nan, np.nan
    whole = area.dissimilarity(places)
    assert np.flatnonzero(np.isnan(whole)).tolist() == [11, 13]
    parts = [area.dissimilarity(places[start : start + 100]) for start in range(0, 700, 100)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    single = places.astype(np.float32)
    assert area.dissimilarity(single).tobytes() == area.dissimilarity(single.astype(np.float64)).tobytes()
    assert area.dissimilarity(single[:9]).tobytes() == area.dissimilarity(single)[:9].tobytes()
    distances = np.linalg.norm(area._placed(places)[:, None] - area.points, axis=2).min(axis=1)
    np.testing.assert_allclose(whole, distances / area.mean_distance, rtol=1e-12)
    # A predictor without weight must be there, too.
    places[12, 1] = np.inf
    assert np.isnan(area.dissimilarity(places)[12])


def nearest_by_numpy(area: Applicability, places: np.ndarray) -> bytes:
    """Dissimilarity of few places at a time, which nothing is compiled for."""
    few = WORTH_COMPILED - 1
    return b"".join(area.dissimilarity(places[at : at + few]).tobytes() for at in range(0, len(places), few))


@pytest.mark.parametrize("scale", [1.0, 1e-25, 1e22])
@pytest.mark.parametrize(("plots", "predictors"), [(1, 1), (3, 2), (70, 5), (301, 12)])
def test_single_precision_alters_no_bit_of_the_nearest_plot(scale: float, plots: int, predictors: int):
    """Not where plots are alike or alike to single precision, nor where its numbers end."""
    draw = np.random.default_rng(plots)
    points = draw.normal(size=(plots, predictors))
    nudge = draw.choice([0, 1e-16, 1e-9, 1e-7], (1, predictors))
    points[plots // 2 :] = points[: plots - plots // 2] * (1 + nudge)
    points *= scale
    ones = np.ones(predictors)
    area = Applicability(0 * ones, ones, ones, points, scale, np.zeros(1), 1.0)
    between = (points[draw.integers(plots, size=400)] + points[draw.integers(plots, size=400)]) / 2
    beyond = np.array([np.inf, -np.inf, np.nan, 1e39, -1e39, 1e-46, 0.0])[:, None] * ones
    places = np.concatenate([draw.normal(size=(WORTH_COMPILED, predictors)) * scale, between, points, beyond])
    assert area.dissimilarity(places).tobytes() == nearest_by_numpy(area, places)


def test_compiled_loops_agree_on_sizes_with_what_calls_them():
    assert exit_tables.LANES == trees.LANES
    for name in ("FRACTION", "POWERS", "HALF"):
        assert getattr(stratum_sums, name) == getattr(sums, name)


def test_without_a_place_for_compiled_code_each_process_compiles(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(numba.config, "CACHE_LOCATOR_CLASSES", "UserProvidedCacheLocator")
    with pytest.raises(RuntimeError, match="no locator available"):
        numba.njit(cache=True)(trees._find_moments)
    found = compile_loop(trees._find_moments, "void(float64[:,::1], int64, float64[:,::1], float64[::1])")
    means, within = np.empty((1, 2)), np.empty(2)
    found(np.array([[1.0, 5.0], [3.0, 5.0]]), 2, means, within)
    assert (means[0].tolist(), within.tolist()) == ([2.0, 5.0], [2.0, 0.0])


def test_few_places_need_no_compiler():
    code = (
        "import sys; import mrv.mapping.tree_models, mrv.mapping.model, mrv.run.biomass_map;"
        "assert not {'numba', 'llvmlite'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

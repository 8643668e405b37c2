"""The error of a pixel: little bags of a forest tell what whole refits tell, for any block."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mrv.mapping import prediction
from mrv.mapping.candidates import ALL
from mrv.mapping.forms import Kriged
from mrv.mapping.gaussian_models import ResidualKriging
from mrv.mapping.model import Fitting, Plan, fit_model
from mrv.mapping.model_error import LittleBags, Refits, bag_size, model_error
from mrv.mapping.model_store import read_model, write_model
from mrv.mapping.prediction import mapped_by
from mrv.mapping.refitting import with_model_error
from mrv.mapping.rows import Rows, Training
from mrv.mapping.tree_models import RandomForest
from mrv.mapping.trees import Trees, joined
from tests.unit.mapping.conftest import STREAMS
from tests.unit.mapping.test_model import population

TREES = 40
FOREST = RandomForest(trees=TREES)


def places(n: int = 300) -> Rows:
    return population(n).rows


@pytest.fixture(scope="module")
def forests(training: Training) -> tuple[Trees, ...]:
    """A forest, and 24 refits to plots drawn anew."""
    draw = np.random.default_rng(4)
    samples = [np.arange(60), *(np.sort(draw.integers(0, 60, 60)) for _ in range(24))]
    return tuple(FOREST.fit(training.take(own), {"leaf": 3}, None, 11) for own in samples)


def test_bags_of_whole_refits_are_the_refits(forests: tuple[Trees, ...]):
    """With k = T the variance V − W/k + W/T is V, the variance between the refits."""
    _, *refits = forests
    bags = LittleBags(joined(refits), len(refits), TREES)
    rows = places()
    expected = np.var([form.predict(rows) for form in refits], axis=0, ddof=1)
    np.testing.assert_allclose(bags.variance([(1.0, rows)]), expected, rtol=1e-9)
    np.testing.assert_allclose(Refits(tuple(refits)).variance([(1.0, rows)]), expected, rtol=1e-9)


def test_small_bags_agree_with_whole_refits(forests: tuple[Trees, ...]):
    """Ten of forty trees of each refit: over the map, the standard error of the model is the same to 10 %."""
    _, *refits = forests
    bags = LittleBags(joined([form.first(10) for form in refits]), len(refits), TREES)
    rows = places()
    few, whole = (np.sqrt(error.variance([(1.0, rows)])) for error in (bags, Refits(tuple(refits))))
    assert few.mean() == pytest.approx(whole.mean(), rel=0.1)
    # Without taking off what bags differ by for their size, it would be far too large.
    naive = np.std([form.first(10).predict(rows) for form in refits], axis=0, ddof=1)
    assert naive.mean() > 1.1 * whole.mean()


def test_bags_that_do_not_differ_leave_the_chance_of_growing(forests: tuple[Trees, ...]):
    """The same bag twice: V = 0 is below W/k, so the variance is W/T."""
    bag = forests[1].first(10)
    within = np.var(bag.values_of(places().predictors), axis=0, ddof=1)
    twice = LittleBags(joined([bag, bag]), 2, TREES)
    np.testing.assert_allclose(twice.variance([(1.0, places())]), within / TREES, rtol=1e-9)


def test_a_change_that_cancels_has_no_error(forests: tuple[Trees, ...]):
    """A prediction less itself, and one less half of itself."""
    _, *refits = forests
    rows = places()
    for error in (Refits(tuple(refits)), model_error(forests[0], refits)):
        alone = error.variance([(1.0, rows)])
        assert not error.variance([(1.0, rows), (-1.0, rows)]).any()
        half = np.full(len(rows), 0.5)
        np.testing.assert_allclose(error.variance([(1.0, rows), (-half, rows)]), alone / 4, rtol=1e-9)


@pytest.mark.parametrize(
    ("trees", "refits", "size"), [(100, 200, 10), (100, 8, 13), (500, 100, 10), (500, 20, 25), (5, 20, 5)]
)
def test_size_of_bags(trees: int, refits: int, size: int):
    assert bag_size(trees, refits) == size


def test_bags_have_about_the_trees_of_the_model(forests: tuple[Trees, ...]):
    error = model_error(forests[0], forests[1:])
    assert isinstance(error, LittleBags)
    assert (error.bags, len(error.trees.roots), error.trees_of_model) == (4, 40, 40)


def test_residuals_carried_over_the_map_count(training: Training):
    """Of a forest with kriged residuals, a bag is its trees and its residuals; here all ten trees."""
    kriging = ResidualKriging("forest_kriging", RandomForest(trees=10))
    settings, draw = {"signal": 0.6, "length": 2000.0}, np.random.default_rng(8)

    def refit() -> Kriged:
        own = np.sort(draw.integers(0, 60, 60))
        return kriging.fit(training.take(own), settings, np.arange(60) % 5, 3)

    forms = [refit() for _ in range(2)]
    error = model_error(forms[0], forms)
    assert isinstance(error, LittleBags)
    rows = places()
    carried = [form.residuals.on_scale(rows) for form in forms if form.residuals is not None]
    bags = [form.base.predict(rows) + own for form, own in zip(forms, carried, strict=True)]
    within = np.mean([np.var(form.base.values_of(rows.predictors), axis=0, ddof=1) for form in forms], axis=0)
    expected = np.maximum(np.var(bags, axis=0, ddof=1) - within / 10, 0) + within / 10
    np.testing.assert_allclose(error.variance([(1.0, rows)]), expected, rtol=1e-9)


def with_forest(training: Training) -> Fitting:
    """A fitting whose model is a forest, whichever would be chosen."""
    plan = Plan(("random_forest",), 5, None, STREAMS, workers=2, headline_alone=True)
    fitting = fit_model(training, None, plan)
    settings = {"leaf": 3}
    form = ALL["random_forest"].fit(fitting.training, settings, None, 5)
    model = replace(fitting.model, candidate="random_forest", settings=settings, form=form)
    return replace(fitting, model=model)


def test_blocks_threads_and_files_alter_no_bit(
    training: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    area = population(900)
    area.rows.predictors[7, 0] = np.nan
    plan = Plan(("random_forest",), 5, None, STREAMS, workers=2)
    fitting, _ = with_model_error(with_forest(training), area, plan, 3)
    assert isinstance(fitting.model.error, LittleBags)
    whole = mapped_by(fitting.model, area.rows)
    assert whole.standard_error_t_ha is not None
    assert np.flatnonzero(np.isnan(whole.standard_error_t_ha)).tolist() == [7]
    write_model(tmp_path, fitting.model)
    again = read_model(tmp_path)
    monkeypatch.setattr(prediction, "PLACES", 64)
    for found in (mapped_by(fitting.model, area.rows, 3), mapped_by(again, area.rows)):
        for name, values in vars(whole).items():
            assert getattr(found, name).tobytes() == values.tobytes(), name
    ends = [0, 1, 8, 133, 900]
    parts = [mapped_by(again, area.rows.take(slice(a, b))) for a, b in itertools.pairwise(ends)]
    for name, values in vars(whole).items():
        assert np.concatenate([getattr(part, name) for part in parts]).tobytes() == values.tobytes(), name


def test_a_model_that_was_not_fitted_again_has_no_error(ridge: Fitting):
    assert mapped_by(ridge.model, places()).standard_error_t_ha is None

"""Comparing, choosing, predicting: nothing left out has a say, and no arrangement alters a bit."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from mrv.mapping.agreement import agreement, group_bias, saturation
from mrv.mapping.candidates import ALL
from mrv.mapping.comparison import (
    Judgement,
    out_of_fold,
    rmse_standard_error,
    simplest_within_one_standard_error,
)
from mrv.mapping.footprints import (
    PlotPixels,
    circular_footprints,
    inverse_variance_weights,
    pixels_under,
    plot_error_variance,
    predictors_under,
    windows_under,
)
from mrv.mapping.model import Fitting, Plan, fit_model, residual_spread
from mrv.mapping.prediction import Population, Prediction, map_population, predict
from mrv.mapping.refitting import bootstrap_rows, with_model_error
from mrv.mapping.rows import Rows, Training
from tests.unit.mapping.conftest import STRATA, STREAMS, simulated


def plan(*names: str, workers: int = 2, folds: int = 5) -> Plan:
    return Plan(names, folds, None, STREAMS, workers=workers)


def population(n: int = 900) -> Population:
    draw = np.random.default_rng(12)
    places = draw.uniform(0, 4000, (n, 2))
    x = np.column_stack([draw.uniform(2, 20, n), draw.normal(size=n)])
    return Population(Rows(x, (places[:, 0] > 2000).astype(np.int64), places), np.full(n, 0.04), STRATA)


def predicted(
    fitting: Fitting, places: Population, own: Plan, replicates: int
) -> tuple[Prediction, np.ndarray]:
    """Map with its error, and the means of the refits."""
    fitting, means = with_model_error(fitting, places, own, replicates)
    return predict(fitting.model, places, workers=own.workers), means


class Told:
    """A progress that keeps what it is told: pieces announced and pieces done, by step."""

    def __init__(self) -> None:
        self.total: dict[str, int] = {}
        self.done: Counter[str] = Counter()

    def __call__(self, step: str) -> None:
        self.total[step] = 0

    @contextmanager
    def long_step(self, step: str, total: int) -> Iterator[Callable[[int], None]]:
        self.total[step] = total
        yield lambda number: self.done.update({step: number})


def test_every_fit_is_told_and_changes_no_bit(training: Training):
    told, own = Told(), plan("ridge")
    fitting = fit_model(training, None, replace(own, progress=told))
    # Ridge and the two always beside it, without each of five folds, by random folds and by blocks.
    assert told.total == {"Comparing models": 3 * 5 * 2}
    assert told.done == told.total
    _, means = with_model_error(fitting, population(), replace(own, progress=told), 4)
    assert told.total["Refitting the model to plots drawn anew"] == 4
    assert told.done == told.total
    _, silent_means = with_model_error(fit_model(training, None, own), population(), own, 4)
    assert means.tobytes() == silent_means.tobytes()


def test_left_out_plots_have_no_say(training: Training):
    """Biomass of one fold times ten: what predicts that fold stays, bit for bit."""
    folds = fit_model(training, None, plan("ridge")).folds["random"]
    ordered = training.in_order()
    out = folds.fold == 2
    changed = Training(**{**vars(ordered), "agb_t_ha": np.where(out, 10, 1) * ordered.agb_t_ha})
    candidates = [ALL["ridge"], ALL["random_forest"], ALL["stratum_mean"]]
    first = out_of_fold(candidates, ordered, folds, 3, 2)
    second = out_of_fold(candidates, changed, folds, 3, 2)
    for name in first:
        before, after = first[name].predicted_t_ha, second[name].predicted_t_ha
        assert before[out].tobytes() == after[out].tobytes()
        assert not np.array_equal(before[~out], after[~out])


def test_order_of_rows_and_threads_alter_no_bit(training: Training, area_m: np.ndarray):
    turned = np.random.default_rng(1).permutation(len(training))
    first = fit_model(training, area_m, plan("ridge", "random_forest", workers=1))
    second = fit_model(training.take(turned), area_m, plan("ridge", "random_forest", workers=3))
    assert first.judgements == second.judgements
    assert first.importance_t_ha == second.importance_t_ha
    places = population()
    one, means = predicted(first, places, plan("ridge", workers=1), 7)
    many, same_means = predicted(second, places, plan("ridge", workers=3), 7)
    assert means.tobytes() == same_means.tobytes()
    for name in ("agb_t_ha", "standard_error_t_ha", "inside"):
        assert getattr(one, name).tobytes() == getattr(many, name).tobytes()


def test_baselines_are_always_reported(ridge: Fitting):
    assert {own.candidate for own in ridge.judgements} == {"stratum_mean", "height_power", "ridge"}
    assert {own.design for own in ridge.judgements} == {"random", "block", "knndm"}
    assert ridge.headline == "knndm"


def test_the_predictor_that_matters_is_found(ridge: Fitting):
    """Biomass was made of height; the other predictor is noise."""
    assert ridge.model.candidate == "height_power"
    assert ridge.importance_t_ha["height"] > 10
    assert ridge.importance_t_ha["noise"] == 0.0


@pytest.mark.parametrize(("simple", "chosen"), [(21.9, "stratum_mean"), (22.1, "random_forest")])
def test_simplest_within_one_standard_error(simple: float, chosen: str):
    """Smallest error 20 with a standard error of 2: the limit is 22."""
    errors = {"stratum_mean": (simple, 9.0), "ridge": (30.0, 1.0), "random_forest": (20.0, 2.0)}
    observed = np.array([0.0, 0.0])
    judgements = {
        name: Judgement("random", name, agreement(observed, np.array([rmse, -rmse])), error, (), None)
        for name, (rmse, error) in errors.items()
    }
    assert simplest_within_one_standard_error(judgements) == chosen


def test_standard_error_of_an_error_counts_units():
    """Squares 1, 9, 1, 9: mean 5, sd of a mean of four 2.309; over 2 · √5. Two units alike: no spread."""
    error = np.array([1.0, 3, 1, 3])
    alone = rmse_standard_error(error, ["a", "b", "c", "d"])
    assert alone == pytest.approx(np.std([1, 9, 1, 9], ddof=1) / 2 / (2 * math.sqrt(5)))
    assert rmse_standard_error(error, ["a", "a", "b", "b"]) == 0.0


def test_bias_by_thirds():
    observed = np.array([1.0, 2, 3, 4, 5, 6])
    predicted = np.array([3.0, 4, 3, 4, 4, 5])
    assert group_bias(observed, predicted) == (2.0, 0.0, -1.0)


def test_saturation_is_seen():
    draw = np.random.default_rng(3)
    truth = draw.uniform(0, 300, 90)
    fine = saturation(truth + draw.normal(0, 10, 90), truth)
    flat = saturation(truth, 150 * (1 - np.exp(-truth / 100)) + draw.normal(0, 3, 90))
    assert fine is not None and not fine.saturated
    assert flat is not None and flat.saturated and flat.mean_residual_t_ha > 50
    assert saturation(truth[:9], truth[:9]) is None


def test_spread_of_residuals_grows_with_the_prediction():
    draw = np.random.default_rng(3)
    predicted = draw.uniform(5, 300, 400)
    even = residual_spread(predicted + draw.normal(0, 20, 400), predicted)
    relative = residual_spread(predicted * (1 + draw.normal(0, 0.2, 400)), predicted)
    assert (even.power, relative.power) == (0.0, 2.0)
    assert math.sqrt(even.factor) == pytest.approx(20, rel=0.1)
    assert math.sqrt(relative.factor) == pytest.approx(0.2, rel=0.1)


def test_bootstrap_takes_whole_units_inside_strata():
    plots = simulated(24)
    unit = tuple(f"c{number // 3}" for number in range(24))
    stratum = np.repeat([0, 1], 12)
    clustered = Training(
        **{
            **vars(plots),
            "unit": unit,
            "rows": Rows(plots.rows.predictors, stratum, plots.rows.coordinates_m),
        }
    )
    seen = set()
    for replicate in range(20):
        rows = bootstrap_rows(clustered, STREAMS, replicate)
        counts = np.bincount(rows, minlength=24)
        assert all(len(set(counts[start : start + 3])) == 1 for start in range(0, 24, 3))
        assert counts[:12].sum() == counts[12:].sum() == 12
        seen.add(counts.tobytes())
    assert len(seen) > 15


def test_map_of_a_population(ridge: Fitting, training: Training):
    places = population()
    gap = places.rows.predictors.copy()
    gap[:50, 0] = np.nan
    gap[50:60, 0] = 400.0
    places = Population(Rows(gap, places.rows.stratum, places.rows.coordinates_m), places.area_ha, STRATA)
    found, means = predicted(ridge, places, plan("ridge"), 12)
    assert found.standard_error_t_ha is not None
    assert np.isnan(found.agb_t_ha[:50]).all() and np.isnan(found.standard_error_t_ha[:50]).all()
    assert not found.inside[:60].any()
    table = map_population(
        ridge, places, found, PlotPixels.one_each(ridge.training.plot_id, ridge.training.rows)
    )
    strata = table.strata.set_index("stratum_id")
    assert strata["area_ha"].sum() == pytest.approx(900 * 0.04)
    assert strata["area_no_data_ha"].sum() == pytest.approx(50 * 0.04)
    inside = found.inside & (places.rows.stratum == 0)
    assert strata.loc["fringe", "predicted_mean_t_ha"] == pytest.approx(found.agb_t_ha[inside].mean())
    assert strata.loc["fringe", "area_outside_ha"] == pytest.approx(
        (~found.inside & (places.rows.stratum == 0)).sum() * 0.04
    )
    # The spread of the refits is that of a mean of about 30 plots with 25 % noise, not of a pixel.
    spread = np.std(means, axis=0, ddof=1) / strata["predicted_mean_t_ha"]
    assert (spread > 0.01).all() and (spread < 0.12).all()
    assert list(table.plots["plot_id"]) == sorted(training.plot_id)
    known = found.standard_error_t_ha[60:]
    assert (known > np.sqrt(ridge.model.spread.variance(found.agb_t_ha[60:])) * 0.999).all()


def test_a_stratum_without_plots_is_outside(training: Training):
    wider = Training(**{**vars(training), "strata": (*STRATA, "nowhere")})
    poor = Training(
        **{
            **vars(wider),
            "agb_t_ha": 50 + np.random.default_rng(1).normal(0, 5, len(training)),
            "height": None,
        }
    )
    fitting = fit_model(poor, None, plan("stratum_mean"))
    rows = Rows(np.full((3, 2), 5.0), np.array([0, 1, 2]), np.zeros((3, 2)))
    assert fitting.model.inside(rows).tolist() == [True, True, False]
    assert np.isfinite(fitting.model.form.predict(rows)).all()


def test_footprint_has_the_area_of_the_plot():
    circle, nothing = circular_footprints(np.array([[500.0, 300.0], [np.nan, 0]]), np.array([154.0, 154.0]))
    assert circle.area == pytest.approx(154.0, rel=1e-9)
    assert (circle.centroid.x, circle.centroid.y) == pytest.approx((500, 300))
    assert nothing is None


def test_a_plot_half_off_the_data_has_no_predictor():
    import shapely
    import xarray as xr
    from affine import Affine
    from odc.geo.geobox import GeoBox

    grid = GeoBox((1, 4), Affine(10, 0, 0, 0, -10, 10), "EPSG:4547")
    values = xr.DataArray(
        np.array([[[1.0, np.nan, 3.0, 5.0]]]),
        dims=("predictor", "y", "x"),
        coords={"predictor": ["height"]},
    )
    plots = np.array(
        [
            shapely.box(20, 0, 40, 10),  # two pixels, 3 and 5
            shapely.box(4, 0, 14, 10),  # 6 m of data, 4 m without
            shapely.box(6, 0, 16, 10),  # 4 m of data only
            shapely.box(34, 0, 44, 10),  # 6 m on the grid
            shapely.box(100, 0, 110, 10),  # beside it
            None,
        ],
        dtype=object,
    )
    windows = windows_under(plots, values, grid)
    means, coverage = predictors_under(windows, 6, 1)
    np.testing.assert_allclose(means[:, 0], [4, 1, np.nan, 5, np.nan, np.nan])
    np.testing.assert_allclose(coverage, [1, 0.6, 0.4, 0.6, 0, 0])
    counted = xr.DataArray(np.array([[True, True, True, False]]), dims=("y", "x"))
    ids = tuple("abcdef")
    pixels = pixels_under(ids, np.zeros(6, dtype=int), windows, counted, grid)
    found, share = pixels.means(pixels.predictors[:, 0] * 2, ~np.isnan(pixels.predictors[:, 0]))
    # The last pixel does not count: half of the first plot, none of the fourth.
    np.testing.assert_allclose(found, [6, 2, 2, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(share, [0.5, 0.6, 0.4, 0, 0, 0])


def test_plot_error_variance():
    """σ² = 3² + 4² + 10² (1 − 100/400) = 100; a plot as large as its pixel has none of the last part."""
    variance = plot_error_variance(
        np.array([100.0, 400.0, 900.0]),
        400.0,
        measurement_sd_t_ha=3.0,
        allometry_sd_t_ha=4.0,
        within_pixel_sd_t_ha=10.0,
    )
    np.testing.assert_allclose(variance, [100, 25, 25])
    np.testing.assert_allclose(inverse_variance_weights(variance), np.array([1, 4, 4]) / 3)
    np.testing.assert_allclose(inverse_variance_weights(np.zeros(3)), 1)

"""Candidates: what scikit-learn fits is what the forms predict, to the last bit and in any arrangement."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from mrv.mapping.applicability import applicability
from mrv.mapping.candidates import ALL
from mrv.mapping.forms import BackTransform, Form
from mrv.mapping.model import BiomassModel, ResidualSpread
from mrv.mapping.model_error import model_error
from mrv.mapping.model_store import read_model, write_model
from mrv.mapping.rows import Rows, Training
from tests.unit.mapping.conftest import STRATA, simulated

SETTINGS = {
    "stratum_mean": {},
    "height_power": {},
    "ridge": {"scale": "log", "alpha": 1.0},
    "partial_least_squares": {"scale": "sqrt", "components": 2},
    "stratum_ridge": {"scale": "identity", "alpha": 1.0},
    "stratum_kriging": {"signal": 0.5, "length": 800.0},
    "gaussian_process": {"scale": "sqrt", "signal": 0.8, "length": 2.0},
    "random_forest": {"leaf": 3},
    "gradient_boosting": {"trees": 20, "depth": 2},
    "forest_kriging": {"signal": 0.5, "length": 800.0},
}


def places(n: int = 500) -> Rows:
    draw = np.random.default_rng(3)
    x = np.column_stack([draw.uniform(0, 25, n), draw.normal(size=n)])
    return Rows(x, draw.integers(0, 2, n), draw.uniform(0, 4000, (n, 2)))


@pytest.fixture(scope="module")
def forms(training: Training) -> dict[str, Form]:
    folds = np.arange(len(training)) % 4
    return {name: ALL[name].fit(training, own, folds, 11) for name, own in SETTINGS.items()}


def test_every_candidate_is_tested():
    assert set(SETTINGS) == set(ALL)


def test_ridge_is_that_of_scikit_learn(training: Training):
    settings = {"scale": "identity", "alpha": 3.0}
    form = ALL["ridge"].fit(training, settings, None, 0)
    scaler = StandardScaler().fit(training.rows.predictors)
    model = Ridge(3.0).fit(scaler.transform(training.rows.predictors), training.agb_t_ha)
    expected = np.maximum(model.predict(scaler.transform(places().predictors)), 0)
    np.testing.assert_allclose(form.predict(places()), expected, rtol=1e-9, atol=1e-9)


def test_ridge_by_stratum_lets_strata_differ_at_equal_predictors(training: Training):
    """As ridge with columns that tell the strata apart and are not shrunken: a huge scale of theirs."""
    form = ALL["stratum_ridge"].fit(training, {"scale": "identity", "alpha": 3.0}, None, 0)
    x, stratum = training.rows.predictors, training.rows.stratum
    means = np.array([x[stratum == number].mean(axis=0) for number in (0, 1)])
    z = (x - means[stratum]) / (x - means[stratum]).std(axis=0)
    design = np.column_stack([z, 1e6 * (stratum == 0), 1e6 * (stratum == 1)])
    model = Ridge(3.0, fit_intercept=False).fit(design, training.agb_t_ha)
    np.testing.assert_allclose(
        form.predict(training.rows), np.maximum(model.predict(design), 0), rtol=1e-6, atol=1e-6
    )
    assert form.by_stratum


def test_ridge_by_stratum_does_not_apply_where_no_plot_tells_the_level(training: Training):
    wider = Training(**{**vars(training), "strata": (*STRATA, "nowhere")})
    form = ALL["stratum_ridge"].fit(wider, {"scale": "identity", "alpha": 3.0}, None, 0)
    area = applicability(wider.rows.predictors, np.ones(2), np.arange(len(wider)) % 4)
    model = BiomassModel(
        "stratum_ridge", {}, wider.names, wider.strata, STRATA, form, area, ResidualSpread(1.0, 0.0, 1.0)
    )
    rows = Rows(wider.rows.predictors[:1].repeat(3, axis=0), np.array([0, 1, 2]), np.zeros((3, 2)))
    assert model.inside(rows).tolist() == [True, True, False]
    assert np.isfinite(form.predict(rows)).all()


def test_partial_least_squares_is_that_of_scikit_learn(training: Training):
    form = ALL["partial_least_squares"].fit(training, {"scale": "identity", "components": 1}, None, 0)
    model = PLSRegression(1, scale=True).fit(training.rows.predictors, training.agb_t_ha)
    expected = np.maximum(np.ravel(model.predict(places().predictors)), 0)
    np.testing.assert_allclose(form.predict(places()), expected, rtol=1e-9, atol=1e-9)


def test_forest_is_that_of_scikit_learn(training: Training):
    form = ALL["random_forest"].fit(training, {"leaf": 5}, None, 11)
    model = RandomForestRegressor(100, min_samples_leaf=5, max_features=1 / 3, random_state=11)
    model.fit(training.rows.predictors, training.agb_t_ha, sample_weight=training.weight)
    np.testing.assert_allclose(form.predict(places()), model.predict(places().predictors), rtol=1e-12)


def test_boosting_is_that_of_scikit_learn(training: Training):
    form = ALL["gradient_boosting"].fit(training, {"trees": 30, "depth": 3}, None, 11)
    model = GradientBoostingRegressor(
        n_estimators=30, max_depth=3, learning_rate=0.05, min_samples_leaf=5, subsample=0.5, random_state=11
    )
    model.fit(training.rows.predictors, training.agb_t_ha, sample_weight=training.weight)
    np.testing.assert_allclose(form.predict(places()), model.predict(places().predictors), rtol=1e-12)


def test_gaussian_process_is_that_of_scikit_learn(training: Training):
    form = ALL["gaussian_process"].fit(training, SETTINGS["gaussian_process"], None, 0)
    x = training.rows.predictors
    centre, scale = x.mean(axis=0), x.std(axis=0, ddof=1)
    target = np.sqrt(training.agb_t_ha)
    model = GaussianProcessRegressor(ConstantKernel(0.8) * Matern(2.0, nu=1.5), alpha=0.2, optimizer=None)
    model.fit((x - centre) / scale, target - target.mean())
    root = model.predict((places().predictors - centre) / scale) + target.mean()
    np.testing.assert_allclose(form.predict(places()), np.maximum(root, 0) ** 2, rtol=1e-9)


def test_power_of_height_is_found(training: Training):
    """Biomass was made as 3 H^1.4."""
    form = ALL["height_power"].fit(training, {}, None, 0)
    assert form.exponent == pytest.approx(1.4, abs=0.15)
    heights = Rows(np.array([[0.0, 0], [10, 0], [np.nan, 0]]), np.zeros(3, dtype=int), np.zeros((3, 2)))
    bare, tall, unknown = form.predict(heights)
    assert bare == 0 and np.isnan(unknown)
    assert tall == pytest.approx(3 * 10**1.4, rel=0.1)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_row_is_predicted_alike_alone_and_among_others(forms: dict[str, Form], name: str):
    rows, form = places(), forms[name]
    whole = form.predict(rows)
    assert np.isfinite(whole).all() and (whole >= 0).all()
    for size in (1, 7, 64):
        parts = [form.predict(rows.take(slice(start, start + size))) for start in range(0, len(rows), size)]
        assert np.concatenate(parts).tobytes() == whole.tobytes()


@pytest.mark.parametrize("name", SETTINGS)
def test_predictors_in_single_precision_are_computed_with_in_double(
    training: Training, forms: dict[str, Form], name: str
):
    rows = training.rows
    single = rows.predictors.astype(np.float32)
    found, due = (
        forms[name].predict(Rows(predictors, rows.stratum, rows.coordinates_m))
        for predictors in (single, single.astype(np.float64))
    )
    assert found.dtype == np.float64
    assert found.tobytes() == due.tobytes()


@pytest.mark.parametrize("name", SETTINGS)
def test_a_model_that_does_not_ask_where_predicts_without_coordinates(forms: dict[str, Form], name: str):
    model = BiomassModel(
        name, SETTINGS[name], ("a", "b"), STRATA, STRATA, forms[name], None, ResidualSpread(1, 0, 1)
    )
    rows = places()
    nowhere = replace(rows, coordinates_m=np.full((len(rows), 2), np.nan))
    error = model_error(forms[name], [forms[name], forms[name]])
    assert model.asks_where == ("kriging" in name)
    for told in (forms[name].predict, lambda own: error.variance([(1.0, own)])):
        assert model.asks_where == (told(nowhere).tobytes() != told(rows).tobytes())


@pytest.mark.parametrize("name", SETTINGS)
def test_a_stored_model_predicts_the_same_bits(
    forms: dict[str, Form], training: Training, tmp_path: Path, name: str
):
    folds = np.arange(len(training)) % 4
    area = applicability(training.rows.predictors, np.array([2.0, 0.5]), folds)
    model = BiomassModel(
        name,
        SETTINGS[name],
        training.names,
        STRATA,
        STRATA,
        forms[name],
        area,
        ResidualSpread(1.5, 1.0, 2.0),
    )
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        write_model(folder, model)
    again = read_model(first)
    assert again.form.predict(places()).tobytes() == model.form.predict(places()).tobytes()
    assert (again.inside(places()) == model.inside(places())).all()
    assert (again.settings, again.names, again.strata) == (model.settings, model.names, model.strata)
    for file in ("model.json", "model.npz"):
        assert (first / file).read_bytes() == (second / file).read_bytes()


def test_without_predictors_a_row_has_no_value(forms: dict[str, Form]):
    rows = Rows(np.array([[np.nan, 0.0]]), np.zeros(1, dtype=int), np.zeros((1, 2)))
    for name in ("ridge", "random_forest", "gaussian_process", "height_power"):
        assert np.isnan(forms[name].predict(rows)).all()


def test_weights_count(training: Training):
    """A plot of weight 3 pulls a stratum mean as three plots would."""
    part = training.take(np.array([0, 1, 2]))
    rows = Rows(part.rows.predictors, np.zeros(3, dtype=int), part.rows.coordinates_m)
    weighted = Training(
        rows, np.array([10.0, 20, 30]), np.array([3.0, 1, 1]), *[part.plot_id] * 2, part.names, ("one",)
    )
    assert ALL["stratum_mean"].fit(weighted, {}, None, 0).predict(rows)[0] == pytest.approx(80 / 5)


def test_back_transformation_of_a_root_is_exact():
    """E[(p + e)²] of residuals −1, 0, 4 at p = 5: (16 + 25 + 81) / 3."""
    residuals = np.array([-1.0, 0.0, 4.0])
    back = BackTransform("sqrt", float(residuals.mean()), float((residuals**2).mean()))
    assert back.inverse(np.array([5.0]))[0] == pytest.approx((16 + 25 + 81) / 3)


def test_log_models_keep_the_sum():
    """The mere exponential would sum about exp(s²/2) = 13 % low at s = 0.5."""
    large = simulated(400, seed=9)
    noise = np.random.default_rng(2).normal(0, 0.5, 400)
    noisy = Training(
        large.rows,
        np.exp(1 + 0.1 * large.rows.predictors[:, 0] + noise),
        large.weight,
        large.plot_id,
        large.unit,
        large.names,
        large.strata,
        0,
    )
    form = ALL["ridge"].fit(noisy, {"scale": "log", "alpha": 0.1}, np.arange(400) % 5, 0)
    assert form.predict(noisy.rows).sum() / noisy.agb_t_ha.sum() == pytest.approx(1, abs=0.03)
    assert form.back.mean_exponential_residual == pytest.approx(np.exp(0.125), rel=0.05)


def test_candidates_that_plots_cannot_have(training: Training):
    assert "two hundred plots" in str(ALL["gradient_boosting"].unfit(training))
    few = training.take(np.arange(3))
    assert ALL["ridge"].unfit(few) == "there are fewer plots than predictors and two more"
    assert "twenty places" in str(ALL["stratum_kriging"].unfit(few))
    unequal = Training(**{**vars(training), "weight": np.linspace(0.5, 1.5, len(training))})
    assert ALL["partial_least_squares"].unfit(unequal) == "the fit takes no weights"
    assert ALL["ridge"].unfit(unequal) is None

"""The R package mase 0.1.5.900 on the school sample of the R package survey, and on Idaho's forest plots.

The published numbers are those of its own test snapshots.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mrv.stock.auxiliary import ratio, regression_on
from mrv.stock.estimators import simple_random
from mrv.stock.poststratified import post_stratified, post_stratum

SCHOOLS = 6194
AWARDED = 4167
"""Schools of the population, and those of them with an award."""

BY_LEVEL = {"E": 4421, "H": 755, "M": 1018}


@pytest.fixture(scope="module")
def schools(shared):
    return pd.read_csv(shared / "reference/mase/apisrs.csv")


def scores(schools, name="api00"):
    return schools[name].to_numpy(dtype=float)


def test_horvitz_thompson_mean(schools):
    estimate = simple_random(scores(schools), SCHOOLS)
    assert estimate.value == pytest.approx(656.585, abs=1e-9)
    assert estimate.standard_error**2 == pytest.approx(85.55736, abs=5e-6)


def test_post_stratified_mean_by_award(schools):
    awarded = (schools["awards"] == "Yes").to_numpy(dtype=float)
    fitted = regression_on(awarded, AWARDED / SCHOOLS, SCHOOLS, "residual")
    estimate = fitted.estimator.estimate(scores(schools))
    assert estimate.value == pytest.approx(659.63821668979301, rel=1e-12)
    assert estimate.standard_error**2 == pytest.approx(81.71874803763041939, rel=1e-12)
    total = estimate.times(SCHOOLS)
    assert total.value == pytest.approx(4085799.1141765778884, rel=1e-12)
    assert total.standard_error**2 == pytest.approx(3135191741.5874428749, rel=1e-12)


def test_our_post_stratified_variances_are_near_its_variance(schools):
    """mase takes the residuals as they are; ours count the sizes of the classes, which costs a little."""
    shares = {"Yes": AWARDED / SCHOOLS, "No": 1 - AWARDED / SCHOOLS}
    classes = [
        post_stratum(share, scores(schools[schools["awards"] == name])) for name, share in shares.items()
    ]
    unconditional = post_stratified(classes, SCHOOLS)
    conditional = post_stratified(classes, SCHOOLS, "conditional")
    assert unconditional.value == pytest.approx(conditional.value, rel=1e-15)
    assert conditional.value == pytest.approx(659.63821668979301, rel=1e-12)
    for estimate in (unconditional, conditional):
        assert 0 < estimate.standard_error**2 / 81.71874803763041939 - 1 < 0.04


def graduates(schools):
    awarded = schools["awards"] == "Yes"
    return np.column_stack([scores(schools, "col.grad"), awarded.to_numpy(dtype=float)])


def test_regression_on_graduates_and_award(schools):
    y, x = scores(schools), graduates(schools)
    published = (487.6425031015212425700, 6.9214029871897082558, 49.6633762486645906620)
    coefficients = regression_on(x, x.mean(axis=0), SCHOOLS).coefficients(y)
    assert coefficients == pytest.approx(published, rel=1e-12)
    # The package's population table is not at hand: its mean of graduates follows from the estimate, and
    # must give a whole number of percentage points over all schools.
    intercept, slope, premium = published
    graduate_mean = (664.58147212231233425 - intercept - premium * AWARDED / SCHOOLS) / slope
    assert graduate_mean * SCHOOLS == pytest.approx(round(graduate_mean * SCHOOLS), abs=1e-6)
    fitted = regression_on(x, np.array([graduate_mean, AWARDED / SCHOOLS]), SCHOOLS, "residual")
    estimate = fitted.estimator.estimate(y)
    assert estimate.value == pytest.approx(664.58147212231233425, rel=1e-12)
    assert estimate.standard_error**2 == pytest.approx(40.34135904727304478, rel=1e-12)
    weights = fitted.g * SCHOOLS / len(y)
    assert weights.sum() == pytest.approx(SCHOOLS, rel=1e-12)
    published_weights = (25.148823971645644093, 36.417835239174429773, 29.382880868596402024)
    assert weights[:3] == pytest.approx(published_weights, rel=1e-10)


def test_ratio_of_two_post_stratified_totals(schools):
    """Its residuals are about class means of another kind, and with those its variance is ours to the bit.

    mase 0.1.5.900 centres each class on Σ y/π over the schools that the class has in the population, and
    not on the mean of those sampled in it. Of the 4,421 elementary schools 142 are in the sample of 200,
    which stand for 4,398: so its centre is off by half a per cent. All that raises the variance by 7.5e-5.
    """
    levels = np.column_stack([schools["stype"] == name for name in ("H", "M")]).astype(float)
    means = np.array([BY_LEVEL["H"], BY_LEVEL["M"]]) / SCHOOLS
    tested, enrolled = scores(schools, "api.stu"), scores(schools, "enroll")
    by_level = regression_on(levels, means, SCHOOLS, "residual").estimator
    above, below = by_level.estimate(tested), by_level.estimate(enrolled)
    value = above.value / below.value
    assert value == pytest.approx(0.82586520517999606, rel=1e-12)
    ours = (by_level.estimate(tested - value * enrolled).standard_error / below.value) ** 2
    published = 8.8515247125631592393e-05

    level = schools["stype"].to_numpy()
    rest = tested - value * enrolled
    represented = {name: (level == name).sum() * SCHOOLS / len(level) for name in BY_LEVEL}
    centres = {name: rest[level == name].mean() * represented[name] / BY_LEVEL[name] for name in BY_LEVEL}
    about_theirs = rest - np.array([centres[name] for name in level])
    theirs = (simple_random(about_theirs, SCHOOLS).standard_error / below.value) ** 2
    assert theirs == pytest.approx(published, rel=1e-12)
    assert published / ours - 1 == pytest.approx(7.462731e-05, rel=1e-5)


def test_plain_ratio_differs_from_the_post_stratified_one(schools):
    plain = ratio(scores(schools, "api.stu"), scores(schools, "enroll"), SCHOOLS)
    assert plain.value == pytest.approx(0.8253536545731, rel=1e-12)
    assert plain.value != pytest.approx(0.82586520517999606, rel=1e-4)


@pytest.fixture(scope="module")
def idaho(shared):
    folder = shared / "reference/mase"
    return pd.read_csv(folder / "IdahoSamp.csv"), pd.read_csv(folder / "IdahoPop.csv")


def test_basal_area_of_idaho_by_canopy_cover(idaho):
    """What canopy cover explains of the variance between forest plots, it saves in plots."""
    plots, counties = idaho
    pixels = counties["npixels"].to_numpy(dtype=float)
    cover = float(np.average(counties["tcc"], weights=pixels))
    y, x = scores(plots, "BA_TPA_ADJ"), scores(plots, "tcc")
    plain, fitted = simple_random(y), regression_on(x, cover, residual_variance="residual")
    assisted = fitted.estimator.estimate(y)
    r2 = np.corrcoef(x, y)[0, 1] ** 2
    gain = (plain.standard_error / assisted.standard_error) ** 2
    assert gain == pytest.approx(1 / (1 - r2), rel=1e-9)
    assert assisted.value == pytest.approx(
        plain.value + fitted.coefficients(y)[1] * (cover - x.mean()), rel=1e-12
    )
    assert assisted.interval(0.95)[0] < plain.interval(0.95)[1]


def test_post_strata_of_idaho_are_a_regression_on_classes(idaho):
    plots, counties = idaho
    pixels = counties["npixels"].to_numpy(dtype=float)
    forest = float(np.average(counties["tnt.1"], weights=pixels))
    y, wooded = scores(plots, "BA_TPA_ADJ"), (plots["tnt"] == 1).to_numpy()
    classes = [post_stratum(forest, y[wooded]), post_stratum(1 - forest, y[~wooded])]
    by_class = post_stratified(classes, condition="g-weighted")
    by_regression = regression_on(wooded.astype(float), forest).estimator.estimate(y)
    assert by_class.value == pytest.approx(by_regression.value, rel=1e-12)
    assert by_class.standard_error == pytest.approx(by_regression.standard_error, rel=1e-9)

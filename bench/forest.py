"""Forests on the mangrove of a scene, against scikit-learn's ``predict``; the error of a pixel.

The scene is a strip of a quarter of a Sentinel-2 tile, 366 of its 5490 rows: twelve bands of smooth ground,
15 % of it mangrove. A pixel costs the same in a strip as in a tile, and scikit-learn would need minutes for
each turn of a whole one. Forests are scikit-learn's, grown on 300 plots with three of them in a leaf or more.
Both sides take the bands and the mask, work with one thread, and hand back a raster. What is made once for a
map, the tables of a forest, is made in the unmeasured turn, as the compiled code is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.ensemble import RandomForestRegressor

from bench.pairs import Row, in_turns
from mrv.mapping.applicability import applicability
from mrv.mapping.model import BiomassModel, residual_spread
from mrv.mapping.model_error import Refits, model_error
from mrv.mapping.prediction import mapped_by
from mrv.mapping.rows import Rows
from mrv.mapping.tree_models import tree_form
from mrv.mapping.trees import Trees

SIDE, STRIP = 5490, 366
BANDS, PLOTS, SMALLEST_LEAF = 12, 300, 3
SHARE = 0.15
SEED = 20261126
SEEN = 400
SETS, REFITS = 20, 200


@dataclass(frozen=True)
class Scene:
    """Bands of a strip, its mangrove, and plots in it.

    Attributes
    ----------
    bands : ndarray of float32, shape (BANDS, STRIP, SIDE)
    mangrove : ndarray of bool, shape (STRIP, SIDE)
    plots : ndarray, shape (PLOTS, BANDS)
    agb_t_ha : ndarray, shape (PLOTS,)
        [t_dm/ha]
    """

    bands: np.ndarray
    mangrove: np.ndarray
    plots: np.ndarray
    agb_t_ha: np.ndarray


def scene() -> Scene:
    """Smooth ground with noise; biomass is made of three of the bands."""
    draw = np.random.default_rng(SEED)
    ground = gaussian_filter(draw.standard_normal((STRIP, SIDE), dtype=np.float32), 20)
    mangrove = ground > np.quantile(ground, 1 - SHARE)
    bands = np.empty((BANDS, STRIP, SIDE), dtype=np.float32)
    for number in range(BANDS):
        smooth = gaussian_filter(draw.standard_normal((STRIP, SIDE), dtype=np.float32), 3 + number)
        bands[number] = smooth / smooth.std() + 0.3 * draw.standard_normal((STRIP, SIDE), dtype=np.float32)
    known = bands[:, mangrove].T
    plots = known[draw.choice(len(known), PLOTS, replace=False)].astype(np.float64)
    height = 8 * np.exp(0.4 * plots[:, 0])
    agb = 3 * height**1.4 * np.exp(0.1 * plots[:, 1] - 0.1 * plots[:, 2] + 0.25 * draw.standard_normal(PLOTS))
    return Scene(bands, mangrove, plots, agb)


def grown(x: np.ndarray, y: np.ndarray, trees: int, state: int) -> RandomForestRegressor:
    model = RandomForestRegressor(
        trees, min_samples_leaf=SMALLEST_LEAF, max_features=1 / 3, random_state=state, n_jobs=1
    )
    return model.fit(x, y)


def form_of(model: RandomForestRegressor) -> Trees:
    return tree_form(list(model.estimators_), 0.0, 1.0 / len(model.estimators_))


def refits(own: Scene, trees: int, count: int) -> list[Trees]:
    """Forests of plots drawn anew."""
    draw = np.random.default_rng(SEED + 1)
    samples = [draw.integers(0, PLOTS, PLOTS) for _ in range(count)]
    return [
        form_of(grown(own.plots[sample], own.agb_t_ha[sample], trees, number))
        for number, sample in enumerate(samples)
    ]


def rows_at(x: np.ndarray) -> Rows:
    return Rows(x, np.zeros(len(x), dtype=np.int64), np.full((len(x), 2), np.nan))


def raster(own: Scene, values: np.ndarray) -> np.ndarray:
    image = np.full(own.mangrove.shape, np.nan, dtype=np.float32)
    image[own.mangrove] = values
    return image


def against_scikit_learn(own: Scene) -> list[Row]:
    """Masked pixels by the tables of a forest, against masked and unmasked ones by scikit-learn."""
    found = []
    for trees, goal in ((100, "≥ 4"), (500, "≥ 8")):
        model = grown(own.plots, own.agb_t_ha, trees, SEED)
        form = form_of(model)

        def ours(form: Trees = form) -> np.ndarray:
            return raster(own, form.predict(rows_at(own.bands[:, own.mangrove].T)))

        def masked(model: RandomForestRegressor = model) -> np.ndarray:
            return raster(own, model.predict(own.bands[:, own.mangrove].T))

        def whole(model: RandomForestRegressor = model) -> np.ndarray:
            image = model.predict(own.bands.reshape(BANDS, -1).T).reshape(own.mangrove.shape)
            return np.where(own.mangrove, image, np.nan).astype(np.float32)

        work = f"map of biomass, 12 bands, 15 % mangrove, forest of {trees} trees"
        np.testing.assert_allclose(ours(), masked(), rtol=1e-6)
        found.append(in_turns(work, ours, "scikit-learn's `predict` on the masked pixels", masked, goal=goal))
        if trees == 100:
            np.testing.assert_allclose(ours(), whole(), rtol=1e-6)
            unmasked = "scikit-learn's `predict` on the whole scene"
            found.append(in_turns(work, ours, unmasked, whole, goal="≥ 20", turns=3))
    return found


def with_error(own: Scene, whole: list[Trees]) -> Row:
    """The map as ``mrv map`` computes it, with the standard error of each pixel and without."""
    form = form_of(grown(own.plots, own.agb_t_ha, 100, SEED))
    importance = np.r_[1.0, 0.3, 0.3, np.full(BANDS - 3, 0.05)]
    plain = BiomassModel(
        "random_forest",
        {"leaf": SMALLEST_LEAF},
        tuple(f"B{number:02}" for number in range(BANDS)),
        ("mangrove",),
        ("mangrove",),
        form,
        applicability(own.plots, importance, np.arange(PLOTS) % 10),
        residual_spread(own.agb_t_ha, form.predict(rows_at(own.plots))),
    )
    model = replace(plain, error=model_error(form, whole))

    def alone() -> np.ndarray:
        mapped = mapped_by(plain, rows_at(own.bands[:, own.mangrove].T))
        return raster(own, np.where(mapped.inside, mapped.agb_t_ha, np.nan))

    def both() -> np.ndarray:
        mapped = mapped_by(model, rows_at(own.bands[:, own.mangrove].T))
        assert mapped.standard_error_t_ha is not None
        raster(own, np.where(mapped.inside, mapped.standard_error_t_ha, np.nan))
        return raster(own, np.where(mapped.inside, mapped.agb_t_ha, np.nan))

    assert both().tobytes() == alone().tobytes()
    work = "map of biomass with the standard error of each pixel, forest of 100 trees"
    return in_turns(work, both, "the map alone: biomass and where the model applies", alone, goal="≤ 2")


def bags_and_refits(own: Scene, whole: list[Trees]) -> Row:
    """The standard error of pixels by little bags of ten refits, twenty times over, and by all 200 refits."""
    form = form_of(grown(own.plots, own.agb_t_ha, 100, SEED))
    seen = own.bands[:, own.mangrove].T[:: own.mangrove.sum() // SEEN]
    rows = rows_at(seen)
    residual = residual_spread(own.agb_t_ha, form.predict(rows_at(own.plots))).variance(form.predict(rows))
    theirs = np.sqrt(Refits(tuple(whole)).variance([(1.0, rows)]) + residual)
    each = REFITS // SETS
    ours = [
        np.sqrt(model_error(form, whole[start : start + each]).variance([(1.0, rows)]) + residual)
        for start in range(0, REFITS, each)
    ]
    return Row(
        f"standard error of {len(rows)} pixels by little bags, 20 times over",
        "by 200 whole refits, the same residuals",
        tuple(map(float, np.concatenate(ours))),
        tuple(map(float, np.tile(theirs, SETS))),
        unit="t/ha",
    )


def rows() -> list[Row]:
    """All ratios of forests."""
    own = scene()
    whole = refits(own, 100, REFITS)
    return [*against_scikit_learn(own), with_error(own, whole), bags_and_refits(own, whole)]

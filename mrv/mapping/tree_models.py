"""Ensembles of regression trees: random forest and gradient boosting."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor

from mrv.mapping.candidate import Settings, Unfit, enough_plots, judged_as_fitted
from mrv.mapping.rows import Array, Integers, Training
from mrv.mapping.trees import Trees

FEWEST_PLOTS_FOR_BOOSTING = 200
"""Boosting overfits small samples: below this many plots it is no candidate."""


def tree_form(estimators: list[Any], base: float, rate: float) -> Trees:
    """Trees of an ensemble as arrays."""
    parts = [estimator.tree_ for estimator in estimators]
    counts = np.array([part.node_count for part in parts], dtype=np.int64)
    roots = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    own = np.arange(int(counts.sum()), dtype=np.int64)
    leaf = np.concatenate([part.children_left < 0 for part in parts])

    def joined(name: str) -> Integers:
        return np.concatenate([getattr(part, name) + root for part, root in zip(parts, roots, strict=True)])

    return Trees(
        roots,
        np.array([part.max_depth for part in parts], dtype=np.int64),
        np.where(leaf, 0, np.concatenate([part.feature for part in parts])).astype(np.int64),
        np.where(leaf, np.inf, np.concatenate([part.threshold for part in parts])),
        np.where(leaf, own, joined("children_left")),
        np.where(leaf, own, joined("children_right")),
        np.concatenate([part.value[:, 0, 0] for part in parts]),
        base,
        rate,
    )


ONE_FOREST = threading.Lock()
"""Held while a forest grows. scikit-learn resets the filters of warnings meanwhile, which all threads share:
two forests at once would tell users of warnings that they cannot do anything about."""

LEAVES = (5, 3)
"""Fewest plots in a leaf of a forest, to choose from."""


@dataclass(frozen=True)
class RandomForest:
    """Mean of regression trees, each grown on a bootstrap sample, with leaves of several plots.

    A forest leaves plots out by itself: a setting is judged on the trees that did not see a plot.
    """

    name: str = "random_forest"
    trees: int = 100

    def unfit(self, training: Training) -> Unfit | None:
        """With too few plots."""
        return enough_plots(training)

    def _forest(self, training: Training, leaf: int, seed: int, *, out_of_bag: bool) -> RandomForestRegressor:
        model = RandomForestRegressor(
            self.trees,
            min_samples_leaf=leaf,
            max_features=1 / 3,
            random_state=seed,
            oob_score=out_of_bag,
            n_jobs=1,
        )
        with ONE_FOREST:
            return model.fit(training.predictors, training.agb_t_ha, sample_weight=training.weight)

    def judged(self, training: Training, folds: Integers, seed: int) -> list[tuple[Settings, Array]]:  # noqa: ARG002
        """Sizes of leaves, by out-of-bag predictions."""
        return [
            ({"leaf": leaf}, self._forest(training, leaf, seed, out_of_bag=True).oob_prediction_)
            for leaf in LEAVES
        ]

    def fit(self, training: Training, settings: Settings, folds: Integers | None, seed: int) -> Trees:  # noqa: ARG002
        """Forest of the leaf size."""
        model = self._forest(training, settings.get("leaf", LEAVES[0]), seed, out_of_bag=False)
        return tree_form(list(model.estimators_), 0.0, 1.0 / self.trees)


@dataclass(frozen=True)
class GradientBoosting:
    """Small trees, each fitted to what the ones before left; for many plots only."""

    name: str = "gradient_boosting"

    def unfit(self, training: Training) -> Unfit | None:
        """With too few plots."""
        if len(set(training.plot_id)) <= FEWEST_PLOTS_FOR_BOOSTING:
            return "it needs more than two hundred plots"
        return enough_plots(training)

    def judged(self, training: Training, folds: Integers, seed: int) -> list[tuple[Settings, Array]]:
        """Numbers of trees and their depth."""
        choices = tuple({"trees": trees, "depth": depth} for depth in (2, 3) for trees in (50, 150))
        return judged_as_fitted(self, training, choices, folds, seed)

    def fit(self, training: Training, settings: Settings, folds: Integers | None, seed: int) -> Trees:  # noqa: ARG002
        """Boosted trees, each step on half of the plots."""
        model = GradientBoostingRegressor(
            n_estimators=settings["trees"],
            max_depth=settings["depth"],
            learning_rate=0.05,
            min_samples_leaf=5,
            subsample=0.5,
            random_state=seed,
        )
        model.fit(training.predictors, training.agb_t_ha, sample_weight=training.weight)
        base = float(model.init_.constant_.ravel()[0])
        return tree_form(list(model.estimators_.ravel()), base, float(model.learning_rate))

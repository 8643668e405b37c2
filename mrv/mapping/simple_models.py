"""The two competitors that every map is measured against: the stratum mean, and a power of canopy height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import PoissonRegressor

from mrv.mapping.candidate import Settings, Unfit, judged_as_fitted
from mrv.mapping.forms import PowerLaw, StratumMeans
from mrv.mapping.rows import Array, Integers, Training


@dataclass(frozen=True)
class StratumMean:
    """Mean of the plots of the stratum: what the map is worth beating."""

    name: str = "stratum_mean"

    def unfit(self, training: Training) -> Unfit | None:  # noqa: ARG002
        """Never."""
        return None

    def judged(self, training: Training, folds: Integers, seed: int) -> list[tuple[Settings, Array]]:
        """There is nothing to choose."""
        return judged_as_fitted(self, training, ({},), folds, seed)

    def fit(self, training: Training, settings: Settings, folds: Integers | None, seed: int) -> StratumMeans:  # noqa: ARG002
        """Weighted mean of each stratum."""
        return StratumMeans(stratum_means(training))


def stratum_means(training: Training) -> Array:
    """Weighted mean of each stratum; of all plots where a stratum has none and the model does not apply."""
    strata, agb = len(training.strata), training.agb_t_ha
    weight = np.bincount(training.rows.stratum, weights=training.weight, minlength=strata)
    total = np.bincount(training.rows.stratum, weights=training.weight * agb, minlength=strata)
    overall = float(np.average(agb, weights=training.weight))
    means: Array = np.divide(total, weight, out=np.full(strata, overall), where=weight > 0)
    return means


@dataclass(frozen=True)
class HeightPower:
    """``a · H^b`` of a canopy height, fitted to these plots by quasi-likelihood.

    Log link and variance in proportion to the mean: consistent for the mean, so without any bias of a
    logarithm, and plots without biomass need no care.

    References
    ----------
    .. [1] Santos Silva and Tenreyro (2006), Review of Economics and Statistics 88, 641-658,
       doi:10.1162/rest.88.4.641.
    """

    name: str = "height_power"

    def unfit(self, training: Training) -> Unfit | None:
        """Without a canopy height, or without three plots that have one."""
        if training.height is None:
            return "no predictor is a canopy height"
        tall = training.predictors[:, training.height] > 0
        if tall.sum() < 3 or not (training.agb_t_ha[tall] > 0).any():
            return "fewer than three plots have a canopy height above zero"
        return None

    def judged(self, training: Training, folds: Integers, seed: int) -> list[tuple[Settings, Array]]:
        """There is nothing to choose."""
        return judged_as_fitted(self, training, ({},), folds, seed)

    def fit(self, training: Training, settings: Settings, folds: Integers | None, seed: int) -> PowerLaw:  # noqa: ARG002
        """Quasi-Poisson fit on ln H; plots without height say nothing of a and b."""
        assert training.height is not None
        height = training.predictors[:, training.height]
        tall = height > 0
        logs = np.log(height[tall])
        centre = float(logs.mean())
        model = PoissonRegressor(alpha=0.0, solver="newton-cholesky", tol=1e-10, max_iter=200)
        model.fit((logs - centre)[:, None], training.agb_t_ha[tall], sample_weight=training.weight[tall])
        exponent = float(model.coef_[0])
        return PowerLaw(training.height, float(model.intercept_) - exponent * centre, exponent)

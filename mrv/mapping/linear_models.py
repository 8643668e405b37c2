"""Linear models with shrunken coefficients: ridge regression and partial least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mrv.mapping.candidate import Settings, Unfit, enough_plots, judged_on_scale, with_smearing
from mrv.mapping.forms import BackTransform, Form, Linear, Scale, to_scale
from mrv.mapping.rows import Array, Integers, Training


def _group_means(values: Array, group: Integers, weight: Array, groups: int) -> Array:
    """Weighted mean of each group, shape (groups, columns); NaN for a group without rows."""
    totals = np.zeros((groups, values.shape[1]))
    np.add.at(totals, group, weight[:, None] * values)
    whole = np.bincount(group, weights=weight, minlength=groups)[:, None]
    return np.divide(totals, whole, out=np.full_like(totals, np.nan), where=whole > 0)


def ridge_line(training: Training, target: Array, alpha: float, *, by_stratum: bool) -> tuple[Array, Array]:
    """Ridge regression on standardised predictors, with one intercept or one for each stratum.

    Intercepts are not shrunken. A stratum without plots has the intercept of all plots together.

    Parameters
    ----------
    training : Training
    target : ndarray, shape (n,)
    alpha : float
        Strength of the shrinkage.
    by_stratum : bool

    Returns
    -------
    intercepts : ndarray, shape (strata,)
    coefficients : ndarray, shape (p,)

    Notes
    -----
    With x and y less their weighted means (of the stratum), and x over its weighted standard deviation,
    ``b = (X'WX + alpha I)^-1 X'Wy``.
    """
    x, weight, strata = training.predictors, training.weight, len(training.strata)
    whole = np.zeros(len(training), dtype=np.int64)
    both = np.column_stack([x, target])
    group, groups = (training.rows.stratum, strata) if by_stratum else (whole, 1)
    means = _group_means(both, group, weight, groups)
    centred = both - means[group]
    spread = np.sqrt(np.average(centred[:, :-1] ** 2, axis=0, weights=weight))
    spread = np.where(spread > 0, spread, 1.0)
    z = centred[:, :-1] / spread
    normal = (z * weight[:, None]).T @ z + alpha * np.eye(x.shape[1])
    coefficients = np.linalg.solve(normal, (z * weight[:, None]).T @ centred[:, -1]) / spread
    overall = _group_means(both, whole, weight, 1)
    known = np.where(np.isnan(means), overall, means)
    intercepts = known[:, -1] - known[:, :-1] @ coefficients
    return np.broadcast_to(intercepts, (strata,)).copy(), coefficients


@dataclass(frozen=True)
class LinearModel:
    """A linear model of shrunken coefficients, on biomass, its root or its logarithm."""

    name: str
    grid: tuple[Settings, ...]
    weights: bool
    by_stratum: bool = False
    scales: tuple[Scale, ...] = ("identity", "sqrt", "log")

    def unfit(self, training: Training) -> Unfit | None:
        """With too few plots, or with weights that the fit cannot take."""
        if not self.weights and not training.equally_weighted:
            return "the fit takes no weights"
        if self.by_stratum and len(set(training.plot_id)) < training.predictors.shape[1] + len(
            training.strata
        ):
            return "there are fewer plots than predictors and strata"
        return enough_plots(training)

    def judged(self, training: Training, folds: Integers, seed: int) -> list[tuple[Settings, Array]]:  # noqa: ARG002
        """Scales times strengths of shrinkage."""
        most = training.predictors.shape[1]
        usable = [entry for entry in self.grid if entry.get("components", 1) <= most]
        choices = tuple({"scale": scale, **entry} for scale in self._scales(training) for entry in usable)
        return judged_on_scale(training, choices, folds, self._line)

    def _scales(self, training: Training) -> tuple[Scale, ...]:
        """Scales to fit on; no logarithm where a plot is without biomass."""
        return self.scales if (training.agb_t_ha > 0).all() else tuple(s for s in self.scales if s != "log")

    def _line(self, training: Training, settings: Settings) -> Linear:
        target, back = to_scale(training.agb_t_ha, settings["scale"]), BackTransform(settings["scale"])
        if "alpha" in settings:
            return Linear(*ridge_line(training, target, settings["alpha"], by_stratum=self.by_stratum), back)
        model = make_pipeline(StandardScaler(), PLSRegression(settings["components"], scale=False))
        model.fit(training.predictors, target)
        scaler, line = model[0], model[1]
        coefficients = np.ravel(line.coef_) / scaler.scale_
        # The pipeline's own prediction at the centre is free of what PLS centres once more.
        at_centre = float(np.ravel(model.predict(scaler.mean_[None, :]))[0])
        intercept = at_centre - float(np.sum(coefficients * scaler.mean_))
        return Linear(
            np.full(len(training.strata), intercept), np.asarray(coefficients, dtype=np.float64), back
        )

    def fit(self, training: Training, settings: Settings, folds: Integers | None, seed: int) -> Form:  # noqa: ARG002
        """The line, with the back-transformation from residuals of left-out plots."""
        line = self._line(training, settings)
        return with_smearing(line, training, settings, folds, self._line)

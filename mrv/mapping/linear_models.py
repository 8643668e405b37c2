"""Linear models with shrunken coefficients: ridge regression and partial least squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mrv.mapping.candidate import Settings, Unfit, enough_plots, judged_on_scale, with_smearing
from mrv.mapping.forms import BackTransform, Form, Linear, Scale, to_scale
from mrv.mapping.rows import Array, Integers, Training


@dataclass(frozen=True)
class LinearModel:
    """A linear model of shrunken coefficients, on biomass, its root or its logarithm."""

    name: str
    grid: tuple[Settings, ...]
    weights: bool
    scales: tuple[Scale, ...] = ("identity", "sqrt", "log")

    def unfit(self, training: Training) -> Unfit | None:
        """With too few plots, or with weights that the fit cannot take."""
        if not self.weights and not training.equally_weighted:
            return "the fit takes no weights"
        return enough_plots(training)

    def judged(self, training: Training, folds: Integers, seed: int) -> list[tuple[Settings, Array]]:  # noqa: ARG002
        """Scales times strengths of shrinkage."""
        most = training.rows.predictors.shape[1]
        usable = [entry for entry in self.grid if entry.get("components", 1) <= most]
        choices = tuple({"scale": scale, **entry} for scale in self._scales(training) for entry in usable)
        return judged_on_scale(training, choices, folds, self._line)

    def _scales(self, training: Training) -> tuple[Scale, ...]:
        """Scales to fit on; no logarithm where a plot is without biomass."""
        return self.scales if (training.agb_t_ha > 0).all() else tuple(s for s in self.scales if s != "log")

    def _line(self, training: Training, settings: Settings) -> Linear:
        target = to_scale(training.agb_t_ha, settings["scale"])
        steps: dict[str, Any] = {}
        if "components" in settings:
            model = make_pipeline(StandardScaler(), PLSRegression(settings["components"], scale=False))
        else:
            model = make_pipeline(StandardScaler(), Ridge(settings["alpha"], solver="cholesky"))
            steps = {
                "standardscaler__sample_weight": training.weight,
                "ridge__sample_weight": training.weight,
            }
        model.fit(training.rows.predictors, target, **steps)
        scaler, line = model[0], model[1]
        coefficients = np.ravel(line.coef_) / scaler.scale_
        # The pipeline's own prediction at the centre is free of what PLS centres once more.
        at_centre = float(np.ravel(model.predict(scaler.mean_[None, :]))[0])
        intercept = at_centre - float(np.sum(coefficients * scaler.mean_))
        return Linear(intercept, np.asarray(coefficients, dtype=np.float64), BackTransform(settings["scale"]))

    def fit(self, training: Training, settings: Settings, folds: Integers | None, seed: int) -> Form:  # noqa: ARG002
        """The line, with the back-transformation from residuals of left-out plots."""
        line = self._line(training, settings)
        return with_smearing(line, training, settings, folds, self._line)

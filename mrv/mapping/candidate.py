"""What a candidate model is, and how it is judged on plots that were left out of its fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal, Protocol

import numpy as np

from mrv.mapping.forms import BackTransform, Form, GaussianProcess, Linear, Scale, to_scale
from mrv.mapping.rows import Array, Integers, Rows, Training

Settings = Mapping[str, Any]
"""Named choices of a candidate, plain numbers and words."""


Unfit = Literal[
    "no predictor is a canopy height",
    "fewer than three plots have a canopy height above zero",
    "there are fewer plots than predictors and two more",
    "there are fewer plots than predictors and strata",
    "the fit takes no weights",
    "it needs more than two hundred plots",
    "plots are without coordinates",
    "there are fewer than twenty places",
    "the mean of a curve is not the curve at the means of the strata",
]
"""Why plots cannot have a candidate; keys of the translations."""


class Candidate(Protocol):
    """A kind of model."""

    @property
    def name(self) -> str:
        """Word for it in the project file and in tables."""
        ...

    def unfit(self, training: Training) -> Unfit | None:
        """Why these plots cannot have it; None if they can."""
        ...

    def judged(self, training: Training, folds: Integers, seed: int) -> list[tuple[Settings, Array]]:
        """Every setting with its predictions of left-out plots, to choose by. [t_dm/ha]"""
        ...

    def fit(self, training: Training, settings: Settings, folds: Integers | None, seed: int) -> Form:
        """Fit to plots.

        Parameters
        ----------
        training : Training
        settings : mapping
        folds : ndarray of int or None
            Folds by which plots are left out for residuals; None where only the fit on its own scale
            is wanted.
        seed : int
            For the random parts of the fit.
        """
        ...


def left_out(
    training: Training, folds: Integers, fit: Callable[[Training], Callable[[Rows], Array]]
) -> Array:
    """Prediction for each row by a fit that its fold took no part in."""
    result = np.full(len(training), np.nan)
    for number in np.unique(folds):
        out = folds == number
        predict = fit(training.take(np.flatnonzero(~out)))
        result[out] = predict(training.rows.take(np.flatnonzero(out)))
    return result


def smearing(scale: Scale, residuals: Array, weight: Array) -> BackTransform:
    """Back-transformation from residuals on the scale of the fit, weighted."""

    def average(values: Array) -> float:
        return float(np.average(values, weights=weight))

    return BackTransform(
        scale,
        average(residuals),
        average(residuals**2),
        average(np.exp(residuals)) if scale == "log" else 1.0,
    )


def judged_as_fitted(
    candidate: Candidate, training: Training, choices: tuple[Settings, ...], folds: Integers, seed: int
) -> list[tuple[Settings, Array]]:
    """Each setting with its predictions of left-out plots; a single one need not be judged."""
    if len(choices) == 1:
        return [(choices[0], training.agb_t_ha)]

    def predicted(choice: Settings) -> Array:
        return left_out(training, folds, lambda part: candidate.fit(part, choice, None, seed).predict)

    return [(choice, predicted(choice)) for choice in choices]


def judged_on_scale(
    training: Training,
    choices: tuple[Settings, ...],
    folds: Integers,
    fit: Callable[[Training, Settings], Linear | GaussianProcess],
) -> list[tuple[Settings, Array]]:
    """Each setting with its predictions of left-out plots, brought back from the scale of its fit."""

    def predicted(choice: Settings) -> Array:
        fitted = left_out(training, folds, lambda part: fit(part, choice).on_scale)
        residuals = to_scale(training.agb_t_ha, choice["scale"]) - fitted
        return smearing(choice["scale"], residuals, training.weight).inverse(fitted)

    return [(choice, predicted(choice)) for choice in choices]


def with_smearing(
    form: Linear | GaussianProcess,
    training: Training,
    settings: Settings,
    folds: Integers | None,
    fit: Callable[[Training, Settings], Linear | GaussianProcess],
) -> Linear | GaussianProcess:
    """Form with its back-transformation from residuals of left-out plots."""
    if folds is None or settings["scale"] == "identity":
        return form
    fitted = left_out(training, folds, lambda part: fit(part, settings).on_scale)
    residuals = to_scale(training.agb_t_ha, settings["scale"]) - fitted
    return replace(form, back=smearing(settings["scale"], residuals, training.weight))


def enough_plots(training: Training) -> Unfit | None:
    """Why there are too few plots for the predictors; None if there are enough."""
    columns = training.predictors.shape[1]
    if len(set(training.plot_id)) < columns + 2:
        return "there are fewer plots than predictors and two more"
    return None

"""Gaussian processes: a smooth surface over the predictors, and the residuals of a model over the map."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from mrv.mapping.candidate import Settings, Unfit, enough_plots, judged_on_scale, left_out, with_smearing
from mrv.mapping.folds import sample_distances
from mrv.mapping.forms import BackTransform, Form, GaussianProcess, Kriged, Place, to_scale
from mrv.mapping.rows import Array, Integers, Training
from mrv.mapping.simple_models import StratumMean
from mrv.mapping.tree_models import RandomForest


def _process(
    place: Place,
    places: Array,
    target: Array,
    weight: Array,
    settings: Settings,
    smoothness: float,
    standardise: bool,
) -> GaussianProcess:
    """Gaussian process with given length and share of signal, solved by scikit-learn."""
    centre = places.mean(axis=0)
    scale = places.std(axis=0, ddof=1) if standardise else np.ones(places.shape[1])
    scale = np.where(scale > 0, scale, 1.0)
    points = (places - centre) / scale
    offset = float(np.average(target, weights=weight))
    signal = float(settings["signal"])
    kernel = ConstantKernel(signal) * Matern(settings["length"], nu=smoothness)
    model = GaussianProcessRegressor(kernel, alpha=(1 - signal) / weight, optimizer=None)
    model.fit(points, target - offset)
    return GaussianProcess(
        place,
        centre,
        scale,
        points,
        np.asarray(signal * model.alpha_.ravel(), dtype=np.float64),
        float(settings["length"]),
        smoothness,
        offset,
        BackTransform("identity"),
    )


@dataclass(frozen=True)
class PredictorProcess:
    """A smooth surface over the predictors, on the root of biomass."""

    name: str = "gaussian_process"

    def unfit(self, training: Training) -> Unfit | None:
        """With too few plots."""
        return enough_plots(training)

    def judged(self, training: Training, folds: Integers, seed: int) -> list[tuple[Settings, Array]]:  # noqa: ARG002
        """Shares of the variance that are signal, and lengths in standard deviations."""
        choices = tuple(
            {"scale": "sqrt", "signal": signal, "length": length}
            for signal in (0.5, 0.8, 0.95)
            for length in (8.0, 4.0, 2.0, 1.0)
        )
        return judged_on_scale(training, choices, folds, self._surface)

    def _surface(self, training: Training, settings: Settings) -> GaussianProcess:
        target = to_scale(training.agb_t_ha, settings["scale"])
        places, back = training.predictors, BackTransform(settings["scale"])
        surface = _process("predictors", places, target, training.weight, settings, 1.5, standardise=True)
        return replace(surface, back=back)

    def fit(self, training: Training, settings: Settings, folds: Integers | None, seed: int) -> Form:  # noqa: ARG002
        """The surface, with the back-transformation from residuals of left-out plots."""
        surface = self._surface(training, settings)
        return with_smearing(surface, training, settings, folds, self._surface)


@dataclass(frozen=True)
class ResidualKriging:
    """A model, and its residuals carried to the places around the plots.

    The residuals are those of left-out plots; ranges start at twice the distance between plots, for a
    shorter one could not be seen in them.
    """

    name: str
    base: StratumMean | RandomForest

    def unfit(self, training: Training) -> Unfit | None:
        """Without coordinates, with too few places, or where its base is no candidate."""
        places = training.rows.coordinates_m
        if np.isnan(places).any():
            return "plots are without coordinates"
        if len(np.unique(places, axis=0)) < 20:
            return "there are fewer than twenty places"
        return self.base.unfit(training)

    def judged(self, training: Training, folds: Integers, seed: int) -> list[tuple[Settings, Array]]:
        """No kriging first, then shares of signal and ranges in multiples of the plot spacing."""
        trend = left_out(training, folds, lambda part: self.base.fit(part, {}, None, seed).predict)
        residuals = training.agb_t_ha - trend
        spacing = float(np.median(sample_distances(np.unique(training.rows.coordinates_m, axis=0))))
        judged: list[tuple[Settings, Array]] = [({}, trend)]
        for signal in (0.3, 0.6):
            for multiple in (2.0, 4.0, 8.0):
                choice = {"signal": signal, "length": multiple * spacing}
                carried = np.zeros(len(training))
                for number in np.unique(folds):
                    out = folds == number
                    process = self._residuals(training.take(np.flatnonzero(~out)), residuals[~out], choice)
                    carried[out] = process.on_scale(training.rows.take(np.flatnonzero(out)))
                judged.append((choice, np.maximum(trend + carried, 0.0)))
        return judged

    def _residuals(self, training: Training, residuals: Array, settings: Settings) -> GaussianProcess:
        process = _process(
            "coordinates",
            training.rows.coordinates_m,
            residuals,
            training.weight,
            settings,
            0.5,
            standardise=False,
        )
        # What is left of the mean of the residuals is the base's to say, not the map's.
        return replace(process, offset=0.0)

    def fit(self, training: Training, settings: Settings, folds: Integers | None, seed: int) -> Kriged:
        """The base, and the process of its residuals."""
        trend = self.base.fit(training, {}, None, seed)
        if not settings or folds is None:
            return Kriged(trend, None)
        fitted = left_out(training, folds, lambda part: self.base.fit(part, {}, None, seed).predict)
        return Kriged(trend, self._residuals(training, training.agb_t_ha - fitted, settings))

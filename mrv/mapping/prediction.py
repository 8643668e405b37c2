"""A model applied to a whole area: the map, its error, and the means of the strata.

Only places of the population are computed, in the order of the grid. A value at a place depends on that
place alone, and sums run over the whole population in that order: blocks and threads alter no bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mrv.mapping.comparison import in_threads
from mrv.mapping.forms import Form
from mrv.mapping.model import Fitting, Plan
from mrv.mapping.rows import Array, Integers, Rows, Training
from mrv.streams import Streams, stream_key, uniforms

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Population:
    """Places that make up the area of the strata: pixels of a grid, or cells of a table.

    Attributes
    ----------
    rows : Rows
    area_ha : ndarray, shape (n,)
        Area of each place; those of a stratum sum up to the stratum's. [ha]
    strata : tuple of str
    """

    rows: Rows
    area_ha: Array
    strata: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.area_ha)

    def sample_m(self, most: int = 1000) -> Array:
        """Places evenly out of the order that have coordinates. [m]"""
        known = self.rows.coordinates_m[~np.isnan(self.rows.coordinates_m).any(axis=1)]
        if not len(known):
            return known
        chosen = np.linspace(0, len(known) - 1, min(most, len(known))).round().astype(np.int64)
        return known[chosen]


def bootstrap_rows(training: Training, streams: Streams, replicate: int) -> Integers:
    """Rows of a bootstrap sample: whole sampling units, with replacement inside their stratum.

    Parameters
    ----------
    training : Training
        In the order of the plots.
    streams : Streams
    replicate : int
        A unit's number is keyed by the replicate and its stratum.
    """
    members: dict[str, list[int]] = {}
    for row, unit in enumerate(training.unit):
        members.setdefault(unit, []).append(row)
    by_stratum: dict[int, list[str]] = {}
    for unit in sorted(members):
        by_stratum.setdefault(int(training.rows.stratum[members[unit][0]]), []).append(unit)
    rows: list[int] = []
    for stratum, units in sorted(by_stratum.items()):
        key = stream_key(streams.project, training.strata[stratum], "model bootstrap", replicate)
        drawn = (uniforms(streams.seed, key, len(units)) * len(units)).astype(np.int64)
        rows += [row for number in drawn for row in members[units[int(number)]]]
    return np.array(sorted(rows), dtype=np.int64)


def refits(fitting: Fitting, plan: Plan, replicates: range) -> list[Form]:
    """The chosen candidate, with its settings, fitted to bootstrap samples of the plots."""
    training, model = fitting.training, fitting.model
    folds = fitting.folds[fitting.headline].fold

    def refit(replicate: int) -> Form:
        rows = bootstrap_rows(training, plan.streams, replicate)
        part = training.take(rows)
        kept = folds[rows] if len(set(folds[rows])) > 1 else None
        return fitting.candidate.fit(part, model.settings, kept, plan.fit_seed)

    return in_threads(refit, replicates, plan.workers)


@dataclass(frozen=True)
class Prediction:
    """A map as values of the places of a population.

    Attributes
    ----------
    agb_t_ha : ndarray, shape (n,)
        NaN where a predictor is missing. [t_dm/ha]
    standard_error_t_ha : ndarray, shape (n,)
        For one place: spread of the refits and of the residuals. [t_dm/ha]
    inside : ndarray of bool, shape (n,)
        Whether the model applies there.
    dissimilarity : ndarray, shape (n,)
        Of the predictors to those of the plots; NaN for a model without predictors. [1]
    bootstrap_means : ndarray, shape (replicates, strata)
        Mean of each stratum over the places inside, by each refit; NaN without any. [t_dm/ha]
    """

    agb_t_ha: Array
    standard_error_t_ha: Array
    inside: Flags
    dissimilarity: Array
    bootstrap_means: Array


def stratum_mean(values: Array, population: Population, counted: Flags) -> Array:
    """Mean by stratum, weighted by area, over the places that count; NaN without any."""
    strata = len(population.strata)
    stratum, area = population.rows.stratum[counted], population.area_ha[counted]
    total = np.bincount(stratum, weights=area * values[counted], minlength=strata)
    whole = np.bincount(stratum, weights=area, minlength=strata)
    means: Array = np.divide(total, whole, out=np.full(strata, np.nan), where=whole > 0)
    return means


def predict(fitting: Fitting, population: Population, plan: Plan, replicates: int) -> Prediction:
    """Map of a population, with its error from refits to bootstrap samples of the plots.

    Parameters
    ----------
    fitting : Fitting
    population : Population
        With the strata and predictors of the training.
    plan : Plan
    replicates : int
        At least 2.
    """
    model, rows = fitting.model, population.rows
    mapped = in_threads(lambda form: form.predict(rows), [model.form], 1)[0]
    inside = model.inside(rows) & ~np.isnan(mapped)
    means = np.full((replicates, len(population.strata)), np.nan)
    centre, squares = np.zeros(len(rows)), np.zeros(len(rows))
    for start in range(0, replicates, plan.workers):
        batch = range(start, min(start + plan.workers, replicates))
        forms = refits(fitting, plan, batch)
        predicted = in_threads(lambda form: form.predict(rows), forms, plan.workers)
        for replicate, values in zip(batch, predicted, strict=True):
            means[replicate] = stratum_mean(values, population, inside)
            change = values - centre
            centre += change / (replicate + 1)
            squares += change * (values - centre)
    of_model = squares / (replicates - 1)
    error = np.sqrt(of_model + model.spread.variance(mapped))
    far = model.applicability
    dissimilarity = far.dissimilarity(rows.predictors) if far is not None else np.full(len(rows), np.nan)
    return Prediction(mapped, error, inside, dissimilarity, means)


@dataclass(frozen=True)
class MapPopulation:
    """What estimates of a stratum need of a map.

    Attributes
    ----------
    strata : DataFrame
        ``stratum_id``, ``pixels``, ``area_ha``, ``predicted_mean_t_ha`` (over the places inside the area
        of applicability), ``area_outside_ha`` (beyond it, or without data), ``area_no_data_ha`` (the part
        of it without data).
    plots : DataFrame
        ``plot_id``, ``stratum_id``, ``unit``, ``observed_t_ha``, ``predicted_t_ha`` (fit to all plots),
        ``predicted_out_of_fold_t_ha`` and ``fold`` (random folds: cross-fitting), ``inside_applicability``,
        ``weight``; by plot.
    bootstrap_means_t_ha : ndarray, shape (replicates, strata)
        As ``predicted_mean_t_ha``, by refits to bootstrap samples of the plots. [t_dm/ha]
    pixel_standard_error_t_ha : ndarray, shape (n,)
        In the order of the population. [t_dm/ha]
    candidate : str
    """

    strata: pd.DataFrame
    plots: pd.DataFrame
    bootstrap_means_t_ha: Array
    pixel_standard_error_t_ha: Array
    candidate: str


def plot_predictions(fitting: Fitting) -> pd.DataFrame:
    """Plots of a fitting with their predictions, as in :class:`MapPopulation`."""
    training, model = fitting.training, fitting.model
    crossed = fitting.left_out["random"][model.candidate].predicted_t_ha
    return pd.DataFrame(
        {
            "plot_id": list(training.plot_id),
            "stratum_id": [training.strata[number] for number in training.rows.stratum],
            "unit": list(training.unit),
            "observed_t_ha": training.agb_t_ha,
            "predicted_t_ha": model.form.predict(training.rows),
            "predicted_out_of_fold_t_ha": crossed,
            "fold": fitting.folds["random"].fold,
            "inside_applicability": model.inside(training.rows),
            "weight": training.weight,
        }
    )


def map_population(fitting: Fitting, population: Population, prediction: Prediction) -> MapPopulation:
    """What estimates need of a map, from its prediction."""
    strata = len(population.strata)

    def area_of(chosen: Flags) -> Array:
        stratum = population.rows.stratum[chosen]
        area = np.bincount(stratum, weights=population.area_ha[chosen], minlength=strata)
        return np.asarray(area, dtype=np.float64)

    everywhere = np.ones(len(population), dtype=bool)
    table = pd.DataFrame(
        {
            "stratum_id": list(population.strata),
            "pixels": np.bincount(population.rows.stratum, minlength=strata),
            "area_ha": area_of(everywhere),
            "predicted_mean_t_ha": stratum_mean(prediction.agb_t_ha, population, prediction.inside),
            "area_outside_ha": area_of(~prediction.inside),
            "area_no_data_ha": area_of(np.isnan(prediction.agb_t_ha)),
        }
    )
    return MapPopulation(
        table,
        plot_predictions(fitting),
        prediction.bootstrap_means,
        prediction.standard_error_t_ha,
        fitting.model.candidate,
    )

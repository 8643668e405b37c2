"""The chosen model fitted anew to plots drawn anew: what it could have been with other plots."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np

from mrv.mapping.comparison import in_threads
from mrv.mapping.forms import Form
from mrv.mapping.model import Fitting, Plan
from mrv.mapping.model_error import model_error
from mrv.mapping.prediction import Population, stratum_mean
from mrv.mapping.rows import Array, Integers, Training
from mrv.streams import Streams, stream_key, uniforms

MEAN_PLACES = 10_000
"""Most places of a stratum over which refits are averaged: what refits differ by is far larger than what the
mean of so many differs by from that of all."""


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


def refits(fitting: Fitting, plan: Plan, replicates: int) -> list[Form]:
    """The chosen candidate, with its settings, fitted to bootstrap samples of the plots."""
    training, model = fitting.training, fitting.model
    folds = fitting.folds[fitting.headline].fold

    def refit(replicate: int) -> Form:
        rows = bootstrap_rows(training, plan.streams, replicate)
        part = training.take(rows)
        kept = folds[rows] if len(set(folds[rows])) > 1 else None
        return fitting.candidate.fit(part, model.settings, kept, plan.fit_seed)

    with plan.progress.long_step("Refitting the model to plots drawn anew", replicates) as advance:
        return in_threads(refit, range(replicates), plan.workers, advance)


def even_places(population: Population, most: int = MEAN_PLACES) -> Population:
    """Places evenly out of the order of each stratum, all of it where it has no more than wanted."""
    chosen = []
    for stratum in range(len(population.strata)):
        own = np.flatnonzero(population.rows.stratum == stratum)
        steps = np.linspace(0, len(own) - 1, min(most, len(own))).round().astype(np.int64)
        chosen.append(own[steps])
    places = np.sort(np.concatenate(chosen))
    return Population(population.rows.take(places), population.area_ha[places], population.strata)


def with_model_error(
    fitting: Fitting, population: Population, plan: Plan, replicates: int
) -> tuple[Fitting, Array]:
    """Fit the chosen model to plots drawn anew, many times.

    Parameters
    ----------
    fitting : Fitting
    population : Population
        With the strata and predictors of the training.
    plan : Plan
    replicates : int
        At least 2.

    Returns
    -------
    Fitting
        The same, with a model that knows its error.
    bootstrap_means : ndarray, shape (replicates, strata)
        Mean of each stratum where the model applies, by each refit; NaN without any place. Of a large
        stratum, over :data:`MEAN_PLACES` places. [t_dm/ha]
    """
    model, places = fitting.model, even_places(population)
    inside = model.inside(places.rows) & ~np.isnan(model.form.predict(places.rows))
    forms = refits(fitting, plan, replicates)

    def mean(form: Form) -> Array:
        # A copy, so that the tables it makes to predict by are not kept for all refits.
        return stratum_mean(copy.deepcopy(form).predict(places.rows), places, inside)

    means = in_threads(mean, forms, plan.workers)
    known = replace(model, error=model_error(model.form, forms))
    return replace(fitting, model=known), np.array(means)

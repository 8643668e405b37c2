"""A model applied to a whole area: the map, its error, and the means of the strata.

Only places of the population are computed, in the order of the grid. A value at a place depends on that
place alone, and sums run over the whole population in that order: blocks and threads alter no bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mrv.mapping.comparison import in_threads
from mrv.mapping.footprints import PlotPixels
from mrv.mapping.forms import Form
from mrv.mapping.model import BiomassModel, Fitting, Plan
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
class Mapped:
    """A map as values of the places of a population.

    Attributes
    ----------
    agb_t_ha : ndarray, shape (n,)
        NaN where a predictor is missing. [t_dm/ha]
    inside : ndarray of bool, shape (n,)
        Whether the model applies there.
    dissimilarity : ndarray, shape (n,)
        Of the predictors to those of the plots; NaN for a model without predictors. [1]
    """

    agb_t_ha: Array
    inside: Flags
    dissimilarity: Array


def mapped_by(model: BiomassModel, rows: Rows) -> Mapped:
    """What a model says of places; the same bits wherever it was fitted or read from."""
    agb = in_threads(lambda form: form.predict(rows), [model.form], 1)[0]
    far = model.applicability
    return Mapped(
        agb,
        model.inside(rows) & ~np.isnan(agb),
        far.dissimilarity(rows.predictors) if far is not None else np.full(len(rows), np.nan),
    )


@dataclass(frozen=True)
class Earlier:
    """The same area at an earlier date, for the change since.

    Attributes
    ----------
    population : Population
    at_first, at_last : ndarray of int, shape (m,)
        Positions of the places of both dates, in the earlier and in the later population.
    first_factor, last_factor : ndarray, shape (strata,)
        What biomass is multiplied by before the difference is taken, such as carbon per biomass.
    """

    population: Population
    at_first: Integers
    at_last: Integers
    first_factor: Array
    last_factor: Array

    def change(self, first_t_ha: Array, last_t_ha: Array, stratum: Integers) -> Array:
        """Change at the places of both dates, each prediction times its factor."""
        of_place = stratum[self.at_last]
        return np.asarray(
            self.last_factor[of_place] * last_t_ha[self.at_last]
            - self.first_factor[of_place] * first_t_ha[self.at_first]
        )


@dataclass(frozen=True)
class Prediction(Mapped):
    """A map with its error, and the change since an earlier date.

    Attributes
    ----------
    standard_error_t_ha : ndarray, shape (n,)
        For one place: spread of the refits and of the residuals. [t_dm/ha]
    bootstrap_means : ndarray, shape (replicates, strata)
        Mean of each stratum over the places inside, by each refit; NaN without any. [t_dm/ha]
    first : Mapped or None
        The map of the earlier date, by the same model.
    change, change_model_error : ndarray, shape (m,), or None
        At the places of both dates, and its spread over the refits: each predicts both dates, so that
        what the dates share in the model cancels as far as it does.
    """

    standard_error_t_ha: Array
    bootstrap_means: Array
    first: Mapped | None = None
    change: Array | None = None
    change_model_error: Array | None = None


class _Spread:
    """Mean and sum of squares of one array after another, without keeping them."""

    def __init__(self, size: int) -> None:
        self.count, self.centre, self.squares = 0, np.zeros(size), np.zeros(size)

    def add(self, values: Array) -> None:
        """Take one more array."""
        self.count += 1
        change = values - self.centre
        self.centre += change / self.count
        self.squares += change * (values - self.centre)

    @property
    def variance(self) -> Array:
        """Sample variance, place by place."""
        return np.asarray(self.squares / (self.count - 1))


def stratum_mean(values: Array, population: Population, counted: Flags) -> Array:
    """Mean by stratum, weighted by area, over the places that count; NaN without any."""
    strata = len(population.strata)
    stratum, area = population.rows.stratum[counted], population.area_ha[counted]
    total = np.bincount(stratum, weights=area * values[counted], minlength=strata)
    whole = np.bincount(stratum, weights=area, minlength=strata)
    means: Array = np.divide(total, whole, out=np.full(strata, np.nan), where=whole > 0)
    return means


def predict(
    fitting: Fitting, population: Population, plan: Plan, replicates: int, earlier: Earlier | None = None
) -> Prediction:
    """Map of a population, with its error from refits to bootstrap samples of the plots.

    Parameters
    ----------
    fitting : Fitting
    population : Population
        With the strata and predictors of the training.
    plan : Plan
    replicates : int
        At least 2.
    earlier : Earlier, optional
        The same area at an earlier date, predicted by the same model and the same refits.
    """
    model, rows = fitting.model, population.rows
    own = mapped_by(model, rows)
    first = mapped_by(model, earlier.population.rows) if earlier is not None else None
    means = np.full((replicates, len(population.strata)), np.nan)
    spread = _Spread(len(rows))
    of_change = _Spread(len(earlier.at_last) if earlier is not None else 0)

    def both(form: Form) -> tuple[Array, Array | None]:
        last = form.predict(rows)
        if earlier is None:
            return last, None
        return last, earlier.change(form.predict(earlier.population.rows), last, rows.stratum)

    for start in range(0, replicates, plan.workers):
        batch = range(start, min(start + plan.workers, replicates))
        predicted = in_threads(both, refits(fitting, plan, batch), plan.workers)
        for replicate, (values, change) in zip(batch, predicted, strict=True):
            means[replicate] = stratum_mean(values, population, own.inside)
            spread.add(values)
            if change is not None:
                of_change.add(change)
    error = np.sqrt(spread.variance + model.spread.variance(own.agb_t_ha))
    changed = earlier is not None and first is not None
    return Prediction(
        own.agb_t_ha,
        own.inside,
        own.dissimilarity,
        error,
        means,
        first,
        earlier.change(first.agb_t_ha, own.agb_t_ha, rows.stratum)
        if earlier is not None and first is not None
        else None,
        np.sqrt(of_change.variance) if changed else None,
    )


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
        As of :func:`map_at_plots`.
    candidate : str
    """

    strata: pd.DataFrame
    plots: pd.DataFrame
    candidate: str


def plot_predictions(fitting: Fitting) -> pd.DataFrame:
    """Plots of a fitting with what the model makes of their own predictors."""
    training, model = fitting.training, fitting.model
    crossed = fitting.left_out["random"][model.candidate].predicted_t_ha
    return pd.DataFrame(
        {
            "date": list(training.date or [""] * len(training)),
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


def map_at_plots(fitting: Fitting, pixels: PlotPixels) -> pd.DataFrame:
    """What the map says of each plot: its mean over the pixels under the plot where the model applies.

    The mean of the map over an area is one over pixels; only a mean over pixels at the plots tells how
    far it is off. A prediction from the mean predictors of a plot would be another map: a smoother
    one, with fewer places outside.

    Parameters
    ----------
    fitting : Fitting
    pixels : PlotPixels
        Of any date that has the predictors of the model.

    Returns
    -------
    DataFrame
        ``plot_id``, ``predicted_t_ha`` (fit to all plots), ``predicted_out_of_fold_t_ha`` and ``fold``
        (random folds: cross-fitting; −1 for a plot that had no part in the fit), ``inside_share`` (of the
        plot, where the model applies); predictions NaN where that is none.
    """
    rows = pixels.rows
    whole = mapped_by(fitting.model, rows)
    own = dict(zip(fitting.training.plot_id, fitting.folds["random"].fold, strict=True))
    fold = np.array([own.get(name, -1) for name in pixels.plot_id], dtype=np.int64)
    crossed = whole.agb_t_ha.copy()
    for number, form in enumerate(fitting.left_out["random"][fitting.model.candidate].forms):
        under = np.flatnonzero(fold[pixels.plot] == number)
        crossed[under] = form.predict(rows.take(under))
    predicted, share = pixels.means(whole.agb_t_ha, whole.inside)
    return pd.DataFrame(
        {
            "plot_id": list(pixels.plot_id),
            "predicted_t_ha": predicted,
            "predicted_out_of_fold_t_ha": pixels.means(crossed, whole.inside)[0],
            "fold": fold,
            "inside_share": share,
        }
    )


def map_strata(population: Population, mapped: Mapped) -> pd.DataFrame:
    """A map by stratum, as in :class:`MapPopulation`."""
    strata = len(population.strata)

    def area_of(chosen: Flags) -> Array:
        stratum = population.rows.stratum[chosen]
        area = np.bincount(stratum, weights=population.area_ha[chosen], minlength=strata)
        return np.asarray(area, dtype=np.float64)

    return pd.DataFrame(
        {
            "stratum_id": list(population.strata),
            "pixels": np.bincount(population.rows.stratum, minlength=strata),
            "area_ha": area_of(np.ones(len(population), dtype=bool)),
            "predicted_mean_t_ha": stratum_mean(mapped.agb_t_ha, population, mapped.inside),
            "area_outside_ha": area_of(~mapped.inside),
            "area_no_data_ha": area_of(np.isnan(mapped.agb_t_ha)),
        }
    )


def map_population(
    fitting: Fitting, population: Population, mapped: Mapped, pixels: PlotPixels
) -> MapPopulation:
    """What estimates need of a map: means over strata, and what it says of plots.

    Parameters
    ----------
    fitting : Fitting
    population : Population
    mapped : Mapped
        Of the population.
    pixels : PlotPixels
        Under the plots of the same date.
    """
    return MapPopulation(
        map_strata(population, mapped), map_at_plots(fitting, pixels), fitting.model.candidate
    )

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
from mrv.mapping.model import BiomassModel, Fitting
from mrv.mapping.rows import Array, Integers, Rows
from mrv.mapping.stratum_sums import StratumSums

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

PLACES = 2**18
"""Most places that a thread takes at a time, those of a whole block; no bit depends on it."""


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
    standard_error_t_ha : ndarray, shape (n,), or None
        For one place: by the plots that could have been drawn, and by the residuals; None for a model that
        was not fitted to other plots. [t_dm/ha]
    """

    agb_t_ha: Array
    inside: Flags
    dissimilarity: Array
    standard_error_t_ha: Array | None


def mapped_by(model: BiomassModel, rows: Rows, workers: int = 1) -> Mapped:
    """What a model says of places; the same bits wherever it was fitted or read from.

    Parameters
    ----------
    model : BiomassModel
    rows : Rows
        All places or some of them: no bit depends on which are asked for together.
    workers : int
        Threads; no bit depends on it.
    """

    def part(own: slice) -> Mapped:
        return _mapped(model, rows.take(own))

    slices = _slices(len(rows), workers)
    if len(slices) == 1:
        return part(slices[0])
    # One thread needs no pool, whose beginning takes as long as a block.
    parts = list(map(part, slices)) if workers == 1 else in_threads(part, slices, workers)
    errors = [part.standard_error_t_ha for part in parts if part.standard_error_t_ha is not None]
    return Mapped(
        np.concatenate([part.agb_t_ha for part in parts]),
        np.concatenate([part.inside for part in parts]),
        np.concatenate([part.dissimilarity for part in parts]),
        np.concatenate(errors) if errors else None,
    )


def _slices(count: int, workers: int) -> list[slice]:
    size = max(min(PLACES, -(-count // workers)), 1)
    return [slice(start, start + size) for start in range(0, max(count, 1), size)]


def _mapped(model: BiomassModel, rows: Rows) -> Mapped:
    agb, dissimilarity = model.form.predict(rows), model.dissimilarity(rows)
    return Mapped(
        agb,
        model.applies(rows, dissimilarity) & ~np.isnan(agb),
        dissimilarity,
        np.sqrt(model.error.variance([(1.0, rows)]) + model.spread.variance(agb))
        if model.error is not None
        else None,
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
    first : Mapped or None
        The map of the earlier date, by the same model.
    change, change_model_error : ndarray, shape (m,), or None
        At the places of both dates, and its standard error by the plots that could have been drawn: each
        refit predicts both dates, so that what the dates share in the model cancels as far as it does.
    """

    first: Mapped | None = None
    change: Array | None = None
    change_model_error: Array | None = None


def stratum_mean(values: Array, population: Population, counted: Flags) -> Array:
    """Mean by stratum, weighted by area, over the places that count; NaN without any."""
    strata = len(population.strata)
    stratum, area = population.rows.stratum[counted], population.area_ha[counted]
    total = np.bincount(stratum, weights=area * values[counted], minlength=strata)
    whole = np.bincount(stratum, weights=area, minlength=strata)
    means: Array = np.divide(total, whole, out=np.full(strata, np.nan), where=whole > 0)
    return means


def predict(
    model: BiomassModel, population: Population, earlier: Earlier | None = None, workers: int = 1
) -> Prediction:
    """Map of a population, with its error and the change since an earlier date.

    Parameters
    ----------
    model : BiomassModel
        That knows its error.
    population : Population
        With the strata and predictors of the model.
    earlier : Earlier, optional
        The same area at an earlier date, predicted by the same model.
    workers : int
        Threads; no bit depends on it.
    """
    rows = population.rows
    own = mapped_by(model, rows, workers)
    if earlier is None:
        return Prediction(**vars(own))
    first = mapped_by(model, earlier.population.rows, workers)
    return Prediction(
        **vars(own),
        first=first,
        change=earlier.change(first.agb_t_ha, own.agb_t_ha, rows.stratum),
        change_model_error=_change_error(model, rows, earlier, workers),
    )


def _change_error(model: BiomassModel, rows: Rows, earlier: Earlier, workers: int) -> Array | None:
    error, count = model.error, len(earlier.at_last)
    if error is None:
        return None

    def variance(part: slice) -> Array:
        last, first = rows.take(earlier.at_last[part]), earlier.population.rows.take(earlier.at_first[part])
        return error.variance(
            [(earlier.last_factor[last.stratum], last), (-earlier.first_factor[last.stratum], first)]
        )

    variances = np.concatenate(in_threads(variance, _slices(count, workers), workers))
    return np.asarray(np.sqrt(variances))


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
    sums = StratumSums.of_places(
        mapped.agb_t_ha,
        mapped.inside,
        population.rows.stratum,
        population.area_ha,
        len(population.strata),
    )
    return sums.by_stratum(population.strata)


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

"""A biomass model: compared, chosen, fitted to all plots, with what is needed to use and to judge it."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mrv.mapping.agreement import agreement
from mrv.mapping.applicability import Applicability, applicability
from mrv.mapping.candidate import Candidate, Settings, Unfit
from mrv.mapping.comparison import (
    INNER_FOLDS,
    Judgement,
    LeftOut,
    best_settings,
    in_threads,
    judge,
    out_of_fold,
    simplest_within_one_standard_error,
)
from mrv.mapping.folds import Design, Folds, block_folds, knndm_folds, random_folds
from mrv.mapping.forms import Form, GaussianProcess, Kriged, Linear
from mrv.mapping.model_error import LittleBags, Refits
from mrv.mapping.rows import Array, Integers, Rows, Training
from mrv.progress import SILENT, Progress
from mrv.streams import Streams, key_words, stream_key, uniforms

PERMUTATIONS = 20
"""Times that a predictor is shuffled to see what it is worth."""


@dataclass(frozen=True)
class ResidualSpread:
    """Variance of left-out residuals as ``factor · max(prediction, floor)^power``.

    Attributes
    ----------
    factor, power : float
        Power 0 is the same spread everywhere, 2 one in proportion to the prediction.
    floor_t_ha : float
        [t_dm/ha]
    """

    factor: float
    power: float
    floor_t_ha: float

    def variance(self, predicted_t_ha: Array) -> Array:
        """Variance of the residual at a prediction. [(t_dm/ha)²]"""
        return np.asarray(self.factor * np.maximum(predicted_t_ha, self.floor_t_ha) ** self.power)


def residual_spread(observed_t_ha: Array, predicted_t_ha: Array) -> ResidualSpread:
    """Spread of residuals with the power 0, 1 or 2 under which normal residuals are likeliest.

    Parameters
    ----------
    observed_t_ha, predicted_t_ha : ndarray, shape (n,)
        Of plots that were left out of the fit. [t_dm/ha]
    """
    floor = max(0.05 * float(np.mean(observed_t_ha)), 1e-6)
    squared = (observed_t_ha - predicted_t_ha) ** 2
    level = np.maximum(predicted_t_ha, floor)
    best: tuple[float, ResidualSpread] | None = None
    for power in (0.0, 1.0, 2.0):
        factor = float(np.mean(squared / level**power))
        spread = ResidualSpread(factor, power, floor)
        likelihood = -math.fsum(np.log(np.maximum(spread.variance(predicted_t_ha), 1e-300)))
        if best is None or likelihood > best[0]:
            best = likelihood, spread
    assert best is not None
    return best[1]


@dataclass(frozen=True)
class Plan:
    """What decides how a model is made.

    Attributes
    ----------
    candidates : tuple of str
        Names; the two baselines are always among those compared.
    folds : int
    block_side_m : float or None
        [m]
    streams : Streams
    means_only : bool
        Whether only means of the predictors are known of the area: then a model must be linear in them.
    workers : int
        Threads; no bit depends on it.
    headline_alone : bool
        Whether only the design that candidates are chosen by is worked out, and the random one, by which
        plots are compared with the map; not those told beside them.
    progress : Progress
        Told of the fits.
    """

    candidates: tuple[str, ...]
    folds: int
    block_side_m: float | None
    streams: Streams
    means_only: bool = False
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    headline_alone: bool = False
    progress: Progress = SILENT

    @property
    def fit_seed(self) -> int:
        """Seed of the random parts of fits."""
        key = stream_key(self.streams.project, "*", "model fit", 0)
        return (key_words(key)[0] + self.streams.seed) % 2**31


@dataclass(frozen=True)
class BiomassModel:
    """A fitted model and the limits of its use: all that predicting needs.

    Attributes
    ----------
    candidate : str
    settings : mapping
    names : tuple of str
        Predictors, in their order.
    strata : tuple of str
    strata_with_plots : tuple of str
    form : Form
    applicability : Applicability or None
        None for a model without predictors: it applies in the strata that have plots.
    spread : ResidualSpread
    error : Refits or LittleBags or None
        By which the error of a prediction is told; None where the plots were not drawn again.
    """

    candidate: str
    settings: Settings
    names: tuple[str, ...]
    strata: tuple[str, ...]
    strata_with_plots: tuple[str, ...]
    form: Form
    applicability: Applicability | None
    spread: ResidualSpread
    error: Refits | LittleBags | None = None

    @property
    def asks_where(self) -> bool:
        """Whether a prediction or its error depends on where a place lies, beside its predictors."""
        form = self.form
        return isinstance(form, Kriged) or (isinstance(form, GaussianProcess) and form.place == "coordinates")

    def dissimilarity(self, rows: Rows) -> Array:
        """Of the predictors of places to those of the plots; NaN for a model without predictors. [1]"""
        if self.applicability is None:
            return np.full(len(rows), np.nan)
        return self.applicability.dissimilarity(rows.predictors)

    def applies(self, rows: Rows, dissimilarity: Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether the model applies at places; one that tells strata apart never where there are no plots.

        Parameters
        ----------
        rows : Rows
        dissimilarity : ndarray, shape (n,)
            Of the same places.
        """
        sampled = np.array([name in self.strata_with_plots for name in self.strata], dtype=bool)
        if self.applicability is None:
            return sampled[rows.stratum]
        near = self.applicability.within(dissimilarity)
        apart = isinstance(self.form, Linear) and self.form.by_stratum
        return near & sampled[rows.stratum] if apart else near

    def inside(self, rows: Rows) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether the model applies at places."""
        return self.applies(rows, self.dissimilarity(rows))


@dataclass(frozen=True)
class Fitting:
    """A model with everything that led to it.

    Attributes
    ----------
    model : BiomassModel
    training : Training
        In the order of the plots.
    folds : mapping of str to Folds
        By design.
    left_out : mapping of str to mapping of str to LeftOut
        By design, then by candidate.
    judgements : tuple of Judgement
    headline : {"random", "block", "knndm"}
        Design by which the candidate was chosen.
    not_fitted : mapping of str to Unfit
        Candidates that these plots cannot have, and why.
    importance_t_ha : mapping of str to float
        By predictor: by how much the root mean squared error grows when it is shuffled. [t_dm/ha]
    """

    model: BiomassModel
    training: Training
    folds: Mapping[str, Folds]
    left_out: Mapping[str, Mapping[str, LeftOut]]
    judgements: tuple[Judgement, ...]
    headline: Design
    not_fitted: Mapping[str, Unfit]
    importance_t_ha: Mapping[str, float]

    @property
    def candidate(self) -> Candidate:
        """Candidate that was chosen."""
        from mrv.mapping.candidates import ALL  # noqa: PLC0415 as in _compared

        return ALL[self.model.candidate]


def folds_of(training: Training, area_m: Array | None, plan: Plan) -> dict[str, Folds]:
    """Folds of every design that the plots allow; random ones always.

    Parameters
    ----------
    training : Training
    area_m : ndarray, shape (m, 2), or None
        Places that stand for the area of the map. [m]
    plan : Plan
    """
    count = min(plan.folds, len(set(training.unit)))
    places = training.rows.coordinates_m
    found: list[Folds | None] = [random_folds(training.unit, count, plan.streams)]
    if not np.isnan(places).any():
        found.append(block_folds(training.unit, places, count, plan.block_side_m))
        if area_m is not None and len(area_m):
            found.append(knndm_folds(training.unit, places, area_m, count))
    return {folds.design: folds for folds in found if folds is not None}


def importance(training: Training, folds: Folds, left_out: LeftOut, streams: Streams) -> Array:
    """By how much the error on left-out plots grows when a predictor is shuffled among all plots.

    Returns
    -------
    ndarray, shape (p,)
        Growth of the root mean squared error; exactly 0 where the model does not use it. [t_dm/ha]

    References
    ----------
    .. [1] Breiman (2001), Machine Learning 45, 5-32, section 10, doi:10.1023/A:1010933404324.
    """
    own = agreement(training.agb_t_ha, left_out.predicted_t_ha).rmse_t_ha
    result = []
    for column, name in enumerate(training.names):
        grown = []
        for time in range(PERMUTATIONS):
            key = stream_key(streams.project, "*", f"shuffle of {name}", time)
            order = np.argsort(uniforms(streams.seed, key, len(training)), kind="stable")
            rows = training.rows.with_column(column, training.predictors[order, column])
            predicted = np.empty(len(training))
            for number, form in enumerate(left_out.forms):
                out = np.flatnonzero(folds.fold == number)
                predicted[out] = form.predict(rows.take(out))
            grown.append(agreement(training.agb_t_ha, predicted).rmse_t_ha - own)
        result.append(math.fsum(grown) / PERMUTATIONS)
    return np.array(result)


def _compared(
    training: Training, names: Sequence[str], means_only: bool
) -> tuple[list[Candidate], dict[str, Unfit]]:
    """Candidates in order of simplicity, and those that the plots cannot have."""
    from mrv.mapping.candidates import (  # noqa: PLC0415 scikit-learn takes long to import, and only a fit needs it
        ALL,
        BASELINES,
        LINEAR_ON_BIOMASS,
    )

    wanted = [candidate for name, candidate in ALL.items() if name in names or name in BASELINES]
    reasons: dict[str, Unfit | None] = {candidate.name: candidate.unfit(training) for candidate in wanted}
    if means_only:
        wanted = [LINEAR_ON_BIOMASS.get(candidate.name, candidate) for candidate in wanted]
        reasons |= {
            candidate.name: "the mean of a curve is not the curve at the means of the strata"
            for candidate in wanted
            if candidate.name not in {*LINEAR_ON_BIOMASS, "stratum_mean"}
        }
    unfit = {name: reason for name, reason in reasons.items() if reason is not None}
    return [candidate for candidate in wanted if candidate.name not in unfit], unfit


def fit_model(training: Training, area_m: Array | None, plan: Plan) -> Fitting:
    """Compare the candidates, choose one by rule, and fit it to all plots.

    Parameters
    ----------
    training : Training
        Without missing or constant predictors; at least three sampling units.
    area_m : ndarray, shape (m, 2), or None
        Places that stand for the area of the map; None if they are not known. [m]
    plan : Plan
    """
    training = training.in_order()
    candidates, unfit = _compared(training, plan.candidates, plan.means_only)
    folds = folds_of(training, area_m, plan)
    headline: Design = next(design for design in ("knndm", "block", "random") if design in folds)
    if plan.headline_alone:
        folds = {design: own for design, own in folds.items() if design in {headline, "random"}}
    fits = len(candidates) * sum(own.count for own in folds.values())
    with plan.progress.long_step("Comparing models", fits) as advance:
        left_out = {
            design: out_of_fold(candidates, training, own, plan.fit_seed, plan.workers, advance)
            for design, own in folds.items()
        }
    judgements = {
        design: {name: judge(design, name, training, own.predicted_t_ha) for name, own in by_name.items()}
        for design, by_name in left_out.items()
    }
    chosen = simplest_within_one_standard_error(judgements[headline])
    shares = importance(training, folds[headline], left_out[headline][chosen], plan.streams)
    tuned_by = folds[headline].fold % INNER_FOLDS
    form, settings = in_threads(
        lambda candidate: _fitted(candidate, training, tuned_by, plan.fit_seed),
        [candidate for candidate in candidates if candidate.name == chosen],
        1,
    )[0]
    sampled = sorted({training.strata[number] for number in training.rows.stratum})
    model = BiomassModel(
        chosen,
        settings,
        training.names,
        training.strata,
        tuple(sampled),
        form,
        applicability(training.predictors, shares, folds[headline].fold) if shares.any() else None,
        residual_spread(training.agb_t_ha, left_out[headline][chosen].predicted_t_ha),
    )
    return Fitting(
        model,
        training,
        folds,
        left_out,
        tuple(own for by_name in judgements.values() for own in by_name.values()),
        headline,
        unfit,
        dict(zip(training.names, map(float, shares), strict=True)),
    )


def _fitted(candidate: Candidate, training: Training, folds: Integers, seed: int) -> tuple[Form, Settings]:
    settings = best_settings(candidate, training, folds, seed)
    return candidate.fit(training, settings, folds, seed), settings

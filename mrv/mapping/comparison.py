"""Candidates compared on plots that were left out, and the choice by rule.

Every candidate meets the same folds. Its settings are chosen inside each fold, among the plots that are
kept, so that no left-out plot has a say in what predicts it. The choice is the simplest candidate whose
error is within one standard error of the smallest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from mrv.mapping.agreement import Agreement, Saturation, agreement, group_bias, saturation
from mrv.mapping.candidate import Candidate, Settings
from mrv.mapping.folds import Folds
from mrv.mapping.forms import Form
from mrv.mapping.rows import Array, Integers, Training
from mrv.progress import Advance
from mrv.workers import threads

INNER_FOLDS = 5
"""Folds inside the kept plots by which settings are chosen."""

Work = TypeVar("Work")
Result = TypeVar("Result")


def in_threads(
    act: Callable[[Work], Result],
    work: Iterable[Work],
    workers: int,
    advance: Advance = lambda _: None,
) -> list[Result]:
    """Results in the order of the work, each computed by one thread alone.

    Libraries of linear algebra split a product over threads and so round it differently; here they
    do not.
    """
    with threadpool_limits(1), threads(workers) as own:
        promises = [own.submit(act, piece) for piece in work]
        results = []
        for promise in promises:
            results.append(promise.result())
            advance(1)
        return results


def best_settings(candidate: Candidate, training: Training, folds: Integers, seed: int) -> Settings:
    """Settings with the smallest weighted error on left-out plots; the first of equals."""
    judged = candidate.judged(training, folds, seed)
    errors = [
        float(np.average((predicted - training.agb_t_ha) ** 2, weights=training.weight))
        for _, predicted in judged
    ]
    return judged[int(np.argmin(errors))][0]


@dataclass(frozen=True)
class LeftOut:
    """A candidate on the plots that each fold left out.

    Attributes
    ----------
    predicted_t_ha : ndarray, shape (n,)
        [t_dm/ha]
    forms : tuple of Form
        Fit without each fold.
    """

    predicted_t_ha: Array
    forms: tuple[Form, ...]


def out_of_fold(
    candidates: Sequence[Candidate],
    training: Training,
    folds: Folds,
    seed: int,
    workers: int,
    advance: Advance = lambda _: None,
) -> dict[str, LeftOut]:
    """Each candidate's predictions of left-out plots, settings chosen inside the folds.

    Parameters
    ----------
    candidates : sequence of Candidate
    training : Training
    folds : Folds
    seed : int
        For the random parts of the fits.
    workers : int
        Threads; no bit depends on it.
    advance : callable, optional
        Told of every fit.
    """

    def without(task: tuple[Candidate, int]) -> Form:
        candidate, number = task
        kept = np.flatnonzero(folds.fold != number)
        part, inner = training.take(kept), folds.within(kept, INNER_FOLDS)
        return candidate.fit(part, best_settings(candidate, part, inner, seed), inner, seed)

    numbers = range(folds.count)
    tasks = [(candidate, number) for candidate in candidates for number in numbers]
    forms = iter(in_threads(without, tasks, workers, advance))
    result = {}
    for candidate in candidates:
        own = tuple(next(forms) for _ in numbers)
        predicted = np.empty(len(training))
        for number, form in enumerate(own):
            out = np.flatnonzero(folds.fold == number)
            predicted[out] = form.predict(training.rows.take(out))
        result[candidate.name] = LeftOut(predicted, own)
    return result


@dataclass(frozen=True)
class Judgement:
    """How well a candidate predicts plots left out by a design.

    Attributes
    ----------
    design, candidate : str
    agreement : Agreement
    rmse_standard_error_t_ha : float
        From the spread of the squared errors over the sampling units. [t_dm/ha]
    third_bias_t_ha : tuple of float
        Bias in the lowest, middle and highest third of the observed plots. [t_dm/ha]
    saturation : Saturation or None
    """

    design: str
    candidate: str
    agreement: Agreement
    rmse_standard_error_t_ha: float
    third_bias_t_ha: tuple[float, ...]
    saturation: Saturation | None


def rmse_standard_error(error: Array, unit: Sequence[str]) -> float:
    """Standard error of a root mean squared error, by the delta method. [unit of the error]

    Parameters
    ----------
    error : ndarray, shape (n,)
    unit : sequence of str, length n
        Sampling unit of each row: rows of one unit are one observation.
    """
    _, position = np.unique(np.array(unit, dtype=object).astype(str), return_inverse=True)
    counts = np.bincount(position)
    squares = np.bincount(position, weights=error**2)
    overall = math.fsum(error**2) / len(error)
    units = len(counts)
    if units < 2 or overall == 0:
        return math.nan
    deviation = squares - overall * counts
    variance = units / (units - 1) * math.fsum(deviation**2) / len(error) ** 2
    return math.sqrt(variance) / (2 * math.sqrt(overall))


def judge(design: str, candidate: str, training: Training, predicted_t_ha: Array) -> Judgement:
    """Judgement of predictions of left-out plots. [t_dm/ha]"""
    observed = training.agb_t_ha
    return Judgement(
        design,
        candidate,
        agreement(observed, predicted_t_ha),
        rmse_standard_error(predicted_t_ha - observed, training.unit),
        group_bias(observed, predicted_t_ha),
        saturation(observed, predicted_t_ha),
    )


def simplest_within_one_standard_error(judged: Mapping[str, Judgement]) -> str:
    """Name of the first, that is simplest, candidate within one standard error of the smallest error.

    Parameters
    ----------
    judged : mapping of str to Judgement
        By candidate, the simplest first.

    References
    ----------
    .. [1] Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees, section 3.4.3.
    """
    best = min(judged.values(), key=lambda own: own.agreement.rmse_t_ha)
    error = best.rmse_standard_error_t_ha
    limit = best.agreement.rmse_t_ha + (error if math.isfinite(error) else 0.0)
    return next(name for name, own in judged.items() if own.agreement.rmse_t_ha <= limit)

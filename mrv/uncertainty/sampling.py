"""The error of having drawn these plots and not others, as draws with the design's own t distribution.

A draw gives every replicate (plot or cluster) of a stratum a random number, and moves the estimate by what
the replicate adds to its error. All pools and dates take the same numbers, so that what they share stays
shared; each of them then has the standard error of its estimator, and Student's t with its degrees of
freedom, exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from mrv.stock.linear import Estimator, Replicate

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SampledStratum:
    """Plots of a stratum in one survey, and how they make its mean.

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
        Positions in the survey's plots.
    estimator : Estimator
    positions : tuple of ndarray of int, shape (n,)
        For each stage of the estimator, position of the plot's replicate among those of the stratum.
    """

    rows: NDArray[np.intp]
    estimator: Estimator
    positions: tuple[NDArray[np.intp], ...]

    def multiples(self, normals: Array) -> Array:
        """Weight with which a draw adds each plot's value to the mean.

        Parameters
        ----------
        normals : ndarray, shape (draws, replicates of the stratum)

        Returns
        -------
        ndarray, shape (draws, n)
            Applied to plot values, its variance is that of the estimator.
        """
        parts = [
            stage.multiples(normals[:, own])
            for stage, own in zip(self.estimator.stages, self.positions, strict=True)
        ]
        return np.asarray(sum(parts[1:], start=parts[0]))


def replicates_of(estimators: Iterable[Estimator]) -> list[Replicate]:
    """Replicates of all stages of estimators, each once, in a fixed order."""
    return sorted(
        {
            (number, unit)
            for estimator in estimators
            for number, stage in enumerate(estimator.stages)
            for unit in stage.units
        }
    )


def sampled_stratum(
    rows: NDArray[np.intp], estimator: Estimator, replicates: Sequence[Replicate]
) -> SampledStratum:
    """Plots of a stratum in a survey.

    Parameters
    ----------
    rows : ndarray of int, shape (n,)
        Positions of its plots in the survey.
    estimator : Estimator
    replicates : sequence of Replicate
        Those of the stratum in all surveys.
    """
    place = {replicate: position for position, replicate in enumerate(replicates)}
    positions = tuple(
        np.array([place[number, unit] for unit in stage.units], dtype=np.intp)
        for number, stage in enumerate(estimator.stages)
    )
    return SampledStratum(rows, estimator, positions)


def student_factor(chance: Array, degrees_of_freedom: float) -> Array:
    """Factor that turns normal draws into Student's t, ``√(df/χ²)``, from uniform numbers."""
    if math.isinf(degrees_of_freedom):
        return np.ones_like(chance)
    half = degrees_of_freedom / 2
    return np.asarray(np.sqrt(half / gammaincinv(half, chance)))

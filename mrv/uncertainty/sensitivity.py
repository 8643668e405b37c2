"""Which source of error makes how much of the variance.

``S`` (first order) is the part that goes if one group of inputs were known; ``T`` (total) is the part
that stays if all others were. They differ where groups work on each other, as factors of a product do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Indices:
    """Shares of variance by group of inputs. [1]

    Attributes
    ----------
    first_order, total : dict of str to float
    variance : float
        Of the output, in the square of its unit.
    """

    first_order: dict[str, float]
    total: dict[str, float]
    variance: float


def indices_on_grid(values: Array, weights: Mapping[str, Array]) -> Indices:
    """Shares of variance of a function tabulated on a grid of independent inputs.

    Parameters
    ----------
    values : ndarray, one axis for each input
        Function at every combination of the inputs' nodes.
    weights : mapping of str to ndarray
        Probability of each node, by input, in the order of the axes. Two nodes at ±1 standard deviation
        are exact for what is linear in an input; Gauss nodes for smooth functions.

    References
    ----------
    .. [1] Sobol' (2001), Mathematics and Computers in Simulation 55, 271–280,
       doi:10.1016/S0378-4754(00)00270-6.
    """
    names = list(weights)
    shares = [weights[name] / np.sum(weights[name]) for name in names]

    def averaged(over: Sequence[int]) -> Array:
        table = values
        for axis in sorted(over, reverse=True):
            table = np.tensordot(table, shares[axis], axes=([axis], [0]))
        return table

    def spread(table: Array, kept: Sequence[int]) -> float:
        square, mean = table**2, table
        for axis in reversed(kept):
            square = np.tensordot(square, shares[axis], axes=([square.ndim - 1], [0]))
            mean = np.tensordot(mean, shares[axis], axes=([mean.ndim - 1], [0]))
        return float(square - mean**2)

    axes = range(len(names))
    variance = spread(values, list(axes))
    first, total = {}, {}
    for axis, name in enumerate(names):
        others = [other for other in axes if other != axis]
        first[name] = spread(averaged(others), [axis]) / variance
        total[name] = 1 - spread(averaged([axis]), others) / variance
    return Indices(first, total, variance)


Model = Callable[[Mapping[str, Array]], Array]
"""From draws of each group, shape (n, …), to the output, shape (n,)."""


def sobol_indices(model: Model, one: Mapping[str, Array], other: Mapping[str, Array]) -> Indices:
    """Shares of variance by groups of inputs, from two independent sets of draws.

    Parameters
    ----------
    model : callable
        Takes draws of every group and returns the output of each draw.
    one, other : mapping of str to ndarray, shape (n, …)
        Two independent samples of the same groups; a group may hold inputs that correlate.

    Notes
    -----
    First order after Saltelli et al., total after Jansen. Estimates near zero scatter around it and are
    not cut off.

    References
    ----------
    .. [1] Saltelli et al. (2010), Computer Physics Communications 181, 259–270,
       doi:10.1016/j.cpc.2009.09.018, table 2 (b) and (f).
    """
    at_one, at_other = model(one), model(other)
    # Centring does not change the expectation of the estimators and takes most of their noise.
    centre = float(np.mean(np.concatenate([at_one, at_other])))
    variance = float(np.var(np.concatenate([at_one, at_other])))
    first, total = {}, {}
    for name in one:
        mixed = model({group: (other if group == name else one)[group] for group in one})
        first[name] = float(np.mean((at_other - centre) * (mixed - at_one))) / variance
        total[name] = float(np.mean((at_one - mixed) ** 2)) / 2 / variance
    return Indices(first, total, variance)


def share_by_freezing(variance: float, variance_without: float) -> float:
    """Share of variance that goes when one group is held at its median. [1]

    By the law of total variance, ``V(E[Y|X]) = V(Y) − E[V(Y|X)]``; the expectation over X is taken at
    the median of X. With the same draws for all other groups in both runs, little noise is left; a small
    negative value is noise and stays.
    """
    return 1 - variance_without / variance if variance > 0 else float("nan")

"""Samples that are no simple random ones: units drawn with unequal chances."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mrv.stock.estimators import Array
from mrv.stock.linear import Estimator, Residuals, names_of

METHOD = "probability proportional to size, with replacement"


def hansen_hurwitz(
    draw_probabilities: Array,
    times_drawn: Array | None = None,
    sizes: Array | None = None,
    units: Sequence[str] | None = None,
) -> Estimator:
    r"""Total from units drawn with replacement, with probabilities proportional to some size.

    Parameters
    ----------
    draw_probabilities : ndarray, shape (p,)
        Probability of each drawn unit in one draw. [1]
    times_drawn : ndarray, shape (p,), optional
        How often each was drawn; once if left out.
    sizes : ndarray, shape (p,), optional
        What a unit's value is multiplied by to be its share of the total: with values per hectare, its
        hectares over those of the population, and the result is a mean per hectare. Left out, values are
        totals.
    units : sequence of str, optional
        Names of the units.

    Returns
    -------
    Estimator
        With n − 1 degrees of freedom, n the number of draws.

    Notes
    -----
    .. math:: \hat T = \frac{1}{n} \sum \frac{y_i}{p_i}, \quad V = \frac{1}{n} s^2_{y/p}

    References
    ----------
    .. [1] Hansen and Hurwitz (1943), Annals of Mathematical Statistics 14, 333–362; Cochran (1977),
       eqs. 9A.3 and 9A.4.
    """
    count = len(draw_probabilities)
    times = np.ones(count) if times_drawn is None else np.asarray(times_drawn, dtype=np.float64)
    expansion = (np.ones(count) if sizes is None else sizes) / draw_probabilities
    n = int(times.sum())
    weights = times * expansion / n
    if n < 2:
        return Estimator(weights, (), math.nan, n, METHOD)
    stage = Residuals(
        tuple(units) if units is not None else names_of(count),
        np.sqrt(times) * expansion / math.sqrt(n * (n - 1)),
        (1 / expansion)[:, None],
        weights[None, :],
    )
    return Estimator(weights, (stage,), n - 1, n, METHOD)

"""One view of a season out of several looks, all bands of a pixel from the same look or the same point.

Band-wise medians mix looks, so that an index of them belongs to no state of the ground. The medoid is the
look that is nearest to all others; the geometric median is the point that is.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

SETTLED = 1e-7
"""Movement of a geometric median below which it stands. [1]"""

STEPS = 1000
"""Steps after which a geometric median that still moves is not given out."""


def _added(terms: Array) -> Array:
    """Sum along the first axis, term by term.

    NumPy adds a single column in another order than one of many, so that a pixel would depend on whether
    others go with it.
    """
    return functools.reduce(operator.add, terms)


def clear_looks(looks: Array) -> NDArray[np.bool_]:
    """Where a look has every band, shape (looks, pixels) from (looks, bands, pixels)."""
    return np.asarray(np.isfinite(looks).all(axis=1))


def medoid(looks: Array) -> Array:
    """Look of each pixel whose distances to the other looks add up to the least; the earlier of equals.

    Parameters
    ----------
    looks : ndarray, shape (looks, bands, pixels)
        NaN where there are no data; a look that lacks a band is no look.

    Returns
    -------
    ndarray, shape (bands, pixels)
        NaN without a look.
    """
    count = len(looks)
    clear = clear_looks(looks)
    values = np.where(clear[:, None, :], looks, 0.0).astype(np.float64)
    sums = np.zeros((count, looks.shape[2]))
    for first in range(count):
        for second in range(first + 1, count):
            both = clear[first] & clear[second]
            distance = np.sqrt(_added((values[first] - values[second]) ** 2))
            sums[first] += np.where(both, distance, 0.0)
            sums[second] += np.where(both, distance, 0.0)
    # Distances of equal looks may differ in the last bits by the order of their sums.
    sums = np.where(clear, np.round(sums, 12), np.inf)
    chosen = sums.argmin(axis=0)
    result: Array = np.take_along_axis(looks, chosen[None, None, :], axis=0)[0]
    return np.asarray(np.where(clear.any(axis=0), result, np.nan))


def geometric_median(looks: Array) -> Array:
    """Point of each pixel whose distances to all looks add up to the least.

    Weiszfeld's iteration with the step of Vardi and Zhang where the point meets a look. A pixel that has
    settled is left alone, so that it does not depend on the pixels around it.

    Parameters
    ----------
    looks : ndarray, shape (looks, bands, pixels)

    Returns
    -------
    ndarray, shape (bands, pixels)
        NaN without a look, and where the point does not settle.

    References
    ----------
    .. [1] Vardi and Zhang (2000), doi:10.1073/pnas.97.4.1423.
    """
    clear = clear_looks(looks)
    values = np.where(clear[:, None, :], looks, 0.0).astype(np.float64)
    number = clear.sum(axis=0)
    with np.errstate(invalid="ignore"):
        point = _added(values) / number
    moving = np.flatnonzero(number > 0)
    for _ in range(STEPS):
        if not len(moving):
            break
        step = _next_point(values[:, :, moving], clear[:, moving], point[:, moving])
        moved = np.sqrt(_added((step - point[:, moving]) ** 2))
        point[:, moving] = step
        moving = moving[moved > SETTLED]
    point[:, moving] = np.nan
    return np.asarray(point)


def _next_point(values: Array, clear: NDArray[np.bool_], point: Array) -> Array:
    distance = np.sqrt(_added(((values - point) ** 2).swapaxes(0, 1)))
    met = clear & (distance <= SETTLED)
    with np.errstate(divide="ignore"):
        weight = np.where(clear & ~met, 1 / distance, 0.0)
    total = _added(weight)
    alone = total == 0
    pulled = _added(weight[:, None, :] * values) / np.where(alone, 1.0, total)
    # How far the looks that are met hold the point back against the pull of the others.
    pull = np.sqrt(_added((pulled - point) ** 2)) * total
    share = np.minimum(1.0, met.sum(axis=0) / np.where(pull > 0, pull, np.inf))
    share = np.where(met.any(axis=0) & (pull == 0), 1.0, share)
    step: Array = np.where(alone, point, (1 - share) * pulled + share * point)
    return step


COMPOSITES: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {"medoid": medoid, "geometric_median": geometric_median}
)


def composite(looks: Array, method: str, least_looks: int) -> tuple[Array, NDArray[np.int16]]:
    """Composite of a block, and the clear looks behind each of its pixels.

    Parameters
    ----------
    looks : ndarray, shape (looks, bands, rows, columns)
        In order of acquisition.
    method : {"medoid", "geometric_median"}
    least_looks : int
        Clear looks that a pixel must have.

    Returns
    -------
    values : ndarray, shape (bands, rows, columns)
        NaN where the looks are too few.
    number : ndarray, shape (rows, columns)
    """
    count, bands, rows, columns = looks.shape
    flat = looks.reshape(count, bands, rows * columns)
    number = clear_looks(flat).sum(axis=0)
    values = np.full((bands, rows * columns), np.nan)
    enough = number >= max(least_looks, 1)
    values[:, enough] = COMPOSITES[method](flat[:, :, enough])
    return values.reshape(bands, rows, columns), number.reshape(rows, columns).astype(np.int16)

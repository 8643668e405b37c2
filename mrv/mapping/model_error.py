"""The error that a prediction has because other plots could have been drawn.

The plots are drawn anew and the model fitted anew, many times; how far the refits are apart at a place is the
error of its prediction. A refit of a forest is a mean of many trees, and to walk through all of them at every
pixel would cost as many maps as there are refits. A few trees of each refit, a little bag, are enough: bags
differ because of the plots and because they are so small, and how much they differ for their size is known
from the trees within them [1]_ [2]_.

References
----------
.. [1] Sexton and Laake (2009), Computational Statistics & Data Analysis 53, 801-811,
   doi:10.1016/j.csda.2008.08.007.
.. [2] Athey, Tibshirani and Wager (2019), Annals of Statistics 47, 1148-1178, section 4,
   doi:10.1214/18-AOS1709.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mrv.mapping.forms import Form, GaussianProcess, Kriged
from mrv.mapping.rows import Array, Rows
from mrv.mapping.trees import WORTH_TABLES, Trees, joined

SMALLEST_BAG = 10
"""Fewest trees in a bag: with fewer, what bags differ by is mostly their smallness."""

ROWS_AT_ONCE = 1008
"""Rows whose trees are worked on at a time, so that they stay in the cache; no bit depends on it."""

Term = tuple[Array | float, Rows]
"""What predictions are multiplied by, and where they are made; several terms are summed up, row by row."""


class Spread:
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


@dataclass(frozen=True)
class Refits:
    """Whole refits to plots drawn anew, of a model that is not a mean of trees."""

    forms: tuple[Form, ...]

    def variance(self, terms: Sequence[Term]) -> Array:
        """Variance of a sum of predictions, row by row; NaN where one of them is missing.

        Parameters
        ----------
        terms : sequence of Term
            All of the same number of rows.
        """
        spread = Spread(len(terms[0][1]))
        for form in self.forms:
            spread.add(_sum(factor * form.predict(rows) for factor, rows in terms))
        return spread.variance


@dataclass(frozen=True)
class LittleBags:
    """A few trees of each refit of a forest to plots drawn anew.

    Attributes
    ----------
    trees : Trees
        Those of a bag one after the other, all bags of one size.
    bags : int
    trees_of_model : int
        Number of trees in the forest whose error is told.
    residuals : tuple of GaussianProcess
        Of each bag, where a forest carries residuals over the map; else none.

    Notes
    -----
    With V the variance between the means of bags of k trees, W the mean variance of the trees within a
    bag, and T trees in the model, its variance is ``max(V - W/k, 0) + W/T``: that of a forest without end,
    and what a forest of T trees varies by for being grown by chance. It is what the variance between whole
    refits estimates.
    """

    trees: Trees
    bags: int
    trees_of_model: int
    residuals: tuple[GaussianProcess, ...] = ()

    def variance(self, terms: Sequence[Term]) -> Array:
        """Variance of a sum of predictions, row by row; NaN where one of them is missing.

        Parameters
        ----------
        terms : sequence of Term
            All of the same number of rows.
        """
        size = len(terms[0][1])
        variance = np.empty(size)
        known = ~np.any([np.isnan(rows.predictors).any(axis=1) for _, rows in terms], axis=0)
        # Used for every part: to get so much memory anew each time would take longer than to fill it.
        buffers = [np.empty(min(size, ROWS_AT_ONCE) * len(self.trees.roots)) for _ in terms]
        for start in range(0, size, ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            variance[part] = self._of_part([_slice(term, part) for term in terms], buffers)
        return np.where(known, variance, np.nan)

    def _of_part(self, terms: Sequence[Term], buffers: Sequence[Array]) -> Array:
        whole = len(self.trees.roots)
        per_bag = whole // self.bags
        own = [
            _multiplied(self.trees.values_of(rows.predictors, _shaped(buffer, whole, rows)), factor)
            for (factor, rows), buffer in zip(terms, buffers, strict=True)
        ]
        means, within = moments_of_bags(_sum(own), per_bag)
        for bag, process in enumerate(self.residuals):
            means[bag] = _sum([means[bag], *(factor * process.on_scale(rows) for factor, rows in terms)])
        without_end = np.maximum(variance_between(means) - within / per_bag, 0.0)
        return np.asarray(without_end + within / self.trees_of_model)


def variance_between(means: Array) -> Array:
    """Sample variance between the means of bags, shape (bags, n), place by place."""
    if means.shape[1] >= WORTH_TABLES:
        from mrv.loops.trees import find_variance  # noqa: PLC0415 as in exit_tables

        variance = np.empty(means.shape[1])
        find_variance(means, variance)
        return variance
    between = Spread(means.shape[1])
    for mean in means:
        between.add(mean)
    return between.variance


def moments_of_bags(each: Array, per_bag: int) -> tuple[Array, Array]:
    """Mean of each bag, and mean over the bags of the variance within, place by place.

    Parameters
    ----------
    each : ndarray, shape (bags · per_bag, n)
        Values of the trees, bag after bag.
    per_bag : int
        At least 2.

    Returns
    -------
    means : ndarray, shape (bags, n)
    within : ndarray, shape (n,)
    """
    means, within = np.empty((len(each) // per_bag, each.shape[1])), np.empty(each.shape[1])
    if each.shape[1] >= WORTH_TABLES:
        from mrv.loops.trees import find_moments  # noqa: PLC0415 as in exit_tables

        find_moments(np.ascontiguousarray(each), per_bag, means, within)
        return means, within
    squares, origin = np.zeros(each.shape[1]), each[0]
    for bag in range(len(means)):
        total, square = np.zeros(each.shape[1]), np.zeros(each.shape[1])
        for tree in range(bag * per_bag, (bag + 1) * per_bag):
            value = each[tree] - origin
            total += value
            square += value * value
        means[bag] = origin + total / per_bag
        squares += square - total * total / per_bag
    within[:] = np.maximum(squares, 0.0) / (len(means) * (per_bag - 1))
    return means, within


def _shaped(buffer: Array, trees: int, rows: Rows) -> Array:
    """The first of a buffer as values of trees at rows."""
    return buffer[: trees * len(rows)].reshape(trees, len(rows))


def _multiplied(values: Array, factor: Array | float) -> Array:
    """Values times a factor of each row, in place."""
    if isinstance(factor, np.ndarray) or factor != 1.0:
        values *= factor
    return values


def _sum(values: Iterable[Array]) -> Array:
    """Sum of arrays, in the first of them."""
    total, *others = values
    for other in others:
        total += other
    return total


def _slice(term: Term, part: slice) -> Term:
    factor, rows = term
    return (factor[part] if isinstance(factor, np.ndarray) else factor), rows.take(part)


def _forest(form: Form) -> Trees | None:
    """Trees that a form is a mean of, if it is."""
    trees = form.base if isinstance(form, Kriged) else form
    return trees if isinstance(trees, Trees) and trees.is_mean else None


def bag_size(trees: int, refits: int) -> int:
    """Trees of each refit that make a bag, so that all bags have about as many trees as the model."""
    return min(trees, max(SMALLEST_BAG, math.ceil(trees / refits)))


def model_error(model: Form, refits: Sequence[Form]) -> Refits | LittleBags:
    """How a model's error is told, by its refits to plots drawn anew.

    Parameters
    ----------
    model : Form
    refits : sequence of Form
        Of the same kind; at least 2.
    """
    forest = _forest(model)
    if forest is None:
        return Refits(tuple(refits))
    whole = len(forest.roots)
    size = bag_size(whole, len(refits))
    chosen = refits[: max(2, math.ceil(whole / size))]
    trees = [own.first(size) for own in map(_forest, chosen) if own is not None]
    carried = [form.residuals for form in chosen if isinstance(form, Kriged) and form.residuals is not None]
    return LittleBags(joined(trees), len(trees), whole, tuple(carried))

"""Sums of regression trees: what forests and boosting come down to, and what each tree says of a place.

A leaf is found by walking, or by :mod:`tables of bits <mrv.mapping.exit_tables>` where there is more to do
than to make them. Both find the same leaf, and both sum up in the order of the trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from mrv.mapping.exit_tables import ExitTables, exit_tables
from mrv.mapping.rows import Array, Floats, Integers, Rows

WORTH_TABLES = 512
"""Fewest places for which tables are made; no bit depends on it."""

WALKED = 8192
"""Places walked at a time, so that they stay in the cache; no bit depends on it."""


@dataclass(frozen=True, eq=False)
class Trees:
    """A sum of regression trees, ``base + rate · Σ value``.

    Attributes
    ----------
    roots : ndarray of int, shape (trees,)
        First node of each tree.
    depths : ndarray of int, shape (trees,)
        Longest way from the root to a leaf.
    feature : ndarray of int, shape (nodes,)
        Predictor that a node asks for; a leaf asks for the first one, and both its ways lead to itself.
    threshold, value : ndarray, shape (nodes,)
    left, right : ndarray of int, shape (nodes,)
        Next node where the predictor, as a single-precision number, is at most the threshold, or above it.
    base, rate : float
    """

    roots: Integers
    depths: Integers
    feature: Integers
    threshold: Array
    left: Integers
    right: Integers
    value: Array
    base: float
    rate: float

    def __post_init__(self) -> None:
        """Refuse nodes that are no trees: every way must end in a leaf.

        Raises
        ------
        ValueError
            If a root has a parent, another node has two, or one is not there.
        """
        nodes = np.arange(len(self.feature))
        ways = np.concatenate([self.roots, *(way[way != nodes] for way in (self.left, self.right))])
        if np.any((ways < 0) | (ways >= len(nodes))) or np.any(self.feature < 0):
            raise ValueError("nodes or predictors that are not there")
        if np.any(np.bincount(ways) > 1):
            raise ValueError("nodes that are no trees")

    @property
    def is_mean(self) -> bool:
        """Whether it is the mean of its trees, so that a few of them estimate what all of them say."""
        return self.base == 0.0 and self.rate == 1.0 / len(self.roots)

    def first(self, count: int) -> Trees:
        """The mean of the first trees of a mean of trees."""
        nodes = int(self.roots[count]) if count < len(self.roots) else len(self.feature)
        return replace(
            self,
            roots=self.roots[:count],
            depths=self.depths[:count],
            feature=self.feature[:nodes],
            threshold=self.threshold[:nodes],
            left=self.left[:nodes],
            right=self.right[:nodes],
            value=self.value[:nodes],
            rate=1.0 / count,
        )

    @cached_property
    def _tables(self) -> ExitTables | None:
        return exit_tables(self)

    def _tables_for(self, places: int) -> ExitTables | None:
        """Tables, if they are made already or worth making, and can be."""
        return self._tables if places >= WORTH_TABLES or "_tables" in vars(self) else None

    def values_of(self, predictors: Floats, out: Array | None = None) -> Array:
        """Value of each tree, shape (trees, n); any number where a predictor is missing.

        Parameters
        ----------
        predictors : ndarray, shape (n, p)
        out : ndarray, shape (trees, n), optional
            Memory for the result.
        """
        tables = self._tables_for(len(predictors))
        if tables is None:
            return walked(self, predictors)
        each = np.empty((len(self.roots), len(predictors))) if out is None else out
        tables.find_values(predictors, each)
        return each

    def _sums(self, predictors: Floats) -> Array:
        total = np.zeros(len(predictors))
        tables = self._tables_for(len(predictors))
        if tables is not None:
            tables.add_sums(predictors, total)
            return total
        for start in range(0, len(predictors), WALKED):
            part = slice(start, start + WALKED)
            for values in walked(self, predictors[part]):
                total[part] += values
        return total

    def predict(self, rows: Rows) -> Array:
        """Biomass of each row. [t_dm/ha]"""
        missing = np.isnan(rows.predictors).any(axis=1)
        total = self.base + self.rate * self._sums(rows.predictors)
        return np.where(missing, np.nan, np.maximum(total, 0.0))


def walked(trees: Trees, predictors: Floats) -> Array:
    """Value of each tree, shape (trees, n), by walking from the root to a leaf, step by step."""
    x = predictors.astype(np.float32)
    numbers = np.arange(len(x))
    each = np.empty((len(trees.roots), len(x)))
    for number, (root, depth) in enumerate(zip(trees.roots, trees.depths, strict=True)):
        node = np.full(len(x), root)
        for _ in range(int(depth)):
            low = x[numbers, trees.feature[node]] <= trees.threshold[node]
            node = np.where(low, trees.left[node], trees.right[node])
        each[number] = trees.value[node]
    return each


def joined(forests: Sequence[Trees]) -> Trees:
    """The trees of several forests, one forest after the other, and the mean of all."""
    starts = np.cumsum([0, *(len(forest.feature) for forest in forests)])[:-1]

    def shifted(name: str) -> Integers:
        parts = [getattr(forest, name) + start for forest, start in zip(forests, starts, strict=True)]
        return np.concatenate(parts).astype(np.int64)

    def chained(name: str) -> np.ndarray[Any, Any]:
        return np.concatenate([getattr(forest, name) for forest in forests])

    return Trees(
        shifted("roots"),
        chained("depths"),
        chained("feature"),
        chained("threshold"),
        shifted("left"),
        shifted("right"),
        chained("value"),
        0.0,
        1.0 / sum(len(forest.roots) for forest in forests),
    )

"""Regression trees as tables of bits, by which a place finds its leaf in every tree without walking.

The leaves of a tree are bits, from left to right. A node whose threshold is below the predictor sends a place
to the right, and so rules out the leaves on its left: a mask. Of all leaves that no node rules out, the place
ends in the leftmost [1]_. Which masks of a predictor count depends on nothing but the number of thresholds
below it, so they are combined beforehand, for every such number. At a place only one row of masks for each
predictor is left to combine, for many trees at once.

The same leaf is found as by walking, the predictor as a single-precision number against the threshold, and
the values of the leaves are summed up in the order of the trees.

References
----------
.. [1] Lucchese et al. (2015), QuickScorer: a fast algorithm to rank documents with additive ensembles of
   regression trees, SIGIR '15, 73-82, doi:10.1145/2766462.2767733.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mrv.mapping.rows import Array, Floats, Integers

if TYPE_CHECKING:
    from mrv.mapping.trees import Trees

Words = NDArray[np.uint64]

WORD_BITS = 64

LANES = 8
"""Least words of a row of masks, a line of the cache: rows of few trees are few and stay in it."""

LINE_BYTES = LANES * WORD_BITS // 8

MOST_LEAVES = 32 * WORD_BITS
"""Of a tree: those of more are few to a table, and walking is as fast."""

ONES: Words = np.array([2**count - 1 for count in range(WORD_BITS + 1)], dtype=np.uint64)
"""Words whose lowest bits are set, by their number."""


@dataclass(frozen=True)
class ExitTables:
    """Tables of an ensemble of trees.

    Attributes
    ----------
    thresholds : ndarray of float32
        Of each predictor, ascending, one predictor after the other.
    starts : ndarray of int, shape (p + 1,)
        Where those of each predictor begin.
    order : ndarray of int
        Predictors that trees ask for.
    row_of : ndarray of uint16, shape (groups, thresholds + p)
        Of each group of trees: row of its masks for each number of thresholds of a predictor below it.
    masks : ndarray of uint64, shape (groups, rows, lanes)
        Leaves that are left, tree by tree, each with its words. There are LANES, or the words of a tree that
        needs more.
    values : ndarray, shape (groups, lanes, WORD_BITS)
        Of each bit's leaf.
    words : int
        Words of each tree, a power of two.
    trees : int
    """

    thresholds: NDArray[np.float32]
    starts: Integers
    order: Integers
    row_of: NDArray[np.uint16]
    masks: Words
    values: Array
    words: int
    trees: int

    def add_sums(self, predictors: Floats, total: Array) -> None:
        """Add the values of all trees, in their order, to a total of each row."""
        self._find_leaves(predictors, total, np.empty((0, 0)))

    def find_values(self, predictors: Floats, each: Array) -> None:
        """Find the value of each tree, shape (trees, n)."""
        self._find_leaves(predictors, np.empty(0), each)

    @cached_property
    def _shares(self) -> tuple[NDArray[np.uint32], NDArray[np.float32], Integers]:
        """Where to begin to look for a number among the thresholds, found once for all places."""
        from mrv.loops.trees import SHARES, find_shares  # noqa: PLC0415 as below

        asked = len(self.order)
        begins, ranges = np.zeros((asked, SHARES), np.uint32), np.zeros((asked, 2), np.float32)
        most = np.zeros(asked, np.int64)
        find_shares(self.thresholds, self.starts, self.order, begins, ranges, most)
        return begins, ranges, most

    def _find_leaves(self, predictors: Floats, total: Array, each: Array) -> None:
        from mrv.loops.trees import find_leaves  # noqa: PLC0415 numba takes long to import, and a run of few places needs none

        # Compiled loops do not look whether a predictor is there.
        if predictors.shape[1] < len(self.starts) - 1:
            raise IndexError(f"{predictors.shape[1]} predictors for trees of {len(self.starts) - 1}")
        find_leaves(
            np.require(predictors.T, np.float32, ["C", "W"]),
            self.thresholds,
            self.starts,
            self.order,
            self.row_of,
            on_cache_lines(self.masks),
            self.values,
            self.words,
            self.trees,
            *self._shares,
            total,
            each,
        )


def on_cache_lines(masks: Words) -> Words:
    """The same masks from where a line of the cache begins: rows that lie on two take half as long again."""
    if masks.ctypes.data % LINE_BYTES == 0:
        return masks
    room = np.empty(masks.size + LANES, dtype=np.uint64)
    first = -room.ctypes.data % LINE_BYTES // room.itemsize
    moved = room[first : first + masks.size].reshape(masks.shape)
    moved[...] = masks
    return moved


def _levels(trees: Trees) -> list[Integers]:
    """Inner nodes at each distance from the root."""
    found, reached = [], trees.roots
    while len(reached):
        inner = reached[trees.left[reached] != reached]
        found.append(inner)
        reached = np.concatenate([trees.left[inner], trees.right[inner]])
    return found


@dataclass(frozen=True)
class _Leaves:
    """Where the leaves below each node stand, counted from the left of its tree."""

    tree: Integers
    first: Integers
    count: Integers


def _leaves(trees: Trees) -> _Leaves:
    nodes = len(trees.feature)
    count, tree, first = np.ones(nodes, np.int64), np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    tree[trees.roots] = np.arange(len(trees.roots))
    levels = _levels(trees)
    for inner in reversed(levels):
        count[inner] = count[trees.left[inner]] + count[trees.right[inner]]
    for inner in levels:
        left, right = trees.left[inner], trees.right[inner]
        tree[left] = tree[right] = tree[inner]
        first[left], first[right] = first[inner], first[inner] + count[left]
    return _Leaves(tree, first, count)


def single_precision(threshold: Array) -> NDArray[np.float32]:
    """Largest single-precision number that is not above a threshold: the same ones are at most it."""
    nearest = threshold.astype(np.float32)
    return np.where(nearest > threshold, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def exit_tables(trees: Trees) -> ExitTables | None:
    """Tables of trees; None where one has more leaves than fit."""
    leaves = _leaves(trees)
    most = int(leaves.count[trees.roots].max())
    if most > MOST_LEAVES:
        return None
    words = 1 << (-(-most // WORD_BITS) - 1).bit_length()
    lanes = max(LANES, words)
    per_group = lanes // words
    groups = -(-len(trees.roots) // per_group)
    leaf = trees.left == np.arange(len(trees.left))
    inner = np.flatnonzero(~leaf)
    feature, threshold = trees.feature[inner], single_precision(trees.threshold[inner])
    asked = np.unique(feature)
    predictors = int(asked.max()) + 1 if len(asked) else 1
    known = [np.unique(threshold[feature == number]) for number in range(predictors)]
    ruled_out = trees.left[inner]
    group, lane = np.divmod(leaves.tree[inner], per_group)
    row_of, masks = [], []
    for number in range(groups):
        rows, parts, height = [], [], 0
        for predictor in range(predictors):
            own = np.flatnonzero((group == number) & (feature == predictor))
            table, row = _masks(
                known[predictor],
                threshold[own],
                lane[own] * words,
                leaves.first[ruled_out[own]],
                leaves.count[ruled_out[own]],
                (words, lanes),
            )
            rows.append(row + height)
            parts.append(table)
            height += len(table)
        row_of.append(np.concatenate(rows))
        masks.append(np.concatenate(parts))
    height = max(map(len, masks))
    filled = np.full((groups, height, lanes), ONES[WORD_BITS])
    for number, table in enumerate(masks):
        filled[number, : len(table)] = table
    values = np.zeros((groups, lanes, WORD_BITS))
    own_group, own_lane = np.divmod(leaves.tree[leaf], per_group)
    word, bit = np.divmod(leaves.first[leaf], WORD_BITS)
    values[own_group, own_lane * words + word, bit] = trees.value[leaf]
    order = asked if len(asked) else np.zeros(1, dtype=np.int64)
    return ExitTables(
        np.concatenate(known),
        np.cumsum([0, *map(len, known)]).astype(np.int64),
        order.astype(np.int64),
        np.array(row_of, dtype=np.uint16),
        on_cache_lines(filled),
        values,
        words,
        len(trees.roots),
    )


def _masks(
    known: NDArray[np.float32],
    threshold: NDArray[np.float32],
    lane: Integers,
    first: Integers,
    count: Integers,
    sizes: tuple[int, int],
) -> tuple[Words, Integers]:
    """Masks of the nodes of a group that ask for one predictor, and their row for each number of thresholds.

    Parameters
    ----------
    known : ndarray of float32
        Thresholds of this predictor in all groups.
    threshold : ndarray of float32, shape (m,)
    lane : ndarray of int, shape (m,)
        First word of the tree of each node.
    first, count : ndarray of int, shape (m,)
        Leaves on the left of each node.
    sizes : (int, int)
        Words of each tree, and of all trees of the group.
    """
    words, lanes = sizes
    own, row = np.unique(threshold, return_inverse=True)
    table = np.full((len(own) + 1, lanes), ONES[WORD_BITS])
    for word in range(words):
        start = np.clip(first - word * WORD_BITS, 0, WORD_BITS)
        end = np.clip(first + count - word * WORD_BITS, 0, WORD_BITS)
        np.bitwise_and.at(table, (row + 1, lane + word), ~(ONES[end] & ~ONES[start]))
    below = np.concatenate([[0], np.cumsum(np.isin(known, own))])
    return np.bitwise_and.accumulate(table, axis=0), below.astype(np.int64)

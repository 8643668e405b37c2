"""Loops over places and trees, compiled by numba.

Importing this module takes longer than all else that a small project needs, so it is imported where there
is something to compute. Compiled code is kept on disk, beside the module or in the user's cache; where
neither can be written, each process compiles for itself. No loop holds the lock of the interpreter, and none
sums in another order than it is written in.
"""

from __future__ import annotations

from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

LANES = 32
"""Words that are worked on together: a power of two, known when the loops are compiled so that they become
vector instructions."""

AT_ONCE = 4
"""Predictors that are combined in one go."""

TOGETHER = 256
"""Places whose distances are worked out together: known when the loops are compiled, as LANES is."""


def _lowest_bit(_: Any, word: Any) -> Any:
    """Position of the lowest bit that is set, of a word that has one."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(word), generate


lowest_bit: Any = intrinsic(_lowest_bit)
unsigned = np.uint64


def _find_positions(x: Any, thresholds: Any, starts: Any, order: Any, column: Any, positions: Any) -> None:
    """For each place and predictor, where its number of thresholds below it stands in a map of rows.

    Places are the inner loop: each step of the bisection is made for all of them, without a branch.
    """
    count = len(x)
    for number in range(len(order)):
        feature = order[number]
        own = thresholds[starts[feature] : starts[feature + 1]]
        below = positions[number]
        for place in range(count):
            column[place] = np.float32(x[place, feature])
            below[place] = 0
        left = unsigned(len(own))
        while left > unsigned(1):
            half = left >> unsigned(1)
            for place in range(count):
                low = unsigned(below[place])
                middle = own[low + half - unsigned(1)]
                below[place] = np.uint32(low + half) if middle < column[place] else np.uint32(low)
            left -= half
        if left == unsigned(1):
            for place in range(count):
                low = unsigned(below[place])
                below[place] = np.uint32(low + unsigned(1)) if own[low] < column[place] else np.uint32(low)
        first = np.uint32(starts[feature] + feature)
        for place in range(count):
            below[place] += first


def _exits(
    positions: Any, row_of: Any, masks: Any, values: Any, words: int, trees: int, total: Any, each: Any
) -> None:
    """Value of the leaf that each place ends in: added to a total, or tree by tree."""
    predictors, count = positions.shape
    alive = np.empty(LANES, np.uint64)
    summed = len(total) > 0
    per_group = LANES // words
    for group in range(len(row_of)):
        rows, mask, value = row_of[group], masks[group], values[group]
        first = group * per_group
        own = min(per_group, trees - first)
        for place in range(count):
            a = mask[rows[unsigned(positions[0, place])]]
            b = mask[rows[unsigned(positions[1, place])]]
            c = mask[rows[unsigned(positions[2, place])]]
            d = mask[rows[unsigned(positions[3, place])]]
            for lane in range(LANES):
                alive[lane] = a[lane] & b[lane] & c[lane] & d[lane]
            for number in range(AT_ONCE, predictors, AT_ONCE):
                a = mask[rows[unsigned(positions[number, place])]]
                b = mask[rows[unsigned(positions[number + 1, place])]]
                c = mask[rows[unsigned(positions[number + 2, place])]]
                d = mask[rows[unsigned(positions[number + 3, place])]]
                for lane in range(LANES):
                    alive[lane] &= a[lane] & b[lane] & c[lane] & d[lane]
            if words == 1 and summed:
                whole = total[place]
                for tree in range(own):
                    whole += value[tree, lowest_bit(alive[tree])]
                total[place] = whole
                continue
            for tree in range(own):
                word = tree * words
                while alive[word] == unsigned(0):
                    word += 1
                leaf = value[word, lowest_bit(alive[word])]
                if summed:
                    total[place] += leaf
                else:
                    each[place, first + tree] = leaf


def _find_moments(each: Any, per_bag: int, means: Any, within: Any) -> None:
    """Mean of each bag of values, and the mean over the bags of the variance in them, place by place."""
    bags = means.shape[1]
    for place in range(len(each)):
        origin, squares = each[place, 0], 0.0
        for bag in range(bags):
            total, square = 0.0, 0.0
            for tree in range(bag * per_bag, (bag + 1) * per_bag):
                value = each[place, tree] - origin
                total += value
                square += value * value
            means[place, bag] = origin + total / per_bag
            squares += square - total * total / per_bag
        within[place] = max(squares, 0.0) / (bags * (per_bag - 1))


def _find_nearest(places: Any, points: Any, nearest: Any) -> None:
    """Square of the distance of each place to the nearest point; predictors are summed up in their order."""
    predictors = places.shape[1]
    columns = np.zeros((predictors, TOGETHER))
    square, least = np.empty(TOGETHER), np.empty(TOGETHER)
    for start in range(0, len(places), TOGETHER):
        count = min(TOGETHER, len(places) - start)
        for place in range(count):
            for number in range(predictors):
                columns[number, place] = places[start + place, number]
        for place in range(TOGETHER):
            least[place] = np.inf
        for row in range(len(points)):
            point = points[row]
            for place in range(TOGETHER):
                square[place] = 0.0
            for number in range(0, predictors, AT_ONCE):
                e, f, g, h = point[number], point[number + 1], point[number + 2], point[number + 3]
                a, b = columns[number], columns[number + 1]
                c, d = columns[number + 2], columns[number + 3]
                for place in range(TOGETHER):
                    one, two, three, four = a[place] - e, b[place] - f, c[place] - g, d[place] - h
                    known = square[place] + one * one
                    square[place] = ((known + two * two) + three * three) + four * four
            for place in range(TOGETHER):
                least[place] = square[place] if square[place] < least[place] else least[place]
        for place in range(count):
            nearest[start + place] = least[place]


def _compiled(function: Callable[..., None], signature: str) -> Callable[..., None]:
    def compiled(cache: bool) -> Callable[..., None]:
        return njit(signature, cache=cache, nogil=True, error_model="numpy")(function)

    try:
        return compiled(cache=True)
    except (RuntimeError, OSError, EOFError, UnpicklingError):
        # There is no place for what was compiled, or it is full, or what lies there is broken.
        return compiled(cache=False)


find_positions = _compiled(
    _find_positions,
    "void(float64[:,::1], float32[::1], int64[::1], int64[::1], float32[::1], uint32[:,::1])",
)
exits = _compiled(
    _exits,
    "void(uint32[:,::1], uint16[:,::1], uint64[:,:,::1], float64[:,:,::1], int64, int64, float64[::1], "
    "float64[:,::1])",
)
find_moments = _compiled(_find_moments, "void(float64[:,::1], int64, float64[:,::1], float64[::1])")
find_nearest = _compiled(_find_nearest, "void(float64[:,::1], float64[:,::1], float64[::1])")

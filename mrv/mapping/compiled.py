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
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 8
"""Words that are worked on together: a line of the cache. As in exit_tables, which does without compiled code
until it is worth it; code that is kept compiled would not see a number of another module change."""

PLACES = 64
"""Places whose leaves are found before their values are looked up, so that the one does not wait for the
other."""

IN_CACHE = 1008
"""Places whose positions stay in the cache. A power of two would send all predictors of a place to the same
part of it."""

AT_ONCE = 4
"""Predictors, and points, that are combined in one go."""

TOGETHER = 256
"""Places whose distances are worked out together: known when the loops are compiled so that they become
vector instructions."""

SINGLE, UNDERFLOW, OVERFLOW = 2.0**-23, 1e-36, 1e30
"""Of numbers of single precision: from one to the next, and where their products are none any more."""

ROUNDINGS = 8
"""Of half a squared distance in single precision, beside one for each predictor; some to spare."""


def _lowest_bit(_: Any, word: Any) -> Any:
    """Position of the lowest bit that is set, of a word that has one."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(word), generate


lowest_bit: Any = intrinsic(_lowest_bit)
writing: Any = cgutils
unsigned = np.uint64


def _find_positions(
    x: Any, first: int, count: int, thresholds: Any, starts: Any, order: Any, positions: Any
) -> None:
    """For each place and predictor, where its number of thresholds below it stands in a map of rows.

    Places are the inner loop: each step of the bisection is made for all of them, without a branch.
    """
    column = np.empty(count, np.float32)
    for number in range(len(order)):
        feature = order[number]
        own = thresholds[starts[feature] : starts[feature + 1]]
        below = positions[number]
        for place in range(count):
            column[place] = np.float32(x[feature, first + place])
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
        own_rows = np.uint32(starts[feature] + feature)
        for place in range(count):
            below[place] += own_rows


def _keep_in_common(_: Any, masks: Any, row_of: Any, positions: Any, __: Any, ___: Any, left: Any) -> Any:
    """Keep the bits that a place's rows of masks of all predictors have in common, LANES words at once.

    Takes the masks, the rows of positions, the positions, a place, the first word, and what is left at it.
    Written as one vector: the compiler would rather make vectors of predictors, whose rows lie apart.
    """
    integer = ir.IntType(64)
    vector = ir.VectorType(integer, LANES)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        mask, row, position, into = (
            context.make_array(kinds[number])(context, builder, arguments[number]) for number in (0, 1, 2, 5)
        )
        place, first = arguments[3:5]
        predictors, places = writing.unpack_tuple(builder, position.shape)
        lanes = writing.unpack_tuple(builder, mask.shape)[1]
        found = writing.alloca_once_value(builder, ir.Constant(vector, [-1] * LANES))
        with writing.for_range(builder, predictors) as loop:
            at = builder.add(builder.mul(loop.index, places), place)
            known = builder.zext(builder.load(builder.gep(position.data, [at])), integer)
            number = builder.zext(builder.load(builder.gep(row.data, [known])), integer)
            start = builder.gep(mask.data, [builder.add(builder.mul(number, lanes), first)])
            words = builder.load(builder.bitcast(start, vector.as_pointer()), align=8)
            builder.store(builder.and_(builder.load(found), words), found)
        own = builder.bitcast(builder.gep(into.data, [first]), vector.as_pointer())
        builder.store(builder.load(found), own, align=8)
        return context.get_dummy_value()

    return types.void(masks, row_of, positions, types.uint64, types.uint64, left), generate


keep_in_common: Any = intrinsic(_keep_in_common)


def _exits(  # noqa: PLR0912 compiled as one
    positions: Any,
    begin: int,
    count: int,
    row_of: Any,
    masks: Any,
    values: Any,
    words: int,
    trees: int,
    total: Any,
    each: Any,
) -> None:
    """Value of the leaf that each place ends in: added to a total, or tree by tree."""
    lanes = masks.shape[2]
    alive = np.empty((PLACES, lanes), np.uint64)
    summed = len(total) > 0
    per_group = lanes // words
    for group in range(len(row_of)):
        rows, mask, value = row_of[group], masks[group], values[group]
        first = group * per_group
        own = min(per_group, trees - first)
        for start in range(0, count, PLACES):
            some = min(PLACES, count - start)
            for place in range(some):
                for lane in range(0, lanes, LANES):
                    keep_in_common(
                        mask, rows, positions, unsigned(start + place), unsigned(lane), alive[place]
                    )
            if words == 1 and summed:
                for place in range(some):
                    whole = total[begin + start + place]
                    for tree in range(own):
                        whole += value[tree, lowest_bit(alive[place, tree])]
                    total[begin + start + place] = whole
                continue
            if words == 1:
                for tree in range(own):
                    for place in range(some):
                        each[first + tree, begin + start + place] = value[
                            tree, lowest_bit(alive[place, tree])
                        ]
                continue
            for place in range(some):
                for tree in range(own):
                    word = tree * words
                    while alive[place, word] == unsigned(0):
                        word += 1
                    leaf = value[word, lowest_bit(alive[place, word])]
                    if summed:
                        total[begin + start + place] += leaf
                    else:
                        each[first + tree, begin + start + place] = leaf


def _find_moments(each: Any, per_bag: int, means: Any, within: Any) -> None:
    """Mean of each bag of values, and the mean over the bags of the variance in them, place by place."""
    bags, places = means.shape
    total, square = np.empty(PLACES), np.empty(PLACES)
    for start in range(0, places, PLACES):
        some = min(PLACES, places - start)
        origin, squares = each[0, start : start + some], within[start : start + some]
        squares[:] = 0.0
        for bag in range(bags):
            total[:], square[:] = 0.0, 0.0
            for tree in range(bag * per_bag, (bag + 1) * per_bag):
                own = each[tree, start : start + some]
                for place in range(some):
                    value = own[place] - origin[place]
                    total[place] += value
                    square[place] += value * value
            for place in range(some):
                means[bag, start + place] = origin[place] + total[place] / per_bag
                squares[place] += square[place] - total[place] * total[place] / per_bag
        for place in range(some):
            squares[place] = max(squares[place], 0.0) / (bags * (per_bag - 1))


def _find_nearest(  # noqa: PLR0912, PLR0915 compiled as one
    x: Any, used: Any, centre: Any, scale: Any, weight: Any, points: Any, nearest: Any
) -> None:
    """Square of the distance of each place to the nearest point.

    Predictors that are used, less a centre, over a scale, times a weight, are summed up in their order.
    Which point is nearest is told by ``|point|²/2 − point·place`` in single precision, of AT_ONCE points
    together. Where the second nearest is not farther by more than that can be wrong, every distance is
    worked out.
    """
    rows, predictors = points.shape
    single = np.zeros((rows + -rows % AT_ONCE, predictors), np.float32)
    half = np.full(len(single), np.float32(np.inf))
    longest = 0.0
    for row in range(rows):
        square = 0.0
        for number in range(predictors):
            single[row, number] = np.float32(-points[row, number])
            square += points[row, number] ** 2
        half[row] = np.float32(square / 2)
        longest = max(longest, square)
    places, columns = np.zeros((predictors, TOGETHER)), np.zeros((predictors, TOGETHER), np.float32)
    one, two = np.empty(TOGETHER, np.float32), np.empty(TOGETHER, np.float32)
    three, four = np.empty(TOGETHER, np.float32), np.empty(TOGETHER, np.float32)
    least, second = np.empty(TOGETHER, np.float32), np.empty(TOGETHER, np.float32)
    at = np.empty(TOGETHER, np.int32)
    for start in range(0, x.shape[1], TOGETHER):
        count = min(TOGETHER, x.shape[1] - start)
        for number in range(len(used)):
            own, middle, unit, share = x[used[number]], centre[number], scale[number], weight[number]
            for place in range(count):
                places[number, place] = (own[start + place] - middle) / unit * share
                columns[number, place] = np.float32(places[number, place])
        least[:], second[:], at[:] = np.float32(np.inf), np.float32(np.inf), 0
        for row in range(0, len(single), AT_ONCE):
            p, q, r, s = single[row], single[row + 1], single[row + 2], single[row + 3]
            one[:], two[:], three[:], four[:] = half[row], half[row + 1], half[row + 2], half[row + 3]
            for number in range(0, predictors, AT_ONCE):
                a, b, c, d = columns[number], columns[number + 1], columns[number + 2], columns[number + 3]
                p0, p1, p2, p3 = p[number], p[number + 1], p[number + 2], p[number + 3]
                q0, q1, q2, q3 = q[number], q[number + 1], q[number + 2], q[number + 3]
                r0, r1, r2, r3 = r[number], r[number + 1], r[number + 2], r[number + 3]
                s0, s1, s2, s3 = s[number], s[number + 1], s[number + 2], s[number + 3]
                for place in range(TOGETHER):
                    e, f, g, h = a[place], b[place], c[place], d[place]
                    one[place] += e * p0 + f * p1 + g * p2 + h * p3
                    two[place] += e * q0 + f * q1 + g * q2 + h * q3
                    three[place] += e * r0 + f * r1 + g * r2 + h * r3
                    four[place] += e * s0 + f * s1 + g * s2 + h * s3
            for place in range(TOGETHER):
                low, high = min(one[place], two[place]), max(one[place], two[place])
                lower, higher = min(three[place], four[place]), max(three[place], four[place])
                first = np.int32(row) if one[place] <= two[place] else np.int32(row + 1)
                later = np.int32(row + 2) if three[place] <= four[place] else np.int32(row + 3)
                closer, next_closer = min(low, lower), min(max(low, lower), high, higher)
                known = least[place]
                second[place] = min(second[place], max(known, closer), next_closer)
                at[place] = (first if low <= lower else later) if closer < known else at[place]
                least[place] = min(known, closer)
        for place in range(count):
            length = 0.0
            for number in range(predictors):
                length += places[number, place] ** 2
            doubt = (predictors + ROUNDINGS) * SINGLE * (length + longest) + UNDERFLOW
            if second[place] - least[place] > doubt and length + longest < OVERFLOW:
                square = 0.0
                for number in range(predictors):
                    square += (places[number, place] - points[at[place], number]) ** 2
                nearest[start + place] = square
                continue
            nearest[start + place] = np.nan if np.isnan(length) else np.inf
            for row in range(0 if np.isnan(length) else rows):
                square = 0.0
                for number in range(predictors):
                    square += (places[number, place] - points[row, number]) ** 2
                nearest[start + place] = square if square < nearest[start + place] else nearest[start + place]


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
    "void(float64[:,::1], int64, int64, float32[::1], int64[::1], int64[::1], uint32[:,::1])",
)
exits = _compiled(
    _exits,
    "void(uint32[:,::1], int64, int64, uint16[:,::1], uint64[:,:,::1], float64[:,:,::1], int64, int64, "
    "float64[::1], float64[:,::1])",
)


def _find_leaves(
    x: Any,
    thresholds: Any,
    starts: Any,
    order: Any,
    row_of: Any,
    masks: Any,
    values: Any,
    words: int,
    trees: int,
    total: Any,
    each: Any,
) -> None:
    """Values of the leaves of places, whose predictors lie together: added to a total, or tree by tree."""
    positions = np.empty((len(order), IN_CACHE), np.uint32)
    for start in range(0, x.shape[1], IN_CACHE):
        count = min(IN_CACHE, x.shape[1] - start)
        find_positions(x, start, count, thresholds, starts, order, positions)
        exits(positions, start, count, row_of, masks, values, words, trees, total, each)


find_leaves = _compiled(
    _find_leaves,
    "void(float64[:,::1], float32[::1], int64[::1], int64[::1], uint16[:,::1], uint64[:,:,::1], "
    "float64[:,:,::1], int64, int64, float64[::1], float64[:,::1])",
)
find_moments = _compiled(_find_moments, "void(float64[:,::1], int64, float64[:,::1], float64[::1])")
find_nearest = _compiled(
    _find_nearest,
    "void(float64[:,::1], int64[::1], float64[::1], float64[::1], float64[::1], float64[:,::1], "
    "float64[::1])",
)

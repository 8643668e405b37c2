"""Loops over places and trees: the leaves that places end in, and moments of their values."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from mrv.loops.compiling import compile_loop, writing

LANES = 8
"""Words that are worked on together: a line of the cache. As in exit_tables, which does without compiled code
until it is worth it; code that is kept compiled would not see a number of another module change."""

PLACES = 64
"""Places whose leaves are found before their values are looked up, so that the one does not wait for the
other."""

IN_CACHE = 1008
"""Places whose positions stay in the cache. A power of two would send all predictors of a place to the same
part of it."""

SHARES = 1024
"""Equal parts of the range of the thresholds of a predictor, few of which hold more than one or two."""


def _lowest_bit(_: Any, word: Any) -> Any:
    """Position of the lowest bit that is set, of a word that has one."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(word), generate


lowest_bit: Any = intrinsic(_lowest_bit)
unsigned = np.uint64


def _share(value: Any, low: Any, factor: Any) -> Any:
    """Which of the equal SHARES of a range a number lies in; the first or the last beyond it.

    However it is rounded, a lower number never lies in a later share. What is no number lies in the first.
    """
    share = (value - low) * factor
    share = share if share > np.float32(0) else np.float32(0)
    return np.uint32(share if share < np.float32(SHARES - 1) else np.float32(SHARES - 1))


share_of: Any = njit(inline="always", error_model="numpy")(_share)


def _find_shares(thresholds: Any, starts: Any, order: Any, begins: Any, ranges: Any, most: Any) -> None:
    """Where to begin to look for a number among the thresholds of a predictor, by its share of their range.

    All thresholds before are below the number, and all from ``most`` further on are not.
    """
    for number in range(len(order)):
        own = thresholds[starts[order[number]] : starts[order[number] + 1]]
        begin = begins[number]
        begin[:] = 0
        if len(own) == 0:
            continue
        low = own[0]
        factor = np.float32(SHARES) / (own[-1] - low)
        ranges[number, 0], ranges[number, 1] = low, factor
        for threshold in own:
            begin[share_of(threshold, low, factor)] += np.uint32(1)
        most[number] = begin.max()
        before = np.uint32(0)
        for share in range(SHARES):
            here = begin[share]
            begin[share] = min(before, np.uint32(len(own) - most[number]))
            before += here


def _find_positions(
    x: Any,
    first: int,
    count: int,
    thresholds: Any,
    starts: Any,
    order: Any,
    begins: Any,
    ranges: Any,
    most: Any,
    positions: Any,
) -> None:
    """For each place and predictor, where its number of thresholds below it stands in a map of rows.

    Places are the inner loop: each step of the bisection is made for all of them, without a branch.
    """
    for number in range(len(order)):
        feature = order[number]
        own, own_rows = (
            thresholds[starts[feature] : starts[feature + 1]],
            np.uint32(starts[feature] + feature),
        )
        below, begin = positions[number], begins[number]
        if most[number] == 0:
            below[:] = own_rows
            continue
        column = x[feature, first : first + count]
        lowest, factor = ranges[number, 0], ranges[number, 1]
        for place in range(count):
            below[place] = share_of(column[place], lowest, factor)
        # By itself, for only what is above becomes vector instructions.
        for place in range(count):
            below[place] = begin[below[place]]
        left = unsigned(most[number])
        while left > unsigned(1):
            half = left >> unsigned(1)
            for place in range(count):
                low = unsigned(below[place])
                middle = own[low + half - unsigned(1)]
                below[place] = np.uint32(low + half) if middle < column[place] else np.uint32(low)
            left -= half
        for place in range(count):
            low = below[place]
            below[place] = (low + np.uint32(1) if own[low] < column[place] else low) + own_rows


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


def _find_variance(means: Any, variance: Any) -> None:
    """Sample variance of the means of bags, place by place, taken one bag after the other."""
    bags, places = means.shape
    centre = np.empty(PLACES)
    for start in range(0, places, PLACES):
        some = min(PLACES, places - start)
        squares = variance[start : start + some]
        centre[:], squares[:] = 0.0, 0.0
        for bag in range(bags):
            own = means[bag, start : start + some]
            for place in range(some):
                change = own[place] - centre[place]
                centre[place] += change / (bag + 1)
                squares[place] += change * (own[place] - centre[place])
        squares /= bags - 1


find_positions = compile_loop(
    _find_positions,
    "void(float32[:,::1], int64, int64, float32[::1], int64[::1], int64[::1], uint32[:,::1], float32[:,::1], "
    "int64[::1], uint32[:,::1])",
)
find_shares = compile_loop(
    _find_shares,
    "void(float32[::1], int64[::1], int64[::1], uint32[:,::1], float32[:,::1], int64[::1])",
)
exits = compile_loop(
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
    begins: Any,
    ranges: Any,
    most: Any,
    total: Any,
    each: Any,
) -> None:
    """Values of the leaves of places, whose predictors lie together: added to a total, or tree by tree."""
    positions = np.empty((len(order), IN_CACHE), np.uint32)
    for start in range(0, x.shape[1], IN_CACHE):
        count = min(IN_CACHE, x.shape[1] - start)
        find_positions(x, start, count, thresholds, starts, order, begins, ranges, most, positions)
        exits(positions, start, count, row_of, masks, values, words, trees, total, each)


find_leaves = compile_loop(
    _find_leaves,
    "void(float32[:,::1], float32[::1], int64[::1], int64[::1], uint16[:,::1], uint64[:,:,::1], "
    "float64[:,:,::1], int64, int64, uint32[:,::1], float32[:,::1], int64[::1], float64[::1], "
    "float64[:,::1])",
)
find_moments = compile_loop(_find_moments, "void(float64[:,::1], int64, float64[:,::1], float64[::1])")
find_variance = compile_loop(_find_variance, "void(float64[:,::1], float64[::1])")

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

SHARES = 1024
"""Equal parts of the range of the thresholds of a predictor, few of which hold more than one or two."""

AT_ONCE = 4
"""Predictors, and points, that are combined in one go."""

TOGETHER = 256
"""Places whose distances are worked out together: known when the loops are compiled so that they become
vector instructions."""

FRACTION, POWERS, HALF = 52, 0x7FF, 27
"""As in stratum_sums, for the reason that LANES stand here."""

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
    column = np.empty(count, np.float32)
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
        values = x[feature, first : first + count]
        lowest, factor = ranges[number, 0], ranges[number, 1]
        for place in range(count):
            column[place] = np.float32(values[place])
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


def _find_candidates(
    single: Any, half: Any, columns: Any, scores: Any, least: Any, second: Any, at: Any
) -> None:
    """For each of TOGETHER places the least ``half`` plus point times place, the next, and whose it is.

    AT_ONCE points are taken together, and so many predictors of them.
    """
    one, two, three, four = scores[0], scores[1], scores[2], scores[3]
    least[:], second[:], at[:] = np.float32(np.inf), np.float32(np.inf), 0
    for row in range(0, len(single), AT_ONCE):
        p, q, r, s = single[row], single[row + 1], single[row + 2], single[row + 3]
        one_half, two_half, three_half, four_half = half[row], half[row + 1], half[row + 2], half[row + 3]
        for number in range(0, single.shape[1], AT_ONCE):
            begun = number > 0
            a, b, c, d = columns[number], columns[number + 1], columns[number + 2], columns[number + 3]
            p0, p1, p2, p3 = p[number], p[number + 1], p[number + 2], p[number + 3]
            q0, q1, q2, q3 = q[number], q[number + 1], q[number + 2], q[number + 3]
            r0, r1, r2, r3 = r[number], r[number + 1], r[number + 2], r[number + 3]
            s0, s1, s2, s3 = s[number], s[number + 1], s[number + 2], s[number + 3]
            for place in range(TOGETHER):
                e, f, g, h = a[place], b[place], c[place], d[place]
                one[place] = (one[place] if begun else one_half) + (e * p0 + f * p1 + g * p2 + h * p3)
                two[place] = (two[place] if begun else two_half) + (e * q0 + f * q1 + g * q2 + h * q3)
                three[place] = (three[place] if begun else three_half) + (e * r0 + f * r1 + g * r2 + h * r3)
                four[place] = (four[place] if begun else four_half) + (e * s0 + f * s1 + g * s2 + h * s3)
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


def _find_nearest(x: Any, used: Any, centre: Any, scale: Any, weight: Any, points: Any, nearest: Any) -> None:
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
    scores = np.empty((AT_ONCE, TOGETHER), np.float32)
    least, second = np.empty(TOGETHER, np.float32), np.empty(TOGETHER, np.float32)
    at = np.empty(TOGETHER, np.int32)
    for start in range(0, x.shape[1], TOGETHER):
        count = min(TOGETHER, x.shape[1] - start)
        for number in range(len(used)):
            own, middle, unit, share = x[used[number]], centre[number], scale[number], weight[number]
            values, placed, column = own[start : start + count], places[number], columns[number]
            for place in range(count):
                placed[place] = (values[place] - middle) / unit * share
                column[place] = np.float32(placed[place])
        find_candidates(single, half, columns, scores, least, second, at)
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


def _add_halves(bits: Any, key: Any, high: Any, low: Any) -> None:
    """Add the halves of the digits of each number, given by its bits, to the sums of its key."""
    for place in range(len(bits)):
        own = bits[place]
        digits = own & ((1 << FRACTION) - 1)
        digits = digits | (1 << FRACTION) if (own >> FRACTION) & POWERS else digits
        digits = -digits if own < 0 else digits
        high[key[place]] += digits >> HALF
        low[key[place]] += digits & ((1 << HALF) - 1)


def _compiled(function: Callable[..., None], signature: str, fused: bool = False) -> Callable[..., None]:
    """Compile a loop; ``fused`` where a product and its sum may be rounded once, which no result may show."""
    fast = {"contract"} if fused else False

    def compiled(cache: bool) -> Callable[..., None]:
        return njit(signature, cache=cache, nogil=True, error_model="numpy", fastmath=fast)(function)

    try:
        return compiled(cache=True)
    except (RuntimeError, OSError, EOFError, UnpicklingError):
        # There is no place for what was compiled, or it is full, or what lies there is broken.
        return compiled(cache=False)


find_positions = _compiled(
    _find_positions,
    "void(float64[:,::1], int64, int64, float32[::1], int64[::1], int64[::1], uint32[:,::1], float32[:,::1], "
    "int64[::1], uint32[:,::1])",
)
find_shares = _compiled(
    _find_shares,
    "void(float32[::1], int64[::1], int64[::1], uint32[:,::1], float32[:,::1], int64[::1])",
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
    begins, ranges = np.empty((len(order), SHARES), np.uint32), np.zeros((len(order), 2), np.float32)
    most = np.zeros(len(order), np.int64)
    find_shares(thresholds, starts, order, begins, ranges, most)
    positions = np.empty((len(order), IN_CACHE), np.uint32)
    for start in range(0, x.shape[1], IN_CACHE):
        count = min(IN_CACHE, x.shape[1] - start)
        find_positions(x, start, count, thresholds, starts, order, begins, ranges, most, positions)
        exits(positions, start, count, row_of, masks, values, words, trees, total, each)


find_leaves = _compiled(
    _find_leaves,
    "void(float64[:,::1], float32[::1], int64[::1], int64[::1], uint16[:,::1], uint64[:,:,::1], "
    "float64[:,:,::1], int64, int64, float64[::1], float64[:,::1])",
)
find_candidates = _compiled(
    _find_candidates,
    "void(float32[:,::1], float32[::1], float32[:,::1], float32[:,::1], float32[::1], float32[::1], "
    "int32[::1])",
    fused=True,
)
find_moments = _compiled(_find_moments, "void(float64[:,::1], int64, float64[:,::1], float64[::1])")
find_nearest = _compiled(
    _find_nearest,
    "void(float64[:,::1], int64[::1], float64[::1], float64[::1], float64[::1], float64[:,::1], "
    "float64[::1])",
)
add_halves = _compiled(_add_halves, "void(int64[::1], int64[::1], int64[::1], int64[::1])")

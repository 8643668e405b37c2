"""Loop over places that finds the nearest of some points."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from mrv.loops.compiling import compile_loop, writing

LANES = 16
"""Places whose distances are worked out together, as one vector in single precision."""

POINTS = 4
"""Points whose distances are worked out together: a predictor of the places is fetched once for all."""

TOGETHER = 16 * LANES
"""Places whose predictors are laid out beside one another at a time."""

SINGLE, UNDERFLOW, OVERFLOW = 2.0**-23, 1e-36, 1e30
"""Of numbers of single precision: from one to the next, and where their products are none any more."""

ROUNDINGS = 8
"""Of half a squared distance in single precision, beside one for each predictor; some to spare."""


def _find_candidates(
    _: Any, points: Any, half: Any, columns: Any, __: Any, least: Any, second: Any, at: Any
) -> Any:
    """For LANES places the least ``half`` plus point times place, the next, and whose it is.

    Takes the points, half their squares, the predictors of places, and where the first of these stands; and
    what is found. A product and its sum may be rounded once, which no result may show. Written as
    vectors: the compiler would keep what is not yet summed up in memory.
    """
    whole, long = ir.IntType(32), ir.IntType(64)
    numbers, places = ir.VectorType(ir.FloatType(), LANES), ir.VectorType(whole, LANES)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        point, square, column, *found = (
            context.make_array(kind)(context, builder, argument)
            for kind, argument in zip(signature.args, arguments, strict=True)
            if kind != types.uint64
        )
        first = arguments[3]
        rows, predictors = writing.unpack_tuple(builder, point.shape)
        width = writing.unpack_tuple(builder, column.shape)[1]

        def spread(number: Any, vector: Any) -> Any:
            single = builder.insert_element(ir.Constant(vector, ir.Undefined), number, ir.Constant(whole, 0))
            same = ir.Constant(places, [0] * LANES)
            return builder.shuffle_vector(single, ir.Constant(vector, ir.Undefined), same)

        def variable(value: Any) -> Any:
            return writing.alloca_once_value(builder, value)

        endless = ir.Constant(numbers, [float("inf")] * LANES)
        closest, next_closest = variable(endless), variable(endless)
        whose = variable(ir.Constant(places, [0] * LANES))
        scores = [variable(endless) for _ in range(POINTS)]
        start, step = ir.Constant(long, 0), ir.Constant(long, POINTS)
        with writing.for_range_slice(builder, start, rows, step) as (begin, _):
            row = [builder.add(begin, ir.Constant(long, number)) for number in range(POINTS)]
            for own, score in zip(row, scores, strict=True):
                builder.store(spread(builder.load(builder.gep(square.data, [own])), numbers), score)
            line = [builder.mul(own, predictors) for own in row]
            with writing.for_range(builder, predictors) as loop:
                place = builder.add(builder.mul(loop.index, width), first)
                values = builder.bitcast(builder.gep(column.data, [place]), numbers.as_pointer())
                values = builder.load(values, align=4)
                for own, score in zip(line, scores, strict=True):
                    factor = builder.load(builder.gep(point.data, [builder.add(own, loop.index)]))
                    product = builder.fmul(values, spread(factor, numbers), flags=("contract",))
                    builder.store(builder.fadd(builder.load(score), product, flags=("contract",)), score)
            for own, score in zip(row, scores, strict=True):
                value, known, later = (builder.load(part) for part in (score, closest, next_closest))
                closer = builder.fcmp_ordered("<", value, known)
                farther = builder.select(closer, known, value)
                sooner = builder.fcmp_ordered("<", later, farther)
                builder.store(builder.select(sooner, later, farther), next_closest)
                builder.store(builder.select(closer, value, known), closest)
                number = spread(builder.trunc(own, whole), places)
                builder.store(builder.select(closer, number, builder.load(whose)), whose)
        for into, values, vector in zip(
            found, (closest, next_closest, whose), (numbers, numbers, places), strict=True
        ):
            start = builder.bitcast(builder.gep(into.data, [first]), vector.as_pointer())
            builder.store(builder.load(values), start, align=4)
        return context.get_dummy_value()

    return types.void(points, half, columns, types.uint64, least, second, at), generate


find_candidates: Any = intrinsic(_find_candidates)


def _find_nearest(x: Any, used: Any, centre: Any, scale: Any, weight: Any, points: Any, nearest: Any) -> None:
    """Square of the distance of each place to the nearest point.

    Predictors that are used, less a centre, over a scale, times a weight, are summed up in their order.
    Which point is nearest is told by ``|point|²/2 − point·place`` in single precision. Where the second
    nearest is not farther by more than that can be wrong, every distance is worked out.
    """
    rows, predictors = points.shape
    single = np.zeros((rows + -rows % POINTS, predictors), np.float32)
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
    least, second = np.empty(TOGETHER, np.float32), np.empty(TOGETHER, np.float32)
    at = np.empty(TOGETHER, np.int32)
    for start in range(0, x.shape[1], TOGETHER):
        count = min(TOGETHER, x.shape[1] - start)
        for number in range(predictors):
            own, middle, unit, share = x[used[number]], centre[number], scale[number], weight[number]
            values, placed, column = own[start : start + count], places[number], columns[number]
            for place in range(count):
                placed[place] = (np.float64(values[place]) - middle) / unit * share
                column[place] = np.float32(placed[place])
        for first in range(0, count, LANES):
            find_candidates(single, half, columns, np.uint64(first), least, second, at)
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


find_nearest = compile_loop(
    _find_nearest,
    *(
        f"void({number}[:,::1], int64[::1], float64[::1], float64[::1], float64[::1], float64[:,::1], "
        "float64[::1])"
        for number in ("float32", "float64")
    ),
)

"""Loops over numbers that are to be summed up exactly, given by their bits."""

from __future__ import annotations

from typing import Any

from mrv.loops.compiling import compile_loop

FRACTION, POWERS, HALF = 52, 0x7FF, 27
"""As in stratum_sums, which does without compiled code until it is worth it; code that is kept compiled would
not see a number of another module change."""


def _find_powers(bits: Any, ends: Any) -> None:
    """Least and greatest power of two of some numbers; those below the smallest normal one have its power."""
    lowest, highest = POWERS, 1
    for place in range(len(bits)):
        power = (bits[place] >> FRACTION) & POWERS
        lowest, highest = min(lowest, power), max(highest, power)
    ends[0], ends[1] = max(lowest, 1), highest


def _add_halves(bits: Any, group: Any, lowest: int, high: Any, low: Any) -> None:
    """Add the halves of the digits of each number to the sums of its group and power."""
    for place in range(len(bits)):
        own = bits[place]
        digits, power = own & ((1 << FRACTION) - 1), (own >> FRACTION) & POWERS
        digits = digits | (1 << FRACTION) if power else digits
        digits = -digits if own < 0 else digits
        power = max(power, 1) - lowest
        high[group[place], power] += digits >> HALF
        low[group[place], power] += digits & ((1 << HALF) - 1)


find_powers = compile_loop(_find_powers, "void(int64[::1], int64[::1])")
add_halves = compile_loop(_add_halves, "void(int64[::1], int64[::1], int64, int64[:,::1], int64[:,::1])")

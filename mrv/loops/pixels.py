"""Loop over chosen pixels that looks up what their stored numbers mean."""

from __future__ import annotations

from typing import Any

from numba import float32, int64, types, uint8, uint16

from mrv.loops.compiling import compile_loop


def _look_up(stored: Any, at: Any, meaning: Any, out: Any) -> None:
    """Write what the number at each place means, of a table of all that there can be."""
    for place in range(len(at)):
        out[place] = meaning[stored[at[place]]]


def _read(number: Any) -> Any:
    return types.Array(number, 1, "C", readonly=True)


look_up = compile_loop(
    _look_up,
    *(types.void(_read(number), _read(int64), _read(float32), float32[::1]) for number in (uint8, uint16)),
)

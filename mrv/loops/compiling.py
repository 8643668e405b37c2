"""How loops are compiled by numba.

Importing numba takes longer than all else that a small project needs, so these modules are imported where
there is something to compute. Compiled code is kept on disk, beside the module or in the user's cache; where
neither can be written, each process compiles for itself. What is kept does not see a change of this module.
No loop holds the lock of the interpreter, and none sums in another order than it is written in.
"""

from __future__ import annotations

from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from numba import njit
from numba.core import cgutils

writing: Any = cgutils
"""What writes loops and variables of compiled code; it has no types of its own."""


def compile_loop(function: Callable[..., None], *signatures: Any) -> Callable[..., None]:
    """Compile a loop, for each signature that it can have."""

    def compiled(cache: bool) -> Callable[..., None]:
        return njit(list(signatures), cache=cache, nogil=True, error_model="numpy")(function)

    try:
        return compiled(cache=True)
    except (RuntimeError, OSError, EOFError, UnpicklingError):
        # There is no place for what was compiled, or it is full, or what lies there is broken.
        return compiled(cache=False)

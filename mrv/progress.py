"""How far long work has come, told to whoever watches; what is computed never depends on it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Advance = Callable[[int], None]
"""Told how many more pieces are done."""


class Progress(Protocol):
    """Who is told of steps."""

    def __call__(self, step: str) -> None:
        """A step begins."""
        ...

    def long_step(self, step: str, total: int) -> AbstractContextManager[Advance]:
        """A step of so many pieces begins; it ends with the context."""
        ...


class _Silent:
    def __call__(self, step: str) -> None:
        """Say nothing."""

    def long_step(self, step: str, total: int) -> AbstractContextManager[Advance]:  # noqa: ARG002
        """Say nothing."""
        return nullcontext(lambda _: None)


SILENT: Progress = _Silent()
"""Tells nobody."""

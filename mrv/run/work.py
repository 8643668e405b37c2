"""Who does the long work of a command, and who is told how far it is."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from mrv.progress import SILENT, Progress
from mrv.workers import Workers, threads


@dataclass(frozen=True)
class Work:
    """How long work is done; no bit of a result depends on it.

    Attributes
    ----------
    workers : Workers or None
        Who does it; None for threads of this process.
    progress : Progress
    """

    workers: Workers | None = None
    progress: Progress = SILENT

    def begun(self) -> AbstractContextManager[Workers]:
        """The workers, for as long as the context lasts."""
        return threads() if self.workers is None else nullcontext(self.workers)


ALONE = Work()
"""Threads of this process, and nobody is told."""

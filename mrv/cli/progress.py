"""How long work is shown: a bar on a terminal, a line now and then elsewhere, nothing to who asked for quiet.

It goes to standard error, so that what a command prints stays what it is.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mrv.cli.output import Output
    from mrv.progress import Advance

EVERY_S = 10.0
"""Time between two lines where no terminal shows a bar. [s]"""


def duration_text(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@dataclass(frozen=True)
class ShownProgress:
    """Progress as people see it."""

    output: Output

    def __call__(self, step: str) -> None:
        """Tell what is being done, where someone is watching."""
        if self.output.verbosity >= 0 and sys.stderr.isatty():
            click.echo(self.output.phrase(step) + " …", err=True)

    @contextmanager
    def long_step(self, step: str, total: int) -> Iterator[Advance]:
        """Tell how many pieces of a step are done, and how long the others will take."""
        if self.output.verbosity < 0 or not total:
            yield lambda _: None
        elif sys.stderr.isatty():
            with self._bar(step, total) as advance:
                yield advance
        else:
            yield self._lines(step, total)

    @contextmanager
    def _bar(self, step: str, total: int) -> Iterator[Advance]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
            task = bar.add_task(self.output.phrase(step), total=total)
            yield lambda number: bar.advance(task, number)

    def _lines(self, step: str, total: int) -> Advance:
        began = told = time.monotonic()
        done = 0

        def advance(number: int) -> None:
            nonlocal told, done
            done += number
            now = time.monotonic()
            if now - told < EVERY_S or done >= total:
                return
            told = now
            line = self.output.translated(
                "{step}: {done} of {total}, about {left} left",
                step=self.output.phrase(step),
                done=done,
                total=total,
                left=duration_text((now - began) / done * (total - done)),
            )
            click.echo(line, err=True)

        return advance

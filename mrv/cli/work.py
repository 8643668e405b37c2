"""Options by which long work is spread over processes of this machine or a cluster."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from mrv.cli.language import TranslatedOption

if TYPE_CHECKING:
    from mrv.cli.output import Output
    from mrv.run.work import Work


@contextmanager
def _work(output: Output, workers: int | None, scheduler: str | None) -> Iterator[Work]:
    from mrv import workers as kinds
    from mrv.errors import UsageError
    from mrv.run.work import Work

    if workers is not None and scheduler is not None:
        raise UsageError("--workers and --scheduler exclude each other: a scheduler has its own workers")
    if workers is None and scheduler is None:
        yield Work(None, output.progress)
        return
    output.progress("Starting workers")
    chosen = kinds.scheduler(scheduler) if scheduler is not None else kinds.processes(workers or 1)
    with chosen as own:
        yield Work(own, output.progress)


def work_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ``--workers`` and ``--scheduler``, and a :class:`~mrv.run.work.Work`."""

    @click.option(
        "--workers",
        cls=TranslatedOption,
        type=click.IntRange(1),
        metavar="N",
        help="Read and predict by N processes of this machine, not by threads of one.",
    )
    @click.option(
        "--scheduler",
        cls=TranslatedOption,
        metavar="ADDRESS",
        help="Read and predict by the workers of a Dask cluster, such as tcp://host:8786.",
    )
    @functools.wraps(command)
    def with_work(
        *args: Any, output: Output, workers: int | None, scheduler: str | None, **options: Any
    ) -> None:
        with _work(output, workers, scheduler) as work:
            command(*args, output=output, work=work, **options)

    return with_work

"""Who does long work: threads of this process, processes of this machine, or a Dask cluster.

All three are given the same pieces and hand back the same results in the order of the pieces, few at a
time, so that neither a bit of the result nor the memory it takes depends on who works.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar

from mrv.errors import InterruptedWorkError, UsageError
from mrv.provenance import environment

Subject = TypeVar("Subject")
Piece = TypeVar("Piece")
Result = TypeVar("Result")

PIECES_AT_ONCE = 32
"""Most pieces that a worker of Dask is given in one message, which costs some milliseconds."""

BATCHES_LEFT = 3
"""Batches for each worker that what is left is cut into, unless they are too large; so the last are small,
and all workers end at about the same time."""

BATCHES_AHEAD, PIECES_AHEAD = 3, 8
"""Fewest batches, and fewest pieces, for each worker that are given out before their results are taken: none
stands still while a long piece is waited for."""

WAIT_S = 10
"""Longest wait for an answer of a scheduler. [s]"""

ENDING_S = 30
"""Longest wait for workers to end by themselves. [s]"""

KEPT_MEMORY = {"MALLOC_TRIM_THRESHOLD_": 2**28, "MALLOC_MMAP_THRESHOLD_": 2**25}
"""Freed memory that a worker keeps for its next block. Dask has workers give all of it back, and to get it
anew takes as long as reading and predicting a block. [bytes]"""

NOT_WATCHED = {"distributed.worker.profile.enabled": False}
"""Dask looks a hundred times a second what a worker is at, for a page that nobody opens here."""

TIDIED_UP = "ignore:resource_tracker:UserWarning"
"""Warning that who ends at once leaves semaphores to Python, which tidies them up."""


class Promise(Protocol):
    """A result that somebody is working on."""

    def result(self) -> Any:
        """Wait for it."""
        ...

    def cancel(self) -> Any:
        """Let it be, if it has not begun."""
        ...


@dataclass(frozen=True)
class Workers:
    """Who does the work.

    Attributes
    ----------
    submit : callable
        Takes a function and its arguments, and promises the result.
    share : callable
        Takes what all pieces have in common and returns what to pass in its place.
    count : int
    at_once : int
        Most pieces in one message.
    check_files : callable
        Makes sure that all workers see files as this process does.
    """

    submit: Callable[..., Promise]
    share: Callable[[Any], Any]
    count: int
    at_once: int
    check_files: Callable[[Sequence[Path]], None]


def cores() -> int:
    """Processors that this process may use."""
    known = getattr(os, "sched_getaffinity", None)
    return len(known(0)) if known is not None else os.cpu_count() or 1


@contextmanager
def threads(count: int | None = None) -> Iterator[Workers]:
    """Threads of this process, as many as it has processors if no number is given."""
    number = count or cores()
    pool = ThreadPoolExecutor(number)
    try:
        yield Workers(pool.submit, lambda subject: subject, number, 1, lambda _: None)
    except BaseException:
        # What is running ends by itself; nobody waits for it.
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _each(act: Callable[[Subject, Piece], Result], subject: Subject, pieces: Sequence[Piece]) -> list[Result]:
    return [act(subject, piece) for piece in pieces]


def _batches(pieces: Sequence[Piece], workers: Workers) -> list[Sequence[Piece]]:
    """Pieces in messages: as many in one as is worth it, and fewer towards the end."""
    found, start = [], 0
    while start < len(pieces):
        size = (len(pieces) - start) // (workers.count * BATCHES_LEFT)
        found.append(pieces[start : start + min(max(size, 1), workers.at_once)])
        start += len(found[-1])
    return found


def in_order(
    workers: Workers, act: Callable[[Subject, Piece], Result], subject: Subject, pieces: Sequence[Piece]
) -> Iterator[Result]:
    """Results in the order of the pieces; only a few wait to be taken.

    Parameters
    ----------
    workers : Workers
    act : callable
        A function of a module: of what is shared, and of a piece.
    subject : object
        What all pieces share; sent to a worker once.
    pieces : sequence
    """
    batches, shared = deque(_batches(pieces, workers)), workers.share(subject)
    waiting: deque[tuple[int, Promise]] = deque()

    def give_out() -> None:
        while batches and (
            len(waiting) < BATCHES_AHEAD * workers.count
            or sum(size for size, _ in waiting) < PIECES_AHEAD * workers.count
        ):
            batch = batches.popleft()
            waiting.append((len(batch), workers.submit(_each, act, shared, batch)))

    try:
        give_out()
        while waiting:
            results = waiting.popleft()[1].result()
            give_out()
            yield from results
    finally:
        for _, promise in waiting:
            promise.cancel()


def _kept(subject: Subject) -> Subject:
    return subject


def _sizes(files: Sequence[Path]) -> list[int | None]:
    return [file.stat().st_size if file.exists() else None for file in files]


def _of_client(client: Any) -> Workers:
    """Workers of a client of Dask, which must have the software of this process."""
    from distributed.scheduler import KilledWorker  # noqa: PLC0415

    own = environment()
    for address, other in sorted(client.run(environment).items()):
        odd = [name for name, version in own.items() if other.get(name) != version]
        if odd:
            raise UsageError(
                "worker {worker} has {name} {found}; this machine has {own}, and all must have the same",
                worker=address,
                name=odd[0],
                found=other.get(odd[0], "–"),
                own=own[odd[0]],
            )

    def check_files(files: Sequence[Path]) -> None:
        absolute = [file.absolute() for file in files]
        wanted = _sizes(absolute)
        for address, found in sorted(client.run(_sizes, absolute).items()):
            for file, size, due in zip(absolute, found, wanted, strict=True):
                if size != due:
                    raise UsageError(
                        "worker {worker} does not see {file} as it is here; all need the same folder",
                        worker=address,
                        file=file,
                    )

    @dataclass(frozen=True)
    class Told:
        """A promise of Dask that says in our words why it cannot be kept."""

        future: Any

        def result(self) -> Any:
            try:
                return self.future.result()
            except KilledWorker:
                raise UsageError(
                    "workers ended again and again over the same work; they may lack memory"
                ) from None

        def cancel(self) -> None:
            self.future.cancel()

    def submit(act: Callable[..., Any], *arguments: Any) -> Promise:
        return Told(client.submit(act, *arguments, pure=False))

    # Dask keeps how it came by what is shared, so that it outlives a worker.
    share = partial(client.submit, _kept, pure=False)
    return Workers(submit, share, max(sum(client.nthreads().values()), 1), PIECES_AT_ONCE, check_files)


@contextmanager
def _then(close: Callable[[], object]) -> Iterator[None]:
    """Close something at the end; not where somebody interrupts, for whom all ends with this process."""
    try:
        yield
    except (KeyboardInterrupt, InterruptedWorkError):
        raise
    except BaseException:
        close()
        raise
    close()


def _leave_interruptions_to_who_began_us() -> None:
    """A terminal interrupts all processes of a command; workers end with the one that gave them work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def processes(count: int) -> Iterator[Workers]:
    """Processes of this machine, which end with the context, or with this process if it is interrupted."""
    import dask.config  # noqa: PLC0415
    from distributed import Client, LocalCluster, Security  # noqa: PLC0415
    from distributed.gc import disable_gc_diagnosis  # noqa: PLC0415

    kept = {f"distributed.nanny.pre-spawn-environ.{name}": size for name, size in KEPT_MEMORY.items()}
    if TIDIED_UP not in sys.warnoptions:
        sys.warnoptions.append(TIDIED_UP)  # handed on to the process that would warn
    with TemporaryDirectory(prefix="mrv-workers-") as folder:
        with dask.config.set(kept | NOT_WATCHED):
            cluster = LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                memory_limit=0,
                dashboard_address="127.0.0.1:0",
                host="127.0.0.1",
                # Nobody else on the machine may give them work.
                security=Security.temporary(),
                silence_logs=logging.CRITICAL,
                local_directory=folder,
            )
        # What Dask asks the collector of garbage to call would swallow an interruption that comes meanwhile.
        disable_gc_diagnosis()
        with _then(partial(cluster.close, timeout=ENDING_S)):
            client = Client(cluster, set_as_default=False, timeout=WAIT_S, direct_to_workers=True)
            with _then(partial(client.close, timeout=ENDING_S)):
                client.run(_leave_interruptions_to_who_began_us)
                yield _of_client(client)


@contextmanager
def scheduler(address: str) -> Iterator[Workers]:
    """Workers of a Dask cluster that is running.

    Raises
    ------
    UsageError
        If no scheduler answers, it has no workers, or they have other software.
    """
    from distributed import Client  # noqa: PLC0415

    try:
        client = Client(address, set_as_default=False, timeout=WAIT_S)
    except (OSError, ValueError):
        raise UsageError(
            "{address}: no Dask scheduler answers within {seconds} s", address=address, seconds=WAIT_S
        ) from None
    with _then(partial(client.close, timeout=ENDING_S)):
        try:
            client.wait_for_workers(1, timeout=WAIT_S)
        except TimeoutError:
            raise UsageError(
                "{address}: the scheduler has no workers after {seconds} s", address=address, seconds=WAIT_S
            ) from None
        yield _of_client(client)

"""Two pieces of work measured side by side, by turns, so that a busy machine slows both."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MRV = str(Path(sys.executable).with_name("mrv"))
TURNS = 5
Task = Callable[[], object]

NOT_PASSED_ON = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE", "GDAL_CACHEMAX")
"""What a machine may set and a user's does not: linear algebra for older processors, and Python that compiles
a package anew at every start; and what this package sets for itself, which is not for its peers."""


class Row(NamedTuple):
    """A ratio, turn by turn, with what it should be.

    Attributes
    ----------
    work, against : str
    ours, theirs : tuple of float
        Of each turn, in ``unit``.
    goal : str
        Such as ``≤ 1.7`` or ``≥ 4``; with ``≥`` the ratio is theirs over ours: how many times less we take.
        Empty where there is none.
    unit : str
        ``s`` for time, ``s CPU`` for processor time of a process, ``MB`` for its largest memory.
    """

    work: str
    against: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    goal: str = ""
    unit: str = "s"

    @property
    def ratios(self) -> list[float]:
        """One for each turn."""
        if self.goal.startswith("≥"):
            return [their / our for our, their in zip(self.ours, self.theirs, strict=True)]
        return [our / their for our, their in zip(self.ours, self.theirs, strict=True)]

    @property
    def met(self) -> bool | None:
        """Whether the median keeps to the goal; None without one."""
        if not self.goal:
            return None
        limit, found = float(self.goal[1:].replace(",", "")), statistics.median(self.ratios)
        return found >= limit if self.goal.startswith("≥") else found <= limit

    def text(self) -> str:
        """Row of the table of results."""
        ratios = self.ratios
        spread = (min(ratios), max(ratios))
        if len(ratios) > 3:
            spread = (statistics.quantiles(ratios, n=4)[0], statistics.quantiles(ratios, n=4)[2])
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        return (
            f"| {self.work} | {self.against} "
            f"| {statistics.median(ratios):.3g} | {spread[0]:.3g}–{spread[1]:.3g} "
            f"| {self.goal} | {met} | {statistics.median(self.ours):.3g} "
            f"| {statistics.median(self.theirs):.3g} | {self.unit} |"
        )


class Absent(NamedTuple):
    """A comparison that could not be made here, and why."""

    work: str
    against: str
    why: str


def in_turns(work: str, run: Task, against: str, other: Task, *, goal: str = "", turns: int = TURNS) -> Row:
    """Time two tasks by turns, after one unmeasured turn of each."""
    run(), other()
    pairs = [(_seconds(run), _seconds(other)) for _ in range(turns)]
    print(f"{work}: done", file=sys.stderr)
    return Row(work, against, *zip(*pairs, strict=True), goal)


def _seconds(run: Task) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


class Process(NamedTuple):
    """What a process took: time that passed, processor time, largest memory of one of its processes."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


LAUNCH = """\
import json, os, subprocess, sys, time
start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
seconds = time.perf_counter() - start
print(json.dumps([os.waitstatus_to_exitcode(status), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""
"""Starts a process from a small one: a process counts the memory of the one that it comes from as its own."""


def process(words: Sequence[str], *, folder: Path = ROOT) -> Process:
    """Run a process to its end and measure it with all that it started.

    Raises
    ------
    CalledProcessError
        If it fails; what it said on standard error is printed.
    """
    own = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    launched = subprocess.run(
        (sys.executable, "-c", LAUNCH, *words), cwd=folder, env=own, capture_output=True, check=True
    )
    code, seconds, cpu_seconds, peak = json.loads(launched.stdout)
    if code:
        print(launched.stderr.decode(errors="replace"), file=sys.stderr)
        raise subprocess.CalledProcessError(code, list(words))
    # Kilobytes on Linux, bytes on macOS.
    return Process(seconds, cpu_seconds, peak / (1024 if sys.platform != "darwin" else 1024**2))


def processes_in_turns(
    run: Callable[[], Process], other: Callable[[], Process], turns: int = TURNS
) -> list[tuple[Process, Process]]:
    """Measure two processes by turns, after one unmeasured turn of each."""
    run(), other()
    return [(run(), other()) for _ in range(turns)]


def rows_of(
    work: str,
    against: str,
    turns: Sequence[tuple[Process, Process]],
    goals: Mapping[str, str],
) -> list[Row]:
    """A row for each measure that has a goal.

    Parameters
    ----------
    work, against : str
    turns : sequence of (Process, Process)
        Ours and theirs.
    goals : mapping of str to str
        By name of a field of :class:`Process`.
    """
    units = {"seconds": "s", "cpu_seconds": "s CPU", "peak_mb": "MB"}
    return [
        Row(
            work,
            against,
            tuple(getattr(ours, name) for ours, _ in turns),
            tuple(getattr(theirs, name) for _, theirs in turns),
            goal,
            units[name],
        )
        for name, goal in goals.items()
    ]

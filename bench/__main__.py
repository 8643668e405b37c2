"""Ratios measured side by side in one run; ``python -m bench`` writes bench/RESULTS.md.

Seconds say little of another machine, so each piece of work is measured against something that everybody can
run on the same one: the bare interpreter, a plain loop, another program, the work without what is asked for.

Names of modules after the command measure these alone and print them, writing nothing.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time

from bench.pairs import ROOT, Absent, Row
from mrv.provenance import environment

MODULES = ("stems", "estimates", "forest", "class_maps", "commands", "map_blocks")
"""Each has a function ``rows``."""

HEADER = """\
| work | against | ratio, median | spread | goal | kept | ours | theirs | unit |
|---|---|---|---|---|---|---|---|---|"""


def measured(module: str) -> list[Row | Absent]:
    """Rows of a module."""
    found: list[Row | Absent] = importlib.import_module(f"bench.{module}").rows()
    return found


def page(found: list[Row | Absent], minutes: float) -> str:
    """Results as a page."""
    versions = ", ".join(f"{name} {version}" for name, version in environment().items())
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    absent = [f"- {row.work}, against {row.against}: {row.why}" for row in found if isinstance(row, Absent)]
    return f"""\
# Ratios

Written by `make bench` in {minutes:.0f} minutes. The two of a row take turns in one run, after a turn that is
not counted; results that should be equal are compared first. A goal of *≤* is of ours over theirs, of *≥* of
theirs over ours. The spread is from the first to the third quartile, with three turns from the least to the
largest. Ours and theirs are medians.

{table(found)}

{"Not measured here:" if absent else ""}

{chr(10).join(absent)}

Machine: {platform.machine()}, {os.cpu_count()} cores; load at the end {load}.

Versions: {versions}.
""".replace("\n\n\n\n", "\n\n").replace("\n\n\n", "\n\n")


def table(found: list[Row | Absent]) -> str:
    """Measured rows as a table."""
    return "\n".join([HEADER, *(row.text() for row in found if isinstance(row, Row))])


def write_all() -> None:
    """Measure every module, and write the page after each: a run that is ended leaves what it found."""
    start, found = time.monotonic(), list[Row | Absent]()
    for number, module in enumerate(MODULES, start=1):
        found += measured(module)
        later = [
            Absent(f"`bench/{name}.py`", "all of it", "the run was ended before") for name in MODULES[number:]
        ]
        text = page([*found, *later], (time.monotonic() - start) / 60)
        (ROOT / "bench" / "RESULTS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if chosen := sys.argv[1:]:
        print(table([row for module in chosen for row in measured(module)]))
    else:
        write_all()

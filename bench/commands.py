"""Start of the command line and the check of the demo; verifying the demo against running it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.pairs import MRV, Row, process, processes_in_turns, rows_of

BARE = (sys.executable, "-c", "pass")


def rows() -> list[Row]:
    """Rows of this module."""
    return [*_start(), *_verify()]


def _start() -> list[Row]:
    found = []
    for words, goal in ((("--help",), "≤ 6"), (("check", "data/demo"), "≤ 25")):
        turns = processes_in_turns(
            lambda words=words: process((MRV, *words)), lambda: process(BARE), turns=11
        )
        name = f"`mrv {' '.join(words)}`"
        found += rows_of(name, "`python -c pass`", turns, {"seconds": goal})
    return found


def _verify() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out, key, package = (str(folder / part) for part in ("out", "seal.key", "package.zip"))
        process((MRV, "run", "data/demo", "-o", out))
        process((MRV, "key", "new", key))
        process((MRV, "seal", out, "-o", package, "--project", "data/demo", "--key", key))
        turns = processes_in_turns(
            lambda: process((MRV, "verify", package)),
            lambda: process((MRV, "run", "data/demo", "-o", out)),
            turns=2,
        )
    return rows_of("`mrv verify` of the demo", "`mrv run` of it", turns, {"seconds": "≤ 1.3"})

"""Serials of units: made from a methodology's template, and found again in what a person types.

A template holds ``{methodology}``, ``{project}``, ``{vintage}``, ``{first}`` and ``{last}``, each once. With
the first three filled in, it is the name of a series; with all of them, the serial of a block of units.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mrv.ledger.places import Block, block
from mrv.ledger.ranges import LARGEST

OURS = "MRV-"
"""What every serial of this toolkit begins with, so that nobody takes it for a registry's own."""

SIMULATED = "MRV-SIM-"
"""What the serials of a simulated project begin with."""

NUMBERS = ("{first}", "{last}")


def series_name(template: str, methodology: str, project: str, vintage: int, *, simulated: bool) -> str:
    """Name of the series of a project, methodology and vintage."""
    start = SIMULATED if simulated else OURS
    return start + (
        template.removeprefix(OURS)
        .replace("{methodology}", methodology)
        .replace("{project}", project)
        .replace("{vintage}", str(vintage))
    )


def is_series(name: str) -> bool:
    """Whether a name holds the two places for numbers, each once and the first before the last."""
    return all(name.count(number) == 1 for number in NUMBERS) and name.index("{first}") < name.index("{last}")


def block_of(serial: str, series: Iterable[str]) -> Block | None:
    """Block that a serial names, of those series that there are; None if it is of none of them."""
    for name in series:
        first, _, rest = name.partition("{first}")
        between, _, end = rest.partition("{last}")
        pattern = rf"{re.escape(first)}([0-9]{{1,12}}){re.escape(between)}([0-9]{{1,12}}){re.escape(end)}"
        found = re.fullmatch(pattern, serial, re.ASCII)
        if found and 1 <= int(found[1]) <= int(found[2]) < LARGEST:
            return block(name, int(found[1]), int(found[2]))
    return None

"""How often two entries of the same sheets differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mrv.findings import Finding, Phrase
from mrv.inputs.second_entries import SecondEntry
from mrv.quality.suspects import Suspect

PER_MILLE = 1000.0

WITH_THE_TABLE = Phrase("the effect of the whole second entry is told with its rate")


def entered_twice(entries: Sequence[SecondEntry]) -> Iterator[Suspect]:
    """Cells that differ in a table that was typed twice, and their rate, those decided since among them."""
    for entry in entries:
        yield from (Suspect(finding, why=WITH_THE_TABLE) for finding in entry.undecided)
        yield Suspect(
            Finding(
                entry.where,
                "second-entry-rate",
                "{differing} of {cells} cells differ from the second entry {other}, {rate} in 1,000; rows "
                "in one of both only: {apart}",
                {
                    "differing": f"{entry.differing:,}",
                    "cells": f"{entry.cells:,}",
                    "other": entry.other,
                    "rate": f"{PER_MILLE * entry.differing / entry.cells:.1f}" if entry.cells else "–",
                    "apart": entry.rows_apart,
                },
                severity="note",
            ),
            "entries",
            (entry.where,),
        )

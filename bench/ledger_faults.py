"""Faults while a ledger is written: two writers at once, and writers killed at random moments.

    python -m bench.ledger_faults

What is counted: entries that a writer told as done and that are not in the ledger (lost), entries that are in
it twice (doubled), and what a killed writer leaves behind. The figures go to docs/explanation/ledger.md.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mrv.ledger.book import read_entries, read_ledger, repair
from mrv.ledger.entries import Transfer
from tests.ledger_samples import issuance, ledger_of

UNITS = 100_000
WRITERS = 2
ENTRIES_OF_A_WRITER = 1_000
KILLS = 100
SEED = 20_260_101
ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "explanation" / "ledger.md"
TABLE = re.compile(r"(?s)(<!-- ledger-faults -->\n).*?(<!-- /ledger-faults -->)")

WRITER = """
import sys
from pathlib import Path
from mrv.ledger.book import append
from tests.ledger_samples import DAY, transfer

file, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for number in range(first, last + 1):
    append(file, lambda _: [transfer(number, number)], DAY)
    print(number, flush=True)  # told as done only now
"""


@dataclass(frozen=True)
class Outcome:
    """What became of the entries that writers told as done."""

    told: int
    written: int
    lost: int
    doubled: int
    torn: int
    sound: bool


def start(file: Path, first: int, last: int) -> subprocess.Popen[str]:
    """A writer in a process of its own."""
    command = [sys.executable, "-c", WRITER, str(file), str(first), str(last)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def moved(file: Path) -> Counter[int]:
    """Units that the entries of a ledger moved, one each."""
    return Counter(
        entry.act.units[0].first for entry in read_entries(file) if isinstance(entry.act, Transfer)
    )


def outcome(file: Path, told: list[int], torn: int) -> Outcome:
    found = moved(file)
    read = read_ledger(file)
    closes = all(balance.closes for balance in read.books.balances())
    return Outcome(
        len(told),
        found.total(),
        sum(number not in found for number in told),
        sum(count > 1 for count in found.values()),
        torn,
        not read.findings and closes,
    )


def two_writers(folder: Path, entries: int = ENTRIES_OF_A_WRITER) -> Outcome:
    """Writers that add to one ledger at the same time."""
    file = ledger_of(folder / "two.jsonl", [issuance(credits=UNITS, buffer=0)])
    writers = [start(file, 1 + n * entries, (n + 1) * entries) for n in range(WRITERS)]
    told = [int(line) for writer in writers for line in writer.communicate()[0].split()]
    return outcome(file, told, 0)


def killed_writers(folder: Path, kills: int = KILLS) -> Outcome:
    """Writers that are killed at random moments, one after the other; torn lines are mended."""
    file = ledger_of(folder / "killed.jsonl", [issuance(credits=UNITS, buffer=0)])
    draw = random.Random(SEED)
    told: list[int] = []
    torn = 0
    for _ in range(kills):
        first = max(moved(file), default=0) + 1
        writer = start(file, first, UNITS)
        assert writer.stdout is not None
        told.append(int(writer.stdout.readline()))  # it is at work
        time.sleep(draw.uniform(0, 0.05))
        writer.kill()
        told += [int(line) for line in writer.communicate()[0].split()]
        if not file.read_bytes().endswith(b"\n"):
            torn += 1
            repair(file)
    return outcome(file, told, torn)


def row(fault: str, found: Outcome) -> str:
    """Row of the table of faults."""
    sound = "yes" if found.sound else "NO"
    ahead = found.written - found.told + found.lost
    return f"| {fault} | {found.told:,} | {found.lost} | {found.doubled} | {ahead} | {found.torn} | {sound} |"


def table() -> str:
    """Faults and what became of the ledger."""
    with tempfile.TemporaryDirectory() as folder:
        two, killed = two_writers(Path(folder)), killed_writers(Path(folder))
    return "\n".join(
        (
            "| fault | told as done | lost | doubled | written, not yet told | torn lines | ledger stands |",
            "|---|---:|---:|---:|---:|---:|---|",
            row(f"{WRITERS} processes add to one ledger at the same time", two),
            row(f"the process that adds is killed, {KILLS} times", killed),
        )
    )


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLE.sub(rf"\g<1>{table()}\n\g<2>", text), encoding="utf-8")

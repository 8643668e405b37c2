"""Acts and ledgers that the tests of several rooms build on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mrv.ledger.areas import area_of
from mrv.ledger.book import append
from mrv.ledger.entries import (
    NO_LINE,
    Act,
    Entry,
    Issuance,
    MethodologyUsed,
    Period,
    Transfer,
    Verified,
    VintageUnits,
    canonical,
)
from mrv.ledger.places import block
from mrv.ledger.ranges import Range
from mrv.ledger.serials import series_name
from mrv.provenance import sha256_of_bytes

REPOSITORY = Path(__file__).resolve().parent.parent
SOUND_LEDGER = REPOSITORY / "tests" / "unit" / "ledger" / "sound.jsonl"
"""A ledger of six entries, as it was written once."""

DAY = date(2021, 3, 1)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
TEMPLATE = "MRV-{methodology}-{project}-{vintage}-{first}-{last}"
OWNER, BUYER = "Owner", "Buyer"


def series(project: str = "bay", vintage: int = 2015, *, simulated: bool = True) -> str:
    """Series of the test methodology."""
    return series_name(TEMPLATE, "stated", project, vintage, simulated=simulated)


def issuance(
    project: str = "bay",
    west: float = 114.0,
    years: Sequence[int] = (2015,),
    credits: int = 100,
    buffer: int = 20,
    first: int = 1,
    **changed: Any,
) -> Issuance:
    """So many credits and buffer units of each year, for a square of a hundredth of a degree."""
    simulated = changed.get("simulated", True)
    values: dict[str, Any] = {
        "project": project,
        "simulated": simulated,
        "methodology": MethodologyUsed(id="stated", conformance="own_statement", files=()),
        "package_sha256": sha256_of_bytes(f"{project} {west} {list(years)}".encode()),
        "package_signer": None,
        "verified": Verified(statement_sha256="0" * 64, verdict="identical", verifier=None),
        "monitoring_period": Period(start=date(years[0], 1, 1), end=date(years[-1] + 1, 1, 1)),
        "area": area_of(shapely.box(west, 22.5, west + 0.01, 22.51)),
        "issuable_t_co2e": credits * len(years),
        "buffer_t_co2e": buffer * len(years),
        "carried_in_t_co2e": "0",
        "carried_on_t_co2e": "0",
        "waivers": (),
        "account": OWNER,
        "vintages": tuple(
            VintageUnits(
                vintage=year,
                series=series(project, year, simulated=simulated),
                credits=Range(first=first, last=first + credits - 1),
                buffer=Range(first=first + credits, last=first + credits + buffer - 1) if buffer else None,
            )
            for year in years
        ),
    }
    return Issuance(**(values | changed))


def transfer(
    first: int, last: int, giver: str = OWNER, taker: str = BUYER, name: str | None = None
) -> Transfer:
    """Units of one series from one account to another."""
    return Transfer(units=(block(name or series(), first, last),), from_account=giver, to_account=taker)


def ledger_of(file: Path, acts: Sequence[Act], key: Ed25519PrivateKey | None = None) -> Path:
    """Ledger with acts of one day."""
    append(file, lambda _: acts, DAY, key)
    return file


def written(file: Path, entries: Sequence[Entry]) -> Path:
    """Ledger of entries as they are, checked by nobody."""
    file.write_bytes(b"".join(entry.line for entry in entries))
    return file


def chained(acts: Sequence[Act]) -> list[Entry]:
    """Entries of acts in a chain that holds, checked by nobody."""
    entries: list[Entry] = []
    previous = NO_LINE
    for number, act in enumerate(acts, start=1):
        entries.append(Entry(number=number, previous=previous, date=DAY, act=act))
        previous = entries[-1].sha256
    return entries


def rehashed(documents: Sequence[dict[str, Any]]) -> bytes:
    """Lines of documents whose chain was computed anew, as somebody without a key would."""
    lines, previous = [], NO_LINE
    for document in documents:
        lines.append(canonical({**document, "previous": previous}))
        previous = sha256_of_bytes(lines[-1])
    return b"".join(lines)


def documents(file: Path) -> list[dict[str, Any]]:
    """Entries of a ledger as plain data."""
    return [json.loads(line) for line in file.read_bytes().splitlines()]

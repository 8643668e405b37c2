"""Entries, balances and units of a ledger, as people read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mrv.cli.output import Output
    from mrv.ledger.accounts import Books, Held
    from mrv.ledger.entries import Entry
    from mrv.ledger.places import Place

KINDS = {
    "issuance": "issuance",
    "registry_issuance": "issuance of another registry",
    "transfer": "transfer",
    "retirement": "retirement",
    "cancellation": "cancellation",
    "buffer_release": "release from the buffer",
    "reversal": "reversal",
}
"""Kinds of entries in words."""

PLACE_WORDS = {"account": "account", "buffer": "buffer", "retired": "retired", "cancelled": "cancelled"}
"""Kinds of places in words."""


def say_entries(output: Output, entries: Sequence[Entry]) -> None:
    """What entries do to units, one block a row."""
    from mrv.ledger.accounts import moves

    for entry in entries:
        kind = entry.act.kind
        output.say(
            output.translated(
                "Entry {number}, {day}: {kind}",
                number=entry.number,
                day=entry.date,
                kind=output.translated(KINDS[kind]),
            )
        )
        output.table(
            ("serial", "tonnes, t CO₂e", "to"),
            [
                (
                    move.units.serial,
                    f"{move.units.count:,}",
                    place_text(output, move.target),
                )
                for move in moves(entry)
            ],
        )
        if entry.act.kind == "reversal" and entry.act.owed_t_co2e:
            output.say(
                output.translated(
                    "The buffer does not suffice: {project} owes {owed} t CO₂e.",
                    project=entry.act.project,
                    owed=f"{entry.act.owed_t_co2e:,}",
                )
            )
        if entry.act.kind == "issuance":
            output.say(
                output.translated(
                    "{credits} t CO₂e of credits, {buffer} t CO₂e in the buffer; conformance of the "
                    "methodology: {conformance}",
                    credits=f"{sum(part.credits.count for part in entry.act.vintages if part.credits):,}",
                    buffer=f"{entry.act.buffer_t_co2e:,}",
                    conformance=output.translated(entry.act.methodology.conformance),
                )
            )


def place_text(output: Output, place: Place) -> str:
    """Place of units in words."""
    word = output.translated(PLACE_WORDS[place.kind])
    return f"{word} {place.name}" if place.kind in ("account", "buffer") else word


def say_balances(output: Output, books: Books, only: str | None = None) -> None:
    """What was issued, and where it is; of one project, if it is named."""
    balances = [balance for balance in books.balances() if only in (None, balance.project)]
    rows = [
        (balance.project, str(balance.vintage), *(f"{tonnes:,}" for tonnes in balance[2:]))
        for balance in balances
    ]
    if len(balances) > 1:
        totals = [sum(tonnes) for tonnes in zip(*(balance[2:] for balance in balances), strict=True)]
        rows.append((output.translated("all"), "", *(f"{tonnes:,}" for tonnes in totals)))
    output.table(
        ("project", "vintage", "issued", "in accounts", "retired", "cancelled", "buffer"),
        rows,
        title="Balances, t CO₂e",
    )
    for project, owed in sorted(books.owed_t_co2e.items()):
        if owed and only in (None, project):
            output.say(
                output.translated(
                    "The buffer does not suffice: {project} owes {owed} t CO₂e.",
                    project=project,
                    owed=f"{owed:,}",
                )
            )


def say_accounts(output: Output, held: Iterable[Held]) -> None:
    """Tonnes of each account, by project."""
    tonnes: Counter[tuple[str, str]] = Counter()
    for one in held:
        if one.place.kind == "account":
            tonnes[one.place.name, one.facts.project] += one.units.count
    if tonnes:
        output.table(
            ("account", "project", "tonnes, t CO₂e"),
            [(name, project, f"{count:,}") for (name, project), count in sorted(tonnes.items())],
            title="Accounts",
        )


def say_units(output: Output, held: Iterable[Held]) -> None:
    """Blocks of units and where they lie."""
    output.table(
        ("serial", "tonnes, t CO₂e", "place"),
        [(one.units.serial, f"{one.units.count:,}", place_text(output, one.place)) for one in held],
        title="Units",
    )


def say_history(output: Output, entries: Iterable[Entry]) -> None:
    """Entries one a row."""
    from mrv.ledger.accounts import moves

    output.table(
        ("entry", "day", "kind", "tonnes, t CO₂e", "signed"),
        [
            (
                str(entry.number),
                entry.date.isoformat(),
                output.translated(KINDS[entry.act.kind]),
                f"{sum(move.units.count for move in moves(entry)):,}",
                entry.signer[:8] if entry.signer else "–",
            )
            for entry in entries
        ],
        title="History",
    )

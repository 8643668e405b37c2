"""Acts as people ask for them: units named by their serials or by tonnes, looked up in the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mrv.errors import InputError
from mrv.findings import Finding
from mrv.ledger.accounts import Books, account, buffer_of, oldest_first
from mrv.ledger.entries import BufferRelease, Cancellation, Retirement, Reversal, Transfer
from mrv.ledger.places import PLACES, Block, Place
from mrv.ledger.serials import block_of


@dataclass(frozen=True)
class Wanted:
    """Units that are asked for: by serial, or so many tonnes, the oldest first.

    Attributes
    ----------
    serials : tuple of str
        Serials of blocks, which may be parts of larger ones.
    tonnes : int or None
        [t_co2e]
    project : str or None
        Only units of this project.
    vintage : int or None
        Only units of this year.
    """

    serials: tuple[str, ...] = ()
    tonnes: int | None = None
    project: str | None = None
    vintage: int | None = None


def units_wanted(books: Books, place: Place, wanted: Wanted) -> tuple[Block, ...]:
    """Blocks in a place that a request means.

    Raises
    ------
    InputError
        If there are no such units, or not so many.
    """
    if wanted.serials:
        return _by_serial(books, wanted.serials)
    held = [
        one
        for one in books.holdings(place)
        if wanted.project in (None, one.facts.project) and wanted.vintage in (None, one.facts.vintage)
    ]
    there = sum(one.units.count for one in held)
    tonnes = wanted.tonnes or 0
    if there < tonnes:
        finding = Finding(
            "--tonnes",
            "units-lacking",
            "{kind} {name} holds {there} t CO₂e of what is asked for, {tonnes} were asked for",
            {"kind": PLACES[place.kind], "name": place.name, "there": there, "tonnes": tonnes},
        )
        raise InputError([finding])
    return tuple(oldest_first(held, tonnes))


def _by_serial(books: Books, serials: Sequence[str]) -> tuple[Block, ...]:
    found = [block_of(serial, books.facts) for serial in serials]
    findings = [
        Finding("--units", "serial-unknown", "{serial}: no units of this ledger", {"serial": serial})
        for serial, units in zip(serials, found, strict=True)
        if units is None
    ]
    if findings:
        raise InputError(findings)
    return tuple(units for units in found if units is not None)


def transfer(books: Books, wanted: Wanted, giver: str, taker: str) -> Transfer:
    """Units that go from one account to another."""
    units = units_wanted(books, account(giver), wanted)
    return Transfer(units=units, from_account=giver, to_account=taker)


def retirement(books: Books, wanted: Wanted, holder: str, beneficiary: str, reason: str) -> Retirement:
    """Units of an account that are used up for a beneficiary."""
    units = units_wanted(books, account(holder), wanted)
    return Retirement(units=units, from_account=holder, beneficiary=beneficiary, reason=reason)


def cancellation(
    books: Books, wanted: Wanted, holder: str, reason: str, settles: str | None = None
) -> Cancellation:
    """Units of an account that are taken out of the market, perhaps for what a project owes."""
    units = units_wanted(books, account(holder), wanted)
    return Cancellation(units=units, from_account=holder, reason=reason, settles=settles)


def release(books: Books, wanted: Wanted, project: str, taker: str, document: str) -> BufferRelease:
    """Units of a project's buffer that go to an account."""
    units = units_wanted(books, buffer_of(project), wanted)
    return BufferRelease(project=project, units=units, to_account=taker, document=document)


def reversal(books: Books, loss_t_co2e: int, project: str, document: str) -> Reversal:
    """A loss after issuance: the oldest buffer units are cancelled; what is lacking is owed."""
    held = books.holdings(buffer_of(project))
    covered = min(loss_t_co2e, sum(one.units.count for one in held))
    return Reversal(
        project=project,
        loss_t_co2e=loss_t_co2e,
        units=tuple(oldest_first(held, covered)),
        owed_t_co2e=loss_t_co2e - covered,
        document=document,
    )

"""Books of a ledger: where every unit lies after a run of entries, and whether it all adds up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from mrv.ledger.entries import (
    BufferRelease,
    Cancellation,
    Entry,
    Issuance,
    RegistryIssuance,
    Retirement,
    Reversal,
    Transfer,
)
from mrv.ledger.places import Block, Kind, Place, Series, block
from mrv.ledger.ranges import Range


@dataclass(frozen=True)
class SeriesFacts:
    """What is known of every unit of a series.

    Attributes
    ----------
    project, methodology : str
    vintage : int
    registry : str or None
        Other registry that issued the units; None for issuances of this ledger.
    simulated : bool
    package_sha256 : str or None
    """

    project: str
    methodology: str
    vintage: int
    registry: str | None
    simulated: bool
    package_sha256: str | None


class Move(NamedTuple):
    """Units that go to a place; new ones come from none."""

    units: Block
    source: Place | None
    target: Place


class Held(NamedTuple):
    """Units in one place, and what is known of them."""

    units: Block
    place: Place
    facts: SeriesFacts


def account(name: str) -> Place:
    """Account of someone."""
    return Place("account", name)


def buffer_of(project: str) -> Place:
    """Buffer of a project."""
    return Place("buffer", project)


def moves(entry: Entry) -> list[Move]:
    """What an entry does to units."""
    act = entry.act
    if isinstance(act, Issuance | RegistryIssuance):
        return [Move(units, None, place) for units, place in _new_units(act)]
    source, target = _way(act, str(entry.number))
    return [Move(units, source, target) for units in act.units]


def _new_units(act: Issuance | RegistryIssuance) -> Iterator[tuple[Block, Place]]:
    """New units and where they go."""
    if isinstance(act, RegistryIssuance):
        parts = [(act.credits, act.buffer)]
    else:
        parts = [
            (_block(part.series, part.credits), _block(part.series, part.buffer)) for part in act.vintages
        ]
    for credits, buffer in parts:
        if credits is not None:
            yield credits, account(act.account)
        if buffer is not None:
            yield buffer, buffer_of(act.project)


def _block(series: str, numbers: Range | None) -> Block | None:
    return None if numbers is None else block(series, numbers.first, numbers.last)


def _way(
    act: Transfer | Retirement | Cancellation | BufferRelease | Reversal, number: str
) -> tuple[Place, Place]:
    """From where to where an act moves units."""
    match act:
        case Transfer():
            way = account(act.from_account), account(act.to_account)
        case Retirement():
            way = account(act.from_account), Place("retired", number)
        case Cancellation():
            way = account(act.from_account), Place("cancelled", number)
        case BufferRelease():
            way = buffer_of(act.project), account(act.to_account)
        case Reversal():
            way = buffer_of(act.project), Place("cancelled", number)
    return way


def _facts(entry: Entry) -> Iterator[tuple[str, SeriesFacts]]:
    act = entry.act
    if isinstance(act, Issuance):
        for part in act.vintages:
            yield (
                part.series,
                SeriesFacts(
                    act.project,
                    act.methodology.id,
                    part.vintage,
                    None,
                    act.simulated,
                    act.package_sha256,
                ),
            )
    elif isinstance(act, RegistryIssuance):
        facts = SeriesFacts(act.project, act.methodology, act.vintage, act.origin.registry, False, None)
        yield from ((units.series, facts) for units in (act.credits, act.buffer) if units is not None)


@dataclass
class Books:
    """Where every unit lies after the entries so far.

    Attributes
    ----------
    count : int
        Entries so far.
    last_day : date or None
    signed : bool
        Whether any of them is signed.
    series : dict of str to Series
    facts : dict of str to SeriesFacts
    issuances : list of Issuance
    issued_t_co2e : dict of (project, vintage) to int
        What was ever issued, counted from the entries and not from where units lie.
    lost_t_co2e : dict of str to int
        Tonnes of reversals, by project.
    owed_t_co2e : dict of str to int
        Those of them that no unit was cancelled for yet.
    """

    count: int = 0
    last_day: date | None = None
    signed: bool = False
    series: dict[str, Series] = field(default_factory=lambda: defaultdict(Series))
    facts: dict[str, SeriesFacts] = field(default_factory=dict)
    issuances: list[Issuance] = field(default_factory=list)
    issued_t_co2e: Counter[tuple[str, int]] = field(default_factory=Counter)
    lost_t_co2e: Counter[str] = field(default_factory=Counter)
    owed_t_co2e: Counter[str] = field(default_factory=Counter)

    def post(self, entry: Entry) -> None:
        """Add an entry; units that do not lie where the entry says stay where they are."""
        self.count += 1
        self.last_day = entry.date if self.last_day is None else max(self.last_day, entry.date)
        self.signed = self.signed or entry.signature is not None
        for series, facts in _facts(entry):
            self.facts.setdefault(series, facts)
        for move in moves(entry):
            self._post(move)
        act = entry.act
        if isinstance(act, Issuance):
            self.issuances.append(act)
        elif isinstance(act, Reversal):
            self.lost_t_co2e[act.project] += act.loss_t_co2e
            self.owed_t_co2e[act.project] += act.owed_t_co2e
        elif isinstance(act, Cancellation) and act.settles is not None:
            self.owed_t_co2e[act.settles] -= sum(units.count for units in act.units)

    def _post(self, move: Move) -> None:
        if not self.can(move):
            return
        units = move.units
        self.series[units.series].put(units.first, units.last, move.target)
        if move.source is None:
            facts = self.facts[units.series]
            self.issued_t_co2e[facts.project, facts.vintage] += units.count

    def can(self, move: Move) -> bool:
        """Whether the units lie where they are moved from; new ones must not be anywhere yet."""
        units = move.units
        if units.series not in self.facts:
            return False
        series = self.series[units.series]
        if move.source is None:
            return not series.within(units.first, units.last)
        return series.lie_in(units.first, units.last, move.source)

    def in_buffer(self, project: str) -> int:
        """Units in the buffer of a project. [t_co2e]"""
        place = buffer_of(project)
        return sum(
            segment.last - segment.first + 1
            for name, facts in self.facts.items()
            if facts.project == project
            for segment in self.series[name]
            if segment.place == place
        )

    def standing(self, project: str) -> int:
        """What was issued for a project and not lost since. [t_co2e]"""
        issued = sum(tonnes for (name, _), tonnes in self.issued_t_co2e.items() if name == project)
        return issued - self.lost_t_co2e[project]

    def holdings(self, place: Place | None = None, kind: Kind | None = None) -> list[Held]:
        """Units by project, vintage and serial: all of them, or those in a place or in one of a kind."""
        found = [
            Held(block(name, segment.first, segment.last), segment.place, self.facts[name])
            for name, series in self.series.items()
            for segment in series
            if (place is None or segment.place == place) and (kind is None or segment.place.kind == kind)
        ]
        return sorted(
            found,
            key=lambda held: (
                held.facts.project,
                held.facts.vintage,
                held.units.series,
                held.units.first,
            ),
        )

    def balances(self) -> list[Balance]:
        """Balance of each project and vintage."""
        tonnes: dict[tuple[str, int], Counter[Kind]] = defaultdict(Counter)
        for held in self.holdings():
            tonnes[held.facts.project, held.facts.vintage][held.place.kind] += held.units.count
        return [
            Balance(
                project,
                vintage,
                issued,
                tonnes[project, vintage]["account"],
                tonnes[project, vintage]["retired"],
                tonnes[project, vintage]["cancelled"],
                tonnes[project, vintage]["buffer"],
            )
            for (project, vintage), issued in sorted(self.issued_t_co2e.items())
        ]


class Balance(NamedTuple):
    """Tonnes of a project and vintage: what was issued, and where it is now. [t_co2e]"""

    project: str
    vintage: int
    issued_t_co2e: int
    in_accounts_t_co2e: int
    retired_t_co2e: int
    cancelled_t_co2e: int
    buffer_t_co2e: int

    @property
    def closes(self) -> bool:
        """Whether all that was issued is somewhere."""
        return self.issued_t_co2e == sum(self[3:])


def books_of(entries: Iterable[Entry]) -> Books:
    """Books after entries that were checked."""
    books = Books()
    for entry in entries:
        books.post(entry)
    return books


def oldest_first(held: Iterable[Held], tonnes: int) -> list[Block]:
    """Blocks of so many tonnes in all: the oldest vintage and lowest numbers first, the last one split.

    Raises
    ------
    ValueError
        If there are fewer.
    """
    chosen: list[Block] = []
    left = tonnes
    for entry in sorted(held, key=lambda one: (one.facts.vintage, one.units.series, one.units.first)):
        if left == 0:
            break
        units = entry.units
        taken = min(left, units.count)
        chosen.append(block(units.series, units.first, units.first + taken - 1))
        left -= taken
    if left:
        raise ValueError(f"{left} of {tonnes} are lacking")
    return chosen

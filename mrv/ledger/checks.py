"""Checks of a ledger: each takes an entry and the books before it, and tells what is wrong with it.

The list :data:`CHECKS` is all that the ledger asks of an entry besides its place in the chain. It is applied
before an entry is written, and again to every line whenever the ledger is verified.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

from mrv.findings import Finding
from mrv.ledger.accounts import Books, moves
from mrv.ledger.areas import area_sha256, overlap_m2
from mrv.ledger.entries import (
    BufferRelease,
    Cancellation,
    Entry,
    Issuance,
    RegistryIssuance,
    Reversal,
)
from mrv.ledger.places import PLACES
from mrv.ledger.serials import NUMBERS, OURS, SIMULATED, is_series
from mrv.units import M2_PER_HA

Check = Callable[[str, Entry, Books], Iterator[Finding]]


def day_follows(where: str, entry: Entry, books: Books) -> Iterator[Finding]:
    """The day is not before that of an earlier entry."""
    if books.last_day is not None and entry.date < books.last_day:
        yield Finding(
            where,
            "ledger-day",
            "{found} lies before {before}, the day of an earlier entry; days do not run backwards",
            {"found": entry.date, "before": books.last_day},
        )


def units_move_once(where: str, entry: Entry, books: Books) -> Iterator[Finding]:
    """An entry names every unit once."""
    del books
    spans = sorted((move.units.series, move.units.first, move.units.last) for move in moves(entry))
    for (series, _, last), (other, first, end) in itertools.pairwise(spans):
        if series == other and first <= last:
            yield Finding(
                where,
                "units-twice",
                "the entry names units {first} to {last} of {series} twice",
                {"first": first, "last": min(last, end), "series": series},
            )


def units_are_there(where: str, entry: Entry, books: Books) -> Iterator[Finding]:
    """Units that are moved lie where they are moved from; new units are nowhere yet."""
    for move in moves(entry):
        units = move.units
        there = (
            books.series[units.series].within(units.first, units.last) if units.series in books.series else []
        )
        if move.source is None and there:
            yield Finding(
                where,
                "units-issued-twice",
                "{serial}: units {first} to {last} were issued before; no unit is issued twice",
                {"serial": units.serial, "first": there[0].first, "last": there[-1].last},
            )
        elif move.source is not None and not books.can(move):
            elsewhere = [part for part in there if part.place != move.source]
            message = "{serial}: there are no such units, or not all of them"
            values: dict[str, object] = {"serial": units.serial}
            if elsewhere:
                message = (
                    "{serial} does not lie whole in {kind} {name}: {first} to {last} lie in "
                    "{other_kind} {other}"
                )
                values |= {
                    "kind": PLACES[move.source.kind],
                    "name": move.source.name,
                    "first": elsewhere[0].first,
                    "last": elsewhere[0].last,
                    "other_kind": PLACES[elsewhere[0].place.kind],
                    "other": elsewhere[0].place.name,
                }
            yield Finding(where, "units-not-there", message, values)


def series_are_apart(where: str, entry: Entry, books: Books) -> Iterator[Finding]:
    """A series is one project's, methodology's and vintage's; ours begin MRV-, those of others do not."""
    act = entry.act
    if isinstance(act, Issuance):
        start = SIMULATED if act.simulated else OURS
        known = [(part.series, part.vintage, act.project, act.methodology.id) for part in act.vintages]
    elif isinstance(act, RegistryIssuance):
        start = ""
        known = [
            (units.series, act.vintage, act.project, act.methodology)
            for units in (act.credits, act.buffer)
            if units is not None
        ]
    else:
        return
    for series, vintage, project, methodology in known:
        wrong_start = (series.startswith(OURS) if not start else not series.startswith(start)) or (
            start == OURS and series.startswith(SIMULATED)
        )
        if wrong_start or not is_series(series):
            yield Finding(
                where,
                "series-form",
                "{series}: a series holds {parts} once; ours begin {ours}, simulated ones {simulated}, "
                "those of other registries with neither",
                {"series": series, "parts": ", ".join(NUMBERS), "ours": OURS, "simulated": SIMULATED},
            )
        facts = books.facts.get(series)
        if facts is not None and (facts.vintage, facts.project, facts.methodology) != (
            vintage,
            project,
            methodology,
        ):
            yield Finding(
                where,
                "series-of-another",
                "{series} is the series of {project}, vintage {vintage}, by {methodology}",
                {
                    "series": series,
                    "project": facts.project,
                    "vintage": facts.vintage,
                    "methodology": facts.methodology,
                },
            )


def tonnes_add_up(where: str, entry: Entry, books: Books) -> Iterator[Finding]:
    """An issuance gives no more credits than the results allow, and as much buffer as it says."""
    del books
    act = entry.act
    if not isinstance(act, Issuance):
        return
    credited = sum(part.credits.count for part in act.vintages if part.credits)
    buffered = sum(part.buffer.count for part in act.vintages if part.buffer)
    if credited > act.issuable_t_co2e:
        yield Finding(
            where,
            "issued-above-creditable",
            "{found} t CO₂e of credits are issued; the results allow {allowed}",
            {"found": credited, "allowed": act.issuable_t_co2e},
        )
    if buffered != act.buffer_t_co2e:
        yield Finding(
            where,
            "buffer-incomplete",
            "{found} t CO₂e go to the buffer; {allowed} was expected",
            {"found": buffered, "allowed": act.buffer_t_co2e},
        )
    years = [part.vintage for part in act.vintages]
    period = act.monitoring_period
    last_year = (period.end - timedelta(days=1)).year
    if years != sorted(set(years)) or not all(period.start.year <= year <= last_year for year in years):
        yield Finding(
            where,
            "vintages-outside",
            "the vintages {found} are not years of the period {start} to {end}, each once and in order",
            {"found": ", ".join(map(str, years)), "start": period.start, "end": period.end},
        )


def period_is_over(where: str, entry: Entry, books: Books) -> Iterator[Finding]:
    """Removals are issued once their monitoring period is over."""
    del books
    act = entry.act
    if isinstance(act, Issuance) and entry.date < act.monitoring_period.end:
        yield Finding(
            where,
            "period-not-over",
            "issued on {found}; the monitoring period ends on {allowed}",
            {"found": entry.date, "allowed": act.monitoring_period.end},
        )


def ground_is_new(where: str, entry: Entry, books: Books) -> Iterator[Finding]:
    """No issuance for the same ground and time, of this project or another."""
    act = entry.act
    if not isinstance(act, Issuance):
        return
    if act.area.sha256 != area_sha256(act.area.polygons):
        yield Finding(where, "area-hash", "the hash of the area is not that of its polygons")
    for number, earlier in enumerate(books.issuances, start=1):
        mine, theirs = act.monitoring_period, earlier.monitoring_period
        if not (mine.start < theirs.end and theirs.start < mine.end):
            continue
        overlap = overlap_m2(act.area.polygons, earlier.area.polygons)
        if overlap > 0:
            yield Finding(
                where,
                "issued-before",
                "{overlap} ha were issued before for {start} to {end}: issuance {number}, project {project}, "
                "package {package}",
                {
                    "overlap": f"{overlap / M2_PER_HA:.4f}",
                    "start": max(mine.start, theirs.start),
                    "end": min(mine.end, theirs.end),
                    "number": number,
                    "project": earlier.project,
                    "package": earlier.package_sha256,
                },
            )


def package_is_new(where: str, entry: Entry, books: Books) -> Iterator[Finding]:
    """A package is issued once."""
    act = entry.act
    if isinstance(act, Issuance) and any(
        earlier.package_sha256 == act.package_sha256 for earlier in books.issuances
    ):
        yield Finding(
            where,
            "package-issued-before",
            "the package {package} was issued before",
            {"package": act.package_sha256},
        )


def carried_in_is_there(where: str, entry: Entry, books: Books) -> Iterator[Finding]:
    """What is carried in from an earlier period is no more than that left over."""
    act = entry.act
    if not isinstance(act, Issuance):
        return
    left = [
        earlier.carried_on_t_co2e
        for earlier in books.issuances
        if (earlier.project, earlier.methodology.id) == (act.project, act.methodology.id)
    ]
    allowed = Decimal(left[-1]) if left else Decimal(0)
    if Decimal(act.carried_in_t_co2e) > allowed:
        yield Finding(
            where,
            "carried-in",
            "{found} t CO₂e are carried in; the issuance before left {allowed}",
            {"found": act.carried_in_t_co2e, "allowed": allowed},
        )


def simulated_is_apart(where: str, entry: Entry, books: Books) -> Iterator[Finding]:
    """Simulated and real units are in no ledger together."""
    act = entry.act
    if not isinstance(act, Issuance | RegistryIssuance):
        return
    simulated = isinstance(act, Issuance) and act.simulated
    if any(facts.simulated != simulated for facts in books.facts.values()):
        yield Finding(
            where,
            "simulated-and-real",
            "the units are simulated; this ledger holds real ones"
            if simulated
            else "the units are real; this ledger holds simulated ones",
        )


def buffer_is_right(where: str, entry: Entry, books: Books) -> Iterator[Finding]:
    """A reversal takes what the buffer has and owes the rest; nothing is released while tonnes are owed."""
    act = entry.act
    if isinstance(act, Reversal):
        yield from _reversal(where, act, books)
    elif isinstance(act, BufferRelease) and books.owed_t_co2e[act.project] > 0:
        yield Finding(
            where,
            "buffer-owed",
            "{project} owes {owed} t CO₂e of a reversal; nothing is released before they are made good",
            {"project": act.project, "owed": books.owed_t_co2e[act.project]},
        )
    elif isinstance(act, Cancellation) and act.settles is not None:
        given = sum(units.count for units in act.units)
        if given > books.owed_t_co2e[act.settles]:
            yield Finding(
                where,
                "settles-too-much",
                "{found} t CO₂e are to make good what {project} owes, which is {allowed}",
                {"found": given, "project": act.settles, "allowed": books.owed_t_co2e[act.settles]},
            )


def _reversal(where: str, act: Reversal, books: Books) -> Iterator[Finding]:
    taken = sum(units.count for units in act.units)
    held = books.in_buffer(act.project)
    if taken != min(act.loss_t_co2e, held) or act.owed_t_co2e != act.loss_t_co2e - taken:
        yield Finding(
            where,
            "reversal-sum",
            "a loss of {loss} t CO₂e with {held} in the buffer: {taken} are cancelled and {owed} owed",
            {"loss": act.loss_t_co2e, "held": held, "taken": taken, "owed": act.owed_t_co2e},
        )
    standing = books.standing(act.project)
    if act.loss_t_co2e > standing:
        yield Finding(
            where,
            "reversal-above-issued",
            "a loss of {loss} t CO₂e; {project} has {allowed} that were issued and not yet reversed",
            {"loss": act.loss_t_co2e, "project": act.project, "allowed": standing},
        )


CHECKS: tuple[Check, ...] = (
    day_follows,
    units_move_once,
    units_are_there,
    series_are_apart,
    tonnes_add_up,
    period_is_over,
    ground_is_new,
    package_is_new,
    carried_in_is_there,
    simulated_is_apart,
    buffer_is_right,
)
"""What is asked of every entry."""


def entry_findings(where: str, entry: Entry, books: Books) -> list[Finding]:
    """Findings of every check about an entry, given the books before it."""
    return [finding for check in CHECKS for finding in check(where, entry, books)]

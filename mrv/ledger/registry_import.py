"""Rows of another registry's tables as acts of a ledger: what closes is taken over, what does not is told.

Units whose serials are not published get a series that says so. Retirements name serials; where the table of
issuances holds none, a project and vintage with one issuance and one series in its retirements can be brought
together, and nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from mrv.findings import Finding, in_order
from mrv.ledger.entries import Act, Cancellation, Origin, RegistryIssuance, Retirement
from mrv.ledger.places import Block, block
from mrv.ledger.registry_columns import Registry
from mrv.ledger.registry_tables import (
    Ended,
    Issued,
    Row,
    UnreadableError,
    ended_columns,
    ended_of,
    issued_columns,
    issued_of,
    read_rows,
    refuse_other_tables,
    row_left_out,
    shared_units,
)

NOT_PUBLISHED = "serials not published"

T = TypeVar("T")
LeftOut = dict[Row, Finding]


@dataclass(frozen=True)
class Tables:
    """Files of a registry."""

    issuances: Path
    retirements: Path | None = None
    cancellations: Path | None = None


@dataclass(frozen=True)
class Imported:
    """What became of the rows.

    Attributes
    ----------
    acts : tuple of Act
        Issuances first, then what became of the units.
    rows : int
        Rows of all tables.
    left_out : tuple of Finding
        One for each row that was not taken over, with the reason.
    """

    acts: tuple[Act, ...]
    rows: int
    left_out: tuple[Finding, ...]


def import_tables(registry: Registry, tables: Tables) -> Imported:
    """Acts of all rows that close.

    Raises
    ------
    UsageError
        If a file is no table of the registry.
    """
    left_out: LeftOut = {}
    rows = _rows(registry, tables.issuances, issued_columns(registry))
    issued = _each(rows, lambda row: issued_of(row, registry), left_out)
    ended, ended_rows = _all_ended(registry, tables, rows, left_out)
    if registry.one_numbering:
        left_out |= shared_units(issued)
        issued = [one for one in issued if one.row not in left_out]
    issued = _with_serials(registry, issued, ended)
    ended = _that_were_issued(ended, issued, left_out)
    issuances = _each(issued, lambda one: _issuance(registry, one), left_out)
    ended = [one for one in ended if one.row not in left_out]
    endings = _each(ended, lambda one: _ending(registry, one), left_out)
    return Imported((*issuances, *endings), len(rows) + ended_rows, tuple(in_order(left_out.values())))


def _rows(registry: Registry, file: Path, columns: tuple[str, ...]) -> list[Row]:
    rows = read_rows(file)
    refuse_other_tables(file, rows, registry, columns)
    return rows


R = TypeVar("R", Row, Issued, Ended)


def _each(items: Iterable[R], make: Callable[[R], T], left_out: LeftOut) -> list[T]:
    """What is made of each item; those that nothing can be made of are told."""
    made = []
    for item in items:
        row = item if isinstance(item, Row) else item.row
        try:
            made.append(make(item))
        except UnreadableError as error:
            left_out[row] = error.finding
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
            left_out[row] = row_left_out(row, "{problem}", problem=problem).finding
    return made


def _all_ended(
    registry: Registry, tables: Tables, issued_rows: list[Row], left_out: LeftOut
) -> tuple[list[Ended], int]:
    """Retirements and cancellations, and how many rows tables of their own have."""
    ended: list[Ended] = []
    count = 0
    if registry.one_table and registry.retired is not None:
        columns = registry.retired
        rows = [row for row in issued_rows if row.cells[columns.day].strip() and row not in left_out]
        ended += _each(rows, lambda row: ended_of(row, "retired", columns, registry), left_out)
    if tables.retirements is not None and registry.retired is not None and not registry.one_table:
        retired = registry.retired
        rows = _rows(registry, tables.retirements, ended_columns(retired))
        count += len(rows)
        ended += _each(rows, lambda row: ended_of(row, "retired", retired, registry), left_out)
    if tables.cancellations is not None and registry.cancelled is not None:
        cancelled = registry.cancelled
        rows = _rows(registry, tables.cancellations, ended_columns(cancelled))
        count += len(rows)
        ended += _each(rows, lambda row: ended_of(row, "cancelled", cancelled, registry), left_out)
    return ended, count


def _with_serials(registry: Registry, issued: list[Issued], ended: list[Ended]) -> list[Issued]:
    """Issuances with the serials of their units, where these are published or can be told."""
    series = defaultdict(set)
    largest: Counter[tuple[str, int]] = Counter()
    for one in ended:
        series[one.key].add(one.units.series)
        largest[one.key] = max(largest[one.key], one.units.last)
    alike = Counter(own.key for own in issued)
    found = []
    for own, name in zip(issued, _nameless(registry, issued), strict=True):
        units, buffered = own.units, None
        if units is None and own.credits:
            told = alike[own.key] == 1 and len(series[own.key]) == 1 and largest[own.key] <= own.credits
            units = block(
                next(iter(series[own.key])) if told else f"{name}: {{first}}-{{last}}", 1, own.credits
            )
        if own.buffer:
            buffered = block(f"{name}, buffer: {{first}}-{{last}}", 1, own.buffer)
        found.append(replace(own, units=units, buffered=buffered))
    return found


def _nameless(registry: Registry, issued: list[Issued]) -> list[str]:
    """Names for units without published serials: each its own, whatever the order of the table."""
    counts = Counter[str]()
    names = []
    for one in issued:
        name = f"{registry.name} {one.project} {one.vintage}, issued {one.day}, {NOT_PUBLISHED}"
        counts[name] += 1
        names.append(f"{name} ({counts[name]})")
    return names


def _that_were_issued(ended: list[Ended], issued: list[Issued], left_out: LeftOut) -> list[Ended]:
    """Retirements and cancellations of units whose issuance is known, each unit once."""
    known: dict[tuple[str, int], list[Block]] = defaultdict(list)
    for own in issued:
        known[own.key] += [own.units] if own.units else []
    taken: list[Block] = []
    found = []
    for one in ended:
        if one.row in left_out:
            continue
        if one.key not in known:
            message = "no row of the issuances has project {project} and vintage {vintage}"
        elif not any(_overlap(one.units, units) == one.units.count for units in known[one.key]):
            message = (
                "{serial} is in no issuance of project {project}, vintage {vintage}, whose serials are known"
            )
        elif any(_overlap(one.units, units) for units in taken):
            message = "{serial}: some of these units were retired or cancelled by a row before"
        else:
            taken.append(one.units)
            found.append(one)
            continue
        values: dict[str, object] = {
            "project": one.project,
            "vintage": one.vintage,
            "serial": one.units.serial,
        }
        left_out[one.row] = row_left_out(one.row, message, **values).finding
    return found


def _overlap(one: Block, other: Block) -> int:
    """Units that two blocks have in common."""
    if one.series != other.series:
        return 0
    return max(min(one.last, other.last) - max(one.first, other.first) + 1, 0)


def _origin(registry: Registry, row: Row, issued: Issued | Ended) -> Origin:
    return Origin(registry=registry.name, file=row.file, sha256=row.sha256, row=row.number, date=issued.day)


def _issuance(registry: Registry, issued: Issued) -> RegistryIssuance:
    return RegistryIssuance(
        project=issued.project,
        methodology=issued.methodology,
        vintage=issued.vintage,
        credits=issued.units,
        buffer=issued.buffered,
        account=registry.name,
        origin=_origin(registry, issued.row, issued),
    )


def _ending(registry: Registry, ended: Ended) -> Act:
    origin = _origin(registry, ended.row, ended)
    if ended.kind == "cancelled":
        return Cancellation(
            units=(ended.units,), from_account=registry.name, reason=ended.reason, origin=origin
        )
    return Retirement(
        units=(ended.units,),
        from_account=registry.name,
        beneficiary=ended.beneficiary,
        reason=ended.reason,
        origin=origin,
    )

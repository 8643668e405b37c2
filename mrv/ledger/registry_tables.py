"""Tables that other registries publish, as rows of one form: what was issued, what was retired or cancelled.

Every registry names its columns and writes its serials in a way of its own: see
:mod:`mrv.ledger.registry_columns`. A row that does not close in itself, such as a serial that holds another
number of units than the row says, is told and left out.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from mrv.errors import UsageError
from mrv.findings import Finding
from mrv.ledger.places import Block, block
from mrv.ledger.ranges import LARGEST
from mrv.ledger.registry_columns import EndedColumns, Registry
from mrv.provenance import sha256_of_bytes

DAY_FORMS = ("%Y-%m-%d", "%m/%d/%Y")
"""Ways in which registries write days; what follows of the time of day is left out."""

NOT_STATED = "not stated"

LONGEST_TEXT = 300
"""Characters of a reason that are taken over."""

LARGEST_FILE = 256 * 2**20
"""Size up to which a table is read. [bytes]"""


@dataclass(frozen=True)
class Row:
    """A row of a table; one is another than all others by its file and number.

    Attributes
    ----------
    file, sha256 : str
        The table and its hash.
    number : int
        Row, the one with the names of columns being the first.
    cells : mapping of str to str
    """

    file: str
    sha256: str
    number: int
    cells: Mapping[str, str] = field(compare=False)

    @property
    def where(self) -> str:
        """Row as findings name it."""
        return f"{self.file}:{self.number}"

    def text(self, columns: tuple[str, ...], otherwise: str = NOT_STATED) -> str:
        """First cell that is not empty, its spaces set right."""
        cells = (unicodedata.normalize("NFC", self.cells[column]) for column in columns)
        texts = (" ".join(cell.split())[:LONGEST_TEXT].strip() for cell in cells)
        return next((text for text in texts if text), otherwise)


@dataclass(frozen=True)
class Issued:
    """A row of issuances: so many units of a project and vintage.

    Attributes
    ----------
    row : Row
    project, methodology : str
    vintage : int
    credits, buffer : int
        [t_co2e]
    day : date
    units, buffered : Block or None
        Credits and buffer with their serials, once these are known.
    """

    row: Row
    project: str
    methodology: str
    vintage: int
    credits: int
    buffer: int
    day: date
    units: Block | None
    buffered: Block | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Project and vintage, by which rows of different tables are brought together."""
        return self.project, self.vintage


@dataclass(frozen=True)
class Ended:
    """A row of retirements or cancellations."""

    row: Row
    kind: Literal["retired", "cancelled"]
    project: str
    vintage: int
    units: Block
    day: date
    beneficiary: str
    reason: str

    @property
    def key(self) -> tuple[str, int]:
        """Project and vintage, as of issuances."""
        return self.project, self.vintage


class UnreadableError(Exception):
    """A row that does not close in itself; carries its finding."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(str(finding))


def read_rows(file: Path) -> list[Row]:
    """Rows of a CSV table.

    Raises
    ------
    UsageError
        If it cannot be read, or is larger than a table may be.
    """
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise UsageError("{file}: is larger than {allowed} bytes", file=file, allowed=LARGEST_FILE)
        content = file.read_bytes()
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), restval="", restkey="")
        digest = sha256_of_bytes(content)
        return [
            Row(file.name, digest, number, {name: str(cell) for name, cell in cells.items()})
            for number, cells in enumerate(reader, start=2)
        ]
    except OSError as error:
        raise UsageError("{file}: cannot be read: {problem}", file=file, problem=error.strerror) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError("{file}: is no CSV table in UTF-8: {problem}", file=file, problem=error) from None


def refuse_other_tables(file: Path, rows: list[Row], registry: Registry, wanted: tuple[str, ...]) -> None:
    """Refuse a table that lacks a column.

    Raises
    ------
    UsageError
        With the columns that are missing.
    """
    missing = [column for column in wanted if rows and column not in rows[0].cells]
    if missing:
        raise UsageError(
            "{file}: is no table of {registry}: it has no column {columns}",
            file=file,
            registry=registry.name,
            columns=", ".join(missing),
        )


def issued_columns(registry: Registry) -> tuple[str, ...]:
    """Columns that a table of issuances must have."""
    own = registry.issued
    return tuple(
        filter(None, (own.project, own.methodology, own.vintage, own.total, own.day, *own.buffer, own.serial))
    )


def ended_columns(columns: EndedColumns) -> tuple[str, ...]:
    """Columns that a table of retirements or cancellations must have."""
    own = columns
    return (own.project, own.vintage, own.serial, own.quantity, own.day, *own.beneficiary, *own.reason)


def issued_of(row: Row, registry: Registry) -> Issued:
    """Issuance of a row.

    Raises
    ------
    UnreadableError
        If it does not close.
    """
    own = registry.issued
    total = whole_number(row, own.total)
    buffered = sum(whole_number(row, column) if row.cells[column].strip() else 0 for column in own.buffer)
    if buffered > total or total == 0:
        raise row_left_out(
            row,
            "{total} units were issued and {buffer} of them went to the buffer",
            total=total,
            buffer=buffered,
        )
    units = None if own.serial is None else block_in(row, own.serial, registry, total)
    return Issued(
        row,
        row.text((own.project,)),
        row.text((own.methodology,)),
        year(row, own.vintage),
        total - buffered,
        buffered,
        day(row, own.day),
        units,
    )


def ended_of(
    row: Row, kind: Literal["retired", "cancelled"], columns: EndedColumns, registry: Registry
) -> Ended:
    """Retirement or cancellation of a row.

    Raises
    ------
    UnreadableError
        If it does not close.
    """
    return Ended(
        row,
        kind,
        row.text((columns.project,)),
        year(row, columns.vintage),
        block_in(row, columns.serial, registry, whole_number(row, columns.quantity)),
        day(row, columns.day),
        row.text(columns.beneficiary),
        row.text(columns.reason),
    )


def whole_number(row: Row, column: str) -> int:
    """Whole number of a cell, with commas between thousands or without."""
    found = re.fullmatch(r"(\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(?:\.0*)?", row.cells[column].strip(), re.ASCII)
    if found is None:
        message = "{column}: {found!r} is not a whole number of units"
        raise row_left_out(row, message, column=column, found=row.cells[column])
    return int(found[1].replace(",", ""))


def year(row: Row, column: str) -> int:
    """Calendar year of a cell that holds a year or a day."""
    found = re.match(r"(19|2[0-9])[0-9]{2}(?![0-9])", row.cells[column].strip())
    if found is None:
        raise row_left_out(row, "{column}: {found!r} is not a year", column=column, found=row.cells[column])
    return int(found[0])


def day(row: Row, column: str) -> date:
    """Day of a cell."""
    words = re.split("[T ]", row.cells[column].strip())
    for form in DAY_FORMS:
        try:
            return datetime.strptime(words[0], form).date()
        except ValueError:
            continue
    raise row_left_out(row, "{column}: {found!r} is not a day", column=column, found=row.cells[column])


def block_in(row: Row, column: str, registry: Registry, count: int) -> Block:
    """Block that a serial names; it must hold as many units as the row says."""
    serial = " ".join(row.cells[column].split())
    found = re.fullmatch(registry.serial, serial, re.ASCII)
    if found is None or {"{", "}"} & set(serial):
        message = "{column}: {found!r} is no serial of {registry}"
        raise row_left_out(row, message, column=column, found=serial, registry=registry.name)
    first, last = int(found["first"]), int(found["last"])
    if not 1 <= first <= last < LARGEST or last - first + 1 != count:
        message = "{column}: {found} holds {held} units, the row says {count}"
        raise row_left_out(row, message, column=column, found=serial, held=last - first + 1, count=count)
    start, end = found.span("first"), found.span("last")
    series = f"{serial[: start[0]]}{{first}}{serial[start[1] : end[0]]}{{last}}{serial[end[1] :]}"
    return block(series, first, last)


def row_left_out(row: Row, message: str, **values: object) -> UnreadableError:
    """Reason for which a row is left out."""
    return UnreadableError(Finding(row.where, "registry-row", message, values, severity="note"))


def shared_units(rows: Sequence[Issued]) -> dict[Row, Finding]:
    """Rows whose units an earlier row of the same table names, too, in whatever series."""
    found: dict[Row, Finding] = {}
    named = sorted((row for row in rows if row.units), key=_span)
    for one, other in itertools.pairwise(named):
        if _span(other)[0] <= _span(one)[1]:
            message = "its units are those of row {number}, too"
            found[other.row] = row_left_out(other.row, message, number=one.row.number).finding
    return found


def _span(issued: Issued) -> tuple[int, int, int]:
    units = issued.units
    return (units.first, units.last, issued.row.number) if units else (0, 0, 0)

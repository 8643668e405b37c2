"""A ledger's file: read and checked whole, added to under a lock, mended where writing was broken off."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mrv.errors import InputError, LedgerError, UsageError
from mrv.evidence.keys import fingerprint
from mrv.findings import Finding, in_order
from mrv.ledger.accounts import Books, Held
from mrv.ledger.chain import (
    LIMITS,
    Keys,
    Limits,
    Line,
    chain_findings,
    parse_entry,
    read_lines,
    signature_findings,
    size_findings,
)
from mrv.ledger.checks import entry_findings
from mrv.ledger.entries import NO_LINE, Act, Entry


@dataclass(frozen=True)
class Appended:
    """What was added to a ledger.

    Attributes
    ----------
    entries : tuple of Entry
    books : Books
        Where every unit lies now.
    head : str
        Hash of the last line now.
    """

    entries: tuple[Entry, ...]
    books: Books
    head: str


@dataclass(frozen=True)
class Ledger:
    """A ledger as it was read.

    Attributes
    ----------
    file : Path
    books : Books
        Where every unit lies.
    findings : tuple of Finding
        All that is wrong with it; none in a sound ledger.
    hashes : tuple of str
        Hash of every line; the last one is the head.
    """

    file: Path
    books: Books
    findings: tuple[Finding, ...]
    hashes: tuple[str, ...]

    @property
    def head(self) -> str:
        """Hash of the last line: who keeps it can tell whether the tail was cut off."""
        return self.hashes[-1] if self.hashes else NO_LINE


def read_ledger(file: Path, keys: Keys | None = None, limits: Limits = LIMITS) -> Ledger:
    """Read a ledger and check every line of it.

    Parameters
    ----------
    file : Path
    keys : mapping of str to Ed25519PublicKey, optional
        Keys that every entry must be signed by, by fingerprint.
    limits : Limits, optional
        Bounds of what is read.

    Returns
    -------
    Ledger
        Its findings are not raised.

    Raises
    ------
    UsageError
        If there is no such file.
    """
    with _while_nobody_writes(file):
        return _read(file, keys or {}, limits)


def _read(file: Path, keys: Keys, limits: Limits = LIMITS) -> Ledger:
    hashes: list[str] = []
    findings: list[Finding] = []
    books = Books()
    for number, line in enumerate(read_lines(file, limits), start=1):
        if isinstance(line, Finding):
            findings.append(line)
            break
        entry, problems = parse_entry(line)
        findings += problems
        if entry is not None:
            previous = hashes[-1] if hashes else NO_LINE
            findings += chain_findings(line, entry, number, previous)
            findings += signature_findings(line, entry, keys, signed_before=books.signed)
            findings += entry_findings(line.where, entry, books)
            books.post(entry)
        hashes.append(line.sha256)
    return Ledger(file, books, tuple(in_order(findings)), tuple(hashes))


def read_entries(file: Path) -> Iterator[Entry]:
    """Entries of a ledger that was found sound, one by one."""
    for line in read_lines(file):
        if isinstance(line, Line) and (entry := parse_entry(line)[0]) is not None:
            yield entry


def sound_ledger(file: Path, keys: Keys | None = None) -> Ledger:
    """Read a ledger that must be sound.

    Raises
    ------
    LedgerError
        With every finding, if it is not.
    """
    return _sound(read_ledger(file, keys))


def _sound(ledger: Ledger) -> Ledger:
    if ledger.findings:
        raise LedgerError(ledger.findings)
    return ledger


def head_findings(ledger: Ledger, head: str) -> list[Finding]:
    """Whether the line that somebody kept the hash of is still there; if not, the tail was cut off."""
    if head in ledger.hashes:
        return []
    return [
        Finding(
            f"{ledger.file.name}:{len(ledger.hashes)}",
            "ledger-head",
            "no line has the hash {head}: lines from there on were cut off or written anew",
            {"head": head},
        )
    ]


def free_units(ledger: Ledger) -> list[Held]:
    """Units that lie in accounts and can be handed on, by project, vintage and serial."""
    return ledger.books.holdings(kind="account")


Propose = Callable[[Books], Sequence[Act]]
"""Acts to be added, given the books as they are under the lock."""


def append(
    file: Path,
    propose: Propose,
    day: date,
    key: Ed25519PrivateKey | None = None,
) -> Appended:
    """Add entries to a ledger, all of them or none; the file is made where there is none.

    The ledger is locked, read and checked, then the lines are written and brought to the disk. Nobody else
    can add an entry in between, so what is proposed holds for the books that it was computed from. If the
    process dies while it writes several entries, the first of them may be there without the others.

    Parameters
    ----------
    file : Path
    propose : callable
        Told the books; gives the acts.
    day : date
        Day of the entries.
    key : Ed25519PrivateKey, optional
        What the entries are signed with; required where earlier ones are signed.

    Returns
    -------
    Appended

    Raises
    ------
    LedgerError
        If the ledger is broken; nothing is added to such a one.
    InputError
        With every finding, if an act cannot be added.
    UsageError
        If the file cannot be written.
    """
    if not file.exists():
        empty = Ledger(file, Books(), (), ())
        _entries(empty, propose(empty.books), day, key)  # refused before the file is made
    with _locked(file) as descriptor:
        ledger = _sound(_read(file, {}))
        entries = _entries(ledger, propose(ledger.books), day, key)
        _write(file, descriptor, b"".join(entry.line for entry in entries))
    return Appended(tuple(entries), ledger.books, entries[-1].sha256 if entries else ledger.head)


def _entries(ledger: Ledger, acts: Sequence[Act], day: date, key: Ed25519PrivateKey | None) -> list[Entry]:
    """Acts as entries that follow on a ledger; its books are carried on with them."""
    file = ledger.file
    if key is None and ledger.books.signed:
        raise UsageError("{file}: its entries are signed; name the key with --key", file=file)
    books, previous = ledger.books, ledger.head
    entries: list[Entry] = []
    findings: list[Finding] = []
    for act in acts:
        entry = Entry(number=books.count + 1, previous=previous, date=day, act=act)
        if key is not None:
            entry = signed(entry, key)
        where = f"{file.name}:{entry.number}"
        found = [*size_findings(where, entry.number, len(entry.line)), *entry_findings(where, entry, books)]
        findings += found
        entries.append(entry)
        books.post(entry)
        previous = entry.sha256
    if findings:
        raise InputError(in_order(findings))
    return entries


def signed(entry: Entry, key: Ed25519PrivateKey) -> Entry:
    """An entry signed with a key."""
    named = entry.model_copy(update={"signer": fingerprint(key.public_key()), "signature": None})
    return named.model_copy(update={"signature": key.sign(named.signed_bytes).hex()})


@contextmanager
def _locked(file: Path) -> Iterator[int]:
    """Descriptor of the file, locked against everybody else who adds to it; made where there is none."""
    try:
        new = not file.exists()
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not (file.exists() and os.path.samestat(os.fstat(descriptor), file.stat())):
                raise UsageError("{file}: was replaced while it was waited for; try again", file=file)
            if new:
                _sync_folder(file.parent)
            yield descriptor
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UsageError("{file}: cannot be written: {problem}", file=file, problem=error.strerror) from None


@contextmanager
def _while_nobody_writes(file: Path) -> Iterator[None]:
    """Hold writers off while the file is read, so that no half-written line is seen."""
    if not file.is_file():
        raise UsageError("{file}: there is no such ledger", file=file)
    try:
        with file.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH)
            yield
    except OSError as error:
        raise UsageError("{file}: cannot be read: {problem}", file=file, problem=error.strerror) from None


def _sync_folder(folder: Path) -> None:
    """Bring the name of a new file to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(file: Path, descriptor: int, content: bytes) -> None:
    """Bring lines to the disk, whole; what was written of them is taken back if that fails."""
    length = file.stat().st_size
    left = memoryview(content)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    except OSError:
        _cut(descriptor, length)
        raise


def _cut(descriptor: int, length: int) -> None:
    os.ftruncate(descriptor, length)
    os.fsync(descriptor)


def repair(file: Path) -> bytes:
    """Mend a last line that writing was broken off at, and give what was taken away.

    An entry counts as written only when its whole line is on the disk; a part of one was never told to
    anybody as done. If nothing but the line feed is missing, it is added, and nothing taken away.

    Raises
    ------
    UsageError
        If the last line is whole, or the file cannot be written.
    LedgerError
        If the file is larger than a ledger may be.
    """
    if not file.is_file():
        raise UsageError("{file}: there is no such ledger", file=file)
    with _locked(file) as descriptor:
        last, length = None, 0
        for line in read_lines(file):
            if isinstance(line, Finding):
                raise LedgerError([line])
            last, length = line, length + len(line.content)
        if last is None or last.content.endswith(b"\n"):
            raise UsageError("{file}: the last line is whole; there is nothing to mend", file=file)
        if parse_entry(Line(last.where, last.content + b"\n"))[0] is not None:
            _write(file, descriptor, b"\n")
            return b""
        _cut(descriptor, length - len(last.content))
        return last.content

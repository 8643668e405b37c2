"""Lines of a ledger and the chain of hashes between them: is every byte as it was written, by whom?

Every line but the first holds the hash of the one before it. So a byte that was changed, a line that was
taken out or put elsewhere shows at the next line. What the chain alone cannot show: a tail that was cut
off (only who kept the hash of the last line can tell), and a chain that somebody computed anew from some
line on (only signatures can tell: who holds no key cannot make them).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from mrv.errors import UsageError
from mrv.evidence.keys import fingerprint, is_signed_by
from mrv.findings import Finding, Phrase
from mrv.ledger.entries import NO_LINE, Entry
from mrv.ledger.texts import shown
from mrv.provenance import sha256_of_bytes

Keys = Mapping[str, Ed25519PublicKey]
"""Keys by their fingerprints."""

PROBLEMS_TOLD = 5
"""What is told of one line that cannot be read; a hostile one could hold any number of faults."""


@dataclass(frozen=True)
class Limits:
    """Bounds of a ledger that is read: a hostile one must not fill the memory.

    Attributes
    ----------
    line_bytes : int
    entries : int
    """

    line_bytes: int = 16 * 2**20
    entries: int = 1_000_000


LIMITS = Limits()


@dataclass(frozen=True)
class Line:
    """A line of the file.

    Attributes
    ----------
    where : str
        File and number, as findings name it.
    content : bytes
        With its line feed; without one, if the line was cut off.
    """

    where: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Hash of the line, its line feed included."""
        return sha256_of_bytes(self.content)


def keys_by_fingerprint(keys: Collection[Ed25519PublicKey]) -> Keys:
    """Keys by what entries call them."""
    return {fingerprint(key): key for key in keys}


def read_lines(file: Path, limits: Limits = LIMITS) -> Iterator[Line | Finding]:
    """Lines of a ledger one by one; a finding, and no more lines, where a bound is reached.

    Raises
    ------
    UsageError
        If the file cannot be read.
    """
    try:
        with file.open("rb") as stream:
            for number in range(1, limits.entries + 2):
                content = stream.readline(limits.line_bytes + 1)
                if not content:
                    return
                where = f"{file.name}:{number}"
                too_large = size_findings(where, number, len(content), limits)
                if too_large:
                    yield from too_large
                    return
                yield Line(where, content)
    except OSError as error:
        raise UsageError("{file}: cannot be read: {problem}", file=file, problem=error.strerror) from None


def size_findings(where: str, number: int, size: int, limits: Limits = LIMITS) -> list[Finding]:
    """Whether a line is within the bounds of a ledger.

    Parameters
    ----------
    where : str
    number : int
        Of the line.
    size : int
        Of the line. [bytes]
    limits : Limits, optional
    """
    if number <= limits.entries and size <= limits.line_bytes:
        return []
    return [
        Finding(
            where,
            "ledger-too-large",
            "a ledger may have {entries} entries of {bytes} bytes; this one has more",
            {"entries": limits.entries, "bytes": limits.line_bytes},
        )
    ]


def parse_entry(line: Line) -> tuple[Entry | None, list[Finding]]:
    """Entry of a line; without one, what is wrong with the line."""
    if not line.content.endswith(b"\n"):
        return None, [
            Finding(
                line.where,
                "ledger-line-torn",
                "the line has no end: writing it was broken off. `mrv ledger verify --repair` takes it away",
            )
        ]
    try:
        entry = Entry.model_validate_json(line.content)
    except ValidationError as error:
        return None, _unreadable(line, error)
    if entry.line != line.content:
        return None, [
            Finding(
                line.where,
                "ledger-line-form",
                "the line is not written as its entry is: keys in order, each once, no spaces, UTF-8",
            )
        ]
    return entry, []


def _unreadable(line: Line, error: ValidationError) -> list[Finding]:
    problems = error.errors(include_url=False, include_input=False)
    return [
        Finding(
            line.where,
            "ledger-line-unreadable",
            "no entry of a ledger: {place}: {problem}",
            {
                "place": shown(".".join(map(str, problem["loc"]))) or Phrase("the line"),
                "problem": shown(problem["msg"].removeprefix("Value error, ")),
            },
        )
        for problem in problems[:PROBLEMS_TOLD]
    ]


def chain_findings(line: Line, entry: Entry, number: int, previous: str) -> Iterator[Finding]:
    """Whether an entry follows on the line before it.

    Parameters
    ----------
    line : Line
    entry : Entry
    number : int
        Number that the entry should have.
    previous : str
        Hash of the line before it.
    """
    if entry.number != number:
        yield Finding(
            line.where,
            "ledger-number",
            "the entry has number {found}; after {before} entries {allowed} was expected",
            {"found": entry.number, "before": number - 1, "allowed": number},
        )
    if entry.previous != previous:
        message = (
            "the first entry names a line before it; {zeros} was expected"
            if previous == NO_LINE
            else "the chain is broken: the line before has the hash {before}, the entry names {found}. One "
            "of the two lines was changed, put elsewhere, or a line between them taken away"
        )
        yield Finding(
            line.where,
            "ledger-chain",
            message,
            {"before": previous, "found": entry.previous, "zeros": NO_LINE},
        )


def signature_findings(line: Line, entry: Entry, keys: Keys, *, signed_before: bool) -> Iterator[Finding]:
    """Whether the right key signed an entry.

    Parameters
    ----------
    line : Line
    entry : Entry
    keys : mapping of str to Ed25519PublicKey
        Those trusted, by fingerprint; empty where none is known. Then it is only told whether signatures
        stop.
    signed_before : bool
        Whether an entry before it is signed.
    """
    rule = "ledger-signature"
    if entry.signature is None:
        if keys or signed_before:
            yield Finding(
                line.where,
                rule,
                "the entry is not signed, others before it are"
                if signed_before
                else "the entry is not signed; a signature of one of these keys was expected: {allowed}",
                {"allowed": ", ".join(keys)},
            )
        return
    if not keys:
        return
    key = keys.get(str(entry.signer))
    if key is None:
        yield Finding(
            line.where,
            rule,
            "the entry is signed by {found}, which is none of the trusted keys: {allowed}",
            {"found": entry.signer, "allowed": ", ".join(keys)},
        )
    elif not is_signed_by(key, bytes.fromhex(entry.signature), entry.signed_bytes):
        yield Finding(
            line.where,
            rule,
            "the signature is not one of {found} over this entry: it was forged, or the entry changed",
            {"found": entry.signer},
        )

"""Entries of a ledger as frozen values, and the one line of bytes that each of them is written as.

The line is the canonical JSON of RFC 8785 for what entries hold: keys in order, no white space, UTF-8 in
normal form C, whole numbers below 2⁵³ and no others. A line that is not what its entry would be written as
is refused, so there is one way only to write an entry down.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from mrv.ledger.places import Block
from mrv.ledger.ranges import Count, Fixed, Range
from mrv.ledger.texts import Text
from mrv.provenance import sha256_of_bytes

SCHEMA = "mrv-ledger/1"

NO_LINE = "0" * 64
"""What stands for the hash of the line before the first."""

Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Signature = Annotated[str, Field(pattern="^[0-9a-f]{128}$")]
Vintage = Annotated[int, Field(ge=1900, le=2999)]
Longitude = Annotated[int, Field(ge=-1_800_000_000, le=1_800_000_000)]
Latitude = Annotated[int, Field(ge=-900_000_000, le=900_000_000)]
Ring = Annotated[tuple[tuple[Longitude, Latitude], ...], Field(min_length=4)]
Polygon = Annotated[tuple[Ring, ...], Field(min_length=1)]
Fraction = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,30})?$")]
"""Part of a tonne, in decimals."""


class Period(Fixed):
    """Days from the first on; the end is not part of it."""

    start: date
    end: date

    @model_validator(mode="after")
    def _end_after_start(self) -> Period:
        if not self.start < self.end:
            raise ValueError("the end of a period lies after its start")
        return self


class Area(Fixed):
    """Ground of an issuance: polygons in EPSG:4326, longitude and latitude in 10⁻⁷ degrees (1 cm)."""

    sha256: Hash
    polygons: Annotated[tuple[Polygon, ...], Field(min_length=1)]


class HashedFile(Fixed):
    """A file and the hash of its bytes."""

    name: Text
    sha256: Hash


class MethodologyUsed(Fixed):
    """The methodology of an issuance, its files as used, and how close to an official text it stands."""

    id: Text
    conformance: Literal["reconstruction", "own_statement", "structure", "conformant"]
    files: tuple[HashedFile, ...]


class Verified(Fixed):
    """The verification that an issuance rests on."""

    statement_sha256: Hash
    verdict: Literal["identical", "within tolerance"]
    verifier: Annotated[Hash | None, Field(description="Key that signed the statement; null: run here")]


class VintageUnits(Fixed):
    """Units of a calendar year: credits to an account, and those that go to the buffer."""

    vintage: Vintage
    series: Text
    credits: Range | None
    buffer: Range | None


class Origin(Fixed):
    """Row of another registry's table that an act was taken from."""

    registry: Text
    file: Text
    sha256: Hash
    row: Count
    date: date


class Issuance(Fixed):
    """Units for the removals of a verified package."""

    kind: Literal["issuance"] = "issuance"
    project: Text
    simulated: bool
    methodology: MethodologyUsed
    package_sha256: Hash
    package_signer: Hash | None
    verified: Verified
    monitoring_period: Period
    area: Area
    issuable_t_co2e: Annotated[int, Field(ge=0, lt=10**12, description="Whole tonnes that the results allow")]
    buffer_t_co2e: Annotated[int, Field(ge=0, lt=10**12)]
    carried_in_t_co2e: Fraction
    carried_on_t_co2e: Fraction
    waivers: tuple[Text, ...]
    account: Text
    vintages: Annotated[tuple[VintageUnits, ...], Field(min_length=1)]


class RegistryIssuance(Fixed):
    """Units that another registry issued."""

    kind: Literal["registry_issuance"] = "registry_issuance"
    project: Text
    methodology: Text
    vintage: Vintage
    credits: Block | None
    buffer: Block | None
    account: Text
    origin: Origin

    @model_validator(mode="after")
    def _something_was_issued(self) -> RegistryIssuance:
        if self.credits is None and self.buffer is None:
            raise ValueError("an issuance without units")
        return self


class Transfer(Fixed):
    """Units that go from one account to another."""

    kind: Literal["transfer"] = "transfer"
    units: Annotated[tuple[Block, ...], Field(min_length=1)]
    from_account: Text
    to_account: Text


class Retirement(Fixed):
    """Units that are used up for a beneficiary."""

    kind: Literal["retirement"] = "retirement"
    units: Annotated[tuple[Block, ...], Field(min_length=1)]
    from_account: Text
    beneficiary: Text
    reason: Text
    origin: Origin | None = None


class Cancellation(Fixed):
    """Units that are taken out of the market for no beneficiary."""

    kind: Literal["cancellation"] = "cancellation"
    units: Annotated[tuple[Block, ...], Field(min_length=1)]
    from_account: Text
    reason: Text
    settles: Annotated[Text | None, Field(description="Project whose owed tonnes they make good")] = None
    origin: Origin | None = None


class BufferRelease(Fixed):
    """Units of a project's buffer that go to an account."""

    kind: Literal["buffer_release"] = "buffer_release"
    project: Text
    units: Annotated[tuple[Block, ...], Field(min_length=1)]
    to_account: Text
    document: Text


class Reversal(Fixed):
    """A loss of carbon after its issuance: buffer units are cancelled, what they do not cover is owed."""

    kind: Literal["reversal"] = "reversal"
    project: Text
    loss_t_co2e: Count
    units: tuple[Block, ...]
    owed_t_co2e: Annotated[int, Field(ge=0, lt=10**12)]
    document: Text


Act = Annotated[
    Issuance | RegistryIssuance | Transfer | Retirement | Cancellation | BufferRelease | Reversal,
    Field(discriminator="kind"),
]


class Entry(Fixed):
    """One line of a ledger."""

    model_config = ConfigDict(populate_by_name=True)

    schema_: Literal["mrv-ledger/1"] = Field("mrv-ledger/1", alias="schema")
    number: Count
    previous: Hash
    date: date
    act: Act
    signer: Annotated[Hash | None, Field(description="Fingerprint of the key that signed")] = None
    signature: Annotated[Signature | None, Field(description="Ed25519, of the line without this key")] = None

    @model_validator(mode="after")
    def _signed_by_someone(self) -> Entry:
        if self.signature is not None and self.signer is None:
            raise ValueError("a signature without its signer")
        return self

    @property
    def line(self) -> bytes:
        """Bytes that the entry is written as, with the line feed."""
        return canonical(self.model_dump(mode="json", by_alias=True))

    @property
    def signed_bytes(self) -> bytes:
        """Bytes that the signature is of."""
        return canonical(self.model_dump(mode="json", by_alias=True, exclude={"signature"}))

    @property
    def sha256(self) -> str:
        """Hash by which the next entry, and whoever keeps the head of the ledger, knows this one."""
        return sha256_of_bytes(self.line)


def canonical(document: object) -> bytes:
    """Canonical JSON of a document without fractions, ended by a line feed."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


def entry_json_schema() -> dict[str, Any]:
    """JSON Schema of an entry, one line of a ledger."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Entry.model_json_schema(by_alias=True),
        "title": "Entry of an mrv ledger",
    }

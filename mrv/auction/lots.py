"""Lots of an auction as a person declares them, and the units of a ledger that each of them holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mrv.errors import InputError
from mrv.findings import Finding, in_order
from mrv.ledger.accounts import Held, account, oldest_first
from mrv.ledger.book import Ledger
from mrv.ledger.places import Block
from mrv.run.results import Text
from mrv.yaml_file import SLUG_PATTERN, Positions, parse_yaml, validate_yaml

Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]
Words = Annotated[str, Field(min_length=1, pattern=r"\S")]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Declared):
    """A text in both languages."""

    zh: Words = Field(description="中文。")
    en: Words = Field(description="English.")

    @property
    def text(self) -> Text:
        """The same as reports take it."""
        return Text(zh=self.zh, en=self.en)


class Seller(_Declared):
    """Who sells, and the account that the units lie in."""

    name: Bilingual
    account: Words = Field(description="Account of the ledger that the units lie in.")
    contact: Bilingual | None = Field(None, description="Where bidders ask.")


class Platform(_Declared):
    """Where the auction is held, and by which rules."""

    name: Bilingual
    rules: Bilingual = Field(description="Rules of the platform that hold, by title and date.")


class Cost(_Declared):
    """A cost of the project that the start price is to cover."""

    item: Bilingual
    cny: Money = Field(description="Of all lots together. [CNY]")
    source: Words = Field(description="Document that the cost stands in.")


class Lot(_Declared):
    """One lot."""

    id: Annotated[str, Field(pattern=SLUG_PATTERN)]
    tonnes: Annotated[int, Field(gt=0, lt=10**12)] = Field(description="Whole tonnes. [t_co2e]")
    vintages: tuple[int, ...] | None = Field(None, description="Only units of these years; any if left out.")
    project: Words | None = Field(None, description="Only units of this project; any if left out.")
    start_price_cny_t: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)] = Field(
        description="[CNY/t]"
    )
    step_cny_t: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)] = Field(
        description="Least raise. [CNY/t]"
    )
    deposit_cny: Money = Field(description="Deposit of each bidder. [CNY]")
    opens: datetime = Field(description="With its offset, such as 2026-12-01T10:00:00+08:00.")
    closes: datetime

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Lot:
        if self.opens.tzinfo is None or self.closes.tzinfo is None:
            raise ValueError("opens and closes need an offset, such as +08:00")
        if not self.opens < self.closes:
            raise ValueError("closes must lie after opens")
        return self

    @property
    def start_total_cny(self) -> Decimal:
        """Start price of the whole lot. [CNY]"""
        return self.start_price_cny_t * self.tonnes


class Auction(_Declared):
    """``lots.yaml``: seller, platform and lots of an auction."""

    schema_: Literal["mrv-lots/1"] = Field(alias="schema")
    title: Bilingual
    seller: Seller
    platform: Platform
    lots: Annotated[tuple[Lot, ...], Field(min_length=1)]
    costs: tuple[Cost, ...] = Field((), description="For a start price that covers them.")
    note: Bilingual | None = Field(None, description="What bidders must know besides.")


@dataclass(frozen=True)
class DealtLot:
    """A lot with the units that it holds.

    Attributes
    ----------
    lot : Lot
    units : tuple of Held
        Blocks, the oldest vintage and lowest numbers first.
    """

    lot: Lot
    units: tuple[Held, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Its blocks of serials."""
        return tuple(held.units for held in self.units)

    @property
    def vintages(self) -> dict[int, int]:
        """Tonnes of each year."""
        tonnes: dict[int, int] = {}
        for held in self.units:
            tonnes[held.facts.vintage] = tonnes.get(held.facts.vintage, 0) + held.units.count
        return dict(sorted(tonnes.items()))


@dataclass(frozen=True)
class Dealt:
    """An auction with its lots filled from a ledger.

    Attributes
    ----------
    auction : Auction
    lots : tuple of DealtLot
    free_tonnes : int
        Units of the seller that no lot holds. [t_co2e]
    simulated : bool
        Whether any unit is of a simulated project.
    """

    auction: Auction
    lots: tuple[DealtLot, ...]
    free_tonnes: int
    simulated: bool

    @property
    def packages(self) -> tuple[str, ...]:
        """Hashes of the packages that the units rest on."""
        found = {held.facts.package_sha256 for lot in self.lots for held in lot.units}
        return tuple(sorted(digest for digest in found if digest is not None))

    def lot(self, lot_id: str) -> DealtLot:
        """Lot of an id; raises KeyError if there is none."""
        for dealt in self.lots:
            if dealt.lot.id == lot_id:
                return dealt
        raise KeyError(lot_id)


def read_auction(file: Path) -> tuple[Auction, Positions]:
    """Declaration of an auction, and the place of every key.

    Raises
    ------
    InputError
        With every finding.
    """
    data, positions = parse_yaml(file)
    auction = validate_yaml(data, positions, Auction)
    seen: set[str] = set()
    findings = []
    for number, lot in enumerate(auction.lots):
        if lot.id in seen:
            where = positions.where("lots", number, "id")
            findings.append(Finding(where, "lot-twice", "{lot} is the id of an earlier lot", {"lot": lot.id}))
        seen.add(lot.id)
    if findings:
        raise InputError(findings)
    return auction, positions


def deal(auction: Auction, positions: Positions, ledger: Ledger) -> Dealt:
    """Fill lots from the seller's account, one after the other, so that no unit is in two of them.

    Parameters
    ----------
    auction : Auction
    positions : Positions
        Of its file.
    ledger : Ledger
        Sound.

    Raises
    ------
    InputError
        If the account does not hold what a lot asks for.
    """
    free = ledger.books.holdings(account(auction.seller.account))
    if not free:
        where = positions.where("seller", "account")
        words = {"account": auction.seller.account, "ledger": ledger.file.name}
        raise InputError(
            [Finding(where, "lot-account", "account {account} holds no unit in {ledger}", words)]
        )
    findings: list[Finding] = []
    lots = []
    for number, lot in enumerate(auction.lots):
        fitting = [held for held in free if _fits(held, lot)]
        there = sum(held.units.count for held in fitting)
        if there < lot.tonnes:
            findings.append(
                Finding(
                    positions.where("lots", number, "tonnes"),
                    "lot-units-lacking",
                    "lot {lot} asks for {tonnes} t; of what it may hold {there} t are left in the account",
                    {"lot": lot.id, "tonnes": lot.tonnes, "there": there},
                )
            )
            continue
        taken = list(_taken(fitting, oldest_first(fitting, lot.tonnes)))
        free = list(_left(free, taken))
        lots.append(DealtLot(lot, tuple(taken)))
    if findings:
        raise InputError(in_order(findings))
    dealt = Dealt(
        auction,
        tuple(lots),
        sum(held.units.count for held in free),
        any(held.facts.simulated for lot in lots for held in lot.units),
    )
    assert all(sum(block.count for block in lot.blocks) == lot.lot.tonnes for lot in dealt.lots)
    return dealt


def _fits(held: Held, lot: Lot) -> bool:
    return (lot.project is None or held.facts.project == lot.project) and (
        lot.vintages is None or held.facts.vintage in lot.vintages
    )


def _taken(fitting: Sequence[Held], blocks: Sequence[Block]) -> Iterator[Held]:
    """Blocks with what is known of them."""
    for block in blocks:
        origin = next(
            held
            for held in fitting
            if held.units.series == block.series
            and held.units.first <= block.first
            and block.last <= held.units.last
        )
        yield Held(block, origin.place, origin.facts)


def _left(free: Sequence[Held], taken: Sequence[Held]) -> Iterator[Held]:
    """What is left of blocks when parts of them are taken."""
    for held in free:
        first = held.units.first
        own = sorted(
            (one.units for one in taken if one.units.series == held.units.series), key=lambda unit: unit.first
        )
        for block in own:
            if block.last < held.units.first or block.first > held.units.last:
                continue
            if block.first > first:
                yield _part(held, first, block.first - 1)
            first = block.last + 1
        if first <= held.units.last:
            yield _part(held, first, held.units.last)


def _part(held: Held, first: int, last: int) -> Held:
    return Held(Block(series=held.units.series, first=first, last=last), held.place, held.facts)


def covering_price_cny_t(auction: Auction) -> Decimal | None:
    """Price at which all lots together cover the stated costs; None where none are stated. [CNY/t]"""
    if not auction.costs:
        return None
    tonnes = sum(lot.tonnes for lot in auction.lots)
    return sum((cost.cny for cost in auction.costs), Decimal(0)) / tonnes

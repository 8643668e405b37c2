"""An auction as it was prepared: the units of every lot are fixed before the first bid."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from mrv.auction.lots import Auction, Dealt
from mrv.errors import InputError, UsageError
from mrv.findings import Finding
from mrv.ledger.accounts import Books
from mrv.ledger.acts import Wanted, transfer
from mrv.ledger.entries import Transfer
from mrv.ledger.places import Block
from mrv.run.document import Document

PREPARED = "lots.json"
"""File of a prepared auction that settling reads."""


class PreparedLot(Document):
    """Units of a lot."""

    id: str
    tonnes: int
    units: Annotated[tuple[Block, ...], Field(min_length=1)]
    vintages: dict[int, int] = Field(description="Tonnes by year")


class PreparedAuction(Document):
    """``lots.json``: the declaration of an auction, and the units of each lot."""

    schema_: Literal["mrv-auction/1"] = Field("mrv-auction/1", alias="schema")
    auction: Auction
    ledger_head: str = Field(description="Hash of the last line of the ledger that the lots were filled from")
    simulated: bool
    packages: tuple[str, ...]
    lots: tuple[PreparedLot, ...]

    def lot(self, lot_id: str) -> PreparedLot:
        """Lot of an id.

        Raises
        ------
        UsageError
            If there is none.
        """
        for lot in self.lots:
            if lot.id == lot_id:
                return lot
        raise UsageError(
            "{lot}: no lot of this auction; its lots are {lots}",
            lot=lot_id,
            lots=", ".join(lot.id for lot in self.lots),
        )


def prepared_auction(dealt: Dealt, ledger_head: str) -> PreparedAuction:
    """Document of an auction whose lots are filled."""
    return PreparedAuction(
        auction=dealt.auction,
        ledger_head=ledger_head,
        simulated=dealt.simulated,
        packages=dealt.packages,
        lots=tuple(
            PreparedLot(id=lot.lot.id, tonnes=lot.lot.tonnes, units=lot.blocks, vintages=lot.vintages)
            for lot in dealt.lots
        ),
    )


def read_prepared(folder: Path) -> PreparedAuction:
    """Auction that ``mrv auction prepare`` wrote.

    Raises
    ------
    UsageError
        If the folder holds none.
    InputError
        If its file is not as it was written.
    """
    file = folder / PREPARED
    if not file.is_file():
        raise UsageError(
            "{folder}: holds no prepared auction; `mrv auction prepare` makes one", folder=folder
        )
    try:
        return PreparedAuction.model_validate_json(file.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InputError(
            [
                Finding(f"{PREPARED}:{'.'.join(map(str, problem['loc']))}", "auction-file", "{problem}",
                        {"problem": problem["msg"]})
                for problem in error.errors(include_url=False)
            ]
        ) from None  # fmt: skip


def settled(
    prepared: PreparedAuction, lot_id: str, price_cny_t: Decimal, buyer: str, books: Books
) -> Transfer:
    """Transfer of a lot to the account of who won it.

    Raises
    ------
    UsageError
        If there is no such lot, or the price is none that its rules allow.
    """
    lot = prepared.lot(lot_id)
    declared = next(own for own in prepared.auction.lots if own.id == lot_id)
    raised = price_cny_t - declared.start_price_cny_t
    if raised < 0 or raised % declared.step_cny_t:
        raise UsageError(
            "{price}: no price of lot {lot}, which starts at {start} and rises by {step} CNY/t",
            price=price_cny_t,
            lot=lot_id,
            start=declared.start_price_cny_t,
            step=declared.step_cny_t,
        )
    serials = tuple(block.serial for block in lot.units)
    return transfer(books, Wanted(serials), prepared.auction.seller.account, buyer)

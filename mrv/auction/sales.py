"""Published sales of mangrove carbon in China, and what can be computed from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from mrv.provenance import Evidence
from mrv.run.results import Text
from mrv.sourced_tables import sourced_rows


@dataclass(frozen=True)
class Sale:
    """A sale as its source tells it; what a source does not tell is None.

    Attributes
    ----------
    sale_id, date, kind, source, note : str
    project, place : Text
    tonnes : int
    price_cny_t, start_price_cny_t : Decimal or None
        [CNY/t]
    rounds, bidders : int or None
    evidence : Evidence
    """

    sale_id: str
    date: str
    project: Text
    place: Text
    kind: str
    tonnes: int
    price_cny_t: Decimal | None
    start_price_cny_t: Decimal | None
    rounds: int | None
    bidders: int | None
    source: str
    evidence: Evidence
    note: str

    @property
    def total_cny(self) -> Decimal | None:
        """Price times tonnes. [CNY]"""
        return None if self.price_cny_t is None else self.price_cny_t * self.tonnes

    @property
    def premium(self) -> Decimal | None:
        """Hammer price over start price. [1]"""
        if self.price_cny_t is None or self.start_price_cny_t is None:
            return None
        return self.price_cny_t / self.start_price_cny_t


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _whole(text: str) -> int | None:
    return int(text) if text else None


@cache
def sales() -> tuple[Sale, ...]:
    """Sales of ``data/carbon_sales.csv``, the latest first."""
    rows = sourced_rows("carbon_sales")
    read = [
        Sale(
            row["sale_id"],
            row["date"],
            Text(zh=row["project_zh"], en=row["project_en"]),
            Text(zh=row["place_zh"], en=row["place_en"]),
            row["kind"],
            int(row["tonnes"]),
            _decimal(row["price_cny_t"]),
            _decimal(row["start_price_cny_t"]),
            _whole(row["rounds"]),
            _whole(row["bidders"]),
            row["source"],
            row["evidence"],  # type: ignore[arg-type]
            row["note"],
        )
        for row in rows
    ]
    return tuple(sorted(read, key=lambda sale: sale.date, reverse=True))


@dataclass(frozen=True)
class PriceFigures:
    """What the prices of several sales come to.

    Attributes
    ----------
    count : int
        Sales with a price.
    low, high, weighted : Decimal
        Lowest, highest, and mean weighted with tonnes. [CNY/t]
    """

    count: int
    low: Decimal
    high: Decimal
    weighted: Decimal


def price_figures(compared: Sequence[Sale]) -> PriceFigures | None:
    """Figures of the sales that have a price; None if none has."""
    priced = [(sale.price_cny_t, sale.tonnes) for sale in compared if sale.price_cny_t is not None]
    if not priced:
        return None
    prices = [price for price, _ in priced]
    tonnes = sum(count for _, count in priced)
    total = sum((price * count for price, count in priced), Decimal(0))
    return PriceFigures(len(priced), min(prices), max(prices), total / tonnes)

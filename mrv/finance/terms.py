"""Terms of a project's finance as a person states them: who applies, what it costs, what a tonne may earn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mrv.auction.lots import Bilingual, Money
from mrv.auction.lots import Words as Stated
from mrv.auction.sales import Sale, sales
from mrv.errors import InputError
from mrv.findings import Finding, in_order
from mrv.run.results import Text
from mrv.yaml_file import Positions, parse_yaml, validate_yaml

Year = Annotated[int, Field(ge=1900, le=2200)]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cost(_Declared):
    """A cost of one year, or of every year of a span."""

    item: Bilingual
    cny: Money = Field(description="In the year, or in each year of the span. [CNY]")
    year: Year | None = Field(None, description="Year in which it is paid once.")
    start: Year | None = Field(None, description="First year of a span.")
    end: Year | None = Field(None, description="Last year of a span.")
    source: Stated = Field(description="Document that the cost stands in.")

    @model_validator(mode="after")
    def _is_of_a_year_or_a_span(self) -> Cost:
        span = self.start is not None and self.end is not None
        if (self.year is not None) == span or (self.start is None) != (self.end is None):
            raise ValueError("a cost has either `year`, or `start` and `end`")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError("`end` must not lie before `start`")
        return self

    @property
    def years(self) -> range:
        """Years in which it is paid."""
        if self.year is not None:
            return range(self.year, self.year + 1)
        assert self.start is not None
        assert self.end is not None
        return range(self.start, self.end + 1)


class Price(_Declared):
    """Price of a tonne in one scenario: a stated one, or that of a published sale."""

    name: Bilingual
    cny_t: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)] | None = Field(
        None, description="[CNY/t]"
    )
    source: Stated | None = Field(None, description="Document that the price stands in.")
    sale: Stated | None = Field(None, description="Published sale of data/carbon_sales.csv, by its sale_id.")

    @model_validator(mode="after")
    def _has_one_origin(self) -> Price:
        if (self.sale is None) == (self.cny_t is None) or (self.cny_t is None) != (self.source is None):
            raise ValueError("a price has either `sale`, or `cny_t` and `source`")
        return self


class Fund(_Declared):
    """Money that is there, or promised."""

    source: Bilingual = Field(description="Who gives it.")
    cny: Money = Field(description="[CNY]")
    document: Stated


class Beyond(_Declared):
    """What years without monitoring are taken to remove."""

    rate: Literal["as_monitored"] = Field(description="The mean of the monitored years.")
    because: Bilingual = Field(description="Why that may be taken.")


class Rate(_Declared):
    """Rate by which later money counts less."""

    value: Annotated[Decimal, Field(ge=0, lt=1)] = Field(description="[1/yr]")
    source: Stated


class Terms(_Declared):
    """``finance.yaml``: fields of a project library, costs, prices and the crediting period."""

    schema_: Literal["mrv-finance/1"] = Field(alias="schema")
    applicant: Bilingual | None = None
    project_type: Bilingual | None = None
    place: Bilingual | None = None
    content: Bilingual | None = Field(None, description="What is built or done, and how much.")
    progress: Bilingual | None = None
    co_benefits: Bilingual | None = Field(None, description="For people and nature besides carbon.")
    crediting_period: tuple[Year, Year] = Field(description="First and last calendar year.")
    sold_in: tuple[Year, ...] = Field(
        description="Years in which verified credits are sold: each vintage in the first one after it."
    )
    beyond_monitoring: Beyond | None = Field(
        None, description="Left out: years without monitoring remove nothing that counts here."
    )
    costs: tuple[Cost, ...] = ()
    funding: tuple[Fund, ...] = ()
    prices: tuple[Price, ...] = ()
    discount_rate: Rate | None = None


@dataclass(frozen=True)
class Scenario:
    """A price with where it is from.

    Attributes
    ----------
    name : Text
    cny_t : Decimal
        [CNY/t]
    source : str
    """

    name: Text
    cny_t: Decimal
    source: str


def read_terms(file: Path) -> Terms:
    """Terms of a project's finance.

    Raises
    ------
    InputError
        With every finding.
    """
    data, positions = parse_yaml(file)
    terms = validate_yaml(data, positions, Terms)
    findings = [*_order(terms, positions), *_unknown_sales(terms, positions)]
    if findings:
        raise InputError(in_order(findings))
    return terms


def _order(terms: Terms, positions: Positions) -> Iterator[Finding]:
    first, last = terms.crediting_period
    if last < first:
        yield Finding(
            positions.where("crediting_period"),
            "finance-period",
            "ends {last}, before it begins {first}",
            {"first": first, "last": last},
        )
    if list(terms.sold_in) != sorted(set(terms.sold_in)) or not terms.sold_in:
        yield Finding(
            positions.where("sold_in"), "finance-sales", "needs years, each later than the one before"
        )
    elif terms.sold_in[-1] <= last:
        yield Finding(
            positions.where("sold_in"),
            "finance-sales",
            "ends {sold}; credits of {last} can only be sold after that year",
            {"sold": terms.sold_in[-1], "last": last},
        )


def _unknown_sales(terms: Terms, positions: Positions) -> Iterator[Finding]:
    priced = {sale.sale_id for sale in sales() if sale.price_cny_t is not None}
    for number, price in enumerate(terms.prices):
        if price.sale is not None and price.sale not in priced:
            yield Finding(
                positions.where("prices", number, "sale"),
                "finance-price",
                "{sale} is no published sale with a price; there are {allowed}",
                {"sale": price.sale, "allowed": ", ".join(sorted(priced))},
            )


def scenarios(terms: Terms) -> tuple[Scenario, ...]:
    """Prices of the terms, those of published sales looked up."""
    by_id: dict[str, Sale] = {sale.sale_id: sale for sale in sales()}
    found = []
    for price in terms.prices:
        if price.sale is None:
            assert price.cny_t is not None
            assert price.source is not None
            found.append(Scenario(price.name.text, price.cny_t, price.source))
            continue
        sale = by_id[price.sale]
        assert sale.price_cny_t is not None
        source = f"data/carbon_sales.csv, {sale.sale_id} ({sale.date})"
        found.append(Scenario(price.name.text, sale.price_cny_t, source))
    return tuple(found)

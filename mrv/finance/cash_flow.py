"""Removals, credits, costs and revenue of every year of a crediting period, from stated amounts and a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from mrv.errors import UsageError
from mrv.finance.terms import Scenario, Terms
from mrv.run.results import Figure, Results

YearStanding = Literal["monitored", "assumed", "not monitored", "sales only"]

NET, CREDITS = "net_removals_t_co2e", "issuance_t_co2e"
TONNE = Decimal(1)


@dataclass(frozen=True)
class Range:
    """A value with the ends of its interval from all errors, as far as they are known.

    Attributes
    ----------
    value, low, high : Decimal
    """

    value: Decimal
    low: Decimal | None
    high: Decimal | None

    def times(self, factor: Decimal) -> Range:
        """The same scaled."""
        low, high = (None if end is None else end * factor for end in (self.low, self.high))
        return Range(self.value * factor, low, high)


NONE = Range(Decimal(0), Decimal(0), Decimal(0))

Vintage = tuple[YearStanding, Range, Range]
"""How a year is known, its net removals, its credits."""


def added(parts: Sequence[Range]) -> Range:
    """Sum of parts of one estimate, whose errors go together."""

    def ends(found: Sequence[Decimal | None]) -> Decimal | None:
        known = [end for end in found if end is not None]
        return sum(known, Decimal(0)) if len(known) == len(found) else None

    value = sum((part.value for part in parts), Decimal(0))
    return Range(value, ends([part.low for part in parts]), ends([part.high for part in parts]))


@dataclass(frozen=True)
class YearFlow:
    """A year of a crediting period, or of sales after it.

    Attributes
    ----------
    year : int
    standing : {"monitored", "assumed", "not monitored", "sales only"}
        How its removals are known; the last one is of years beside the crediting period.
    net_removals, credits : Range
        Of the year. [t_co2e]
    sold : Range
        Credits of all vintages that are sold in the year. [t_co2e]
    cost : Decimal or None
        None where no cost is stated at all. [CNY]
    """

    year: int
    standing: YearStanding
    net_removals: Range
    credits: Range
    sold: Range
    cost: Decimal | None

    def balance_cny(self, price_cny_t: Decimal) -> Decimal | None:
        """Revenue at a price less cost. [CNY]"""
        return None if self.cost is None else self.sold.value * price_cny_t - self.cost


@dataclass(frozen=True)
class CashFlow:
    """Years of a project with the scenarios of price.

    Attributes
    ----------
    years : tuple of YearFlow
    scenarios : tuple of Scenario
    rate : Decimal or None
        By which later money counts less. [1/yr]
    """

    years: tuple[YearFlow, ...]
    scenarios: tuple[Scenario, ...]
    rate: Decimal | None

    @property
    def net_removals(self) -> Range:
        """Of the whole period. [t_co2e]"""
        return added([own.net_removals for own in self.years])

    @property
    def credits(self) -> Range:
        """Of the whole period. [t_co2e]"""
        return added([own.credits for own in self.years])

    @property
    def cost_cny(self) -> Decimal | None:
        """All costs; None where none is stated. [CNY]"""
        known = [own.cost for own in self.years if own.cost is not None]
        return sum(known, Decimal(0)) if known else None

    @property
    def cost_cny_t(self) -> Range | None:
        """Cost of a credited tonne: many credits make it low, few make it high. [CNY/t]"""
        cost, credits = self.cost_cny, self.credits
        if cost is None or not credits.value:
            return None
        low, high = (cost / end if end else None for end in (credits.high, credits.low))
        return Range(cost / credits.value, low, high)

    def revenue(self, scenario: Scenario) -> Range:
        """Of all credits at a price. [CNY]"""
        return added([own.sold for own in self.years]).times(scenario.cny_t)

    def balances(self, scenario: Scenario) -> list[Decimal] | None:
        """Sum of revenue less cost up to the end of each year; None where no cost is stated. [CNY]"""
        sums: list[Decimal] = []
        for own in self.years:
            balance = own.balance_cny(scenario.cny_t)
            if balance is None:
                return None
            sums.append((sums[-1] if sums else Decimal(0)) + balance)
        return sums

    def present_value_cny(self, scenario: Scenario) -> Decimal | None:
        """Balance of all years in money of the first; None without a rate or costs. [CNY]"""
        if self.rate is None:
            return None
        total = Decimal(0)
        for own in self.years:
            balance = own.balance_cny(scenario.cny_t)
            if balance is None:
                return None
            total += balance / (1 + self.rate) ** (own.year - self.years[0].year)
        return total


def _range(figure: Figure, share: Decimal = Decimal(1)) -> Range:
    assert figure.value is not None
    interval = figure.total_interval
    ends = (None, None) if interval is None else (_decimal(interval.low), _decimal(interval.high))
    return Range(_decimal(figure.value), *ends).times(share)


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _shares(start: str, end: str) -> dict[int, Decimal]:
    """Share of the days of a period that lies in each calendar year; its last day is not in it."""
    first, after = date.fromisoformat(start), date.fromisoformat(end)
    whole = (after - first).days
    return {
        year: Decimal((min(after, date(year + 1, 1, 1)) - max(first, date(year, 1, 1))).days) / whole
        for year in range(first.year, after.year + 1)
        if min(after, date(year + 1, 1, 1)) > max(first, date(year, 1, 1))
    }


@dataclass(frozen=True)
class _Monitored:
    net: Mapping[int, Range]
    credits: Mapping[int, Range]
    mean_net: Range
    mean_credits: Range


def _monitored(results: Results) -> _Monitored:
    """Removals and credits of each monitored year, and of a mean year of 365.25 days.

    Raises
    ------
    UsageError
        If the run has no period, no net removals, or issues no credits.
    """
    figures = {
        (own.name, own.index.get("vintage")): own
        for own in results.figures
        if not own.index.keys() - {"vintage"}
    }
    net = figures.get((NET, None))
    issued = {int(vintage): own for (name, vintage), own in figures.items() if name == CREDITS and vintage}
    if results.monitoring_period is None or net is None or net.value is None:
        raise UsageError("the run has no net removals of a monitoring period; a finance report rests on them")
    if not issued or any(own.value is None for own in issued.values()):
        raise UsageError("the run issues no credits; `mrv run` says what is in the way")
    start, end = results.monitoring_period
    years = Decimal((date.fromisoformat(end) - date.fromisoformat(start)).days) / Decimal("365.25")
    credits = {year: _range(own) for year, own in sorted(issued.items())}
    return _Monitored(
        {year: _range(net, share) for year, share in _shares(start, end).items()},
        credits,
        _range(net).times(1 / years),
        added(list(credits.values())).times(1 / years),
    )


def cash_flow(results: Results, terms: Terms, priced: tuple[Scenario, ...]) -> CashFlow:
    """Years of the crediting period and of sales after it.

    Parameters
    ----------
    results : Results
    terms : Terms
    priced : tuple of Scenario

    Raises
    ------
    UsageError
        If the run has no credits, or has monitored years outside the crediting period.
    """
    monitored = _monitored(results)
    first, last = terms.crediting_period
    outside = [year for year in monitored.credits if not first <= year <= last]
    if outside:
        raise UsageError(
            "the run has credits of {years}; the crediting period is {first} to {last}",
            years=", ".join(map(str, outside)),
            first=first,
            last=last,
        )
    vintages = {
        year: found for year in range(first, last + 1) for found in [_vintage(year, monitored, terms)]
    }
    paid = {year for cost in terms.costs for year in cost.years}
    years = range(min([first, *paid]), max([last, *terms.sold_in, *paid]) + 1)
    return CashFlow(
        tuple(_years(years, vintages, terms)),
        priced,
        terms.discount_rate.value if terms.discount_rate else None,
    )


def _vintage(year: int, monitored: _Monitored, terms: Terms) -> Vintage:
    """How a year is known, its net removals, and its credits."""
    if year in monitored.credits:
        return "monitored", monitored.net[year], monitored.credits[year]
    if terms.beyond_monitoring is not None:
        return "assumed", monitored.mean_net, _whole(monitored.mean_credits)
    return "not monitored", NONE, NONE


def _whole(credits: Range) -> Range:
    """Credits in whole tonnes, rounded down."""
    low, high = (None if end is None else end // TONNE for end in (credits.low, credits.high))
    return Range(credits.value // TONNE, low, high)


def _years(years: range, vintages: Mapping[int, Vintage], terms: Terms) -> Iterator[YearFlow]:
    sold_in = {vintage: min(year for year in terms.sold_in if year > vintage) for vintage in vintages}
    for year in years:
        standing, net, credits = vintages.get(year, ("sales only", NONE, NONE))
        sold = added([vintages[vintage][2] for vintage, when in sold_in.items() if when == year] or [NONE])
        cost = sum((own.cny for own in terms.costs if year in own.years), Decimal(0))
        yield YearFlow(year, standing, net, credits, sold, cost if terms.costs else None)

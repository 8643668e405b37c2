"""The finance of a project as a workbook: every year, cost and price as numbers with unit and source."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.auction.sales import sales
from mrv.finance.cash_flow import CashFlow, Range
from mrv.finance.sheet import project_fields, remarks
from mrv.finance.terms import Terms
from mrv.report.monitoring import standing_lines
from mrv.report.words import Words
from mrv.report.workbook import Sheet, Value, book_of
from mrv.run.results import Results


def finance_workbook(
    results: Results, terms: Terms, flow: CashFlow, words: Words, package_sha256: str | None = None
) -> bytes:
    """Workbook of a project's finance; parameters as of the sheet."""
    standing = [(words("standing"), line) for line in standing_lines(results, words)]
    notes = [(words("remark"), remark) for remark in remarks(terms, words)]
    facts = project_fields(results, terms, flow, words, package_sha256)
    return book_of(
        [
            Sheet(words("project"), ("", ""), [*standing, *facts, *notes]),
            _years(flow, words),
            _scenarios(flow, words),
            _costs(terms, words),
            _funding(terms, words),
            _sales(words),
        ]
    )


def _ends(found: Range) -> tuple[Value, Value, Value]:
    return found.value, found.low, found.high


def _years(flow: CashFlow, words: Words) -> Sheet:
    """Every year; for each scenario its revenue, and the sum of revenue less cost up to its end."""
    labels = [f"{words.half(own.name)}" for own in flow.scenarios]
    columns = [
        words("year"),
        words("standing"),
        *_triple(words, "net removals, t CO₂e"),
        *_triple(words, "credits, t CO₂e"),
        *_triple(words, "sold, t CO₂e"),
        words("stated costs, CNY"),
        *(words("revenue, CNY: {scenario}", scenario=label) for label in labels),
        *(words("sum of revenue less costs, CNY: {scenario}", scenario=label) for label in labels),
    ]
    sums = [flow.balances(own) for own in flow.scenarios]
    rows: list[list[Value]] = [
        [
            own.year,
            words(own.standing),
            *_ends(own.net_removals),
            *_ends(own.credits),
            *_ends(own.sold),
            own.cost,
            *(own.sold.value * scenario.cny_t for scenario in flow.scenarios),
            *(None if summed is None else summed[number] for summed in sums),
        ]
        for number, own in enumerate(flow.years)
    ]
    return Sheet(words("years"), columns, rows)


def _triple(words: Words, label: str) -> Iterator[str]:
    yield words(label)
    yield words("all errors, low")
    yield words("all errors, high")


def _scenarios(flow: CashFlow, words: Words) -> Sheet:
    cost = flow.cost_cny
    rows: list[list[Value]] = []
    for own in flow.scenarios:
        revenue = flow.revenue(own)
        rows.append(
            [
                words.half(own.name),
                own.cny_t,
                *_ends(revenue),
                cost,
                None if cost is None else revenue.value - cost,
                flow.present_value_cny(own),
                own.source,
            ]
        )
    columns = [
        words("scenario of price"),
        words("price, CNY/t"),
        *_triple(words, "revenue, CNY"),
        words("stated costs, CNY"),
        words("balance, CNY"),
        words("present value, CNY"),
        words("source"),
    ]
    return Sheet(words("scenarios of price"), columns, rows)


def _costs(terms: Terms, words: Words) -> Sheet:
    columns = [
        words(name) for name in ("cost", "first year", "last year", "a year, CNY", "in all, CNY", "source")
    ]
    rows: list[list[Value]] = [
        [
            words.half(own.item.text),
            own.years[0],
            own.years[-1],
            own.cny,
            own.cny * len(own.years),
            own.source,
        ]
        for own in terms.costs
    ]
    return Sheet(words("costs"), columns, rows)


def _funding(terms: Terms, words: Words) -> Sheet:
    columns = [words(name) for name in ("from whom", "amount, CNY", "document")]
    rows: list[list[Value]] = [[words.half(own.source.text), own.cny, own.document] for own in terms.funding]
    return Sheet(words("funding"), columns, rows)


def _sales(words: Words) -> Sheet:
    """Published sales, to compare the scenarios with."""
    columns = [
        words(name)
        for name in ("date", "project", "tonnes", "start, CNY/t", "price, CNY/t", "evidence", "source")
    ]
    rows: list[list[Value]] = [
        [
            own.date,
            words.half(own.project),
            own.tonnes,
            own.start_price_cny_t,
            own.price_cny_t,
            words(own.evidence),
            own.source,
        ]
        for own in sales()
    ]
    return Sheet(words("published sales"), columns, rows)

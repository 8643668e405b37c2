"""The finance of a project on one page: what libraries of climate-finance projects ask for, and scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from mrv.auction.dossier import NO_ADVICE
from mrv.auction.lots import Bilingual
from mrv.auction.money import plain, sum_in_unit, sum_with_unit, unit_of_sums
from mrv.charts.balance_lines import draw_balances
from mrv.finance.cash_flow import CashFlow, Range
from mrv.finance.terms import Terms
from mrv.report.blocks import Block, Facts, Paragraph, Picture, Report, Table
from mrv.report.figures_of import Figures, with_interval
from mrv.report.monitoring import standing_lines
from mrv.report.numbers import number_text
from mrv.report.pictures import drawn, notices_of
from mrv.report.words import Words
from mrv.run.results import Results

TEN_THOUSAND = Decimal(10_000)


def finance_sheet(
    results: Results, terms: Terms, flow: CashFlow, words: Words, package_sha256: str | None = None
) -> Report:
    """Finance of a project on one page.

    Parameters
    ----------
    results : Results
    terms : Terms
    flow : CashFlow
        Of both.
    words : Words
    package_sha256 : str, optional
        Hash of the package that the results were sealed in.
    """
    blocks = [
        *(Paragraph(line, "warning") for line in standing_lines(results, words)),
        Facts(project_fields(results, terms, flow, words, package_sha256)),
        *_scenarios(flow, words),
        *_balance_picture(results, flow, words),
        Paragraph(("" if words.language == "zh" else " ").join(remarks(terms, words)), "small"),
    ]
    return Report(
        words("Finance of a project"),
        words.half(results.project.name),
        words.language,
        tuple(blocks),
        words(NO_ADVICE),
    )


def range_text(words: Words, found: Range, unit: str = "t CO₂e", digits: int = 0) -> str:
    """Value with its unit and the ends of its interval."""
    value = number_text(float(found.value), digits)
    if found.low is None or found.high is None:
        return with_interval(words, value, unit, None)
    low, high = (number_text(float(end), digits) for end in (found.low, found.high))
    return with_interval(words, value, unit, (low, high))


def project_fields(
    results: Results, terms: Terms, flow: CashFlow, words: Words, package_sha256: str | None
) -> list[tuple[str, str]]:
    """Fields of a project library with what is known; what nobody stated says so."""
    area = Figures(results).of("area_ha")
    first, last = terms.crediting_period
    monitored = [own for own in flow.years if own.standing == "monitored"]
    years = last - first + 1
    mean = flow.net_removals.times(1 / Decimal(years))
    facts = [
        (words("Project name"), words.half(results.project.name)),
        (words("Applicant"), _stated(terms.applicant, words)),
        (words("Project type"), _stated(terms.project_type, words)),
        (words("Place"), _stated(terms.place, words)),
        (words("Content and scale"), _stated(terms.content, words)),
        (words("Area"), "–" if area is None else words("{area} ha", area=number_text(area.value))),
        (words("Total investment"), _investment(terms, words)),
        (words("Funding"), _funding(terms, words)),
        (words("Funding needed"), _needed(terms, words)),
        (words("Net removals a year, mean"), range_text(words, mean)),
        (
            words("Net removals, {first} to {last}", first=first, last=last),
            range_text(words, flow.net_removals),
        ),
        (
            words("Credits, {first} to {last}", first=first, last=last),
            range_text(words, flow.credits),
        ),
        (
            words("Monitored so far"),
            words("{count} of {years} years", count=len(monitored), years=years),
        ),
        (words("Cost of a credited tonne"), _unit_cost(flow, words)),
        (
            words("Social and ecological benefits"),
            _stated(terms.co_benefits, words),
        ),
        (words("Progress"), _stated(terms.progress, words)),
    ]
    if results.methodology is not None:
        facts.append((words("Methodology"), words.half(results.methodology.title)))
    if package_sha256 is not None:
        facts.append((words("Package"), package_sha256))
    return facts


def _stated(text: Bilingual | None, words: Words) -> str:
    return words("not stated") if text is None else words.half(text.text)


def invested_cny(terms: Terms) -> Decimal | None:
    """Costs that are paid once; None where none is stated. [CNY]"""
    once = [cost.cny for cost in terms.costs if cost.year is not None]
    return sum(once, Decimal(0)) if once else None


def _investment(terms: Terms, words: Words) -> str:
    once = invested_cny(terms)
    text = words("not stated") if once is None else sum_with_unit(words, once)
    yearly = [cost.cny * len(cost.years) for cost in terms.costs if cost.year is None]
    if not yearly:
        return text
    running = sum_with_unit(words, sum(yearly, Decimal(0)))
    return words("{once}; running costs of all years {running}", once=text, running=running)


def _funding(terms: Terms, words: Words) -> str:
    if not terms.funding:
        return words("not stated")
    return words.listed(
        words("{label}: {text}", label=words.half(fund.source.text), text=sum_with_unit(words, fund.cny))
        for fund in terms.funding
    )


def _needed(terms: Terms, words: Words) -> str:
    once = invested_cny(terms)
    if once is None or not terms.funding:
        return words("not stated")
    lacking = once - sum((fund.cny for fund in terms.funding), Decimal(0))
    return sum_with_unit(words, max(lacking, Decimal(0)))


def _unit_cost(flow: CashFlow, words: Words) -> str:
    cost = flow.cost_cny_t
    return words("not stated") if cost is None else range_text(words, cost, words("CNY/t"), 2)


def _scenarios(flow: CashFlow, words: Words) -> Iterator[Block]:
    if not flow.scenarios:
        yield Paragraph(words("No price is stated; revenue is not computed."), "warning")
        return
    unit = unit_of_sums(words)
    cost = flow.cost_cny
    rows = []
    for scenario in flow.scenarios:
        revenue = flow.revenue(scenario)
        ends = (sum_in_unit(words, revenue.low), sum_in_unit(words, revenue.high))
        rows.append(
            (
                words.half(scenario.name),
                plain(scenario.cny_t),
                sum_in_unit(words, revenue.value),
                words("{low} to {high}", low=ends[0], high=ends[1]),
                sum_in_unit(words, cost),
                sum_in_unit(words, None if cost is None else revenue.value - cost),
                sum_in_unit(words, flow.present_value_cny(scenario)),
                scenario.source,
            )
        )
    yield Table(
        (
            words("scenario of price"),
            words("CNY/t"),
            words("revenue, {unit}", unit=unit),
            words("all errors"),
            words("stated costs, {unit}", unit=unit),
            words("balance, {unit}", unit=unit),
            words("present value, {unit}", unit=unit),
            words("source"),
        ),
        rows,
        numeric=frozenset({1, 2, 3, 4, 5, 6}),
        widths=(1.6, 0.7, 1.25, 2.25, 1.25, 1.25, 1.25, 2.0),
    )


def _balance_picture(results: Results, flow: CashFlow, words: Words) -> Iterator[Picture]:
    """Sums of revenue less cost; nothing without both."""
    balances = {
        words(
            "{text} ({remark})",
            text=words.half(scenario.name),
            remark=words("{amount} CNY/t", amount=plain(scenario.cny_t)),
        ): sums
        for scenario in flow.scenarios
        if (sums := flow.balances(scenario)) is not None
    }
    if not balances:
        return
    title, unit = words("Revenue less stated costs, summed over the years"), unit_of_sums(words)
    per_unit = TEN_THOUSAND if words.language == "zh" else Decimal(1)
    lines = {label: [float(own / per_unit) for own in sums] for label, sums in balances.items()}
    years = [own.year for own in flow.years]

    def draw(folder: Path, name: str) -> None:
        draw_balances(years, lines, title, unit, folder, name, notices=notices_of(Figures(results), words))

    yield drawn(draw, title, 0.82)


def remarks(terms: Terms, words: Words) -> Iterator[str]:
    """What the figures take for given."""
    yield words("In brackets: the two-sided interval from all errors that are known.")
    yield words("Credits are sold in {years}.", years=words.listed(map(str, terms.sold_in)))
    if terms.beyond_monitoring is None:
        yield words("Years without monitoring count with no removals.")
    else:
        yield words(
            "Years without monitoring are assumed to remove as much as the mean monitored year: {because}",
            because=words.half(terms.beyond_monitoring.because.text),
        )
    if terms.discount_rate is not None:
        share = f"{terms.discount_rate.value:.1%}"
        yield words(
            "Present values at {rate} a year ({source}).", rate=share, source=terms.discount_rate.source
        )

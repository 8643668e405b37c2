"""From the sink to credits: baseline, emissions, leakage, deduction, buffer and vintages."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.report.blocks import Block, Heading, Paragraph, Table
from mrv.report.figures_of import Figures, interval_text
from mrv.report.labels import CREDIT_STEPS, SHARES
from mrv.report.numbers import number_text, unit_text
from mrv.report.pictures import vintage_picture
from mrv.report.words import Words
from mrv.run.results import Figure


def credit_blocks(figures: Figures, words: Words) -> Iterator[Block]:
    """Every step from removals to credits, as far as the run has them."""
    if figures.results.methodology is None:
        return
    yield from _strata(figures, words)
    yield from _scenarios(figures, words)
    yield from _steps(figures, words)
    yield from _vintages(figures, words)


def _strata(figures: Figures, words: Words) -> Iterator[Block]:
    names = ("project_removals_t_co2e", "baseline_removals_t_co2e", "stratum_removals_t_co2e")
    rows = []
    for stratum in figures.results.strata:
        own = [figures.of(name, stratum=stratum.stratum_id) for name in names]
        if any(own):
            rows.append((stratum.stratum_id, *(_value(figure) for figure in own)))
    if rows:
        yield Heading(words("Removals with the project and in the baseline"))
        yield Table(
            (
                words("stratum"),
                words("with the project, t CO₂e"),
                words("baseline, t CO₂e"),
                words("difference, t CO₂e"),
            ),
            rows,
            numeric=frozenset({1, 2, 3}),
            widths=(2, 2, 2, 2),
        )


def _value(figure: Figure | None, digits: int = 2) -> str:
    return "–" if figure is None else number_text(figure.value, digits)


def _scenarios(figures: Figures, words: Words) -> Iterator[Block]:
    scenarios = figures.results.scenarios
    if not scenarios:
        return
    yield Heading(words("The result under every baseline that has evidence"))
    yield Table(
        (
            words("baseline"),
            words("net removals, t CO₂e"),
            words("all errors"),
            words("creditable, t CO₂e"),
            words("document"),
        ),
        [
            (
                words("{text} ({remark})", text=words(entry.scenario), remark=words("declared"))
                if entry.declared
                else words(entry.scenario),
                number_text(entry.net_removals_t_co2e),
                interval_text(words, entry.net_removals_interval, 0),
                number_text(entry.creditable_removals_t_co2e),
                entry.document,
            )
            for entry in scenarios
        ],
        numeric=frozenset({1, 2, 3}),
        widths=(1.8, 1.8, 1.8, 1.8, 2.8),
    )
    yield Paragraph(
        words("Rows are never added. Credits are counted against the declared baseline."), "small"
    )


def _steps(figures: Figures, words: Words) -> Iterator[Block]:
    rows = []
    for name, label in CREDIT_STEPS:
        own = figures.of(name)
        if own is None:
            continue
        share = name in SHARES and own.value is not None
        value = f"{own.value:.1%}" if share else number_text(own.value)
        interval = "–" if share else interval_text(words, own.total_interval, 2)
        rows.append((words(label), value, unit_text(own.unit), interval, own.clause or ""))
    if rows:
        yield Heading(words("Emissions, leakage, deduction and buffer"))
        yield Table(
            ("", words("figure"), words("unit"), words("all errors"), words("clause")),
            rows,
            numeric=frozenset({1, 3}),
            widths=(3.4, 1.6, 1.4, 2.2, 0.8),
        )


def _vintages(figures: Figures, words: Words) -> Iterator[Block]:
    issued = figures.named("issuance_t_co2e")
    if not issued:
        return
    yield Heading(words("Credits by vintage"))
    total = sum(own.value for own in issued if own.value is not None)
    rows = [
        (own.index["vintage"], number_text(own.value, 0), interval_text(words, own.total_interval, 0))
        for own in issued
    ]
    if all(own.value is not None for own in issued):
        rows.append((words("total"), number_text(total, 0), ""))
    yield Table(
        (words("vintage"), words("credits, t CO₂e"), words("all errors")),
        rows,
        numeric=frozenset({1, 2}),
        widths=(1, 1, 2),
    )
    yield from vintage_picture(figures, words)
    for reason in sorted({own.because for own in issued if own.because}):
        yield Paragraph(words(reason), "warning")

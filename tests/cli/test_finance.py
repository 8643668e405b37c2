"""The finance of a project: every figure follows from the credits of the run and from stated amounts."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from spoiled import mrv

from mrv.cli.language import translate
from mrv.finance.cash_flow import CashFlow, cash_flow
from mrv.finance.sheet import finance_sheet
from mrv.finance.terms import Terms, read_terms, scenarios
from mrv.report.blocks import Facts, Language, Report, Table
from mrv.report.words import Words
from mrv.run.results import Results, read_results

ISSUED, YEARS = 6377, 20
MEAN = int(ISSUED / (3652 / 365.25))
"""Whole tonnes of a mean year: 3,652 days were monitored."""

CREDITS = ISSUED + 10 * MEAN
COST = 600_000 + 210_000 + 2 * 260_000 + YEARS * 45_000


@pytest.fixture(scope="module")
def results(older: Path) -> Results:
    return read_results(older)


@pytest.fixture(scope="module")
def terms(whole_demo: Path) -> Terms:
    return read_terms(whole_demo / "finance.yaml")


@pytest.fixture(scope="module")
def flow(results: Results, terms: Terms) -> CashFlow:
    return cash_flow(results, terms, scenarios(terms))


def sheet(results: Results, terms: Terms, flow: CashFlow, language: Language) -> Report:
    return finance_sheet(results, terms, flow, Words(language, partial(translate, language=language)))


def test_credits_costs_and_revenue_are_those_of_the_run_and_the_terms(flow: CashFlow) -> None:
    assert flow.credits.value == CREDITS
    assert flow.cost_cny == COST
    assert flow.cost_cny_t is not None
    assert float(flow.cost_cny_t.value) == pytest.approx(COST / CREDITS, rel=1e-12)
    hammer = flow.scenarios[-1]
    assert (hammer.cny_t, flow.revenue(hammer).value) == (485, 485 * CREDITS)
    balances = flow.balances(hammer)
    assert balances is not None
    assert balances[-1] == 485 * CREDITS - COST


def test_vintages_are_sold_in_the_first_stated_year_after_them(flow: CashFlow) -> None:
    sold = {own.year: int(own.sold.value) for own in flow.years if own.sold.value}
    assert sold == {2020: ISSUED, 2030: 10 * MEAN}
    standing = [own.standing for own in flow.years]
    assert standing == ["monitored"] * 10 + ["assumed"] * 10 + ["sales only"]


def test_later_money_counts_less_by_the_stated_rate(flow: CashFlow) -> None:
    low = flow.scenarios[0]
    yearly = [
        100 * {2020: ISSUED, 2030: 10 * MEAN}.get(year, 0)
        - 45_000 * (year < 2030)
        - {2010: 810_000, 2020: 260_000, 2030: 260_000}.get(year, 0)
        for year in range(2010, 2031)
    ]
    present = flow.present_value_cny(low)
    assert present is not None
    expected = sum(own / 1.05**number for number, own in enumerate(yearly))
    assert float(present) == pytest.approx(expected, rel=1e-12)


def test_ends_of_intervals_are_those_of_the_run(results: Results, flow: CashFlow) -> None:
    issued = [own for own in results.figures if own.name == "issuance_t_co2e"]
    lows = [own.total_interval.low for own in issued if own.total_interval]
    monitored = [own for own in flow.years if own.standing == "monitored"]
    assert sum(float(own.credits.low or 0) for own in monitored) == pytest.approx(sum(lows), rel=1e-12)
    net = results.figure("net_removals_t_co2e")
    assert sum(float(own.net_removals.value) for own in monitored) == pytest.approx(net.value, rel=1e-12)


def test_years_without_monitoring_count_with_nothing_unless_stated(results: Results, terms: Terms) -> None:
    careful = terms.model_copy(update={"beyond_monitoring": None})
    flow = cash_flow(results, careful, scenarios(careful))
    assert flow.credits.value == ISSUED
    assert {own.standing for own in flow.years} == {"monitored", "not monitored", "sales only"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_nobody_stated_is_said_to_be_not_stated(
    results: Results, terms: Terms, language: Language
) -> None:
    bare = Terms.model_validate(
        {"schema": "mrv-finance/1", "crediting_period": (2010, 2029), "sold_in": (2030,)}
    )
    report = sheet(results, bare, cash_flow(results, bare, ()), language)
    [facts] = [block for block in report.blocks if isinstance(block, Facts)]
    silent = {"en": "not stated", "zh": "未说明"}[language]
    assert sum(fact == silent for _, fact in facts.rows) == 10
    assert not [block for block in report.blocks if isinstance(block, Table)]


def test_both_languages_tell_the_same_money(results: Results, terms: Terms, flow: CashFlow) -> None:
    def rows(language: Language) -> list[list[float]]:
        [table] = [
            block for block in sheet(results, terms, flow, language).blocks if isinstance(block, Table)
        ]
        factor = {"en": 1, "zh": 10_000}[language]
        return [
            [float(row[place].replace(",", "").replace("−", "-")) * factor for place in (2, 4, 5, 6)]
            for row in table.rows
        ]

    for english, chinese in zip(rows("en"), rows("zh"), strict=True):
        assert chinese == pytest.approx(english, abs=51)  # 万元 with two decimals: half a hundred


def test_the_command_writes_every_format_the_same_each_time(
    older: Path, whole_demo: Path, tmp_path: Path
) -> None:
    for turn in ("one", "two"):
        (tmp_path / turn).mkdir()
        files = [tmp_path / turn / f"finance.{suffix}" for suffix in ("pdf", "docx", "html", "xlsx")]
        outputs = [part for file in files for part in ("-o", file)]
        told = mrv("report", older, "--finance", whole_demo / "finance.yaml", *outputs)
        assert told.exit_code == 0, told.output
    for file in files:
        assert file.read_bytes() == (tmp_path / "one" / file.name).read_bytes()
    book = openpyxl.load_workbook(io.BytesIO(files[-1].read_bytes()))
    header, *rows = book["years"].iter_rows(values_only=True)
    assert sum(row[header.index("stated costs, CNY")] for row in rows) == COST
    assert len(rows) == YEARS + 1


def test_a_run_without_credits_has_no_finance(mapped: Path, whole_demo: Path, tmp_path: Path) -> None:
    refused = mrv("report", mapped, "--finance", whole_demo / "finance.yaml", "-o", tmp_path / "a.pdf")
    assert refused.exit_code == 2
    assert "net removals" in refused.output
    assert list(tmp_path.iterdir()) == []

"""Terms of a project's finance: what is refused, and where prices come from."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from mrv.errors import InputError
from mrv.finance.terms import read_terms, scenarios

LEAST = """\
schema: mrv-finance/1
crediting_period: [2010, 2019]
sold_in: [2020]
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "finance.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_nothing_but_the_period_and_the_sales_has_to_be_stated(tmp_path: Path) -> None:
    terms = read_terms(written(tmp_path, LEAST))
    assert (terms.applicant, terms.costs, terms.prices, terms.discount_rate) == (None, (), (), None)


def test_a_price_is_stated_or_that_of_a_published_sale(tmp_path: Path) -> None:
    text = LEAST + (
        "prices:\n"
        "  - {name: {zh: 一, en: one}, cny_t: 100.5, source: letter}\n"
        "  - {name: {zh: 二, en: two}, sale: futian_2023}\n"
    )
    stated, sold = scenarios(read_terms(written(tmp_path, text)))
    assert (stated.cny_t, stated.source) == (Decimal("100.5"), "letter")
    assert sold.cny_t == Decimal(485)
    assert "futian_2023" in sold.source


@pytest.mark.parametrize(
    ("line", "rule", "said"),
    [
        ("crediting_period: [2019, 2010]", "finance-period", "before it begins"),
        ("sold_in: [2020, 2015]", "finance-sales", "each later"),
        ("sold_in: []", "finance-sales", "each later"),
        ("sold_in: [2019]", "finance-sales", "after that year"),
        ("prices: [{name: {zh: 一, en: a}, sale: quanzhou_2021}]", "finance-price", "futian_2023"),
        ("prices: [{name: {zh: 一, en: a}, cny_t: 5}]", "yaml-value", "either"),
        ("costs: [{item: {zh: 一, en: a}, cny: 5, source: b}]", "yaml-value", "either"),
        (
            "costs: [{item: {zh: 一, en: a}, cny: 5, source: b, start: 2012, end: 2011}]",
            "yaml-value",
            "before",
        ),
    ],
)
def test_terms_that_cannot_hold_are_refused_at_their_place(
    tmp_path: Path, line: str, rule: str, said: str
) -> None:
    key = line.partition(":")[0]
    kept = "".join(own + "\n" for own in LEAST.splitlines() if not own.startswith(key))
    with pytest.raises(InputError) as refused:
        read_terms(written(tmp_path, f"{kept}{line}\n"))
    [finding] = refused.value.findings
    assert said in finding.text()
    assert finding.where.startswith("finance.yaml:")
    assert finding.rule == rule

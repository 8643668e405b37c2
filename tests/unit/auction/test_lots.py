"""Lots of an auction: filled once, from free units alone, and settled as they were prepared."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from mrv.auction.lots import Auction, Dealt, covering_price_cny_t, deal, read_auction
from mrv.auction.prepared import prepared_auction, settled
from mrv.auction.sales import price_figures, sales
from mrv.cli import main
from mrv.errors import InputError, UsageError
from mrv.ledger.accounts import Books
from mrv.ledger.book import Ledger, append, sound_ledger
from mrv.ledger.entries import Act, Origin, RegistryIssuance
from mrv.ledger.places import block

LOTS = """\
schema: mrv-lots/1
title: {zh: 拍卖, en: Auction}
seller: {name: {zh: 卖方, en: Seller}, account: seller}
platform: {name: {zh: 平台, en: Platform}, rules: {zh: 规则, en: Rules}}
lots:
  - {id: one, tonnes: 3875, start_price_cny_t: 183, step_cny_t: 1, deposit_cny: 5000,
     opens: "2026-12-01T10:00:00+08:00", closes: "2026-12-01T17:00:00+08:00"}
  - {id: two, tonnes: 500, vintages: [2012], start_price_cny_t: "190.50", step_cny_t: "0.50", deposit_cny: 0,
     opens: "2026-12-02T10:00:00+08:00", closes: "2026-12-02T17:00:00+08:00"}
"""


def _issued(vintage: int, count: int) -> RegistryIssuance:
    series = f"TEST-{vintage}-{{first}}-{{last}}"
    origin = Origin(registry="test", file="t.csv", sha256="0" * 64, row=1, date=date(2026, 1, 1))
    return RegistryIssuance(
        project="bay",
        methodology="m",
        vintage=vintage,
        credits=block(series, 1, count),
        buffer=None,
        account="seller",
        origin=origin,
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Ledger with 5,000 t in the seller's account: 2,000, 2,000 and 1,000 of three years."""
    file = tmp_path / "ledger.jsonl"
    acts: list[Act] = [_issued(2010, 2000), _issued(2011, 2000), _issued(2012, 1000)]
    append(file, lambda _: acts, date(2026, 11, 1))
    return file


@pytest.fixture
def declared(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str = LOTS) -> Path:
        file = tmp_path / "lots.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def _dealt(file: Path, ledger: Path) -> Dealt:
    auction, positions = read_auction(file)
    return deal(auction, positions, sound_ledger(ledger))


def test_lots_hold_the_oldest_units_that_fit_and_no_unit_twice(
    ledger: Path, declared: Callable[..., Path]
) -> None:
    dealt = _dealt(declared(), ledger)
    one, two = dealt.lots
    assert one.vintages == {2010: 2000, 2011: 1875}
    assert two.vintages == {2012: 500}
    assert dealt.free_tonnes == 5000 - 3875 - 500


@given(tonnes=st.lists(st.integers(1, 1500), min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_units_of_lots_and_what_is_left_are_the_account(tonnes: list[int]) -> None:
    books = Books()
    from mrv.ledger.entries import Entry

    for number, act in enumerate((_issued(2010, 2000), _issued(2011, 2000)), start=1):
        books.post(Entry(number=number, previous="0" * 64, date=date(2026, 1, 1), act=act))
    lots = "".join(
        f"  - {{id: lot{number}, tonnes: {count}, start_price_cny_t: 1, step_cny_t: 1, deposit_cny: 0,"
        f' opens: "2026-12-01T10:00:00+08:00", closes: "2026-12-01T17:00:00+08:00"}}\n'
        for number, count in enumerate(tonnes)
    )
    text = LOTS.split("lots:\n", maxsplit=1)[0] + "lots:\n" + lots
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lots.yaml"
        file.write_text(text, encoding="utf-8")
        auction, positions = read_auction(file)
    ledger = Ledger(Path("ledger.jsonl"), books, (), ())
    if sum(tonnes) > 4000:
        with pytest.raises(InputError, match="are left in the account"):
            deal(auction, positions, ledger)
        return
    dealt = deal(auction, positions, ledger)
    taken = [
        (unit.series, number)
        for lot in dealt.lots
        for unit in lot.blocks
        for number in range(unit.first, unit.last + 1)
    ]
    assert len(taken) == len(set(taken)) == sum(tonnes)
    assert dealt.free_tonnes == 4000 - sum(tonnes)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("tonnes: 500", "tonnes: 1001", "lot two asks for 1001 t"),
        ("tonnes: 3875", "tonnes: 6000", "lot one asks for 6000 t"),
        ("account: seller", "account: nobody", "account nobody holds no unit"),
        ("id: two", "id: one", "one is the id of an earlier lot"),
        ("tonnes: 3875", "tonnes: 3875.5", "lots[0].tonnes"),
        ("step_cny_t: 1,", "step_cny_t: 0,", "lots[0].step_cny_t"),
        ('T17:00:00+08:00"}\n  - {id: two', 'T09:00:00+08:00"}\n  - {id: two', "closes must lie after opens"),
        ("+08:00", "", "need an offset"),
        ("start_price_cny_t: 183", "start_price_cny_t: 183.123", "lots[0].start_price_cny_t"),
    ],
)
def test_lots_that_cannot_be_are_refused(
    old: str, new: str, found: str, ledger: Path, declared: Callable[..., Path]
) -> None:
    assert old in LOTS
    with pytest.raises(InputError, match=r".*") as refused:
        _dealt(declared(LOTS.replace(old, new)), ledger)
    assert found in str(refused.value)


def test_a_lot_of_3875_t_from_183_to_485_closes_at_1_879_375(
    ledger: Path, declared: Callable[..., Path]
) -> None:
    prepared = prepared_auction(_dealt(declared(), ledger), sound_ledger(ledger).head)
    append(ledger, lambda books: [settled(prepared, "one", Decimal(485), "buyer", books)], date(2026, 12, 1))
    books = sound_ledger(ledger).books
    held = {
        name: sum(own.units.count for own in books.holdings(kind="account") if own.place.name == name)
        for name in ("seller", "buyer")
    }
    assert held == {"seller": 1125, "buyer": 3875}
    assert Decimal(485) * 3875 == 1_879_375
    with pytest.raises(InputError):
        append(
            ledger, lambda books: [settled(prepared, "one", Decimal(485), "other", books)], date(2026, 12, 1)
        )


@pytest.mark.parametrize(
    ("lot", "price"), [("one", "182"), ("one", "183.5"), ("two", "190.75"), ("three", "200")]
)
def test_a_price_or_a_lot_that_the_rules_do_not_have_is_refused(
    lot: str, price: str, ledger: Path, declared: Callable[..., Path]
) -> None:
    prepared = prepared_auction(_dealt(declared(), ledger), "0" * 64)
    with pytest.raises(UsageError):
        settled(prepared, lot, Decimal(price), "buyer", sound_ledger(ledger).books)


def test_figures_of_published_sales() -> None:
    by_id = {sale.sale_id: sale for sale in sales()}
    assert by_id["futian_2023"].total_cny == 1_879_375
    assert by_id["enping_2024"].total_cny == 1_986_768
    found = price_figures(sales())
    assert found is not None
    assert (found.count, found.low, found.high) == (3, 66, 485)
    # (3875 x 485 + 5913 x 336 + 5880 x 66) / (3875 + 5913 + 5880)
    assert round(float(found.weighted), 6) == round((1_879_375 + 1_986_768 + 388_080) / 15_668, 6)


def test_a_covering_price_is_the_costs_over_all_tonnes(declared: Callable[..., Path]) -> None:
    costs = "costs:\n  - {item: {zh: 调查, en: Survey}, cny: 437500, source: note}\n"
    auction: Auction = read_auction(declared(LOTS + costs))[0]
    assert covering_price_cny_t(auction) == Decimal(100)
    assert covering_price_cny_t(read_auction(declared())[0]) is None


def _mrv(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_documents_are_written_in_both_languages_and_settled_by_command(
    ledger: Path, declared: Callable[..., Path], tmp_path: Path
) -> None:
    out, again = tmp_path / "auction", tmp_path / "again"
    for folder in (out, again):
        result = _mrv("auction", "prepare", declared(), ledger, "-o", folder)
        assert result.exit_code == 0, result.output
    names = sorted(path.name for path in out.iterdir())
    kinds = ("dossier.{}.pdf", "dossier.{}.docx", "summary.{}.pdf", "announcement.{}.txt", "lots.{}.xlsx")
    assert names == sorted(
        [kind.format(language) for kind in kinds for language in ("en", "zh")] + ["units.csv", "lots.json"]
    )
    assert all((out / name).read_bytes() == (again / name).read_bytes() for name in names)
    assert "3,875" in (out / "announcement.zh.txt").read_text(encoding="utf-8")
    assert _mrv("auction", "prepare", declared(), ledger, "-o", out).exit_code == 2
    certificate = tmp_path / "certificate.html"
    settle = ("auction", "settle", out, ledger, "--lot", "one", "--price", "485", "--buyer", "buyer",
              "--date", "2026-12-01")  # fmt: skip
    result = _mrv(*settle, "--certificate", certificate, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["total_cny"] == "1879375"
    text = certificate.read_text(encoding="utf-8")
    assert "1,879,375 CNY" in text
    assert "TEST-2010-1-2000" in text
    assert _mrv(*settle).exit_code == 2


@pytest.mark.parametrize(
    ("price", "buyer", "certificate"),
    [
        ("NaN", "buyer", "c.html"),
        ("Infinity", "buyer", "c.html"),
        ("485", "\U00020bb7", "c.pdf"),  # no font has it
        ("485", "buyer", "nowhere/c.html"),
        ("485", "buyer", "c.odt"),
    ],
)
def test_units_stay_where_they_are_when_no_certificate_can_be_written(
    price: str, buyer: str, certificate: str, ledger: Path, declared: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "auction"
    assert _mrv("auction", "prepare", declared(), ledger, "-o", out).exit_code == 0
    before = ledger.read_bytes()
    result = _mrv("auction", "settle", out, ledger, "--lot", "one", "--price", price, "--buyer", buyer,
                  "--date", "2026-12-01", "--certificate", tmp_path / certificate)  # fmt: skip
    assert result.exit_code == 2, result.output
    assert ledger.read_bytes() == before
    assert not (tmp_path / certificate).exists()

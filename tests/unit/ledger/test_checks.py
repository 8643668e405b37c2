"""Every check of a ledger finds what it is for, before an entry is written and in a file that holds it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import shapely

from mrv.errors import InputError
from mrv.ledger.accounts import books_of
from mrv.ledger.acts import reversal
from mrv.ledger.areas import area_of, common_ground_m2, overlap_m2
from mrv.ledger.book import append, read_ledger
from mrv.ledger.checks import CHECKS
from mrv.ledger.entries import (
    Act,
    BufferRelease,
    Cancellation,
    Origin,
    Period,
    RegistryIssuance,
    Retirement,
    Reversal,
    VintageUnits,
)
from mrv.ledger.places import block
from mrv.ledger.ranges import Range
from tests.ledger_samples import BUYER, DAY, OWNER, chained, issuance, ledger_of, series, transfer, written

BUFFER = block(series(), 101, 120)
ORIGIN = Origin(registry="Verra", file="t.csv", sha256="0" * 64, row=2, date=DAY)


def foreign(name: str = "VCS-{first}-{last}", first: int = 1, last: int = 5) -> RegistryIssuance:
    return RegistryIssuance(
        project="1340",
        methodology="VM0015",
        vintage=2015,
        credits=block(name, first, last),
        buffer=None,
        account="Verra",
        origin=ORIGIN,
    )


def retirement(first: int, last: int, holder: str = OWNER) -> Retirement:
    return Retirement(
        units=(block(series(), first, last),), from_account=holder, beneficiary="City", reason="2021"
    )


def cancelled(first: int, last: int, settles: str | None = None) -> Cancellation:
    return Cancellation(
        units=(block(series(), first, last),), from_account=OWNER, reason="made good", settles=settles
    )


def released(first: int, last: int, project: str = "bay") -> BufferRelease:
    return BufferRelease(
        project=project, units=(block(series(), first, last),), to_account=OWNER, document="decision 7"
    )


def reversed_(loss: int, taken: int, owed: int) -> Reversal:
    units = (block(series(), 101, 100 + taken),) if taken else ()
    return Reversal(project="bay", loss_t_co2e=loss, units=units, owed_t_co2e=owed, document="survey")


MOVED = Period(start=date(2015, 7, 1), end=date(2016, 7, 1))
ABUTTING = Period(start=date(2016, 1, 1), end=date(2017, 1, 1))

REFUSED: dict[str, tuple[list[Act], str]] = {
    "not there: never issued": ([issuance(), transfer(1, 121)], "units-not-there"),
    "not there: another's": ([issuance(), transfer(1, 5), transfer(1, 5)], "units-not-there"),
    "not there: partly another's": ([issuance(), transfer(5, 5), transfer(1, 9)], "units-not-there"),
    "not there: in the buffer": ([issuance(), transfer(100, 101)], "units-not-there"),
    "not there: retired": ([issuance(), retirement(1, 5), transfer(1, 1)], "units-not-there"),
    "not there: cancelled": ([issuance(), cancelled(1, 5), retirement(5, 5)], "units-not-there"),
    "not there: no such series": ([issuance(), transfer(1, 5, name=series("cape"))], "units-not-there"),
    "not there: another's buffer": ([issuance(), released(101, 102, "cape")], "units-not-there"),
    "named twice": (
        [
            issuance(),
            transfer(1, 5).model_copy(update={"units": (block(series(), 1, 5), block(series(), 5, 9))}),
        ],
        "units-twice",
    ),
    "issued twice": ([foreign(), foreign(first=5, last=9)], "units-issued-twice"),
    "credits above the results": ([issuance(issuable_t_co2e=99)], "issued-above-creditable"),
    "buffer short": ([issuance(buffer_t_co2e=21)], "buffer-incomplete"),
    "year outside": (
        [issuance(monitoring_period=Period(start=date(2016, 1, 1), end=date(2017, 1, 1)))],
        "vintages-outside",
    ),
    "period not over": ([issuance(years=(2020, 2021))], "period-not-over"),
    "same ground and time": ([issuance(), issuance("cape")], "issued-before"),
    "parts of ground and time": (
        [issuance(), issuance("cape", west=114.005, monitoring_period=MOVED)],
        "issued-before",
    ),
    "area hash": (
        [issuance(area=issuance().area.model_copy(update={"sha256": "1" * 64}))],
        "area-hash",
    ),
    "same package": (
        [issuance(), issuance("cape", west=115.0, package_sha256=issuance().package_sha256)],
        "package-issued-before",
    ),
    "carried in from nowhere": ([issuance(carried_in_t_co2e="0.5")], "carried-in"),
    "carried in too much": (
        [
            issuance(carried_on_t_co2e="0.25"),
            issuance(years=(2016,), carried_in_t_co2e="0.250000001"),
        ],
        "carried-in",
    ),
    "real beside simulated": (
        [issuance(), issuance("cape", west=115.0, simulated=False)],
        "simulated-and-real",
    ),
    "registry beside simulated": ([issuance(), foreign()], "simulated-and-real"),
    "ours as another's": ([foreign("MRV-x-{first}-{last}")], "series-form"),
    "real serials as simulated": (
        [issuance(simulated=True, vintages=issuance(simulated=False).vintages)],
        "series-form",
    ),
    "simulated serials as real": (
        [issuance(simulated=False, vintages=issuance(simulated=True).vintages)],
        "series-form",
    ),
    "no place for numbers": ([foreign("VCS-{first}")], "series-form"),
    "series of another project": (
        [issuance(), issuance("cape", west=115.0, first=121, vintages=issuance(first=121).vintages)],
        "series-of-another",
    ),
    "reversal takes too little": ([issuance(), reversed_(10, 5, 5)], "reversal-sum"),
    "reversal forgets what is owed": ([issuance(), reversed_(30, 20, 0)], "reversal-sum"),
    "reversal of more than was issued": ([issuance(), reversed_(121, 20, 101)], "reversal-above-issued"),
    "reversal of a project without units": (
        [issuance(), Reversal(project="cape", loss_t_co2e=1, units=(), owed_t_co2e=1, document="x")],
        "reversal-above-issued",
    ),
    "reversal spares the buffer": (
        [issuance(), issuance(years=(2016,)), reversed_(30, 20, 10)],
        "reversal-sum",
    ),
    "settles too much": ([issuance(), reversed_(25, 20, 5), cancelled(1, 6, "bay")], "settles-too-much"),
    "settles for nobody": ([issuance(), cancelled(1, 6, "cape")], "settles-too-much"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_act_is_refused(name: str, tmp_path: Path) -> None:
    acts, rule = REFUSED[name]
    file = tmp_path / "ledger.jsonl"
    if acts[:-1]:
        ledger_of(file, acts[:-1])
    before = file.read_bytes() if file.exists() else None
    with pytest.raises(InputError) as refused:
        append(file, lambda _: acts[-1:], DAY)
    assert rule in {finding.rule for finding in refused.value.findings}
    assert (file.read_bytes() if file.exists() else None) == before


@pytest.mark.parametrize("name", REFUSED)
def test_a_line_that_should_not_be_there_is_named(name: str, tmp_path: Path) -> None:
    acts, rule = REFUSED[name]
    read = read_ledger(written(tmp_path / "ledger.jsonl", chained(acts)))
    assert (f"ledger.jsonl:{len(acts)}", rule) in {(found.where, found.rule) for found in read.findings}


def test_nothing_is_released_while_tonnes_are_owed() -> None:
    acts = [issuance(), reversed_(25, 20, 5), issuance(years=(2016,))]
    release = BufferRelease(
        project="bay", units=(block(series(vintage=2016), 101, 102),), to_account=OWNER, document="d"
    )
    entries = chained([*acts, release, cancelled(1, 5, "bay"), release])
    books = books_of(entries[:3])
    rules = [finding.rule for check in CHECKS for finding in check("x", entries[3], books)]
    assert rules == ["buffer-owed"]
    books.post(entries[4])
    assert [finding for check in CHECKS for finding in check("x", entries[5], books)] == []


def test_days_do_not_run_backwards(tmp_path: Path) -> None:
    file = ledger_of(tmp_path / "ledger.jsonl", [issuance()])
    with pytest.raises(InputError, match="2021-02-28 lies before 2021-03-01"):
        append(file, lambda _: [transfer(1, 2)], date(2021, 2, 28))


def test_what_is_sound_is_let_through(tmp_path: Path) -> None:
    acts = [
        issuance(carried_on_t_co2e="0.75"),
        issuance("cape", west=114.01),  # shares a border
        issuance("bay", years=(2016,), monitoring_period=ABUTTING, carried_in_t_co2e="0.75"),
        transfer(1, 50),
        transfer(10, 20, BUYER, "Third"),
        retirement(1, 5, BUYER),
        cancelled(60, 61),
        released(120, 120),
        reversed_(3, 3, 0),
    ]
    read = read_ledger(ledger_of(tmp_path / "ledger.jsonl", acts))
    assert read.findings == ()
    assert read.books.balances()[0][2:] == (120, 94, 5, 5, 16)
    assert all(balance.closes for balance in read.books.balances())


def test_a_reversal_takes_the_oldest_buffer_units_and_owes_the_rest() -> None:
    books = books_of(chained([issuance(years=(2015, 2016))]))
    act = reversal(books, 30, "bay", "survey of 2022")
    assert act.units == (BUFFER, block(series(vintage=2016), 101, 110))
    assert act.owed_t_co2e == 0
    assert reversal(books, 55, "bay", "survey of 2022").owed_t_co2e == 15


def test_a_second_period_in_one_year_carries_the_numbers_on() -> None:
    again = VintageUnits(
        vintage=2015, series=series(), credits=Range(first=121, last=220), buffer=Range(first=221, last=240)
    )
    halves = [
        Period(start=date(2015, 1, 1), end=date(2015, 7, 1)),
        Period(start=date(2015, 7, 1), end=date(2016, 1, 1)),
    ]
    acts = [
        issuance(monitoring_period=halves[0]),
        issuance(monitoring_period=halves[1], vintages=(again,), package_sha256="2" * 64),
    ]
    entries = chained(acts)
    assert [f for check in CHECKS for f in check("x", entries[1], books_of(entries[:1]))] == []


SQUARE = shapely.box(114.0, 22.5, 114.01, 22.51)
METRE = 1 / 102_850  # degrees of longitude at 22.5 N: 111,320 m times the cosine


@pytest.mark.parametrize(
    ("west", "overlaps"),
    [(114.01, False), (114.01 - 0.5 * METRE, False), (114.01 - 2 * METRE, True), (114.02, False)],
)
def test_neighbours_are_told_from_overlaps(west: float, overlaps: bool) -> None:
    other = shapely.box(west, 22.5, west + 0.01, 22.51)
    assert (common_ground_m2(SQUARE, other) > 0) == overlaps


def test_a_strip_of_two_metres_has_its_area() -> None:
    other = shapely.box(114.01 - 2 * METRE, 22.5, 114.02, 22.51)
    height_m = 0.01 * 110_740  # metres of latitude at 22.5 N
    assert common_ground_m2(SQUARE, other) == pytest.approx(2 * height_m, rel=0.01)


def test_a_hole_is_no_ground() -> None:
    ring = SQUARE.difference(shapely.box(114.002, 22.502, 114.008, 22.508))
    inside = shapely.box(114.003, 22.503, 114.007, 22.507)
    assert overlap_m2(area_of(ring).polygons, area_of(inside).polygons) == 0
    assert overlap_m2(area_of(SQUARE).polygons, area_of(inside).polygons) > 0


def test_an_area_has_one_form_only() -> None:
    turned = shapely.Polygon(list(SQUARE.exterior.coords)[2:-1] + list(SQUARE.exterior.coords)[:3])
    assert area_of(turned) == area_of(SQUARE) == area_of(SQUARE.reverse())


def test_ground_too_small_for_the_coordinates_is_none() -> None:
    assert area_of(shapely.box(114.0, 22.5, 114.00000001, 22.50000001)) is None
    assert area_of(shapely.MultiPolygon()) is None


def test_areas_that_no_one_would_draw_are_read() -> None:
    bow = ((0, 0), (100_000, 100_000), (100_000, 0), (0, 100_000), (0, 0))
    assert overlap_m2(((bow,),), ((bow,),)) > 0
    world = (
        (
            (-1_800_000_000, -900_000_000),
            (1_800_000_000, -900_000_000),
            (1_800_000_000, 900_000_000),
            (-1_800_000_000, 900_000_000),
            (-1_800_000_000, -900_000_000),
        ),
    )
    assert overlap_m2((world,), area_of(SQUARE).polygons) == pytest.approx(
        overlap_m2(area_of(SQUARE).polygons, area_of(SQUARE).polygons)
    )
    flat = (((0, 0), (100, 0), (200, 0), (0, 0)),)
    assert overlap_m2((flat,), (world,)) == 0

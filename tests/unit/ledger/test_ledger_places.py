"""Blocks of units split where a part of them moves, and join again where neighbours lie together."""

from __future__ import annotations

import pytest

from mrv.ledger.accounts import account, oldest_first
from mrv.ledger.places import Place, Segment, Series, block
from mrv.ledger.serials import block_of, is_series, series_name
from tests.ledger_samples import TEMPLATE, series

A, B, C = account("a"), account("b"), Place("retired", "3")


def filled() -> Series:
    own = Series()
    own.put(1, 10, A)
    return own


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (1, 3, [(1, 3, B), (4, 10, A)]),
        (8, 10, [(1, 7, A), (8, 10, B)]),
        (4, 6, [(1, 3, A), (4, 6, B), (7, 10, A)]),
        (1, 10, [(1, 10, B)]),
        (5, 5, [(1, 4, A), (5, 5, B), (6, 10, A)]),
    ],
)
def test_a_block_splits_where_a_part_moves(first, last, expected):
    own = filled()
    own.put(first, last, B)
    assert list(own) == [Segment(*part) for part in expected]


def test_what_comes_back_joins_its_neighbours():
    own = filled()
    own.put(4, 6, B)
    own.put(4, 6, A)
    assert list(own) == [Segment(1, 10, A)]


def test_units_move_across_blocks():
    own = filled()
    own.put(4, 6, B)
    own.put(5, 8, C)
    assert list(own) == [Segment(1, 3, A), Segment(4, 4, B), Segment(5, 8, C), Segment(9, 10, A)]


def test_new_units_join_or_stand_apart():
    own = filled()
    own.put(11, 12, A)
    own.put(20, 21, A)
    assert list(own) == [Segment(1, 12, A), Segment(20, 21, A)]
    assert own.largest == 21


def test_units_lie_in_a_place_only_if_all_of_them_do():
    own = filled()
    own.put(4, 6, B)
    assert own.lie_in(1, 3, A)
    assert own.lie_in(4, 6, B)
    assert not own.lie_in(3, 4, A)
    assert not own.lie_in(9, 11, A)
    assert not own.lie_in(30, 31, A)


def test_a_series_is_named_by_its_template():
    assert series_name(TEMPLATE, "m", "p", 2020, simulated=False) == "MRV-m-p-2020-{first}-{last}"
    assert series_name(TEMPLATE, "m", "p", 2020, simulated=True) == "MRV-SIM-m-p-2020-{first}-{last}"


@pytest.mark.parametrize("name", ["x-{first}", "x-{last}-{first}", "x-{first}-{first}-{last}", "x"])
def test_a_series_holds_both_numbers_once_and_in_order(name):
    assert not is_series(name)


def test_a_serial_is_found_again():
    known = [series("bay", 2015), series("bay", 2016), "19385-{first}-{last}-VCS-VCU-1507-0"]
    assert block_of("MRV-SIM-stated-bay-2016-3-12", known) == block(series("bay", 2016), 3, 12)
    assert block_of("19385-941467007-941467431-VCS-VCU-1507-0", known) == block(
        known[2], 941_467_007, 941_467_431
    )
    assert block_of("MRV-SIM-stated-bay-2017-3-12", known) is None
    assert block_of("MRV-SIM-stated-bay-2016-12-3", known) is None
    assert block_of("MRV-SIM-stated-bay-2016-0-3", known) is None
    assert block_of("MRV-SIM-stated-bay-2016-٣-12", known) is None


def test_tonnes_are_taken_from_the_oldest():
    from mrv.ledger.accounts import Held, SeriesFacts

    def held(vintage: int, first: int, last: int) -> Held:
        facts = SeriesFacts("bay", "stated", vintage, None, True, None)
        return Held(block(series("bay", vintage), first, last), A, facts)

    chosen = oldest_first([held(2016, 1, 5), held(2015, 8, 9), held(2015, 1, 3)], 7)
    assert [(units.series, units.first, units.last) for units in chosen] == [
        (series("bay", 2015), 1, 3),
        (series("bay", 2015), 8, 9),
        (series("bay", 2016), 1, 2),
    ]
    with pytest.raises(ValueError, match="1 of 11"):
        oldest_first([held(2016, 1, 10)], 11)

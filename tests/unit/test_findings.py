"""Findings: their order, their waiving, and that all are raised at once."""

from __future__ import annotations

import pytest

from mrv.errors import InputError
from mrv.findings import Finding, Waiver, first_place, in_order, raise_errors, waive


def finding(where, rule="some-rule", **more):
    return Finding(where, rule, "{found} is not {allowed}", {"found": 512, "allowed": "0–150"}, **more)


def test_a_finding_reads_where_what_and_what_is_allowed():
    assert str(finding("trees.csv:41:dbh_cm")) == "trees.csv:41:dbh_cm: 512 is not 0–150 [some-rule]"


def test_places_are_ordered_by_line_number_not_by_text():
    found = in_order([finding("trees.csv:10:b"), finding("trees.csv:9:b"), finding("plots.csv:100:a")])
    assert [f.where for f in found] == ["plots.csv:100:a", "trees.csv:9:b", "trees.csv:10:b"]


def test_every_error_is_raised_at_once_and_notes_are_not():
    with pytest.raises(InputError) as caught:
        raise_errors([finding("b:2:x"), finding("a:1:x"), finding("c:3:x", severity="note")])
    assert [f.where for f in caught.value.findings] == ["a:1:x", "b:2:x"]
    raise_errors([finding("c:3:x", severity="note")])


def test_only_a_waivable_rule_can_be_waived():
    waivers = [Waiver("soft", "measured twice"), Waiver("hard", "we would like to")]
    soft, hard, other = waive(
        [finding("a", "soft", waivable=True), finding("b", "hard"), finding("c", "other", waivable=True)],
        waivers,
    )
    assert (soft.severity, hard.severity, other.severity) == ("waived", "error", "error")


def test_what_is_told_twice_stands_once():
    found = in_order([finding("b:1:x"), finding("a:1:x"), finding("a:1:x"), finding("a:1:x", "other-rule")])
    assert [(f.where, f.rule) for f in found] == [
        ("a:1:x", "other-rule"),
        ("a:1:x", "some-rule"),
        ("b:1:x", "some-rule"),
    ]


def test_the_first_of_several_places():
    assert first_place(["trees.csv:10", "trees.csv:9", "trees.csv:100"]) == "trees.csv:9"

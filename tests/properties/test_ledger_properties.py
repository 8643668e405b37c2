"""Whatever happens in a ledger, every unit is in one place and the balance adds up.

Random histories of every kind of act run against a model that is as plain as can be: a mapping of each single
unit to where it is. Acts that ask for too much must be refused and change nothing.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mrv.errors import InputError
from mrv.ledger import acts
from mrv.ledger.accounts import Books, account
from mrv.ledger.acts import Wanted
from mrv.ledger.book import append, read_ledger, sound_ledger
from mrv.ledger.checks import entry_findings
from mrv.ledger.entries import NO_LINE, Act, Entry
from mrv.ledger.issuance import dealt
from mrv.ledger.places import Series, block
from tests.ledger_samples import DAY, chained, issuance, rehashed, series, transfer

ACCOUNTS = ("a", "b", "c")
PROJECTS = ("bay", "cape")
accounts = st.sampled_from(ACCOUNTS)
projects = st.sampled_from(PROJECTS)
tonnes = st.integers(1, 60)


class Histories(RuleBasedStateMachine):
    """A ledger, and beside it the place of each single unit."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()
        self.entries: list[Entry] = []
        self.acts: list[Act] = []
        self.units: dict[tuple[str, int], str] = {}
        self.issued: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.owed: Counter[str] = Counter()

    def post(self, act: Act) -> bool:
        """Add an act if nothing speaks against it."""
        previous = self.entries[-1].sha256 if self.entries else NO_LINE
        entry = Entry(number=self.books.count + 1, previous=previous, date=DAY, act=act)
        if entry_findings("here", entry, self.books):
            return False
        self.books.post(entry)
        self.entries.append(entry)
        self.acts.append(act)
        return True

    def count(self, place: str, project: str | None = None) -> int:
        return sum(
            where == place and (project is None or f"-{project}-" in name)
            for (name, _), where in self.units.items()
        )

    def move(self, units, place: str) -> None:
        for own in units:
            for number in range(own.first, own.last + 1):
                self.units[own.series, number] = place

    @initialize()
    def first(self) -> None:
        self.issue("bay", 2015, 30, 8, "a")

    @rule(
        project=projects,
        year=st.integers(2014, 2017),
        credits=st.integers(1, 40),
        buffer=st.integers(0, 10),
        taker=accounts,
    )
    def issue(self, project: str, year: int, credits: int, buffer: int, taker: str) -> None:
        west = 114.0 + 0.02 * PROJECTS.index(project)
        act = issuance(project, west, (year,), credits, buffer, account=taker)
        done = self.post(act)
        assert done == ((series(project, year), 1) not in self.units)
        if done:
            for number in range(1, credits + buffer + 1):
                self.units[series(project, year), number] = (
                    taker if number <= credits else f"buffer {project}"
                )
            self.issued[project] += credits + buffer

    @rule(giver=accounts, taker=accounts, count=tonnes)
    def transfer(self, giver: str, taker: str, count: int) -> None:
        try:
            act = acts.transfer(self.books, Wanted(tonnes=count), giver, taker)
        except InputError:
            assert count > self.count(giver)
            return
        assert self.post(act)
        self.move(act.units, taker)

    @rule(giver=accounts, data=st.data())
    def transfer_by_serial(self, giver: str, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted({name for name, _ in self.units})))
        first = data.draw(st.integers(1, 50))
        last = first + data.draw(st.integers(0, 10))
        serial = block(name, first, last).serial
        act = acts.transfer(self.books, Wanted(serials=(serial,)), giver, "c")
        whole = all(self.units.get((name, number)) == giver for number in range(first, last + 1))
        assert self.post(act) == whole
        if whole:
            self.move(act.units, "c")

    @rule(holder=accounts, count=tonnes)
    def retire(self, holder: str, count: int) -> None:
        try:
            act = acts.retirement(self.books, Wanted(tonnes=count), holder, "City", "2021")
        except InputError:
            assert count > self.count(holder)
            return
        assert self.post(act)
        self.move(act.units, "retired")

    @rule(holder=accounts, count=tonnes, settles=st.none() | projects)
    def cancel(self, holder: str, count: int, settles: str | None) -> None:
        try:
            act = acts.cancellation(self.books, Wanted(tonnes=count), holder, "reason", settles)
        except InputError:
            assert count > self.count(holder)
            return
        done = self.post(act)
        assert done == (settles is None or count <= self.owed[settles])
        if done:
            self.move(act.units, "cancelled")
            if settles:
                self.owed[settles] -= count

    @rule(project=projects, taker=accounts, count=st.integers(1, 12))
    def release(self, project: str, taker: str, count: int) -> None:
        try:
            act = acts.release(self.books, Wanted(tonnes=count), project, taker, "decision")
        except InputError:
            assert count > self.count(f"buffer {project}")
            return
        done = self.post(act)
        assert done == (self.owed[project] == 0)
        if done:
            self.move(act.units, taker)

    @rule(project=projects, loss=st.integers(1, 30))
    def reverse(self, project: str, loss: int) -> None:
        held = self.count(f"buffer {project}")
        act = acts.reversal(self.books, loss, project, "survey")
        done = self.post(act)
        assert done == (loss <= self.issued[project] - self.lost[project])
        if done:
            self.move(act.units, "cancelled")
            self.lost[project] += loss
            self.owed[project] += max(loss - held, 0)

    @precondition(lambda self: len(self.acts) > 3)
    @rule()
    def write_and_read(self) -> None:
        """The same acts through a file give the same books."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "ledger.jsonl"
            append(file, lambda _: self.acts, DAY)
            assert file.read_bytes() == b"".join(entry.line for entry in self.entries)
            assert sound_ledger(file).books.holdings() == self.books.holdings()

    @invariant()
    def every_unit_is_where_the_model_has_it(self) -> None:
        found = {}
        for held in self.books.holdings():
            kind, name = held.place
            place = name if kind == "account" else f"buffer {name}" if kind == "buffer" else kind
            for number in range(held.units.first, held.units.last + 1):
                assert (held.units.series, number) not in found
                found[held.units.series, number] = place
        assert found == self.units

    @invariant()
    def balances_add_up(self) -> None:
        for balance in self.books.balances():
            assert balance.closes
        assert sum(balance.issued_t_co2e for balance in self.books.balances()) == sum(self.issued.values())
        assert +self.books.owed_t_co2e == +self.owed


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def changed(document: Any, path: Sequence[int], value: object) -> Any:
    """A document with what lies on a path replaced; the path leads on by position until it ends."""
    if not path or not isinstance(document, dict | list) or not document:
        return value
    keys = sorted(document) if isinstance(document, dict) else range(len(document))
    key = keys[path[0] % len(keys)]
    items = dict(document) if isinstance(document, dict) else list(document)
    items[key] = changed(document[key], path[1:], value)
    return items


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("{first}-{last}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SOUND = [
    json.loads(entry.line)
    for entry in chained([issuance(), transfer(1, 5), acts.reversal(Books(), 3, "bay", "survey")])
]


@given(st.integers(0, 2), st.lists(st.integers(0, 9), min_size=1, max_size=8), json_values)
@settings(max_examples=300, deadline=None)
def test_whatever_a_line_holds_it_is_read_or_told(number: int, path: list[int], value: object) -> None:
    documents = [changed(entry, path, value) if n == number else entry for n, entry in enumerate(SOUND)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.jsonl"
        try:
            file.write_bytes(rehashed([entry if isinstance(entry, dict) else {} for entry in documents]))
        except UnicodeEncodeError:
            return
        assert all(str(finding).isprintable() for finding in read_ledger(file).findings)


@given(st.lists(st.binary(max_size=60), max_size=4))
@settings(deadline=None)
def test_whatever_bytes_there_are_they_are_told(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.jsonl"
        file.write_bytes(b"\n".join(lines))
        assert bool(read_ledger(file).findings) == (file.stat().st_size > 0)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 8), st.sampled_from("ab")), max_size=30))
def test_segments_are_in_order_apart_and_joined(puts: list[tuple[int, int, str]]) -> None:
    own, model = Series(), {}
    for first, more, name in puts:
        own.put(first, first + more, account(name))
        model |= dict.fromkeys(range(first, first + more + 1), name)
    segments = list(own)
    found = {n: part.place.name for part in segments for n in range(part.first, part.last + 1)}
    assert found == model
    for one, other in itertools.pairwise(segments):
        assert one.last < other.first
        assert one.last + 1 < other.first or one.place != other.place


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_whole_tonnes_are_dealt_without_a_rest(total: int, weights: list[int]) -> None:
    parts = dealt(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)

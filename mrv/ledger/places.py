"""Where units are: blocks of a series, and the places that they lie in and move between.

A unit is one number of a series, and lies in one place. Every act is nothing but new units in a place, or
units moved from one place to another; that is why no unit can be lost and none be there twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from mrv.findings import Phrase
from mrv.ledger.ranges import Range
from mrv.ledger.texts import Text

Kind = Literal["account", "buffer", "retired", "cancelled"]

PLACES: Mapping[Kind, Phrase] = {
    "account": Phrase("account"),
    "buffer": Phrase("the buffer of"),
    "retired": Phrase("what was retired by entry"),
    "cancelled": Phrase("what was cancelled by entry"),
}
"""Kinds of places in words; the name of the place follows."""


class Block(Range):
    """Units of a series, from the first number to the last.

    Attributes
    ----------
    series : str
        Serial with ``{first}`` and ``{last}`` where the numbers stand.
    """

    series: Text

    @property
    def serial(self) -> str:
        """Serial of the block as people read it."""
        return self.series.replace("{first}", str(self.first)).replace("{last}", str(self.last))


def block(series: str, first: int, last: int) -> Block:
    """Units of a series."""
    return Block(series=series, first=first, last=last)


class Place(NamedTuple):
    """Where units lie.

    Attributes
    ----------
    kind : {"account", "buffer", "retired", "cancelled"}
    name : str
        Whose account, or which project's buffer; of what is retired or cancelled, the number of the entry.
    """

    kind: Kind
    name: str


class Segment(NamedTuple):
    """Neighbouring units of a series that lie in one place."""

    first: int
    last: int
    place: Place


class Series:
    """Units of one series in the order of their numbers, each in its place."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._segments)

    def within(self, first: int, last: int) -> list[Segment]:
        """Segments that hold any number from the first to the last, cut to these."""
        start = max(bisect_right(self._segments, first, key=lambda segment: segment.first) - 1, 0)
        found = []
        for segment in self._segments[start:]:
            if segment.first > last:
                break
            if segment.last >= first:
                found.append(Segment(max(segment.first, first), min(segment.last, last), segment.place))
        return found

    def lie_in(self, first: int, last: int, place: Place) -> bool:
        """Whether every number from the first to the last is a unit in the place."""
        found = self.within(first, last)
        held = sum(segment.last - segment.first + 1 for segment in found if segment.place == place)
        return held == last - first + 1

    def put(self, first: int, last: int, place: Place) -> None:
        """Put units into a place, new ones or such as lie elsewhere; neighbours in one place become one."""
        start = bisect_right(self._segments, first, key=lambda segment: segment.first) - 1
        start = start if start >= 0 and self._segments[start].last >= first else start + 1
        end = start
        while end < len(self._segments) and self._segments[end].first <= last:
            end += 1
        changed = [Segment(first, last, place)]
        if end > start:
            before, after = self._segments[start], self._segments[end - 1]
            if before.first < first:
                changed.insert(0, Segment(before.first, first - 1, before.place))
            if after.last > last:
                changed.append(Segment(last + 1, after.last, after.place))
        if start > 0:
            start -= 1
            changed.insert(0, self._segments[start])
        if end < len(self._segments):
            changed.append(self._segments[end])
            end += 1
        self._segments[start:end] = _joined(changed)

    @property
    def largest(self) -> int:
        """Largest number so far; 0 where there is none."""
        return self._segments[-1].last if self._segments else 0


def _joined(segments: list[Segment]) -> list[Segment]:
    joined = segments[:1]
    for segment in segments[1:]:
        last = joined[-1]
        if last.place == segment.place and last.last + 1 == segment.first:
            joined[-1] = Segment(last.first, segment.last, last.place)
        else:
            joined.append(segment)
    return joined

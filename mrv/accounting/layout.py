"""Where the quantities of a methodology stand when its graph is drawn: columns by dependence, few crossings.

A quantity stands right of all that it takes. An arrow that passes a column gets a place of its own there,
so that it runs between the boxes. The order within a column follows from neighbouring columns, swept
forwards and backwards (Sugiyama's method).

References
----------
.. [1] Sugiyama, Tagawa and Toda (1981), Methods for visual understanding of hierarchical system structures,
   IEEE Transactions on Systems, Man, and Cybernetics 11 (2), 109-125.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 12
"""Passes over the columns, forwards and backwards in turn; more change nothing in graphs of this size."""

Inputs = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Layout:
    """Columns of a graph.

    Attributes
    ----------
    columns : tuple of tuple of str
        From what is given to what is computed last, each from top to bottom; ``""`` is the place of an
        arrow that passes.
    place : mapping of str to (int, int)
        Column and row of each quantity.
    arrows : tuple of tuple of (int, int)
        Places that each arrow runs through, from a quantity to one that takes it.
    """

    columns: tuple[tuple[str, ...], ...]
    place: Mapping[str, tuple[int, int]]
    arrows: tuple[tuple[tuple[int, int], ...], ...]


def layout(inputs: Inputs) -> Layout:
    """Places of the quantities of a graph.

    Parameters
    ----------
    inputs : mapping of str to sequence of str
        What each computed quantity takes; names without an entry are given.
    """
    column_of = _columns(inputs)
    arrows = [(source, name) for name in sorted(inputs) for source in inputs[name]]
    chains = [
        [
            source,
            *(f"{source}>{name}@{column}" for column in range(column_of[source] + 1, column_of[name])),
            name,
        ]
        for source, name in arrows
    ]
    columns: list[list[str]] = [[] for _ in range(max(column_of.values(), default=-1) + 1)]
    for name in sorted(column_of):
        columns[column_of[name]].append(name)
    for chain in chains:
        for step, name in enumerate(chain[1:-1], column_of[chain[0]] + 1):
            columns[step].append(name)
    ordered = _ordered(columns, chains)
    place = {name: (x, y) for x, column in enumerate(ordered) for y, name in enumerate(column)}
    return Layout(
        tuple(tuple(name if name in column_of else "" for name in column) for column in ordered),
        {name: place[name] for name in column_of},
        tuple(tuple(place[name] for name in chain) for chain in chains),
    )


def _columns(inputs: Inputs) -> dict[str, int]:
    """Column of each: computed ones right of all that they take, given ones next to their first use."""
    depth: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((of(source) for source in inputs.get(name, ())), default=-1)
        return depth[name]

    computed = {name: of(name) for name in sorted(inputs)}
    given = sorted({source for sources in inputs.values() for source in sources} - set(inputs))
    first_use = {name: min(computed[user] for user in inputs if name in inputs[user]) for name in given}
    return computed | {name: first_use[name] - 1 for name in given}


def _ordered(columns: list[list[str]], chains: Sequence[Sequence[str]]) -> list[list[str]]:
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for chain in chains:
        for source, name in pairwise(chain):
            before.setdefault(name, []).append(source)
            after.setdefault(source, []).append(name)
    current = [list(column) for column in columns]
    best, fewest = current, _crossings(current, after)
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        neighbours = before if forwards else after
        indices = range(1, len(current)) if forwards else range(len(current) - 2, -1, -1)
        current = [list(column) for column in current]
        for index in indices:
            other = current[index - 1 if forwards else index + 1]
            rank = {name: number for number, name in enumerate(other)}
            current[index] = _by_mean_rank(current[index], neighbours, rank)
        crossings = _crossings(current, after)
        if crossings < fewest:
            best, fewest = current, crossings
    return best


def _by_mean_rank(
    column: list[str], neighbours: Mapping[str, list[str]], rank: Mapping[str, int]
) -> list[str]:
    def mean(position: int, name: str) -> float:
        ranks = [rank[other] for other in neighbours.get(name, ()) if other in rank]
        return sum(ranks) / len(ranks) if ranks else float(position)

    keys = {name: (mean(position, name), position) for position, name in enumerate(column)}
    return sorted(column, key=lambda name: keys[name])


def _crossings(columns: Sequence[Sequence[str]], after: Mapping[str, Sequence[str]]) -> int:
    """Pairs of arrows between neighbouring columns that cross."""
    count = 0
    for column, following in pairwise(columns):
        rank = {name: number for number, name in enumerate(following)}
        ends = [sorted(rank[other] for other in after.get(name, ())) for name in column]
        seen: list[int] = []
        for own in ends:
            count += sum(earlier > end for end in own for earlier in seen)
            seen += own
    return count

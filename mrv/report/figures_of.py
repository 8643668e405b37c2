"""Figures of a run as a report looks them up: by name, place, pool and date."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.report.blocks import Block, Table
from mrv.report.labels import POOL_NAMES, POOLS, TOTAL
from mrv.report.numbers import interval_ends, number_text
from mrv.report.words import Words
from mrv.run.results import Figure, IntervalRecord, Results


class Figures:
    """Figures of a run, by their keys."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self._by_key = {(own.name, tuple(sorted(own.index.items()))): own for own in results.figures}

    def of(self, name: str, **index: str) -> Figure | None:
        """One figure; None where the run has none."""
        return self._by_key.get((name, tuple(sorted(index.items()))))

    def named(self, name: str) -> list[Figure]:
        """Every figure of a name, in the order of ``results.json``."""
        return [figure for figure in self.results.figures if figure.name == name]

    def dates(self, name: str) -> list[str]:
        """Dates that a figure is told of."""
        return sorted({figure.index["date"] for figure in self.named(name) if "date" in figure.index})

    @property
    def places(self) -> list[dict[str, str]]:
        """Strata, then the project: parts of an index."""
        return [*({"stratum": stratum.stratum_id} for stratum in self.results.strata), {}]

    def pools(self, state: str) -> list[str]:
        """Pools of a state, in the order in which they are printed."""
        own = {pool.pool for pool in self.results.pools if pool.state == state}
        return [pool for pool in POOLS if pool in own]


def place_name(words: Words, place: dict[str, str]) -> str:
    """Name of a stratum, or that it is the project."""
    return place.get("stratum") or words("project")


def pool_name(words: Words, pool: str) -> str:
    """Name of a pool, or of the sum of pools."""
    return words("total") if pool == TOTAL else words(POOL_NAMES[pool])


def interval_text(words: Words, interval: IntervalRecord | None, digits: int) -> str:
    """Ends of an interval; a dash where there is none."""
    ends = interval_ends(interval, digits)
    return "–" if ends is None else words("{low} to {high}", low=ends[0], high=ends[1])


def with_interval(words: Words, value: str, unit: str, ends: tuple[str, str] | None) -> str:
    """Value with its unit and, in brackets, the ends of its interval."""
    if ends is None:
        return f"{value} {unit}"
    return words("{value} {unit} ({low} to {high})", value=value, unit=unit, low=ends[0], high=ends[1])


def with_intervals(words: Words, figure: Figure, digits: int) -> tuple[str, str, str]:
    """Value of a figure, its interval from sampling alone, and that from all errors."""
    return (
        number_text(figure.value, digits),
        interval_text(words, figure.interval, digits),
        interval_text(words, figure.total_interval, digits),
    )


def pools_by_place(
    figures: Figures, words: Words, name: str, heading: str, digits: int, pools: list[str]
) -> Iterator[Block]:
    """A figure by stratum, date and pool, each with both of its intervals; nothing where the run has none."""
    rows = []
    for place in figures.places:
        for date in figures.dates(name):
            for pool in pools:
                own = figures.of(name, **place, pool=pool, date=date)
                if own is not None:
                    cells = with_intervals(words, own, digits)
                    day = date.replace("/", "–")
                    rows.append((place_name(words, place), day, pool_name(words, pool), *cells))
    if rows:
        yield Table(
            (
                words("stratum"),
                words("date"),
                words("pool"),
                heading,
                words("sampling alone"),
                words("all errors"),
            ),
            rows,
            numeric=frozenset({3, 4, 5}),
            widths=(1.5, 2.2, 1.2, 1.8, 1.8, 1.8),
        )

"""Stems, plots and censuses that stand twice: rows copied, plots copied, a census copied from the one before.

Equal stems are no fault by themselves: with diameters to a millimetre, some agree. How many may agree by
chance is taken from pairs of stems of the same survey that stand in different plots.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
from scipy.special import pdtrc

from mrv.findings import Finding
from mrv.plausibility import quality_rule
from mrv.quality.suspects import Suspect, earliest, places, row_list
from mrv.quality.tree_records import TreeRecords

KEYS = ("species", "dbh_cm", "height_m")

Row = tuple[object, ...]


def pairs(counts: Sequence[int]) -> int:
    """Pairs of equal things, from how often each occurs."""
    return sum(count * (count - 1) // 2 for count in counts)


def chance_of_pairs(found: int, expected: float) -> float:
    """Probability of so many equal pairs or more where so many are expected (Poisson)."""
    return float(pdtrc(found - 1, expected)) if found else 1.0


def repeated_stems(records: TreeRecords) -> Iterator[Suspect]:
    """Plots that hold more stems of equal species, diameter and height than chance would give."""
    trees = records.trees[records.trees["height_m"].notna() & records.trees["dbh_cm"].notna()]
    keys = list(KEYS)
    all_pairs = pairs(trees.groupby(keys).size().to_list())
    alike = trees.groupby(["plot_id", *keys]).size().groupby(level="plot_id")
    within = {str(plot): pairs(counts.to_list()) for plot, counts in alike}
    possible_within = {
        str(plot): math.comb(int(count), 2) for plot, count in trees.groupby("plot_id").size().items()
    }
    others = math.comb(len(trees), 2) - sum(possible_within.values())
    between = all_pairs - sum(within.values())
    if others <= 0:
        return
    # One pair more than seen: a small survey without any must not make every pair impossible.
    rate = (between + 1) / others
    for plot, rows in trees.groupby("plot_id", sort=True):
        found = within.get(str(plot), 0)
        expected = rate * possible_within[str(plot)]
        if chance_of_pairs(found, expected) >= quality_rule("repeat_chance"):
            continue
        again = rows[rows.duplicated(keys)]
        yield Suspect(
            Finding(
                earliest(again),
                "stems-repeated",
                "{count} stems of plot {plot!r} have species, diameter and height of another one in it; "
                "chance gives {expected}: {rows}",
                {
                    "count": len(again),
                    "plot": plot,
                    "expected": f"{expected:.2g}",
                    "rows": row_list(again["source"]),
                },
                severity="note",
            ),
            "trees",
            places(again),
        )


def rows_repeated(records: TreeRecords) -> Iterator[Suspect]:
    """Rows that say the same as the one above, tag apart, more often than rows of a plot agree elsewhere."""
    columns = ["plot_id", "species", "dbh_cm", "height_m", "status"]
    for _, rows in records.trees.groupby("file", sort=True):
        ordered = rows.assign(row=[_number(source) for source in rows["source"]]).sort_values(
            "row", kind="stable"
        )
        same = (ordered[columns] == ordered[columns].shift()).all(axis=1)
        again = ordered[same & ordered["row"].diff().eq(1)]
        measured = ordered[ordered["height_m"].notna() & ordered["dbh_cm"].notna()]
        sizes = measured.groupby("plot_id").size()
        possible = pairs(sizes.to_list())
        if again.empty or not possible:
            continue
        elsewhere = pairs(measured.groupby(columns).size().to_list()) - len(again)
        expected = (max(elsewhere, 0) + 1) / possible * float((sizes - 1).sum())
        if chance_of_pairs(len(again), expected) >= quality_rule("row_chance"):
            continue
        yield Suspect(
            Finding(
                earliest(again),
                "row-repeated",
                "{count} rows have plot, species, status, diameter and height of the row above, where chance "
                "gives {expected}: {rows}",
                {"count": len(again), "expected": f"{expected:.2g}", "rows": row_list(again["source"])},
                severity="note",
            ),
            "trees",
            places(again),
        )


def _number(source: str) -> int:
    digits = "".join(sign for sign in source.rsplit(":", 1)[-1].rsplit("!", 1)[-1] if sign.isdecimal())
    return int(digits) if digits else -1


def _stems(rows: pd.DataFrame) -> list[Row]:
    """Stems in the order of the file; NaN as a word, so that two missing heights are equal."""
    own = rows[list(KEYS)]
    return list(own.astype(object).where(own.notna(), "").itertuples(index=False, name=None))


def equal_run(first: Sequence[Row], second: Sequence[Row]) -> tuple[int, int, int]:
    """Longest run of equal rows in two sequences that may be a copy: its length, and where it starts in each.

    A run of thin stems alone is no copy: it must hold :func:`quality_rule` ``copied_distinct`` diameters.
    """
    distinct = quality_rule("copied_distinct")
    best = (0, 0, 0)
    previous: dict[int, int] = {}
    where: dict[Row, list[int]] = {}
    for position, row in enumerate(second):
        where.setdefault(row, []).append(position)
    for i, row in enumerate(first):
        current: dict[int, int] = {}
        for j in where.get(row, ()):
            length = previous.get(j - 1, 0) + 1
            current[j] = length
            start = i - length + 1
            if length > best[0] and len({stem[1] for stem in first[start : i + 1]}) >= distinct:
                best = (length, start, j - length + 1)
        previous = current
    return best


def copied_length(first: Sequence[Row], second: Sequence[Row]) -> int:
    """Stems that two plots share as a copy would: all of them, or a long run in the same order; else 0."""
    if _may_be_copied(first) and Counter(first) == Counter(second):
        return len(first)
    length, _, _ = equal_run(first, second)
    return length if length >= quality_rule("copied_run") else 0


def _may_be_copied(stems: Sequence[Row]) -> bool:
    """Whether a plot has so many and so various stems that another one like it is a copy."""
    various = len({row[1] for row in stems}) >= quality_rule("copied_distinct")
    return various and len(stems) >= quality_rule("copied_minimum")


def _runs(stems: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
    """From each stem on, the shortest run that is told as copied; two plots with a longer one share it."""
    least, distinct = int(quality_rule("copied_run")), quality_rule("copied_distinct")
    end = 0
    inside: Counter[object] = Counter()
    for start in range(len(stems)):
        while end < len(stems) and (end - start < least or len(inside) < distinct):
            inside[stems[end][1]] += 1
            end += 1
        if end - start < least or len(inside) < distinct:
            return
        yield tuple(stems[start:end])
        inside[stems[start][1]] -= 1
        if not inside[stems[start][1]]:
            del inside[stems[start][1]]


def _candidates(stems: Mapping[str, Sequence[Row]]) -> list[tuple[str, str]]:
    """Pairs of plots that are copies, the first plot of several with the same stems with each later one.

    Plots are looked up by what they hold, not compared two by two, so that thousands of them take no longer
    than reading them.
    """
    first_with: dict[object, str] = {}
    found: set[tuple[str, str]] = set()
    for plot in sorted(stems):
        rows = stems[plot]
        held: set[object] = set(_runs(rows))
        if _may_be_copied(rows):
            held.add(frozenset(Counter(rows).items()))
        for key in held:
            earlier = first_with.setdefault(key, plot)
            if earlier != plot:
                found.add((earlier, plot))
    return sorted(found)


def plots_copied(records: TreeRecords) -> Iterator[Suspect]:
    """Plots of one survey with the same stems."""
    trees = records.trees
    groups = {str(plot): rows for plot, rows in trees.groupby("plot_id", sort=True)}
    stems = {plot: _stems(rows) for plot, rows in groups.items()}
    for first, second in _candidates(stems):
        length = copied_length(stems[first], stems[second])
        if not length:
            continue
        later = groups[second]
        if length < len(later):
            _, _, start = equal_run(stems[first], stems[second])
            later = later.iloc[start : start + length]
        yield Suspect(
            Finding(
                earliest(later),
                "plot-copied",
                "{count} stems of plot {second!r} are those of plot {first!r}, one for one",
                {"count": length, "first": first, "second": second},
                waivable=True,
            ),
            "trees",
            places(later),
        )


def censuses_copied(first: TreeRecords, second: TreeRecords) -> Iterator[Suspect]:
    """Plots whose second census repeats the diameters of the first.

    Parameters
    ----------
    first, second : TreeRecords
        An earlier and a later survey.
    """
    earlier = {str(plot): rows for plot, rows in first.trees.groupby("plot_id", sort=True)}
    for plot, later in second.trees.groupby("plot_id", sort=True):
        before = earlier.get(str(plot))
        if before is None or set(before["source"]) & set(later["source"]):
            continue
        then, now = Counter(_stems(before)), Counter(_stems(later))
        shared = sum((then & now).values())
        share = shared / len(later)
        distinct = len({row[1] for row in then & now})
        if (
            shared < quality_rule("copied_minimum")
            or share < quality_rule("census_equal_share")
            or distinct < quality_rule("copied_distinct")
        ):
            continue
        yield Suspect(
            Finding(
                earliest(later),
                "census-copied",
                "{count} of {all} stems of plot {plot!r} have diameter and height of {date}; nothing grew",
                {"count": shared, "all": len(later), "plot": plot, "date": first.date},
                waivable=True,
            ),
            "trees",
            places(later),
        )

"""What an assumption moves, for people and for programs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mrv.cli.output import Output
from mrv.cli.standing import show_standing
from mrv.report.numbers import short_number, unit_text

if TYPE_CHECKING:
    from mrv.run.results import Figure
    from mrv.run.what_if import Moved, WhatIf


def show_what_if(output: Output, found: WhatIf) -> None:
    """Print what was assumed, and the figures of the project that move; all of them with ``-v``."""
    show_standing(output, found.results)
    for entry in found.assumptions:
        output.say(
            output.translated(
                "{name}: {after} instead of {before}",
                name=entry.name,
                after=entry.after,
                before="–" if entry.before is None else entry.before,
            )
        )
    shown = [moved for moved in found.moved if output.verbosity > 0 or not moved.index]
    if shown:
        output.table(("figure", "before", "after", "change", "unit"), [_row(moved) for moved in shown])
    if any(_interval_alone(moved) for moved in shown):
        output.say(output.translated("* The value stays; its interval moves."))
    output.say(
        output.translated(
            "{moved} figures move, {unmoved} stay. Nothing was written.",
            moved=len(found.moved),
            unmoved=found.unmoved,
        )
    )
    if len(shown) < len(found.moved):
        output.say(output.translated("Figures of strata, dates and years: -v"))


def _row(moved: Moved) -> tuple[str, ...]:
    name = " ".join((moved.name, *moved.index.values()))
    before, after = (figure.value if figure else None for figure in (moved.before, moved.after))
    return (
        name + (" *" if _interval_alone(moved) else ""),
        short_number(before),
        short_number(after),
        _change_text(moved.change, before),
        unit_text(moved.unit),
    )


def _interval_alone(moved: Moved) -> bool:
    return moved.change == 0


def _change_text(change: float, before: float | None) -> str:
    if math.isnan(change):
        return "–"
    if change == 0:
        return "0"
    sign = "−" if change < 0 else "+"
    share = f" ({sign}{abs(change / before):.1%})" if before else ""
    return f"{sign}{short_number(float(f'{abs(change):.6g}'))}{share}"


def what_if_plain(found: WhatIf) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "assumptions": [
            {"name": entry.name, "before": entry.before, "after": entry.after} for entry in found.assumptions
        ],
        "methodology": found.results.methodology.model_dump(mode="json")
        if found.results.methodology
        else None,
        "headline": found.results.headline,
        "moved": [
            {
                "name": moved.name,
                "unit": moved.unit,
                "index": dict(moved.index),
                "before": _figure(moved.before),
                "after": _figure(moved.after),
                "change": None if math.isnan(moved.change) else moved.change,
            }
            for moved in found.moved
        ],
        "unmoved": found.unmoved,
    }


def _figure(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return figure.model_dump(mode="json", include={"value", "interval", "total_interval"})

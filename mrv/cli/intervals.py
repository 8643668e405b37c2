"""Intervals as they are printed: their two ends, from sampling alone and from all errors.

One estimate in a row has the ends of both intervals beside it. Where a row compares two estimates, each is
printed with the half-width of its interval, and a sentence under the table says what ± is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mrv.report.numbers import number_text

if TYPE_CHECKING:
    from mrv.cli.output import Output
    from mrv.run.results import Figure, IntervalRecord, Results

INTERVALS = ("sampling alone", "all errors")
"""Columns for the two intervals of a figure."""


def interval_text(output: Output, interval: IntervalRecord | None, digits: int) -> str:
    """Ends of an interval; a dash where there is none."""
    if interval is None:
        return "–"
    return output.translated(
        "{low} to {high}", low=number_text(interval.low, digits), high=number_text(interval.high, digits)
    )


def interval_cells(output: Output, figure: Figure | None, digits: int) -> tuple[str, str]:
    """Both intervals of a figure, in the order of :data:`INTERVALS`."""
    if figure is None:
        return "–", "–"
    return (
        interval_text(output, figure.interval, digits),
        interval_text(output, figure.total_interval, digits),
    )


def say_half_width(output: Output, results: Results) -> None:
    """Say what ± is."""
    output.say(
        output.translated(
            "± is half of the two-sided {level} interval.", level=f"{results.confidence_level:.0%}"
        )
    )


def say_intervals(output: Output, results: Results) -> None:
    """Say what the intervals of a figure are, or why there is none."""
    if not any(figure.interval for figure in results.figures):
        output.say(
            output.translated(
                "No interval: the plots were chosen on purpose, so that no design stands behind one."
            )
        )
        return
    output.say(
        output.translated(
            "Two-sided {level} intervals of the figure before them: from the sampling of plots alone, and "
            "from all errors that are known ({draws} draws).",
            level=f"{results.confidence_level:.0%}",
            draws=number_text(results.error_budget.draws, 0),
        )
        if results.error_budget is not None
        else output.translated(
            "Two-sided {level} intervals of the figure before them, from the sampling of plots alone.",
            level=f"{results.confidence_level:.0%}",
        )
    )

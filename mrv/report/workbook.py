"""Every figure of a run as a workbook: values as numbers, with units, intervals, clauses and sources."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import xlsxwriter
from rich.cells import cell_len

from mrv.report.labels import COMPONENTS
from mrv.report.numbers import unit_text
from mrv.report.words import Words
from mrv.run.results import IntervalRecord, Results

FIXED_DAY = datetime(1970, 1, 1, tzinfo=UTC)
WIDEST = 48
"""Characters that a column is made wide at most; longer text runs on in lines."""
LINE_POINTS = 15.0
"""Height of a line. [pt]"""
A4 = 9
"""Number of the paper."""

Value = str | float | int | Decimal | None


class Sheet(NamedTuple):
    """A sheet: its name, its columns, its rows."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]


def _ends(interval: IntervalRecord | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)


def _figures(results: Results, words: Words) -> Sheet:
    keys = sorted({key for figure in results.figures for key in figure.index})
    columns = (
        words("figure"),
        *(words(key) for key in keys),
        words("value"),
        words("unit"),
        words("sampling alone, low"),
        words("sampling alone, high"),
        words("all errors, low"),
        words("all errors, high"),
        words("units"),
        words("estimator"),
        words("clause"),
        words("remark"),
    )
    rows = [
        (
            figure.name,
            *(figure.index.get(key) for key in keys),
            figure.value,
            unit_text(figure.unit),
            *_ends(figure.interval),
            *_ends(figure.total_interval),
            figure.units,
            words.parts(figure.method) if figure.method else None,
            figure.clause,
            words(figure.because) if figure.because else None,
        )
        for figure in results.figures
    ]
    return Sheet(words("figures"), columns, rows)


def _others(results: Results, words: Words) -> Iterator[Sheet]:
    yield Sheet(
        words("numbers"),
        [words(name) for name in ("number", "value", "unit", "clause", "evidence", "source")],
        [
            (
                own.name,
                own.value if not isinstance(own.value, dict) else str(own.value),
                unit_text(own.unit),
                own.clause,
                words(own.evidence),
                own.source,
            )
            for own in results.parameters
        ],
    )
    yield Sheet(
        words("equations"),
        [
            words(name)
            for name in ("equation", "component", "stems", "outside", "share of basal area", "source")
        ],
        [
            (
                use.equation_id,
                use.component,
                use.stems,
                use.outside_range_stems,
                use.outside_range_basal_area_share,
                use.source,
            )
            for use in results.equations
        ],
    )
    if results.error_budget is not None:
        yield Sheet(
            words("error budget"),
            [
                words(name)
                for name in (
                    "source of error",
                    "standing",
                    "carbon stock",
                    "sink",
                    "net removals",
                    "why not counted",
                )
            ],
            [
                (
                    words(COMPONENTS[own.component]),
                    words(own.state),
                    own.share_of_stock_variance,
                    own.share_of_sink_variance,
                    own.share_of_net_removals_variance,
                    words(own.because) if own.because else None,
                )
                for own in results.error_budget.components
            ],
        )
    yield Sheet(
        words("findings"),
        [words(name) for name in ("place", "finding", "rule")],
        [(found.where, words.of(found.message), found.rule) for found in results.findings],
    )


def _standing(results: Results, words: Words, package_sha256: str | None) -> Sheet:
    rows = [(words("Name"), words.half(results.project.name)), (words("Identifier"), results.project.id)]
    if results.project.simulated:
        rows.append((words("standing"), words("SIMULATED DATA")))
    if results.methodology is not None:
        rows.append((words("Methodology"), words.half(results.methodology.title)))
        rows.append((words("Conformance"), words(results.methodology.conformance)))
    if results.monitoring_period is not None:
        start, end = results.monitoring_period
        rows.append((words("Monitoring period"), words("{start} to {end} (excluded)", start=start, end=end)))
    if package_sha256 is not None:
        rows.append((words("Package"), package_sha256))
    return Sheet(words("project"), ("", ""), rows)


def workbook(results: Results, words: Words, package_sha256: str | None = None) -> bytes:
    """Workbook of a run.

    Parameters
    ----------
    results : Results
    words : Words
    package_sha256 : str, optional
        Hash of the package that the results were sealed in.
    """
    return book_of(
        [_standing(results, words, package_sha256), _figures(results, words), *_others(results, words)]
    )


MARGIN = 3
"""Characters beside the text of a cell."""


def _shown(value: Value) -> str:
    """Cell as a workbook shows it: of a fraction about ten digits."""
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _column_width(name: str, values: Sequence[Value]) -> int:
    """Width of a column: its widest cell, the longest word of its name, half of the name in two lines."""
    heading = max([cell_len(name) // 2 + 1, *map(cell_len, name.split())])
    return min(max([heading, *(cell_len(_shown(value)) for value in values)]) + MARGIN, WIDEST)


def _height(row: Sequence[Value], widths: Sequence[int]) -> float:
    """Height of a row, so that no line of its cells is hidden. [pt]"""
    lines = (-(-cell_len(_shown(value)) // width) for value, width in zip(row, widths, strict=True))
    return LINE_POINTS * max(1, *lines)


def book_of(sheets: Sequence[Sheet]) -> bytes:
    """Workbook of sheets; the same bytes for the same sheets."""
    written = io.BytesIO()
    # A text that begins like a formula stays a text.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(written, options)
    book.set_properties({"created": FIXED_DAY})
    header = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    number_format = book.add_format({"valign": "top"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        page.set_paper(A4)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.set_footer("&L&8&A&R&8&P / &N")
        widths = [
            _column_width(name, [row[position] for row in sheet.rows])
            for position, name in enumerate(sheet.columns)
        ]
        for position, width in enumerate(widths):
            page.set_column(position, position, width)
        page.write_row(0, 0, sheet.columns, header)
        page.set_row(0, _height(sheet.columns, widths))
        for number, row in enumerate(sheet.rows, start=1):
            page.set_row(number, _height(row, widths))
            for position, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(number, position, value, text)
                elif value is not None:
                    page.write_number(number, position, value, number_format)
        if sheet.rows:
            page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    book.close()
    return written.getvalue()

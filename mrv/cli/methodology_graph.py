"""The graph of a methodology as a drawing: quantities with unit and clause, arrows from what each takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from mrv.accounting.edition import Edition
from mrv.accounting.engine import Equation, declared_inputs
from mrv.accounting.given import CONSTANTS
from mrv.accounting.layout import Layout, layout
from mrv.cli.output import Output
from mrv.methodologies import Methodology
from mrv.report.numbers import unit_text

BOX_WIDTH, BOX_HEIGHT = 236, 46
COLUMN_GAP, ROW_GAP, PASS_GAP = 74, 14, 12
MARGIN, HEAD = 24, 92
CHARACTER = 7.1
"""Width of a character of the names, set in a monospaced face of 12 px. [px]"""

FILLS: Mapping[str, tuple[str, str]] = {
    "equation": ("#e3f0ef", "#0b5a60"),
    "parameter": ("#fdf3dc", "#8a6100"),
    "given": ("#ffffff", "#47595c"),
}
"""Fill and line of a box: computed, a number of the methodology, measured or stated."""

DASHES: Mapping[str, str] = {"equation": "", "parameter": "6 3", "given": "2 3"}
"""Line of a box, so that the kinds part in print without colour."""


def methodology_graph(output: Output, edition: Edition, baseline: str | None) -> str:
    """Drawing of the quantities of a methodology, as SVG.

    Parameters
    ----------
    output : Output
    edition : Edition
    baseline : str or None
        Scenario whose equations are drawn; the first one of the methodology if None.

    Raises
    ------
    UsageError
        If the methodology has no such baseline.
    """
    document = edition.document
    chosen = baseline or next(iter(edition.accounting.baselines), None)
    modules = edition.modules(chosen)
    stated = edition.equations(modules)
    drawn = layout({name: equation.inputs for name, equation in stated.items()})
    units = {name: entry.unit for name, entry in declared_inputs(modules).items()}
    units |= {name: given.unit for name, given in CONSTANTS.items()}
    title = [
        output.bilingual(document.title) + (f" · {chosen}" if chosen else ""),
        output.translated(
            "  {label}: {fact}",
            label=output.translated("Conformance"),
            fact=output.translated(document.conformance),
        ).strip(),
    ]
    return _svg(output, drawn, stated, document, units, title)


def _top(column: Sequence[str], height: float) -> list[float]:
    """Top of each place of a column that is centred on the drawing. [px]"""
    sizes = [BOX_HEIGHT + ROW_GAP if name else PASS_GAP for name in column]
    tops, at = [], HEAD + (height - sum(sizes)) / 2
    for size in sizes:
        tops.append(at)
        at += size
    return tops


def _svg(
    output: Output,
    drawn: Layout,
    stated: Mapping[str, Equation],
    document: Methodology,
    units: Mapping[str, str],
    title: Sequence[str],
) -> str:
    tallest = max(
        sum(BOX_HEIGHT + ROW_GAP if name else PASS_GAP for name in column) for column in drawn.columns
    )
    tops = [_top(column, tallest) for column in drawn.columns]
    width = 2 * MARGIN + len(tops) * BOX_WIDTH + (len(tops) - 1) * COLUMN_GAP
    height = HEAD + tallest + MARGIN
    left = [MARGIN + number * (BOX_WIDTH + COLUMN_GAP) for number in range(len(tops))]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" width="{width}" '
        f'height="{height:.0f}" font-family="Noto Sans, Noto Sans SC, PingFang SC, Microsoft YaHei, '
        'sans-serif">',
        f"<title>{escape(title[0])}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="34" font-size="18" font-weight="600">{escape(title[0])}</text>',
        f'<text x="{MARGIN}" y="56" font-size="13" fill="#8a3b00">{escape(title[1])}</text>',
        *_legend(output),
        *(_arrow(places, left, tops, drawn) for places in drawn.arrows),
        *(
            _box(output, name, left[x], tops[x][y], stated.get(name), document, units.get(name, ""))
            for name, (x, y) in sorted(drawn.place.items())
        ),
        "</svg>",
        "",
    ]
    return "\n".join(parts)


def _legend(output: Output) -> list[str]:
    words = {
        "equation": "computed",
        "parameter": "number of the methodology or the project",
        "given": "measured or stated",
    }
    parts, x = [], float(MARGIN)
    for kind, word in words.items():
        fill, line = FILLS[kind]
        text = output.translated(word)
        parts.append(
            f'<rect x="{x:.1f}" y="68" width="18" height="12" rx="3" fill="{fill}" stroke="{line}" '
            f'stroke-dasharray="{DASHES[kind]}"/>'
        )
        parts.append(f'<text x="{x + 24:.1f}" y="79" font-size="12" fill="#47595c">{escape(text)}</text>')
        x += 54 + sum(13 if ord(letter) > 0x2E80 else 6.6 for letter in text)
    return parts


def _arrow(
    places: Sequence[tuple[int, int]], left: Sequence[float], tops: Sequence[Sequence[float]], drawn: Layout
) -> str:
    """A smooth line from the right side of a box to the left side of another."""

    def middle(x: int, y: int) -> float:
        return tops[x][y] + (BOX_HEIGHT / 2 if drawn.columns[x][y] else PASS_GAP / 2)

    x0, y0 = places[0]
    at_x, at_y = left[x0] + BOX_WIDTH, middle(x0, y0)
    path = [f"M{at_x:.1f},{at_y:.1f}"]
    for x, y in places[1:]:
        next_x, next_y = left[x], middle(x, y)
        bend = (next_x - at_x) / 2
        path.append(
            f"C{at_x + bend:.1f},{at_y:.1f} {next_x - bend:.1f},{next_y:.1f} {next_x:.1f},{next_y:.1f}"
        )
        at_x, at_y = next_x + BOX_WIDTH, next_y
        if (x, y) != places[-1]:
            path.append(f"L{at_x:.1f},{at_y:.1f}")
    end_x, end_y = left[places[-1][0]], middle(*places[-1])
    head = f"M{end_x - 7:.1f},{end_y - 4:.1f}L{end_x:.1f},{end_y:.1f}L{end_x - 7:.1f},{end_y + 4:.1f}"
    return f'<path d="{"".join(path)}{head}" fill="none" stroke="#8fa6a8" stroke-width="1.2"/>'


def _box(
    output: Output,
    name: str,
    x: float,
    y: float,
    equation: Equation | None,
    document: Methodology,
    unit: str,
) -> str:
    parameter = document.parameters.get(name.removesuffix("_standard_error"))
    kind = "equation" if equation else "parameter" if parameter else "given"
    fill, line = FILLS[kind]
    stated = equation or parameter
    unit, clause = (unit_text(stated.unit), stated.clause) if stated else (unit_text(unit), "")
    about = output.translated("; ").join(
        part for part in (unit, output.translated("clause {clause}", clause=clause) if clause else "") if part
    )
    size = min(12.0, 12.0 * (BOX_WIDTH - 16) / (CHARACTER * len(name)))
    tip = (
        output.translated(equation.description.rstrip(".")) + f"\n= {equation.formula}" if equation else name
    )
    return (
        f"<g><title>{escape(tip)}</title>"
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="5" fill="{fill}" '
        f'stroke="{line}" stroke-dasharray="{DASHES[kind]}"/>'
        f'<text x="{x + 8:.1f}" y="{y + 19:.1f}" font-size="{size:.2f}" '
        f'font-family="Noto Sans Mono, DejaVu Sans Mono, monospace">{escape(name)}</text>'
        f'<text x="{x + 8:.1f}" y="{y + 36:.1f}" font-size="11" fill="#47595c">{escape(about)}</text></g>'
    )

"""A report as one page of HTML: no script, no request, opens anywhere."""

from __future__ import annotations

import base64
from functools import singledispatch
from html import escape

from mrv.report.blocks import Facts, Heading, Listed, Paragraph, Picture, Report, Table

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 "Noto Sans", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif;
       color: #1c2b2d; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; }
h2 { font-size: 1.15rem; margin: 1.8rem 0 .4rem; border-bottom: 1px solid #b9cccd; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
.subtitle { margin: .1rem 0 1rem; color: #47595c; }
.strong { font-weight: 600; font-size: 1.1rem; }
.warning { font-weight: 600; color: #8a3b00; }
.small, footer { color: #47595c; font-size: .87em; }
table { border-collapse: collapse; margin: .5rem 0; font-size: .92em; width: 100%; }
th { text-align: left; border-bottom: 2px solid #0b5a60; padding: .15rem .6rem .15rem 0;
     vertical-align: bottom; }
td { border-bottom: 1px solid #dde7e7; padding: .15rem .6rem .15rem 0; vertical-align: top;
     overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: .6rem 0; }
dt { color: #47595c; }
dd { margin: 0; overflow-wrap: anywhere; }
footer { margin-top: 2rem; border-top: 1px solid #b9cccd; padding-top: .4rem; overflow-wrap: anywhere; }
figure { margin: .8rem 0; }
figure img { width: 100%; height: auto; }
figcaption { color: #47595c; font-size: .87em; }
.wide { overflow-x: auto; }
@media (max-width: 40rem) { .many { min-width: 36rem; } figure { width: 100% !important; } }
@media print { tr, dl { break-inside: avoid; } }
"""


MOST_IN_A_NARROW_WINDOW = 3
"""Columns up to which a table fits a narrow window; those of more are moved sideways in it."""


@singledispatch
def _element(block: object) -> str:
    raise TypeError(block)


@_element.register
def _heading(block: Heading) -> str:
    return f"<h{block.level + 1}>{escape(block.text)}</h{block.level + 1}>"


@_element.register
def _paragraph(block: Paragraph) -> str:
    return f'<p class="{block.tone}">{escape(block.text)}</p>'


@_element.register
def _listed(block: Listed) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in block.items) + "</ul>"


@_element.register
def _facts(block: Facts) -> str:
    return (
        "<dl>"
        + "".join(f"<dt>{escape(label)}</dt><dd>{escape(fact)}</dd>" for label, fact in block.rows)
        + "</dl>"
    )


@_element.register
def _table(block: Table) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        kinds = (' class="number"' if position in block.numeric else "" for position in range(len(cells)))
        return (
            "<tr>"
            + "".join(f"<{tag}{kind}>{escape(cell)}</{tag}>" for cell, kind in zip(cells, kinds, strict=True))
            + "</tr>"
        )

    body = "".join(row(tuple(cells), "td") for cells in block.rows)
    shares = [share / sum(block.widths) for share in block.widths]
    columns = "".join(f'<col style="width: {share:.1%}">' for share in shares)
    kind = ' class="many"' if len(block.columns) > MOST_IN_A_NARROW_WINDOW else ""
    head = f"<colgroup>{columns}</colgroup>" if columns else ""
    return (
        f'<div class="wide"><table{kind}>{head}<thead>{row(tuple(block.columns), "th")}</thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


@_element.register
def _picture(block: Picture) -> str:
    drawing = base64.b64encode(block.svg).decode()
    caption = escape(block.caption)
    return (
        f'<figure style="width: {block.width:.0%}"><img alt="{caption}" '
        f'src="data:image/svg+xml;base64,{drawing}"><figcaption>{caption}</figcaption></figure>'
    )


def body(report: Report) -> str:
    """What a report says, as elements of a page."""
    footer = f"<footer>{escape(report.footer)}</footer>" if report.footer else ""
    return "\n".join([*(_element(block) for block in report.blocks), footer])


def page(report: Report) -> str:
    """Report as a page."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{"zh-CN" if report.language == "zh" else "en"}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width">',
            f"<title>{escape(report.title)} · {escape(report.subtitle)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            f"<h1>{escape(report.title)}</h1>",
            f'<p class="subtitle">{escape(report.subtitle)}</p>',
            body(report),
            "</body>",
            "</html>",
            "",
        ]
    )

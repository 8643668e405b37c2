"""The tree behind a figure as one page: no script, no request, opens anywhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from mrv.cli.explain_text import step_text
from mrv.cli.summary_equations import quarantine_lines
from mrv.run.results import read_results

if TYPE_CHECKING:
    from pathlib import Path

    from mrv.cli.output import Output
    from mrv.run.explain import Node
    from mrv.run.results import Results

OPEN_LEVELS = 2
"""Levels of the tree that are unfolded when the page opens."""

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 "Noto Sans", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif;
       color: #1c2b2d; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin-bottom: 0; }
header p { margin: .2rem 0; color: #47595c; }
.standing { font-weight: 600; color: #8a3b00; }
details, .leaf { border-left: 2px solid #b9cccd; margin: .35rem 0 .35rem .3rem; padding-left: .8rem; }
summary { cursor: pointer; font-weight: 600; }
summary:focus-visible { outline: 2px solid #0b6e74; }
.leaf > .head { font-weight: 600; }
.row > .head { font-weight: 400; }
.formula { font-family: "Noto Sans Mono", ui-monospace, monospace; font-size: .87em; color: #0b5a60;
           overflow-wrap: anywhere; margin: .1rem 0; }
.about, .source { margin: .1rem 0; color: #47595c; }
table { border-collapse: collapse; margin: .3rem 0; font-size: .92em; }
td { border-bottom: 1px solid #dde7e7; padding: .08rem .9rem .08rem 0; }
td:last-child { text-align: right; font-variant-numeric: tabular-nums; }
@media print { details { break-inside: avoid; } }
"""


def explanation_page(output: Output, node: Node, out: Path) -> str:
    """Page of an explanation, in the language of the output.

    Parameters
    ----------
    output : Output
    node : Node
        The figure, with everything below it.
    out : Path
        Folder of results, whose ``results.json`` names project and methodology.
    """
    results = read_results(out)
    title = f"{node.name} · {output.bilingual(results.project.name)}"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{"zh-CN" if output.language == "zh" else "en"}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            "<header>",
            f"<h1>{escape(output.translated('Where {figure} comes from', figure=node.name))}</h1>",
            *(f'<p class="{kind}">{escape(line)}</p>' for kind, line in _standing(output, results)),
            "</header>",
            _element(output, node, 0),
            "</body>",
            "</html>",
            "",
        ]
    )


def _standing(output: Output, results: Results) -> list[tuple[str, str]]:
    """Project, methodology, and what every page must say of them."""
    lines = [("project", output.bilingual(results.project.name))]
    if results.project.simulated:
        lines.append(("standing", output.translated("SIMULATED DATA")))
    if results.methodology is not None:
        lines.append(("methodology", output.bilingual(results.methodology.title)))
        lines.append(("standing", output.translated(results.methodology.conformance)))
    return lines + [("standing", line) for line in quarantine_lines(output, results)]


def _element(output: Output, node: Node, level: int) -> str:
    """A step with those below it, to unfold; a step without any as it is."""
    text = step_text(output, node)
    body = [
        f'<p class="{kind}">{escape(line)}</p>'
        for kind, line in (
            ("about", text.about),
            ("formula", f"= {text.formula}" if text.formula else ""),
            ("source", f"← {text.source}" if text.source else ""),
        )
        if line
    ]
    if text.cells:
        cells = "".join(
            f"<tr><td>{escape(place)}</td><td>{escape(value)}</td></tr>" for place, value in text.cells
        )
        body.append(f"<table>{cells}</table>")
    if not node.children:
        kind = "leaf row" if node.kind == "row" else "leaf"
        return f'<div class="{kind}"><div class="head">{escape(text.head)}</div>{"".join(body)}</div>'
    below = "\n".join(_element(output, child, level + 1) for child in node.children)
    unfolded = " open" if level < OPEN_LEVELS else ""
    return f"<details{unfolded}><summary>{escape(text.head)}</summary>{''.join(body)}\n{below}\n</details>"

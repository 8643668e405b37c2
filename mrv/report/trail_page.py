"""The tree behind a figure as elements of a page, to unfold step by step."""

from __future__ import annotations

from html import escape

from mrv.report.trail_text import step_text
from mrv.report.words import Words
from mrv.run.explain import Node

OPEN_LEVELS = 2
"""Levels of the tree that are unfolded when the page opens."""

STYLE = """
details, .leaf { border-left: 2px solid #b9cccd; margin: .35rem 0 .35rem .3rem; padding-left: .8rem; }
summary { cursor: pointer; font-weight: 600; }
summary:focus-visible { outline: 2px solid #0b6e74; }
.leaf > .head { font-weight: 600; }
.row > .head { font-weight: 400; }
.formula { font-family: "Noto Sans Mono", ui-monospace, monospace; font-size: .87em; color: #0b5a60;
           overflow-wrap: anywhere; margin: .1rem 0; }
.about, .source { margin: .1rem 0; color: #47595c; }
.cells { width: auto; }
.cells td:last-child { text-align: right; font-variant-numeric: tabular-nums; }
@media print { details { break-inside: avoid; } }
"""


def trail(words: Words, node: Node, level: int = 0) -> str:
    """A step with those below it, to unfold; a step without any as it is."""
    text = step_text(words, node)
    parts = [
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
        parts.append(f'<table class="cells">{cells}</table>')
    if not node.children:
        kind = "leaf row" if node.kind == "row" else "leaf"
        return f'<div class="{kind}"><div class="head">{escape(text.head)}</div>{"".join(parts)}</div>'
    below = "\n".join(trail(words, child, level + 1) for child in node.children)
    unfolded = " open" if level < OPEN_LEVELS else ""
    return f"<details{unfolded}><summary>{escape(text.head)}</summary>{''.join(parts)}\n{below}\n</details>"

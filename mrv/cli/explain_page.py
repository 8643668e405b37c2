"""The tree behind a figure as one page: no script, no request, opens anywhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from mrv.cli.standing import standing_of
from mrv.report.page import STYLE
from mrv.report.trail_page import STYLE as TRAIL_STYLE
from mrv.report.trail_page import trail
from mrv.run.results import read_results

if TYPE_CHECKING:
    from pathlib import Path

    from mrv.cli.output import Output
    from mrv.run.explain import Node
    from mrv.run.results import Results


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
            f"<style>{STYLE}{TRAIL_STYLE}</style>",
            "</head>",
            "<body>",
            "<header>",
            f"<h1>{escape(output.translated('Where {figure} comes from', figure=node.name))}</h1>",
            *(f'<p class="{kind}">{escape(line)}</p>' for kind, line in _header(output, results)),
            "</header>",
            trail(output.words, node),
            "</body>",
            "</html>",
            "",
        ]
    )


def _header(output: Output, results: Results) -> list[tuple[str, str]]:
    """Project, methodology, and what every page must say of them."""
    return [("project", output.bilingual(results.project.name)), *standing_of(output, results)]

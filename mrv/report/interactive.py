"""A run as one page to look around in: map, figures, trail and findings in both languages, offline.

The page runs two scripts, the plotting library and our own, each known by its hash; its content policy allows
no other, and no request at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from importlib import resources
from itertools import takewhile
from pathlib import Path

from bokeh.resources import Resources

from mrv.report.blocks import Block, Heading, Language, Report
from mrv.report.map_view import LAYERS, MapView, class_name, map_view, maps_under_pointer, tooltips
from mrv.report.monitoring import monitoring_report
from mrv.report.page import STYLE, body
from mrv.report.trail_page import STYLE as TRAIL_STYLE
from mrv.report.trail_page import trail
from mrv.report.words import Words
from mrv.run.explain import explain
from mrv.run.results import read_results

OWN_SCRIPT = "interactive.js"

OWN_STYLE = """
body[data-language="en"] [lang="zh-CN"], body[data-language="zh"] [lang="en"] { display: none; }
nav { position: sticky; top: 0; background: #fff; padding: .5rem 0; z-index: 5; display: flex; gap: .5rem;
      justify-content: flex-end; }
button { font: inherit; border: 1px solid #0b5a60; background: #fff; color: #0b5a60; border-radius: .3rem;
         padding: .15rem .7rem; cursor: pointer; }
button[aria-pressed="true"] { background: #0b5a60; color: #fff; }
fieldset { border: 0; padding: 0; margin: .4rem 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
:focus-visible { outline: 2px solid #0b6e74; outline-offset: 2px; }
#under { min-height: 1.5em; margin: .2rem 0; color: #47595c; }
.legend { margin: .2rem 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
.legend[hidden] { display: none; }
.legend i { display: inline-block; width: .9em; height: .9em; border: 1px solid #47595c; margin-right: .4em;
            vertical-align: -.1em; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; } }
"""


def _hash(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _plotting_library() -> str:
    """Code of the plotting library."""
    (code,) = Resources(mode="inline", components=["bokeh"]).js_raw[:1]
    return str(code)


def _data(name: str, text: str) -> str:
    """Data that the page's own script reads; nothing of it is run."""
    safe = text.replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{safe}</script>'


def interactive_page(
    out: Path, by_language: Mapping[Language, Words], first: Language, package_sha256: str | None = None
) -> str:
    """Page of a run.

    Parameters
    ----------
    out : Path
        Folder of results.
    by_language : mapping of language to Words
        Of both languages.
    first : {"en", "zh"}
        Language that the page opens in.
    package_sha256 : str, optional
        Hash of the package that the results were sealed in.
    """
    reports = {
        language: monitoring_report(out, own, package_sha256, with_maps=False)
        for language, own in by_language.items()
    }
    view = map_view(out, by_language[first])
    library = _plotting_library() if view is not None else ""
    own_script = (resources.files("mrv.report") / OWN_SCRIPT).read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {_hash(library)} {_hash(own_script)}; "
        "style-src 'unsafe-inline'; img-src data:"
    )
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{"zh-CN" if first == "zh" else "en"}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width">',
            '<link rel="icon" href="data:,">',
            f"<title>{escape(_title(reports[first]))}</title>",
            f"<style>{STYLE}{TRAIL_STYLE}{OWN_STYLE}</style>",
            "</head>",
            f'<body data-language="{first}">',
            '<nav><button type="button" data-speak="zh">中文</button>'
            '<button type="button" data-speak="en">English</button></nav>',
            *(_head(report) for report in reports.values()),
            _map(view, by_language) if view is not None else "",
            *(_main(out, report, by_language[language]) for language, report in reports.items()),
            _data("words", json.dumps(_spoken(reports, by_language), ensure_ascii=False, sort_keys=True)),
            _data("item", view.item) if view is not None else "",
            f"<script>{library}</script>" if view is not None else "",
            f"<script>{own_script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _title(report: Report) -> str:
    return f"{report.title} · {report.subtitle}"


def _tag(report: Report) -> str:
    return "zh-CN" if report.language == "zh" else "en"


def _head(report: Report) -> str:
    """Title, and before the map what no reader may miss."""
    return (
        f'<header lang="{_tag(report)}"><h1>{escape(report.title)}</h1>'
        f'<p class="subtitle">{escape(report.subtitle)}</p>{body(_part(report, _warnings(report)))}</header>'
    )


def _warnings(report: Report) -> tuple[Block, ...]:
    """Paragraphs at the head of a report, before its first heading."""
    return tuple(takewhile(lambda block: not isinstance(block, Heading), report.blocks))


def _part(report: Report, blocks: tuple[Block, ...]) -> Report:
    return replace(report, blocks=blocks, footer="")


def _map(view: MapView, by_language: Mapping[Language, Words]) -> str:
    """The view with its switches, each labelled in both languages."""
    switches = "".join(
        f'<label><input type="checkbox" data-layer="{name}"{" checked" if shown else ""}> '
        + "".join(_said("span", language, words(label)) for language, words in by_language.items())
        + "</label>"
        for name, label, shown in view.layers
    )
    thinned = "".join(
        _said(
            "p",
            language,
            words("The map is thinned out for the page; the rasters of the run hold every pixel."),
        )
        for language, words in by_language.items()
        if view.thinned
    )
    return (
        f"<section><fieldset>{switches}</fieldset>{_legends(view, by_language)}"
        f'<p id="under"></p><div id="map"></div>{thinned}</section>'
    )


def _legends(view: MapView, by_language: Mapping[Language, Words]) -> str:
    """What the colours of maps of classes stand for; each is seen with its map."""
    present = {name for name, _, _ in view.layers}
    return "".join(
        f'<p class="legend" data-legend="{layer.name}" hidden>'
        + "".join(
            f'<span><i style="background: {colour}"></i>'
            + "".join(
                _said("span", language, class_name(words, layer.classes[value]))
                for language, words in by_language.items()
            )
            + "</span>"
            for value, colour in zip(sorted(layer.classes), layer.palette, strict=True)
        )
        + "</p>"
        for layer in LAYERS
        if layer.classes and layer.name in present
    )


def _said(tag: str, language: Language, text: str) -> str:
    return f'<{tag} lang="{"zh-CN" if language == "zh" else "en"}">{escape(text)}</{tag}>'


def _main(out: Path, report: Report, words: Words) -> str:
    headline = read_results(out).headline
    parts = [body(replace(report, blocks=report.blocks[len(_warnings(report)) :]))]
    if headline is not None and (out / "trace.json").is_file():
        parts.append(f"<h2>{escape(words('Where {figure} comes from', figure=headline))}</h2>")
        parts.append(trail(words, explain(out, headline, {})))
    return f'<main lang="{_tag(report)}">' + "\n".join(parts) + "</main>"


def _spoken(
    reports: Mapping[Language, Report], by_language: Mapping[Language, Words]
) -> Mapping[str, object]:
    """What the page's script says in each language."""
    return {
        language: {
            "title": _title(reports[language]),
            "easting": words("easting, m"),
            "northing": words("northing, m"),
            "tooltips": tooltips(words),
            "maps": maps_under_pointer(words),
            "not mapped": words("not mapped"),
            "pair": words("{label}: {text}"),
        }
        for language, words in by_language.items()
    }

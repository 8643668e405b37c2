"""Numbers and units as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mrv.report.numbers import number_text

if TYPE_CHECKING:
    from mrv.cli.output import Output


def plus_minus(value: float | None, half_width: float | None, digits: int = 1) -> str:
    """Value with the half-width of its interval."""
    if half_width is None:
        return number_text(value, digits)
    return f"{number_text(value, digits)} ± {number_text(half_width, digits)}"


def method_text(output: Output, text: str) -> str:
    """Method or source in the language, part by part where it is put together from parts."""
    first, comma, rest = text.partition(", ")
    if output.language == "en" or output.translated(text) != text:
        return output.translated(text)
    if comma:
        return output.translated("; ").join((method_text(output, first), method_text(output, rest)))
    word, space, rest = text.partition(" ")
    template = "{word}" + space + rest
    known = output.translated(template) != template
    return output.translated(template, word=word) if known else text

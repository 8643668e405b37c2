"""Lines of text in a terminal, where a Chinese character is two columns wide."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

WIDE = frozenset({"W", "F"})
"""East Asian widths of characters that take two columns."""

NOT_FIRST = frozenset("，。、；：？！）》」』”’…")
"""Characters that no line begins with."""

NOT_LAST = frozenset("（《「『“‘")
"""Characters that no line ends with."""


def is_wide(character: str) -> bool:
    """Whether a character takes two columns."""
    return unicodedata.east_asian_width(character) in WIDE


def columns(text: str) -> int:
    """Columns that a text takes in a terminal."""
    return sum(2 if is_wide(character) else 1 for character in text)


def _pieces(text: str) -> Iterator[str]:
    """Parts that no line end divides: a word, or a wide character with the signs that belong to it."""
    piece = ""
    for part in re.findall(r"\s+|[^\s]", text):
        if piece and _may_part(piece[-1], part[0]):
            yield piece
            piece = ""
        piece += part
    yield piece


def _may_part(last: str, first: str) -> bool:
    if first.isspace() or first in NOT_FIRST or last in NOT_LAST:
        return False
    return last.isspace() or is_wide(last) or is_wide(first)


def lines(text: str, width: int) -> list[str]:
    """Text in lines of a width; words and spaces stay whole, and punctuation stays with what it follows.

    Parameters
    ----------
    text : str
        One paragraph.
    width : int
        Columns of a line.
    """
    found = [""]
    for piece in _pieces(text):
        if found[-1].strip() and columns(found[-1]) + columns(piece.rstrip()) > width:
            found.append("")
        found[-1] += piece
    return [line.rstrip() for line in found]

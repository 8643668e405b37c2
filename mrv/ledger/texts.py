"""Texts that an entry may hold, such as names of accounts, and texts of unknown origin as they are shown."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

LONGEST_SHOWN = 120
"""Characters that are shown of a text of unknown origin."""

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that nobody sees: controls, and marks that turn the direction of writing."""


def _seen(text: str) -> str:
    if unicodedata.normalize("NFC", text) != text:
        raise ValueError("the text is not in Unicode normal form C")
    if any(unicodedata.category(character) in UNSEEN for character in text):
        raise ValueError("the text holds a character that cannot be seen")
    if text != text.strip():
        raise ValueError("the text begins or ends with a space")
    return text


Text = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_seen)]


def shown(text: str) -> str:
    """Text of unknown origin as it is printed: in one line, of bounded length, every sign seen."""
    seen = all(unicodedata.category(character) not in UNSEEN for character in text)
    return (text if seen else text.encode("unicode_escape").decode("ascii"))[:LONGEST_SHOWN]

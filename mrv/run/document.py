"""Base of everything in ``results.json``."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from mrv.findings import Finding, Phrase


class Document(BaseModel):
    """Base of everything in the document: no unknown keys, no change in place, no NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Sentence(Document):
    """Words of ours with what fills their placeholders, so that they can be said in another language."""

    text: str = Field(description="In English")
    template: str = Field(description="What the text and its translations are made of")
    values: dict[str, str | int | float | Sentence] = Field(description="By the placeholders of the template")


def sentence(words: Phrase | Finding) -> Sentence:
    """Words of ours as a part of a document."""
    if isinstance(words, Finding):
        return Sentence(text=words.text(), template=words.message, values=_values(words.values))
    return Sentence(text=str(words), template=words.template, values=_values(words.values))


def _values(values: Mapping[str, object]) -> dict[str, str | int | float | Sentence]:
    return {name: _value(value) for name, value in values.items()}


def _value(value: object) -> str | int | float | Sentence:
    if isinstance(value, Phrase):
        return sentence(value)
    plain = value.item() if hasattr(value, "item") else value  # numbers of arrays
    return plain if isinstance(plain, int | float) else str(plain)

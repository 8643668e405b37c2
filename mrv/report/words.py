"""Words of a report in its language, and numbers as both languages write them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mrv.findings import Phrase
from mrv.report.blocks import Language
from mrv.run.document import Sentence
from mrv.run.results import Text


@dataclass(frozen=True)
class Words:
    """Translation of a report's sentences.

    Attributes
    ----------
    language : {"en", "zh"}
    translate : callable
        Sentence in the language, by its English template.
    """

    language: Language
    translate: Callable[[str], str]

    def __call__(self, template: str, **values: object) -> str:
        """Sentence in the language, with its placeholders filled in."""
        text = self.translate(template)
        return text.format(**values) if values else text

    def of(self, sentence: Sentence) -> str:
        """The same for a sentence that a document holds, and for those among its values."""
        return self(
            sentence.template, **{name: self._value(value) for name, value in sentence.values.items()}
        )

    def _value(self, value: object) -> object:
        return self.of(value) if isinstance(value, Sentence) else value

    def parts(self, text: str) -> str:
        """Method or source in the language, part by part where it is put together from parts."""
        first, comma, rest = text.partition(", ")
        if self.language == "en" or self.translate(text) != text:
            return self.translate(text)
        label, colon, told = text.partition(": ")
        if colon and self.parts(label) != label:
            return self("{label}: {text}", label=self.parts(label), text=self.parts(told))
        if comma:
            return self("; ").join((self.parts(first), self.parts(rest)))
        word, space, rest = text.partition(" ")
        template = "{word}" + space + rest
        return self(template, word=word) if self.translate(template) != template else text

    def phrase(self, text: str) -> str:
        """Text in the language, also where it is a phrase with values of its own."""
        return text.text(self.translate) if isinstance(text, Phrase) else self.translate(text)

    def listed(self, parts: Iterable[str]) -> str:
        """Parts of a list, set apart as the language does it."""
        return self(", ").join(parts)

    def half(self, text: Text) -> str:
        """The language's half of a text that is stored in both."""
        return text.zh if self.language == "zh" else text.en

"""A finding is one thing that is wrong, or worth knowing, at one place of the input.

Readers and checks collect findings; :func:`raise_errors` raises once, with all of them. An
``error`` stops the run. A ``note`` tells something that changes no tonne. A ``waived`` finding was
an error that the project file waives in words; it is listed wherever results are listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from mrv.errors import InputError

Severity = Literal["error", "note", "waived"]
Translate = Callable[[str], str]


def _as_it_is(text: str) -> str:
    return text


def _filled(template: str, values: Mapping[str, object], translate: Translate) -> str:
    if not values:
        return translate(template)
    shown = {
        name: value.text(translate) if isinstance(value, Phrase) else value for name, value in values.items()
    }
    return translate(template).format(**shown)


class Phrase(str):
    """Words of ours among the values of a message, such as a hint; translated with it.

    As text it is English, like the message. A value that is no phrase comes from the user's files and
    stays as it is.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, **values: object) -> Phrase:
        """Text of a template with its values filled in."""
        phrase = super().__new__(cls, _filled(template, values, _as_it_is))
        phrase.template, phrase.values = template, values
        return phrase

    def text(self, translate: Translate = _as_it_is) -> str:
        """Text by way of a translated template."""
        return _filled(self.template, self.values, translate)


@dataclass(frozen=True)
class Finding:
    """What was found at one place.

    Attributes
    ----------
    where : str
        ``file:line:column`` of a text file (the column by number or by its name in the file),
        ``file:sheet!cell`` of a workbook, or a key of the project file.
    rule : str
        Name of the rule, in kebab-case; stable, so that it can be waived and searched for.
    message : str
        What was found and what is allowed, with ``{placeholders}`` for ``values``; it is the key
        of the translation.
    values : mapping
        What fills the placeholders; words of ours among them are a :class:`Phrase`.
    severity : {"error", "note", "waived"}
    waivable : bool
        Whether the project file may waive this rule in words.
    """

    where: str
    rule: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = "error"
    waivable: bool = False

    def text(self, translate: Translate = _as_it_is) -> str:
        """Message with its values filled in, by way of a translated template."""
        return _filled(self.message, self.values, translate)

    def __str__(self) -> str:
        return f"{self.where}: {self.text()} [{self.rule}]"


class Waiver(NamedTuple):
    """A rule that the project file waives, and why, in words."""

    rule: str
    reason: str


def waive(findings: Iterable[Finding], waivers: Sequence[Waiver]) -> list[Finding]:
    """Findings with the waivable errors among them marked as waived where a waiver names their rule."""
    waived_rules = {waiver.rule for waiver in waivers}
    return [
        replace(finding, severity="waived")
        if finding.severity == "error" and finding.waivable and finding.rule in waived_rules
        else finding
        for finding in findings
    ]


def _natural_order(place: str) -> tuple[tuple[int, int, str], ...]:
    parts = re.split(r"(\d+)", place)
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts)


def first_place(places: Iterable[str]) -> str:
    """Place that comes first, numbers by value: line 9 before line 10."""
    return min(places, key=_natural_order)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by place (numbers by value), then by rule; what is told twice stands once.

    A table that two surveys share is read for each, and would be reported for each.
    """
    distinct = {(str(finding), finding.severity): finding for finding in findings}
    return sorted(distinct.values(), key=lambda finding: (_natural_order(finding.where), finding.rule))


def raise_errors(findings: Iterable[Finding]) -> None:
    """Raise one :class:`~mrv.errors.InputError` with every error among the findings, if any.

    Raises
    ------
    InputError
        If a finding has severity ``error``.
    """
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise InputError(in_order(errors))

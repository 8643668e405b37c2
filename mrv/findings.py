"""A finding is one thing that is wrong, or worth knowing, at one place of the input.

Readers and checks collect findings; :func:`raise_errors` raises once, with all of them. An
``error`` stops the run. A ``note`` tells something that changes no tonne. A ``waived`` finding was
an error that the project file waives in words; it is listed wherever results are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from mrv.errors import InputError

Severity = Literal["error", "note", "waived"]


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
        What fills the placeholders.
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

    def text(self, template: str | None = None) -> str:
        """Message with its values filled in, from a translated template where one is given."""
        return (template or self.message).format(**self.values)

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


def _natural_order(finding: Finding) -> tuple[tuple[object, ...], str]:
    parts = re.split(r"(\d+)", finding.where)
    place = tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts)
    return place, finding.rule


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by place (numbers by value, so that line 9 comes before line 10), then by rule."""
    return sorted(findings, key=_natural_order)


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

"""Conditions of a methodology as a checklist: what the project file answers, and what is left open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mrv.findings import Finding, Phrase
from mrv.inputs.accounting_declaration import ConditionAnswer
from mrv.inputs.project import Project
from mrv.methodologies import Condition, Methodology

Kind = Literal["applicability", "additionality"]
State = Literal["met", "not met", "not answered"]


@dataclass(frozen=True)
class Answered:
    """A condition with what the project file answers.

    Attributes
    ----------
    kind : {"applicability", "additionality"}
    condition : Condition
    answer : ConditionAnswer or None
    """

    kind: Kind
    condition: Condition
    answer: ConditionAnswer | None

    @property
    def state(self) -> State:
        """Whether it is met, not met, or not answered."""
        if self.answer is None:
            return "not answered"
        return "met" if self.answer.met else "not met"


def checklist(project: Project, document: Methodology) -> list[Answered]:
    """Every condition that the methodology asks of a project, in its order."""
    groups: tuple[tuple[Kind, tuple[Condition, ...]], ...] = (
        ("applicability", document.applicability),
        ("additionality", document.additionality),
    )
    return [
        Answered(kind, condition, project.conditions.get(condition.id))
        for kind, conditions in groups
        for condition in conditions
        if condition.id is not None
    ]


def open_conditions(answered: Sequence[Answered]) -> list[str]:
    """Ids of the conditions that keep credits from being issued."""
    return [str(entry.condition.id) for entry in answered if entry.state != "met"]


def condition_findings(project: Project, document: Methodology) -> list[Finding]:
    """Answers to what the methodology does not ask; what is left open is told with the results."""
    known = document.conditions
    return [
        Finding(
            f"conditions.{name}",
            "condition-unknown",
            "{name} is no condition of {methodology}, which has: {allowed}",
            {"name": name, "methodology": document.id, "allowed": ", ".join(known) or Phrase("none")},
        )
        for name in project.conditions
        if name not in known
    ]

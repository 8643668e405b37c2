"""Where the equation trails of two runs part: the first step whose values differ while its inputs agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mrv.run.trace import Cell, Step, Trace
from mrv.verification.documents import shown
from mrv.verification.grades import Difference, differing, grade_of


@dataclass(frozen=True)
class FirstStep:
    """A step at which two trails part.

    Attributes
    ----------
    name : str
        Quantity with its unit.
    clause, formula, source : str
        As the first trail has them.
    difference : Difference
        The first of its values, or of its statements, that differs.
    """

    name: str
    clause: str
    formula: str
    source: str
    difference: Difference


def _in_order(steps: Mapping[str, Step]) -> Iterator[str]:
    """Names of steps, each after all of its inputs."""
    told: set[str] = set()

    def after_inputs(name: str) -> Iterator[str]:
        if name in told or name not in steps:
            return
        told.add(name)
        for needed in steps[name].inputs:
            yield from after_inputs(needed)
        yield name

    for name in steps:
        yield from after_inputs(name)


def _place(cell: Cell) -> str:
    return ", ".join(f"{key}={value}" for key, value in cell.index.items())


def _difference(ours: Step, theirs: Step | None) -> Difference | None:
    if theirs is None:
        return Difference(ours.name, "step", "", "different")
    for key in ("formula", "clause", "unit"):
        one, other = getattr(ours, key), getattr(theirs, key)
        if one != other:
            return Difference(key, str(one), str(other), "different")
    cells = [{_place(cell): cell.value for cell in step.cells} for step in (ours, theirs)]
    for place in [*cells[0], *(place for place in cells[1] if place not in cells[0])]:
        if place not in cells[0] or place not in cells[1]:
            held = (shown(own[place]) if place in own else "" for own in cells)
            return differing(place, held)
        grade = grade_of(cells[0][place], cells[1][place])
        if grade == "different":
            return Difference(place, shown(cells[0][place]), shown(cells[1][place]), grade)
    return None


def first_differing_step(first: Trace | None, second: Trace | None) -> FirstStep | None:
    """First step that differs beyond tolerance, in the order of computation; None if there is none.

    Parameters
    ----------
    first, second : Trace or None
        None where a run left no trail.
    """
    if first is None or second is None:
        return None
    for name in _in_order(first.steps):
        step = first.steps[name]
        difference = _difference(step, second.steps.get(name))
        if difference is not None:
            return FirstStep(step.name, step.clause, step.formula, step.source, difference)
    return None

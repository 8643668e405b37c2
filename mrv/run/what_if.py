"""What would move if a number or a key of the project file were another: the same run, twice.

Nothing is written, and neither the project file nor the methodology's documents change.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mrv.errors import UsageError
from mrv.inputs.project_file import locate_project
from mrv.methodologies import Methodology
from mrv.run.assemble import assemble
from mrv.run.estimate import estimate
from mrv.run.prepare import prepare
from mrv.run.results import Figure, Results
from mrv.yaml_file import parse_yaml, suggestion

ASSUMED = "assumed for a what-if"
"""Source of a number that a what-if puts in."""

SAME = 1e-12
"""Relative difference up to which a figure has not moved."""


@dataclass(frozen=True)
class Assumption:
    """A key of the project file with another value.

    Attributes
    ----------
    name : str
        As it was asked for.
    key : tuple of str and int
        Key of the project file.
    before, after : object
        Value that stands there, None where there is none; value that is assumed.
    """

    name: str
    key: tuple[str | int, ...]
    before: object
    after: object


@dataclass(frozen=True)
class Moved:
    """A figure before and after; None where one of the runs does not have it."""

    name: str
    unit: str
    index: Mapping[str, str]
    before: Figure | None
    after: Figure | None

    @property
    def change(self) -> float:
        """After less before; NaN where either has no value."""
        values = [figure.value if figure else None for figure in (self.before, self.after)]
        return math.nan if None in values else values[1] - values[0]  # type: ignore[operator]


@dataclass(frozen=True)
class WhatIf:
    """What an assumption moves.

    Attributes
    ----------
    assumptions : tuple of Assumption
    moved : tuple of Moved
        Figures that are not the same, in the order of ``results.json``.
    unmoved : int
        Figures that are.
    results : Results
        Of the project as it is.
    """

    assumptions: tuple[Assumption, ...]
    moved: tuple[Moved, ...]
    unmoved: int
    results: Results


def _path_of(name: str) -> tuple[str | int, ...]:
    """Key that a dotted name means, ``surveys[0].date``."""
    parts: list[str | int] = []
    for part in name.split("."):
        word, *numbers = re.split(r"\[(\d+)\]", part)
        parts += [word, *(int(number) for number in numbers if number)]
    return tuple(parts)


def _value_at(data: Any, key: Sequence[str | int]) -> tuple[bool, Any]:
    """Whether a key is there, and what it holds."""
    for part in key:
        inside = (
            part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))
        )
        if not inside:
            return False, None
        data = data[part]
    return True, data


def _assumption(name: str, value: object, data: Any, document: Methodology | None) -> Assumption:
    stated = data.get("parameters") or {}
    numbers = document.parameters if document else {}
    if name in stated or name in numbers:
        key: tuple[str | int, ...] = ("parameters", name, "value")
        found, before = _value_at(data, key)
        if not found and numbers[name].values:
            before = numbers[name].values[-1].value
        return Assumption(name, key, before, value)
    key = _path_of(name)
    found, before = _value_at(data, key)
    if found and not isinstance(before, dict | list):
        return Assumption(name, key, before, value)
    near = suggestion(name, [*stated, *numbers])
    raise UsageError(
        "{name}: is no number and no single value of the project file; did you mean {near}?"
        if near
        else "{name}: is no number of the methodology or project, and no single value of the project file",
        name=name,
        near=near,
    )


def _with(data: Any, assumptions: Sequence[Assumption]) -> Any:
    """Content of a project file with the assumptions in place."""
    changed = copy.deepcopy(data)
    for assumption in assumptions:
        *outer, last = assumption.key
        if outer[0] == "parameters":
            entry = changed.setdefault("parameters", {}).setdefault(outer[1], {"source": ASSUMED})
        else:
            _, entry = _value_at(changed, outer)
        entry[last] = assumption.after
    return changed


def what_if(path: Path, wanted: Mapping[str, object], methodology_folder: Path | None = None) -> WhatIf:
    """Run a project as it is and with other values, and compare every figure.

    Parameters
    ----------
    path : Path
        Project file, or the folder that holds ``mrv.yaml``.
    wanted : mapping of str to object
        Values by name: a number of the methodology or the project, or the dotted key of a single value of the
        project file, such as ``baseline.scenario``.
    methodology_folder : Path, optional
        Documents of the methodology, where it is not one of those installed.

    Raises
    ------
    UsageError
        If a name means nothing.
    InputError
        If either run is refused.
    """
    prepared = prepare(path, methodology_folder)
    before = assemble(prepared, estimate(prepared))
    data, _ = parse_yaml(locate_project(path))
    document = prepared.methodology.document if prepared.methodology else None
    assumptions = [_assumption(name, value, data, document) for name, value in wanted.items()]
    opened = frozenset(str(entry.key[1]) for entry in assumptions if entry.key[0] == "parameters")
    prepared = prepare(path, methodology_folder, lambda content: _with(content, assumptions), opened)
    after = assemble(prepared, estimate(prepared))
    return WhatIf(tuple(assumptions), *_moved(before, after), before)


def _moved(before: Results, after: Results) -> tuple[tuple[Moved, ...], int]:
    one, other = ({(f.name, *sorted(f.index.items())): f for f in run.figures} for run in (before, after))
    pairs = [(one.get(key), other.get(key)) for key in [*one, *(key for key in other if key not in one)]]
    moved = tuple(
        Moved(figure.name, figure.unit, figure.index, *pair)
        for pair in pairs
        for figure in [pair[0] or pair[1]]
        if figure is not None and not _same(*pair)
    )
    return moved, len(pairs) - len(moved)


def _same(one: Figure | None, other: Figure | None) -> bool:
    if one is None or other is None:
        return False
    return all(_close(*pair) for pair in zip(_numbers(one), _numbers(other), strict=True))


def _numbers(figure: Figure) -> tuple[float | None, ...]:
    intervals = (figure.interval, figure.total_interval)
    return (
        figure.value,
        *(end for each in intervals for end in ((each.low, each.high) if each else (None, None))),
    )


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=SAME, abs_tol=0.0)

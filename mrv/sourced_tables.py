"""Rows of the tables in ``data/``, whose every number stands with its source and its evidence.

A run of an older project can read the tables that it was computed with, from a folder of its own.
"""

from __future__ import annotations

import csv
import functools
import math
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from mrv.errors import UsageError

P = ParamSpec("P")
R = TypeVar("R")

REFERENCE_TABLES = (
    "column_names",
    "equation_errors",
    "equations",
    "height_biomass",
    "mask_classes",
    "measurement_errors",
    "plausibility_limits",
    "quality_rules",
    "sensors",
    "soil_defaults",
    "soil_equations",
    "sources",
    "species",
    "stand_relations",
    "wood_density",
)
"""Tables that a run reads, by name."""


@dataclass(frozen=True, eq=False)
class _Tables:
    """A folder of tables, and what functions made of them."""

    folder: Traversable
    kept: dict[Hashable, Any] = field(default_factory=dict)


_in_use = [_Tables(files("mrv.data"))]
"""Folders of tables, the one in use last.

No context variable, for threads of a run would not inherit it and would read the installed tables.
"""


@contextmanager
def reference_tables(folder: Path) -> Iterator[None]:
    """Read every table from a folder, not from those installed, as long as the block lasts.

    It holds for the whole process. A table that the folder lacks is an error; none is taken from elsewhere.
    """
    _in_use.append(_Tables(folder))
    try:
        yield
    finally:
        _in_use.pop()


def data_table(name: str) -> Traversable:
    """File of a table of ours.

    Raises
    ------
    UsageError
        If the folder in use lacks it.
    """
    table = _in_use[-1].folder / f"{name}.csv"
    if not table.is_file():
        raise UsageError(
            "{folder}: holds no reference table {table}", folder=_in_use[-1].folder, table=table.name
        )
    return table


def sourced_rows(name: str) -> list[dict[str, str]]:
    """Rows of a table of ours, by column."""
    return list(csv.DictReader(data_table(name).read_text(encoding="utf-8").splitlines()))


def _made(function: Callable[[], R]) -> R:
    """What a function makes of the tables in use; a table of somebody else's may be anything."""
    try:
        return function()
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        if len(_in_use) == 1:
            raise
        raise UsageError(
            "{folder}: its reference tables cannot be read: {problem}",
            folder=_in_use[-1].folder,
            problem=f"{type(error).__name__}: {error}",
        ) from None


def kept_by_tables(function: Callable[P, R]) -> Callable[P, R]:
    """Keep what a function makes of the tables, apart for each folder of tables."""

    @functools.wraps(function)
    def kept(*args: P.args, **named: P.kwargs) -> R:
        results = _in_use[-1].kept
        key = (function, args, tuple(sorted(named.items())))
        if key not in results:
            results[key] = _made(functools.partial(function, *args, **named))
        found: R = results[key]
        return found

    return kept


def number_of(text: str, missing: float = math.nan) -> float:
    """Number of a cell, or what an empty cell stands for."""
    return float(text) if text.strip() else missing

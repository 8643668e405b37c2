"""What two methodologies, or two editions of one, say differently: documents, numbers, equations."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mrv.accounting.edition import Edition

HEADER_KEYS = (
    "title",
    "issuer",
    "number",
    "dates",
    "official_text",
    "conformance",
    "equations",
    "pools",
    "not_measured",
    "gases",
    "applicability",
)
"""Keys of ``methodology.yaml`` that are compared; sources are compared where a number cites them."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same.

    Attributes
    ----------
    place : str
        Dotted, such as ``methodology.dates.issued`` or ``parameters.buffer_share.unit``.
    one, other : object
        What stands there, as plain data; None where it is missing.
    """

    place: str
    one: object
    other: object


def differences(one: Edition, other: Edition) -> tuple[Difference, ...]:
    """Everything that differs between two methodologies, by place.

    Numbers are compared with their values by date, unit, clause, evidence and whether the project may state
    them; a source by its citation. Equations are compared by unit, clause and formula, over every baseline.
    """
    return tuple(_compared("", _plain(one), _plain(other)))


def statement_lines(one: Edition, other: Edition) -> tuple[str, ...]:
    """Lines of ``clauses.md`` that differ, as a unified diff without context."""
    lines = difflib.unified_diff(
        one.document.clauses.splitlines(),
        other.document.clauses.splitlines(),
        f"{one.document.id}/clauses.md",
        f"{other.document.id}/clauses.md",
        lineterm="",
        n=0,
    )
    return tuple(lines)


def _plain(edition: Edition) -> dict[str, Any]:
    document = edition.document
    header = document.model_dump(mode="json", by_alias=True)
    return {
        "methodology": {key: header[key] for key in HEADER_KEYS},
        "parameters": {name: _parameter(header, entry) for name, entry in header["parameters"].items()},
        "equations": _equations(edition),
    }


def _parameter(header: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        dated["from"]: {
            key: header["sources"][value]["citation"] if key == "source" else value
            for key, value in dated.items()
            if key != "from"
        }
        for dated in entry["values"]
    }
    return {**{key: value for key, value in entry.items() if key != "name"}, "values": values}


def _equations(edition: Edition) -> dict[str, Any]:
    """Equations by name; those of a baseline by ``name (baseline)``."""
    accounting = edition.accounting
    found: dict[str, Any] = {}
    for baseline in accounting.baselines or (None,):
        own = accounting.baselines[baseline] if baseline else ()
        for name, stated in edition.equations(edition.modules(baseline)).items():
            key = f"{name} ({baseline})" if stated.function.__module__ in own else name
            found[key] = {"unit": stated.unit, "clause": stated.clause, "formula": stated.formula}
    return found


def _compared(place: str, one: Any, other: Any) -> Iterator[Difference]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            inner = f"{place}.{key}" if place else str(key)
            yield from _compared(inner, one.get(key), other.get(key))
    elif one != other:
        yield Difference(place, one, other)

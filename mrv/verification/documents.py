"""JSON documents of two runs, leaf by leaf; every leaf bears the name that people know it by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mrv.verification.grades import Difference, FileComparison, counted, differing, grade_of

Leaf = str | float | int | bool | None

NAMED_BY = ("name", "id", "stratum_id", "parcel_id", "equation_id", "component", "scenario", "pool", "rule")
"""Keys that tell an entry of a list from the others, the first that it has."""


def leaves(document: Any, place: str = "") -> Iterator[tuple[str, Leaf]]:
    """Every value of a document with its place, such as ``figures.area_ha[stratum=inner].value``."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield from leaves(value, f"{place}.{key}" if place else str(key))
    elif isinstance(document, list):
        for label, entry in zip(_labels(document), document, strict=True):
            yield from leaves(entry, f"{place}{label}")
    else:
        yield place, document


def _label(entry: Any) -> str | None:
    """What an entry is called: its name, and which one of the quantity it is."""
    if not isinstance(entry, Mapping):
        return None
    name = next((entry[key] for key in NAMED_BY if isinstance(entry.get(key), str)), None)
    index = entry.get("index")
    which = ", ".join(f"{key}={value}" for key, value in index.items()) if isinstance(index, Mapping) else ""
    if name is None and not which:
        return None
    return (f".{name}" if name else "") + (f"[{which}]" if which else "")


def _labels(entries: Sequence[Any]) -> list[str]:
    """Labels of the entries of a list, by position where their own do not tell them apart."""
    labels = [_label(entry) for entry in entries]
    if None in labels or len(set(labels)) < len(labels):
        return [f"[{position}]" for position in range(len(entries))]
    return [str(label) for label in labels]


def shown(value: object) -> str:
    """Value as text; a text in quotation marks, so that it is told from a number."""
    return json.dumps(value, ensure_ascii=False)


def compare_documents(file: str, first: Any, second: Any) -> FileComparison:
    """Compare two documents leaf by leaf.

    Parameters
    ----------
    file : str
        Name for the comparison.
    first, second : JSON values
    """
    ours, theirs = dict(leaves(first)), dict(leaves(second))
    places = [*ours, *(place for place in theirs if place not in ours)]
    differences = []
    for place in places:
        if place in ours and place in theirs:
            grade = grade_of(ours[place], theirs[place])
            if grade != "identical":
                differences.append(Difference(place, shown(ours[place]), shown(theirs[place]), grade))
        else:
            texts = (shown(side[place]) if place in side else "" for side in (ours, theirs))
            differences.append(differing(place, texts))
    return counted(file, len(places) - len(differences), differences)


def read_document(path: Path) -> Any:
    """Content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))

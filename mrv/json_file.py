"""A JSON file of unknown origin, read within limits: its size, its depth, its numbers, its keys.

What cannot be read is a finding, never a traceback.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from mrv.errors import InputError
from mrv.findings import Finding

MAXIMUM_BYTES = 256 * 2**20
"""Largest JSON file that is read. [bytes]"""

MAXIMUM_DEPTH = 100
"""Lists and mappings within each other."""

MAXIMUM_DIGITS = 100
"""Digits of a whole number."""


class _RefusedError(ValueError):
    """What a limit says of a document."""


def _refuse(problem: str) -> NoReturn:
    raise _RefusedError(problem)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        _refuse(f"the key {twice[:60]!r} stands twice")
    return mapping


def _whole(text: str) -> int:
    if len(text) > MAXIMUM_DIGITS:
        _refuse(f"a whole number of {len(text)} digits; allowed are {MAXIMUM_DIGITS}")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse(f"{text[:60]} is not a finite number")
    return number


def _is_too_deep(data: Any) -> bool:
    level = [data]
    for _ in range(MAXIMUM_DEPTH + 1):
        inner = [value.values() if isinstance(value, dict) else value for value in level]
        level = [item for values in inner for item in values if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def parse_json(content: bytes, name: str) -> Any:
    """Plain data of a JSON document.

    Parameters
    ----------
    content : bytes
    name : str
        How the finding calls the document.

    Raises
    ------
    InputError
        If it is no JSON, or goes beyond a limit.
    """
    problem = f"lists and mappings are nested deeper than {MAXIMUM_DEPTH} levels"
    try:
        data = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_int=_whole,
            parse_float=_float,
            parse_constant=lambda word: _refuse(f"{word} is not a finite number"),
        )
        if not _is_too_deep([data]):
            return data
    except RecursionError:
        pass
    except UnicodeDecodeError:
        problem = "is not UTF-8"
    except ValueError as error:
        problem = str(error)
    raise InputError(
        [Finding(name, "json-unreadable", "cannot be read as JSON: {problem}", {"problem": problem})]
    )


def read_json(path: Path, name: str | None = None) -> Any:
    """Plain data of a JSON file.

    Parameters
    ----------
    path : Path
    name : str, optional
        How the finding calls the file; its own name if left out.

    Raises
    ------
    InputError
        If there is no such file, it is no JSON, or goes beyond a limit.
    """
    name = name or path.name
    if not path.is_file():
        raise InputError([Finding(name, "file-missing", "there is no such file")])
    size = path.stat().st_size
    if size > MAXIMUM_BYTES:
        raise InputError(
            [
                Finding(
                    name,
                    "file-too-large",
                    "holds {size} bytes; allowed are {allowed}",
                    {"size": size, "allowed": MAXIMUM_BYTES},
                )
            ]
        )
    return parse_json(path.read_bytes(), name)

"""What is wrong at a key of the project file, before its line is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mrv.yaml_file import Key


@dataclass(frozen=True)
class KeyFinding:
    """What is wrong at one key of the project file."""

    key: Key
    rule: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

"""Fixtures that several rooms of the tests share."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of published inventories and reference numbers; not part of the project."""
    if SHARED.is_dir():
        return SHARED
    reason = f"published inventories and reference numbers are not at {SHARED}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def golden(shared: Path) -> Callable[[str], dict[str, Any]]:
    """Golden case by its id: inputs, expected, tolerance and source."""
    document = json.loads((shared / "reference/golden.json").read_text(encoding="utf-8"))
    cases = {case["id"]: case for case in document["cases"]}
    return cases.__getitem__


@pytest.fixture(scope="session")
def demo() -> Path:
    """Folder of the embedded demo project."""
    return REPOSITORY / "data" / "demo"

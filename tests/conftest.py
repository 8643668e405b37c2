"""Fixtures that several rooms of the tests share."""

from __future__ import annotations

import json
import os
import re
import shutil
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
def whole_demo() -> Path:
    """Folder of the embedded demo project."""
    return REPOSITORY / "data" / "demo"


@pytest.fixture(scope="session")
def demo(whole_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project without its model of biomass, which takes most of its time; not to be written to."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    shutil.copytree(whole_demo, folder)
    file = folder / "mrv.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(without_model(text), encoding="utf-8")
    return folder


def without_model(text: str) -> str:
    """Text of the demo's project file without its model of biomass, and the parcels that need its map."""
    for key in ("parcels", "model"):
        shorter = re.sub(rf"(?m)(^#.*\n)*^{key}:.*\n((?:[ #].*)?\n)*", "", text)
        assert shorter != text
        text = shorter
    return text

"""Known problems of published inventories are found, and the page on quality is what the script finds."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    import sys

    spec = spec_from_file_location("quality_table", ROOT / "scripts" / "quality_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["quality_table"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found(script: ModuleType, shared: Path) -> dict[str, int]:
    data = shared / "data"
    return {f"{problem.inventory}: {problem.words}": problem.find(data) for problem in script.PROBLEMS}


def test_every_known_problem_is_found(found):
    assert [name for name, rows in found.items() if not rows] == []


def test_as_many_rows_as_the_descriptions_say(found):
    assert found["Térraba-Sierpe, trees: status blank in 347 rows"] == 347
    assert found["Zambezi Delta, trees: heights below 1.3 m beside a diameter there"] == 3
    assert found["Zambezi Delta, trees: rows without any diameter"] == 10
    assert found["Western Port, cores: all three mangrove cores lie outside the mapped mangroves"] == 3


def test_a_core_of_tampa_bay_is_a_copy_of_another(script, shared):
    folder, source = script.SOIL["Tampa Bay, cores"]
    found = script.run_cores(shared / "data" / folder, source)
    assert found.rows["core-copied"] == 47


def test_no_errors_on_trees_but_those_that_the_page_explains(script, shared):
    errors = {
        name: script.run_trees(shared / "data", folder, example)
        for name, (folder, example) in script.TREES.items()
    }
    of_quality = {name: found.errors & found.suspect for name, found in errors.items()}
    assert of_quality == {
        "Térraba-Sierpe, trees": set(),
        "Gulf of Chiriquí, trees": set(),
        "Zambezi Delta, trees": {"implausible-basal-area"},
    }


def test_page_is_what_the_script_writes(script, shared):
    text = script.PAGE.read_text(encoding="utf-8")
    message = "run: python scripts/quality_table.py FOLDER"
    assert text == script.page(shared / "data", text), message

"""Tutorials that make files: every step is taken, in order, and prints what the page shows."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from test_docs import DOCS, ROOT, assert_shown, commands_of, name_of, outputs_of, text_of

ACT = r"^(?P<act>Make|Add to) `(?P<file>[^`\n]+)`[^\n]*\n(?:[^\n`]+\n)*\n"
STEP = re.compile(rf"(?:{ACT})?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)

PAGES = [DOCS / "tutorials" / "own-methodology.md"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_step_can_be_taken(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "demo", tmp_path / "data" / "demo")
    commands = 0
    for step in STEP.finditer(text_of(page)):
        if step["kind"] == "console":
            shown = commands_of(step["text"])
            results = list(outputs_of([command for command, _ in shown], tmp_path, "en"))
            assert len(results) == len(shown)
            for (command, lines), (code, output) in zip(shown, results, strict=True):
                assert code == 0, f"{command} ended with {code}:\n{output}"
                assert_shown(command, lines, output)
                commands += 1
        elif step["act"]:
            file = tmp_path / step["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            before = file.read_text(encoding="utf-8") if step["act"] == "Add to" else ""
            file.write_text(before + step["text"], encoding="utf-8")
    assert commands > 10

"""Write anew what the commands on the pages of the worked examples print.

    python scripts/write_worked_examples.py DATA [NAME ...]

DATA is the folder that holds the published files in the folders that each page names; without a NAME, all
examples. Only output changes; commands and what people wrote stay. A test compares the pages with real runs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner

from mrv.cli import main

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "docs" / "worked-examples"

PUBLISHED: Mapping[str, str] = {
    "terraba-sierpe": "terraba_sierpe",
    "gulf-of-chiriqui": "panama_chiriqui",
    "zambezi-delta": "zambezi",
    "tampa-bay": "florida/Radabaugh_et_al_2018",
    "southwest-florida": "florida/Radabaugh_et_al_2023",
    "chinese-coast": "soil_china",
    "western-port": "western_port",
}
"""Worked example: folder that holds its published files."""

OURS: Mapping[str, Path] = dict.fromkeys(
    ("demo-by-vm0033", "demo-by-ccer", "demo-by-ipcc"), ROOT / "data" / "demo"
)
"""Worked example: folder of ours that holds its files."""

BLOCK = re.compile(r"^```console\n\$ (?P<command>.+)\n(?P<output>(?:.*\n)*?)```$", flags=re.MULTILINE)
"""A command and what it prints."""


def make_project(name: str, data: Path, folder: Path) -> None:
    """Make a folder as a user has it: the example's own YAML files and the published files beside them."""
    source = OURS[name] if name in OURS else data / PUBLISHED[name]
    own = {path.name: path for path in (EXAMPLES / name).glob("*.yaml")}
    for path in source.iterdir():
        if path.name not in own:
            (folder / path.name).symlink_to(path.resolve())
    for file, path in own.items():
        shutil.copy(path, folder / file)


def printed(command: str) -> str:
    """What a command of ours prints in the current folder.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    program, *arguments = command.split()
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    if program != "mrv" or result.exit_code:
        raise RuntimeError(f"{command} ended with {result.exit_code}: {result.output}")
    return result.stdout


def lines_of(text: str) -> list[str]:
    """Lines without what cannot be seen at their ends."""
    return [line.rstrip() for line in text.strip().splitlines()]


def write_page(name: str, data: Path) -> None:
    """Write the page of an example anew, after a run of every command on it."""
    page = EXAMPLES / name / "README.md"
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        make_project(name, data, Path(folder))
        text = BLOCK.sub(_block, text)
    page.write_text(text, encoding="utf-8")


def _block(found: re.Match[str]) -> str:
    command = found["command"]
    return "\n".join(["```console", f"$ {command}", *lines_of(printed(command)), "```"])


def write_pages(arguments: list[str]) -> None:
    """Write the pages of the examples that are named."""
    data, *names = arguments
    os.environ.pop("MRV_LANG", None)
    for name in names or [*PUBLISHED, *OURS]:
        write_page(name, Path(data))


if __name__ == "__main__":
    write_pages(sys.argv[1:])

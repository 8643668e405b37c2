"""The command line answers at once: nothing scientific is imported before a command runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "geopandas",
    "hamilton",
    "numpy",
    "pandas",
    "polib",
    "pydantic",
    "pyogrio",
    "pyproj",
    "rich",
    "ruamel",
    "scipy",
    "shapely",
    "xarray",
)

ASK = """
import sys
from mrv.cli import main
main({arguments!r}, standalone_mode=False)
print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)
"""


def imported_by(*arguments: str) -> str:
    """What of the heavy packages is imported once a command has answered."""
    code = ASK.format(arguments=list(arguments), heavy=set(HEAVY))
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert asked.stdout
    return asked.stderr.decode().strip()


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["run", "--help"], ["methodology", "--help"]]
)
def test_help_imports_nothing_heavy(arguments):
    assert imported_by(*arguments) == "[]"


def test_chinese_help_imports_the_catalogue_reader_alone():
    assert imported_by("--lang", "zh", "--help") == "['polib']"

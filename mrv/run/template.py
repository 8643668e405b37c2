"""A project to start from: a commented project file and small example tables."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from mrv.errors import UsageError


def make_project(directory: Path) -> list[Path]:
    """Write the template project into a new or empty folder.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    UsageError
        If the folder holds something already, or is a file.
    """
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory}: is a file; a folder is needed")
    if directory.is_dir() and any(directory.iterdir()):
        raise UsageError(f"{directory}: is not empty; name a new folder")
    contents = {
        entry.name: entry.read_bytes()
        for entry in sorted((files("mrv.data") / "template").iterdir(), key=lambda entry: entry.name)
    }
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    return [directory / name for name in contents]

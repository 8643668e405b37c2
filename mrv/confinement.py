"""Where files may be read from while a project of somebody else is run: within its folder, nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_folders: list[Path] = []


@contextmanager
def confined_to(folder: Path) -> Iterator[None]:
    """Refuse files outside a folder, as long as the block lasts; it holds for the whole process."""
    _folders.append(folder.resolve())
    try:
        yield
    finally:
        _folders.pop()


def is_within_reach(path: Path) -> bool:
    """Whether a file of a project may be read; any may where nothing is confined."""
    return not _folders or path.resolve().is_relative_to(_folders[-1])

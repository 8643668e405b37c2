"""A folder that people asked for, written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mrv.errors import UsageError


def write_new_folder(directory: Path, contents: Mapping[Path, bytes]) -> list[Path]:
    """Write files into a new or empty folder, whole or not at all.

    Parameters
    ----------
    directory : Path
    contents : mapping of Path to bytes
        Files below it.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    UsageError
        If the folder holds something already, is a file, or cannot be written.
    """
    if directory.exists() and not directory.is_dir():
        raise UsageError("{folder}: is a file; a folder is needed", folder=directory)
    if directory.is_dir() and any(directory.iterdir()):
        raise UsageError("{folder}: is not empty; name a new folder", folder=directory)
    folders = {parent for path in contents for parent in path.parents} | {directory, *directory.parents}
    new = sorted((folder for folder in folders if not folder.exists()), key=lambda folder: len(folder.parts))
    try:
        for folder in new:
            folder.mkdir()
        for path, content in contents.items():
            path.write_bytes(content)
    except OSError as error:
        for path in filter(Path.is_file, contents):
            path.unlink()
        for folder in filter(Path.is_dir, reversed(new)):
            folder.rmdir()
        raise UsageError(
            "{folder}: cannot be written, and was left as it was: {problem}",
            folder=directory,
            problem=error.strerror,
        ) from None
    return list(contents)

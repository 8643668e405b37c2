"""Where bytes and numbers come from: hashes of files, versions of software, sources of figures."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal, get_args

Evidence = Literal["sighted", "corroborated", "computed", "recalled"]
"""How a figure is known: read in its document, read in a second source, computed, or from memory."""

EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)


@dataclass(frozen=True)
class Source:
    """A document that a figure was taken from, as registered in ``data/sources.csv``."""

    source_id: str
    citation: str
    doi_or_url: str
    evidence: Evidence


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


SHAPEFILE_PARTS = (".dbf", ".shx", ".prj", ".cpg")
"""Files beside a Shapefile that hold its attributes, its index, its reference system and its encoding."""


def with_parts(path: Path) -> tuple[Path, ...]:
    """A file and, of a Shapefile, those of its parts that exist, their suffix in capitals or not."""
    if path.suffix.lower() != ".shp" or not path.parent.is_dir():
        return (path,)
    beside = sorted(part for part in path.parent.iterdir() if part.stem == path.stem)
    return (path, *(part for part in beside if part.suffix.lower() in SHAPEFILE_PARTS))


def hashes_of_files(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files and of the parts of Shapefiles, by name; one that does not exist is left out.

    Parameters
    ----------
    folder : Path
        Folder that the names are relative to.
    names : iterable of str
    """
    every = {
        name if part == folder / name else Path(name).with_name(part.name).as_posix(): part
        for name in names
        for part in with_parts(folder / name)
    }
    return {name: sha256_of_file(every[name]) for name in sorted(every) if every[name].is_file()}


def sha256_of_bytes(content: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


NUMERICAL_PACKAGES = (
    "apache-hamilton",
    "geopandas",
    "numpy",
    "pandas",
    "pyproj",
    "scikit-learn",
    "scipy",
    "shapely",
    "xarray",
)
"""Packages whose version can change a figure."""


def environment() -> dict[str, str]:
    """Versions of Python, of this toolkit and of every package that can change a figure."""
    versions = {name: metadata.version(name) for name in NUMERICAL_PACKAGES}
    return {
        "mrv": metadata.version("mangrove-mrv"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        **versions,
    }


def distributions() -> dict[str, str]:
    """Version of every installed distribution, by its normalised name."""
    found = {re.sub(r"[-_.]+", "-", entry.name).lower(): entry.version for entry in metadata.distributions()}
    return dict(sorted(found.items()))

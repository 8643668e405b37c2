"""Where bytes and numbers come from: hashes of files, versions of software, sources of figures."""

from __future__ import annotations

import hashlib
import platform
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

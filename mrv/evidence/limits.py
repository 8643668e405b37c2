"""How large a package may be that is opened: a hostile one must not fill a disk or a memory."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """Bounds of a package.

    Attributes
    ----------
    files : int
        Files in it.
    file_bytes, total_bytes : int
        Size of one file, and of all of them. [bytes]
    array_bytes : int
        Size of one band of a raster once decoded. [bytes]
    """

    files: int = 100_000
    file_bytes: int = 32 * GIB
    total_bytes: int = 128 * GIB
    array_bytes: int = 32 * GIB


LIMITS = Limits()

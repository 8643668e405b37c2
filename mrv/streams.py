"""Random numbers that depend on what they are for, and on nothing else.

Every stream is keyed by words: project, stratum, variable, block. So a further stratum, another order
of the work, other chunks or more workers alter no draw. Draws come in blocks of fixed length. Uniform
numbers are made of the raw words of the generator, whose bits numpy promises to keep; normal numbers
are made of uniform ones by the inverse of their distribution, because numpy makes no such promise for its
own distributions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

BLOCK = 1000
"""Draws in a block; a part of the recipe, for another length gives other numbers."""

SHARED = "*"
"""Stratum of a variable that all strata share."""

DROPPED_BITS = 11
"""Of 64 bits, those that a number with 53 significant bits has no room for."""


def stream_key(project: str, stratum: str, variable: str, block: int) -> str:
    """Key of a block of a stream, ``project|stratum=…|var=…|block=…``."""
    return f"{project}|stratum={stratum}|var={variable}|block={block}"


def key_words(key: str) -> tuple[int, int, int, int]:
    """Four words of 32 bits from the SHA-256 of a key, little-endian."""
    words = np.frombuffer(hashlib.sha256(key.encode()).digest()[:16], dtype="<u4")
    first, second, third, fourth = (int(word) for word in words)
    return first, second, third, fourth


def philox(seed: int, words: Sequence[int]) -> np.random.Philox:
    """Bit generator of a seed and the words of a key.

    Parameters
    ----------
    seed : int
        Master seed of the project.
    words : sequence of int
        Spawn key; ``(0,)`` is the first child that ``numpy.random.SeedSequence(seed)`` spawns.

    References
    ----------
    .. [1] Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3, doi:10.1145/2063384.2063405.
    """
    return np.random.Philox(np.random.SeedSequence(seed, spawn_key=tuple(words)))


def uniforms(seed: int, key: str, size: int) -> Array:
    """Uniform numbers of a key, inside (0, 1) and never at its ends. [1]

    Returns
    -------
    ndarray, shape (size,)
        Middle of the 2⁵³ equal parts that the leading bits of each raw word point to.
    """
    raw = philox(seed, key_words(key)).random_raw(size)
    return np.asarray((raw >> np.uint64(DROPPED_BITS)).astype(np.float64) + 0.5) * 2.0**-53


@dataclass(frozen=True)
class Streams:
    """Streams of a project.

    Attributes
    ----------
    seed : int
    project : str
        Identifier of the project, a part of every key.
    """

    seed: int
    project: str

    def uniforms(self, variable: str, block: int, stratum: str = SHARED, columns: int = 1) -> Array:
        """One block of uniform numbers of a variable.

        Parameters
        ----------
        variable : str
        block : int
            Number of the block, from 0.
        stratum : str
        columns : int
            Numbers for each draw.

        Returns
        -------
        ndarray, shape (BLOCK, columns)
        """
        key = stream_key(self.project, stratum, variable, block)
        return uniforms(self.seed, key, BLOCK * columns).reshape(BLOCK, columns)

    def normals(self, variable: str, block: int, stratum: str = SHARED, columns: int = 1) -> Array:
        """One block of standard normal numbers, by the inverse of the distribution; as :meth:`uniforms`."""
        scores: Array = ndtri(self.uniforms(variable, block, stratum, columns))
        return scores


def blocks(draws: int) -> Iterator[int]:
    """Numbers of the blocks that hold at least so many draws."""
    return iter(range(-(-draws // BLOCK)))

"""Random numbers that depend on what they are for, and on nothing else.

Every stream is keyed by names (stratum, species, variable), so that a further stratum or a changed
order of the work alters no other draw. Distributions are made from uniforms by their inverse, for
the bits of a stream are promised by numpy and its distribution methods are not.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

SEED = 20200101
TAIL = 0.001
"""Probability cut from each tail of a normal score, so that no simulated tree is a freak."""


def uniforms(size: int, *names: str) -> Array:
    """Uniform numbers in [0, 1) of the stream with these names."""
    digest = hashlib.sha256("|".join(names).encode()).digest()
    words = tuple(int(word) for word in np.frombuffer(digest[:16], dtype="<u4"))
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(SEED, spawn_key=words))).random(size)


def normals(size: int, *names: str) -> Array:
    """Standard normal numbers, cut at the tails."""
    scores: Array = ndtri(TAIL + (1 - 2 * TAIL) * uniforms(size, *names))
    return scores


def mean_one(size: int, spread: float, *names: str) -> Array:
    """Log-normal factors with mean one; ``spread`` is the standard deviation of the logarithm."""
    return np.exp(spread * normals(size, *names) - spread**2 / 2)


def smooth_field(x: Array, y: Array, length_m: float, *names: str, waves: int = 48) -> Array:
    """Standard normal field in the plane, smooth over ``length_m``: a sum of random cosine waves.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Positions. [m]
    length_m : float
        Distance over which the correlation falls to exp(−1/2). [m]

    Returns
    -------
    ndarray, shape (n,)
    """
    east = normals(waves, *names, "east") / length_m
    north = normals(waves, *names, "north") / length_m
    phase = 2 * np.pi * uniforms(waves, *names, "phase")
    field: Array = np.zeros_like(x)
    for kx, ky, start in zip(east, north, phase, strict=True):
        field += np.cos(kx * x + ky * y + start)
    return np.asarray(field * np.sqrt(2 / waves))

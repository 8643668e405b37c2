"""The shifted coordinates of Chinese maps, GCJ-02 and BD-09, and the way back to WGS 84.

Maps published in China must show places shifted by some hundred metres (GCJ-02); one large service shifts
them once more (BD-09). A plot located on such a map and taken for WGS 84 or CGCS2000 lies in the wrong place,
always by the same vector within a project area. The shift was never published officially; the transform here
is the one that open implementations agree on, to about a centimetre.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Transform = Callable[[Array, Array], tuple[Array, Array]]

SEMI_MAJOR_M = 6378245.0
"""Half the long axis of the Krasovsky ellipsoid, on which the shift is defined. [m]"""

ECCENTRICITY_SQUARED = 0.00669342162296594323

WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271
"""Outside of this rectangle nothing is shifted. [degree]"""

BD_LONGITUDE, BD_LATITUDE = 0.0065, 0.006
BD_ANGLE = math.pi * 3000.0 / 180.0

ROUNDS = 30
"""Rounds of the way back; each is a hundred times nearer than the one before."""


def _waves(x: Array) -> Array:
    """Ripples that both components of the shift share."""
    return np.asarray((20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2 / 3)


def _north_m(x: Array, y: Array) -> Array:
    shift = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + _waves(x)
    shift += (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    return np.asarray(shift + (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3)


def _east_m(x: Array, y: Array) -> Array:
    shift = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + _waves(x)
    shift += (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    return np.asarray(shift + (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3)


def in_china(longitude: Array, latitude: Array) -> NDArray[np.bool_]:
    """Whether places lie where coordinates are shifted."""
    inside: NDArray[np.bool_] = (
        (longitude >= WEST) & (longitude <= EAST) & (latitude >= SOUTH) & (latitude <= NORTH)
    )
    return inside


def gcj02_of_wgs84(longitude: Array, latitude: Array) -> tuple[Array, Array]:
    """Coordinates in GCJ-02 of places in WGS 84.

    Parameters
    ----------
    longitude, latitude : ndarray, shape (n,)
        WGS 84. [degree]

    Returns
    -------
    tuple of ndarray, shape (n,)
        Longitude and latitude in GCJ-02; the same outside of China. [degree]

    References
    ----------
    .. [1] The transform as in the open implementations eviltransform
       (https://github.com/googollee/eviltransform) and PRCoords
       (https://github.com/Artoria2e5/PRCoords).
    """
    x, y = longitude - 105.0, latitude - 35.0
    phi = np.radians(latitude)
    w = 1 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian = SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / w**1.5
    parallel = SEMI_MAJOR_M / np.sqrt(w) * np.cos(phi)
    shifted = (
        longitude + np.degrees(_east_m(x, y) / parallel),
        latitude + np.degrees(_north_m(x, y) / meridian),
    )
    inside = in_china(longitude, latitude)
    return np.where(inside, shifted[0], longitude), np.where(inside, shifted[1], latitude)


def bd09_of_gcj02(longitude: Array, latitude: Array) -> tuple[Array, Array]:
    """Coordinates in BD-09 of places in GCJ-02.

    Parameters
    ----------
    longitude, latitude : ndarray, shape (n,)
        [degree]
    """
    radius = np.hypot(longitude, latitude) + 0.00002 * np.sin(latitude * BD_ANGLE)
    angle = np.arctan2(latitude, longitude) + 0.000003 * np.cos(longitude * BD_ANGLE)
    return radius * np.cos(angle) + BD_LONGITUDE, radius * np.sin(angle) + BD_LATITUDE


def bd09_of_wgs84(longitude: Array, latitude: Array) -> tuple[Array, Array]:
    """Coordinates in BD-09 of places in WGS 84.

    Parameters
    ----------
    longitude, latitude : ndarray, shape (n,)
        [degree]
    """
    return bd09_of_gcj02(*gcj02_of_wgs84(longitude, latitude))


def inverse(transform: Transform, longitude: Array, latitude: Array) -> tuple[Array, Array]:
    """Places in WGS 84 that a transform brings to the coordinates given.

    Parameters
    ----------
    transform : callable
        :func:`gcj02_of_wgs84` or :func:`bd09_of_wgs84`.
    longitude, latitude : ndarray, shape (n,)
        Shifted coordinates. [degree]

    Returns
    -------
    tuple of ndarray, shape (n,)
        By fixed-point iteration: the shift changes little over its own length.
    """
    east, north = np.array(longitude, dtype=np.float64), np.array(latitude, dtype=np.float64)
    for _ in range(ROUNDS):
        found = transform(east, north)
        east, north = east + (longitude - found[0]), north + (latitude - found[1])
    return east, north

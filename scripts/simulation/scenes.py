"""Scenes of the demo project: several looks at the ground at each date, as a satellite would deliver them.

Each look has its own noise, its own clouds and their shadows, and its own tide, which drowns the mud
under the canopy. One look of the first date ends within the area, at the edge of the swath. The numbers
are those of Sentinel-2 Level-2A: ten thousand to a reflectance of one, at the second date with the offset
that products of processing baseline 04.00 and later have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.imagery import BANDS, PIXEL_M, Ground
from simulation.streams import Array, mean_one, smooth_field

QUANTIFICATION = 10_000
STORED_OFFSET = 1_000
WATER = np.array([0.045, 0.050, 0.030, 0.012, 0.010, 0.006])
CLOUD = 0.45
SHADOW = 0.45
"""Share of the light that is left under a cloud."""
SHADOW_PIXELS = (8, -6)
"""Rows and columns from a cloud to its shadow, whole pixels of the mask."""
CLOUD_LENGTH_M = 150.0
CLOUD_EDGE = 1.75
"""Score of a smooth field above which there is cloud."""
LOOK_NOISE = 0.02
DRY_M, FLOODED_M = 0.5, 1.7
"""Heights of the tide at which the mud begins to drown and is drowned. [m]"""
SWATH_EDGE = 0.12
"""Share of the area's width that the scene at the edge of the swath lacks. [1]"""

CLEAR, SHADOWED, CLOUDY, NOTHING = 4, 3, 9, 0
"""Classes of the scene classification."""


@dataclass(frozen=True)
class Look:
    """When a scene was taken and how. [m]"""

    day: str
    tide_height_m: float
    at_swath_edge: bool = False


LOOKS: dict[str, tuple[Look, ...]] = {
    "2010-01-01": (
        Look("2009-11-08", 0.31),
        Look("2009-11-28", -0.12),
        Look("2009-12-13", 0.42),
        Look("2009-12-23", 1.64),
        Look("2010-01-07", 0.05, at_swath_edge=True),
        Look("2010-01-27", 0.18),
        Look("2010-02-16", -0.27),
    ),
    "2020-01-01": (
        Look("2019-11-11", 0.22),
        Look("2019-11-26", 0.37),
        Look("2019-12-06", -0.08),
        Look("2019-12-31", 0.11),
        Look("2020-01-10", 1.38),
        Look("2020-01-25", 0.29),
        Look("2020-02-19", -0.19),
    ),
}

BASELINES = {"2010-01-01": "02.14", "2020-01-01": "05.00"}
"""Processing baseline of the scenes of a date."""


@dataclass(frozen=True)
class Scene:
    """A scene as its files hold it.

    Attributes
    ----------
    look : Look
    baseline : str
    stored : ndarray of uint16, shape (bands, rows, columns)
        0 is no data.
    classes : ndarray of uint8, shape (rows, columns)
        Scene classification at 20 m.
    """

    look: Look
    baseline: str
    stored: NDArray[np.uint16]
    classes: NDArray[np.uint8]


def _classes(ground: Ground, look: Look) -> NDArray[np.uint8]:
    """Scene classification at twice the side of a pixel, flattened to rows and columns of its own."""
    grid = ground.grid
    rows, columns = grid.height // 2, grid.width // 2
    x = grid.west + 2 * PIXEL_M * (np.arange(columns) + 0.5)
    y = grid.north - 2 * PIXEL_M * (np.arange(rows) + 0.5)
    across, down = np.meshgrid(x, y)
    field = smooth_field(across.ravel(), down.ravel(), CLOUD_LENGTH_M, "cloud", look.day)
    cloud = (field > CLOUD_EDGE).reshape(rows, columns)
    shadow = np.roll(cloud, SHADOW_PIXELS, axis=(0, 1))
    known = ground.known.reshape(rows, 2, columns, 2).any(axis=(1, 3))
    classes = np.full((rows, columns), CLEAR, dtype=np.uint8)
    classes[shadow] = SHADOWED
    classes[cloud] = CLOUDY
    classes[~known] = NOTHING
    if look.at_swath_edge:
        classes[:, : round(SWATH_EDGE * columns)] = NOTHING
    return classes


def _reflectance(ground: Ground, look: Look, classes: Array) -> Array:
    """What the sensor sees, shape (bands, pixels). [1]"""
    size = ground.cover.size
    flooded = np.clip((look.tide_height_m - DRY_M) / (FLOODED_M - DRY_M), 0, 1)
    below = ground.mud * (1 - flooded) + WATER[:, None] * flooded
    noise = np.array([mean_one(size, LOOK_NOISE, "look", look.day, band) for band in BANDS])
    seen = (below * (1 - ground.cover) + ground.canopy * ground.cover) * noise
    seen = np.where(classes == SHADOWED, seen * SHADOW, seen)
    return np.where(classes == CLOUDY, CLOUD * noise, seen)


def scenes_of(ground: Ground, date: str) -> list[Scene]:
    """Scenes of a date, in the order in which they were taken."""
    grid = ground.grid
    baseline = BASELINES[date]
    offset = STORED_OFFSET if baseline >= "04.00" else 0
    scenes = []
    for look in LOOKS[date]:
        classes = _classes(ground, look)
        fine = classes.repeat(2, axis=0).repeat(2, axis=1).ravel()
        values = np.rint(_reflectance(ground, look, fine) * QUANTIFICATION) + offset
        values = np.where(ground.known & (fine != NOTHING), np.maximum(values, 1), 0)
        stored = values.astype(np.uint16).reshape(len(BANDS), grid.height, grid.width)
        scenes.append(Scene(look, baseline, stored, classes))
    return scenes

"""How much of an intertidal zone a scene shows under water."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.imagery.indices import mndwi
from mrv.imagery.scene import Scene, look
from mrv.imagery.warp import Finer

WATER_BANDS = ("green", "swir1")
LEAST_SEEN = 0.5
"""Share of the zone that must be seen for its water to be judged."""


def water_share(scene: Scene, zone: NDArray[Any], grid: GeoBox, finer: Finer) -> float:
    """Share of the pixels of a zone that are water, of those that were seen.

    Parameters
    ----------
    scene : Scene
        With the bands green and swir1.
    zone : ndarray of bool, shape (rows, columns)
    grid : GeoBox
    finer : {"bilinear", "cubic"}

    Returns
    -------
    float
        NaN where less than half of the zone was seen. [1]
    """
    green, swir1 = look(scene, WATER_BANDS, grid, finer).astype(np.float64)
    index = mndwi(green, swir1)[zone]
    seen = np.isfinite(index)
    if not zone.any() or seen.mean() < LEAST_SEEN:
        return math.nan
    return float((index[seen] > 0).mean())

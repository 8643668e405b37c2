"""Drawing reference units among the pixels of a stratum, each with a chance by its area."""

from __future__ import annotations

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.area.pixels import pixel_areas_m2
from mrv.streams import Streams

Whole = NDArray[np.int64]

VARIABLE = "area.reference"


def draw_pixels(member: NDArray[np.bool_], grid: GeoBox, units: int, streams: Streams, stratum: str) -> Whole:
    """Distinct pixels of a stratum, drawn at random.

    Parameters
    ----------
    member : ndarray of bool, shape of the grid
        Pixels of the stratum.
    grid : GeoBox
    units : int
        No more than the stratum has pixels.
    streams : Streams
    stratum : str
        The draws of a stratum depend on its name and on no other stratum.

    Returns
    -------
    ndarray of int, shape (units, 2)
        Row and column, in the order of the draw.

    Notes
    -----
    One try takes a pixel at random and keeps it with a chance of its area over that of the largest pixel, so
    that ground counts alike in every row of a grid in degrees.
    """
    places = np.flatnonzero(member)
    if units == len(places):
        return np.column_stack(np.unravel_index(places, member.shape))
    chances = _relative_areas(grid)[places // grid.shape[1]]
    drawn: dict[int, None] = {}
    block = 0
    while len(drawn) < units:
        pick, keep = streams.uniforms(VARIABLE, block, stratum, columns=2).T
        tries = (pick * len(places)).astype(np.int64)
        drawn |= dict.fromkeys(tries[keep < chances[tries]].tolist())
        block += 1
    chosen = places[list(drawn)[:units]]
    return np.column_stack(np.unravel_index(chosen, member.shape))


def _relative_areas(grid: GeoBox) -> NDArray[np.float64]:
    """Area of a pixel in each row over that of the largest, by the pixel in the middle of the row. [1]"""
    height, width = grid.shape
    a, b, c, d, e, f = grid.affine[:6]
    aside = width // 2
    middle = GeoBox((height, 1), Affine(a, b, c + a * aside, d, e, f + d * aside), grid.crs)
    areas = pixel_areas_m2(middle, slice(0, height))[:, 0]
    return np.asarray(areas / areas.max())


def shuffled(count: int, streams: Streams) -> Whole:
    """Order in which units are shown, so that it does not tell their stratum; shape (count,)."""
    numbers = np.concatenate(
        [streams.uniforms(f"{VARIABLE}.order", block)[:, 0] for block in range(-(-count // 1000))]
    )[:count]
    return np.argsort(numbers, kind="stable").astype(np.int64)

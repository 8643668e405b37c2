"""Places of the plots of a stratum: spatially balanced, or on a grid with a random start."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from mrv.sampling.frame import uniform_points
from mrv.sampling.pivotal import local_pivotal
from mrv.streams import Array, Streams, blocks

Draw = Literal["balanced", "systematic"]

CANDIDATES_PER_PLOT = 20
FEWEST_CANDIDATES = 1000
"""Places from which a balanced sample is drawn: so many for each plot, and no fewer in all."""


def balanced(place: BaseGeometry, plots: int, streams: Streams, stratum: str) -> Array:
    """Spatially balanced sample of a region; every place has the same chance.

    Parameters
    ----------
    place : geometry
        Where centres may lie. [m]
    plots : int
    streams : Streams
    stratum : str

    Returns
    -------
    ndarray, shape (plots, 2)
        From west to east. [m]

    Notes
    -----
    Candidates are drawn uniformly at random, then thinned by the local pivotal method with equal chances:
    so the density of plots is uniform over the region.
    """
    candidates = max(CANDIDATES_PER_PLOT * plots, FEWEST_CANDIDATES)
    points = uniform_points(place, candidates, streams, stratum, "design.candidates")
    fights = np.concatenate(
        [streams.uniforms("design.fights", block, stratum, columns=2) for block in blocks(candidates)]
    )
    drawn = points[local_pivotal(points, np.full(candidates, plots / candidates), fights)]
    return _west_to_east(drawn)


def systematic(place: BaseGeometry, plots: int, streams: Streams, stratum: str) -> Array:
    """Square grid with a random start; every place has the same chance.

    Parameters
    ----------
    place : geometry
        Where centres may lie. [m]
    plots : int
        Wanted; how many fall into the region is a matter of the start.
    streams : Streams
    stratum : str

    Returns
    -------
    ndarray, shape (about plots, 2)
        From west to east. [m]
    """
    spacing = math.sqrt(place.area / plots)
    west, south, east, north = place.bounds
    start_x, start_y = streams.uniforms("design.start", 0, stratum, columns=2)[0] * spacing
    x, y = np.meshgrid(
        np.arange(west - start_x, east + spacing, spacing),
        np.arange(south - start_y, north + spacing, spacing),
    )
    points = np.column_stack([x.ravel(), y.ravel()])
    shapely.prepare(place)
    return _west_to_east(points[shapely.contains_xy(place, points[:, 0], points[:, 1])])


def _west_to_east(points: Array) -> Array:
    return points[np.lexsort((points[:, 1], points[:, 0]))]


def smallest_distance_m(points: Array) -> float:
    """Distance of the two plots that are nearest to each other; infinite for a single one. [m]"""
    if len(points) < 2:
        return math.inf
    squared = ((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(squared, np.inf)
    return math.sqrt(float(squared.min()))

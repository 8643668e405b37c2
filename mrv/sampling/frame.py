"""The places a plot may have in a stratum."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from mrv.streams import Array, Streams

Edge = Literal["centre", "inside"]


def region(stratum: BaseGeometry, radius_m: float, edge: Edge) -> BaseGeometry:
    """Where the centre of a plot may lie.

    Parameters
    ----------
    stratum : geometry
        In a plane. [m]
    radius_m : float
        Of the circle that the whole plot lies in. [m]
    edge : {"centre", "inside"}
        ``centre``: the centre lies in the stratum, and every place has its chance; the crew measures the
        part of the plot in the stratum and its area, or folds it back (mirage). ``inside``: the whole plot
        does, so that the outermost metres are sampled less than the rest, and not at all at the very edge.
    """
    return stratum.buffer(-radius_m) if edge == "inside" else stratum


def cells(place: BaseGeometry, count: int) -> tuple[Array, float]:
    """Centres of the square cells that fill a region.

    Parameters
    ----------
    place : geometry
        Not empty. [m]
    count : int
        Cells wanted; how many lie in the region is a matter of its form.

    Returns
    -------
    ndarray, shape (about count, 2)
        [m]
    float
        Side of a cell. [m]
    """
    side = math.sqrt(place.area / count)
    west, south, east, north = place.bounds
    x, y = np.meshgrid(np.arange(west + side / 2, east, side), np.arange(south + side / 2, north, side))
    points = np.column_stack([x.ravel(), y.ravel()])
    shapely.prepare(place)
    return points[shapely.contains_xy(place, points[:, 0], points[:, 1])], side


def uniform_points(place: BaseGeometry, count: int, streams: Streams, stratum: str, variable: str) -> Array:
    """Points drawn uniformly at random in a region, by tries in the rectangle around it.

    Parameters
    ----------
    place : geometry
        Not empty. [m]
    count : int
    streams : Streams
    stratum : str
        The draws of a stratum depend on its name and on no other stratum.
    variable : str

    Returns
    -------
    ndarray, shape (count, 2)
        [m]
    """
    shapely.prepare(place)
    found = [np.empty((0, 2))]
    tries = _tries(place, streams, stratum, variable)
    while sum(map(len, found)) < count:
        points = next(tries)
        found.append(points[shapely.contains_xy(place, points[:, 0], points[:, 1])])
    return np.concatenate(found)[:count]


def _tries(place: BaseGeometry, streams: Streams, stratum: str, variable: str) -> Iterator[Array]:
    west, south, east, north = place.bounds
    block = 0
    while True:
        shares = streams.uniforms(variable, block, stratum, columns=2)
        yield np.array([west, south]) + shares * np.array([east - west, north - south])
        block += 1

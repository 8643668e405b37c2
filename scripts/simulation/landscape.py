"""The ground: three strata as strips along an invented coast, between four wavy lines.

The lines are drawn in metres, turned into longitude and latitude, and rounded as the GeoJSON files
hold them. The world of the simulation is what those files say, read back: area and truth agree with
them to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from pyproj import Transformer

from simulation.streams import Array, uniforms

CENTRE_M = (500_000.0, 2_491_380.0)
COAST_BEARING_DEG = 74.0
COAST_LENGTH_M = 2_460.0
VERTICES = 49
DEGREE_DECIMALS = 7
EDGES_M = (0.0, 170.0, 395.0, 530.0)
"""Mean distance of the four lines from the landward edge, landward to seaward. [m]"""
WAVES_M = ((1_150.0, 22.0), (520.0, 13.0), (230.0, 8.0), (120.0, 4.0))
"""Wavelength and amplitude of the waves of a line. [m]"""

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Stratum:
    """A strip of the forest: the polygon on the ground and the ring in its file."""

    stratum_id: str
    letter: str
    name_zh: str
    name_en: str
    ring_degrees: Ring
    polygon: shapely.Polygon

    @property
    def area_ha(self) -> float:
        """Area in the plane of the reference system. [ha]"""
        return float(self.polygon.area) / 10_000


@dataclass(frozen=True)
class Landscape:
    """All strata, landward to seaward, the ring of the boundary around them, and parcels along the coast."""

    strata: tuple[Stratum, ...]
    boundary_degrees: Ring
    parcels_degrees: tuple[Ring, ...]


PARCEL_EDGES = (0.0, 0.3, 0.42, 0.5, 0.55, 1.0)
"""Where parcels end, as shares of the vertices along the coast."""


STRATA = (
    ("landward", "L", "内缘白骨壤+秋茄林带（模拟）", "Landward Avicennia and Kandelia belt (simulated)"),
    ("middle", "M", "中部秋茄+桐花树林带（模拟）", "Middle Kandelia and Aegiceras belt (simulated)"),
    ("fringe", "F", "外缘无瓣海桑人工林带（模拟）", "Seaward Sonneratia planting (simulated)"),
)


def _line(number: int, distance: float) -> tuple[Array, Array]:
    """Vertices of one line: metres along the coast and metres away from the land."""
    name = f"line {number}"
    step = COAST_LENGTH_M / (VERTICES - 1)
    along = np.linspace(0, COAST_LENGTH_M, VERTICES) + 0.5 * step * (uniforms(VERTICES, name, "along") - 0.5)
    narrowing = 0.72 + 0.28 * np.sin(np.pi * np.linspace(0, 1, VERTICES)) ** 0.7
    away = distance * narrowing
    for (length, height), phase in zip(WAVES_M, uniforms(len(WAVES_M), name, "phase"), strict=True):
        away = away + height * np.sin(2 * np.pi * (along / length + phase))
    return along, away


def _degrees(along: Array, away: Array, to_degrees: Transformer) -> Ring:
    """Turn a line onto the map: the coast runs along its bearing, the sea lies to the right of it."""
    bearing = np.radians(COAST_BEARING_DEG)
    forward, across = along - COAST_LENGTH_M / 2, away - EDGES_M[-1] / 2
    x = CENTRE_M[0] + forward * np.sin(bearing) + across * np.cos(bearing)
    y = CENTRE_M[1] + forward * np.cos(bearing) - across * np.sin(bearing)
    longitude, latitude = to_degrees.transform(x, y)
    return [
        (round(float(east), DEGREE_DECIMALS), round(float(north), DEGREE_DECIMALS))
        for east, north in zip(longitude, latitude, strict=True)
    ]


def _strip(landward: Ring, seaward: Ring, ends: tuple[Ring, Ring] = ([], [])) -> Ring:
    """Closed ring, counter-clockwise: out along the seaward line, back along the landward one."""
    ring = [*seaward, *ends[1], *reversed(landward), *ends[0]]
    return [*ring, ring[0]]


def landscape(reference_system: str) -> Landscape:
    """Strata that share their edges vertex by vertex, and the boundary made of the same vertices."""
    to_degrees = Transformer.from_crs(reference_system, "EPSG:4326", always_xy=True)
    to_metres = Transformer.from_crs("EPSG:4326", reference_system, always_xy=True)
    lines = [_degrees(*_line(number, distance), to_degrees) for number, distance in enumerate(EDGES_M)]
    strata = []
    for labels, landward, seaward in zip(STRATA, lines[:-1], lines[1:], strict=True):
        ring = _strip(landward, seaward)
        polygon = shapely.Polygon(np.column_stack(to_metres.transform(*np.array(ring).T)))
        strata.append(Stratum(*labels, ring_degrees=ring, polygon=polygon))
    inner = lines[1:-1]
    ends = ([line[0] for line in inner], [line[-1] for line in reversed(inner)])
    return Landscape(tuple(strata), _strip(lines[0], lines[-1], ends), _parcels(lines[0], lines[-1], ends))


def _parcels(landward: Ring, seaward: Ring, ends: tuple[Ring, Ring]) -> tuple[Ring, ...]:
    """Strips across the coast, side by side, of the vertices of the boundary."""
    last = len(landward) - 1
    edges = [round(share * last) for share in PARCEL_EDGES]
    return tuple(
        _strip(
            landward[start : stop + 1],
            seaward[start : stop + 1],
            (ends[0] if start == 0 else [], ends[1] if stop == last else []),
        )
        for start, stop in pairwise(edges)
    )

"""The view from above at the second date: six reflectances and a canopy height on a grid of 10 m.

Reflectance is mixed from mud and canopy by the cover that the live biomass of the pixel gives, the
canopy darkening as biomass grows; it saturates, as it does in the field. No-data lies outside a
margin around the boundary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from simulation.forest import State, Trees
from simulation.landscape import Landscape
from simulation.project import Terms, biomass_t
from simulation.streams import Array, mean_one, normals

PIXEL_M = 10.0
MARGIN_M = 30.0
SCALE = 0.0001
BANDS = ("blue", "green", "red", "nir", "swir1", "swir2")
MUD = np.array([0.070, 0.090, 0.105, 0.120, 0.100, 0.075])
CANOPY = np.array([0.022, 0.048, 0.026, 0.360, 0.130, 0.055])
COVER_AGB_T_HA = 40.0
"""Biomass at which the cover reaches 1 − 1/e. [t_dm/ha]"""
DARKENING_AGB_T_HA = 500.0
"""Biomass at which the canopy's reflectance would have fallen to 1/e. [t_dm/ha]"""
NOISE = 0.05
HEIGHT_NOISE_M = 0.5


@dataclass(frozen=True)
class Grid:
    """A north-up grid of square pixels, by its upper left corner. [m]"""

    west: float
    north: float
    width: int
    height: int

    def pixel(self, x: Array, y: Array) -> NDArray[np.int64]:
        """Index of the pixel of each point in the flattened grid."""
        column = np.floor((x - self.west) / PIXEL_M).astype(np.int64)
        row = np.floor((self.north - y) / PIXEL_M).astype(np.int64)
        return row * self.width + column

    def centres(self) -> tuple[Array, Array]:
        """Centres of all pixels, flattened."""
        x = self.west + PIXEL_M * (np.arange(self.width) + 0.5)
        y = self.north - PIXEL_M * (np.arange(self.height) + 0.5)
        columns, rows = np.meshgrid(x, y)
        return columns.ravel(), rows.ravel()


@dataclass(frozen=True)
class Imagery:
    """The stack: reflectance as scaled whole numbers with 0 for no data, height with NaN. [1/SCALE], [m]"""

    grid: Grid
    reflectance: NDArray[np.uint16]
    canopy_height_m: NDArray[np.float32]


def _grid(area: BaseGeometry) -> Grid:
    west, south, east, north = area.bounds
    west, south = (np.floor(edge / PIXEL_M) * PIXEL_M for edge in (west, south))
    east, north = (np.ceil(edge / PIXEL_M) * PIXEL_M for edge in (east, north))
    return Grid(float(west), float(north), round((east - west) / PIXEL_M), round((north - south) / PIXEL_M))


def imagery(ground: Landscape, trees: Trees, state: State, terms: Terms) -> Imagery:
    """What a sensor and a laser scanner would have seen of the forest."""
    area = shapely.union_all([stratum.polygon for stratum in ground.strata]).buffer(MARGIN_M)
    grid = _grid(area)
    size = grid.width * grid.height
    live = np.flatnonzero(state.live)
    pixel = grid.pixel(trees.x[live], trees.y[live])
    mass = biomass_t(terms.agb_equation, terms, trees.species[live], state.dbh_cm[live])
    agb_t_ha = np.bincount(pixel, weights=mass, minlength=size) * 10_000 / PIXEL_M**2
    top = np.zeros(size)
    np.maximum.at(top, pixel, state.height_m[live])

    cover = 1 - np.exp(-agb_t_ha / COVER_AGB_T_HA)
    canopy = CANOPY[:, None] * np.exp(-agb_t_ha / DARKENING_AGB_T_HA)
    noise = np.array([mean_one(size, NOISE, "reflectance", band) for band in BANDS])
    mixed = (MUD[:, None] * (1 - cover) + canopy * cover) * noise
    height = np.where(top > 0, top + HEIGHT_NOISE_M * normals(size, "canopy height"), 0.0)

    seen = shapely.contains_xy(area, *grid.centres())
    reflectance = np.where(seen, np.rint(mixed / SCALE), 0).astype(np.uint16)
    canopy_height = np.where(seen, np.round(np.maximum(height, 0.0), 1), np.nan).astype(np.float32)
    shape = (grid.height, grid.width)
    return Imagery(grid, reflectance.reshape(len(BANDS), *shape), canopy_height.reshape(shape))

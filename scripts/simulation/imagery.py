"""The ground from above at a date: what a sensor without noise, cloud or water would see of the forest.

Reflectance is mixed from mud and canopy by the cover that the live biomass of the pixel gives, the
canopy darkening as biomass grows; it saturates, as it does in the field. Nothing is known outside a
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
CORNER_M = 20.0
"""Whole multiples of which the grid begins at, so that coarser masks share its edges. [m]"""
MARGIN_M = 30.0
BANDS = ("blue", "green", "red", "nir", "nir_narrow", "swir1")
MUD = np.array([0.070, 0.090, 0.105, 0.120, 0.125, 0.100])
CANOPY = np.array([0.022, 0.048, 0.026, 0.360, 0.370, 0.130])
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
class Ground:
    """What there is to see at a date, all arrays flattened over the grid.

    Attributes
    ----------
    grid : Grid
    known : ndarray of bool
        Within the margin around the boundary.
    cover : ndarray
        Share of the pixel under canopy. [1]
    canopy, mud : ndarray, shape (bands, pixels)
        Reflectance of each. [1]
    canopy_height_m : ndarray of float32
        As a laser scanner measures it; NaN where nothing is known. [m]
    """

    grid: Grid
    known: NDArray[np.bool_]
    cover: Array
    canopy: Array
    mud: Array
    canopy_height_m: NDArray[np.float32]


def _grid(area: BaseGeometry) -> Grid:
    west, south, east, north = area.bounds
    west, south = (np.floor(edge / CORNER_M) * CORNER_M for edge in (west, south))
    east, north = (np.ceil(edge / CORNER_M) * CORNER_M for edge in (east, north))
    return Grid(float(west), float(north), round((east - west) / PIXEL_M), round((north - south) / PIXEL_M))


def ground_at(ground: Landscape, trees: Trees, state: State, terms: Terms, date: str) -> Ground:
    """The ground at a date, as a sensor and a laser scanner could see it."""
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
    noise = np.array([mean_one(size, NOISE, "reflectance", date, band) for band in BANDS])
    canopy = CANOPY[:, None] * np.exp(-agb_t_ha / DARKENING_AGB_T_HA) * noise
    known = shapely.contains_xy(area, *grid.centres())
    height = np.where(top > 0, top + HEIGHT_NOISE_M * normals(size, "canopy height", date), 0.0)
    height = np.where(known, np.round(np.maximum(height, 0.0), 1), np.nan)
    return Ground(grid, known, cover, canopy, MUD[:, None] * noise, height.astype(np.float32))

"""An area cut into blocks, and what a block holds: strata, mangrove, and predictors where there is mangrove.

Cost follows the mangrove: imagery is read in the blocks that have any, and nowhere else. The cut is always
the same, from the upper left corner of the grid, and a block is computed for itself, so that no bit depends
on which blocks are worked on, where, or in which order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.imagery.calibration import Calibration, bits, is_small_whole, single_values, window_inside
from mrv.imagery.predictor_pixels import PredictorSources
from mrv.imagery.predictors import Layer
from mrv.imagery.raster import Raster
from mrv.imagery.warp import BLOCK, Floats
from mrv.imagery.zones import OUTSIDE, Zones

NO_MANGROVE, MANGROVE, NO_STRATUM = 0, 1, 255
"""What the ground is: in a stratum without mangrove, mangrove, in no stratum."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, order=True)
class Block:
    """A rectangle of a grid.

    Attributes
    ----------
    top, left : int
        Row and column of its first pixel.
    height, width : int
    """

    top: int
    left: int
    height: int
    width: int

    def of(self, grid: GeoBox) -> GeoBox:
        """Its own grid."""
        return grid[self.top : self.top + self.height, self.left : self.left + self.width]

    def numbers(self, wanted: Bools, grid: GeoBox) -> NDArray[np.int64]:
        """Numbers of pixels of the block, counted row by row over the whole grid."""
        at = np.flatnonzero(wanted)
        first = self.top * grid.width + self.left
        return np.asarray(at + at // self.width * (grid.width - self.width) + first, dtype=np.int64)

    def local(self, pixel: NDArray[np.int64], grid: GeoBox) -> NDArray[np.int64]:
        """Numbers of pixels of the block, counted row by row within it, from those over the whole grid."""
        row, column = np.divmod(pixel, grid.width)
        return np.asarray((row - self.top) * self.width + column - self.left, dtype=np.int64)


def block_at(grid: GeoBox, top: int, left: int) -> Block:
    """Block of a grid by the row and column of its first pixel."""
    return Block(top, left, min(BLOCK, grid.height - top), min(BLOCK, grid.width - left))


def blocks_of(grid: GeoBox) -> tuple[Block, ...]:
    """Every block of a grid, row by row."""
    return tuple(
        block_at(grid, top, left)
        for top in range(0, grid.height, BLOCK)
        for left in range(0, grid.width, BLOCK)
    )


@lru_cache(maxsize=64)
def _numbers_of(calibration: Calibration, kind: np.dtype[Any], classes: tuple[int, ...]) -> NDArray[Any]:
    """Stored numbers of a small whole type that mean one of some classes."""
    return np.flatnonzero(np.isin(single_values(calibration, kind), classes)).astype(bits(kind)).view(kind)


@dataclass(frozen=True)
class ClassMask:
    """Where a map of classes says one of some classes.

    Attributes
    ----------
    layer : Layer
    classes : tuple of int
    """

    layer: Layer
    classes: tuple[int, ...]

    def block(self, block: GeoBox) -> Bools:
        """Whether each pixel of a block is of the classes; not where the map has no data."""
        layer, raster = self.layer, self.layer.raster
        kind, window = np.dtype(raster.bands[layer.band].dtype), window_inside(raster, block)
        if window is not None and is_small_whole(kind):
            stored = raster.read([layer.band], *window)[0]
            wanted = np.isin(np.ma.getdata(stored), _numbers_of(layer.calibration, kind, self.classes))
            absent = np.ma.getmask(stored)
            return wanted if absent is np.ma.nomask else wanted & ~absent
        return np.isin(layer.block(block)[0], list(self.classes))


@dataclass(frozen=True)
class AreaBlock:
    """What a block holds.

    Attributes
    ----------
    block : Block
    ground : ndarray of uint8, shape (rows, columns)
        :data:`MANGROVE`, :data:`NO_MANGROVE`, or :data:`NO_STRATUM` where no stratum is.
    pixel : ndarray of int, shape (n,)
        Numbers of the mangrove pixels, counted row by row over the whole grid.
    stratum : ndarray of int, shape (n,)
    predictors : ndarray of float32, shape (n, p)
    looks : ndarray of int16, shape (n,), or None
        Clear looks behind the composite; None without a series of scenes.
    """

    block: Block
    ground: NDArray[np.uint8]
    pixel: NDArray[np.int64]
    stratum: NDArray[np.int16]
    predictors: Floats
    looks: NDArray[np.int16] | None


@dataclass(frozen=True)
class Area:
    """Strata on a grid, with maps of classes and predictors of a date.

    Attributes
    ----------
    grid : GeoBox
    zones : Zones
        Strata.
    masks : tuple of ClassMask
        What is mangrove in all of them is mangrove; everything without any.
    sources : PredictorSources
    predictors : tuple of str
        Those wanted, in the order of a model.
    """

    grid: GeoBox
    zones: Zones
    masks: tuple[ClassMask, ...]
    sources: PredictorSources
    predictors: tuple[str, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Blocks that polygons of strata touch, row by row."""
        return tuple(block for block in blocks_of(self.grid) if len(self.zones.near(block.of(self.grid))))

    @property
    def rasters(self) -> tuple[Raster, ...]:
        """Every raster that is read."""
        return (*self.sources.rasters, *(mask.layer.raster for mask in self.masks))

    def pixels_of_zones(self, block: Block) -> NDArray[np.int64]:
        """How many pixels of a block lie in each stratum, mangrove or not; up to the last one found."""
        index = self.zones.index(block.of(self.grid))
        return np.bincount(index[index != OUTSIDE])

    def mangrove(self, block: GeoBox) -> Bools:
        """Where every map of classes says mangrove."""
        where = np.ones(block.shape, dtype=np.bool_)
        for mask in self.masks:
            if where.any():
                where &= mask.block(block)
        return where

    def read(self, block: Block) -> AreaBlock:
        """What a block holds; imagery is read only if there is mangrove."""
        own = block.of(self.grid)
        zone = self.zones.index(own)
        ground = np.where(zone == OUTSIDE, np.uint8(NO_STRATUM), np.uint8(NO_MANGROVE))
        wanted = np.asarray(ground == NO_MANGROVE)
        if wanted.any():
            wanted &= self.mangrove(own)
        ground[wanted] = MANGROVE
        looks = np.zeros(0, dtype=np.int16) if self.sources.has_looks else None
        predictors = np.zeros((0, len(self.predictors)), dtype=np.float32)
        if wanted.any():
            predictors, looks = self.sources.pixels(own, wanted, self.predictors)
        return AreaBlock(block, ground, block.numbers(wanted, self.grid), zone[wanted], predictors, looks)

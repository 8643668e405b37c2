"""Pixels of a project's imagery as the rules look at them: a window of the grid, every scene of it once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from shapely.geometry.base import BaseGeometry

from mrv.imagery.composite import clear_looks, medoid
from mrv.imagery.grid import pixel_offset
from mrv.imagery.scene import look
from mrv.imagery.warp import BLOCK
from mrv.imagery.zones import OUTSIDE, zone_index
from mrv.inputs import Imagery
from mrv.inputs.scenes import SceneUse

Floats = NDArray[np.floating[Any]]

WINDOW = 512
"""Longest side of the part of the grid that is looked at. [pixel]"""

ENOUGH_SCENES = 5
"""Scenes from which on one of them hardly moves the composite of all."""


def window_of(grid: GeoBox) -> GeoBox:
    """Middle of the grid, not larger than it need be to judge scenes by."""
    top, left = (max(0, (length - WINDOW) // 2) for length in grid.shape)
    return grid[top : top + min(grid.height, WINDOW), left : left + min(grid.width, WINDOW)]


@dataclass(frozen=True)
class ImageryView:
    """What the rules look at.

    Attributes
    ----------
    imagery : Imagery
    strata : mapping of str to geometry
        Polygons in the reference system, by stratum.
    """

    imagery: Imagery
    strata: Mapping[str, BaseGeometry]

    @cached_property
    def window(self) -> GeoBox:
        """Part of the grid that is looked at."""
        return window_of(self.imagery.grid)

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """Where the window is in a stratum."""
        index = zone_index(list(self.strata.values()), self.window).to_numpy()
        return np.asarray(index != OUTSIDE)

    def blocks(self) -> Iterator[tuple[GeoBox, NDArray[np.int16]]]:
        """Blocks of the whole grid, each with the number of the stratum that a pixel lies in."""
        grid = self.imagery.grid
        for top in range(0, grid.height, BLOCK):
            for left in range(0, grid.width, BLOCK):
                block = grid[top : min(top + BLOCK, grid.height), left : min(left + BLOCK, grid.width)]
                yield block, zone_index(list(self.strata.values()), block).to_numpy()

    def place(self, block: GeoBox) -> tuple[slice, slice]:
        """Rows and columns of a block in the grid."""
        offset = pixel_offset(self.imagery.grid, block)
        assert offset is not None
        row, column = offset
        return slice(row, row + block.height), slice(column, column + block.width)

    def roles(self, series: str) -> tuple[str, ...]:
        """Bands of a series, in a fixed order."""
        uses = self.scenes(series)
        return tuple(sorted({band.role for use in uses for band in use.scene.bands}))

    def scenes(self, series: str) -> Sequence[SceneUse]:
        """Scenes of a series, used or left out."""
        return [use for use in self.imagery.scenes if use.series == series]

    @cached_property
    def looks(self) -> Mapping[tuple[str, str], Floats]:
        """Pixels of every scene by series and file, shape (bands, rows, columns); each is read once."""
        return {
            (use.series, use.scene.file): look(use.scene, self.roles(use.series), self.window, "bilinear")
            for use in self.imagery.scenes
        }

    @cached_property
    def composites(self) -> Mapping[tuple[str, str], Floats]:
        """Medoid of all scenes of each date, whatever their number, by series and date."""
        dated = {(use.series, use.date) for use in self.imagery.scenes if use.date is not None}
        return {
            (series, date): self._medoid(series, self._files(series, date)) for series, date in sorted(dated)
        }

    def _files(self, series: str, date: str) -> list[str]:
        return [use.scene.file for use in self.imagery.used(series, date)]

    def others(self, use: SceneUse) -> list[Floats]:
        """Images that a scene is held against: it must differ from most of them to be told.

        Among many scenes the composite of all of them serves: a scene that differs is not its medoid. Among
        few the composite may be the one that differs, so that each of the others counts for itself.
        """
        if use.date is None:
            return []
        files = self._files(use.series, use.date)
        if len(files) >= ENOUGH_SCENES:
            return [self.composites[use.series, use.date]]
        return [self.looks[use.series, file] for file in files if file != use.scene.file]

    def _medoid(self, series: str, files: Sequence[str]) -> Floats:
        stacked = np.stack([self.looks[series, file] for file in files])
        count, bands, rows, columns = stacked.shape
        flat = medoid(stacked.reshape(count, bands, rows * columns))
        return flat.reshape(bands, rows, columns)

    def clear_share(self, use: SceneUse) -> float:
        """Share of the strata that a scene shows clearly. [1]"""
        values = self.looks[use.series, use.scene.file]
        return float(clear_looks(values[None])[0][self.inside].mean()) if self.inside.any() else 0.0

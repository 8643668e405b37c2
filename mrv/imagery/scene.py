"""A scene: one look of a sensor at the ground, its bands by what they are, cloud and shadow taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from odc.geo.geobox import GeoBox

from mrv.imagery.calibration import Calibration, physical_reader
from mrv.imagery.raster import Raster
from mrv.imagery.sensors import Mask, clear
from mrv.imagery.warp import Finer, Floats, Read, block_on, window_grid


@dataclass(frozen=True)
class SceneBand:
    """A band of a scene: what it is, where it is stored, and how its numbers are to be understood."""

    role: str
    raster: Raster
    band: int
    calibration: Calibration


@dataclass(frozen=True)
class SceneMask:
    """The provider's mask of a scene."""

    kind: Mask
    raster: Raster
    band: int = 0


@dataclass(frozen=True)
class Scene:
    """One look at the ground.

    Attributes
    ----------
    file : str
        As the table of scenes writes it.
    where : str
        Place of its row.
    acquired : str
        Day, YYYY-MM-DD.
    bands : tuple of SceneBand
    mask : SceneMask or None
    tide_height_m : float
        Height of the water when the scene was taken; NaN if not stated. [m]
    """

    file: str
    where: str
    acquired: str
    bands: tuple[SceneBand, ...]
    mask: SceneMask | None
    tide_height_m: float

    @property
    def rasters(self) -> tuple[Raster, ...]:
        """Every raster of the scene once, the mask last."""
        rasters = {band.raster.file: band.raster for band in self.bands}
        if self.mask is not None:
            rasters[self.mask.raster.file] = self.mask.raster
        return tuple(rasters.values())


def _clear_reader(mask: SceneMask) -> Read:
    """Reader of 1 where the ground was seen and 0 where it was not."""
    height, width = mask.raster.grid.shape

    def read(rows: slice, columns: slice) -> Floats:
        values = np.full((1, rows.stop - rows.start, columns.stop - columns.start), np.nan, dtype=np.float32)
        top, bottom = max(rows.start, 0), min(rows.stop, height)
        left, right = max(columns.start, 0), min(columns.stop, width)
        if top < bottom and left < right:
            stored = mask.raster.read([mask.band], slice(top, bottom), slice(left, right))[0]
            seen = clear(mask.kind, np.ma.getdata(stored)) & ~np.ma.getmaskarray(stored)
            values[
                0,
                top - rows.start : bottom - rows.start,
                left - columns.start : right - columns.start,
            ] = seen
        return values

    return read


def _masked(read: Read, grid: GeoBox, mask: SceneMask, rows: slice, columns: slice) -> Floats:
    """Bands where the mask says that the ground was seen, before any resampling of the bands."""
    values = read(rows, columns)
    window = window_grid(grid, rows, columns)
    seen = block_on(_clear_reader(mask), mask.raster.grid, window, "classes", "bilinear")[0]
    values[:, seen != 1.0] = np.nan
    return values


def look(scene: Scene, roles: Sequence[str], block: GeoBox, finer: Finer) -> Floats:
    """What a scene shows of a block of the target grid.

    Parameters
    ----------
    scene : Scene
    roles : sequence of str
        Bands wanted, in the order of the result.
    block : GeoBox
    finer : {"bilinear", "cubic"}
        Interpolation where the target is not coarser.

    Returns
    -------
    ndarray, shape (bands, rows, columns)
        Reflectance, or backscatter as power; NaN where the ground was not seen. [1]
    """
    values = np.full((len(roles), *block.shape), np.nan, dtype=np.float32)
    by_raster: dict[str, list[SceneBand]] = {}
    for band in scene.bands:
        if band.role in roles:
            by_raster.setdefault(band.raster.file, []).append(band)
    for bands in by_raster.values():
        raster = bands[0].raster
        read = physical_reader(raster, [(band.band, band.calibration) for band in bands])
        if scene.mask is not None:
            read = partial(_masked, read, raster.grid, scene.mask)
        seen = block_on(read, raster.grid, block, "continuous", finer)
        for band, pixels in zip(bands, seen, strict=True):
            values[roles.index(band.role)] = pixels
    return values

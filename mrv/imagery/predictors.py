"""From scenes and layers to the predictors of a date."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import dask.array as da
import numpy as np
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr

from mrv.imagery.calibration import Calibration, physical_reader
from mrv.imagery.composite import clear_looks, composite
from mrv.imagery.indices import bands_needed, index_values
from mrv.imagery.raster import Raster
from mrv.imagery.scene import Scene, look
from mrv.imagery.stack import PredictorStack, RasterFile
from mrv.imagery.warp import BLOCK, Finer, Floats, Measure, block_on, blockwise

Method = Literal["medoid", "geometric_median"]
Statistic = Literal["mean", "median"]


@dataclass(frozen=True)
class OpticalSeries:
    """Scenes of a season that become one composite, and the indices that are computed from it.

    Attributes
    ----------
    scenes : tuple of Scene
        In order of acquisition.
    indices : tuple of str
    method : {"medoid", "geometric_median"}
    least_looks : int
        Clear looks that a pixel must have.
    finer : {"bilinear", "cubic"}
    """

    scenes: tuple[Scene, ...]
    indices: tuple[str, ...]
    method: Method
    least_looks: int
    finer: Finer

    @property
    def roles(self) -> tuple[str, ...]:
        """Bands that the indices need."""
        return tuple(sorted({band for index in self.indices for band in bands_needed(index)}))

    @property
    def predictors(self) -> tuple[str, ...]:
        """Names of the predictors."""
        return self.indices

    def looks(self, block: GeoBox) -> Floats:
        """What each scene shows of a block, shape (looks, bands, rows, columns), bands as in ``roles``."""
        return np.stack([look(scene, self.roles, block, self.finer) for scene in self.scenes])

    def composite(self, looks: Floats) -> tuple[Floats, Floats]:
        """Bands in the order of ``roles``, and the clear looks behind each pixel."""
        values, number = composite(looks, self.method, self.least_looks)
        return values.astype(np.float32), number.astype(np.float32)

    def of_looks(self, looks: Floats) -> Floats:
        """Indices, and the clear looks behind each pixel as the last band."""
        values, number = self.composite(looks)
        bands = dict(zip(self.roles, values.astype(np.float64), strict=True))
        indices = [index_values(index, bands) for index in self.indices]
        return np.stack([*indices, number]).astype(np.float32)

    def block(self, block: GeoBox) -> Floats:
        """Indices of a block, and the clear looks behind each pixel as the last band."""
        return self.of_looks(self.looks(block))


@dataclass(frozen=True)
class RadarSeries:
    """Scenes of backscatter and their statistics over a season, always taken of power.

    Attributes
    ----------
    scenes : tuple of Scene
    bands : tuple of str
        Polarisations.
    statistics : tuple of {"mean", "median"}
    decibel : bool
        Whether the predictors are in dB; averages are taken of power all the same.
    least_looks : int
    finer : {"bilinear", "cubic"}
    """

    scenes: tuple[Scene, ...]
    bands: tuple[str, ...]
    statistics: tuple[Statistic, ...]
    decibel: bool
    least_looks: int
    finer: Finer

    @property
    def predictors(self) -> tuple[str, ...]:
        """Names of the predictors."""
        unit = "db_" if self.decibel else ""
        return tuple(f"{band}_{unit}{statistic}" for band in self.bands for statistic in self.statistics)

    def looks(self, block: GeoBox) -> Floats:
        """What each scene shows of a block, shape (looks, bands, rows, columns)."""
        return np.stack([look(scene, self.bands, block, self.finer) for scene in self.scenes])

    def of_looks(self, looks: Floats) -> Floats:
        """Statistics in the order of ``predictors``, and the looks as the last band."""
        power = looks.astype(np.float64)
        clear = clear_looks(power)
        number = clear.sum(axis=0)
        seen = np.where(clear[:, None], power, np.nan)
        enough = number >= max(self.least_looks, 1)
        seen = np.where(enough, seen, 0.0)
        values = {
            "mean": partial(np.nanmean, seen, axis=0),
            "median": partial(np.nanmedian, seen, axis=0),
        }
        found = {name: np.where(enough, values[name](), np.nan) for name in self.statistics}
        bands = [found[name][number] for number in range(len(self.bands)) for name in self.statistics]
        stacked = np.stack(bands)
        if self.decibel:
            with np.errstate(divide="ignore", invalid="ignore"):
                stacked = np.where(stacked > 0, 10 * np.log10(stacked), np.nan)
        return np.concatenate([stacked, number[None]]).astype(np.float32)

    def block(self, block: GeoBox) -> Floats:
        """Statistics of a block, in the order of ``predictors``, and the looks as the last band."""
        return self.of_looks(self.looks(block))


@dataclass(frozen=True)
class Layer:
    """A single raster: a canopy height, an elevation, a map of classes.

    Attributes
    ----------
    id : str
        Name of the predictor.
    raster : Raster
    band : int
    calibration : Calibration
    measure : {"continuous", "classes"}
    finer : {"bilinear", "cubic"}
    unit : str
    """

    id: str
    raster: Raster
    band: int
    calibration: Calibration
    measure: Measure
    finer: Finer
    unit: str

    def block(self, block: GeoBox) -> Floats:
        """Values of a block, shape (1, rows, columns)."""
        read = physical_reader(self.raster, [(self.band, self.calibration)])
        return block_on(read, self.raster.grid, block, self.measure, self.finer)

    def on(self, grid: GeoBox, chunk: int = BLOCK) -> xr.DataArray:
        """Values on a grid, lazily; ``y``, ``x``, float32, NaN without data."""
        return wrap_xr(blockwise(self.block, 1, grid, chunk)[0], grid, nodata=math.nan)


def predictor_stack(
    grid: GeoBox,
    date: str,
    optical: OpticalSeries | None,
    radar: RadarSeries | None,
    layers: Sequence[Layer],
    sources: Sequence[RasterFile],
    chunk: int = BLOCK,
) -> PredictorStack:
    """Predictors of a date; nothing is read before values are asked for.

    Parameters
    ----------
    grid : GeoBox
    date : str
        Day that the predictors stand for.
    optical : OpticalSeries or None
    radar : RadarSeries or None
    layers : sequence of Layer
        Continuous ones.
    sources : sequence of RasterFile
    chunk : int, optional
        Side of the chunks of the result; no value depends on it. [pixel]
    """
    parts: list[da.Array] = []
    names: list[str] = []
    units: list[str] = []
    looks = None
    if optical is not None and optical.scenes:
        count = len(optical.predictors)
        values = blockwise(optical.block, count + 1, grid, chunk)
        parts.append(values[:count])
        looks = wrap_xr(values[count].astype(np.int16), grid)
        names += optical.predictors
        units += ["1"] * count
    if radar is not None and radar.scenes:
        count = len(radar.predictors)
        parts.append(blockwise(radar.block, count + 1, grid, chunk)[:count])
        names += radar.predictors
        units += ["dB" if radar.decibel else "1"] * count
    for layer in layers:
        parts.append(blockwise(layer.block, 1, grid, chunk))
        names.append(layer.id)
        units.append(layer.unit)
    stacked = (
        da.concatenate(parts)
        if parts
        else da.zeros((0, *grid.shape), dtype=np.float32, chunks=(0, *grid.shape))
    )
    whole = wrap_xr(stacked, grid, dims=("predictor", "y", "x"), axis=1, nodata=math.nan)
    named = whole.assign_coords(predictor=("predictor", names), units=("predictor", units))
    return PredictorStack(grid, named, looks, date, tuple(sources))

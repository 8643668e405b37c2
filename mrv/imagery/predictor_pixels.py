"""Predictors of some pixels of a block: the same numbers as in the stack, at the cost of those pixels.

A block is read whole, because the last bits of a warped pixel depend on the corner of its block; what is
computed from it, pixel by pixel, is computed for the wanted ones alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.imagery.calibration import window_inside
from mrv.imagery.predictors import Layer, OpticalSeries, RadarSeries
from mrv.imagery.raster import Raster
from mrv.imagery.warp import Floats

Wanted = NDArray[np.bool_]


def _series_pixels(series: OpticalSeries | RadarSeries, block: GeoBox, wanted: Wanted) -> Floats:
    """Predictors of a series and the looks behind them, shape (predictors + 1, pixels)."""
    looks = series.looks(block)[:, :, wanted]
    if looks.shape[2] == 1:
        # NumPy adds a single column in another order than one of many.
        return series.of_looks(np.repeat(looks, 2, axis=2)[:, :, None, :])[:, 0, :1]
    return series.of_looks(looks[:, :, None, :])[:, 0]


def _write_layers(layers: Sequence[Layer], block: GeoBox, wanted: Wanted, rows: Mapping[str, Floats]) -> None:
    """Write values of layers into rows by name; bands of one file that lie on the grid are read at once."""
    by_file: dict[str, list[Layer]] = {}
    for layer in layers:
        by_file.setdefault(layer.raster.file, []).append(layer)
    at = np.flatnonzero(wanted)
    for own in by_file.values():
        raster = own[0].raster
        window = window_inside(raster, block)
        if window is None:
            for layer in own:
                rows[layer.id][:] = layer.block(block)[0, wanted]
            continue
        stored = raster.read([layer.band for layer in own], *window)
        for number, layer in enumerate(own):
            layer.calibration.write_values_at(stored[number].ravel(), at, rows[layer.id])


@dataclass(frozen=True)
class PredictorSources:
    """What the predictors of a date are made of.

    Attributes
    ----------
    optical : OpticalSeries or None
    radar : RadarSeries or None
    layers : tuple of Layer
        Continuous ones.
    """

    optical: OpticalSeries | None
    radar: RadarSeries | None
    layers: tuple[Layer, ...]

    @property
    def predictors(self) -> tuple[str, ...]:
        """Names of the predictors, in the order of the stack."""
        series = [own for own in (self.optical, self.radar) if own is not None and own.scenes]
        names = [name for own in series for name in own.predictors]
        return (*names, *(layer.id for layer in self.layers))

    @property
    def has_looks(self) -> bool:
        """Whether a composite of scenes is among them."""
        return self.optical is not None and bool(self.optical.scenes)

    @property
    def rasters(self) -> tuple[Raster, ...]:
        """Every raster that is read."""
        series = [own for own in (self.optical, self.radar) if own is not None]
        scenes = [raster for own in series for scene in own.scenes for raster in scene.rasters]
        return (*scenes, *(layer.raster for layer in self.layers))

    def pixels(
        self, block: GeoBox, wanted: Wanted, names: Sequence[str]
    ) -> tuple[Floats, NDArray[np.int16] | None]:
        """Predictors of pixels of a block, row by row, and the looks behind their composite.

        Parameters
        ----------
        block : GeoBox
            One of those that the grid is always cut into.
        wanted : ndarray of bool, shape (rows, columns)
        names : sequence of str
            Predictors; what none of them needs is not read.

        Returns
        -------
        predictors : ndarray of float32, shape (pixels, predictors)
        looks : ndarray of int16, shape (pixels,), or None
            None without a series of scenes.
        """
        if unknown := set(names).difference(self.predictors):
            raise KeyError(f"no source of {sorted(unknown)}")
        # Each predictor lies together in memory: all that is done with them is done predictor by predictor.
        found = np.empty((len(names), int(wanted.sum())), dtype=np.float32)
        rows = dict(zip(names, found, strict=True))
        _write_layers([layer for layer in self.layers if layer.id in rows], block, wanted, rows)
        looks = None
        for series in (self.optical, self.radar):
            if series is None or not series.scenes:
                continue
            if series is self.optical or set(names) & set(series.predictors):
                *values, number = _series_pixels(series, block, wanted)
                for name, own in zip(series.predictors, values, strict=True):
                    if name in rows:
                        rows[name][:] = own
                looks = number.astype(np.int16) if series is self.optical else looks
        return found.T, looks

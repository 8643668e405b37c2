"""Predictors of one date on one grid: what a model of biomass is fitted on and applied to."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr
from odc.geo.geobox import GeoBox


@dataclass(frozen=True)
class RasterFile:
    """A file that a stack was made from."""

    file: str
    sha256: str


@dataclass(frozen=True)
class PredictorStack:
    """Predictors of a date, pixel by pixel, computed only when asked for.

    Attributes
    ----------
    grid : GeoBox
        The project's grid.
    values : DataArray
        Dimensions ``predictor``, ``y``, ``x``; float32; NaN where there are no data. The coordinate
        ``predictor`` names each: ``ndvi``, ``height``, ``vh_db_median``; its unit stands in
        ``units``, a coordinate along it.
    looks : DataArray or None
        Clear looks behind the composite of each pixel, ``y``, ``x``; int16. None without a series of scenes.
    date : str
        Day that the stack stands for, YYYY-MM-DD.
    sources : tuple of RasterFile
        Every file that was read, by name.
    """

    grid: GeoBox
    values: xr.DataArray
    looks: xr.DataArray | None
    date: str
    sources: tuple[RasterFile, ...]

    @property
    def predictors(self) -> tuple[str, ...]:
        """Names of the predictors, in their order."""
        return tuple(str(name) for name in self.values["predictor"].to_numpy())

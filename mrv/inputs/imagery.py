"""Imagery of a project: everything that ``imagery`` names, on one grid."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import dask.array as da
import geopandas as gpd
import numpy as np
import shapely
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr
from shapely.geometry.base import BaseGeometry

from mrv.findings import Finding, Phrase
from mrv.imagery.area import Area, ClassMask
from mrv.imagery.grid import target_grid
from mrv.imagery.indices import bands_needed
from mrv.imagery.predictor_pixels import PredictorSources
from mrv.imagery.predictors import Layer, predictor_stack
from mrv.imagery.predictors import OpticalSeries as OpticalScenes
from mrv.imagery.predictors import RadarSeries as RadarScenes
from mrv.imagery.raster import Raster
from mrv.imagery.stack import PredictorStack, RasterFile
from mrv.imagery.tide import WATER_BANDS, water_share
from mrv.imagery.warp import BLOCK
from mrv.imagery.zones import Zones, inside
from mrv.inputs.geometry import read_polygons
from mrv.inputs.imagery_declaration import Imagery as Declaration
from mrv.inputs.imagery_declaration import OpticalSeries, RadarSeries, RasterLayer
from mrv.inputs.imagery_keys import series_of
from mrv.inputs.raster_layers import read_layers
from mrv.inputs.scenes import SceneReading, SceneUse, left_out, rasters_of, read_scenes
from mrv.inputs.table_source import Layer as Polygons
from mrv.inputs.tables import Exclusion, Where
from mrv.provenance import sha256_of_file


@dataclass(frozen=True)
class DatedLayer:
    """A layer with what the project file says of it."""

    layer: Layer
    declaration: RasterLayer

    def stands_for(self, date: str) -> bool:
        """Whether it is of a date, or of every date."""
        return self.declaration.date in {None, date}


@dataclass(frozen=True)
class Imagery:
    """Imagery of a project; nothing of its pixels is read before it is asked for.

    Attributes
    ----------
    declaration : Imagery of the project file
    grid : GeoBox
    scenes : tuple of SceneUse
        All scenes, used or left out, by series and in order of acquisition.
    layers : tuple of DatedLayer
    sources : mapping of str to tuple of RasterFile
        Files behind every raster, by the name that the project gives it.
    """

    declaration: Declaration
    grid: GeoBox
    scenes: tuple[SceneUse, ...]
    layers: tuple[DatedLayer, ...]
    sources: Mapping[str, tuple[RasterFile, ...]]

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of every file, by name."""
        return {source.file: source.sha256 for sources in self.sources.values() for source in sources}

    @property
    def dates(self) -> tuple[str, ...]:
        """Every date that something is declared for."""
        dates = {season.date for _, series in series_of(self.declaration) for season in series.seasons}
        dates |= {layer.declaration.date for layer in self.layers if layer.declaration.date is not None}
        return tuple(sorted(dates))

    def used(self, series: str, date: str) -> tuple[SceneUse, ...]:
        """Scenes of a series that stand for a date."""
        return tuple(use for use in self.scenes if use.series == series and use.date == date)

    def optical(self, date: str) -> OpticalScenes | None:
        """Scenes of a date and what is made of them; None without any."""
        declared, uses = self.declaration.optical, self.used("optical", date)
        if declared is None or not uses:
            return None
        return OpticalScenes(
            tuple(use.scene for use in uses),
            declared.indices,
            declared.composite,
            declared.least_looks,
            declared.interpolation,
        )

    def radar(self, date: str) -> RadarScenes | None:
        """Scenes of backscatter of a date; None without any."""
        declared, uses = self.declaration.radar, self.used("radar", date)
        if declared is None or not uses:
            return None
        return RadarScenes(
            tuple(use.scene for use in uses),
            declared.polarisations,
            declared.statistics,
            declared.predictors_in == "decibel",
            declared.least_looks,
            declared.interpolation,
        )

    def predictor_layers(self, date: str) -> tuple[Layer, ...]:
        """Continuous layers of a date that cover the area."""
        return tuple(
            dated.layer
            for dated in self.layers
            if dated.stands_for(date)
            and dated.declaration.kind != "class_map"
            and dated.declaration.coverage == "wall_to_wall"
        )

    def stack(self, date: str) -> PredictorStack:
        """Predictors of a date."""
        own = self.predictors(date)
        sources = {source for raster in own.rasters for source in self.sources[raster.file]}
        ordered = sorted(sources, key=lambda source: source.file)
        return predictor_stack(self.grid, date, own.optical, own.radar, own.layers, ordered)

    def mangrove(self, date: str) -> xr.DataArray:
        """Where the maps of classes of a date say mangrove, ``y``, ``x``, bool, lazily."""
        where = wrap_xr(da.ones(tuple(self.grid.shape), dtype=np.bool_, chunks=BLOCK), self.grid)
        for mask in self.masks(date):
            where = where & mask.layer.on(self.grid).isin(list(mask.classes))
        return where

    def masks(self, date: str) -> tuple[ClassMask, ...]:
        """Maps of classes of a date that say where mangrove is."""
        return tuple(
            ClassMask(dated.layer, dated.declaration.mangrove)
            for dated in self.layers
            if dated.declaration.mangrove is not None and dated.stands_for(date)
        )

    def area(self, date: str, predictors: Sequence[str], strata: Sequence[BaseGeometry]) -> Area:
        """Strata on the grid with what a date shows of them, to be read block by block.

        Parameters
        ----------
        date : str
        predictors : sequence of str
            Those of the date that are wanted.
        strata : sequence of geometry
            In the reference system.
        """
        return Area(self.grid, Zones.of(strata), self.masks(date), self.predictors(date), tuple(predictors))

    def predictors(self, date: str) -> PredictorSources:
        """What the predictors of a date are made of."""
        return PredictorSources(self.optical(date), self.radar(date), self.predictor_layers(date))


def _sources(raster: Raster, folder: Path) -> tuple[RasterFile, ...]:
    """Files behind a raster: itself, those of a virtual raster, those of a store."""
    return tuple(
        RasterFile(Path(os.path.relpath(part, folder)).as_posix(), sha256_of_file(part))
        for part in raster.parts
    )


def _roles(series: OpticalSeries | RadarSeries) -> tuple[str, ...]:
    if isinstance(series, RadarSeries):
        return tuple(series.polarisations)
    roles = {band for index in series.indices for band in bands_needed(index)}
    if series.tide is not None and series.tide.water_share is not None:
        roles |= set(WATER_BANDS)
    return tuple(sorted(roles))


def _at_low_water(
    uses: list[SceneUse], series: OpticalSeries, grid: GeoBox, folder: Path, where: Where
) -> tuple[list[SceneUse], list[Finding]]:
    """Scenes with those left out that were taken at high water."""
    tide = series.tide
    if tide is None:
        return uses, []
    kept: list[SceneUse] = []
    findings: list[Finding] = []
    zone = None
    if tide.zone is not None:
        polygons, findings = read_polygons(folder / tide.zone.file, Polygons(**tide.zone.model_dump()))
        if polygons is None:
            return uses, findings
        shape = shapely.union_all(polygons.to_crs(str(grid.crs)).geometry.to_numpy())
        zone = inside(shape, grid).to_numpy()
        if not zone.any():
            return uses, [
                Finding(where("tide", "zone"), "tide-zone", "holds the centre of no pixel of the grid")
            ]
    for use in uses:
        kept_use = use
        height = use.scene.tide_height_m
        if use.date is not None and tide.highest_m is not None:
            if np.isnan(height):
                findings.append(
                    Finding(
                        use.scene.where, "missing-value", "no value; tide_height_m is required by the limit"
                    )
                )
            elif height > tide.highest_m:
                kept_use = left_out(
                    use,
                    Phrase("water at {height:g} m, above {limit:g} m", height=height, limit=tide.highest_m),
                )
        if kept_use.date is not None and zone is not None and tide.water_share is not None:
            share = water_share(use.scene, zone, grid, series.interpolation)
            if np.isnan(share):
                kept_use = left_out(use, Phrase("too little of the intertidal zone seen to tell the tide"))
            elif share > tide.water_share:
                kept_use = left_out(
                    use,
                    Phrase(
                        "{share} % of the intertidal zone under water, above {limit} %",
                        share=f"{share * 100:.0f}",
                        limit=f"{tide.water_share * 100:.0f}",
                    ),
                )
        kept.append(kept_use)
    return kept, findings


def _season_findings(
    uses: Sequence[SceneUse], name: str, series: OpticalSeries | RadarSeries, where: Where
) -> list[Finding]:
    findings = []
    for number, season in enumerate(series.seasons):
        count = sum(use.date == season.date for use in uses)
        if count < series.least_looks:
            findings.append(
                Finding(
                    where("seasons", number),
                    "season-few-scenes",
                    "{count} scenes of {series} are left for {date}; a pixel needs {least} clear looks",
                    {"count": count, "series": name, "date": season.date, "least": series.least_looks},
                )
            )
    return findings


def read_imagery(
    declaration: Declaration, folder: Path, where: Where, strata: gpd.GeoDataFrame
) -> tuple[Imagery, list[Finding], list[Exclusion]]:
    """Imagery of a project, what is wrong with it, and the rows of scenes that were left out.

    Parameters
    ----------
    declaration : Imagery of the project file
    folder : Path
        Of the project.
    where : callable
        Place of a key under ``imagery``.
    strata : GeoDataFrame
        Polygons in the reference system.
    """
    bounds = cast(tuple[float, float, float, float], tuple(map(float, strata.total_bounds)))
    grid = target_grid(bounds, strata.crs, declaration.resolution_m)
    findings: list[Finding] = []
    exclusions: list[Exclusion] = []
    scenes: list[SceneUse] = []
    for name, series in series_of(declaration):

        def place(*key: str | int, name: str = name) -> str:
            return where(name, *key)

        sensor = series.sensor if isinstance(series, OpticalSeries) else "gamma0"
        reading = SceneReading(name, series, sensor, _roles(series), folder, grid)
        uses, more, left = read_scenes(reading, place)
        exclusions += left
        if not more and isinstance(series, OpticalSeries):
            uses, more = _at_low_water(uses, series, grid, folder, place)
        findings += more or _season_findings(uses, name, series, place)
        scenes += uses
    layers, more = read_layers(declaration.layers, folder, grid)
    findings += more
    dated = tuple(DatedLayer(layer, declared) for declared, layer in layers)
    rasters = [*rasters_of(scenes), *(layer.raster for _, layer in layers)]
    sources = {raster.file: _sources(raster, folder) for raster in rasters}
    return Imagery(declaration, grid, tuple(scenes), dated, sources), findings, exclusions

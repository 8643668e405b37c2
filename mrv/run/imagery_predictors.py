"""Predictors from the project's imagery: under each plot, and in each mangrove pixel of the strata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from odc.geo.geobox import GeoBox

from mrv.findings import Finding
from mrv.imagery.area import Area, AreaBlock, Block
from mrv.mapping.footprints import (
    PlotPixels,
    circular_footprints,
    pixel_centres_m,
    pixels_under,
    predictors_under,
    windows_under,
)
from mrv.mapping.prediction import Population
from mrv.mapping.rows import Array, Rows
from mrv.progress import SILENT, Progress
from mrv.run.predictor_sources import (
    Ground,
    MapGrid,
    PlotPredictors,
    PredictorSource,
    packed,
    stratum_positions,
)
from mrv.run.work import Work
from mrv.workers import Workers, in_order

if TYPE_CHECKING:
    from mrv.inputs import Inputs, Survey
    from mrv.inputs.imagery import Imagery

SHOWN = 5


def _of_plots(
    survey: Survey, areas_m2: Array, stack: _Stack, strata: Sequence[str]
) -> tuple[PlotPredictors, PlotPixels]:
    own = survey.plots.assign(area_m2=areas_m2).sort_values("plot_id", kind="stable")
    footprints = circular_footprints(
        own[["x_m", "y_m"]].to_numpy(dtype=np.float64), own["area_m2"].to_numpy(dtype=np.float64)
    )
    ids = tuple(own["plot_id"].astype("str"))
    windows = windows_under(footprints, stack.values, stack.grid)
    names = tuple(str(name) for name in stack.values.coords["predictor"].to_numpy())  # noqa: PD011
    means, coverage = predictors_under(windows, len(own), len(names))
    table = pd.DataFrame(means, columns=list(names)).assign(coverage=coverage)
    table.insert(0, "plot_id", list(ids))
    pixels = pixels_under(ids, stratum_positions(own, strata), windows, stack.mangrove, stack.grid)
    return PlotPredictors(table, names), pixels


def _missing_plots(plots: PlotPredictors, date: str, where: str) -> list[Finding]:
    missing = sorted(set(plots.table["plot_id"]) - plots.complete)
    if not missing:
        return []
    return [
        Finding(
            where,
            "plots-without-predictors",
            "{count} of {plots} plots of {date} have no data of the predictors: {names}; waived, they take "
            "no part in the model",
            {
                "date": date,
                "count": len(missing),
                "plots": len(plots.table),
                "names": ", ".join(missing[:SHOWN]) + (" …" if len(missing) > SHOWN else ""),
            },
            waivable=True,
        )
    ]


@dataclass(frozen=True)
class _Stack:
    """Predictors of a date as the model takes them, and which pixels are mangrove; nothing is read yet."""

    grid: GeoBox
    values: xr.DataArray
    mangrove: xr.DataArray


def pixel_areas_ha(
    area: Area, areas_ha: Mapping[str, float], workers: Workers, progress: Progress = SILENT
) -> tuple[tuple[Block, ...], Array]:
    """Blocks with ground in strata, and the area that a pixel of each stratum stands for.

    Parameters
    ----------
    area : Area
        With the strata in alphabetical order.
    areas_ha : mapping
        Area of each stratum, on the ellipsoid. [ha]
    workers : Workers
    progress : Progress, optional

    Returns
    -------
    blocks : tuple of Block
    pixel_ha : ndarray, shape (strata,)
        A pixel stands for its share of the polygon, whose area is that on the ellipsoid. [ha]
    """
    blocks, strata = area.blocks, sorted(areas_ha)
    whole = np.zeros(len(strata), dtype=np.int64)
    touched = []
    with progress.long_step("Placing the strata on the grid", len(blocks)) as advance:
        found = in_order(workers, Area.pixels_of_zones, area, blocks)
        for block, counts in zip(blocks, found, strict=True):
            whole[: len(counts)] += counts
            touched += [block] if len(counts) else []
            advance(1)
    return tuple(touched), np.array([areas_ha[name] for name in strata]) / np.maximum(whole, 1)


def population_of(
    area: Area, areas_ha: Mapping[str, float], workers: Workers, progress: Progress = SILENT
) -> tuple[Population, MapGrid]:
    """Mangrove pixels of the strata with their predictors, row by row, and where they lie.

    Parameters
    ----------
    area : Area
        With the strata in alphabetical order.
    areas_ha : mapping
        Area of each stratum, on the ellipsoid. [ha]
    workers : Workers
    progress : Progress, optional
    """
    blocks, pixel_ha = pixel_areas_ha(area, areas_ha, workers, progress)
    ground: dict[Block, bytes] = {}
    parts: list[AreaBlock] = []
    with progress.long_step("Reading the predictors of the area", len(blocks)) as advance:
        for own in in_order(workers, Area.read, area, blocks):
            ground[own.block] = packed(own.ground)
            parts.append(replace(own, ground=own.ground[:0]))
            advance(1)
    pixel = np.concatenate([np.zeros(0, dtype=np.int64), *(own.pixel for own in parts)])
    place = np.empty(len(pixel), dtype=np.int64)
    place[np.argsort(pixel)] = np.arange(len(pixel))
    ends = np.cumsum([len(own.pixel) for own in parts])
    places = np.split(place, ends[:-1]) if parts else []
    predictors = np.empty((len(pixel), len(area.predictors)))
    stratum = np.empty(len(pixel), dtype=np.int64)
    looks = np.empty(len(pixel), dtype=np.int16) if area.sources.has_looks else None
    for own, at in zip(parts, places, strict=True):
        predictors[at], stratum[at] = own.predictors, own.stratum
        if looks is not None and own.looks is not None:
            looks[at] = own.looks
    pixel.sort()
    rows = Rows(predictors, stratum, pixel_centres_m(area.grid, pixel))
    population = Population(rows, pixel_ha[stratum], tuple(sorted(areas_ha)))
    return population, MapGrid(area.grid, pixel, Ground(ground), looks)


def area_of(imagery: Imagery, date: str, names: Sequence[str], polygons: gpd.GeoDataFrame) -> Area:
    """Strata on the grid of the imagery, in alphabetical order, with predictors of a date.

    Parameters
    ----------
    imagery : Imagery
    date : str
    names : sequence of str
        Predictors, in the order of the model.
    polygons : GeoDataFrame
        Strata.
    """
    shapes = polygons.set_index("stratum_id").geometry
    return imagery.area(date, names, [shapes[name] for name in sorted(shapes.index)])


def unknown_predictors(imagery: Imagery, date: str, names: Sequence[str], where: str) -> list[Finding]:
    """Predictors that the imagery of a date lacks.

    Parameters
    ----------
    imagery : Imagery
    date : str
    names : sequence of str
    where : str
        Place that findings name.
    """
    known = imagery.predictors(date).predictors
    return [
        Finding(
            where,
            "model-predictor-unknown",
            "{found!r} is not one of the predictors {allowed}",
            {"found": name, "allowed": ", ".join(known)},
        )
        for name in names
        if name not in known
    ]


def from_imagery(
    inputs: Inputs,
    survey: Survey,
    areas_m2: Array,
    areas_ha: Mapping[str, float],
    where: str,
    work: Work,
) -> PredictorSource:
    """Predictors of plots and of the area from the imagery of the survey's date.

    Parameters
    ----------
    inputs : Inputs
        With ``model``, imagery and strata as polygons.
    survey : Survey
    areas_m2 : ndarray, shape (plots,)
        Area of each plot. [m²]
    areas_ha : mapping
        Area of each stratum, on the ellipsoid. [ha]
    where : str
        Key of the predictors in the project file.
    work : Work
        Who reads the area, and who is told.
    """
    imagery, model, polygons = inputs.imagery, inputs.project.model, inputs.strata.geometry
    assert imagery is not None
    assert model is not None
    assert polygons is not None
    names, strata = model.predictors, tuple(sorted(areas_ha))
    unknown = unknown_predictors(imagery, survey.date, names, where)
    if unknown:
        nothing = PlotPredictors(pd.DataFrame(columns=["plot_id", *names, "coverage"]), names)
        none = np.zeros((0, len(names)))
        rows = Rows(none, np.zeros(0, dtype=np.int64), np.zeros((0, 2)))
        return PredictorSource(nothing, PlotPixels.one_each((), rows), None, tuple(unknown))
    own = imagery.stack(survey.date)  # noqa: PD013 predictors of a date, no frame
    values = own.values.sel(predictor=list(names))  # noqa: PD011
    stack = _Stack(own.grid, values, imagery.mangrove(survey.date))
    plots, pixels = _of_plots(survey, areas_m2, stack, strata)
    area = area_of(imagery, survey.date, names, polygons)
    with work.begun() as workers:
        workers.check_files([part for raster in area.rasters for part in raster.parts])
        population, grid = population_of(area, areas_ha, workers, work.progress)
    empty = [
        Finding(
            where,
            "population-empty",
            "no pixel of {stratum!r} is mangrove; smaller pixels or another map of classes were expected",
            {"stratum": name},
        )
        for number, name in enumerate(strata)
        if not (population.rows.stratum == number).any()
    ]
    return PredictorSource(
        plots, pixels, population, (*_missing_plots(plots, survey.date, where), *empty), grid
    )

"""Predictors from the project's imagery: under each plot, and in each mangrove pixel of the strata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.findings import Finding
from mrv.imagery.zones import OUTSIDE, zone_index
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
from mrv.run.predictor_sources import MapGrid, PlotPredictors, PredictorSource, stratum_positions

if TYPE_CHECKING:
    from mrv.inputs import Inputs, Survey
    from mrv.inputs.imagery import Imagery

BLOCK_ROWS = 512
"""Rows of the grid that are read at a time; no bit depends on it."""

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


def pixels_of(
    values: xr.DataArray, zone: NDArray[np.int16], wanted: NDArray[np.bool_], block_rows: int = BLOCK_ROWS
) -> tuple[Array, NDArray[np.int64]]:
    """Predictors and numbers of the wanted pixels, row by row, read in blocks of rows.

    Parameters
    ----------
    values : DataArray, dimensions (predictor, y, x)
    zone : ndarray of int, shape (y, x)
    wanted : ndarray of bool, shape (y, x)
    block_rows : int
        Rows read at a time.

    Returns
    -------
    predictors : ndarray, shape (n, p)
    pixel : ndarray of int, shape (n,)
    """
    height, width = zone.shape
    parts, numbers = [], []
    for start in range(0, height, block_rows):
        rows = slice(start, min(start + block_rows, height))
        inside = wanted[rows]
        if inside.any():
            parts.append(np.asarray(values[:, rows, :].values, dtype=np.float64)[:, inside].T)
            numbers.append(np.flatnonzero(inside) + start * width)
    if not parts:
        return np.zeros((0, values.sizes["predictor"])), np.zeros(0, dtype=np.int64)
    return np.concatenate(parts), np.concatenate(numbers).astype(np.int64)


@dataclass(frozen=True)
class _Stack:
    """Predictors of a date as the model takes them, and which pixels are mangrove."""

    grid: GeoBox
    values: xr.DataArray
    mangrove: NDArray[np.bool_]
    looks: NDArray[np.int16] | None


def _area(
    stack: _Stack, polygons: gpd.GeoDataFrame, areas_ha: Mapping[str, float]
) -> tuple[Population, MapGrid]:
    """Mangrove pixels of the strata with their predictors, and where they lie."""
    strata = tuple(sorted(areas_ha))
    shapes = polygons.set_index("stratum_id").geometry.reindex(list(strata))
    zone = zone_index(list(shapes), stack.grid).to_numpy()
    in_strata = zone != OUTSIDE
    predictors, pixel = pixels_of(stack.values, zone, in_strata & stack.mangrove)
    stratum = zone.ravel()[pixel].astype(np.int64)
    whole = np.bincount(zone[in_strata], minlength=len(strata))
    # A pixel stands for its share of the polygon, whose area is that on the ellipsoid.
    area_of_pixel = np.array([areas_ha[name] for name in strata]) / np.maximum(whole, 1)
    population = Population(
        Rows(predictors, stratum, pixel_centres_m(stack.grid, pixel)), area_of_pixel[stratum], strata
    )
    return population, MapGrid(stack.grid, pixel, in_strata, stack.mangrove, stack.looks)


def predictors_of_area(
    imagery: Imagery,
    date: str,
    names: Sequence[str],
    polygons: gpd.GeoDataFrame,
    areas_ha: Mapping[str, float],
    where: str,
) -> tuple[Population | None, MapGrid | None, list[Finding]]:
    """Mangrove pixels of the strata at a date; None where the imagery lacks a predictor.

    Parameters
    ----------
    imagery : Imagery
    date : str
    names : sequence of str
        Predictors, in the order of the model.
    polygons : GeoDataFrame
        Strata.
    areas_ha : mapping
        Area of each stratum, on the ellipsoid. [ha]
    where : str
        Place that findings name.
    """
    stack, findings = _stack(imagery, date, names, where)
    if stack is None:
        return None, None, findings
    return *_area(stack, polygons, areas_ha), findings


def _stack(
    imagery: Imagery, date: str, names: Sequence[str], where: str
) -> tuple[_Stack | None, list[Finding]]:
    own = imagery.stack(date)  # noqa: PD013 predictors of a date, no frame
    unknown = [name for name in names if name not in own.predictors]
    if unknown:
        return None, [_unknown(name, own.predictors, where) for name in unknown]
    values = own.values.sel(predictor=list(names))  # noqa: PD011
    looks = own.looks.to_numpy() if own.looks is not None else None
    return _Stack(own.grid, values, imagery.mangrove(date).to_numpy(), looks), []


def from_imagery(
    inputs: Inputs, survey: Survey, areas_m2: Array, areas_ha: Mapping[str, float], where: str
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
    """
    imagery, model, polygons = inputs.imagery, inputs.project.model, inputs.strata.geometry
    assert imagery is not None
    assert model is not None
    assert polygons is not None
    names, strata = model.predictors, tuple(sorted(areas_ha))
    stack, unknown = _stack(imagery, survey.date, names, where)
    if stack is None:
        nothing = PlotPredictors(pd.DataFrame(columns=["plot_id", *names, "coverage"]), names)
        none = np.zeros((0, len(names)))
        rows = Rows(none, np.zeros(0, dtype=np.int64), np.zeros((0, 2)))
        return PredictorSource(nothing, PlotPixels.one_each((), rows), None, tuple(unknown))
    plots, pixels = _of_plots(survey, areas_m2, stack, strata)
    population, grid = _area(stack, polygons, areas_ha)
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


def _unknown(name: str, known: Sequence[str], where: str) -> Finding:
    return Finding(
        where,
        "model-predictor-unknown",
        "{found!r} is not one of the predictors {allowed}",
        {"found": name, "allowed": ", ".join(known)},
    )

"""Predictors from the project's imagery: under each plot, and in each mangrove pixel of the strata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.findings import Finding
from mrv.imagery.zones import OUTSIDE, zone_index
from mrv.mapping.footprints import circular_footprints, predictors_under
from mrv.mapping.prediction import Population
from mrv.mapping.rows import Array, Rows
from mrv.run.predictor_sources import MapGrid, PlotPredictors, PredictorSource

if TYPE_CHECKING:
    from mrv.inputs import Inputs, Survey

BLOCK_ROWS = 512
"""Rows of the grid that are read at a time; no bit depends on it."""

SHOWN = 5


def _of_plots(
    survey: Survey, areas_m2: Array, values: xr.DataArray, grid: GeoBox, names: tuple[str, ...]
) -> PlotPredictors:
    own = survey.plots
    footprints = circular_footprints(own[["x_m", "y_m"]].to_numpy(dtype=np.float64), areas_m2)
    means, coverage = predictors_under(footprints, values, grid)
    table = pd.DataFrame(means, columns=list(names)).assign(coverage=coverage)
    table.insert(0, "plot_id", own["plot_id"].astype("str").to_numpy())
    return PlotPredictors(table.sort_values("plot_id", kind="stable", ignore_index=True), names)


def _missing_plots(plots: PlotPredictors, where: str) -> list[Finding]:
    missing = sorted(set(plots.table["plot_id"]) - plots.complete)
    if not missing:
        return []
    return [
        Finding(
            where,
            "plots-without-predictors",
            "{count} of {plots} plots have no data of the predictors: {names}; waived, they take no part in "
            "the model",
            {
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


def _places(grid: GeoBox, pixel: NDArray[np.int64]) -> Array:
    """Centre of each pixel. [m]"""
    row, column = np.divmod(pixel, grid.shape[1])
    affine = grid.affine
    return np.column_stack([affine.c + (column + 0.5) * affine.a, affine.f + (row + 0.5) * affine.e])


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
    names = model.predictors
    stack = imagery.stack(survey.date)  # noqa: PD013 predictors of a date, no frame
    unknown = [name for name in names if name not in stack.predictors]
    if unknown:
        findings = [_unknown(name, stack.predictors, where) for name in unknown]
        nothing = pd.DataFrame(columns=["plot_id", *names, "coverage"])
        return PredictorSource(PlotPredictors(nothing, names), None, tuple(findings))
    values = stack.values.sel(predictor=list(names))  # noqa: PD011
    plots = _of_plots(survey, areas_m2, values, stack.grid, names)
    strata = tuple(sorted(areas_ha))
    shapes = polygons.set_index("stratum_id").geometry.reindex(list(strata))
    zone = zone_index(list(shapes), stack.grid).to_numpy()
    mangrove = imagery.mangrove(survey.date).to_numpy()
    predictors, pixel = pixels_of(values, zone, (zone != OUTSIDE) & mangrove)
    stratum = zone.ravel()[pixel].astype(np.int64)
    whole = np.bincount(zone[zone != OUTSIDE], minlength=len(strata))
    # A pixel stands for its share of the polygon, whose area is that on the ellipsoid.
    area_of_pixel = np.array([areas_ha[name] for name in strata]) / np.maximum(whole, 1)
    population = Population(
        Rows(predictors, stratum, _places(stack.grid, pixel)), area_of_pixel[stratum], strata
    )
    empty = [
        Finding(
            where,
            "population-empty",
            "no pixel of {stratum!r} is mangrove; smaller pixels or another map of classes were expected",
            {"stratum": name},
        )
        for number, name in enumerate(strata)
        if not (stratum == number).any()
    ]
    return PredictorSource(
        plots,
        population,
        (*_missing_plots(plots, where), *empty),
        MapGrid(stack.grid, pixel),
    )


def _unknown(name: str, known: Sequence[str], where: str) -> Finding:
    return Finding(
        where,
        "model-predictor-unknown",
        "{found!r} is not one of the predictors {allowed}",
        {"found": name, "allowed": ", ".join(known)},
    )

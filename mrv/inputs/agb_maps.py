"""Maps of biomass made elsewhere as values: means of strata, predictions at plots, errors of pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.errors import InputError
from mrv.findings import Finding
from mrv.inputs.biomass_raster import Grid, mean_over, read_biomass_raster
from mrv.inputs.columns import MAP_MEAN_COLUMNS
from mrv.inputs.map_declaration import AgbMap
from mrv.inputs.map_tables import MapReading, map_finding, predictions_at_plots, rows_by_id, table_of
from mrv.inputs.strata import Strata
from mrv.inputs.survey import Survey
from mrv.inputs.tables import Exclusion

LEAST_COVERED = 0.5
"""Share of a plot's footprint that must have values for the plot to lie inside the map. [1]"""


@dataclass(frozen=True)
class PixelErrors:
    """Standard errors of the pixels of each stratum on one grid. [t/ha]"""

    grid: Grid
    strata: dict[str, NDArray[np.bool_]]


@dataclass(frozen=True)
class ReadyMap:
    """A map made elsewhere, where it meets the project.

    Attributes
    ----------
    declaration : AgbMap
    strata : DataFrame
        ``stratum_id``, ``map_mean_t_ha`` (where the map has values), ``outside_share``; by stratum.
    plots : DataFrame
        ``plot_id``, ``predicted_t_ha`` (NaN where the map has none), ``fold`` (missing unless the plots
        were seen); one row for each plot of the survey, in its order.
    pixel_errors : PixelErrors or None
    grid : Grid or None
        Its pixels; None where it comes as means. [t/ha]
    """

    declaration: AgbMap
    strata: pd.DataFrame
    plots: pd.DataFrame
    pixel_errors: PixelErrors | None
    grid: Grid | None


def footprints(survey: Survey, system: object) -> gpd.GeoDataFrame:
    """Circle of each plot's area about its coordinates, in the reference system; empty where unknown."""
    areas = survey.plots["plot_area_m2"].to_numpy(dtype=np.float64)
    if survey.subplots:
        areas = np.full(len(areas), max(subplot.total_area_m2 for subplot in survey.subplots))
    points = gpd.GeoSeries(gpd.points_from_xy(survey.plots["x_m"], survey.plots["y_m"]), crs=system)
    return gpd.GeoDataFrame(geometry=points.buffer(np.sqrt(areas / np.pi), quad_segs=32))


def _strata_from_table(reading: MapReading, names: list[str]) -> pd.DataFrame | None:
    table = table_of(reading, "means", MAP_MEAN_COLUMNS)
    if table is None:
        return None
    rows = rows_by_id(
        reading, table, "stratum_id", names, "map-strata", "stratum {found!r} is not one of the project"
    )
    empty = table.frame["outside_share"].isna().to_numpy()
    if empty.any() and not empty.all():
        reading.findings.append(
            Finding(
                table.where(int(empty.argmax()), "outside_share"),
                "map-outside-share",
                "is empty where other strata have a share ({count} rows, this the first); 0 where the map "
                "covers the stratum",
                {"count": int(empty.sum())},
            )
        )
    return pd.DataFrame(
        {
            "stratum_id": names,
            "map_mean_t_ha": rows["map_mean_t_ha"].to_numpy(dtype=np.float64),
            "outside_share": rows["outside_share"].fillna(0.0).to_numpy(dtype=np.float64),
        }
    )


def _strata_from_raster(grid: Grid, geometry: gpd.GeoDataFrame) -> pd.DataFrame:
    ordered = geometry.sort_values("stratum_id", kind="stable")
    covered = mean_over(grid, ordered)
    return pd.DataFrame(
        {
            "stratum_id": ordered["stratum_id"].astype(str).to_list(),
            "map_mean_t_ha": covered.mean,
            "outside_share": 1 - covered.share,
        }
    )


def _plots_from_raster(reading: MapReading, grid: Grid) -> pd.DataFrame | None:
    plots = reading.survey.plots
    unplaced = plots.loc[plots["x_m"].isna(), "plot_id"].astype(str).to_list()
    shapes = footprints(reading.survey, reading.strata.system)
    if unplaced:
        map_finding(
            reading,
            "map-plots",
            "raster",
            "no coordinates of {names}; a map is read where the plots lie, or predictions says what it holds",
            names=", ".join(unplaced),
        )
        return None
    if shapes.geometry.is_empty.any():
        map_finding(
            reading,
            "map-plots",
            "raster",
            "the area of plots is not known; subplots or plot_area_m2 gives it",
        )
        return None
    covered = mean_over(grid, shapes)
    return pd.DataFrame(
        {
            "plot_id": plots["plot_id"].astype(str).to_list(),
            "predicted_t_ha": np.where(covered.share >= LEAST_COVERED, covered.mean, np.nan),
            "fold": None,
        }
    )


def _raster(reading: MapReading, key: str) -> Grid | None:
    raster = getattr(reading.declaration, key)
    if raster is None or reading.strata.geometry is None:
        return None
    try:
        return read_biomass_raster(reading.folder, raster, reading.strata.geometry)
    except InputError as error:
        reading.findings.extend(error.findings)
        return None


def _pixel_errors(reading: MapReading) -> PixelErrors | None:
    grid, geometry = _raster(reading, "standard_error"), reading.strata.geometry
    if grid is None or geometry is None:
        return None
    shapes = geometry.to_crs(grid.system)
    return PixelErrors(
        grid,
        {
            str(name): grid.inside([shape])
            for name, shape in zip(shapes["stratum_id"], shapes.geometry, strict=True)
        },
    )


def read_agb_map(
    declaration: AgbMap, folder: Path, where: Callable[..., str], strata: Strata, survey: Survey
) -> tuple[ReadyMap | None, list[Finding], list[Exclusion]]:
    """A map made elsewhere, what is wrong with it, and rows of its tables that were left out.

    Parameters
    ----------
    declaration : AgbMap
    folder : Path
        Folder that the file names are relative to.
    where : callable
        Place of a key of the map in the project file.
    strata : Strata
    survey : Survey
        The survey of the map's date.
    """
    reading = MapReading(declaration, folder, where, strata, survey, [], [])
    if declaration.raster is not None and strata.geometry is None:
        map_finding(
            reading,
            "map-strata",
            "raster",
            "a raster is read over polygons; strata must be a file of polygons",
        )
    names = sorted(str(name) for name in strata.table["stratum_id"])
    grid = _raster(reading, "raster")
    means: pd.DataFrame | None = None
    if grid is not None and strata.geometry is not None:
        means = _strata_from_raster(grid, strata.geometry)
    elif declaration.means is not None:
        means = _strata_from_table(reading, names)
    plots: pd.DataFrame | None = None
    if declaration.predictions is not None:
        plots = predictions_at_plots(reading)
    elif grid is not None:
        plots = _plots_from_raster(reading, grid)
    errors = _pixel_errors(reading)
    if means is None or plots is None:
        return None, reading.findings, reading.exclusions
    return ReadyMap(declaration, means, plots, errors, grid), reading.findings, reading.exclusions

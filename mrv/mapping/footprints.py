"""The ground that a plot covers, and the predictors of the pixels under it.

A pixel counts by the share of the plot that lies in it, exactly: a small plot seldom lies in one pixel.
How much of it does, a receiver under a canopy does not know better than its error.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.mapping.rows import Array

FEWEST_DATA = 0.5
"""Share of a plot that must lie on pixels with data. [1]"""

QUARTER_CIRCLE = 16
"""Corners of the polygon for a quarter of a circle; its radius is set so that its area is the plot's."""


def circular_footprints(coordinates_m: Array, area_m2: Array) -> NDArray[np.object_]:
    """Circle of each plot's area around its coordinates; None where either is missing.

    Parameters
    ----------
    coordinates_m : ndarray, shape (n, 2)
        Centres in the reference system. [m]
    area_m2 : ndarray, shape (n,)
        Horizontal area on which the largest trees were measured. [m²]
    """
    corners = 4 * QUARTER_CIRCLE
    radius = np.sqrt(area_m2 / (corners / 2 * math.sin(2 * math.pi / corners)))
    known = ~(np.isnan(coordinates_m).any(axis=1) | np.isnan(radius))
    footprints = np.full(len(radius), None, dtype=object)
    footprints[known] = shapely.buffer(
        shapely.points(coordinates_m[known]), radius[known], quad_segs=QUARTER_CIRCLE
    )
    return footprints


def overlaps_m2(footprint: Any, grid: GeoBox) -> tuple[slice, slice, Array]:
    """Area that a footprint shares with each pixel around it.

    Parameters
    ----------
    footprint : Polygon
    grid : GeoBox
        North up.

    Returns
    -------
    rows, columns : slice
        Window of the grid; empty where the footprint lies beside the grid.
    shared : ndarray, shape (rows, columns)
        [m²]
    """
    left, bottom, right, top = shapely.bounds(footprint)
    column_0, column_1 = ((side - grid.affine.c) / grid.affine.a for side in (left, right))
    row_0, row_1 = ((side - grid.affine.f) / grid.affine.e for side in (top, bottom))
    height, width = grid.shape
    rows = np.arange(max(0, math.floor(row_0)), min(height, math.ceil(row_1)))
    columns = np.arange(max(0, math.floor(column_0)), min(width, math.ceil(column_1)))
    row, column = np.meshgrid(rows, columns, indexing="ij")
    to_west, to_north = grid.affine.c, grid.affine.f
    west, east = to_west + column * grid.affine.a, to_west + (column + 1) * grid.affine.a
    north, south = to_north + row * grid.affine.e, to_north + (row + 1) * grid.affine.e
    shared = shapely.area(shapely.intersection(shapely.box(west, south, east, north), footprint))
    return (
        slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0),
        slice(int(columns[0]), int(columns[-1]) + 1) if len(columns) else slice(0),
        np.asarray(shared, dtype=np.float64),
    )


def predictors_under(
    footprints: NDArray[np.object_], values: xr.DataArray, grid: GeoBox
) -> tuple[Array, Array]:
    """Mean of each predictor under each footprint, every pixel by the area it shares with it.

    Parameters
    ----------
    footprints : ndarray of Polygon or None, shape (n,)
        In the coordinate system of the grid.
    values : DataArray, dimensions (predictor, y, x)
        NaN where there is no data.
    grid : GeoBox
        North up.

    Returns
    -------
    means : ndarray, shape (n, predictors)
        NaN where less than half of the footprint has data of the predictor, or it leaves the grid by half.
    coverage : ndarray, shape (n,)
        Share of the footprint on pixels with data of every predictor. [1]
    """
    means = np.full((len(footprints), values.sizes["predictor"]), np.nan)
    coverage = np.zeros(len(footprints))
    for number, footprint in enumerate(footprints):
        if footprint is None:
            continue
        rows, columns, shared = overlaps_m2(footprint, grid)
        window = np.asarray(values[:, rows, columns].values, dtype=np.float64)
        weight = np.where(np.isnan(window), 0.0, shared)
        covered = weight.sum(axis=(1, 2))
        share = covered / float(shapely.area(footprint))
        total = (weight * np.nan_to_num(window)).sum(axis=(1, 2))
        enough = share >= FEWEST_DATA
        means[number, enough] = total[enough] / covered[enough]
        coverage[number] = min(1.0, float(share.min()))
    return means, coverage


def expected_overlap(plot_side_m: float, coordinate_error_m: float) -> float:
    """Share of a square plot expected in its nominal pixel of the same size, for an error of position. [1]

    Parameters
    ----------
    plot_side_m : float
        Side of plot and pixel. [m]
    coordinate_error_m : float
        Standard error of each coordinate. [m]

    Notes
    -----
    With independent normal errors of the two coordinates, ``(1 − σ √(2/π) / side)²``; errors beyond a whole
    side are left out of account, so it holds for errors well below the side.
    """
    return max(0.0, 1 - coordinate_error_m * math.sqrt(2 / math.pi) / plot_side_m) ** 2


def plot_error_variance(
    plot_area_m2: Array,
    pixel_area_m2: float,
    *,
    measurement_sd_t_ha: float = 0.0,
    allometry_sd_t_ha: float = 0.0,
    within_pixel_sd_t_ha: float = 0.0,
    position_sd_t_ha: float = 0.0,
    time_sd_t_ha: float = 0.0,
) -> Array:
    """Error variance of a plot's biomass as a stand-in for that of its pixel. [(t_dm/ha)²]

    Parameters
    ----------
    plot_area_m2 : ndarray, shape (n,)
        [m²]
    pixel_area_m2 : float
        [m²]
    measurement_sd_t_ha, allometry_sd_t_ha : float
        Of the plot's own biomass. [t_dm/ha]
    within_pixel_sd_t_ha : float
        Between plots of this size in one pixel; a plot as large as the pixel has none of it. [t_dm/ha]
    position_sd_t_ha, time_sd_t_ha : float
        From being placed beside the pixel, and from the time between survey and image. [t_dm/ha]

    References
    ----------
    .. [1] Réjou-Méchain et al. (2014), Biogeosciences 11, 6827-6840, doi:10.5194/bg-11-6827-2014.
    .. [2] Araza et al. (2022), Remote Sensing of Environment 272, 112917, doi:10.1016/j.rse.2022.112917.
    """
    own = measurement_sd_t_ha**2 + allometry_sd_t_ha**2 + position_sd_t_ha**2 + time_sd_t_ha**2
    uncovered = np.maximum(1 - plot_area_m2 / pixel_area_m2, 0.0)
    return np.asarray(own + within_pixel_sd_t_ha**2 * uncovered)


def inverse_variance_weights(variance: Array) -> Array:
    """Weights ``1/σ²`` scaled to a mean of 1; all alike where a variance is zero. [1]"""
    if not (variance > 0).all():
        return np.ones(len(variance))
    weight = 1 / variance
    return np.asarray(weight / weight.mean())

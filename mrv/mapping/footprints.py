"""The ground that a plot covers, and the predictors of the pixels under it.

A pixel counts by the share of the plot that lies in it, exactly: a small plot seldom lies in one pixel.
How much of it does, a receiver under a canopy does not know better than its error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.imagery.warp import computed
from mrv.mapping.rows import Array, Floats, Integers, Rows

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
        slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0),
        slice(int(columns[0]), int(columns[-1]) + 1) if len(columns) else slice(0, 0),
        np.asarray(shared, dtype=np.float64),
    )


@dataclass(frozen=True)
class PlotPixels:
    """Pixels under plots: what a map has to be averaged over to be compared with a plot.

    Attributes
    ----------
    plot_id : tuple of str, length n
    stratum : ndarray of int, shape (n,)
        Of each plot.
    plot : ndarray of int, shape (m,)
        Position of the plot that each pixel lies under.
    share : ndarray, shape (m,)
        Of the plot that lies in the pixel. [1]
    predictors : ndarray, shape (m, p)
    coordinates_m : ndarray, shape (m, 2)
        Centre of the pixel. [m]
    """

    plot_id: tuple[str, ...]
    stratum: Integers
    plot: Integers
    share: Array
    predictors: Floats
    coordinates_m: Array

    @classmethod
    def one_each(cls, plot_id: tuple[str, ...], rows: Rows) -> PlotPixels:
        """Plots that each stand for a pixel of their own, as in tables of predictors."""
        number = np.arange(len(rows), dtype=np.int64)
        return cls(plot_id, rows.stratum, number, np.ones(len(rows)), rows.predictors, rows.coordinates_m)

    @property
    def rows(self) -> Rows:
        """The pixels as places to predict."""
        return Rows(self.predictors, self.stratum[self.plot], self.coordinates_m)

    def means(self, values: Array, counted: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Mean of each plot over the pixels that count, and their share of the plot.

        Returns
        -------
        means : ndarray, shape (n,)
            NaN without any.
        shares : ndarray, shape (n,)
            [1]
        """
        plots, plot, share = len(self.plot_id), self.plot[counted], self.share[counted]
        covered = np.bincount(plot, weights=share, minlength=plots)
        total = np.bincount(plot, weights=share * values[counted], minlength=plots)
        means = np.divide(total, covered, out=np.full(plots, np.nan), where=covered > 0)
        # Sums of areas miss a whole plot by their rounding.
        return means, np.where(covered > 1 - 1e-9, 1.0, covered)


@dataclass(frozen=True)
class Window:
    """Pixels around a footprint.

    Attributes
    ----------
    plot : int
        Position of the footprint.
    rows, columns : slice
        Of the grid.
    share : ndarray, shape (rows, columns)
        Of the footprint that lies in each pixel. [1]
    values : ndarray, shape (predictors, rows, columns)
    """

    plot: int
    rows: slice
    columns: slice
    share: Array
    values: Array


def windows_under(footprints: NDArray[np.object_], values: xr.DataArray, grid: GeoBox) -> list[Window]:
    """Window of each footprint that there is; what several share of the grid is computed once.

    Parameters
    ----------
    footprints : ndarray of Polygon or None, shape (n,)
        In the coordinate system of the grid.
    values : DataArray, dimensions (predictor, y, x)
        NaN where there is no data.
    grid : GeoBox
        North up.
    """
    known = [number for number, footprint in enumerate(footprints) if footprint is not None]
    overlaps = [overlaps_m2(footprints[number], grid) for number in known]
    read = computed(*(values[:, rows, columns].data for rows, columns, _ in overlaps))
    return [
        Window(
            number,
            rows,
            columns,
            shared / float(shapely.area(footprints[number])),
            np.asarray(window, dtype=np.float64),
        )
        for number, (rows, columns, shared), window in zip(known, overlaps, read, strict=True)
    ]


def pixel_centres_m(grid: GeoBox, pixel: Integers) -> Array:
    """Centre of pixels, given by their number row by row, shape (n, 2). [m]"""
    row, column = np.divmod(pixel, grid.shape[1])
    affine = grid.affine
    return np.column_stack([affine.c + (column + 0.5) * affine.a, affine.f + (row + 0.5) * affine.e])


def pixels_under(
    plot_id: tuple[str, ...],
    stratum: Integers,
    windows: Sequence[Window],
    counted: xr.DataArray,
    grid: GeoBox,
) -> PlotPixels:
    """Pixels under each plot, those that count.

    Parameters
    ----------
    plot_id : tuple of str, length n
    stratum : ndarray of int, shape (n,)
        Of each plot.
    windows : sequence of Window
        At least one.
    counted : DataArray of bool, dimensions (y, x)
        Such as mangrove; only what lies under the windows is computed.
    grid : GeoBox
    """
    plots, shares, values, pixels = [], [], [], []
    under = computed(*(counted[own.rows, own.columns].data for own in windows))
    for own, counts in zip(windows, under, strict=True):
        kept = (own.share > 0) & np.asarray(counts)
        row, column = np.nonzero(kept)
        plots.append(np.full(int(kept.sum()), own.plot, dtype=np.int64))
        shares.append(own.share[kept])
        values.append(own.values[:, kept].T)
        pixels.append((row + own.rows.start) * grid.width + column + own.columns.start)
    return PlotPixels(
        plot_id,
        stratum,
        np.concatenate(plots),
        np.concatenate(shares),
        np.concatenate(values),
        pixel_centres_m(grid, np.concatenate(pixels)),
    )


def predictors_under(windows: Sequence[Window], plots: int, predictors: int) -> tuple[Array, Array]:
    """Mean of each predictor under each plot, every pixel by the share of the plot that lies in it.

    Parameters
    ----------
    windows : sequence of Window
    plots, predictors : int
        How many there are.

    Returns
    -------
    means : ndarray, shape (plots, predictors)
        NaN where less than half of the plot has data of the predictor, or it leaves the grid by half.
    coverage : ndarray, shape (plots,)
        Share of the plot on pixels with data of every predictor. [1]
    """
    means = np.full((plots, predictors), np.nan)
    coverage = np.zeros(plots)
    for own in windows:
        weight = np.where(np.isnan(own.values), 0.0, own.share)
        covered = weight.sum(axis=(1, 2))
        total = (weight * np.nan_to_num(own.values)).sum(axis=(1, 2))
        enough = covered >= FEWEST_DATA
        means[own.plot, enough] = total[enough] / covered[enough]
        coverage[own.plot] = min(1.0, float(covered.min()))
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

"""Rasters onto the target grid, block by block, and only where pixels do not coincide already.

Classes are taken from the nearest pixel, or by majority where the target is coarser; they are never
interpolated. Continuous values are averaged by area where the target is coarser, and are missing where
less than half of the pixel has data; where it is not coarser, they are interpolated by the method that
somebody stated. The grid is always cut into the same blocks, whatever is asked for at once: the place of
a pixel is computed from the corner of its block, and its last bits depend on which corner that is.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, Literal

import dask.array as da
import numpy as np
import xarray as xr
from dask.base import compute
from dask.threaded import get as by_threads
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning
from rasterio.warp import reproject, transform_bounds

from mrv.imagery.grid import pixel_offset

# rasterio hides this warning about its own arrays in a way that does not hold in threads.
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)

Floats = NDArray[np.float32]
Measure = Literal["continuous", "classes"]
Finer = Literal["bilinear", "cubic"]
Read = Callable[[slice, slice], Floats]
"""Pixels of rows and columns, shape (bands, rows, columns), NaN where there are no data; the slices may
reach beyond the raster."""

VALID_SHARE = 0.5
"""Share of a coarser pixel that must have data for its average to count."""

BLOCK = 512
"""Side of the blocks that are read and warped at a time, from the upper left corner of a grid. [pixel]"""

MARGIN = 3
"""Source pixels around a block that an interpolation looks at."""

COARSER = 1.001
"""Ratio of pixel sides from which on the target counts as coarser."""


def pixel_ratio(source: GeoBox, target: GeoBox) -> float:
    """Side of a target pixel over the side of a source pixel, at the middle of the target. [1]"""
    if source.crs == target.crs:
        return math.sqrt(abs(target.affine.determinant / source.affine.determinant))
    middle = target[target.height // 2 : target.height // 2 + 1, target.width // 2 : target.width // 2 + 1]
    west, south, east, north = transform_bounds(str(target.crs), str(source.crs), *middle.boundingbox.bbox)
    area = abs((east - west) * (north - south))
    return math.sqrt(area / abs(source.affine.determinant))


def resampling_method(measure: Measure, ratio: float, finer: Finer = "bilinear") -> Resampling:
    """How pixels become pixels of another grid.

    Parameters
    ----------
    measure : {"continuous", "classes"}
    ratio : float
        Side of a target pixel over the side of a source pixel. [1]
    finer : {"bilinear", "cubic"}
        Interpolation of continuous values where the target is not coarser.
    """
    coarser = ratio > COARSER
    if measure == "classes":
        return Resampling.mode if coarser else Resampling.nearest
    return Resampling.average if coarser else Resampling[finer]


def _source_window(source: GeoBox, target: GeoBox, ratio: float) -> tuple[slice, slice]:
    """Rows and columns of the source under a block of the target, with a margin."""
    box = target.boundingbox.bbox
    if source.crs != target.crs:
        box = transform_bounds(str(target.crs), str(source.crs), *box, densify_pts=21)
    west, south, east, north = box
    corners = [~source.affine * (x, y) for x in (west, east) for y in (south, north)]
    columns, rows = zip(*corners, strict=True)
    margin = math.ceil(MARGIN * max(1.0, ratio))
    return (
        slice(math.floor(min(rows)) - margin, math.ceil(max(rows)) + margin),
        slice(math.floor(min(columns)) - margin, math.ceil(max(columns)) + margin),
    )


def _reprojected(
    values: NDArray[Any], source: GeoBox, target: GeoBox, method: Resampling, missing: float | None
) -> Floats:
    result = np.full((len(values), *target.shape), np.nan if missing is None else missing, dtype=np.float32)
    reproject(
        values,
        result,
        src_transform=source.affine,
        src_crs=str(source.crs),
        dst_transform=target.affine,
        dst_crs=str(target.crs),
        src_nodata=missing,
        dst_nodata=missing,
        resampling=method,
        tolerance=0,
    )
    return result


def warp(
    values: Floats, source: GeoBox, target: GeoBox, method: Resampling, valid_share: float = VALID_SHARE
) -> Floats:
    """Pixels of one grid on another.

    Parameters
    ----------
    values : ndarray, shape (bands, rows, columns)
        NaN where there are no data.
    source, target : GeoBox
    method : Resampling
    valid_share : float, optional
        Share of a target pixel that must have data for an average to count. [1]
    """
    result = _reprojected(values, source, target, method, math.nan)
    if method == Resampling.average:
        share = _reprojected(np.isfinite(values).astype(np.float32), source, target, method, None)
        # Half of a pixel is enough; the sum of its parts may fall short of it by rounding.
        result[~(share >= valid_share - 1e-6)] = np.nan
    return result


def window_grid(source: GeoBox, rows: slice, columns: slice) -> GeoBox:
    """Grid of some rows and columns of another, which may reach beyond it."""
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    return GeoBox(shape, source.affine * source.affine.translation(columns.start, rows.start), source.crs)


def block_on(read: Read, source: GeoBox, block: GeoBox, measure: Measure, finer: Finer) -> Floats:
    """Pixels of a raster on one block of the target grid; shape (bands, rows, columns)."""
    offset = pixel_offset(source, block)
    if offset is not None:
        row, column = offset
        return read(slice(row, row + block.height), slice(column, column + block.width))
    ratio = pixel_ratio(source, block)
    method = resampling_method(measure, ratio, finer)
    rows, columns = _source_window(source, block, ratio)
    if rows.stop <= 0 or columns.stop <= 0 or rows.start >= source.height or columns.start >= source.width:
        bands = read(slice(0, 1), slice(0, 1)).shape[0]
        return np.full((bands, *block.shape), np.nan, dtype=np.float32)
    # Beyond a margin around the raster there is nothing to read.
    margin = math.ceil(MARGIN * max(1.0, ratio))
    rows = slice(max(rows.start, -margin), min(rows.stop, source.height + margin))
    columns = slice(max(columns.start, -margin), min(columns.stop, source.width + margin))
    return warp(read(rows, columns), window_grid(source, rows, columns), block, method)


def _sizes(length: int) -> tuple[int, ...]:
    whole, rest = divmod(length, BLOCK)
    return (BLOCK,) * whole + ((rest,) if rest else ())


def blockwise(
    pixels: Callable[[GeoBox], NDArray[Any]],
    bands: int,
    grid: GeoBox,
    chunk: int = BLOCK,
) -> da.Array:
    """Array of a grid whose blocks are computed when they are needed.

    Parameters
    ----------
    pixels : callable
        Takes the grid of a block and returns its pixels, shape (bands, rows, columns).
    bands : int
    grid : GeoBox
    chunk : int, optional
        Side of the chunks of the result; no value depends on it. [pixel]

    Returns
    -------
    dask array of float32, shape (bands, rows, columns)
    """

    def one(block_info: Any = None) -> NDArray[Any]:
        _, (top, bottom), (left, right) = block_info[None]["array-location"]
        return pixels(grid[top:bottom, left:right])

    blocks: da.Array = da.map_blocks(
        one,
        chunks=((bands,), _sizes(grid.height), _sizes(grid.width)),
        dtype=np.float32,
        meta=np.empty((0, 0, 0), dtype=np.float32),
    )
    return blocks if chunk == BLOCK else blocks.rechunk((bands, chunk, chunk))


def computed(*lazy: Any) -> tuple[Any, ...]:
    """What lazy arrays hold, worked out together by threads of this process; what is not lazy, as it is."""
    # By its name Dask would look for a cluster first, and import all that clusters need.
    found: tuple[Any, ...] = compute(*lazy, scheduler=by_threads)
    return found


def onto_grid(
    read: Read,
    source: GeoBox,
    target: GeoBox,
    bands: int,
    measure: Measure = "continuous",
    finer: Finer = "bilinear",
    chunk: int = BLOCK,
) -> xr.DataArray:
    """Bands of a raster on the target grid, lazily; ``band``, ``y``, ``x``, float32, NaN without data.

    Parameters
    ----------
    read : callable
        Pixels of the raster by rows and columns.
    source, target : GeoBox
    bands : int
        How many bands ``read`` returns.
    measure : {"continuous", "classes"}
        Classes are never interpolated.
    finer : {"bilinear", "cubic"}
        Interpolation of continuous values where the target is not coarser.
    chunk : int, optional
        Side of the chunks of the result; no value depends on it. [pixel]
    """
    values = blockwise(lambda block: block_on(read, source, block, measure, finer), bands, target, chunk)
    return wrap_xr(values, target, dims=("band", "y", "x"), axis=1, nodata=math.nan)

"""From the numbers that a file stores to reflectance, backscatter, metres or classes.

What marks missing data is taken out of the stored numbers first: 0 of Sentinel-2 would otherwise become
a reflectance of -0.1. Negative reflectance of dark water is kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.findings import Finding
from mrv.imagery.grid import pixel_offset
from mrv.imagery.raster import Band, Raster, Stored
from mrv.imagery.sensors import Sensor, sensor_number
from mrv.imagery.warp import Floats, Read

WORTH_COMPILED = 2**16
"""Fewest pixels for which compiled code is fetched; no bit depends on it."""


@dataclass(frozen=True)
class Calibration:
    """``value = scale · stored + offset``, where the stored number is not one of the missing ones."""

    scale: float = 1.0
    offset: float = 0.0
    missing: tuple[float, ...] = ()
    decibel: bool = False

    def values(self, stored: Stored | NDArray[Any]) -> NDArray[np.float64]:
        """Physical values of stored numbers; NaN where there are no data."""
        numbers = np.ma.getdata(stored).astype(np.float64)
        absent = np.ma.getmaskarray(stored) | ~np.isfinite(numbers) | np.isin(numbers, self.missing)
        # A number that stands for missing data may be too large for the arithmetic.
        values = self.scale * np.where(absent, 0.0, numbers) + self.offset
        if self.decibel:
            values = 10 ** (values / 10)
        return np.where(absent, np.nan, values)

    def write_values(self, stored: Stored, out: Floats) -> None:
        """Write physical values into an array, looked up where numbers are more than there can be of them."""
        numbers, absent = np.ma.getdata(stored), np.ma.getmask(stored)
        kind = numbers.dtype
        if not is_small_whole(kind) or numbers.size < 1 << 8 * kind.itemsize:
            out[...] = self.values(stored)
            return
        # No number lies beyond the table; by default NumPy would look first, and copy.
        single_values(self, kind).take(numbers.view(bits(kind)), out=out, mode="clip")
        if absent is not np.ma.nomask:
            out[absent] = np.nan

    def write_values_at(self, stored: Stored, at: NDArray[np.int64], out: Floats) -> None:
        """Write physical values of some numbers of an array, given by where they stand in it.

        Parameters
        ----------
        stored : masked array, shape (n,)
        at : ndarray of int, shape (m,)
        out : ndarray of float32, shape (m,)
        """
        numbers, absent = np.ma.getdata(stored), np.ma.getmask(stored)
        kind = numbers.dtype
        if not is_small_whole(kind) or len(at) < WORTH_COMPILED:
            self.write_values(stored[at], out)
            return
        from mrv.loops.pixels import look_up  # noqa: PLC0415 numba takes long to import, and few pixels need none

        look_up(numbers.view(bits(kind)), at, single_values(self, kind), out)
        if absent is not np.ma.nomask:
            out[np.asarray(absent)[at]] = np.nan


def is_small_whole(kind: np.dtype[Any]) -> bool:
    """Whether a type holds whole numbers, and so few that what each of them means can be kept in a table."""
    return kind.kind in "iu" and kind.itemsize <= 2


def bits(kind: np.dtype[Any]) -> np.dtype[Any]:
    """Type by which the bits of a number count."""
    return np.dtype(f"u{kind.itemsize}")


@lru_cache(maxsize=64)
def single_values(calibration: Calibration, kind: np.dtype[Any]) -> Floats:
    """Physical value of every number of a small whole type, in the order of their bits."""
    stored = np.arange(1 << 8 * kind.itemsize).astype(bits(kind)).view(kind)
    table = calibration.values(stored).astype(np.float32)
    table.flags.writeable = False
    return table


def sentinel2_offset(baseline: float | None, applied: bool | None) -> float | None:
    """What is added to the stored numbers of a Sentinel-2 L2A product; None if it cannot be known.

    The day of the scene does not decide: products of old scenes were processed anew with the offset.

    Parameters
    ----------
    baseline : float or None
        Processing baseline; None if not stated.
    applied : bool or None
        Whether the provider has added the offset already; None if not stated.
    """
    if applied or (
        baseline is not None and baseline < sensor_number("sentinel2_l2a", "offset_from_baseline")
    ):
        return 0.0
    if baseline is None or applied is None:
        return None
    return sensor_number("sentinel2_l2a", "offset_stored")


def sensor_calibration(sensor: Sensor, offset_stored: float = 0.0) -> Calibration:
    """How the stored numbers of a product become reflectance, as its provider says.

    Parameters
    ----------
    sensor : {"sentinel2_l2a", "landsat_c2_l2"}
    offset_stored : float, optional
        Added to the stored number first; Sentinel-2 only, see :func:`sentinel2_offset`.
    """
    scale = sensor_number(sensor, "scale")
    offset = offset_stored * scale if sensor == "sentinel2_l2a" else sensor_number(sensor, "offset")
    return Calibration(scale, offset, (sensor_number(sensor, "missing"),))


def metadata_findings(file: str, band: Band, calibration: Calibration) -> list[Finding]:
    """Where what the file says of its scale and offset is not what its product has.

    Parameters
    ----------
    file : str
    band : Band
    calibration : Calibration
        What is to be applied.
    """
    stated = (band.scale, band.offset)
    wanted = (calibration.scale, calibration.offset)
    if stated == (1.0, 0.0) or all(
        math.isclose(found, due, rel_tol=1e-6, abs_tol=1e-9)
        for found, due in zip(stated, wanted, strict=True)
    ):
        return []
    return [
        Finding(
            file,
            "raster-scale",
            "states scale {scale:g} and offset {offset:g}; by what is declared they are {due_scale:g} and "
            "{due_offset:g}",
            {
                "scale": band.scale,
                "offset": band.offset,
                "due_scale": calibration.scale,
                "due_offset": calibration.offset,
            },
        )
    ]


def file_calibration(band: Band, missing: Sequence[float] = (), decibel: bool = False) -> Calibration:
    """Scale, offset and missing numbers as the file itself states them."""
    stated = () if band.nodata is None else (band.nodata,)
    return Calibration(band.scale, band.offset, (*stated, *missing), decibel)


def physical_reader(raster: Raster, bands: Sequence[tuple[int, Calibration]]) -> Read:
    """Reader of calibrated bands of a raster; beyond its edges there are no data.

    Parameters
    ----------
    raster : Raster
    bands : sequence of (int, Calibration)
        Number of each band, from 0, and how its stored numbers are to be understood.
    """
    height, width = raster.grid.shape

    def read(rows: slice, columns: slice) -> Floats:
        values = np.full(
            (len(bands), rows.stop - rows.start, columns.stop - columns.start), np.nan, dtype=np.float32
        )
        top, bottom = max(rows.start, 0), min(rows.stop, height)
        left, right = max(columns.start, 0), min(columns.stop, width)
        if top >= bottom or left >= right:
            return values
        inner = (
            slice(top - rows.start, bottom - rows.start),
            slice(left - columns.start, right - columns.start),
        )
        stored = raster.read([band for band, _ in bands], slice(top, bottom), slice(left, right))
        for number, (_, calibration) in enumerate(bands):
            calibration.write_values(stored[number], values[(number, *inner)])
        return values

    return read


def window_inside(raster: Raster, block: GeoBox) -> tuple[slice, slice] | None:
    """Rows and columns of a raster that a block covers; None unless pixels coincide and all lie within.

    Parameters
    ----------
    raster : Raster
    block : GeoBox
    """
    offset = pixel_offset(raster.grid, block)
    if offset is None:
        return None
    row, column = offset
    inside = min(row, column) >= 0 and (
        row + block.height <= raster.grid.height and column + block.width <= raster.grid.width
    )
    return (slice(row, row + block.height), slice(column, column + block.width)) if inside else None

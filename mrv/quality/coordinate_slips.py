"""Ways in which coordinates are misread, each as a function that undoes it.

A slip is recognised by what it puts right: plots that lie elsewhere come to lie in their strata, or in the
boundary, once it is undone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from mrv.findings import Phrase
from mrv.quality.china_datums import bd09_of_wgs84, gcj02_of_wgs84, inverse

Array = NDArray[np.float64]

ZONE_PREFIX = 1_000_000.0
"""Eastings that carry the number of their zone have it in front of six digits. [m]"""

NEIGHBOURS_DEGREE = 9.0
"""How far from the project a central meridian may lie of a system that somebody may have taken. [degree]"""

CENTRAL_MERIDIANS = (
    ("CGCS2000, 3-degree zone of {meridian:g} E", 4534, 75, 3, 21),
    ("CGCS2000, 6-degree zone of {meridian:g} E", 4502, 75, 6, 11),
    ("Xian 1980, 3-degree zone of {meridian:g} E", 2370, 75, 3, 21),
    ("Beijing 1954, 3-degree zone of {meridian:g} E", 2422, 75, 3, 21),
    ("WGS 84 / UTM north, zone of {meridian:g}", 32601, -177, 6, 60),
    ("WGS 84 / UTM south, zone of {meridian:g}", 32701, -177, 6, 60),
)
"""Families of plane systems: name, EPSG code of the first, its central meridian, step, number."""


@dataclass(frozen=True)
class Slip:
    """A way of misreading.

    Attributes
    ----------
    words : Phrase
        What happened, to follow "look as if".
    x_m, y_m : ndarray, shape (n,)
        Coordinates in the reference system with the slip undone; NaN where it cannot be. [m]
    systematic : bool
        Whether it befalls all plots of a file or none, such as a datum.
    """

    words: Phrase
    x_m: Array
    y_m: Array
    systematic: bool = False


@dataclass(frozen=True)
class Located:
    """Plots where they were said to be.

    Attributes
    ----------
    longitude, latitude : ndarray, shape (n,)
        As written; NaN where the table has plane coordinates. [degree]
    x_m, y_m : ndarray, shape (n,)
        In the reference system. [m]
    system : CRS
    """

    longitude: Array
    latitude: Array
    x_m: Array
    y_m: Array
    system: CRS


def possible_latitude(latitude: float) -> bool:
    """Whether a number can be a latitude. [degree]"""
    return -90.0 <= latitude <= 90.0


def swapped_guess(latitude: float, longitude: float) -> tuple[float, float] | None:
    """Latitude and longitude the other way round, where that alone makes them possible. [degree]"""
    if possible_latitude(latitude) or not possible_latitude(longitude):
        return None
    return longitude, latitude


def from_sexagesimal(number: Array) -> Array:
    """Degrees of numbers written as degrees, minutes and seconds around one point: 22.3145 is 22° 31′ 45″.

    Parameters
    ----------
    number : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
        NaN where the digits are no minutes and seconds. [degree]
    """
    size = np.abs(number)
    whole = np.floor(size + 1e-9)
    digits = np.round((size - whole) * 1e4, 4)
    minutes = np.floor(digits / 100 + 1e-9)
    seconds = digits - 100 * minutes
    good = (minutes < 60) & (seconds < 60)
    return np.where(good, np.sign(number) * (whole + minutes / 60 + seconds / 3600), np.nan)


def from_degrees_and_minutes(number: Array) -> Array:
    """Degrees of numbers written as degrees and minutes around one point: 22.315 is 22° 31.5′. [degree]"""
    size = np.abs(number)
    whole = np.floor(size + 1e-9)
    minutes = (size - whole) * 100
    return np.where(minutes < 60, np.sign(number) * (whole + minutes / 60), np.nan)


def without_zone(x: Array) -> Array:
    """Eastings without the number of their zone in front; NaN where there is none. [m]"""
    return np.where(np.abs(x) >= ZONE_PREFIX, np.mod(x, ZONE_PREFIX), np.nan)


def _to_plane(system: CRS, longitude: Array, latitude: Array) -> tuple[Array, Array]:
    transformer = Transformer.from_crs(4326, system, always_xy=True)
    x, y = transformer.transform(longitude, latitude)
    good = np.isfinite(x) & np.isfinite(y)
    return np.where(good, x, np.nan), np.where(good, y, np.nan)


def _degree_slips(at: Located) -> Iterator[Slip]:
    longitude, latitude = at.longitude, at.latitude
    readings: tuple[tuple[Phrase, Array, Array], ...] = (
        (Phrase("longitude and latitude were swapped"), latitude, longitude),
        (Phrase("the sign of the latitude was lost"), longitude, -latitude),
        (Phrase("the sign of the longitude was lost"), -longitude, latitude),
        (
            Phrase("degrees, minutes and seconds were written as a decimal number"),
            from_sexagesimal(longitude),
            from_sexagesimal(latitude),
        ),
        (
            Phrase("degrees and minutes were written as a decimal number"),
            from_degrees_and_minutes(longitude),
            from_degrees_and_minutes(latitude),
        ),
    )
    for words, east, north in readings:
        yield Slip(words, *_to_plane(at.system, east, north))


def _datum_slips(at: Located) -> Iterator[Slip]:
    """Coordinates taken from a Chinese map, in degrees or after projection."""
    back = Transformer.from_crs(4326, at.system, always_xy=True)
    longitude, latitude = back.transform(at.x_m, at.y_m, direction="INVERSE")
    known = np.isfinite(longitude) & np.isfinite(latitude)
    if not known.any():
        return
    east, north = (np.where(known, part, np.nan) for part in (longitude, latitude))
    for name, transform in (("GCJ-02", gcj02_of_wgs84), ("BD-09", bd09_of_wgs84)):
        x, y = _to_plane(at.system, *inverse(transform, east, north))
        shift = float(np.nanmedian(np.hypot(x - at.x_m, y - at.y_m)))
        if shift > 1.0:  # outside of China nothing is shifted
            yield Slip(
                Phrase(
                    "coordinates in {datum} were taken for WGS 84, a shift of {shift} m",
                    datum=name,
                    shift=f"{shift:,.0f}",
                ),
                x,
                y,
                systematic=True,
            )


def _plane_slips(at: Located, meridian: float) -> Iterator[Slip]:
    x, y = at.x_m, at.y_m
    yield Slip(Phrase("x and y were swapped"), y, x)
    bare = without_zone(x)
    yield Slip(Phrase("the easting has the number of its zone in front"), bare, y)
    yield Slip(
        Phrase("x and y were swapped and the easting has the number of its zone in front"), without_zone(y), x
    )
    for name, first, west, step, count in CENTRAL_MERIDIANS:
        for number in range(count):
            central = west + step * number
            if abs(central - meridian) > NEIGHBOURS_DEGREE:
                continue
            system = CRS.from_epsg(first + number)
            if system.equals(at.system, ignore_axis_order=True):
                continue
            given = np.where(np.isnan(bare), x, bare)
            try:
                moved = Transformer.from_crs(system, at.system, always_xy=True).transform(given, y)
            except ProjError:
                continue
            east, north = (np.where(np.isfinite(part), part, np.nan) for part in moved)
            words = Phrase("x and y were those of {system}", system=name.format(meridian=float(central)))
            yield Slip(words, east, north, systematic=True)


def slips(at: Located, meridian: float) -> Iterator[Slip]:
    """Every way of misreading that may apply, undone.

    Parameters
    ----------
    at : Located
    meridian : float
        Longitude of the project. [degree]
    """
    if np.isfinite(at.longitude).any():
        yield from _degree_slips(at)
    else:
        yield from _plane_slips(at, meridian)
    yield from _datum_slips(at)

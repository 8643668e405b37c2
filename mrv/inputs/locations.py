"""Where plots lie: coordinates in the reference system, and whether that is inside their stratum."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS, Transformer

from mrv.findings import Finding, Phrase
from mrv.inputs.tables import Table, Where

NEAR_M = 0.001
"""Distance below which a plot lies on the edge of its stratum. [m]"""

MARGIN_DEGREE = 2.0
"""How far beyond the area of use of a reference system a plot may lie. [degree]"""

PAIRS = (("x", "y"), ("longitude", "latitude"))


def coordinate_findings(table: Table, system: CRS | None) -> list[Finding]:
    """Coordinates that are given by half, twice, or where the reference system is not used."""
    findings: list[Finding] = []
    frame = table.frame
    for first, second in PAIRS:
        half = frame[first].notna() != frame[second].notna()
        findings += [
            Finding(
                table.where(int(position), second if frame[second].isna().iloc[position] else first),
                "coordinates-incomplete",
                "{first} and {second} are required together",
                {"first": first, "second": second},
            )
            for position in np.flatnonzero(half)
        ]
    twice = frame["x"].notna() & frame["longitude"].notna()
    findings += [
        Finding(
            table.where(int(position), "x"),
            "coordinates-twice",
            "x, y and longitude, latitude are both given; one pair was expected",
        )
        for position in np.flatnonzero(twice)
    ]
    return findings + (_area_of_use_findings(table, system) if system is not None else [])


def _area_of_use_findings(table: Table, system: CRS) -> list[Finding]:
    use = system.area_of_use
    if use is None:
        return []

    def inside(longitude: float, latitude: float) -> bool:
        return (
            use.west - MARGIN_DEGREE <= longitude <= use.east + MARGIN_DEGREE
            and use.south - MARGIN_DEGREE <= latitude <= use.north + MARGIN_DEGREE
        )

    findings = []
    for position, (longitude, latitude) in enumerate(
        zip(table.frame["longitude"], table.frame["latitude"], strict=True)
    ):
        if math.isnan(longitude) or math.isnan(latitude) or inside(longitude, latitude):
            continue
        findings.append(
            Finding(
                table.where(position, "longitude"),
                "coordinates-range",
                "{longitude:g}, {latitude:g} is outside the area of {name}, {west:g}–{east:g} E, "
                "{south:g}–{north:g} N{hint}",
                {
                    "longitude": longitude,
                    "latitude": latitude,
                    "name": system.name,
                    "west": use.west,
                    "east": use.east,
                    "south": use.south,
                    "north": use.north,
                    "hint": Phrase("; are longitude and latitude swapped?")
                    if inside(latitude, longitude)
                    else "",
                },
            )
        )
    return findings


def unused_note(table: Table, system: CRS | None, where: Where) -> list[Finding]:
    """Tell that longitude and latitude are not used for want of a reference system."""
    if system is not None or not table.frame["longitude"].notna().any():
        return []
    return [
        Finding(
            where(),
            "coordinates-unused",
            "longitude and latitude are not used; declare reference_system for that",
            severity="note",
        )
    ]


def planar_coordinates(frame: pd.DataFrame, system: CRS | None) -> pd.DataFrame:
    """Coordinates of each row in the reference system.

    Parameters
    ----------
    frame : DataFrame, n rows
        ``x``, ``y`` [m], ``longitude``, ``latitude`` [degree, EPSG:4326].
    system : CRS or None
        Without one, longitude and latitude give nothing.

    Returns
    -------
    DataFrame, n rows
        ``x_m``, ``y_m``, NaN where not given. [m]
    """
    x, y = frame["x"].to_numpy(dtype="float64"), frame["y"].to_numpy(dtype="float64")
    longitude, latitude = (frame[name].to_numpy(dtype="float64") for name in ("longitude", "latitude"))
    if system is not None and np.any(np.isfinite(longitude) & np.isfinite(latitude)):
        transformer = Transformer.from_crs(4326, system, always_xy=True)
        east, north = transformer.transform(longitude, latitude)
        reached = np.isfinite(east) & np.isfinite(north)
        x = np.where(np.isnan(x) & reached, east, x)
        y = np.where(np.isnan(y) & reached, north, y)
    return pd.DataFrame({"x_m": x, "y_m": y}, index=frame.index)


def plots_outside_strata(
    table: Table, plots: pd.DataFrame, geometry: gpd.GeoDataFrame | None
) -> list[Finding]:
    """Plots whose coordinates lie outside the stratum they name.

    Parameters
    ----------
    table : Table
        Plots as read.
    plots : DataFrame
        The same rows: ``stratum_id``, ``x_m``, ``y_m``.
    geometry : GeoDataFrame or None
        ``stratum_id`` and polygons in the reference system.
    """
    if geometry is None:
        return []
    shapes = dict(zip(geometry["stratum_id"], geometry.geometry, strict=True))
    points = gpd.points_from_xy(plots["x_m"], plots["y_m"])
    distances = {
        position: float(shapes[stratum].distance(point))
        for position, (stratum, x, point) in enumerate(
            zip(plots["stratum_id"], plots["x_m"], points, strict=True)
        )
        if stratum in shapes and not math.isnan(x)
    }
    outside = {position: distance for position, distance in distances.items() if distance > NEAR_M}
    if len(outside) == len(distances) > 1:
        first, nearest = min(outside), min(outside.values())
        return [
            Finding(
                table.where(first, "stratum_id"),
                "plot-outside-stratum",
                "all {count} plots lie outside their strata, the nearest by {distance} m; "
                "x and y must be those of reference_system",
                {"count": len(outside), "distance": _metres(nearest)},
                waivable=True,
            )
        ]
    return [
        Finding(
            table.where(position, "stratum_id"),
            "plot-outside-stratum",
            "plot {plot!r} lies {distance} m outside stratum {stratum!r}",
            {
                "plot": plots["plot_id"].iloc[position],
                "distance": _metres(distance),
                "stratum": plots["stratum_id"].iloc[position],
            },
            waivable=True,
        )
        for position, distance in outside.items()
    ]


def _metres(distance: float) -> str:
    return f"{distance:,.0f}" if distance >= 10 else f"{distance:.1f}"

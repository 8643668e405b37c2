"""The job of ``mrv area design``: strata, how many reference units in each, and where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.area.allocation import (
    allocate_for_error,
    allocate_units,
    expected_overall_error,
    units_for_overall_accuracy,
)
from mrv.area.classes import beside, class_areas
from mrv.area.drawing import VARIABLE, draw_pixels, shuffled
from mrv.area.pixels import coordinates, equal_area_system
from mrv.errors import UsageError
from mrv.inputs.area_declaration import SampleDesign
from mrv.inputs.class_map import ClassMap
from mrv.run.area_inputs import AreaInputs, MappedStrata
from mrv.sampling.frame import uniform_points
from mrv.streams import Streams

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Index = NDArray[np.uint8]

FEWEST = 2
"""Units that a variance needs in every stratum."""


@dataclass(frozen=True)
class ReferenceDesign:
    """A reference sample as it is to be labelled.

    Attributes
    ----------
    inputs : AreaInputs
    strata : DataFrame
        ``stratum_id``, ``map_class``, ``area_ha``, ``pixels`` (NaN for polygons), ``units``.
    points : GeoDataFrame
        ``point_id``, ``stratum_id``, ``map_class``, ``x``, ``y`` (in the map's coordinate system),
        ``longitude``, ``latitude`` (WGS 84), and a point; in an order that does not tell the stratum.
    needed : float or None
        Units that the wanted standard error takes with the best allocation; None where units are stated.
    expected_standard_error : float or None
        Of the overall accuracy; None where no accuracy is expected. [1]
    index : ndarray of uint8, or None
        Stratum of each pixel, in the order of the table; None for polygons.
    """

    inputs: AreaInputs
    strata: pd.DataFrame
    points: gpd.GeoDataFrame
    needed: float | None
    expected_standard_error: float | None
    index: Index | None


def _with_edges(raster: ClassMap, design: SampleDesign) -> tuple[Index, list[str], list[str]]:
    """Stratum of each pixel, names of the strata and the class that each is of."""
    index, names, classes = raster.index.copy(), list(raster.classes), list(raster.classes)
    for edge in design.edges:
        if edge.stratum_id in names:
            raise UsageError(
                "design.edges: {stratum} is the name of another stratum", stratum=edge.stratum_id
            )
        around = [raster.classes.index(name) for name in edge.around]
        near = beside(index, raster.grid, names.index(edge.of), around, edge.width_m)
        if not near.any():
            raise UsageError(
                "design.edges: no pixel of {of} lies within {width:g} m of {around}",
                of=edge.of,
                width=edge.width_m,
                around=", ".join(edge.around),
            )
        index[near] = len(names)
        names.append(edge.stratum_id)
        classes.append(edge.of)
    return index, names, classes


def _raster_strata(raster: ClassMap, design: SampleDesign) -> tuple[pd.DataFrame, Index]:
    index, names, classes = _with_edges(raster, design)
    areas = class_areas(index, raster.grid, len(names))
    table = pd.DataFrame(
        {"stratum_id": names, "map_class": classes, "area_ha": areas.area_ha, "pixels": areas.pixels}
    )
    covered = table["pixels"] > 0
    numbers = np.full(256, 255, dtype=np.uint8)
    numbers[np.flatnonzero(covered)] = np.arange(int(covered.sum()))
    return table[covered].astype({"pixels": "float64"}).reset_index(drop=True), numbers[index]


def _expected(design: SampleDesign, names: list[str]) -> Array | None:
    """User's accuracy that is expected of each stratum, in their order; None where none is stated."""
    if not design.users_accuracy:
        if design.standard_error is not None:
            raise UsageError(
                "design.users_accuracy: is needed with standard_error, for each of {strata}",
                strata=", ".join(names),
            )
        return None
    if set(design.users_accuracy) != set(names):
        raise UsageError(
            "design.users_accuracy: must name each stratum once: {strata}", strata=", ".join(names)
        )
    return np.array([design.users_accuracy[name] for name in names])


def _allocated(table: pd.DataFrame, design: SampleDesign) -> tuple[Whole, float | None, Array | None]:
    weights = table["area_ha"].to_numpy(dtype=np.float64) / math.fsum(table["area_ha"])
    expected = _expected(design, list(table["stratum_id"]))
    needed = (
        units_for_overall_accuracy(weights, expected, design.standard_error)
        if design.standard_error is not None and expected is not None
        else None
    )
    limits = table["pixels"].fillna(np.inf).to_numpy(dtype=np.float64)
    if expected is not None and design.standard_error is not None:
        units = allocate_for_error(weights, expected, design.standard_error, design.rare_units, limits)
    else:
        units = np.minimum(allocate_units(design.units or 0, weights, design.rare_units), limits)
    for name, count in zip(table["stratum_id"], units, strict=True):
        if count < FEWEST:
            raise UsageError(
                "stratum {stratum} has {count} pixel, {fewest} are needed; unite it with another class",
                stratum=name,
                count=int(count),
                fewest=FEWEST,
            )
    return units.astype(np.int64), needed, expected


def _pixel_points(raster: ClassMap, index: Index, table: pd.DataFrame, streams: Streams) -> gpd.GeoDataFrame:
    parts = []
    for number, row in enumerate(table.to_dict("records")):
        drawn = draw_pixels(index == number, raster.grid, int(row["units"]), streams, str(row["stratum_id"]))
        # A pixel is where its centre is.
        line, column = drawn.T.astype(np.float64) + 0.5
        parts.append(_frame(row, *coordinates(raster.grid, column, line)))
    table = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["x"], table["y"]), crs=raster.grid.crs)


def _polygon_points(polygons: gpd.GeoDataFrame, table: pd.DataFrame, streams: Streams) -> gpd.GeoDataFrame:
    """Points drawn uniformly on the ground: in an equal-area projection, then carried back."""
    equal = polygons.to_crs(equal_area_system(polygons.crs)).set_index("stratum_id").geometry
    parts = []
    for row in table.to_dict("records"):
        name = str(row["stratum_id"])
        drawn = uniform_points(equal[name], int(row["units"]), streams, name, VARIABLE)
        back = gpd.GeoSeries(gpd.points_from_xy(drawn[:, 0], drawn[:, 1]), crs=equal.crs).to_crs(polygons.crs)
        parts.append(_frame(row, back.x.to_numpy(), back.y.to_numpy()))
    frame = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["x"], frame["y"]), crs=polygons.crs)


def _frame(row: Mapping[object, object], x: Array, y: Array) -> pd.DataFrame:
    return pd.DataFrame({"stratum_id": row["stratum_id"], "map_class": row["map_class"], "x": x, "y": y})


def _numbered(points: gpd.GeoDataFrame, streams: Streams) -> gpd.GeoDataFrame:
    """Points in an order that does not tell their stratum, with their ids and their place on the globe."""
    mixed = points.iloc[shuffled(len(points), streams)].reset_index(drop=True)
    digits = len(str(len(mixed)))
    mixed.insert(0, "point_id", [f"R{number:0{digits}d}" for number in range(1, len(mixed) + 1)])
    degrees = mixed.geometry.to_crs(4326)
    mixed.insert(5, "longitude", degrees.x.round(7))
    mixed.insert(6, "latitude", degrees.y.round(7))
    return mixed


def design_reference(inputs: AreaInputs) -> ReferenceDesign:
    """Strata of a map, the units of each, and their places.

    Parameters
    ----------
    inputs : AreaInputs
        With a map that is a raster or polygons, and the key ``design``.

    Raises
    ------
    UsageError
        If the declaration does not say enough, or asks for what the map does not have.
    """
    declared, strata = inputs.declared, inputs.strata
    if declared.design is None:
        raise UsageError("{file}: says not what to draw; see the key design", file=inputs.file)
    if strata is None or (strata.raster is None and strata.polygons is None):
        raise UsageError("{file}: places can only be drawn on a map, a raster or polygons", file=inputs.file)
    streams = Streams(declared.seed, declared.id)
    table, index = _strata_of(strata, declared.design)
    units, needed, expected = _allocated(table, declared.design)
    table = table.assign(units=units)
    if strata.raster is not None and index is not None:
        points = _pixel_points(strata.raster, index, table, streams)
    else:
        assert strata.polygons is not None
        points = _polygon_points(strata.polygons, table, streams)
    weights = table["area_ha"].to_numpy(dtype=np.float64) / math.fsum(table["area_ha"])
    return ReferenceDesign(
        inputs,
        table,
        _numbered(points, streams),
        needed,
        expected_overall_error(weights, expected, units) if expected is not None else None,
        index,
    )


def _strata_of(strata: MappedStrata, design: SampleDesign) -> tuple[pd.DataFrame, Index | None]:
    if strata.raster is not None:
        return _raster_strata(strata.raster, design)
    return strata.table[["stratum_id", "map_class", "area_ha", "pixels"]].reset_index(drop=True), None

"""GeoPackages of two runs: layers, their attributes cell by cell, their geometry vertex by vertex."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from mrv.verification.grades import (
    GRADES,
    Difference,
    FileComparison,
    counted,
    differing,
    grade_of,
    grades_of,
)


def compare_geopackages(file: str, first: Path, second: Path) -> FileComparison:
    """Compare two GeoPackages layer by layer."""
    ours, theirs = ([str(name) for name in pyogrio.list_layers(path)[:, 0]] for path in (first, second))
    differences = []
    if ours != theirs:
        differences.append(Difference("layers", ", ".join(ours), ", ".join(theirs), "different"))
    identical = 0
    for name in (layer for layer in ours if layer in theirs):
        tables = [pyogrio.read_dataframe(path, layer=name) for path in (first, second)]
        found = list(_layer_differences(name, *tables))
        identical += max(tables[0].size - len(found), 0)
        differences += found
    return counted(file, identical, differences)


def _layer_differences(name: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> Iterator[Difference]:
    if list(ours.columns) != list(theirs.columns) or len(ours) != len(theirs):
        shapes = (f"{len(side)} x {', '.join(map(str, side.columns))}" for side in (ours, theirs))
        yield differing(f"layer {name}", shapes)
        return
    for column in ours.columns.drop("geometry", errors="ignore"):
        for row, (one, other) in enumerate(zip(ours[column], theirs[column], strict=True), start=1):
            if pd.isna(one) and pd.isna(other):
                continue
            grade = grade_of(_plain(one), _plain(other))
            if grade != "identical":
                yield Difference(f"layer {name}: feature {row}, {column}", str(one), str(other), grade)
    if not (isinstance(ours, gpd.GeoDataFrame) and isinstance(theirs, gpd.GeoDataFrame)):
        return
    if ours.crs != theirs.crs:
        yield Difference(f"layer {name}: reference system", str(ours.crs), str(theirs.crs), "different")
    for row, (one, other) in enumerate(zip(ours.geometry, theirs.geometry, strict=True), start=1):
        yield from _geometry_differences(f"layer {name}: feature {row}, geometry", one, other)


def _plain(value: object) -> object:
    """Value of a table as Python has it, so that numbers of one kind compare as numbers."""
    return value.item() if isinstance(value, np.generic) else value


def _geometry_differences(place: str, one: BaseGeometry, other: BaseGeometry) -> Iterator[Difference]:
    if shapely.equals_identical(one, other):
        return
    vertices = [shapely.get_coordinates(shape, include_z=True) for shape in (one, other)]
    if one.geom_type != other.geom_type or vertices[0].shape != vertices[1].shape:
        kinds = (
            f"{shape.geom_type} of {len(own)} vertices"
            for shape, own in zip((one, other), vertices, strict=True)
        )
        yield differing(place, kinds)
        return
    grades = grades_of(*vertices)
    worst = int(np.argmax(grades.max(axis=1)))
    texts = (", ".join(f"{value!r}" for value in own[worst, :2].tolist()) for own in vertices)
    yield differing(place, texts, GRADES[grades.max()])

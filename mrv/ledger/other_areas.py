"""Areas that other registries issued for: a table of polygons with the days that each issuance covers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataSourceError
from shapely.geometry.base import BaseGeometry

from mrv.charts.qgis_style import STYLE_TABLE
from mrv.errors import InputError, UsageError
from mrv.findings import Finding
from mrv.inputs.geometry import densified
from mrv.ledger.areas import SYSTEM, common_ground_m2, ground_of
from mrv.ledger.entries import Issuance
from mrv.units import M2_PER_HA


@dataclass(frozen=True)
class OtherArea:
    """Ground that another registry issued for.

    Attributes
    ----------
    where : str
        File, layer and row.
    ground : Polygon or MultiPolygon
        In EPSG:4326.
    start, end : date or None
        First day, and the day after the last; None where the table does not say: then any day counts.
    """

    where: str
    ground: BaseGeometry
    start: date | None
    end: date | None


def read_other_areas(file: Path, start_column: str, end_column: str) -> list[OtherArea]:
    """Areas of a GeoPackage, or another file of polygons.

    Raises
    ------
    UsageError
        If the file cannot be read, has no coordinate system, or lacks a column.
    InputError
        With every row that has no polygon or no day.
    """
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(file) if name != STYLE_TABLE]
        tables = [(name, pyogrio.read_dataframe(file, layer=name)) for name in names]
    except DataSourceError as error:
        raise UsageError("{file}: cannot be read: {problem}", file=file, problem=error) from None
    areas: list[OtherArea] = []
    findings: list[Finding] = []
    for name, table in tables:
        missing = [column for column in (start_column, end_column) if column not in table]
        if not isinstance(table, gpd.GeoDataFrame) or table.crs is None or missing:
            raise UsageError(
                "{file}, layer {layer}: polygons with a coordinate system and the columns {start} and {end} "
                "were expected",
                file=file,
                layer=name,
                start=start_column,
                end=end_column,
            )
        degrees = densified(table).to_crs(SYSTEM)
        for number, row in enumerate(degrees.itertuples(index=False), start=1):
            where = f"{file.name}:{name}:{number}"
            cells = dict(zip(degrees.columns, row, strict=True))
            shape = cells[degrees.geometry.name]
            days = [_day(cells[column]) for column in (start_column, end_column)]
            wrong = [
                column
                for column, day in zip((start_column, end_column), days, strict=True)
                if day is None and not pd.isna(cells[column])
            ]
            findings += [
                Finding(
                    f"{where}:{column}",
                    "other-areas",
                    "{found} is not a day written YYYY-MM-DD",
                    {"found": repr(str(cells[column]))},
                )
                for column in wrong
            ]
            if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon"):
                findings.append(Finding(where, "other-areas", "the row has no polygon"))
            elif not wrong:
                areas.append(OtherArea(where, shapely.make_valid(shape), *days))
    if findings:
        raise InputError(findings)
    return areas


def _day(value: object) -> date | None:
    """Day of a cell; None where there is none."""
    if isinstance(value, pd.Timestamp):
        return value.date()
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def others_findings(issuance: Issuance, areas: Sequence[OtherArea]) -> Iterator[Finding]:
    """Ground and time of an issuance that another registry issued for."""
    mine = issuance.monitoring_period
    for area in areas:
        apart = (area.end is not None and area.end <= mine.start) or (
            area.start is not None and mine.end <= area.start
        )
        overlap = 0.0 if apart else common_ground_m2(ground_of(issuance.area.polygons), area.ground)
        if overlap > 0:
            yield Finding(
                area.where,
                "issued-elsewhere",
                "{overlap} ha of the project lie in this area of another registry, for {start} to {end}",
                {
                    "overlap": f"{overlap / M2_PER_HA:.4f}",
                    "start": area.start or "…",
                    "end": area.end or "…",
                },
            )

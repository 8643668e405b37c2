"""The ground that scenes are fetched for: a project's boundary or strata, or a file of polygons."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import shapely

from mrv.errors import InputError, UsageError
from mrv.findings import raise_errors
from mrv.inputs.geometry import densified, read_polygons
from mrv.inputs.project import StrataLayer
from mrv.inputs.project_file import locate_project, read_project
from mrv.inputs.table_source import Layer

LONGITUDE_LATITUDE = "EPSG:4326"

DIGITS = 7
"""Decimals of a degree that are kept: about a centimetre."""


def _layer_of(path: Path) -> tuple[Path, Layer]:
    """File of polygons that a path means, and the layer in it."""
    if not path.is_dir() and path.suffix.lower() not in {".yaml", ".yml"}:
        return path, Layer(file=path.name, layer=None)
    file = locate_project(path)
    project = read_project(file)
    layer = project.boundary or project.strata
    if layer is None or not isinstance(layer, Layer | StrataLayer):
        raise UsageError(
            "{file}: has neither a boundary nor strata as polygons; name a file of polygons", file=file
        )
    return file.parent / layer.file, layer


def area_of(path: Path) -> Mapping[str, Any]:
    """GeoJSON geometry in longitude and latitude of a project or a file of polygons.

    Parameters
    ----------
    path : Path
        Project file, folder with ``mrv.yaml``, or a GeoPackage, GeoJSON or Shapefile.

    Raises
    ------
    InputError
        If there is nothing to read, or no coordinate system.
    UsageError
        If the project has no polygons.
    """
    file, layer = _layer_of(path)
    polygons, findings = read_polygons(file, layer)
    raise_errors(findings)
    if polygons is None:
        raise InputError(findings)
    ground = densified(polygons).to_crs(LONGITUDE_LATITUDE)
    shape = shapely.union_all(ground.geometry.to_numpy()).simplify(10**-DIGITS)
    geometry: Mapping[str, Any] = shapely.geometry.mapping(shapely.set_precision(shape, 10**-DIGITS))
    return geometry

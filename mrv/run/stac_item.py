"""A run as an item of a SpatioTemporal Asset Catalog: where, when, which files, and what their bands hold.

The item tells nothing that its files do not: sizes and hashes of files stand in ``run.json``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import rasterio
import shapely
from rasterio import DatasetReader
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from mrv import __version__
from mrv.inputs.geometry import densified
from mrv.run.map_classes import CLASSES_OF
from mrv.run.results import EquationUse, Results

ITEM_FILE = "item.json"

STAC_VERSION = "1.1.0"
LONGITUDE_LATITUDE = "EPSG:4326"
DEGREE_DECIMALS = 7
"""About a centimetre."""

SIMPLIFIED_DEGREE = 1e-5
"""By how much the outline of the item may differ from the strata: about a metre. [degree]"""

EXTENSIONS = {
    "proj:": "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "raster:": "https://stac-extensions.github.io/raster/v2.0.0/schema.json",
    "classification:": "https://stac-extensions.github.io/classification/v2.0.0/schema.json",
    "processing:": "https://stac-extensions.github.io/processing/v1.2.0/schema.json",
    "sci:": "https://stac-extensions.github.io/scientific/v1.0.0/schema.json",
}
"""Extensions of STAC by the prefix of their fields."""

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".gpkg": "application/geopackage+sqlite3",
    ".json": "application/json",
    ".png": "image/png",
    ".tif": "image/tiff; application=geotiff; profile=cloud-optimized",
}

ROLES = {".csv": "data", ".gpkg": "data", ".json": "metadata", ".png": "overview", ".tif": "data"}

DOI = re.compile(r"\b10\.\d{4,9}/\S+")


def _outline(strata: gpd.GeoDataFrame) -> BaseGeometry:
    """Outline of the strata. [degree]"""
    shapes = densified(strata).to_crs(LONGITUDE_LATITUDE).geometry
    joined = shapely.union_all(shapely.make_valid(shapes.to_numpy())).simplify(SIMPLIFIED_DEGREE)
    rounded = shapely.transform(joined, lambda places: places.round(DEGREE_DECIMALS))
    parts = [orient(part) for part in shapely.get_parts(rounded) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _days(results: Results) -> list[str]:
    days = {day for figure in results.figures for day in figure.index.get("date", "").split("/") if day}
    return sorted(days | set(results.monitoring_period or ()))


def _when(days: Sequence[str]) -> dict[str, str | None]:
    first, last = (f"{day}T00:00:00Z" for day in (days[0], days[-1]))
    if first == last:
        return {"datetime": first}
    return {"datetime": None, "start_datetime": first, "end_datetime": last}


def _publications(equations: Sequence[EquationUse]) -> list[dict[str, str]]:
    """Sources of the equations in use."""
    records = []
    for source in sorted({use.source for use in equations}):
        doi = DOI.search(source)
        records.append(({"doi": doi.group().rstrip(".,;)")} if doi else {}) | {"citation": source})
    return records


def _band(image: DatasetReader, name: str) -> dict[str, Any]:
    nodata = image.nodata
    band: dict[str, Any] = {
        "name": name,
        "description": image.descriptions[0],
        "data_type": image.dtypes[0],
        "nodata": "nan" if nodata is not None and math.isnan(nodata) else nodata,
        "raster:sampling": "area",
        "raster:spatial_resolution": abs(image.transform.a),
    }
    if image.units[0]:
        band["unit"] = image.units[0]
    if name in CLASSES_OF:
        band["classification:classes"] = [
            {
                "value": value,
                "name": own.word,
                "description": own.name,
                "color_hint": "{:02X}{:02X}{:02X}".format(*own.colour),
            }
            for value, own in CLASSES_OF[name].items()
        ]
    return band


def _map(path: Path) -> dict[str, Any]:
    with rasterio.open(path) as image:
        return {
            "title": image.descriptions[0],
            "proj:code": image.crs.to_string() if image.crs else None,
            "proj:shape": list(image.shape),
            "proj:transform": list(image.transform)[:6],
            "bands": [_band(image, path.stem)],
        }


def _assets(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix not in MEDIA_TYPES:
            continue
        name = path.relative_to(folder).as_posix()
        asset = {"href": f"./{name}", "type": MEDIA_TYPES[path.suffix], "roles": [ROLES[path.suffix]]}
        yield (
            name.rpartition(".")[0].replace("/", "_"),
            asset | (_map(path) if path.suffix == ".tif" else {}),
        )


def _keys(part: object) -> Iterator[str]:
    """Keys of a document at every depth."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield key
            yield from _keys(value)
    elif isinstance(part, list):
        for value in part:
            yield from _keys(value)


def stac_item(
    folder: Path, results: Results, strata: gpd.GeoDataFrame, notices: Sequence[str]
) -> dict[str, Any]:
    """Item of a run.

    Parameters
    ----------
    folder : Path
        With the files that become its assets.
    results : Results
        With at least one date.
    strata : GeoDataFrame
        Polygons.
    notices : sequence of str
        What the item says of itself first, such as that its data are simulated.
    """
    outline = _outline(strata)
    project, methodology = results.project, results.methodology
    standing = [f"{methodology.id}: {methodology.conformance}"] if methodology else []
    properties: dict[str, Any] = {
        "title": f"{project.name.en} {project.name.zh}",
        "description": " · ".join([*notices, *standing]) or project.name.en,
        **_when(_days(results)),
        "proj:code": strata.crs.to_string() if strata.crs is not None else None,
        "processing:software": {"mangrove-mrv": __version__},
        "processing:lineage": "mrv run; versions, inputs and the SHA-256 of every file stand in run.json",
    }
    if publications := _publications(results.equations):
        properties["sci:publications"] = publications
    content = {"properties": properties, "links": [], "assets": dict(_assets(folder))}
    used = {key for key in _keys(content) if ":" in key}
    return {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": [
            schema for prefix, schema in EXTENSIONS.items() if any(key.startswith(prefix) for key in used)
        ],
        "id": project.id,
        "geometry": mapping(outline),
        "bbox": list(outline.bounds),
        **content,
    }


def has_item(results: Results) -> bool:
    """Whether a run has the time that an item needs."""
    return bool(_days(results))

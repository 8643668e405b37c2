"""Whether a raster lies where the project is, and if not, in which system it would."""

from __future__ import annotations

from collections.abc import Iterator

from odc.geo.geobox import GeoBox
from pyproj import CRS
from rasterio.warp import transform_bounds

from mrv.findings import Finding, Phrase
from mrv.imagery.grid import system_text
from mrv.imagery.raster import Raster

Bounds = tuple[float, float, float, float]


def _overlap(first: Bounds, second: Bounds) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


def overlaps(raster: Raster, target: GeoBox) -> bool:
    """Whether a raster and the target grid share ground."""
    return _lies_over(raster.grid.boundingbox.bbox, str(raster.grid.crs), target)


def _lies_over(bounds: Bounds, system: str, target: GeoBox) -> bool:
    """Whether bounds in a system share ground with a grid; false where the system cannot hold the grid."""
    if CRS(system) == CRS(str(target.crs)):
        return _overlap(bounds, target.boundingbox.bbox)
    here = transform_bounds(str(target.crs), system, *target.boundingbox.bbox, densify_pts=21)
    return _overlap(bounds, here)


def _other_systems(raster: Raster, target: GeoBox) -> Iterator[str]:
    """Systems that a raster may be in that names a wrong one: the project's, and the zones beside its own."""
    own = CRS(str(raster.grid.crs))
    if not own.is_projected:
        return
    yield system_text(target.crs)
    zone = own.utm_zone
    if zone is not None:
        hemisphere = 32700 if zone.endswith("S") else 32600
        for number in (int(zone[:-1]) - 1, int(zone[:-1]) + 1):
            yield f"EPSG:{hemisphere + (number - 1) % 60 + 1}"
        yield f"EPSG:{(32600 if hemisphere == 32700 else 32700) + int(zone[:-1])}"


def placement_findings(raster: Raster, target: GeoBox) -> list[Finding]:
    """A raster that shares no ground with the target grid."""
    if overlaps(raster, target):
        return []
    bounds = raster.grid.boundingbox.bbox
    fits = next((s for s in _other_systems(raster, target) if _lies_over(bounds, s, target)), None)
    west, south, east, north = transform_bounds(str(raster.grid.crs), "EPSG:4326", *bounds)
    hint = Phrase("; in {system} it would lie over them", system=fits) if fits else ""
    return [
        Finding(
            raster.file,
            "raster-no-overlap",
            "lies at {west:.4f} to {east:.4f}, {south:.4f} to {north:.4f} degrees, where no stratum is{hint}",
            {"west": west, "east": east, "south": south, "north": north, "hint": hint},
        )
    ]

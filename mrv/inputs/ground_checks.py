"""What must agree between the keys of the project file that lie on the ground: polygons, imagery, parcels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from mrv.inputs.imagery_keys import imagery_keys_wrong
from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.project import Project, StrataLayer


def geometry_has_reference_system(project: Project) -> Iterator[KeyFinding]:
    """Areas and distances need a projected coordinate system."""
    layers = [
        key
        for key, present in (
            ("imagery", project.imagery is not None),
            ("boundary", project.boundary is not None),
            ("strata", isinstance(project.strata, StrataLayer)),
            ("other_projects", bool(project.other_projects)),
            ("parcels", project.parcels is not None),
            ("quality", bool(project.quality.not_mangrove or project.quality.areas_of_events)),
        )
        if present
    ]
    if layers and project.reference_system is None:
        yield KeyFinding(
            (layers[-1],),
            "reference-system",
            "geometry requires reference_system, a projected coordinate system such as EPSG:4547",
        )


def imagery_agrees(project: Project) -> Iterator[KeyFinding]:
    """Imagery lies over polygons, and its keys agree."""
    if project.imagery is None:
        return
    if not isinstance(project.strata, StrataLayer):
        yield KeyFinding(
            ("imagery",),
            "imagery-without-strata",
            "imagery needs strata as polygons: strata.file is required",
        )
    for found in imagery_keys_wrong(project.imagery):
        yield replace(found, key=("imagery", *found.key))


def parcels_have_a_map(project: Project) -> Iterator[KeyFinding]:
    """Parcels lie over polygons of strata, and over a map that has pixels."""
    if project.parcels is None:
        return
    if not isinstance(project.strata, StrataLayer):
        yield KeyFinding(
            ("parcels",),
            "parcels-without-strata",
            "parcels need strata as polygons: strata.file is required",
        )
    own = project.model is not None and project.model.tables is None
    if not own and not any(declared.raster is not None for declared in project.agb_maps):
        yield KeyFinding(
            ("parcels",),
            "parcels-without-map",
            "parcels are estimated by a map: a model with imagery, or a raster of agb_maps, was expected",
        )


GROUND_CHECKS: tuple[Callable[[Project], Iterator[KeyFinding]], ...] = (
    geometry_has_reference_system,
    imagery_agrees,
    parcels_have_a_map,
)
"""Checks of keys with geometry."""

"""Files that maps of biomass name, and whether the keys of a map fit together."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.inputs.columns import MAP_MEAN_COLUMNS, MAP_PREDICTION_COLUMNS, Columns
from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.project import Project
from mrv.inputs.table_source import TableSource
from mrv.yaml_file import Key


def tables_of_maps(project: Project) -> Iterator[tuple[Key, TableSource, Columns]]:
    """Every table of a map, with its key and the columns it may have."""
    for number, declared in enumerate(project.agb_maps):
        if declared.means is not None:
            yield ("agb_maps", number, "means"), declared.means, MAP_MEAN_COLUMNS
        if declared.predictions is not None:
            yield ("agb_maps", number, "predictions"), declared.predictions, MAP_PREDICTION_COLUMNS


def rasters_of_maps(project: Project) -> Iterator[str]:
    """File of every raster of a map."""
    for declared in project.agb_maps:
        yield from (raster.file for raster in (declared.raster, declared.standard_error) if raster)


def maps_are_declared_well(project: Project) -> Iterator[KeyFinding]:
    """A map belongs to a survey, comes as a raster or as means, and has predictions where it needs them."""
    dates = [survey.date for survey in project.surveys if survey.trees]
    for number, declared in enumerate(project.agb_maps):
        key: Key = ("agb_maps", number)
        if declared.date not in dates:
            yield KeyFinding(
                (*key, "date"),
                "map-date",
                "{found} is not the date of a survey of trees; a map is corrected by plots of its own date: "
                "{allowed}",
                {"found": declared.date, "allowed": ", ".join(dates)},
            )
        if declared.date in [other.date for other in project.agb_maps[:number]]:
            yield KeyFinding(
                (*key, "date"), "map-date", "{found} has a map already", {"found": declared.date}
            )
        if (declared.raster is None) == (declared.means is None):
            yield KeyFinding(key, "map-form", "exactly one of raster and means is required")
        if declared.predictions is None and (declared.plots == "seen" or declared.raster is None):
            yield KeyFinding(
                key,
                "map-predictions",
                "predictions is required where the model saw the plots, and where there is no raster",
            )

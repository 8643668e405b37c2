"""Files that maps of biomass name, and whether the keys of a map fit together."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.inputs.columns import MAP_MEAN_COLUMNS, MAP_PREDICTION_COLUMNS, SAMPLED_UNIT_COLUMNS, Columns
from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.project import Project, StrataLayer
from mrv.inputs.table_source import TableSource
from mrv.yaml_file import Key


def tables_of_maps(project: Project) -> Iterator[tuple[Key, TableSource, Columns]]:
    """Every table of a map, with its key and the columns it may have."""
    for number, declared in enumerate(project.agb_maps):
        if declared.means is not None:
            yield ("agb_maps", number, "means"), declared.means, MAP_MEAN_COLUMNS
        if declared.predictions is not None:
            yield ("agb_maps", number, "predictions"), declared.predictions, MAP_PREDICTION_COLUMNS
    for number, layer in enumerate(project.sampled_layers):
        yield ("sampled_layers", number, "units"), layer.units, SAMPLED_UNIT_COLUMNS
        yield ("sampled_layers", number, "predictions"), layer.predictions, MAP_PREDICTION_COLUMNS


def rasters_of_maps(project: Project) -> Iterator[str]:
    """File of every raster of a map."""
    for declared in project.agb_maps:
        yield from (raster.file for raster in (declared.raster, declared.standard_error) if raster)


def maps_are_declared_well(project: Project) -> Iterator[KeyFinding]:
    """A map belongs to a survey, comes as a raster or as means, and has predictions where it needs them."""
    dates = [survey.date for survey in project.surveys if survey.trees]
    layers = enumerate(project.sampled_layers)
    dated: list[tuple[Key, str]] = [
        *((("agb_maps", number, "date"), own.date) for number, own in enumerate(project.agb_maps)),
        *((("sampled_layers", number, "date"), own.date) for number, own in layers),
    ]
    for number, (key, date) in enumerate(dated):
        if date not in dates:
            yield KeyFinding(
                key,
                "map-date",
                "{found} is not the date of a survey of trees; a map is corrected by plots of its own date: "
                "{allowed}",
                {"found": date, "allowed": ", ".join(dates)},
            )
        if date in [other for _, other in dated[:number]]:
            yield KeyFinding(key, "map-date", "{found} has a map already", {"found": date})
    for number, declared in enumerate(project.agb_maps):
        key = ("agb_maps", number)
        if (declared.raster is None) == (declared.means is None):
            yield KeyFinding(key, "map-form", "exactly one of raster and means is required")
        if declared.predictions is None and (declared.plots == "seen" or declared.raster is None):
            yield KeyFinding(
                key,
                "map-predictions",
                "predictions is required where the model saw the plots, and where there is no raster",
            )


def kriging_stands_alone(project: Project) -> Iterator[KeyFinding]:
    """Block kriging is for plots chosen on purpose, over polygons, at dates without a map."""
    mapped = {own.date for own in project.agb_maps} | {own.date for own in project.sampled_layers}
    for number, survey in enumerate(project.surveys):
        if not survey.design.block_kriging:
            continue
        key: Key = ("surveys", number, "design", "block_kriging")
        if survey.design.kind != "purposive":
            yield KeyFinding(
                key,
                "design-kriging",
                "a {kind} design has an error of its own; kriging is for plots chosen on purpose",
                {"kind": survey.design.kind},
            )
        elif not isinstance(project.strata, StrataLayer):
            yield KeyFinding(
                key, "design-kriging", "kriging needs strata as polygons: strata.file is required"
            )
        elif survey.date in mapped:
            yield KeyFinding(
                key, "design-kriging", "{found} has a map, by which it is estimated", {"found": survey.date}
            )

"""What must agree between the keys of the project file under ``imagery``."""

from __future__ import annotations

from collections.abc import Iterator

from mrv.imagery.indices import INDICES
from mrv.inputs.columns import Column, Columns
from mrv.inputs.imagery_declaration import Imagery, OpticalSeries, RadarSeries, Season
from mrv.inputs.key_finding import KeyFinding
from mrv.inputs.sampling import Day
from mrv.inputs.table_source import TableSource
from mrv.yaml_file import Key

TIDE_RANGE_M = 20.0
"""No tide is farther from its datum. [m]"""

SCENE_COLUMNS: Columns = {
    "file": Column("text", required=True),
    "date": Column("id", required=True),
    "mask_file": Column("text"),
    "processing_baseline": Column("text"),
    "offset_applied": Column("choice", choices=("yes", "no")),
    "platform": Column("text"),
    "tide_height_m": Column("number", unit="m", low=-TIDE_RANGE_M, high=TIDE_RANGE_M, low_allowed=True),
}


def series_of(imagery: Imagery) -> Iterator[tuple[str, OpticalSeries | RadarSeries]]:
    """Series of scenes by their key."""
    if imagery.optical is not None:
        yield "optical", imagery.optical
    if imagery.radar is not None:
        yield "radar", imagery.radar


def scene_tables(imagery: Imagery | None) -> Iterator[tuple[Key, TableSource, Columns]]:
    """Every table of scenes, with its key and the columns it may have."""
    for name, series in series_of(imagery) if imagery is not None else ():
        for number, source in enumerate(series.scenes):
            yield ("imagery", name, "scenes", number), source, SCENE_COLUMNS


def imagery_days(imagery: Imagery) -> Iterator[tuple[Key, Day]]:
    """Every day that is declared, with its key."""
    for name, series in series_of(imagery):
        for number, season in enumerate(series.seasons):
            key = (name, "seasons", number)
            yield (*key, "date"), season.date
            yield (*key, "start"), season.start
            yield (*key, "end"), season.end
    for number, layer in enumerate(imagery.layers):
        if layer.date is not None:
            yield ("layers", number, "date"), layer.date


def _season_findings(seasons: tuple[Season, ...], key: Key) -> Iterator[KeyFinding]:
    first = seasons[0]
    for number, season in enumerate(seasons):
        place = (*key, number)
        if season.end <= season.start:
            yield KeyFinding(
                (*place, "end"),
                "dates-order",
                "{end} is not after the start {start}",
                {"end": season.end, "start": season.start},
            )
        if number and season.date <= seasons[number - 1].date:
            yield KeyFinding(
                (*place, "date"),
                "dates-order",
                "{found} is not after {before}; seasons stand oldest first, one for each date",
                {"found": season.date, "before": seasons[number - 1].date},
            )
        # A composite of another time of the year shows leaves and tides of that time.
        if (season.start[5:], season.end[5:]) != (first.start[5:], first.end[5:]):
            yield KeyFinding(
                place,
                "season-differs",
                "from {start} to {end} are other days of the year than {first_start} to {first_end} of the "
                "first season; the same ones were expected",
                {
                    "start": season.start[5:],
                    "end": season.end[5:],
                    "first_start": first.start[5:],
                    "first_end": first.end[5:],
                },
            )


def _tide_findings(series: OpticalSeries, key: Key) -> Iterator[KeyFinding]:
    tide = series.tide
    if tide is None:
        return
    if tide.highest_m is None and tide.water_share is None:
        yield KeyFinding(key, "tide-limit", "highest_m or water_share is required")
    if (tide.water_share is None) != (tide.zone is None):
        yield KeyFinding(key, "tide-limit", "water_share and zone go together")


def imagery_keys_wrong(imagery: Imagery) -> Iterator[KeyFinding]:
    """Everything that does not agree, by its key below ``imagery``."""
    for name, series in series_of(imagery):
        yield from _season_findings(series.seasons, (name, "seasons"))
    if imagery.optical is not None:
        yield from _tide_findings(imagery.optical, ("optical", "tide"))
    seen: set[tuple[str, str | None]] = set()
    for number, layer in enumerate(imagery.layers):
        place: Key = ("layers", number)
        if (layer.id, layer.date) in seen:
            yield KeyFinding(
                (*place, "id"),
                "layer-duplicate",
                "{found!r} stands already in the list for this date",
                {"found": layer.id},
            )
        seen.add((layer.id, layer.date))
        if layer.id in INDICES:
            yield KeyFinding(
                (*place, "id"),
                "layer-duplicate",
                "{found!r} is the name of an index; choose another",
                {"found": layer.id},
            )
        if layer.kind != "class_map" and (layer.mangrove is not None or layer.no_data != "unknown"):
            yield KeyFinding(place, "layer-classes", "mangrove and no_data are for a class_map")
        if layer.kind == "continuous" and layer.unit is None:
            yield KeyFinding(
                (*place, "unit"), "layer-unit", "a continuous layer needs its unit; 1 if it has none"
            )

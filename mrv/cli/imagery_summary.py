"""Imagery in what ``mrv check`` tells: predictors of each date, scenes that are part of none, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mrv.cli.output import Output
    from mrv.inputs import Imagery

DATE_COLUMNS = ("date", "scenes", "predictors")
LEFT_OUT_COLUMNS = ("scene left out", "taken on", "why")


def _predictors(imagery: Imagery, date: str) -> list[str]:
    """Names of the predictors of a date."""
    series = (imagery.optical(date), imagery.radar(date))
    names = [name for one in series if one is not None for name in one.predictors]
    return names + [layer.id for layer in imagery.predictor_layers(date)]


def _scenes(imagery: Imagery, date: str) -> int:
    return sum(use.date == date for use in imagery.scenes)


def say_imagery(output: Output, imagery: Imagery | None) -> None:
    """Tell what the imagery of a project comes to."""
    if imagery is None:
        return
    output.say(
        output.translated(
            "Imagery on a grid of {side:g} m, {columns} by {rows} pixels:",
            side=imagery.declaration.resolution_m,
            columns=imagery.grid.width,
            rows=imagery.grid.height,
        )
    )
    output.table(
        DATE_COLUMNS,
        [
            (date, str(_scenes(imagery, date)), ", ".join(_predictors(imagery, date)))
            for date in imagery.dates
        ],
    )
    left_out = [use for use in imagery.scenes if use.reason is not None]
    if left_out:
        output.table(
            LEFT_OUT_COLUMNS,
            [
                (use.scene.file, use.scene.acquired, output.phrase(use.reason))
                for use in left_out
                if use.reason is not None
            ],
        )


def imagery_record(imagery: Imagery | None) -> dict[str, Any] | None:
    """Imagery as plain data."""
    from mrv.imagery.grid import system_text

    if imagery is None:
        return None
    return {
        "resolution_m": imagery.declaration.resolution_m,
        "crs": system_text(imagery.grid.crs),
        "bounds_m": list(imagery.grid.boundingbox.bbox),
        "dates": [
            {"date": date, "scenes": _scenes(imagery, date), "predictors": _predictors(imagery, date)}
            for date in imagery.dates
        ],
        "scenes": [
            {
                "file": use.scene.file,
                "series": use.series,
                "acquired": use.scene.acquired,
                "date": use.date,
                "left_out_because": None if use.reason is None else str(use.reason),
            }
            for use in imagery.scenes
        ],
    }

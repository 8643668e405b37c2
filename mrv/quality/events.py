"""Storms, cutting and the like between what is compared: two censuses, or a plot and the images of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.inputs import Inputs, Survey
from mrv.inputs.imagery import Imagery
from mrv.inputs.quality_evidence import SiteEvent
from mrv.quality.suspects import Suspect, earliest, places, row_list

KINDS: Mapping[str, Phrase] = MappingProxyType(
    {
        "storm": Phrase("a storm"),
        "cutting": Phrase("a cutting"),
        "fire": Phrase("a fire"),
        "frost": Phrase("a frost"),
        "dieback": Phrase("a dieback"),
        "pollution": Phrase("a pollution"),
        "other": Phrase("an event"),
    }
)
"""Kinds of events in words."""


def _measured(survey: Survey) -> pd.DataFrame:
    """Plots of a survey with the day of each: as measured, else the date of the survey."""
    day = survey.plots["measured_on"]
    return survey.plots.assign(day=day.where(day.notna(), survey.date).astype("str"))


def _touched(plots: pd.DataFrame, event: SiteEvent) -> pd.DataFrame:
    return plots[
        event.touched(plots["x_m"].to_numpy(dtype="float64"), plots["y_m"].to_numpy(dtype="float64"))
    ]


def _told(event: SiteEvent, rows: pd.DataFrame) -> dict[str, object]:
    return {
        "kind": KINDS[event.declaration.kind],
        "day": event.declaration.date,
        "count": len(rows),
        "rows": row_list(rows["source"]),
    }


def between_censuses(first: Survey, second: Survey, events: Sequence[SiteEvent]) -> Iterator[Suspect]:
    """Plots measured before an event and again after it: their change holds what it took.

    Parameters
    ----------
    first, second : Survey
    events : sequence of SiteEvent
    """
    before, after = _measured(first), _measured(second)
    for event in events:
        day = event.declaration.date
        earlier = _touched(before[before["day"] < day], event)
        rows = after[(after["day"] >= day) & after["plot_id"].isin(earlier["plot_id"])]
        if rows.empty:
            continue
        earlier = earlier[earlier["plot_id"].isin(rows["plot_id"])]
        yield Suspect(
            Finding(
                earliest(rows),
                "event-between-censuses",
                "{kind} of {day} lies between the censuses of {count} of {all} plots, {rows}; their change "
                "holds what it took, and growth by itself is not told",
                {**_told(event, rows), "all": len(after)},
                severity="note",
            ),
            "plots",
            tuple(dict.fromkeys((*places(earlier), *places(rows)))),
        )


def _days_of_images(imagery: Imagery, date: str) -> list[str]:
    """Days of the images that stand for a date, one for each."""
    days = [
        use.scene.acquired
        for series in dict.fromkeys(use.series for use in imagery.scenes)
        for use in imagery.used(series, date)
    ]
    dated = [layer.declaration.date for layer in imagery.layers if layer.declaration.date == date]
    return sorted([*days, *(day for day in dated if day is not None)])


def between_plot_and_image(
    survey: Survey, imagery: Imagery, events: Sequence[SiteEvent]
) -> Iterator[Suspect]:
    """Plots of a model that an event parts from the images they are paired with.

    Parameters
    ----------
    survey : Survey
        Whose plots the model is fitted to.
    imagery : Imagery
    events : sequence of SiteEvent
    """
    plots, days = _measured(survey), _days_of_images(imagery, survey.date)
    for event in events:
        day = event.declaration.date
        for plot_before in (True, False):
            parted = [image for image in days if (image >= day) == plot_before]
            rows = _touched(plots[(plots["day"] < day) == plot_before], event)
            if not parted or rows.empty:
                continue
            yield Suspect(
                Finding(
                    earliest(rows),
                    "event-between-plot-and-image",
                    "{count} of {all} plots were measured before {kind} of {day}, and {images} of {of} "
                    "images of {date} were taken after it: {rows}"
                    if plot_before
                    else "{count} of {all} plots were measured after {kind} of {day}, and {images} of {of} "
                    "images of {date} were taken before it: {rows}",
                    {
                        **_told(event, rows),
                        "all": len(plots),
                        "images": len(parted),
                        "of": len(days),
                        "date": survey.date,
                    },
                    severity="note",
                ),
                "pairs",
                places(rows),
            )


def events_between(inputs: Inputs) -> Iterator[Suspect]:
    """Events between two censuses, and between the plots of a model and their images."""
    events = inputs.quality.events
    surveys = inputs.tree_surveys
    for first, second in pairwise(surveys):
        yield from between_censuses(first, second, events)
    model = inputs.project.model
    if model is None or inputs.imagery is None or not surveys:
        return
    last = next((own for own in surveys if own.date == model.survey), surveys[-1])
    fitted = [surveys[0], last] if model.both_dates and last is not surveys[0] else [last]
    for survey in fitted:
        yield from between_plot_and_image(survey, inputs.imagery, events)

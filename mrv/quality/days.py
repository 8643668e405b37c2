"""Days of measuring that do not belong to a survey: outside of its field campaign, or far from its date."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pandas as pd

from mrv.findings import Finding
from mrv.inputs import Survey
from mrv.plausibility import quality_rule
from mrv.quality.suspects import Rows, Suspect, earliest, file_of, places, row_list


def outside_campaign(days: pd.Series[str], first: str, last: str) -> pd.Series[bool]:
    """Whether a day of measuring lies outside the field campaign, its last day included.

    Parameters
    ----------
    days : Series of str
        YYYY-MM-DD; missing days are not outside.
    first, last : str
        First and last day.
    """
    given = days.notna()
    outside: pd.Series[bool] = given & ((days.fillna(first) < first) | (days.fillna(last) > last))
    return outside


def _dated(survey: Survey) -> Iterator[tuple[Rows, pd.DataFrame]]:
    """Tables of a survey whose rows say when they were measured; a core stands for its sections."""
    yield "plots", survey.plots
    yield "trees", survey.trees
    if survey.soil is not None:
        days = survey.soil.cores[["plot_id", "core_id", "measured_on"]]
        yield "cores", survey.soil.sections.merge(days, on=["plot_id", "core_id"], how="left")


def _around(date: str) -> tuple[str, str]:
    """A span of days around the date of a survey."""
    day = datetime.date.fromisoformat(date)
    reach = datetime.timedelta(days=quality_rule("days_from_survey"))
    return (day - reach).isoformat(), (day + reach).isoformat()


def measured_days(survey: Survey) -> Iterator[Suspect]:
    """Rows measured outside of the declared campaign; without one, those far from the survey's date."""
    stated = survey.field_days is not None
    first, last = (
        (survey.field_days.start, survey.field_days.end) if survey.field_days else _around(survey.date)
    )
    for kind, table in _dated(survey):
        wrong = table[outside_campaign(table["measured_on"], first, last)]
        for _, rows in wrong.groupby(wrong["source"].astype(str).map(file_of), sort=True):
            place = earliest(rows)
            shown = {
                "count": len(rows),
                "first": first,
                "last": last,
                "day": rows.loc[rows["source"].eq(place), "measured_on"].iloc[0],
                "rows": row_list(rows["source"]),
                "date": survey.date,
            }
            yield Suspect(
                Finding(
                    place,
                    "day-outside-campaign",
                    "measured on {day}, outside of the field campaign of {first} to {last} ({count} in all, "
                    "{rows})",
                    shown,
                    waivable=True,
                )
                if stated
                else Finding(
                    place,
                    "day-far-from-survey",
                    "measured on {day}, far from {date}, the date of the survey ({count} in all, {rows}); "
                    "field_days says from when to when it was in the field",
                    shown,
                    severity="note",
                ),
                kind,
                places(rows),
            )

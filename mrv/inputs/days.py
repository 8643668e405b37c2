"""Days as field sheets write them."""

from __future__ import annotations

import datetime
import re

DAY = re.compile(r"(\d{4})([-/.年])(\d{1,2})([-/.月])(\d{1,2})日?")
"""Year, month and day, in this order: 2020-03-01, 2020/3/1, 2020.3.1, 2020年3月1日."""


def day_of(text: str) -> str | None:
    """Day of the calendar that a text names, YYYY-MM-DD; None if it names none.

    A day before its month, as in 1/3/2020, is not read: nobody can tell it from the month before the day.
    """
    match = DAY.fullmatch(text.strip())
    if match is None:
        return None
    year, _, month, _, day = match.groups()
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None

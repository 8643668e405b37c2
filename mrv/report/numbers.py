"""Numbers and units as people read them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mrv.run.results import IntervalRecord

LARGE = 1e4
"""From here on, two decimals are more digits than anyone needs."""

UNITS = {
    "t_co2e": "t CO₂e",
    "t_co2e/ha/yr": "t CO₂e/ha/yr",
    "t_co2e/yr": "t CO₂e/yr",
    "t_co2e/t_c": "t CO₂e/t C",
    "t_c": "t C",
    "t_c/ha": "t C/ha",
    "t_c/ha/yr": "t C/ha/yr",
    "t_c/yr": "t C/yr",
    "t_ch4/ha/yr": "t CH₄/ha/yr",
    "t_n2o/ha/yr": "t N₂O/ha/yr",
    "t_co2e/t_ch4": "t CO₂e/t CH₄",
    "t_co2e/t_n2o": "t CO₂e/t N₂O",
    "t_co2e*t_co2e/t_c/yr": "(t CO₂e)²/t C/yr",
    "t_c/t_dm": "t C/t d.m.",
    "t_dm": "t d.m.",
    "t_dm/ha": "t d.m./ha",
    "t_dm/ha/yr": "t d.m./ha/yr",
    "1": "",
}


def unit_text(unit: str) -> str:
    """Unit as it is printed."""
    return UNITS.get(unit, unit)


def number_text(value: float | None, digits: int = 2) -> str:
    """Number with thousands separated; a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def short_number(value: float | None) -> str:
    """Number with the digits that matter, thousands separated: fractions to six significant digits."""
    if value is None or not math.isfinite(value):
        return "–"
    if float(value).is_integer():
        return f"{value + 0.0:,.0f}"  # no minus before zero
    return f"{value:,.2f}" if abs(value) >= LARGE else f"{value:,.6g}"


def interval_ends(interval: IntervalRecord | None, digits: int) -> tuple[str, str] | None:
    """Both ends of an interval as printed; None where there is none."""
    if interval is None:
        return None
    return number_text(interval.low, digits), number_text(interval.high, digits)

"""A suspect: a finding, and the rows that would be left out if it were true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import pandas as pd

from mrv.findings import Finding, Phrase, first_place
from mrv.plausibility import Judgement, Limit, limits

Rows = Literal["trees", "plots", "cores", "pairs", "strata", "soil_strata", "batches", "entries", "none"]

SHOWN = 6
"""Rows that a message names one by one."""


@dataclass(frozen=True)
class Suspect:
    """What is suspect.

    Attributes
    ----------
    finding : Finding
    kind : str
        What the effect is told of: rows of ``trees``, ``plots`` or ``cores`` that are left out; ``pairs`` of
        plot and image; ``strata`` that are left out, of the headline or (``soil_strata``) of the soil;
        ``batches`` of a laboratory that are corrected; second ``entries`` that are taken; ``none`` where
        nothing could be.
    rows : tuple of str
        Places of the rows, as in the column ``source``; names of strata and batches; places of tables.
    why : Phrase or None
        Why no effect is told.
    """

    finding: Finding
    kind: Rows = "none"
    rows: tuple[str, ...] = ()
    why: Phrase | None = None


ALL_ROWS = Phrase("it concerns all rows alike, and none could be left out")
CONTROL = Phrase("it tells how well an error is known, and changes no value")
PLACE = Phrase("figures take the stratum that the table states, wherever the plots lie")
RASTER = Phrase("it concerns a raster, and no row could be left out; a run without it tells")
WHOLE_PROJECT = Phrase("it concerns the whole project, and nothing would be left")


def because(suspects: Iterable[Suspect], why: Phrase) -> list[Suspect]:
    """Suspects with the reason given to those that have no effect and say no reason themselves."""
    return [
        replace(suspect, why=why) if suspect.kind == "none" and suspect.why is None else suspect
        for suspect in suspects
    ]


def file_of(source: str) -> str:
    """File, and sheet of a workbook, of the place of a row."""
    return source.rsplit("!" if "!" in source.rsplit(":", 1)[-1] else ":", 1)[0]


def row_of(source: str) -> str:
    """Number of the row in its file, from its place."""
    return source.rsplit(":", 1)[-1].rsplit("!", 1)[-1]


def row_list(sources: Iterable[str]) -> Phrase:
    """Rows of one file in words: the first few by number, the others by their count."""
    numbers = list(dict.fromkeys(row_of(source) for source in sources))
    numbers.sort(key=lambda number: (len(number), number))
    shown = ", ".join(numbers[:SHOWN])
    if len(numbers) <= SHOWN:
        return Phrase("rows {rows}", rows=shown)
    return Phrase("rows {rows} and {count} more", rows=shown, count=len(numbers) - SHOWN)


def places(frame: pd.DataFrame) -> tuple[str, ...]:
    """Places of the rows of a table."""
    return tuple(dict.fromkeys(frame["source"].astype(str)))


def earliest(frame: pd.DataFrame) -> str:
    """Place of the first row of a table."""
    return first_place(frame["source"].astype(str))


def range_text(limit: Limit, *, hard: bool) -> Phrase:
    """Limits of a quantity in words."""
    low, high = (limit.hard_low, limit.hard_high) if hard else (limit.soft_low, limit.soft_high)
    shown = {"low": f"{low:g}", "high": f"{high:g}", "unit": "" if limit.unit == "1" else f" {limit.unit}"}
    if low == float("-inf"):
        return Phrase("up to {high}{unit}", **shown)
    if high == float("inf"):
        return Phrase("{low}{unit} or more", **shown)
    return Phrase("{low}–{high}{unit}", **shown)


LIMIT_RULES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "basal_area_m2_ha": ("unusual-basal-area", "implausible-basal-area"),
        "agb_t_ha": ("unusual-biomass", "implausible-biomass"),
        "stems_per_ha": ("unusual-stem-density", "implausible-stem-density"),
        "bgb_agb_ratio": ("unusual-root-share", "implausible-root-share"),
        "agb_change_t_ha_yr": ("unusual-biomass-change", "implausible-biomass-change"),
        "dbh_cm": ("unusual-diameter", ""),
        "height_m": ("unusual-height", ""),
        "height_diameter_m_cm": ("unusual-height-diameter", ""),
        "diameter_growth_cm_yr": ("", "implausible-growth"),
        "bulk_density_g_cm3": ("unusual-bulk-density", "implausible-bulk-density"),
        "organic_carbon_pct": ("unusual-organic-carbon", "implausible-organic-carbon"),
        "carbon_density_g_cm3": ("unusual-carbon-density", ""),
        "soc_1m_t_c_ha": ("unusual-soil-stock", "implausible-soil-stock"),
        "accretion_mm_yr": ("unusual-accretion", "implausible-accretion"),
        "removal_t_co2e_ha_yr": ("unusual-removal", "implausible-removal"),
        "carbon_kept_t_c_ha_yr": ("unusual-carbon-balance", "implausible-carbon-balance"),
    }
)
"""Rules for values beyond the soft and the hard limit of a quantity; empty where none applies here: the
readers refuse diameters and heights beyond the hard ones."""


def beyond_limit(where: str, quantity: str, name: str, value: float, judgement: Judgement) -> Finding:
    """Finding on a value beyond a limit: a note beyond the soft one, an error beyond the hard one.

    Parameters
    ----------
    where : str
        Place of the value.
    quantity : str
        Key of :data:`LIMIT_RULES`.
    name : str
        What has the value, in words of ours or of the data.
    value : float
        In the unit of the quantity.
    judgement : {"warn", "fail"}
    """
    hard = judgement == "fail"
    rule = LIMIT_RULES[quantity][hard]
    shown = {
        "name": name,
        "value": f"{value:.4g}",
        "quantity": quantity,
        "range": range_text(limits()[quantity], hard=hard),
    }
    if hard:
        return Finding(
            where,
            rule,
            "{name}: {quantity} is {value}; allowed without a written reason is {range}",
            shown,
            waivable=True,
        )
    return Finding(where, rule, "{name}: {quantity} is {value}; usual is {range}", shown, severity="note")

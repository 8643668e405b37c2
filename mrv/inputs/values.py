"""From the text of a column's cells to its values: code lists, words, numbers, units and ranges."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.inputs.columns import Column
from mrv.inputs.days import day_of
from mrv.inputs.table_source import TableSource
from mrv.reference import accepted_name
from mrv.units import conversion_factor
from mrv.yaml_file import suggestion

Places = Callable[[int], str]
"""Place of a cell of one column, by the number of its row."""

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
NOT_FINITE = r"(?i)[+-]?(?:nan|inf|infinity)"
DECIMAL_COMMA = r"[+-]?[0-9]+,[0-9]+"

SMALLER_UNIT: Mapping[str, tuple[float, str]] = {
    "cm": (10.0, Phrase("millimetres")),
    "g/cm3": (1000.0, "kg/m3"),
}
"""For our unit: how many of a smaller unit make it, and what that is called; for a hint only."""


FEW_CELLS, FEW_SHARE = 10, 0.1
"""More cells than this, in all and of a column, are wrong for one reason and are reported in one line."""


RANGE_MESSAGES: Mapping[tuple[bool, bool], str] = {
    (False, False): "{found} is outside {range}{hint}",
    (True, False): "{found} is not {range}{hint}",
    (False, True): "{found} and {more} more values of the column are outside {range}{hint}",
    (True, True): "{found} and {more} more values of the column are not {range}{hint}",
}
"""By whether the range is open above, and whether many cells are outside."""


def distinct_findings(
    text: pd.Series[str],
    wrong: pd.Series[bool],
    place: Places,
    finding: Callable[[str, str, str], Finding],
) -> list[Finding]:
    """One finding for each distinct text among the wrong cells, at the first of them.

    Parameters
    ----------
    text : Series of str
    wrong : Series of bool
    place : callable
        Place of a cell by its row.
    finding : callable
        Makes a finding of the place, the text and a remark on how many rows have it.
    """
    return [
        finding(
            place(int(rows.index[0])),
            str(word),
            Phrase(" ({count} rows)", count=len(rows)) if len(rows) > 1 else "",
        )
        for word, rows in text[wrong].groupby(text[wrong], sort=True)
    ]


def decode(
    text: pd.Series[str], name: str, column: Column, codes: Mapping[str, str], place: Places
) -> tuple[pd.Series[str], list[Finding]]:
    """Our words for their codes.

    An identifier or a number that is no code stays as it is, so that single ones can be renamed; a
    word must be on the list or be one of ours already.
    """
    by_code = {code.strip(): word.strip() for code, word in codes.items()}
    listed = text.isin(list(by_code))
    decoded = text.mask(listed, text.map(by_code))
    if column.kind in {"id", "number", "day"}:
        return decoded, []
    ours = {*by_code.values(), *column.choices, ""}
    words = {word for word in text[~listed].unique() if word not in ours}
    if name == "species":
        words = {word for word in words if accepted_name(word) is None}
    unknown = ~listed & text.isin(list(words))
    known = [code for code in by_code if code]

    def finding(where: str, word: str, rows: str) -> Finding:
        near = suggestion(word, known)
        return Finding(
            where,
            "code-unknown",
            "{found!r} is not in the code list of {column}{rows}; did you mean {near!r}?"
            if near
            else "{found!r} is not in the code list of {column}{rows}; it has {known}",
            {"found": word, "column": name, "rows": rows, "near": near, "known": ", ".join(known)},
        )

    return decoded.mask(unknown), distinct_findings(text, unknown, place, finding)


def _cells(text: pd.Series[str], chosen: pd.Series[bool]) -> list[tuple[int, str]]:
    """Row and text of the chosen cells."""
    rows = text[chosen]
    return [(int(row), str(word)) for row, word in zip(rows.index, rows, strict=True)]


def _missing_findings(text: pd.Series[str], name: str, column: Column, place: Places) -> list[Finding]:
    if not column.required:
        return []
    return [
        Finding(place(row), "missing-value", "no value; {column} is required", {"column": name})
        for row, _ in _cells(text, text == "")
    ]


def parse(
    text: pd.Series[str],
    name: str,
    column: Column,
    source: TableSource,
    place: Places,
) -> tuple[pd.Series, list[Finding]]:
    """Values of a column, missing where a cell is missing or wrong.

    Parameters
    ----------
    text : Series of str
        Cells after the code list; missing ones are empty.
    name : str
        Our name of the column.
    column : Column
    source : TableSource
        Declares the unit.
    place : callable
        Place of a cell by its row.
    """
    if column.kind == "number":
        values, findings = _numbers(text, name, column, source, place)
        return values, _missing_findings(text, name, column, place) + findings
    findings = []
    if column.kind == "day":
        days = text.map({word: day_of(word) for word in text.dropna().unique()})
        findings = distinct_findings(
            text,
            text.ne("") & text.notna() & days.isna(),
            place,
            lambda where, word, rows: Finding(
                where,
                "date-unknown",
                "{found!r} is not a day of the calendar{rows}; write 2020-03-01 or 2020/3/1",
                {"found": word, "rows": rows},
            ),
        )
        return days.astype("str"), _missing_findings(text, name, column, place) + findings
    if column.kind == "choice":
        wrong = ~text.isin(["", *column.choices]) & text.notna()
        findings = distinct_findings(
            text,
            wrong,
            place,
            lambda where, word, rows: Finding(
                where,
                "code-unknown",
                "{found!r} is not one of {allowed}{rows}; declare codes for {column}",
                {"found": word, "allowed": ", ".join(column.choices), "rows": rows, "column": name},
            ),
        )
        text = text.mask(wrong)
    findings = _missing_findings(text, name, column, place) + findings
    return text.mask(text == ""), findings


def _numbers(
    text: pd.Series[str], name: str, column: Column, source: TableSource, place: Places
) -> tuple[pd.Series[float], list[Finding]]:
    is_number = text.str.fullmatch(NUMBER)
    not_finite = text.str.fullmatch(NOT_FINITE)
    written = pd.Series(
        [float(word) if good else math.nan for word, good in zip(text, is_number, strict=True)],
        index=text.index,
        dtype="float64",
    )
    not_finite |= np.isinf(written)
    comma = text.str.fullmatch(DECIMAL_COMMA)
    findings = [
        Finding(
            place(row),
            "not-a-number",
            "{found!r} is not a number; write the decimal comma as a point"
            if comma[row]
            else "{found!r} is not a number",
            {"found": word},
        )
        for row, word in _cells(text, (text != "") & ~is_number & ~not_finite)
    ]
    findings += [
        Finding(place(row), "not-finite", "{found!r} is not a finite number", {"found": word})
        for row, word in _cells(text, not_finite)
    ]
    declared = source.units.get(name, column.unit)
    factor = conversion_factor(declared, column.unit)
    values = (written if factor == 1.0 else written * factor).mask(not_finite)
    good, more = _in_range(values, text, column, declared, place)
    return good, findings + more


def _in_range(
    values: pd.Series[float], text: pd.Series[str], column: Column, declared: str, place: Places
) -> tuple[pd.Series[float], list[Finding]]:
    below = values < column.low if column.low_allowed else values <= column.low
    outside = (below | (values > column.high)) & values.notna()
    fraction = values.notna() & (values % 1 != 0) & column.whole
    median = float(values[~outside & values.notna()].median()) if outside.any() else math.nan
    cells = _cells(text, outside)
    systematic = len(cells) > FEW_CELLS and len(cells) > FEW_SHARE * int(values.notna().sum())
    findings = [
        Finding(
            place(row),
            "value-range",
            RANGE_MESSAGES[math.isinf(column.high), systematic],
            {
                "found": word if declared == column.unit else f"{word} {declared}",
                "range": column.range_text(),
                "hint": _hint(float(values[row]), median, column),
                "more": len(cells) - 1,
            },
        )
        for row, word in (cells[:1] if systematic else cells)
    ]
    findings += [
        Finding(place(row), "value-range", "{found} is not a whole number", {"found": word})
        for row, word in _cells(text, fraction & ~outside)
    ]
    return values.mask(outside | fraction), findings


def _hint(value: float, median: float, column: Column) -> str:
    """What the value may have been meant as."""
    if column.unit == "degree":
        return Phrase("; are longitude and latitude swapped?") if column.high < abs(value) <= 180.0 else ""
    if column.unit not in SMALLER_UNIT or not value > column.high:
        return ""
    per_unit, unit = SMALLER_UNIT[column.unit]
    meant = value / per_unit
    if not column.low < meant <= column.high:
        return ""
    if math.isnan(median):
        return Phrase("; {meant:g} would fit ({unit}?)", meant=meant, unit=unit)
    if not 0.25 <= meant / median <= 4.0:
        return ""
    return Phrase("; {meant:g} fits the table's other values ({unit}?)", meant=meant, unit=unit)

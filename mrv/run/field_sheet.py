"""The workbook a crew fills in, with Chinese and English headers; the toolkit reads it back as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import xlsxwriter

from mrv.inputs.columns import TREE_COLUMNS
from mrv.inputs.field_tables import field_columns

HEADER_ROW = 2
"""Row of the English names, which are our columns; the Chinese ones stand above."""

PLOTS, TREES, NOTES = "plots", "trees", "说明 notes"
"""Sheets."""

OWN_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "wgs84_longitude": "经度（度）",
        "wgs84_latitude": "纬度（度）",
        "crew": "调查人",
        "date": "调查日期",
        "remarks": "备注",
    }
)
"""Columns that a crew has use for and that the toolkit does not read."""

PLOT_COLUMNS = ("plot_id", "stratum_id", "x", "y", *OWN_HEADERS)
TREE_SHEET_COLUMNS = (
    "plot_id",
    "tree_id",
    "stem_id",
    "species",
    "dbh_cm",
    "height_m",
    "status",
    "decay_class",
    "pom",
    "pom_m",
    "remarks",
)


def _headers(table: str, columns: Sequence[str]) -> dict[str, str]:
    """Chinese header for each column of a sheet, ours and the crew's own."""
    chinese = {column.name: column.header for column in field_columns(table, "zh", str)}
    return {name: OWN_HEADERS[name] if name in OWN_HEADERS else chinese[name] for name in columns}


ROWS_FOR_TREES = 5000
"""Rows of the sheet of trees for which choices are offered."""

FIXED_DAY = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Time stamp of the workbook, so that the clock leaves no trace in it."""

TEXT_STAYS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False}
"""Options of a workbook: a text that looks like a formula or an address is neither."""


def _sheet(workbook: Any, name: str, headers: Mapping[str, str], formats: Mapping[str, Any]) -> Any:
    sheet = workbook.add_worksheet(name)
    for column, (english, chinese) in enumerate(headers.items()):
        sheet.write_string(0, column, chinese, formats["chinese"])
        sheet.write_string(1, column, english, formats["english"])
        sheet.set_column(column, column, max(len(english), 2 * len(chinese)) + 2)
    sheet.freeze_panes(HEADER_ROW, 1)
    sheet.set_landscape()
    sheet.repeat_rows(0, HEADER_ROW - 1)
    return sheet


def _offer(sheet: Any, headers: Mapping[str, str], column: str, choices: Sequence[str]) -> None:
    place = list(headers).index(column)
    rule = {"validate": "list", "source": list(choices), "error_type": "warning"}
    sheet.data_validation(HEADER_ROW, place, HEADER_ROW + ROWS_FOR_TREES - 1, place, rule)


def _number_rule(sheet: Any, headers: Mapping[str, str], column: str) -> None:
    place = list(headers).index(column)
    limit = {"validate": "decimal", "criteria": "between", "minimum": 0}
    rule = {**limit, "maximum": TREE_COLUMNS[column].high, "error_type": "warning"}
    sheet.data_validation(HEADER_ROW, place, HEADER_ROW + ROWS_FOR_TREES - 1, place, rule)


def write_field_sheet(path: Path, plots: pd.DataFrame, notes: Sequence[str]) -> None:
    """Write the workbook: plots filled in, trees empty, notes.

    Parameters
    ----------
    path : Path
    plots : DataFrame
        ``plot_id``, ``stratum_id``, ``x``, ``y``, ``longitude``, ``latitude``. [m, degree]
    notes : sequence of str
        Lines of the last sheet.
    """
    workbook = xlsxwriter.Workbook(str(path), {"in_memory": True, **TEXT_STAYS_TEXT})
    workbook.set_properties({"created": FIXED_DAY})
    formats = {
        "chinese": workbook.add_format({"bold": True, "bg_color": "#DDEBDA", "text_wrap": True}),
        "english": workbook.add_format({"bold": True, "bg_color": "#DDEBDA", "bottom": 1}),
    }
    filled = plots.rename(columns={"longitude": "wgs84_longitude", "latitude": "wgs84_latitude"})
    plot_headers, tree_headers = _headers("plots", PLOT_COLUMNS), _headers("trees", TREE_SHEET_COLUMNS)
    sheet = _sheet(workbook, PLOTS, plot_headers, formats)
    for column, name in enumerate(plot_headers):
        if name in filled:
            sheet.write_column(HEADER_ROW, column, filled[name].tolist())
    trees = _sheet(workbook, TREES, tree_headers, formats)
    _offer(trees, tree_headers, "status", TREE_COLUMNS["status"].choices)
    _offer(trees, tree_headers, "pom", TREE_COLUMNS["pom"].choices)
    for measured in ("dbh_cm", "height_m"):
        _number_rule(trees, tree_headers, measured)
    last = workbook.add_worksheet(NOTES)
    last.set_column(0, 0, 100)
    last.write_column(0, 0, list(notes))
    workbook.close()

"""Example tables as files: CSV for each, or one workbook; and the sheet that explains every column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

from mrv.inputs.field_tables import FieldColumn, HeaderLanguage
from mrv.reference.column_names import column_name
from mrv.run.field_sheet import FIXED_DAY, TEXT_STAYS_TEXT
from mrv.run.template_tables import ExampleTable

READ_ME = "说明 Read me"
"""Sheet that explains the columns; a name of a sheet holds no slash."""

READ_ME_HEADER = (
    "表 table",
    "列 column",
    "mrv.yaml 中的列名 name in mrv.yaml",
    "必填 required",
    "单位 unit",
    "可填 may hold",
    "说明",
    "meaning",
)
READ_ME_WIDTHS = (22, 30, 30, 12, 10, 34, 60, 80)

REQUIRED, OPTIONAL = "必填 required", "选填 optional"

NOTES = (
    "一行表头，其下每行一条记录；深色表头为必填列。空格表示未测，绝不当作零。",
    "One row of headers, then one row for each record; dark headers are required. An empty cell means not "
    "measured, never zero.",
    "示例数据为虚构，请换成自己的数据。列名、单位或代码不同时不必改表，在 mrv.yaml 中说明即可。",
    "The rows are invented; put your own in their place. Other headers, units or codes need no edit of the "
    "table: mrv.yaml says what they mean.",
    "所有行都相同的必填列可以不设，改写在 mrv.yaml 的 constants 中，如此处的 pom。",
    "A required column that says the same in every row may be left out and stand in mrv.yaml under "
    "constants, as pom does here.",
)

ROWS_WITH_RULES = 5000
"""Rows of a sheet for which choices are offered and numbers are checked."""


def _plain(text: str) -> str:
    """Text without the marks that set off code."""
    return text.replace("`", "")


def read_me_rows(tables: Iterable[ExampleTable], *, workbook: bool) -> list[tuple[str, ...]]:
    """Every column of the kinds of tables at hand, those that the example leaves out as well.

    Parameters
    ----------
    tables : iterable of ExampleTable
        Of one kind, the first is taken.
    workbook : bool
        Whether tables are called as their sheets, not as their files.
    """
    kinds = {table.kind: table for table in reversed(list(tables))}
    rows: list[tuple[str, ...]] = []
    for kind, table in reversed(kinds.items()):
        title = column_name(kind, "")
        name = table.sheet.rstrip("_0123456789") if workbook else kind
        rows.append((name, "", "", "", "", "", _plain(title.meaning_zh), _plain(title.meaning_en)))
        for column in (*table.columns, *table.others):
            names = column_name(kind, column.name)
            rows.append(
                (
                    name,
                    column.header,
                    column.name,
                    REQUIRED if column.required else OPTIONAL,
                    column.unit,
                    column.allowed,
                    _plain(names.meaning_zh),
                    _plain(names.meaning_en),
                )
            )
    return rows


def _csv_bytes(rows: Iterable[Sequence[str]], *, mark: bool) -> bytes:
    """UTF-8, with the byte order mark by which Excel knows it where it holds Chinese."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8-sig" if mark else "utf-8")


def csv_files(tables: Iterable[ExampleTable], language: HeaderLanguage) -> dict[str, bytes]:
    """A CSV file for each table, and ``columns.csv``, which explains the columns."""
    tables = list(tables)
    files = {
        f"{table.stem}.csv": _csv_bytes(
            [[column.header for column in table.columns], *table.rows], mark=language == "zh"
        )
        for table in tables
    }
    return {
        **files,
        "columns.csv": _csv_bytes([READ_ME_HEADER, *read_me_rows(tables, workbook=False)], mark=True),
    }


def _cell(column: FieldColumn, text: str) -> float | str:
    """Cell of a sheet: a number where that loses nothing of the text."""
    if column.column.kind == "number" and text:
        return float(text)
    return int(text) if text.isascii() and text.isdecimal() and str(int(text)) == text else text


def _comment(table: ExampleTable, column: FieldColumn) -> str:
    names = column_name(table.kind, column.name)
    need = REQUIRED if column.required else OPTIONAL
    unit = f" {column.unit}" if column.unit else ""
    lines = (column.name + unit, need, column.allowed, names.meaning_zh, names.meaning_en)
    return _plain("\n".join(lines))


def _rule(column: FieldColumn) -> dict[str, Any] | None:
    """Rule of Excel for the cells of a column; it warns and does not forbid."""
    if column.words:
        return {"validate": "list", "source": [*column.words.values()], "error_type": "warning"}
    limits = column.column
    if limits.kind != "number" or limits.unit == "degree" or column.name in {"x", "y"}:
        return None
    rule: dict[str, Any] = {"validate": "decimal", "error_type": "warning"}
    if limits.high == float("inf"):
        return {**rule, "criteria": ">=" if limits.low_allowed else ">", "value": limits.low}
    return {**rule, "criteria": "between", "minimum": limits.low, "maximum": limits.high}


def _add_table(workbook: Any, table: ExampleTable, formats: dict[bool, Any]) -> None:
    sheet = workbook.add_worksheet(table.sheet)
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, column.header, formats[column.required])
        sheet.write_comment(0, place, _comment(table, column), {"x_scale": 2.5, "y_scale": 1.5})
        for number, row in enumerate(table.rows, start=1):
            sheet.write(number, place, _cell(column, row[place]))
        rule = _rule(column)
        if rule is not None:
            sheet.data_validation(1, place, ROWS_WITH_RULES, place, rule)
        wide = sum(1 if sign.isascii() else 2 for sign in column.header)
        sheet.set_column(place, place, max(wide, 10) + 3)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.repeat_rows(0)


def _add_read_me(workbook: Any, tables: list[ExampleTable], formats: dict[bool, Any]) -> None:
    sheet = workbook.add_worksheet(READ_ME)
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    in_one_line = workbook.add_format()
    for number, note in enumerate(NOTES):
        sheet.write_string(number, 0, note, in_one_line)
    start = len(NOTES) + 1
    for place, (title, width) in enumerate(zip(READ_ME_HEADER, READ_ME_WIDTHS, strict=True)):
        sheet.write_string(start, place, title, formats[True])
        sheet.set_column(place, place, width, wrapped)
    for number, row in enumerate(read_me_rows(tables, workbook=True), start=start + 1):
        for place, text in enumerate(row):
            sheet.write_string(number, place, text)
    sheet.freeze_panes(start + 1, 2)


def workbook_bytes(tables: Iterable[ExampleTable]) -> bytes:
    """One workbook: the columns explained, then a sheet for each table; the same bytes each time."""
    tables = list(tables)
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True, **TEXT_STAYS_TEXT})
    workbook.set_properties({"created": FIXED_DAY})
    formats = {
        required: workbook.add_format({"bold": True, "bg_color": color, "bottom": 1})
        for required, color in ((True, "#A9CFA4"), (False, "#DDEBDA"))
    }
    _add_read_me(workbook, tables, formats)
    for table in tables:
        _add_table(workbook, table, formats)
    workbook.close()
    return out.getvalue()

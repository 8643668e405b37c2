"""The demo's stand by another methodology than its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from scripts.write_worked_examples import EXAMPLES, OURS

from .conftest import assert_page_is_current


@pytest.mark.parametrize("name", OURS)
def test_page_is_current(name, our_project_folder, monkeypatch):
    project = our_project_folder(name)
    assert_page_is_current(name, project, monkeypatch)
    if (EXAMPLES / name / "finance.yaml").is_file():
        assert_finance_is_current(name, project / "finance.xlsx")


def assert_finance_is_current(name: str, workbook: Path) -> None:
    """Every figure in the tables of a page must be that of the workbook which its command wrote."""
    book = CalamineWorkbook.from_path(workbook)
    project = dict(book.get_sheet_by_name("project").to_python()[1:])
    heading, *rows = book.get_sheet_by_name("scenarios of price").to_python()
    scenarios = {row[0]: dict(zip(heading, row, strict=True)) for row in rows}
    fields = _table(name, "field")
    assert fields
    assert {row["field"]: row["figure"] for row in fields} == {
        row["field"]: project[row["field"]] for row in fields
    }
    shown = _table(name, "scenario of price")
    assert {row["scenario of price"] for row in shown} == set(scenarios)
    for row in shown:
        label = row.pop("scenario of price")
        computed = {key: f"{scenarios[label][key]:,.0f}".replace("-", "−") for key in row}
        assert row == computed, label


def _table(name: str, first: str) -> list[dict[str, str]]:
    """Rows of the table of a page whose first column has a name."""
    text = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    (lines,) = re.findall(rf"^\| {first} \|.*\n\|[-:|]+\n((?:\|.*\n)+)", text, flags=re.MULTILINE)
    (heading,) = re.findall(rf"^(\| {first} \|.*)$", text, flags=re.MULTILINE)
    names = _cells(heading)
    return [dict(zip(names, _cells(line), strict=True)) for line in lines.splitlines()]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]

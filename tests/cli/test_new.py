"""``mrv new``: four forms of one project, each checked and run to the same figures."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from spoiled import bytes_of
from spoiled import mrv as mrv_command

import mrv.inputs
from mrv.inputs.columns import Column
from mrv.inputs.field_tables import FIELD_TABLES, field_columns
from mrv.reference.column_names import column_names

TEMPLATE = Path(mrv.__file__).parents[1] / "data" / "template"
FORMS = [("csv", "en"), ("csv", "zh"), ("xlsx", "en"), ("xlsx", "zh")]
TABLES = [
    "strata", "plots", "trees_2015", "trees_2025", "quadrats_2025", "soil_sections_2025", "soil_cores_2025",
]  # fmt: skip


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """The project in each form."""
    folder = tmp_path_factory.mktemp("projects")
    made = {}
    for form, headers in FORMS:
        made[form, headers] = folder / f"{form}-{headers}"
        result = mrv_new(made[form, headers], "--tables", form, "--headers", headers)
        assert result.exit_code == 0, result.output
    return made


def mrv_new(*arguments: str | Path) -> Any:
    return mrv_command("new", *arguments)


@pytest.fixture(scope="module")
def figures(projects, tmp_path_factory) -> dict[tuple[str, str], Any]:
    """Figures of each form, as ``results.json`` lists them."""
    folder = tmp_path_factory.mktemp("results")
    found = {}
    for form, project in projects.items():
        out = folder / "-".join(form)
        result = mrv_command("run", project, "-o", out)
        assert result.exit_code == 0, result.output
        found[form] = json.loads((out / "results.json").read_text(encoding="utf-8"))["figures"]
    return found


@pytest.mark.parametrize("form", FORMS, ids="-".join)
def test_each_form_passes_the_check_without_a_note(projects, form):
    result = mrv_command("check", projects[form])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "no errors. Surveys: 2, plots: 12, stems: 48, notes: 0." in result.stdout


def test_all_forms_run_to_the_same_figures(figures):
    assert {figure["quantity"] for figure in figures["csv", "en"]} >= {"net_removals", "soil_carbon_density"}
    assert all(figures[form] == figures["csv", "en"] for form in FORMS)


def test_english_csv_is_the_template_itself(projects):
    made, written = projects["csv", "en"], bytes_of(TEMPLATE)
    assert {name: digest for name, digest in bytes_of(made).items() if name != "columns.csv"} == written


def test_default_is_csv_in_the_language_of_the_command_line(projects, tmp_path):
    assert mrv_new(tmp_path / "en").exit_code == 0
    assert mrv_new(tmp_path / "zh", "--lang", "zh").exit_code == 0
    for headers in ("en", "zh"):
        assert bytes_of(tmp_path / headers) == bytes_of(projects["csv", headers])


@pytest.mark.parametrize("form", FORMS, ids="-".join)
def test_the_same_bytes_again(projects, tmp_path, form):
    tables, headers = form
    assert mrv_new(tmp_path / "again", "--tables", tables, "--headers", headers).exit_code == 0
    assert bytes_of(tmp_path / "again") == bytes_of(projects[form])


def test_excel_knows_chinese_csv_as_utf_8(projects):
    for path in projects["csv", "zh"].glob("*.csv"):
        assert path.read_bytes().startswith(b"\xef\xbb\xbf"), path.name
    assert not (projects["csv", "en"] / "plots.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def sheets(project: Path) -> Any:
    return openpyxl.load_workbook(project / "survey.xlsx")


def test_sheets_have_headers_with_units_and_words_of_the_language(projects):
    book = sheets(projects["xlsx", "zh"])
    assert book.sheetnames == [
        "说明 Read me",
        "碳层",
        "样地",
        "树木_2015",
        "树木_2025",
        "样方_2025",
        "土芯分段_2025",
        "土芯_2025",
    ]
    header, first, *_ = book["树木_2015"].iter_rows(values_only=True)
    assert header == ("样地号", "树号", "树种", "胸径（cm）", "树高（m）", "状态")
    assert first == ("S1", 1, "白骨壤", 7.3, 4.9, "活立木")
    english = sheets(projects["xlsx", "en"])
    assert english.sheetnames == ["说明 Read me", *TABLES]
    assert next(english["trees_2015"].iter_rows(values_only=True))[3] == "dbh_cm"


def test_every_header_says_what_it_is(projects):
    for form in (("xlsx", "en"), ("xlsx", "zh")):
        for sheet in sheets(projects[form]).worksheets[1:]:
            for cell in sheet[1]:
                assert cell.comment is not None, (sheet.title, cell.value)
                assert any(word in cell.comment.text for word in ("必填 required", "选填 optional"))


def explained(project: Path) -> list[tuple[Any, ...]]:
    """Rows below the header of the sheet that explains the columns."""
    rows = list(sheets(project)["说明 Read me"].iter_rows(values_only=True))
    start = next(number for number, row in enumerate(rows) if row[0] == "表 table")
    return rows[start + 1 :]


def test_the_read_me_sheet_has_every_column_of_the_tables(projects):
    kinds = ("strata", "plots", "trees", "quadrats", "soil_sections", "soil_cores")
    for headers in ("en", "zh"):
        rows = explained(projects["xlsx", headers])
        assert all(row[6] and row[7] for row in rows)
        assert sorted(row[2] for row in rows if row[2]) == sorted(
            name for kind in kinds for name in FIELD_TABLES[kind].columns
        )


def test_a_column_offered_in_a_comment_can_be_added(projects, tmp_path):
    """Decay classes, with the Chinese header that the project file holds ready."""
    folder = tmp_path / "project"
    assert mrv_new(folder, "--headers", "zh").exit_code == 0
    project, trees = folder / "mrv.yaml", folder / "trees_2025.csv"
    text = project.read_text(encoding="utf-8")
    assert text.count("# decay_class: 腐烂等级") == 2
    head, mark, tail = text.rpartition("# decay_class: 腐烂等级")
    text = head + mark.removeprefix("# ") + tail
    project.write_text(text.replace("unclassified: 0.5}", "1: 0.9, unclassified: 0.5}"), encoding="utf-8")
    header, *rows = trees.read_text(encoding="utf-8-sig").splitlines()
    rows = [row + (",1" if row.endswith("枯立木") else ",") for row in rows]
    trees.write_text("\n".join([header + ",腐烂等级", *rows]) + "\n", encoding="utf-8-sig")
    result = mrv_command("check", folder)
    assert result.exit_code == 0, result.output


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "kept.txt").write_text("kept", encoding="utf-8")
    result = mrv_new(tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_a_folder_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    result = mrv_new(tmp_path / "file" / "project")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize("existing", [False, True])
def test_nothing_stays_if_writing_fails(tmp_path, monkeypatch, existing):
    folder = tmp_path / "deep" / "project"
    if existing:
        folder.mkdir(parents=True)
    write: Callable[[Path, bytes], int] = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name == "trees_2015.csv":
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    result = mrv_new(folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No space left on device" in result.stderr
    assert sorted(tmp_path.rglob("*")) == ([tmp_path / "deep", folder] if existing else [])


def tables_of_the_readers() -> list[dict[str, Column]]:
    """Every set of columns that a module of the readers states for a table."""
    found: list[dict[str, Column]] = []
    for info in pkgutil.iter_modules(mrv.inputs.__path__, "mrv.inputs."):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if name.endswith("_COLUMNS") and not name.startswith("_") and isinstance(value, dict):
                columns = [column for column in value.values() if isinstance(column, Column)]
                if len(columns) == len(value) and not any(value is other for other in found):
                    found.append(value)
    return found


def test_every_table_and_column_is_named_and_nothing_else():
    readers = tables_of_the_readers()
    assert len(readers) > 5
    assert [
        id(table) for table in readers if not any(table is k.columns for k in FIELD_TABLES.values())
    ] == []
    columns = {name for kind in FIELD_TABLES.values() for name in kind.columns}
    names = column_names()
    general = {column for table, column in names if not table}
    own = {(table, column) for table, column in names if table and column}
    assert general == columns
    assert {table for table, column in names if not column} == set(FIELD_TABLES)
    assert all(column in FIELD_TABLES[table].columns for table, column in own)
    assert all(text.name_zh and text.meaning_zh and text.meaning_en for text in names.values())


@pytest.mark.parametrize("table", FIELD_TABLES)
def test_headers_of_a_table_differ_and_words_are_those_of_the_column(table):
    for language in ("en", "zh"):
        columns = field_columns(table, language, str)
        assert len({column.header for column in columns}) == len(columns)
        for column in columns:
            assert set(column.words) == set(column.column.choices)
            assert len(set(column.words.values())) == len(column.words)

"""What the reader of tables refuses, each rule once, and what it makes of sound tables."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest

from mrv.inputs.cells import cell_text, sheet_column

from .conftest import TREES, ProjectFolder

SOURCE = "surveys.0.trees.0"
FILTER = {"column": "status", "equals": "dead"}


def table(folder: ProjectFolder) -> pd.DataFrame:
    inputs, findings = folder.read()
    assert [str(finding) for finding in findings if finding.severity == "error"] == []
    return inputs.surveys[0].trees


# Files -------------------------------------------------------------------------------------------


def test_file_missing_with_suggestion(folder: ProjectFolder) -> None:
    folder.set(f"{SOURCE}.file", "tree.csv")
    finding = folder.only("file-missing")
    assert str(finding) == "tree.csv: there is no such file; did you mean trees.csv? [file-missing]"


def test_file_is_folder(folder: ProjectFolder) -> None:
    (folder.path / "sub.csv").mkdir()
    folder.set(f"{SOURCE}.file", "sub.csv")
    folder.only("file-is-folder")


def test_file_empty(folder: ProjectFolder) -> None:
    folder.write("trees.csv", "")
    folder.only("file-empty")


def test_file_of_another_kind(folder: ProjectFolder) -> None:
    folder.write("trees.doc", "x")
    folder.set(f"{SOURCE}.file", "trees.doc")
    folder.only("file-kind")


@pytest.mark.parametrize("name", ["trees.xlsx", "trees.gpkg"])
def test_file_that_is_not_what_its_name_says(folder: ProjectFolder, name: str) -> None:
    folder.write(name, TREES)
    folder.set(f"{SOURCE}.file", name)
    folder.only("file-kind")


def test_gb18030_read_as_utf_8(folder: ProjectFolder) -> None:
    text = TREES.replace("P1,2,Avicennia marina", "P1,2,白骨壤")
    folder.write("trees.csv", text, "gb18030")
    line = str(folder.only("encoding"))
    assert line.startswith("trees.csv:3: ")
    assert "it reads as GB18030; declare encoding: gb18030" in line
    folder.set(f"{SOURCE}.encoding", "gb18030")
    assert table(folder)["species"].to_list()[1] == "Avicennia marina"


def test_latin_1_read_as_utf_8(folder: ProjectFolder) -> None:
    folder.write("trees.csv", TREES + "P1,9,é\n", "latin-1")
    assert "latin-1" in str(folder.only("encoding"))


def test_byte_order_mark_is_no_part_of_the_header(folder: ProjectFolder) -> None:
    folder.write("trees.csv", "\ufeff" + TREES)
    assert len(table(folder)) == 5


@pytest.mark.parametrize(("sign", "name"), [(";", "';'"), ("\t", "'\\t'")])
def test_delimiter(folder: ProjectFolder, sign: str, name: str) -> None:
    folder.write("trees.csv", TREES.replace(",", sign))
    assert f"declare delimiter: {name}" in str(folder.only("delimiter"))
    folder.set(f"{SOURCE}.delimiter", sign)
    assert len(table(folder)) == 5


def test_unclosed_quote(folder: ProjectFolder) -> None:
    folder.replace("trees.csv", "P2,1,Kandelia", 'P2,1,"Kandelia')
    assert folder.only("csv-syntax").where == "trees.csv:4"


def test_row_width(folder: ProjectFolder) -> None:
    folder.replace("trees.csv", "P2,1,Kandelia obovata,9.1,4.4,live", "P2,1,Kandelia obovata,9.1,4.4")
    assert "row-width" in {finding.rule for finding in folder.findings()}
    folder.replace("trees.csv", "9.1,4.4\n", "9.1,4.4,live,,\n")
    assert folder.lines() == []


def test_header_row(folder: ProjectFolder) -> None:
    folder.write("trees.csv", "\n" + TREES)
    folder.only("header-missing")
    folder.set(f"{SOURCE}.header_row", 2)
    assert table(folder)["source"].to_list()[0] == "trees.csv:3"


def test_line_numbers_are_true_behind_quoted_line_breaks(folder: ProjectFolder) -> None:
    folder.replace("trees.csv", "Avicennia marina", '"Avicennia\n marina"')
    folder.replace("trees.csv", "9.1", "x")
    assert folder.only("not-a-number").where == "trees.csv:5:dbh_cm"


def test_blank_rows_are_passed_over(folder: ProjectFolder) -> None:
    folder.write("trees.csv", TREES.replace("P3,", "\n,,,,,\nP3,"))
    assert table(folder)["source"].to_list()[3] == "trees.csv:7"


# Columns ------------------------------------------------------------------------------------------


def test_column_missing_names_the_nearest(folder: ProjectFolder) -> None:
    folder.set(f"{SOURCE}.columns", {"dbh_cm": "DBH_cm"})
    finding = folder.only("column-missing")
    assert finding.where == "trees.csv:1"
    assert "did you mean 'dbh_cm'?" in str(finding)


def test_required_column_missing(folder: ProjectFolder) -> None:
    folder.write("trees.csv", TREES.replace("species", "taxon"))
    assert "no column 'species'; the header has plot_id" in str(folder.only("column-missing"))


def test_column_ambiguous(folder: ProjectFolder) -> None:
    folder.write("trees.csv", TREES.replace("height_m", "dbh_cm"))
    folder.only("column-ambiguous")


def test_girth_becomes_diameter(folder: ProjectFolder) -> None:
    folder.write("trees.csv", TREES.replace("dbh_cm", "girth_cm").replace("8.5", "31.41592653589793"))
    assert table(folder)["dbh_cm"].to_list()[0] == pytest.approx(10.0)


def test_girth_and_diameter_conflict(folder: ProjectFolder) -> None:
    folder.set(f"{SOURCE}.columns", {"girth_cm": "dbh_cm"})
    folder.only("column-conflict")


def test_null_means_not_read(folder: ProjectFolder) -> None:
    folder.set(f"{SOURCE}.columns", {"height_m": None})
    assert table(folder)["height_m"].isna().all()


def test_joined_columns_and_header_with_spaces(folder: ProjectFolder) -> None:
    folder.write("trees.csv", TREES.replace("plot_id,tree_id", "Site , Tree"))
    folder.set(f"{SOURCE}.columns", {"plot_id": "Site", "tree_id": ["Site", "Tree"]})
    assert table(folder)["tree_id"].to_list()[0] == "P1/1"


# Values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "rule", "words"),
    [
        ("8.5", "abc", "not-a-number", "trees.csv:2:dbh_cm: 'abc' is not a number"),
        ("9.1", '"9,1"', "not-a-number", "write the decimal comma as a point"),
        ("8.5", "NaN", "not-finite", "'NaN' is not a finite number"),
        ("8.5", "-inf", "not-finite", "'-inf' is not a finite number"),
        ("8.5", "1e999", "not-finite", "'1e999' is not a finite number"),
        ("8.5", "85", "value-range", ""),
        ("8.5", "0", "value-range", "0 is outside 0–150 cm, 0 excluded"),
        ("8.5", "-8.5", "value-range", "-8.5 is outside 0–150 cm"),
        ("4.2", "66", "value-range", "trees.csv:2:height_m: 66 is outside 0–65 m"),
        (",8.5,", ",,", "missing-value", "trees.csv:2:dbh_cm: no value; dbh_cm is required"),
        ("P1,1,Kandelia obovata", "P1,1,", "missing-value", "trees.csv:2:species"),
        ("dead", "ded", "code-unknown", "'ded' is not one of live, dead; declare codes for status"),
    ],
)
def test_cells(folder: ProjectFolder, old: str, new: str, rule: str, words: str) -> None:
    folder.replace("trees.csv", old, new)
    if not words:
        assert folder.lines() == []
        return
    assert words in str(folder.only(rule))


def test_range_with_the_hint_of_millimetres(folder: ProjectFolder) -> None:
    folder.replace("trees.csv", "8.5", "185")
    assert str(folder.only("value-range")) == (
        "trees.csv:2:dbh_cm: 185 is outside 0–150 cm, 0 excluded; 18.5 fits the table's other values "
        "(millimetres?) [value-range]"
    )


def test_range_in_the_declared_unit(folder: ProjectFolder) -> None:
    folder.set(f"{SOURCE}.units", {"dbh_cm": "m"})
    findings = folder.findings()
    assert {finding.rule for finding in findings} == {"value-range"}
    assert "8.5 m is outside 0–150 cm" in str(findings[0])


def test_units(folder: ProjectFolder) -> None:
    folder.write(
        "trees.csv",
        TREES.replace("8.5", "85").replace("12,5", "120,5").replace("9.1", "91").replace("7.7", "77"),
    )
    folder.set(f"{SOURCE}.units", {"dbh_cm": "mm"})
    folder.replace("trees.csv", "20.4", "204")
    np.testing.assert_allclose(table(folder)["dbh_cm"], [8.5, 12.0, 9.1, 7.7, 20.4])


@pytest.mark.parametrize(
    ("density", "sound"), [("0.1", True), ("1.5", True), ("0.09", False), ("1.6", False)]
)
def test_wood_density_range(folder: ProjectFolder, density: str, sound: bool) -> None:
    folder.set(f"{SOURCE}.constants.wood_density_g_cm3", density)
    if sound:
        assert table(folder)["wood_density_g_cm3"].eq(float(density)).all()
    else:
        assert folder.only("value-range").where.startswith("mrv.yaml:")


def test_missing_values_and_codes(folder: ProjectFolder) -> None:
    folder.write("trees.csv", TREES.replace("dead", "NA").replace("4.2", "-9999"))
    folder.set(f"{SOURCE}.missing", ["NA", -9999])
    folder.set(f"{SOURCE}.codes", {"status": {"": "dead"}})
    trees = table(folder)
    assert trees["status"].to_list() == ["live", "live", "live", "dead", "live"]
    assert math.isnan(trees["height_m"].iloc[0])


def test_code_unknown_gets_a_suggestion_and_is_told_once(folder: ProjectFolder) -> None:
    folder.write("trees.csv", TREES.replace("Kandelia obovata", "KO1"))
    folder.set(f"{SOURCE}.codes", {"species": {"KO": "Kandelia obovata"}})
    assert str(folder.only("code-unknown")) == (
        "trees.csv:2:species: 'KO1' is not in the code list of species (3 rows); did you mean 'KO'? "
        "[code-unknown]"
    )


def test_codes_rename_single_identifiers(folder: ProjectFolder) -> None:
    folder.write("trees.csv", TREES.replace("P4", "P-4"))
    folder.set(f"{SOURCE}.codes", {"plot_id": {"P-4": "P4"}})
    assert table(folder)["plot_id"].to_list() == ["P1", "P1", "P2", "P3", "P4"]


# Corrections and filters --------------------------------------------------------------------------


def correction(**changes: Any) -> dict[str, Any]:
    return {"row": 2, "column": "tree_id", "was": "1", "is": "1a", "reason": "tag misread", **changes}


def test_correction(folder: ProjectFolder) -> None:
    folder.set(f"{SOURCE}.corrections", [correction()])
    assert table(folder)["tree_id"].to_list()[0] == "1a"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"was": "7"}, "correction-mismatch"),
        ({"row": 70}, "correction-mismatch"),
        ({"column": "tree"}, "column-missing"),
    ],
)
def test_correction_that_does_not_fit(folder: ProjectFolder, changes: dict[str, Any], rule: str) -> None:
    folder.set(f"{SOURCE}.corrections", [correction(**changes)])
    folder.only(rule)


def test_row_filters_report_what_they_remove(folder: ProjectFolder) -> None:
    folder.set("surveys.0.treeless_plots", {"plots": ["P3"], "reason": "only dead trees"})
    folder.set(f"{SOURCE}.rows", [{"drop": FILTER, "reason": "dead trees are not counted"}])
    inputs, findings = folder.read()
    assert findings == []
    assert [(item.file, item.rows, item.reason) for item in inputs.exclusions] == [
        ("trees.csv", 1, "dead trees are not counted")
    ]
    assert inputs.surveys[0].treeless == {"P3"}


def test_row_filter_of_an_unknown_column(folder: ProjectFolder) -> None:
    folder.set(f"{SOURCE}.rows", [{"drop": {**FILTER, "column": "state"}, "reason": "x"}])
    assert "did you mean 'status'?" in str(folder.only("column-missing"))


def test_row_filter_without_effect_is_a_note(folder: ProjectFolder) -> None:
    folder.set(f"{SOURCE}.rows", [{"keep": {"column": "status", "is": "present"}, "reason": "x"}])
    assert folder.only("row-filter-without-effect").severity == "note"


def two_diameters(folder: ProjectFolder, *rows: str) -> None:
    """Live and dead diameters in columns of their own, read by two declarations."""
    folder.write("trees.csv", "\n".join(["plot_id,species,live,dead", *rows]) + "\n")
    folder.set(
        "surveys.0.trees",
        [
            {
                "file": "trees.csv",
                "columns": {"dbh_cm": status},
                "constants": {"pom": "breast_height", "status": status},
                "rows": [{"keep": {"column": status, "is": "present"}, "reason": f"{status} trees"}],
            }
            for status in ("live", "dead")
        ],
    )


ROWS = [f"P{number},Kandelia obovata,{10 + number}," for number in range(1, 5)]


def test_rows_unread_by_any_source_are_told(folder: ProjectFolder) -> None:
    two_diameters(folder, *ROWS, "P1,Kandelia obovata,,6", "P1,Kandelia obovata,,", "P2,Kandelia obovata,,")
    finding = folder.only("rows-unread")
    assert finding.severity == "note"
    assert str(finding).startswith("mrv.yaml:")
    assert "2 rows of trees.csv are kept by none of its tree tables; the first is row 7" in str(finding)


def test_rows_read_twice_with_different_diameters_are_told(folder: ProjectFolder) -> None:
    two_diameters(folder, *ROWS, "P1,Kandelia obovata,8,6", "P1,Kandelia obovata,,6")
    assert folder.only("rows-read-twice").severity == "note"


def test_rows_read_twice_with_the_same_diameter_are_an_error(folder: ProjectFolder) -> None:
    two_diameters(folder, *ROWS, "P1,Kandelia obovata,,6")
    folder.drop("surveys.0.trees.1.rows")
    folder.set("surveys.0.trees.1.columns.dbh_cm", "live")
    assert "rows-read-twice" in {f.rule for f in folder.findings() if f.severity == "error"}


def test_distinct_plots_of_a_tree_table(folder: ProjectFolder) -> None:
    folder.set("surveys.0.plots", {"file": "trees.csv", "constants": {"stratum_id": "low"}, "distinct": True})
    folder.set("strata.areas", [{"stratum_id": "low", "area_ha": 1, "source": "x"}])
    inputs, findings = folder.read()
    assert findings == []
    assert inputs.surveys[0].plots["plot_id"].to_list() == ["P1", "P2", "P3", "P4"]


# Workbooks and GeoPackages ------------------------------------------------------------------------


def workbook(folder: ProjectFolder, *sheets: str, diameter: Any = 8.5) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in sheets:
        sheet = book.create_sheet(name)
        sheet.append([])
        sheet.append(["plot_id", "tree_id", "species", "dbh_cm", "status"])
        for number in range(1, 5):
            sheet.append([f"P{number}", number, "Kandelia obovata", diameter, "live"])
    book.save(folder.path / "trees.xlsx")
    folder.set(f"{SOURCE}.file", "trees.xlsx")
    folder.set(f"{SOURCE}.header_row", 2)


def test_workbook(folder: ProjectFolder) -> None:
    workbook(folder, "Trees")
    trees = table(folder)
    assert trees["tree_id"].to_list() == ["1", "2", "3", "4"]
    assert trees["source"].to_list()[0] == "trees.xlsx:Trees!3"


def test_workbook_names_the_cell(folder: ProjectFolder) -> None:
    workbook(folder, "Trees", diameter="thick")
    assert folder.findings()[0].where == "trees.xlsx:Trees!D3"


def test_sheet_must_be_named_if_there_are_several(folder: ProjectFolder) -> None:
    workbook(folder, "Trees", "Notes")
    assert "one of Trees, Notes" in str(folder.only("sheet-unknown"))
    folder.set(f"{SOURCE}.sheet", "Tree")
    assert "it has Trees, Notes" in str(folder.only("sheet-unknown"))
    folder.set(f"{SOURCE}.sheet", "Trees")
    assert folder.lines() == []


def geopackage(folder: ProjectFolder, *layers: str) -> None:
    frame = pd.read_csv(folder.path / "trees.csv")
    for layer in layers:
        pyogrio.write_dataframe(frame, folder.path / "trees.gpkg", layer=layer)
    folder.set(f"{SOURCE}.file", "trees.gpkg")


def test_geopackage(folder: ProjectFolder) -> None:
    geopackage(folder, "trees")
    trees = table(folder)
    assert trees["source"].to_list()[0] == "trees.gpkg:trees:1"
    assert trees["tree_id"].to_list() == ["1", "2", "1", "1", "1"]


def test_layer_must_be_named_if_there_are_several(folder: ProjectFolder) -> None:
    geopackage(folder, "trees", "others")
    folder.only("layer-unknown")


@pytest.mark.parametrize(
    ("value", "text"),
    [(12.0, "12"), (12.5, "12.5"), (None, ""), (math.nan, ""), (True, "true"), (" x ", "x"), (7, "7")],
)
def test_cell_text(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_sheet_column() -> None:
    assert [sheet_column(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_nine_thousand_rows_take_well_under_two_seconds(folder: ProjectFolder) -> None:
    rows = [
        f"P{number % 4 + 1},{number},Kandelia obovata,{5 + number % 40},{3 + number % 9},live"
        for number in range(9060)
    ]
    folder.write("trees.csv", "\n".join([TREES.splitlines()[0], *rows]) + "\n")
    assert len(table(folder)) == 9060


def test_paths_are_relative_to_the_project_file(folder: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "survey").mkdir()
    (tmp_path / "trees.csv").rename(tmp_path / "survey" / "trees 2020.csv")
    folder.set(f"{SOURCE}.file", "survey/trees 2020.csv")
    assert table(folder)["source"].to_list()[0] == "survey/trees 2020.csv:2"

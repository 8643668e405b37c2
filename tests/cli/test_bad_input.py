"""What a user is told of tables and files that are not right: the place, the value, what was allowed.

Each case spoils one thing in a copy of the demo project and runs it. The fixture ``refused`` makes
sure of the rest: exit code 2, no traceback, older results untouched, nothing left behind.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from spoiled import (
    PLOTS,
    TREES_2010,
    TREES_2020,
    Spoil,
    Spoiled,
    Told,
    assert_told,
    case,
    to_geopackage,
    to_workbook,
    told,
)


def cell(name: str, line: int, column: str, value: str) -> Spoil:
    return lambda project: project.set_cell(name, line, column, value)


def rename_column(name: str, old: str, new: str) -> Spoil:
    def spoil(project: Spoiled) -> None:
        header, *rows = project.rows(name)
        project.write_rows(name, [[new if cell == old else cell for cell in header], *rows])

    return spoil


def keep_rows(name: str, kept: Callable[[list[str]], bool]) -> Spoil:
    def spoil(project: Spoiled) -> None:
        header, *rows = project.rows(name)
        project.write_rows(name, [header, *(row for row in rows if kept(row))])

    return spoil


def again(name: str, line: int) -> Spoil:
    def spoil(project: Spoiled) -> None:
        rows = project.rows(name)
        project.write_rows(name, [*rows, rows[line - 1]])

    return spoil


def in_millimetres(project: Spoiled) -> None:
    project.set_column(TREES_2020, "dbh_cm", lambda cell: f"{float(cell) * 10:g}")


def table_of_areas(value: str, column: str = "ha") -> Spoil:
    """Strata as a table of areas instead of polygons, with this area for the stratum in line 3."""

    def spoil(project: Spoiled) -> None:
        project.write("areas.csv", f"zone,{column}\nlandward,37.6\nmiddle,{value}\nfringe,29.8\n")
        project.leave_out("imagery", "model")
        text = project.text()
        before, after = text.index("boundary: {"), text.index("# One entry")
        table = "strata:\n  table: {file: areas.csv, columns: {stratum_id: zone, area_ha: ha}}\n"
        project.write("mrv.yaml", text[:before] + table + text[after:])

    return spoil


DBH = f"{TREES_2020}:41:dbh_cm"

TABLES = [
    case(
        rename_column(TREES_2020, "dbh_cm", "diameter"),
        told(f"{TREES_2020}:1", "column-missing", "'dbh_cm'", "the header has plot_id, tree_id"),
        id="missing-column",
    ),
    case(
        rename_column(TREES_2010, "胸径_cm", "胸径_厘米"),
        told(f"{TREES_2010}:1", "column-missing", "'胸径_cm' for dbh_cm; did you mean '胸径_厘米'?"),
        id="missing-mapped-column",
    ),
    case(
        rename_column(TREES_2020, "height_m", "dbh_cm"),
        told(f"{TREES_2020}:1", "column-ambiguous", "'dbh_cm' stands 2 times"),
        id="column-twice",
    ),
    case(
        cell(TREES_2020, 41, "dbh_cm", "512"),
        told(DBH, "value-range", "512 is outside 0–150 cm, 0 excluded"),
        id="one-diameter-in-millimetres",
    ),
    case(
        cell(TREES_2020, 41, "dbh_cm", "191"),
        told(DBH, "value-range", "191 is outside 0–150 cm", "19.1 fits the table's other values"),
        id="one-diameter-in-millimetres-that-fits",
    ),
    case(
        in_millimetres,
        told(f"{TREES_2020}:1:dbh_cm", "diameter-unit", "84 cm, above 60", "declare units: {dbh_cm: mm}"),
        told(f"{TREES_2020}:5:dbh_cm", "value-range", "170 and 305 more values", "0–150 cm"),
        id="a-table-in-millimetres",
    ),
    case(
        again(TREES_2020, 41),
        told(f"{TREES_2020}:1733:tree_id", "tree-duplicate", "'9' of plot 'SIM-L03'", f"{TREES_2020}:41"),
        id="duplicate-tree",
    ),
    case(
        again(PLOTS, 4),
        told(f"{PLOTS}:50:plot_id", "plot-duplicate", "'SIM-L03'", f"{PLOTS}:4:plot_id"),
        id="duplicate-plot-of-both-surveys",
    ),
    case(
        cell(TREES_2020, 88, "species", "Kandelia obvata"),
        told(f"{TREES_2020}:88:species", "species-unknown", "'Kandelia obvata'", "Kandelia obovata 秋茄?"),
        id="misspelt-species",
    ),
    case(
        cell(TREES_2020, 88, "species", "Quercus robur"),
        told(f"{TREES_2020}:88:species", "species-unknown", "'Quercus robur'", "accepted name, or 'unknown'"),
        id="species-of-no-mangrove",
    ),
    case(
        cell(TREES_2010, 88, "树种", "秋笳"),
        told(f"{TREES_2010}:88:树种", "code-unknown", "'秋笳'", "it has 秋茄, 桐花树"),
        id="species-not-in-the-code-list",
    ),
    case(
        keep_rows(TREES_2020, lambda row: row[0] != "SIM-M03"),
        told(f"{PLOTS}:18:plot_id", "plot-without-trees", "'SIM-M03'", TREES_2020, "treeless_plots"),
        id="plot-without-trees",
    ),
    case(
        cell(TREES_2020, 41, "plot_id", "SIM-X99"),
        told(f"{TREES_2020}:41:plot_id", "tree-without-plot", "'SIM-X99' is not in the table of plots"),
        id="tree-without-plot",
    ),
    case(
        keep_rows(PLOTS, lambda row: row[0] != "SIM-M03"),
        told("soil_cores_2010.csv:98:plot_id", "soil-plot-unknown", "'SIM-M03'"),
        told("soil_cores_2020.csv:122:plot_id", "soil-plot-unknown", "'SIM-M03'"),
        told(f"{TREES_2010}:507:样地号", "tree-without-plot", "'SIM-M03'", "(33 rows)"),
        told(f"{TREES_2020}:543:plot_id", "tree-without-plot", "'SIM-M03'", "(40 rows)"),
        id="trees-of-a-plot-that-is-gone",
    ),
    case(
        keep_rows(TREES_2020, lambda row: False),
        told("mrv.yaml:100:5: surveys[1].trees", "table-empty", "no trees", "treeless_plots"),
        id="no-trees-at-all",
    ),
    case(
        cell(TREES_2020, 41, "dbh_cm", "1.4"),
        told(DBH, "tree-outside-size-rule", "1.4 cm is below 2 cm"),
        id="outside-the-size-rule",
    ),
    case(
        cell(PLOTS, 5, "zone", "landwrd"),
        told(f"{PLOTS}:5:zone", "stratum-unknown", "'landwrd'", "did you mean 'landward'?"),
        id="unknown-stratum",
    ),
    case(
        cell(PLOTS, 5, "y_m", "2581456.9"),
        told(f"{PLOTS}:5:zone", "plot-outside-stratum", "'SIM-L04'", "outside stratum 'landward'"),
        id="plot-outside-its-stratum",
    ),
    case(
        lambda project: project.set_column(PLOTS, "x_m", lambda cell: f"38{cell}"),
        told(f"{PLOTS}:2:zone", "plot-outside-stratum", "all 48 plots", "reference_system"),
        id="coordinates-of-another-system",
    ),
    case(
        cell(TREES_2020, 41, "status", "alive"),
        told(f"{TREES_2020}:41:status", "code-unknown", "'alive' is not one of live, dead"),
        id="unknown-status",
    ),
    case(table_of_areas("0"), told("areas.csv:3:ha", "value-range", "0 is not above 0 ha"), id="zero-area"),
    case(
        table_of_areas("-51.6"),
        told("areas.csv:3:ha", "value-range", "-51.6 is not above 0 ha"),
        id="negative-area",
    ),
    case(table_of_areas("nan"), told("areas.csv:3:ha", "not-finite", "'nan'"), id="area-that-is-no-number"),
    *(
        case(cell(TREES_2020, 41, "dbh_cm", word), told(DBH, "not-finite", repr(word)), id=word)
        for word in ("nan", "NaN", "inf", "-inf", "Infinity", "1e999")
    ),
    case(
        cell(TREES_2020, 41, "height_m", "-inf"),
        told(f"{TREES_2020}:41:height_m", "not-finite", "'-inf' is not a finite number"),
        id="height-without-end",
    ),
    *(
        case(
            cell(TREES_2020, 41, "dbh_cm", word),
            told(DBH, "not-a-number", f"{word!r} is not a number", *words),
            id=f"text-{word}",
        )
        for word, *words in (("abc",), ("12 cm",), ("１２",), ("1_2",), ("12,5", "decimal comma"))
    ),
    case(
        cell(TREES_2020, 41, "dbh_cm", ""),
        told(DBH, "missing-value", "no value; dbh_cm is required"),
        id="empty-cell",
    ),
    case(
        cell(TREES_2020, 41, "dbh_cm", "-8.1"),
        told(DBH, "value-range", "-8.1 is outside 0–150 cm, 0 excluded"),
        id="negative-diameter",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), TABLES)
def test_a_fault_in_a_table(
    spoil: Spoil, expected: tuple[Told, ...], project: Spoiled, refused: Callable[[], list[str]]
) -> None:
    spoil(project)
    assert_told(refused(), *expected)


def recode(name: str, encoding: str) -> Spoil:
    return lambda project: project.write(name, project.text(name), encoding)


def folder_instead(name: str) -> Spoil:
    def spoil(project: Spoiled) -> None:
        (project.folder / name).unlink()
        (project.folder / name).mkdir()

    return spoil


def gone(name: str) -> Spoil:
    return lambda project: (project.folder / name).unlink()


FILES = [
    case(
        recode(TREES_2010, "gb18030"),
        told(f"{TREES_2010}:1", "encoding", "byte 0xD1 is not utf-8", "declare encoding: gb18030"),
        id="gb18030-read-as-utf-8",
    ),
    case(
        lambda project: project.replace("encoding: utf-8", "encoding: gb18030"),
        told(TREES_2010, "encoding", "begins with the mark of UTF-8", "gb18030"),
        id="utf-8-read-as-gb18030",
    ),
    case(
        recode(TREES_2020, "utf-16"),
        told(f"{TREES_2020}:1", "encoding", "0xFF", "UTF-16; save the file as UTF-8"),
        id="utf-16",
    ),
    *(
        case(lambda project, name=name: project.write(name, ""), told(name, "file-empty"), id=f"empty-{name}")
        for name in (PLOTS, TREES_2010, "strata.geojson", "boundary.geojson", "mrv.yaml")
    ),
    *(
        case(
            folder_instead(name),
            told(name, "file-is-folder", "is a folder; a", "file was expected"),
            id=f"folder-{name}",
        )
        for name in (PLOTS, TREES_2010, "strata.geojson", "mrv.yaml")
    ),
    *(
        case(gone(name), told(name, "file-missing", "there is no such file"), id=f"missing-{name}")
        for name in (PLOTS, TREES_2010, "strata.geojson")
    ),
    case(
        lambda project: project.replace("file: trees_2020.csv", "file: tree_2020.csv"),
        told("tree_2020.csv", "file-missing", "did you mean trees_2020.csv?"),
        id="misspelt-file",
    ),
    case(
        lambda project: project.write(TREES_2020, project.text(TREES_2020).replace(",", ";")),
        told(f"{TREES_2020}:1", "delimiter", "one single cell, 'plot_id;tree_id", "delimiter: ';'"),
        id="semicolons",
    ),
    case(
        lambda project: project.replace("SIM-L03,9,", '"SIM-L03,9,', TREES_2020),
        told(f"{TREES_2020}:41", "csv-syntax", "a quotation mark in this row is not closed"),
        id="open-quotation-mark",
    ),
    case(
        lambda project: project.replace(
            "Kandelia obovata,20.4,8.1,live,", "Kandelia obovata,20.4,8.1", TREES_2020
        ),
        told(f"{TREES_2020}:41", "row-width", "5 cells; the header has 7"),
        told(f"{TREES_2020}:41:status", "missing-value", "status is required"),
        id="short-row",
    ),
    case(
        lambda project: project.write("strata.geojson", "zone,ha\nlow,3\n"),
        told("strata.geojson", "file-kind", "a GeoPackage, GeoJSON or Shapefile was expected"),
        id="no-geometry",
    ),
    case(
        lambda project: project.replace("file: trees_2020.csv", "file: mrv.yaml"),
        told("mrv.yaml", "file-kind", "'.yaml' is no kind of table; allowed are .csv"),
        id="no-table",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), FILES)
def test_a_fault_of_a_file(
    spoil: Spoil, expected: tuple[Told, ...], project: Spoiled, refused: Callable[[], list[str]]
) -> None:
    spoil(project)
    assert_told(refused(), *expected)


def test_a_workbook_names_sheet_and_cell(project: Spoiled, refused: Callable[[], list[str]]) -> None:
    def spoil(book: dict[str, dict[str, object]]) -> None:
        book["trees_2020"]["D41"] = 512
        book["trees_2010"]["D7"] = "12 cm"
        book["plots"]["B5"] = None

    to_workbook(project, spoil)
    assert_told(
        refused(),
        told("book.xlsx:plots!B5", "missing-value", "stratum_id is required"),
        told("book.xlsx:trees_2010!D7", "not-a-number", "'12 cm'"),
        told("book.xlsx:trees_2020!D41", "value-range", "512 is outside 0–150 cm"),
    )


def test_a_sheet_that_is_not_there(project: Spoiled, refused: Callable[[], list[str]]) -> None:
    to_workbook(project)
    project.replace("sheet: trees_2020", "sheet: trees 2020")
    told_of_the_sheet = told("book.xlsx", "sheet-unknown", "'trees 2020'", "plots, trees_2010, trees_2020")
    assert_told(refused(), told_of_the_sheet)


def test_a_geopackage_names_layer_and_feature(project: Spoiled, refused: Callable[[], list[str]]) -> None:
    project.set_cell(TREES_2020, 41, "dbh_cm", "512")
    to_geopackage(project)
    assert_told(refused(), told("book.gpkg:trees_2020:40:dbh_cm", "value-range", "512 is outside 0–150"))


def test_places_do_not_depend_on_where_the_command_is_run(
    project: Spoiled, refused: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project.set_cell(TREES_2020, 41, "dbh_cm", "512")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert_told(refused(), told(DBH, "value-range"))

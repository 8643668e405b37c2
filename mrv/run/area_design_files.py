"""Files of a reference sample: its places, the sheet that interpreters fill in, and what was decided."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import xlsxwriter

from mrv.errors import UsageError
from mrv.provenance import environment, sha256_of_file
from mrv.run.area_design import ReferenceDesign
from mrv.run.class_raster import write_class_raster
from mrv.run.field_sheet import FIXED_DAY, TEXT_STAYS_TEXT
from mrv.run.outputs import whole_folder, write_csv, write_geopackage, write_json

REFERENCE_SCHEMA = "mrv-area-design/1"
LABEL_SHEET, HEADER_ROW = "labels", 2
LABELS_FILE = "labels.xlsx"

HEADERS = {
    "point_id": "点号",
    "longitude": "经度（度）",
    "latitude": "纬度（度）",
    "reference_class": "参考类别",
    "second_reference_class": "第二判读者的类别",
    "source": "依据（影像、日期、潮位）",
    "remarks": "备注",
}

NOTES = (
    "每个点判读一个类别，对象为点所在的像元（或地图单元）；第 2 行为程序读取的列名，请勿改动。",
    "Give each point one class, that of the pixel or map unit around it; leave row 2 as it is.",
    "判读时不要查看地图类别；点的顺序已打乱，看不出所属的层。",
    "Do not look at the map while labelling; the points are in an order that does not tell their stratum.",
    "所有点都要有类别；无法判读的点请另寻更好的影像或到实地核实，不得以别的点代替。",
    "Every point needs its class; find a better image or go there, never take another point instead.",
    "影像的日期和潮位应与地图一致。",
    "Date and tide of the image must go with those of the map.",
)


def _write_sheet(path: Path, points: pd.DataFrame, classes: tuple[str, ...]) -> None:
    workbook = xlsxwriter.Workbook(str(path), {"in_memory": True, **TEXT_STAYS_TEXT})
    workbook.set_properties({"created": FIXED_DAY})
    head = workbook.add_format({"bold": True, "bg_color": "#DDEBDA"})
    sheet = workbook.add_worksheet(LABEL_SHEET)
    for column, (english, chinese) in enumerate(HEADERS.items()):
        sheet.write_string(0, column, chinese, head)
        sheet.write_string(1, column, english, head)
        sheet.set_column(column, column, max(len(english), 2 * len(chinese)) + 2)
        if english in points:
            sheet.write_column(HEADER_ROW, column, points[english].tolist())
    sheet.freeze_panes(HEADER_ROW, 1)
    last = HEADER_ROW + len(points) - 1
    listed = workbook.add_worksheet("classes")
    listed.write_column(0, 0, list(classes))
    choice = {"validate": "list", "source": f"=classes!$A$1:$A${len(classes)}", "error_type": "stop"}
    for name in ("reference_class", "second_reference_class"):
        column = list(HEADERS).index(name)
        sheet.data_validation(HEADER_ROW, column, last, column, choice)
    notes = workbook.add_worksheet("说明 notes")
    notes.set_column(0, 0, 110)
    notes.write_column(0, 0, list(NOTES))
    workbook.close()


def reference_record(design: ReferenceDesign) -> dict[str, object]:
    """What was wanted, expected and drawn, as plain data."""
    declared = design.inputs.declared
    assert declared.design is not None
    strata = design.strata.assign(pixels=design.strata["pixels"].astype("Int64").astype(object))
    return {
        "schema": REFERENCE_SCHEMA,
        "id": declared.id,
        "simulated": declared.simulated,
        "seed": declared.seed,
        "wanted": declared.design.model_dump(mode="json"),
        "units_needed": design.needed,
        "expected_standard_error_of_overall_accuracy": design.expected_standard_error,
        "strata": [
            {name: None if value is pd.NA else value for name, value in row.items()}
            for row in strata.to_dict("records")
        ],
        "points": len(design.points),
    }


def declaration_lines(folder: str) -> list[str]:
    """Keys of the declaration that read the sample back once it is labelled; they replace map."""
    return [
        "map:",
        f"  table: {{file: {folder}/strata.csv}}",
        "reference:",
        "  design: stratified_random",
        f"  points: {{file: {folder}/points.csv}}",
        f"  labels: {{file: {folder}/{LABELS_FILE}, sheet: {LABEL_SHEET}, header_row: {HEADER_ROW}}}",
    ]


def write_reference(design: ReferenceDesign, out: Path) -> None:
    """Write a reference sample into a new or empty folder, whole or not at all.

    Raises
    ------
    UsageError
        If the folder holds anything: sheets that were filled in are never replaced.
    """
    if out.is_dir() and any(out.iterdir()):
        raise UsageError("{folder}: is not empty; name a new folder", folder=out)
    declared = design.inputs.declared
    with whole_folder(out) as folder:
        strata = design.strata.assign(pixels=design.strata["pixels"].astype("Int64"))
        if strata["pixels"].isna().all():
            strata = strata.drop(columns="pixels")
        write_csv(folder / "strata.csv", strata)
        write_csv(folder / "points.csv", pd.DataFrame(design.points.drop(columns="geometry")))
        # Interpreters see this layer: it must not tell what the map says.
        write_geopackage(
            folder / "points.gpkg", {"reference_points": design.points[["point_id", "geometry"]]}
        )
        _write_sheet(folder / LABELS_FILE, design.points, declared.classes)
        if design.index is not None:
            assert design.inputs.strata is not None
            assert design.inputs.strata.raster is not None
            grid = design.inputs.strata.raster.grid
            write_class_raster(folder / "strata.tif", design.index, grid, list(design.strata["stratum_id"]))
        hashes = {path.name: sha256_of_file(path) for path in sorted(folder.iterdir())}
        record = {
            **reference_record(design),
            "environment": environment(),
            "inputs": dict(design.inputs.files),
            "outputs": hashes,
        }
        write_json(folder / "design.json", record)

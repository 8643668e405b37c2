"""Files of a designed survey: places for a GIS and a receiver, sheets for the crew, and what was decided."""

from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd

from mrv.errors import UsageError
from mrv.provenance import environment, sha256_of_file
from mrv.run.design import Design
from mrv.run.field_sheet import HEADER_ROW, PLOTS, TREES, write_field_sheet
from mrv.run.outputs import whole_folder, write_geopackage, write_json

DESIGN_SCHEMA = "mrv-design/1"
DESIGN_FILE = "design.json"
FIELD_SHEET = "field_sheet.xlsx"

GPX = "http://www.topografix.com/GPX/1/1"


def gpx_text(plots: pd.DataFrame) -> bytes:
    """Centres of the plots as way points of a GPS receiver, in WGS 84.

    Parameters
    ----------
    plots : DataFrame
        ``plot_id``, ``stratum_id``, ``longitude``, ``latitude``. [degree]
    """
    root = ET.Element("gpx", {"xmlns": GPX, "version": "1.1", "creator": "mrv"})
    for plot in plots.itertuples():
        point = ET.SubElement(root, "wpt", {"lat": f"{plot.latitude:.7f}", "lon": f"{plot.longitude:.7f}"})
        ET.SubElement(point, "name").text = str(plot.plot_id)
        ET.SubElement(point, "desc").text = str(plot.stratum_id)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _subplot_lines(design: Design) -> list[str]:
    surveys = design.project.surveys
    if design.request.radius_m is None and surveys:
        return [
            "{" + f"id: {subplot.id}, radius_m: {subplot.radius_m:g}, dbh_min_cm: {subplot.dbh_min_cm:g}"
            f"{_upper(subplot.dbh_limit_cm)}" + "}"
            for subplot in surveys[-1].subplots
        ]
    return [f"{{id: main, radius_m: {design.radius_m:g}, dbh_min_cm: 5}}"]


def _upper(limit_cm: float) -> str:
    return "" if math.isinf(limit_cm) else f", dbh_max_cm: {limit_cm:g}"


def project_file_lines(design: Design, folder: str) -> list[str]:
    """What to put into the project file, so that the filled-in sheet is read back."""
    kind = "systematic" if design.request.draw == "systematic" else "stratified"
    return [
        "surveys:",
        "  - date: YYYY-MM-DD",
        f"    design: {{kind: {kind}}}",
        f"    plots: {{file: {folder}/{FIELD_SHEET}, sheet: {PLOTS}, header_row: {HEADER_ROW}}}",
        "    subplots:",
        *(f"      - {line}" for line in _subplot_lines(design)),
        "    trees:",
        f"      - {{file: {folder}/{FIELD_SHEET}, sheet: {TREES}, header_row: {HEADER_ROW}}}",
    ]


EDGE_NOTES = {
    "inside": ("样地须整体位于碳层内。", "Every plot lies wholly in its stratum."),
    "centre": (
        "样地中心位于碳层内；跨界样地只测碳层内部分并记录面积，或按镜像法补测。",
        "The centre lies in the stratum; of a plot that crosses the edge, measure the part inside and its "
        "area, or use the mirage method.",
    ),
}


def _notes(design: Design, folder: str) -> list[str]:
    pairs = [
        (
            "树木表每干一行；第二行为程序读取的列名，请勿改动。",
            "One row for each stem; the names in row 2 are read by the program, leave them as they are.",
        ),
        (
            "到不了的样地请如实记录原因，不得另选位置代替。",
            "If a plot cannot be reached, write down why; do not choose another place.",
        ),
        EDGE_NOTES[design.request.edge],
        ("在 mrv.yaml 中这样写：", "In mrv.yaml write:"),
    ]
    return [line for pair in pairs for line in pair] + project_file_lines(design, folder)


def design_record(design: Design) -> dict[str, object]:
    """What was wanted, assumed and drawn, as plain data."""
    request = design.request
    return {
        "schema": DESIGN_SCHEMA,
        "project": design.project.project.id,
        "seed": design.project.seed,
        "wanted": {
            "of": request.of,
            "relative_error": request.relative_error,
            "confidence_level": design.level,
            "allocation": request.allocation,
            "draw": request.draw,
            "edge": request.edge,
            "plot_radius_m": design.radius_m,
            "assumed_from": "pilot" if request.pilot else "stated",
        },
        "plots_needed": design.needed,
        "strata": design.strata.to_dict("records"),
        "expected": {
            "half_width": design.expected.half_width,
            "relative_error": design.expected_relative_error,
            "degrees_of_freedom": design.expected.degrees_of_freedom,
        },
        "plots": design.plots.drop(columns="geometry").to_dict("records"),
    }


def write_design(design: Design, out: Path) -> None:
    """Write a designed survey into a new or empty folder, whole or not at all.

    Raises
    ------
    UsageError
        If the folder holds anything: sheets that were filled in are never replaced.
    """
    if out.is_dir() and any(out.iterdir()):
        raise UsageError("{folder}: is not empty; name a new folder", folder=out)
    circles = gpd.GeoDataFrame(
        design.plots[["plot_id", "stratum_id"]], geometry=design.plots.geometry.buffer(design.radius_m)
    )
    with whole_folder(out) as folder:
        write_geopackage(folder / "plots.gpkg", {"plots": design.plots, "plot_areas": circles})
        (folder / "plots.gpx").write_bytes(gpx_text(design.plots))
        sheet = design.plots.drop(columns="geometry")
        write_field_sheet(folder / FIELD_SHEET, sheet, _notes(design, out.name))
        hashes = {path.name: sha256_of_file(path) for path in sorted(folder.iterdir())}
        record = {**design_record(design), "environment": environment(), "outputs": hashes}
        write_json(folder / DESIGN_FILE, record)

"""Plots and trees held against what is known of the site, and tables against their second entry."""

from __future__ import annotations

import csv
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import box
from small_project import (
    BANDS,
    NORTH,
    OFFSET,
    PIXELS,
    SCALE,
    SCENES,
    SYSTEM,
    WEST,
    rewritten,
    small_project,
    write,
)

from mrv.cli import main
from mrv.errors import InputError
from mrv.inputs import read_inputs
from mrv.quality.bare_ground import at_plots
from mrv.run.effects import Effect
from mrv.run.project_run import inspect_project, run_project

DIAMETER = 3


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    return small_project(tmp_path_factory.mktemp("small") / "project")


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "project"
    assert CliRunner().invoke(main, ["new", str(folder)]).exit_code == 0
    return folder


def copied(folder: Path, tmp_path: Path, more: str = "", change: tuple[str, str] | None = None) -> Path:
    """A copy of a project with something added to its project file."""
    target = tmp_path / "project"
    shutil.copytree(folder, target)
    text = (target / "mrv.yaml").read_text(encoding="utf-8")
    if change is not None:
        assert change[0] in text
        text = text.replace(*change)
    (target / "mrv.yaml").write_text(text + more, encoding="utf-8")
    return target


def told(project: Path, rule: str, *, effects: bool = False) -> list[tuple[str, str, Effect | None]]:
    """Place, text and effect of what a rule tells of a project."""
    checked = inspect_project(project, effects=effects)
    each = checked.effects.each if checked.effects else (None,) * len(checked.suspects)
    return [
        (suspect.finding.where, suspect.finding.text(), effect)
        for suspect, effect in zip(checked.suspects, each, strict=True)
        if suspect.finding.rule == rule
    ]


def refusal(project: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        inspect_project(project, effects=False)
    return [str(finding) for finding in caught.value.findings]


def square(east: float, north: float, reach: float, **columns: str) -> gpd.GeoDataFrame:
    """A square around a place, with columns."""
    shape = box(east - reach, north - reach, east + reach, north + reach)
    return gpd.GeoDataFrame({name: [text] for name, text in columns.items()}, geometry=[shape], crs=SYSTEM)


P00 = (WEST + 90, NORTH - 90)
P01 = (WEST + 160, NORTH - 90)


# Ground without mangrove


def test_plots_on_polygons_of_other_ground(small, tmp_path):
    listed = """
quality:
  not_mangrove:
    - {file: houses.gpkg, ground: a building, source: cadastre}
    - {file: ground.gpkg, class_column: kind, codes: {W: a pond}, source: map}
"""
    project = copied(small, tmp_path, listed)
    square(*P00, 5).to_file(project / "houses.gpkg")
    both = [square(*P01, 5, kind="W"), square(P00[0], P00[1], 5, kind="F")]
    gpd.GeoDataFrame(
        {"kind": [one["kind"].iloc[0] for one in both]},
        geometry=[one.geometry.iloc[0] for one in both],
        crs=SYSTEM,
    ).to_crs("EPSG:4326").to_file(project / "ground.gpkg")
    found = told(project, "plot-on-bare-ground", effects=True)
    assert [(where, text.split(": ")[0]) for where, text, _ in found] == [
        ("plots.csv:2", "1 of 16 plots lie on a building by houses.gpkg"),
        ("plots.csv:3", "1 of 16 plots lie on a pond by ground.gpkg"),
    ]
    # The mean of the others less the mean of all.
    stocks = inspect_project(small, effects=False).estimated.surveys[0].plots["total_t_c_ha"].to_numpy()
    assert found[0][2].change == pytest.approx(stocks[1:].mean() - stocks.mean())
    with pytest.raises(InputError, match="plot-on-bare-ground"):
        run_project(project, tmp_path / "out")


def test_plots_on_pixels_of_other_ground(small, tmp_path):
    listed = "\nquality: {not_mangrove: [{file: cover.tif, codes: {'80': water}, source: map}]}\n"
    project = copied(small, tmp_path, listed)
    cover = np.full((1, PIXELS, PIXELS), 10, dtype=np.uint8)
    cover[0, 9, 9] = 80
    write(project / "cover.tif", cover, ("class",), nodata=0)
    assert [(where, text.split(":")[0]) for where, text, _ in told(project, "plot-on-bare-ground")] == [
        ("plots.csv:2", "1 of 16 plots lie on water by cover.tif")
    ]


def test_plots_outside_the_mapped_mangroves_are_told(small, tmp_path):
    layer = (
        "    - {id: extent, kind: class_map, file: extent.tif, mangrove: [1], no_data: not_mangrove, "
        "source: map}\n"
    )
    project = copied(small, tmp_path, change=("  layers:\n", "  layers:\n" + layer))
    extent = np.ones((1, PIXELS, PIXELS), dtype=np.uint8)
    extent[0, 9, 9], extent[0, 9, 16] = 2, 0
    write(project / "extent.tif", extent, ("class",), nodata=0)
    found = told(project, "plot-off-mangrove")
    assert [(where, text) for where, text, _ in found] == [
        ("plots.csv:2", "1 of 16 plots lie on class 2 by extent.tif: rows 2"),
        ("plots.csv:3", "1 of 16 plots lie on no mangrove by extent.tif: rows 3"),
    ]


def test_plots_on_water_by_the_images(small, tmp_path):
    project = copied(small, tmp_path)
    green, swir1 = BANDS.index("green"), BANDS.index("swir1")

    def flooded(values: np.ndarray) -> np.ndarray:
        values[green, 9, 9], values[swir1, 9, 9] = 0.08 * SCALE + OFFSET, 0.02 * SCALE + OFFSET
        return values

    for scene in SCENES:
        rewritten(project / scene, flooded)
    found = told(project, "plot-off-mangrove")
    assert [(where, text) for where, text, _ in found] == [
        ("plots.csv:2", "1 of 16 plots lie on water by the MNDWI of the images: rows 2")
    ]
    assert told(small, "plot-off-mangrove") == []


def test_plots_read_together_show_what_each_shows_alone(demo: Path):
    """Every plot of the demo by its own pixel, and one plot beyond the images."""
    inputs, _ = read_inputs(demo)
    plots = inputs.surveys[0].plots
    plots = pd.concat([plots, plots[:1].assign(x_m=plots["x_m"] - 1e5)], ignore_index=True)
    series = replace(inputs.imagery.optical("2010-01-01"), indices=("mndwi",))
    grid = inputs.imagery.grid
    columns, rows = (~grid.affine * (plots["x_m"].to_numpy(), plots["y_m"].to_numpy()))[:2]
    alone = [
        series.block(grid[int(row) : int(row) + 1, int(column) : int(column) + 1])[0, 0, 0]
        for row, column in zip(rows[:-1], columns[:-1], strict=True)
    ]
    found = at_plots(series, grid, plots)
    np.testing.assert_array_equal(found[:-1], alone)
    assert np.isfinite(alone).any()
    assert np.isnan(found[-1])


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{file: none.gpkg, ground: water, source: map}", "none.gpkg: there is no such file [file-missing]"),
        (
            "{file: strata.geojson, ground: water, class_column: stratum_id, source: map}",
            "either ground, or class_column with codes, is required [bare-ground-keys]",
        ),
        (
            "{file: strata.geojson, class_column: kind, codes: {a: water}, source: map}",
            "strata.geojson: no column 'kind' for class_column; it has stratum_id [column-missing]",
        ),
        (
            "{file: strata.geojson, class_column: stratum_id, codes: {sea: water}, source: map}",
            "no polygon of strata.geojson has one of the texts sea in stratum_id [bare-ground-absent]",
        ),
        ("{file: height.tif, codes: {sea: water}, source: map}", "'sea' is no value of a pixel; a number"),
        ("{file: scene_1.tif, codes: {'1': water}, source: map}", "has 6 bands; a map of classes has one"),
    ],
)
def test_maps_of_other_ground_that_cannot_be_used(small, tmp_path, entry, expected):
    project = copied(small, tmp_path, f"\nquality: {{not_mangrove: [{entry}]}}\n")
    (line,) = refusal(project)
    assert expected in line


# Events


STORM = "\nquality: {{events: [{{date: {day}, kind: storm, {area}source: record}}]}}\n"


def test_a_storm_between_plots_and_images(small, tmp_path):
    more = STORM.format(day="2019-12-20", area="area: {file: storm.gpkg}, ")
    project = copied(small, tmp_path, more)
    square(*P00, 20).to_file(project / "storm.gpkg")
    ((where, text, effect),) = told(project, "event-between-plot-and-image", effects=True)
    assert where == "plots.csv:2"
    # Three scenes of December 10 to 12, before the storm; the survey and the heights stand for January 1.
    assert text == (
        "1 of 16 plots were measured after a storm of 2019-12-20, and 3 of 4 images of 2020-01-01 were taken "
        "before it: rows 2"
    )
    assert effect is not None
    assert effect.of.quantity == "biomass_density_predicted"
    assert math.isfinite(effect.change)
    assert effect.change != 0


def test_no_event_is_told_where_nothing_lies_between(small, tmp_path):
    project = copied(small, tmp_path, STORM.format(day="2019-12-01", area=""))
    assert told(project, "event-between-plot-and-image") == []


def test_a_storm_between_censuses(template, tmp_path):
    project = copied(template, tmp_path, STORM.format(day="2018-09-16", area=""))
    ((where, text, effect),) = told(project, "event-between-censuses", effects=True)
    assert where == "plots.csv:2"
    assert text.startswith("a storm of 2018-09-16 lies between the censuses of 6 of 6 plots, rows 2, 3, 4")
    assert effect is not None
    assert math.isnan(effect.change)
    copy = tmp_path / "after"
    shutil.copytree(template, copy)
    (copy / "mrv.yaml").write_text(
        (template / "mrv.yaml").read_text(encoding="utf-8") + STORM.format(day="2025-06-02", area=""),
        encoding="utf-8",
    )
    assert told(copy, "event-between-censuses") == []


def test_a_day_that_does_not_exist(template, tmp_path):
    (line,) = refusal(copied(template, tmp_path, STORM.format(day="2018-02-30", area="")))
    assert "2018-02-30 is not a day of the calendar" in line


def test_areas_of_events_need_a_reference_system(template, tmp_path):
    (line,) = refusal(
        copied(template, tmp_path, STORM.format(day="2018-02-03", area="area: {file: a.gpkg}, "))
    )
    assert "geometry requires reference_system" in line


# Species of the site


def test_species_that_do_not_grow_at_the_site(template, tmp_path):
    more = "\nquality: {species: {names: [白骨壤, Rhizophora stylosa], source: flora}}\n"
    project = copied(template, tmp_path, more)
    found = told(project, "species-not-of-site", effects=True)
    assert {text.split(" is not")[0] for _, text, _ in found} == {"Kandelia obovata"}
    assert all("it has Avicennia marina, Rhizophora stylosa" in text for _, text, _ in found)
    for where, text, effect in found:
        name, first = where.split(":")
        rows = list(csv.reader((project / name).read_text(encoding="utf-8-sig").splitlines()))
        own = [number for number, row in enumerate(rows, 1) if row[2] == "Kandelia obovata"]
        assert own[0] == int(first)
        assert f"({len(own)} stems" in text
        assert effect is not None


def test_a_near_name_is_suggested(template, tmp_path):
    more = (
        "\nquality: {species: {names: [Avicennia marina, Kandelia obovata, Avicennia alba], source: flora}}\n"
    )
    assert told(copied(template, tmp_path, more), "species-not-of-site") == []
    only = "\nquality: {species: {names: [Avicennia alba, Kandelia obovata], source: flora}}\n"
    found = told(copied(template, tmp_path / "only", only), "species-not-of-site")
    assert all(text.endswith("is it Avicennia alba?") for _, text, _ in found)
    assert found


def test_the_list_may_be_a_table(template, tmp_path):
    more = "\nquality: {species: {table: {file: flora.csv, columns: {species: 种}}, source: flora}}\n"
    project = copied(template, tmp_path, more)
    (project / "flora.csv").write_text("种\n秋茄\n白骨壤\n", encoding="utf-8")
    assert told(project, "species-not-of-site") == []


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("source: flora", "exactly one of names and table is required [site-species]"),
        (
            "names: [Avicenia marina], source: flora",
            "'Avicenia marina' is not on the list; did you mean Avicennia marina?",
        ),
        ("table: {file: flora.csv}, source: flora", "flora.csv: there is no such file"),
    ],
)
def test_lists_of_species_that_cannot_be_used(template, tmp_path, declared, expected):
    (line,) = refusal(copied(template, tmp_path, f"\nquality: {{species: {{{declared}}}}}\n"))
    assert expected in line


# Second entry


ENTRY = ("      - file: trees_2025.csv\n", "      - file: trees_2025.csv\n        second_entry: again.csv\n")


def typed_again(template: Path, tmp_path: Path) -> tuple[Path, list[list[str]]]:
    """A project whose last trees are typed twice, and the rows of the second entry, the header first."""
    project = copied(template, tmp_path, change=ENTRY)
    text = (project / "trees_2025.csv").read_text(encoding="utf-8-sig")
    return project, list(csv.reader(text.splitlines()))


def write_rows(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def test_entries_that_agree(template, tmp_path):
    project, rows = typed_again(template, tmp_path)
    rows[3][DIAMETER] = f"{float(rows[3][DIAMETER]):.3f}"
    write_rows(project / "again.csv", rows)
    assert told(project, "second-entry-differs") == []
    ((_, text, _),) = told(project, "second-entry-rate")
    assert text.startswith(
        f"0 of {(len(rows) - 1) * len(rows[0]):,} cells differ from the second entry again.csv"
    )


def test_cells_that_differ_are_named_though_a_row_was_skipped(template, tmp_path):
    project, rows = typed_again(template, tmp_path)
    was = rows[7][DIAMETER]
    rows[7][DIAMETER] = "21.0"
    skipped = rows.pop(2)
    write_rows(project / "again.csv", rows)
    ((where, text, _),) = told(project, "second-entry-differs")
    assert where == "trees_2025.csv:8:dbh_cm"
    assert text.startswith(f"'{was}' stands here, '21.0' at again.csv:7:dbh_cm of the second entry")
    ((where, _, _),) = told(project, "second-entry-row")
    assert where == "trees_2025.csv:3"
    assert skipped[0]
    ((_, text, effect),) = told(project, "second-entry-rate", effects=True)
    cells = (len(rows) - 1) * len(rows[0])
    assert text == (
        f"1 of {cells} cells differ from the second entry again.csv, {1000 / cells:.1f} in 1,000; rows in "
        "one of both only: 1"
    )
    # What is told is what a run with the second file gives.
    other = copied(template, tmp_path / "other", change=("trees_2025.csv", "again.csv"))
    shutil.copyfile(project / "again.csv", other / "again.csv")
    runs = [
        run_project(folder, tmp_path / name).figure("net_removals_t_co2e").value
        for folder, name in ((template, "first"), (other, "second"))
    ]
    assert effect is not None
    assert effect.change == pytest.approx(runs[1] - runs[0])
    with pytest.raises(InputError, match="second-entry-differs"):
        run_project(project, tmp_path / "out")


def test_a_corrected_cell_is_decided(template, tmp_path):
    project, rows = typed_again(template, tmp_path)
    was = rows[7][DIAMETER]
    rows[7][DIAMETER] = "21.0"
    write_rows(project / "again.csv", rows)
    text = (project / "mrv.yaml").read_text(encoding="utf-8")
    correction = (
        f"        corrections: [{{row: 8, column: dbh_cm, was: {was!r}, is: '21.0', reason: the sheet}}]\n"
    )
    (project / "mrv.yaml").write_text(text.replace(ENTRY[1], ENTRY[1] + correction), encoding="utf-8")
    assert told(project, "second-entry-differs") == []
    ((_, text, effect),) = told(project, "second-entry-rate", effects=True)
    assert text.startswith("1 of ")
    assert effect is not None
    assert effect.change == pytest.approx(0, abs=1e-9)


def test_a_mistake_of_the_sheet_is_corrected_in_both(template, tmp_path):
    project, rows = typed_again(template, tmp_path)
    was = rows[7][DIAMETER]
    write_rows(project / "again.csv", [*rows[:1], *rows[2:]])
    text = (project / "mrv.yaml").read_text(encoding="utf-8")
    correction = (
        f"        corrections: [{{row: 8, column: dbh_cm, was: {was!r}, is: '21.0', reason: measured}}]\n"
        "        quarantine: [{rows: [2], reason: tag lost}]\n"
    )
    (project / "mrv.yaml").write_text(text.replace(ENTRY[1], ENTRY[1] + correction), encoding="utf-8")
    ((_, _, effect),) = told(project, "second-entry-rate", effects=True)
    assert effect is not None
    assert effect.change == pytest.approx(0, abs=1e-9)


def test_second_entries_that_are_not_of_the_same_sheets(template, tmp_path):
    project, rows = typed_again(template, tmp_path)
    write_rows(project / "again.csv", [row[:-1] for row in rows])
    (line,) = refusal(project)
    assert "again.csv:1: has the columns" in line
    (project / "again.csv").unlink()
    (line,) = refusal(project)
    assert "again.csv: there is no such file" in line


# Effects of what is no row


def test_the_effect_of_a_batch_is_that_of_its_recovery(template, tmp_path):
    control = (
        "      control: {reference_materials: {file: crm.csv}, source: report}\n      # Biases that all cores"
    )
    project = copied(template, tmp_path, change=("      # Biases that all cores", control))
    (project / "crm.csv").write_text(
        "material_id,certified_carbon_fraction,measured_carbon_fraction\nA,0.02,0.022\nB,0.03,0.033\n",
        encoding="utf-8",
    )
    ((_, _, effect),) = told(project, "recovery-off", effects=True)
    assert effect is not None
    assert effect.change == pytest.approx(effect.of.value * (1 / 1.1 - 1))
    assert effect.how == "with the carbon of the batch over its recovery"


def test_check_tells_every_effect_or_why_there_is_none(template, tmp_path):
    control = "      control: {duplicates: {file: twice.csv}, source: report}\n      # Biases that all cores"
    project = copied(template, tmp_path, change=("      # Biases that all cores", control))
    (project / "twice.csv").write_text(
        "sample_id,organic_carbon_fraction,duplicate_carbon_fraction\nA,0.02,0.03\n", encoding="utf-8"
    )
    result = CliRunner().invoke(main, ["check", str(project), "--json"])
    document: dict[str, Any] = json.loads(result.stdout)
    suspects = {suspect.finding.rule for suspect in inspect_project(project, effects=False).suspects}
    told_of = [finding for finding in document["findings"] if finding["rule"] in suspects]
    assert {"duplicates-differ", "duplicates-few"} <= {finding["rule"] for finding in told_of}
    for finding in told_of:
        assert finding.get("effect") or finding.get("no_effect_because"), finding
    shown = CliRunner().invoke(main, ["check", str(project), "--lang", "zh"])
    assert "（不计影响：只说明误差掌握得如何，不改变任何数值）" in shown.stdout.replace("\n", "")

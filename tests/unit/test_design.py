"""A designed survey: enough plots, in their place, the same for a seed, and a sheet that is read back."""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely
from click.testing import CliRunner
from shapely.geometry import box

from mrv.cli import main
from mrv.errors import UsageError
from mrv.run.design import DesignRequest, design_survey
from mrv.run.design_files import GPX, project_file_lines, write_design
from mrv.run.project_run import run_project
from mrv.sampling.draw import balanced, smallest_distance_m, systematic
from mrv.sampling.frame import region, uniform_points
from mrv.sampling.pivotal import local_pivotal
from mrv.stock.unequal import hansen_hurwitz
from mrv.streams import Streams

CV = {"fringe": 0.5, "landward": 0.6, "middle": 0.4}
STREAMS = Streams(7, "a-project")


@pytest.fixture
def project(demo, tmp_path) -> Path:
    """The demo with polygons only: nothing has been measured yet."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("mrv.yaml", "boundary.geojson", "strata.geojson"):
        shutil.copy(demo / name, folder / name)
    return folder


def strata_of(folder: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(folder / "strata.geojson").to_crs(4547).set_index("zone")


@pytest.mark.parametrize("draw", ["balanced", "systematic"])
@pytest.mark.parametrize("edge", ["inside", "centre"])
def test_plots_lie_where_the_edge_rule_says(project, draw, edge):
    designed = design_survey(project, DesignRequest(0.15, cv=CV, draw=draw, edge=edge))
    polygons = strata_of(project).geometry
    for name, plots in designed.plots.groupby("stratum_id"):
        places = plots.geometry.buffer(designed.radius_m) if edge == "inside" else plots.geometry
        # Coordinates are rounded to a centimetre.
        assert places.within(polygons[name].buffer(0.01)).all()
    wanted = designed.strata.set_index("stratum_id")
    if draw == "balanced":
        assert designed.plots["stratum_id"].value_counts().to_dict() == wanted["plots_wanted"].to_dict()
        assert designed.expected_relative_error <= 0.15
    else:
        assert (wanted["plots_drawn"] - wanted["plots_wanted"]).abs().max() <= 6
    assert (wanted["area_left_out_share"] > 0).all() == (edge == "inside")
    assert (wanted["edge_share"] > 0).all()


def test_every_place_of_a_stratum_has_its_chance_unless_the_edge_is_left_out(project):
    """Of many draws, the outermost metres get their part by default, and nothing with ``inside``."""
    polygon = strata_of(project).geometry["fringe"]
    rim = polygon.difference(polygon.buffer(-7))
    streams = [Streams(seed, "edge") for seed in range(40)]
    found = {
        edge: np.mean(
            [
                shapely.contains_xy(rim, *balanced(region(polygon, 7, edge), 20, own, "fringe").T).mean()
                for own in streams
            ]
        )
        for edge in ("centre", "inside")
    }
    assert DesignRequest(0.1).edge == "centre"
    assert found["centre"] == pytest.approx(rim.area / polygon.area, rel=0.25)
    assert found["inside"] == 0


def test_a_pilot_drawn_with_unequal_chances_is_refused(project, tmp_path):
    pilot = tmp_path / "pilot"
    (pilot / "tables").mkdir(parents=True)
    (pilot / "run.json").write_text('{"schema": "mrv-run/1"}', encoding="utf-8")
    plots = (
        "date,stratum_id,cluster_id,plot_id,total_t_c_ha\n2020-01-01,fringe,,A,50\n2020-01-01,fringe,,B,60\n"
    )
    (pilot / "tables" / "plots.csv").write_text(plots, encoding="utf-8")
    figures = [{"method": hansen_hurwitz(np.array([0.1, 0.2]), np.array([1, 1])).method}]
    (pilot / "results.json").write_text(json.dumps({"figures": figures}), encoding="utf-8")
    with pytest.raises(UsageError, match="unequal chances"):
        design_survey(project, DesignRequest(0.1, "stock", pilot=pilot))


def test_the_same_seed_draws_the_same_plots_and_another_seed_others(project):
    request = DesignRequest(0.15, cv=CV)
    first, again = (design_survey(project, request).plots for _ in range(2))
    assert first.drop(columns="geometry").equals(again.drop(columns="geometry"))
    file = project / "mrv.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("seed: 20200101", "seed: 3"), encoding="utf-8")
    other = design_survey(project, request).plots
    assert not other["x"].equals(first["x"])


def test_another_stratum_moves_no_plot():
    squares = {name: box(0, 0, 400, 200) for name in ("a", "b")}
    alone = balanced(squares["a"], 8, STREAMS, "a")
    beside = {name: balanced(square, 8, STREAMS, name) for name, square in squares.items()}
    assert np.array_equal(alone, beside["a"])
    assert not np.array_equal(beside["a"], beside["b"])


def test_every_place_has_the_same_chance():
    """Four quarters of a square, 400 draws of 6 plots: each holds a quarter of them on average."""
    square = box(0, 0, 100, 100)
    for draw, plots, draws in ((balanced, 6, 100), (systematic, 9, 400)):
        points = np.concatenate([draw(square, plots, Streams(seed, "chances"), "s") for seed in range(draws)])
        counts = np.histogram2d(points[:, 0], points[:, 1], bins=2, range=[[0, 100], [0, 100]])[0]
        assert len(points) == pytest.approx(plots * draws, rel=0.1)
        assert (np.abs(counts / len(points) - 0.25) < 0.05).all()


def test_a_balanced_sample_is_spread_wider_than_a_random_one():
    square = box(0, 0, 1000, 1000)
    spread = [
        (
            smallest_distance_m(balanced(square, 20, Streams(seed, "spread"), "s")),
            smallest_distance_m(uniform_points(square, 20, Streams(seed, "spread"), "s", "random")),
        )
        for seed in range(20)
    ]
    ours, random = np.array(spread).mean(axis=0)
    assert ours > 2 * random


def test_the_local_pivotal_method_keeps_chances_and_sample_size():
    generator = np.random.default_rng(5)
    places = generator.uniform(size=(12, 2))
    chances = np.linspace(0.1, 0.9, 12)
    chances *= 6 / chances.sum()
    drawn = np.array([local_pivotal(places, chances, generator.uniform(size=(12, 2))) for _ in range(4000)])
    assert (drawn.sum(axis=1) == 6).all()
    assert drawn.mean(axis=0) == pytest.approx(chances, abs=0.03)


def test_a_strip_too_narrow_for_a_plot_has_no_inside():
    assert region(box(0, 0, 100, 10), 7, "inside").is_empty
    assert shapely.area(region(box(0, 0, 100, 10), 7, "centre")) == 1000


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (DesignRequest(0.1), "how variable the strata are is not known"),
        (DesignRequest(0.1, cv={"fringe": 0.5}), "--cv must name every stratum once"),
        (DesignRequest(0.1, cv=CV, means={"elsewhere": 3}), "--mean must name every stratum once"),
        (DesignRequest(0.1, cv=CV, radius_m=400, edge="inside"), "nowhere wide enough for a whole plot"),
        (DesignRequest(0.1, pilot=Path("nowhere")), "is no folder of results with plots"),
        (DesignRequest(0.9, cv=CV, draw="systematic"), "the grid meets it in"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(project, request_, problem):
    with pytest.raises(UsageError, match=re.escape(problem)):
        design_survey(project, request_)


def test_a_pilot_says_how_variable_the_strata_are(demo, project, tmp_path):
    run_project(demo, tmp_path / "pilot")
    change = design_survey(project, DesignRequest(0.10, "change", pilot=tmp_path / "pilot"))
    stock = design_survey(project, DesignRequest(0.10, "stock", pilot=tmp_path / "pilot"))
    # Change of carbon on 119 ha is 22.3 t C/ha; the 48 plots of the demo leave ± 14 % of it.
    assert change.mean == pytest.approx(22.3, abs=0.05)
    assert 48 < change.needed < 2.5 * 48
    assert stock.mean == pytest.approx(82.4, abs=0.1)
    assert change.expected_relative_error <= 0.10


def test_sheets_that_were_filled_in_are_never_replaced(project, tmp_path):
    designed = design_survey(project, DesignRequest(0.2, cv=CV))
    out = tmp_path / "design"
    write_design(designed, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(UsageError, match="is not empty"):
        write_design(designed, out)
    assert before == {path.name: path.read_bytes() for path in out.iterdir()}
    write_design(designed, tmp_path / "again")
    # The notes of the sheet name the folder; everything else is the same bytes.
    again = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()}
    assert {name for name in before if before[name] != again[name]} <= {"field_sheet.xlsx", "design.json"}


def test_files_of_a_design_agree(project, tmp_path):
    out = tmp_path / "design"
    designed = design_survey(project, DesignRequest(0.2, cv=CV))
    write_design(designed, out)
    layer = gpd.read_file(out / "plots.gpkg", layer="plots")
    areas = gpd.read_file(out / "plots.gpkg", layer="plot_areas")
    assert layer["plot_id"].tolist() == areas["plot_id"].tolist() == designed.plots["plot_id"].tolist()
    assert areas.area.to_numpy() == pytest.approx(np.pi * 49, rel=0.01)
    points = ET.parse(out / "plots.gpx").getroot().findall(f"{{{GPX}}}wpt")
    found = {point.findtext(f"{{{GPX}}}name"): (point.get("lon"), point.get("lat")) for point in points}
    degrees = layer.to_crs(4326).set_index("plot_id").geometry
    for name, (longitude, latitude) in found.items():
        assert (float(longitude), float(latitude)) == pytest.approx(
            (degrees[name].x, degrees[name].y), abs=2e-7
        )
    record = json.loads((out / "design.json").read_text(encoding="utf-8"))
    assert record["seed"] == 20200101 and len(record["plots"]) == len(layer)
    assert set(record["outputs"]) == {"plots.gpkg", "plots.gpx", "field_sheet.xlsx"}


def filled_in(sheet: Path, seed: int) -> None:
    """What a crew would write: four trees in each plot."""
    book = openpyxl.load_workbook(sheet)
    plots = [row[0].value for row in book["plots"].iter_rows(min_row=3) if row[0].value]
    trees = book["trees"]
    columns = {cell.value: cell.column for cell in trees[2]}
    generator, row = np.random.default_rng(seed), 3
    for plot in plots:
        for number in range(1, 5):
            values = {
                "plot_id": plot,
                "tree_id": number,
                "species": "Kandelia obovata",
                "dbh_cm": round(float(generator.uniform(5, 20)), 1),
                "status": "live",
                "pom": "breast_height",
            }
            for name, value in values.items():
                trees.cell(row, columns[name], value)
            row += 1
    book.save(sheet)


def test_the_sheet_is_read_back_when_it_is_filled_in(project, tmp_path):
    designed = design_survey(project, DesignRequest(0.2, "stock", cv=CV, radius_m=7.0))
    write_design(designed, project / "design")
    filled_in(project / "design" / "field_sheet.xlsx", 4)
    lines = "\n".join(project_file_lines(designed, "design")).replace("YYYY-MM-DD", "2026-10-01")
    text = (project / "mrv.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition("methodology: mangrove_protection")
    strata = rest[rest.index("reference_system:") : rest.index("# One entry for each date")]
    biomass = rest[rest.index("biomass:") : rest.index("  # Share of the above-ground")]
    fractions = rest[rest.index("parameters:") : rest.index("  buffer_share:")]
    seed = "seed: 1\n"
    (project / "mrv.yaml").write_text(
        "\n".join((head, strata, lines, biomass, fractions, seed)), encoding="utf-8"
    )
    results = run_project(project, tmp_path / "out")
    (density,) = (
        figure
        for figure in results.figures
        if figure.name == "biomass_density_t_dm_ha" and figure.index == {"pool": "agb", "date": "2026-10-01"}
    )
    assert density.value > 0 and density.units == len(designed.plots)
    assert density.interval is not None


def test_the_command_says_what_it_leaves_out_and_where_it_wrote(project, tmp_path):
    words = ["design", str(project), "-o", str(tmp_path / "out"), "--error", "0.2", "--for", "stock"]
    for name, value in CV.items():
        words += ["--cv", f"{name}={value}"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    for part in ("the chance of plots alone", "A sink is a change", "header_row: 2", "plots.gpx"):
        assert part in result.output
    bad = CliRunner().invoke(main, [*words[:4], "--error", "0.2", "--cv", "fringe"])
    assert bad.exit_code == 2 and "STRATUM=NUMBER" in bad.output


def test_the_golden_sample_size_is_what_the_command_designs_s09(golden, tmp_path):
    """Strata of 50, 30 and 20 ha; deviations of 40, 60 and 30 t/ha; ± 12 t/ha about a mean of 100 t/ha."""
    case = golden("S09")
    given, expected = case["inputs"], case["expected"]
    west, south = 500_000.0, 2_490_000.0
    names, starts = ["a", "b", "c"], np.cumsum([0.0, *given["w"]])
    rectangles = [
        box(west + 1000 * start, south, west + 1000 * (start + share), south + 1000)
        for start, share in zip(starts, given["w"], strict=False)
    ]
    layer = gpd.GeoDataFrame({"stratum_id": names}, geometry=rectangles, crs=4547)
    layer.to_file(tmp_path / "strata.gpkg", driver="GPKG")
    (tmp_path / "mrv.yaml").write_text(
        "schema: mrv-project/1\n"
        "project: {id: sample-size, name: {zh: 样地数, en: Sample size}}\n"
        "reference_system: EPSG:4547\n"
        "strata: {file: strata.gpkg}\n"
        "confidence_level: 0.9\n"
        "seed: 1\n",
        encoding="utf-8",
    )
    out = tmp_path / "design"
    of_strata = [
        argument
        for name, deviation in zip(names, given["s_Mg_ha"], strict=True)
        for argument in ("--cv", f"{name}={deviation / 100}")
    ]
    wanted = ["--error", str(given["E_Mg_ha"] / 100), "--for", "stock", "--radius", "3"]
    result = CliRunner().invoke(main, ["design", str(tmp_path), *wanted, *of_strata, "-o", str(out)])
    assert result.exit_code == 0, result.output
    record = json.loads((out / "design.json").read_text(encoding="utf-8"))
    assert record["plots_needed"] == pytest.approx(expected["n_iterated_t_df_n_minus_L"], rel=1e-6)
    plots = [stratum["plots_wanted"] for stratum in record["strata"]]
    assert plots == [
        math.ceil(expected["n_iterated_t_df_n_minus_L"] * share) for share in expected["alloc_fraction"]
    ]
    assert sum(plots) >= expected["n_iterated_ceil"]

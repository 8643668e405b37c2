"""Days outside the field campaign, areas of plots against their polygons, a second crew's measurements."""

from __future__ import annotations

import io
import math
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from mrv.errors import InputError
from mrv.inputs.days import day_of
from mrv.quality.days import outside_campaign
from mrv.quality.places import plot_area_mismatch
from mrv.quality.remeasurement import allowed_difference
from mrv.run.prepare import inspect
from mrv.run.project_run import inspect_project, run_project

SECOND = "  - date: 2020-01-01\n"


@pytest.fixture
def project(demo: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(demo, folder)
    return folder


def change(project: Path, old: str, new: str) -> None:
    path = project / "mrv.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def suspects(project: Path) -> dict[str, list]:
    found: dict[str, list] = {}
    for suspect in inspect(project).suspects:
        found.setdefault(suspect.finding.rule, []).append(suspect)
    return found


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2020-03-01", "2020-03-01"),
        ("2020/3/1", "2020-03-01"),
        ("2020年3月1日", "2020-03-01"),
        ("2020.12.31", "2020-12-31"),
        ("2021-02-29", None),
        ("1/3/2020", None),
        ("20200301", None),
    ],
)
def test_days(text, day):
    assert day_of(text) == day


def test_a_campaign_holds_its_last_day():
    days = pd.Series(["2020-03-01", "2020-04-01", None, "2020-02-28"], dtype="str")
    assert outside_campaign(days, "2020-03-01", "2020-03-31").tolist() == [False, True, False, True]


def dated(project: Path, day: str) -> None:
    """Give the trees of the second survey a day, the third row another one."""
    path = project / "trees_2020.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table["measured_on"] = "2019/12/20"
    table.loc[2, "measured_on"] = day
    table.to_csv(path, index=False)


def test_a_tree_outside_the_campaign_is_an_error(project):
    dated(project, "2018/12/20")
    (note,) = suspects(project)["day-far-from-survey"]
    assert note.finding.severity == "note"
    assert note.rows == ("trees_2020.csv:4",)
    change(
        project,
        SECOND,
        "  - date: 2020-01-01\n    field_days: {start: 2019-11-01, end: 2020-02-01}\n",
    )
    found = suspects(project)
    assert "day-far-from-survey" not in found
    (error,) = found["day-outside-campaign"]
    assert error.rows == ("trees_2020.csv:4",)
    assert error.finding.text().startswith(
        "measured on 2018-12-20, outside of the field campaign of 2019-11-01 to 2020-02-01 (1 in all"
    )
    with pytest.raises(InputError):
        run_project(project, project.parent / "out")


def test_a_day_that_is_none(project):
    dated(project, "20/12/2019")
    with pytest.raises(InputError, match="'20/12/2019' is not a day of the calendar"):
        inspect(project)


def test_a_campaign_that_ends_before_it_starts(project):
    change(
        project,
        SECOND,
        "  - date: 2020-01-01\n    field_days: {start: 2020-02-01, end: 2019-11-01}\n",
    )
    with pytest.raises(InputError, match="2019-11-01 is before the start 2020-02-01"):
        inspect(project)


def test_area_of_a_polygon():
    assert plot_area_mismatch(100.0, 106.0)
    assert not plot_area_mismatch(100.0, 104.0)


def test_a_plot_whose_polygon_has_another_area(project):
    """Circles of the largest subplot, one of them drawn with the diameter as its radius."""
    plots = pd.read_csv(project / "plots.csv")
    prepared = inspect(project)
    radius = max(subplot.radius_m for subplot in prepared.inputs.surveys[1].subplots)
    radii = np.full(len(plots), radius)
    radii[3] *= 2
    circles = shapely.buffer(shapely.points(plots["x_m"], plots["y_m"]), radii, quad_segs=64)
    layer = gpd.GeoDataFrame({"plot_id": plots["plot_id"]}, geometry=circles, crs="EPSG:4547")
    layer.to_crs(4326).to_file(project / "outlines.gpkg")
    change(project, SECOND, "  - date: 2020-01-01\n    plot_outlines: {file: outlines.gpkg}\n")
    (suspect,) = suspects(project)["plot-area-outline"]
    assert suspect.kind == "plots"
    assert (
        f"plot {plots['plot_id'][3]!r} is declared to have {math.pi * radius**2:,.1f} m2"
        in suspect.finding.text()
    )
    assert "400% of that" in suspect.finding.text()
    checked = inspect_project(project)
    effects = zip(checked.prepared.suspects, checked.effects.each, strict=True)
    (effect,) = [effect for suspect, effect in effects if suspect.finding.rule == "plot-area-outline"]
    assert effect.change != 0


def test_an_outline_of_no_plot(project):
    layer = gpd.GeoDataFrame(
        {"plot_id": ["SIM-X99"]}, geometry=[shapely.box(5e5, 2.49e6, 5e5 + 9, 2.49e6 + 9)], crs=4547
    )
    layer.to_file(project / "outlines.gpkg")
    change(project, SECOND, "  - date: 2020-01-01\n    plot_outlines: {file: outlines.gpkg}\n")
    with pytest.raises(InputError, match="'SIM-X99' is not in the table of plots"):
        inspect(project)


# A second crew


def measured_again(project: Path, shift_cm: float, plots: int) -> pd.DataFrame:
    """Stems of some plots, measured again with a shift and a scatter; one diameter grossly wrong."""
    text = (project / "trees_2020.csv").read_text(encoding="utf-8-sig")
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    table = table[table["status"].isin(["live", "活立木"])] if "status" in table else table
    chosen = list(dict.fromkeys(table["plot_id"]))[:plots]
    own = table[table["plot_id"].isin(chosen)].copy()
    scatter = np.random.default_rng(5).normal(0, 0.05, len(own))
    dbh = own["dbh_cm"].astype(float) + shift_cm + scatter
    dbh.iloc[7] += 3.0
    again = pd.DataFrame({"plot_id": own["plot_id"], "tree_id": own["tree_id"], "dbh_cm": dbh.round(2)})
    again.to_csv(project / "again.csv", index=False)
    change(
        project,
        SECOND,
        SECOND + "    remeasured: {trees: [{file: again.csv}], crew: Two colleagues without the sheets}\n",
    )
    return again


def test_allowed_differences():
    assert allowed_difference("dbh_cm", pd.Series([5.0, 10.0, 20.0])).tolist() == pytest.approx(
        [0.3, 0.3, 0.6]
    )
    assert allowed_difference("height_m", pd.Series([5.0])).tolist() == pytest.approx([0.5])


def test_a_second_crew_that_agrees(project, tmp_path):
    again = measured_again(project, 0.0, 6)
    results = run_project(project, tmp_path / "out")
    bias = results.figure("remeasurement_dbh_bias_cm", {"date": "2020-01-01"})
    assert bias.units == 6
    table = pd.read_csv(tmp_path / "out/tables/remeasurement.csv")
    assert len(table) == len(again)
    by_plot = table.groupby("plot_id")["difference_dbh_cm"].mean()
    assert bias.value == pytest.approx(by_plot.mean(), rel=1e-12)
    assert bias.standard_error == pytest.approx(by_plot.std() / math.sqrt(6), rel=1e-12)
    within = results.figure("remeasurement_dbh_within", {"date": "2020-01-01"})
    assert within.value == pytest.approx(1 - 1 / len(again))
    rules = {finding.rule for finding in results.findings}
    assert "remeasured-outside" in rules
    assert rules.isdisjoint({"remeasured-bias", "remeasured-few-plots"})


def test_a_biased_crew_and_too_few_plots(project):
    again = measured_again(project, 0.4, 3)
    found = suspects(project)
    (bias,) = found["remeasured-bias"]
    assert bias.finding.text().startswith("dbh_cm is 0.")
    assert "larger on average when measured again" in bias.finding.text()
    (few,) = found["remeasured-few-plots"]
    assert few.finding.text().startswith("3 of ")
    (outside,) = found["remeasured-outside"]
    assert outside.kind == "trees"
    assert len(outside.rows) > len(again) / 2


def test_stems_that_one_crew_missed(project):
    again = measured_again(project, 0.0, 6)
    again = pd.concat([again.iloc[1:], again.iloc[:1].assign(tree_id="9999")])
    again.to_csv(project / "again.csv", index=False)
    texts = sorted(suspect.finding.text() for suspect in suspects(project)["remeasured-stems"])
    assert texts[0].startswith("1 live stems of the plots measured again have no second measurement")
    assert texts[1].startswith("1 stems measured again are not in the tables of trees")

"""Areas that a reference sample corrects, in a project: their values, their errors, their hash."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from mrv.run.project_run import run_project
from mrv.run.results import Results

from .conftest import mrv

MAPPED_HA = {"fringe": 30.0, "landward": 24.0, "middle": 66.0, "other": 80.0}

CELLS = {
    "fringe": {"fringe": 62, "middle": 5, "other": 8},
    "landward": {"landward": 64, "middle": 7, "other": 4},
    "middle": {"fringe": 3, "landward": 2, "middle": 118, "other": 2},
    "other": {"fringe": 4, "landward": 3, "other": 143},
}
"""Reference units by map and reference class, made up."""

AREA_FILE = """\
schema: mrv-area/1
id: shenzhen-bay-demo
simulated: true
seed: 1
classes: [fringe, landward, middle, other]
map:
  source: made up
  areas:
{areas}
reference:
  design: stratified_random
  points: {{file: points.csv}}
"""

STRATA = """\
strata:
  {polygons}adjusted:
    file: areas/area.json
    classes: {{fringe: [fringe], landward: [landward], middle: [middle]}}
"""

POLYGONS = "file: strata.geojson\n  columns: {stratum_id: zone}\n  "


@pytest.fixture(scope="module")
def project(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo project beside a finished area estimate; not to be changed."""
    folder = tmp_path_factory.mktemp("adjusted") / "demo"
    shutil.copytree(demo, folder)
    areas = "\n".join(f"    - {{stratum_id: {name}, area_ha: {area}}}" for name, area in MAPPED_HA.items())
    (folder / "area.yaml").write_text(AREA_FILE.format(areas=areas))
    rows = [f"{m},{r},{count}" for m, row in CELLS.items() for r, count in row.items()]
    (folder / "points.csv").write_text("map_class,reference_class,count\n" + "\n".join(rows) + "\n")
    result = mrv("area", "estimate", folder, "-o", folder / "areas")
    assert result.exit_code == 0, result.output
    return folder


def with_strata(project: Path, folder: Path, polygons: str, *, left_out: bool = False) -> Path:
    """A copy of the project whose areas are the adjusted ones, and whose budget holds their errors or not."""
    shutil.copytree(project, folder)
    text = (folder / "mrv.yaml").read_text(encoding="utf-8")
    start, end = text.index("strata:\n"), text.index("# One entry for each date")
    text = text[:start] + STRATA.format(polygons=polygons) + "\n" + text[end:]
    start, end = text.index("imagery:\n"), text.index("biomass:\n")
    text = text[:start] + text[end:]  # images need polygons, and no figure here rests on them
    if not left_out:
        text = text.replace("  left_out:\n    area: The areas of the simulated strata are exact\n", "")
    text = text.replace("draws: 10000", "draws: 2000")
    (folder / "mrv.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ran(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    """Results with adjusted areas: their errors counted, and left out."""
    base = tmp_path_factory.mktemp("ran")
    found = {}
    for name, left_out in (("counted", False), ("left_out", True)):
        folder = with_strata(project, base / name, POLYGONS, left_out=left_out)
        found[name] = run_project(folder, base / f"{name}-out")
    document = json.loads((base / "counted-out/run.json").read_text())
    content = (project / "areas/area.json").read_bytes()
    assert document["inputs"]["areas/area.json"] == hashlib.sha256(content).hexdigest()
    return found


def total_width(results: Results, name: str) -> float:
    figure = results.figure(name)
    assert figure.total_interval is not None
    return figure.total_interval.half_width


def test_the_areas_of_the_run_are_the_adjusted_ones(ran, project):
    record = json.loads((project / "areas/area.json").read_text())
    adjusted = {entry["name"]: entry["area"]["value_ha"] for entry in record["classes"]}
    areas = {stratum.stratum_id: stratum.area_ha for stratum in ran["counted"].strata}
    assert areas == pytest.approx({name: adjusted[name] for name in areas})
    # 30 ha of mapped fringe: 24.8 of them are fringe, 1.6 of the middle and 2.1 of the rest are so too.
    expected = 30 * 62 / 75 + 66 * 3 / 125 + 80 * 4 / 150
    assert areas["fringe"] == pytest.approx(expected)


def test_errors_of_the_areas_move_the_total_interval_of_the_run(ran):
    counted, left_out = ran["counted"], ran["left_out"]
    for name in ("net_removals_t_co2e",):
        assert counted.figure(name).value == left_out.figure(name).value
        assert counted.figure(name).interval == left_out.figure(name).interval
        assert total_width(counted, name) > 1.005 * total_width(left_out, name)
    [area] = [c for c in counted.error_budget.components if c.component == "area"]
    assert area.state == "drawn" and area.share_of_net_removals_variance > 0.005


def test_negative_covariances_count(project):
    """Ground that one stratum loses another one gains: as if independent, the error of the sum is larger."""
    record = json.loads((project / "areas/area.json").read_text())
    names = ("fringe", "landward", "middle")
    covariance = {a: {b: record["covariance_ha2"][a][b] for b in names} for a in names}
    assert covariance["fringe"]["middle"] < 0
    of_sum = sum(covariance[a][b] for a in names for b in names)
    assert of_sum < sum(covariance[a][a] for a in names)


def test_keys_with_numbers_say_the_same_as_the_file(project, tmp_path):
    """project-keys.yaml holds areas and covariance in the form that the project file takes."""
    keys = YAML(typ="safe").load((project / "areas/project-keys.yaml").read_text())
    record = json.loads((project / "areas/area.json").read_text())
    assert keys["uncertainty"]["areas"]["covariance_ha2"] == record["covariance_ha2"]
    folder = with_strata(project, tmp_path / "stated", "")
    text = (folder / "mrv.yaml").read_text(encoding="utf-8")
    adjusted = run_project(folder, tmp_path / "file-out")
    names = ["fringe", "landward", "middle"]
    areas = "".join(
        f"    - {{stratum_id: {a['stratum_id']}, area_ha: {a['area_ha']!r}, source: x}}\n"
        for a in keys["strata"]["areas"]
        if a["stratum_id"] in names
    )
    rows = "".join(
        "      " + a + ": {" + ", ".join(f"{b}: {record['covariance_ha2'][a][b]!r}" for b in names) + "}\n"
        for a in names
    )
    text = text.replace(STRATA.format(polygons=""), f"strata:\n  areas:\n{areas}")
    text = text.replace(
        "  draws: 2000\n", f"  draws: 2000\n  areas:\n    source: x\n    covariance_ha2:\n{rows}"
    )
    (folder / "mrv.yaml").write_text(text, encoding="utf-8")
    stated = run_project(folder, tmp_path / "stated-out")
    one, other = adjusted.figure("net_removals_t_co2e"), stated.figure("net_removals_t_co2e")
    assert one.total_interval == other.total_interval and one.value == other.value


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("middle: [middle]", "middle: [midle]", "'midle' is not one of fringe, landward, middle, other"),
        ("middle: [middle]", "middle: [fringe]", "'fringe' belongs to 'fringe' already; ground counts once"),
        (", middle: [middle]", "", "must name every stratum of the polygons once: fringe, landward, middle"),
        ("areas/area.json", "areas/run.json", "is no result of mrv area estimate with areas"),
        ("areas/area.json", "areas/area.jsn", "there is no such file; did you mean area.json?"),
        (
            "simulated: true",
            "simulated: false",
            "is of simulated data; the project is not declared as simulated",
        ),
        (
            "  draws: 2000\n",
            "  draws: 2000\n  areas: {source: x, covariance_ha2: {fringe: {fringe: 1}}}\n",
            "the covariance of the areas is that of areas/area.json; leave this key out",
        ),
    ],
)
def test_what_does_not_fit_is_refused(project, tmp_path, old, new, said):
    folder = with_strata(project, tmp_path / "spoiled", POLYGONS)
    text = (folder / "mrv.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "mrv.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    result = mrv("check", folder)
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.stderr.split())

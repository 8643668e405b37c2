"""Carbon from two maps of classes: a published test of another tool, and what is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import rasterio

from .conftest import mrv, write_raster

DECLARATION = """\
schema: mrv-carbon/1
id: two-maps
simulated: true
before: {file: 2000.tif, date: 2000-01-01}
after: {file: 2010.tif, date: 2010-01-01}
until: 2020-01-01
codes: {1: mangrove, 2: parking lot}
classes:
  mangrove:
    pools:
      biomass: {stock_t_c_ha: 64, gain_t_c_ha_yr: 2}
      soil: {stock_t_c_ha: 313, gain_t_c_ha_yr: 5.35}
    source: test of natcap/invest
  parking lot: {holds_no_carbon: true, source: test of natcap/invest}
changes:
  - before: mangrove
    after: parking lot
    pools:
      biomass: {disturbed_share: 1, half_life_years: 15}
      soil: {disturbed_share: 0.66, half_life_years: 7.5}
    source: test of natcap/invest
waivers:
  - {rule: plausibility-removal-soft, reason: gains of a published test}
"""

FIRST = np.array([[1, 2, 1], [2, 0, 1]], dtype=np.uint8)
SECOND = np.array([[2, 1, 1], [2, 1, 0]], dtype=np.uint8)


@pytest.fixture
def maps(tmp_path: Path) -> Path:
    """Two maps of six pixels of 20 m; 0 is no data."""
    write_raster(tmp_path / "2000.tif", FIRST, nodata=0)
    write_raster(tmp_path / "2010.tif", SECOND, nodata=0)
    return tmp_path


def declared(folder: Path, text: str = DECLARATION) -> Path:
    file = folder / "carbon.yaml"
    file.write_text(text.replace("codes:", "missing: outside\ncodes:"), encoding="utf-8")
    return file


def image(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read(1)


def test_two_pixels_of_invest(maps, shared):
    """Ten years are 3,653 or 3,652 days here, so 1e-3 is asked for and not 1e-6."""
    cases = json.loads((shared / "reference/small/small_cases.json").read_text(encoding="utf-8"))
    published = next(case for case in cases if case["id"] == "InVEST-CBC-raster")["expected"]
    result = mrv("extent", "carbon", declared(maps), "-o", maps / "out")
    assert result.exit_code == 0, result.output
    change = image(maps / "out/change.tif")
    before, after = published["2000-2010"], published["2010-2020"]
    # Litter gained 1 t C/ha/yr there and is no pool here.
    assert change[0, 0] == pytest.approx(before[0] - 10 + after[0], rel=1e-3)
    assert change[0, 1] == pytest.approx(before[1] + after[1], rel=1e-3)
    assert change[0, 2] == pytest.approx(2 * 73.5, rel=1e-3)
    assert change[1, 0] == 0
    assert np.isnan(change[1, 1:]).all()
    assert image(maps / "out/released.tif")[0, 0] == pytest.approx(-after[0], rel=1e-3)
    assert image(maps / "out/stock_first.tif")[0, :2].tolist() == [377, 0]


def test_tables_add_up_and_carry_the_trail(maps):
    assert mrv("extent", "carbon", declared(maps), "-o", maps / "out").exit_code == 0
    record = json.loads((maps / "out/carbon.json").read_text(encoding="utf-8"))
    rows = record["transitions"]
    assert {(row["class_before"], row["class_after"]) for row in rows} == {
        ("mangrove", "parking lot"),
        ("parking lot", "mangrove"),
        ("mangrove", "mangrove"),
        ("parking lot", "parking lot"),
    }
    after = math.fsum(row["removals_after_change_t_co2e"] for row in rows)
    assert record["removals_after_change_t_co2e"] == pytest.approx(after, rel=1e-12)
    assert math.fsum(year["removals_t_co2e"] for year in record["years"]) == pytest.approx(after, rel=1e-12)
    assert [record["years"][0]["from"], record["years"][-1]["to"]] == ["2010-01-01", "2020-01-01"]
    assert len(record["years"]) == 10
    by_hand = math.fsum(
        row["area_ha"] * (row["final_t_c_ha"] - row["initial_t_c_ha"]) * 44 / 12 for row in rows
    )
    until = record["removals_until_change_t_co2e"]
    assert until + after == pytest.approx(by_hand, rel=1e-12)
    assert record["steps"]["released_carbon"]["clause"] == "change 3"
    assert record["standard_error_t_co2e"] is None
    assert record["conformance"] == "own_statement"


def test_the_same_bytes_twice_and_older_results_replaced(maps):
    file, out = declared(maps), maps / "out"
    assert mrv("extent", "carbon", file, "-o", out).exit_code == 0
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert mrv("extent", "carbon", file, "-o", out).exit_code == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_dead_wood_and_litter_by_default(maps):
    """100 t of trees in the wet tropics: 100 · 0.06 · 0.47 = 2.82 and 100 · 0.01 · 0.37 = 0.37 t C/ha."""
    text = DECLARATION.replace(
        "    source: test of natcap/invest\n  parking",
        "    default_dead_matter: {tree_biomass_t_dm_ha: 100, climate: tropical_wet}\n"
        "    source: test of natcap/invest\n  parking",
        1,
    ).replace(
        "half_life_years: 7.5}\n",
        "half_life_years: 7.5}\n"
        "      dead_wood: {disturbed_share: 1, half_life_years: 0}\n"
        "      litter: {disturbed_share: 1, half_life_years: 0}\n",
    )
    result = mrv("extent", "carbon", declared(maps, text), "-o", maps / "out")
    assert result.exit_code == 0, result.output
    record = json.loads((maps / "out/carbon.json").read_text(encoding="utf-8"))
    lost = {
        row["pool"]: row
        for row in record["transitions"]
        if (row["class_before"], row["class_after"]) == ("mangrove", "parking lot")
    }
    assert lost["dead_wood"]["initial_t_c_ha"] == pytest.approx(2.82, rel=1e-12)
    assert lost["litter"]["initial_t_c_ha"] == pytest.approx(0.37, rel=1e-12)
    # All at once: nothing is left of it.
    assert lost["dead_wood"]["final_t_c_ha"] == 0
    assert record["steps"]["dead_wood_stock"]["clause"] == "AR-TOOL12"
    assert image(maps / "out/stock_first.tif")[0, 0] == pytest.approx(377 + 2.82 + 0.37, rel=1e-6)


@pytest.mark.parametrize(
    ("was", "instead", "told"),
    [
        ("2: parking lot}", "2: parking lot, 3: pond}", "[carbon-class-missing]"),
        ("  parking lot: {holds", "  lot: {holds", "[carbon-class-unknown]"),
        ("holds_no_carbon: true", "holds_no_carbon: false", "[carbon-class-pools]"),
        (
            "parking lot: {holds_no_carbon: true,",
            "parking lot: {pools: {soil: {stock_t_c_ha: 1, gain_t_c_ha_yr: 0}},",
            "parking lot has no biomass, which other classes have; no carbon in a pool is stated as zero",
        ),
        (
            "      soil: {disturbed_share: 0.66, half_life_years: 7.5}\n",
            "",
            "has biomass; mangrove holds biomass, soil  [carbon-change-pools]",
        ),
        ("    after: parking lot", "    after: mangrove", "[carbon-change-twice]"),
        ("until: 2020-01-01", "until: 2010-01-01", "[carbon-dates]"),
        (
            DECLARATION[DECLARATION.index("changes:") : DECLARATION.index("waivers:")],
            "",
            "1 pixels change from mangrove to parking lot, and nothing says what that releases",
        ),
        ("  - {rule: plausibility-removal-soft", "  - {rule: another", "[plausibility-removal-soft]"),
        ("gain_t_c_ha_yr: 5.35", "gain_t_c_ha_yr: 13", "[plausibility-removal-hard]"),
        ("disturbed_share: 0.66", "disturbed_share: 66", "66"),
    ],
)
def test_what_is_missing_or_implausible_is_refused(maps, was, instead, told):
    assert was in DECLARATION
    result = mrv("extent", "carbon", declared(maps, DECLARATION.replace(was, instead)), "-o", maps / "out")
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (maps / "out").exists()


@pytest.mark.parametrize(
    ("dead", "told"),
    [
        (
            ["      litter: {stock_t_c_ha: 1, gain_t_c_ha_yr: 0}\n", "tropical_wet", "tropical_wet"],
            "[carbon-dead-matter-twice]",
        ),
        (["", "tropical_wet", "tropical_dry"], "[carbon-climates]"),
    ],
)
def test_dead_matter_is_told_once_and_for_one_climate(maps, dead, told):
    stated, first, second = dead
    default = "    default_dead_matter: {{tree_biomass_t_dm_ha: 100, climate: {}}}\n    source:"
    text = DECLARATION.replace("5.35}\n    source:", "5.35}\n" + stated + default.format(first), 1).replace(
        "{holds_no_carbon: true, source: test of natcap/invest}", "\n" + default.format(second) + " x"
    )
    result = mrv("extent", "carbon", declared(maps, text), "-o", maps / "out")
    assert told in result.stderr, result.stderr


def test_maps_that_do_not_meet_are_refused(maps):
    write_raster(maps / "2010.tif", np.zeros_like(SECOND), nodata=0)
    result = mrv("extent", "carbon", declared(maps), "-o", maps / "out")
    assert "[carbon-nothing]" in result.stderr
    write_raster(maps / "2010.tif", SECOND[:, :2], nodata=0)
    result = mrv("extent", "carbon", declared(maps), "-o", maps / "out")
    assert "lies on another grid than 2000.tif: 2 x 2" in result.stderr
    result = mrv("extent", "carbon", maps / "nowhere", "-o", maps / "out")
    assert "[carbon-file-missing]" in result.stderr


def test_too_many_classes_are_refused(maps):
    names = {number: f"class {number}" for number in range(3, 17)}
    codes = "".join(f", {number}: {name}" for number, name in names.items())
    classes = "".join(f"  {name}: {{holds_no_carbon: true, source: none}}\n" for name in names.values())
    text = DECLARATION.replace("parking lot}", "parking lot" + codes + "}", 1).replace(
        "changes:", classes + "changes:"
    )
    result = mrv("extent", "carbon", declared(maps, text), "-o", maps / "out")
    assert "16 classes; at most 15 are compared  [carbon-classes]" in result.stderr

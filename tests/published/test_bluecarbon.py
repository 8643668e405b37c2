"""The R package BlueCarbon on its own 78 cores: where our rules equal its own, and where it makes mass."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mrv.soil.compaction import compaction, decompact
from mrv.soil.stocks import (
    carbon_density,
    core_stock,
    extrapolated_stock,
    half_gap_bounds,
    half_gap_stock,
    section_stocks,
)

PAGE = Path(__file__).resolve().parents[2] / "docs/explanation/soil.md"
T_HA_PER_G_CM2 = 100.0
DEPTHS_CM = (50, 100)


@pytest.fixture(scope="module")
def reference(shared):
    def table(name):
        return pd.read_csv(shared / "reference/bluecarbon_r" / f"{name}.csv")

    return table


@pytest.fixture(scope="module")
def sections(reference):
    """Sections with carbon, depth and density as they lay in the ground by the package itself."""
    table = reference("expected_estimate_h")
    return {str(core): group for core, group in table.groupby("core", sort=True)}


def arrays(group, *names):
    return tuple(group[name].to_numpy(dtype=float) for name in names)


def profile(group, bulk_density):
    top, bottom, carbon, density = arrays(group, "mind_corrected", "maxd_corrected", "eoc", bulk_density)
    return carbon_density(carbon / 100, density), top, bottom


def their_rule(group, bulk_density, depth_cm):
    """Half gaps, and the straight line for a core that is too short. [t C/ha]"""
    of_core = profile(group, bulk_density)
    stock = half_gap_stock(*of_core, depth_cm)
    return stock if not math.isnan(stock) else extrapolated_stock(*of_core, depth_cm).stock_t_c_ha


def test_compaction_is_theirs(reference):
    table = reference("expected_estimate_compaction")
    ours = compaction(*arrays(table, "sampler_length", "internal_distance", "external_distance"))
    assert 100 * ours == pytest.approx(table["compaction"].to_numpy(), rel=1e-9, abs=1e-12)


def test_decompaction_is_theirs_and_keeps_the_mass_of_every_section(reference):
    table = reference("expected_decompact")
    table = table[table["mind_corrected"].notna() & table["compaction"].notna()]
    assert len(table) == 1683
    top, bottom, density, percent = arrays(table, "mind", "maxd", "dbd", "compaction")
    ours = decompact(top, bottom, density, percent / 100)
    for values, column in zip(ours, ("mind_corrected", "maxd_corrected", "dbd_corrected"), strict=True):
        assert values == pytest.approx(table[column].to_numpy(), rel=1e-9, nan_ok=True)
    known = ~np.isnan(density)
    mass = ((ours.bottom_cm - ours.top_cm) * ours.bulk_density_g_cm3)[known]
    assert mass == pytest.approx(((bottom - top) * density)[known], rel=1e-12)


@pytest.mark.parametrize(
    ("expected_table", "bulk_density", "depth_cm"),
    [
        ("expected_oc_stock_100cm", "dbd", 100),
        ("expected_oc_stock_50cm", "dbd", 50),
        ("expected_oc_stock_100cm_dbdcorrected", "dbd_corrected", 100),
    ],
)
def test_their_rule_is_reproduced_on_all_cores(reference, sections, expected_table, bulk_density, depth_cm):
    expected = reference(expected_table).set_index("core")
    assert len(sections) == 78
    for core, group in sections.items():
        of_core = profile(group, bulk_density)
        row = expected.loc[core]
        whole = section_stocks(of_core[0], *half_gap_bounds(*of_core[1:])).sum()
        assert whole == pytest.approx(row["stockwc"] * T_HA_PER_G_CM2, rel=1e-9)
        stock = their_rule(group, bulk_density, depth_cm)
        assert stock == pytest.approx(row["stock"] * T_HA_PER_G_CM2, rel=1e-9)
        if not math.isnan(row["stock_se"]):
            line = extrapolated_stock(*of_core, depth_cm)
            assert line.standard_error_t_c_ha == pytest.approx(row["stock_se"] * T_HA_PER_G_CM2, rel=1e-7)


def comparison(sections):
    """Stocks to one metre by their default and by ours, for each core. [t C/ha]"""
    rows = []
    for core, group in sections.items():
        end = float(profile(group, "dbd_corrected")[2][-1])
        ours = core_stock(*profile(group, "dbd_corrected"), 100, end)
        rows.append(
            {
                "core": core,
                "default": their_rule(group, "dbd", 100),
                "conserving": their_rule(group, "dbd_corrected", 100),
                "ours": ours.stock_t_c_ha,
                "extrapolated": ours.extrapolated is not None,
            }
        )
    return pd.DataFrame(rows).set_index("core")


def test_their_default_makes_mass_and_ours_does_not(reference, sections):
    compared = comparison(sections)
    excess = compared["default"] / compared["conserving"] - 1
    # Without a cut at the depth the excess is exactly what compaction hides: 1/(1 - c) times. Four cores
    # have no compaction, and one changes between measured and none.
    steady = {core: group for core, group in sections.items() if group["compaction"].notna().all()}
    assert len(steady) == 73
    for group in steady.values():
        mixed, top, bottom = profile(group, "dbd")
        right, _, _ = profile(group, "dbd_corrected")
        whole = [section_stocks(density, *half_gap_bounds(top, bottom)).sum() for density in (mixed, right)]
        lost = group["compaction"].iloc[0] / 100
        assert whole[0] / whole[1] == pytest.approx(1 / (1 - lost), rel=1e-9)
    assert excess.mean() == pytest.approx(0.166, abs=5e-4)
    assert compared["default"].div(compared["conserving"]).max() == pytest.approx(4.33, abs=5e-3)


def test_page_shows_the_numbers_of_this_comparison(sections):
    compared = comparison(sections)
    excess = compared["default"] / compared["conserving"] - 1
    deep = compared[compared["ours"].notna()]
    gap = (deep["ours"] / deep["conserving"] - 1).abs()
    shown = {
        "cores": str(len(compared)),
        "mean excess": f"{excess.mean():.1%}",
        "median excess": f"{excess.median():.1%}",
        "largest factor": f"{(1 + excess).max():.2f}",
        "cores that end above one metre": str(int(compared["extrapolated"].sum())),
        "median difference of the gap rules": f"{gap.median():.1%}",
        "largest difference of the gap rules": f"{gap.max():.1%}",
    }
    text = PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([a-z ]+) \| ([0-9.%]+) \|$", text, flags=re.MULTILINE))
    assert rows == shown


def test_small_case(shared):
    cases = json.loads((shared / "reference/small/small_cases.json").read_text(encoding="utf-8"))
    (case,) = (case for case in cases if case["id"] == "BlueCarbon-R-core")
    depth = case["inputs"]["depth_cm"]
    for name in ("Core1", "Core2"):
        given = {key: np.array(values, dtype=float) for key, values in case["inputs"][name].items()}
        density = carbon_density(given["oc_percent"] / 100, given["dbd"])
        of_core = density, given["mind"], given["maxd"]
        expected = case["expected_g_cm2"][name]
        whole = section_stocks(density, *half_gap_bounds(given["mind"], given["maxd"])).sum()
        assert whole / T_HA_PER_G_CM2 == pytest.approx(expected["whole"], abs=1e-9)
        stock = half_gap_stock(*of_core, depth)
        if name == "Core1":
            assert stock / T_HA_PER_G_CM2 == pytest.approx(expected["to_75cm"], abs=1e-9)
        else:
            line = extrapolated_stock(*of_core, depth)
            assert math.isnan(stock)
            assert line.stock_t_c_ha / T_HA_PER_G_CM2 == pytest.approx(expected["to_75cm"], abs=5e-8)
            assert line.standard_error_t_c_ha / T_HA_PER_G_CM2 == pytest.approx(
                expected["to_75cm_se"], abs=5e-9
            )
            # Credits rest on what was cored: this core ends at 56 cm and gives nothing for 75.
            assert math.isnan(core_stock(*of_core, depth, 56).stock_t_c_ha)

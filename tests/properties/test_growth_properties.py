"""Growth, ingrowth and mortality: whatever the stems do, they add up to the change of the stock."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrv.biomass.growth import (
    annual_ingrowth,
    annual_mortality,
    components_of_change,
    growth_table,
    match_stems,
    with_tags,
)
from mrv.biomass.growth_findings import rates, stem_findings, untagged
from mrv.run.growth_estimates import growth_between
from mrv.run.project_run import check_project

CARBON = {"agb": 0.451, "bgb": 0.39}
FACTORS = (64.9612, 795.775)


def census(rows):
    """Stems from rows of plot, tree, status, diameter."""
    frame = pd.DataFrame(rows, columns=["plot_id", "tree_id", "status", "dbh_cm"])
    live = frame["status"] == "live"
    frame = frame.assign(
        stem_id=None,
        subplot_id=np.where(frame["dbh_cm"] < 5, "nested", "main"),
        species="Kandelia obovata",
        pom="breast_height",
        pom_m=np.nan,
        agb_kg=0.13 * frame["dbh_cm"] ** 2.46,
        bgb_kg=(0.11 * frame["dbh_cm"] ** 2.22).where(live, 0.0),
        expansion_factor_per_ha=np.where(frame["dbh_cm"] < 5, FACTORS[1], FACTORS[0]),
        source=[f"trees.csv:{line}" for line in range(2, len(frame) + 2)],
    )
    return with_tags(frame.astype({"plot_id": "str", "tree_id": "str", "status": "str"}))


stem = st.tuples(
    st.sampled_from(["P1", "P2"]),
    st.sampled_from("abcdefgh"),
    st.sampled_from(["live", "live", "dead"]),
    st.floats(2.0, 40.0),
)
stems = st.lists(stem, min_size=1, max_size=12, unique_by=lambda row: row[:2])


def stock(trees, plot):
    own = trees[(trees["plot_id"] == plot)]
    agb = own["agb_kg"].where(own["status"] == "live", 0.0)
    carbon = agb * CARBON["agb"] + own["bgb_kg"] * CARBON["bgb"]
    return math.fsum(carbon * own["expansion_factor_per_ha"]) / 1000


@settings(max_examples=60, deadline=None)
@given(first=stems, second=stems)
def test_the_components_are_the_change_of_the_stock(first, second):
    one, other = census(first), census(second)
    table = growth_table(one, other, ["P1", "P2"], CARBON, 10.0)
    total = table[table["pool"] == "total"].set_index("plot_id")
    for plot in ("P1", "P2"):
        row, change = total.loc[plot], stock(other, plot) - stock(one, plot)
        parts = row["survivor_growth_t_c_ha"] + row["ingrowth_t_c_ha"] - row["mortality_t_c_ha"]
        assert parts == pytest.approx(change, abs=1e-9)
        assert row["net_growth_t_c_ha"] == pytest.approx(change, abs=1e-9)
        assert row["net_growth_t_c_ha_yr"] == pytest.approx(change / 10, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(first=stems, second=stems, seed=st.integers(0, 1000))
def test_the_order_of_rows_is_irrelevant_to_the_last_bit(first, second, seed):
    one, other = census(first), census(second)
    shuffled = (frame.sample(frac=1, random_state=seed) for frame in (one, other))
    plots = ["P1", "P2"]
    assert growth_table(one, other, plots, CARBON, 3.0).equals(
        growth_table(*shuffled, plots[::-1], CARBON, 3.0)
    )


def test_stems_that_outgrow_their_subplot_are_growth_and_no_ingrowth():
    """All stems of a stand grow from 4 to 6 cm; 3,000 nested plots see growth, and on average nothing new.

    The small circle catches a stem with the share of its area; those outside it are first seen at 6 cm.
    """
    generator = np.random.default_rng(11)
    per_plot, plots = 6, 3000
    small, large = 0.13 * 4**2.46, 0.13 * 6**2.46
    nested = generator.uniform(size=(plots, per_plot)) < FACTORS[0] / FACTORS[1]
    names = np.repeat(np.arange(plots), per_plot).reshape(plots, per_plot)
    trees = np.tile(np.arange(per_plot), (plots, 1))

    def frame(chosen, mass, factor):
        return pd.DataFrame(
            {
                "plot_id": names[chosen].astype(str),
                "tag": trees[chosen].astype(str),
                "status": "live",
                "mass": mass,
                "expansion_factor_per_ha": factor,
            }
        )

    parts = components_of_change(
        frame(nested, small, FACTORS[1]), frame(np.ones_like(nested), large, FACTORS[0]), ["mass"]
    )
    means = parts.groupby("component")["mass"].sum() / plots
    true_growth = per_plot * FACTORS[0] * (large - small)
    assert means["survivor_growth"] == pytest.approx(true_growth, rel=0.1)
    assert abs(means["ingrowth"]) < 0.1 * true_growth
    assert means["mortality"] == 0


def test_a_tag_of_two_subplots_and_a_stem_without_a_tag_are_kept_apart():
    trees = pd.DataFrame(
        {
            "plot_id": ["P", "P", "P", "P"],
            "tree_id": ["1", "1", "2", None],
            "stem_id": [None, None, "b", None],
            "subplot_id": ["main", "nested", "main", "main"],
            "source": ["t:2", "t:3", "t:4", "t:5"],
        }
    )
    assert with_tags(trees)["tag"].tolist() == ["1//main", "1//nested", "2/b", "(t:5)"]


def found(first, second, years=10.0, smallest=2.0):
    stems = match_stems(census(first), census(second))
    return {finding.rule: finding for finding in stem_findings(stems, smallest, years)}


@pytest.mark.parametrize(
    ("first", "second", "rules"),
    [
        ([("P", "1", "live", 9.0)], [("P", "1", "live", 9.9)], set()),
        ([("P", "1", "live", 9.0)], [("P", "1", "dead", 9.0)], set()),
        ([("P", "1", "live", 9.0)], [("P", "2", "live", 8.0)], {"tag-vanished"}),
        ([("P", "1", "dead", 9.0)], [("P", "1", "live", 9.9)], {"tag-resurrected"}),
        ([("P", "1", "live", 9.0)], [("P", "1", "live", 9.3), ("P", "2", "live", 43.0)], {"tag-lost"}),
        ([("P", "1", "live", 9.0)], [("P", "1", "live", 8.0)], {"diameter-shrunken"}),
        # 2√2 (0.0062 · 9 + 0.0904) is 0.414 cm.
        ([("P", "1", "live", 9.0)], [("P", "1", "live", 8.59)], set()),
        ([("P", "1", "live", 9.0)], [("P", "1", "live", 8.58)], {"diameter-shrunken"}),
    ],
)
def test_what_two_censuses_do_not_agree_on_is_told(first, second, rules):
    findings = found(first, second)
    assert set(findings) == rules
    assert all(finding.severity == "note" for finding in findings.values())


def test_a_moved_point_of_measurement_and_another_species_are_told():
    one = census([("P", "1", "live", 9.0), ("P", "2", "live", 9.0)])
    other = census([("P", "1", "live", 6.0), ("P", "2", "live", 9.5)]).assign(
        pom=["above_prop_roots", "breast_height"], species=["Kandelia obovata", "Avicennia marina"]
    )
    findings = {finding.rule: finding for finding in stem_findings(match_stems(one, other), 2.0, 10.0)}
    # Its lower diameter is no shrinkage: it was taken elsewhere.
    assert set(findings) == {"point-of-measurement-moved", "tag-species"}
    assert findings["point-of-measurement-moved"].where == "trees.csv:2"


def test_stems_without_a_number_are_told():
    one = census([("P", "1", "live", 9.0)])
    other = census([("P", "1", "live", 9.5)]).assign(tree_id=pd.Series([None], dtype="str"))
    assert [finding.rule for finding in untagged(one, other)] == ["growth-untagged"]


def test_annual_rates():
    first = [("P", str(number), "live", 10.0) for number in range(100)]
    stems = match_stems(
        census(first), census([*first[:50], *(("P", f"n{i}", "live", 9.0) for i in range(50))])
    )
    assert annual_mortality(stems, 10) == pytest.approx(1 - 0.5**0.1)
    assert annual_ingrowth(stems, 10) == pytest.approx(2**0.1 - 1)
    assert rates(stems, "fringe", 10.0, "mrv.yaml") == []
    assert {finding.rule for finding in rates(stems, "fringe", 1.0, "mrv.yaml")} == {
        "mortality-high",
        "ingrowth-high",
    }


@pytest.fixture(scope="module")
def demo_growth(demo):
    prepared, estimated = check_project(demo)
    growth, findings = growth_between(
        prepared.inputs.surveys, estimated.surveys, prepared.areas_ha, prepared.carbon_fraction, "mrv.yaml"
    )
    return growth, findings, estimated


def test_growth_of_the_demo_is_its_change_of_stock(demo_growth):
    growth, findings, estimated = demo_growth
    table = growth.table[growth.table["pool"] == "total"].set_index("plot_id")
    one, other = (survey.plots.set_index("plot_id")["total_t_c_ha"] for survey in estimated.surveys)
    assert table["net_growth_t_c_ha"].to_numpy() == pytest.approx(
        (other - one).loc[table.index].to_numpy(), abs=1e-9
    )
    # Every stem of 2010 that is gone in 2020 has fallen.
    assert [finding.rule for finding in findings] == ["tag-vanished"]
    assert {estimate.estimate.units for estimate in growth.estimates["mortality"]} == {14, 16, 18, 48}
    project = {
        name: next(e.estimate for e in part if e.stratum_id is None and e.pool == "total")
        for name, part in growth.estimates.items()
    }
    years = table["years"].iloc[0]
    net = project["survivor_growth"].value + project["ingrowth"].value - project["mortality"].value
    change = next(c.estimate for c in estimated.changes if c.stratum_id is None and c.pool == "total")
    assert net == pytest.approx(change.value / years, rel=1e-9)
    assert project["mortality"].interval(0.9).low > 0

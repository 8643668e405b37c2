"""Gulf of Chiriquí, Panama: below-ground biomass of every tree; plots chosen on purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mrv.biomass.allometry import tree_biomass
from mrv.inputs import read_inputs
from mrv.reference import equations

from .conftest import Run, assert_page_is_current, replace_once

NAME = "gulf-of-chiriqui"
PLANTS = "Cifuentes_et_al_2023_plants.csv"
PLOTS = "Cifuentes_et_al_2023_plots.csv"
HALF_A_UNIT_OF_THE_LAST_DIGIT_KG = 0.5e-5
USES = ("bark extraction", "firewood extraction", "no disturbance")


@pytest.fixture(scope="module")
def run(run_example: Callable[[str], Run]) -> Run:
    return run_example(NAME)


@pytest.fixture(scope="module")
def both(run: Run) -> pd.DataFrame:
    """Our trees beside the published rows they were read from."""
    plants = pd.read_csv(run.project / PLANTS, keep_default_na=False, na_values=["NA"])
    return plants.assign(line=plants.index + 2).merge(
        run.trees, on="line", validate="one_to_one", suffixes=("_published", "")
    )


def test_every_row_is_a_stem(run: Run, both: pd.DataFrame) -> None:
    assert len(run.trees) == len(both) == 578
    assert (both["status"] == "dead").sum() == 109
    assert both["decay_class"].notna().sum() == 109


def test_komiyama_2005_equals_the_published_column(both: pd.DataFrame) -> None:
    """Published values are rounded to five decimals; 1e-9 kg is left for the arithmetic."""
    difference = (both["bgb_kg"] - both["plant_BGB_kg"]).abs()
    assert len(difference) == 578
    assert difference.max() <= HALF_A_UNIT_OF_THE_LAST_DIGIT_KG + 1e-9


def test_carbon_of_roots_by_plot_is_the_published_one(run: Run, both: pd.DataFrame) -> None:
    """With the authors' carbon fractions, to the digits of published sums of rounded values."""
    main = both[both["subplot_id"] == "main"]
    carbon = main["bgb_kg"] / 1000 * main["expansion_factor_per_ha"] * main["carbon_conversion_factor"]
    by_plot = carbon.groupby(main["plot_id"]).sum()
    plots = pd.read_csv(run.project / PLOTS, keep_default_na=False, na_values=["NA"])
    plots = plots.assign(plot=plots["site_id"] + "/" + plots["plot_id"].astype(str)).set_index("plot")
    theirs = plots["BGC_trees"].dropna()
    assert len(theirs) == 54
    np.testing.assert_allclose(by_plot.reindex(theirs.index), theirs, rtol=2e-6, atol=0)


def test_published_understory_adds_up_what_are_four_means_of_the_plot(run: Run) -> None:
    """Its carbon is four times ours in dry mass, times one fraction; published to five decimals."""
    plots = pd.read_csv(run.project / PLOTS, keep_default_na=False, na_values=["NA"])
    plots = plots.assign(plot=plots["site_id"] + "/" + plots["plot_id"].astype(str)).set_index("plot")
    ours = run.plots.set_index("plot_id")["understory_t_ha"].dropna()
    assert len(ours) == 47
    theirs = plots["understory_carbon"].loc[ours.index]
    np.testing.assert_allclose(theirs, 4 * 0.42527 * ours, rtol=0, atol=1.2e-5)
    for use, count in zip(USES, (17, 18, 12), strict=True):
        figure = run.density("understory", use)
        assert (figure.units, figure.interval, figure.total_interval) == (count, None, None)


def test_converted_land_is_left_out_with_a_reason(run: Run) -> None:
    (exclusion,) = (entry for entry in run.results.exclusions if entry.file == PLOTS)
    assert (exclusion.file, exclusion.rows) == (PLOTS, 18)
    assert "oil palm" in exclusion.reason
    assert len(run.plots) == 54
    assert (run.plots["trees"] > 0).all()


def test_converted_land_would_be_findings(project_folder: Callable[[str], Path]) -> None:
    project = project_folder(NAME)
    text = (project / "mrv.yaml").read_text(encoding="utf-8")
    start, end = text.index("      rows:\n"), text.index("    subplots:\n")
    replace_once(project, text[start:end], "")
    _, findings = read_inputs(project)
    rules = [finding.rule for finding in findings if finding.rule != "soil-total-carbon"]
    assert rules == ["plot-without-trees"] * 18


def test_stem_of_exactly_5_cm_stands_in_the_2_m_subplot(both: pd.DataFrame) -> None:
    five = both[both["dbh_cm"] == 5.0]
    assert len(five) == 7
    assert set(five["plot_radius"]) == {2}
    assert set(five["subplot_id"]) == {"nested"}
    assert both.loc[both["plot_radius"] == 7, "dbh_cm"].min() == 5.2


def test_bound_at_5_cm_would_be_a_finding(project_folder: Callable[[str], Path]) -> None:
    project = replace_once(project_folder(NAME), "dbh_min_cm: 5.1}", "dbh_min_cm: 5}")
    replace_once(project, "dbh_max_cm: 5.1}", "dbh_max_cm: 5}")
    _, findings = read_inputs(project)
    rules = [finding.rule for finding in findings if finding.rule != "soil-total-carbon"]
    assert rules == ["tree-outside-size-rule"] * 7


def test_plots_chosen_on_purpose_get_no_interval(run: Run) -> None:
    area_ha = np.pi * run.trees["subplot_id"].map({"main": 7.0, "nested": 2.0}) ** 2 / 10_000
    per_plot = (run.trees["bgb_kg"] / 1000 / area_ha).groupby(run.trees["plot_id"]).sum()
    for use in USES:
        plots = run.plots.loc[run.plots["stratum_id"] == use, "plot_id"]
        assert len(plots) == 18
        figure = run.density("bgb", use)
        assert figure.value == pytest.approx(per_plot.reindex(plots).mean(), rel=1e-9)
        assert figure.interval is None
        assert figure.standard_error is None
        assert figure.because
    assert all("stratum" in figure.index for figure in run.results.figures)


def test_stems_outside_the_range_are_counted(run: Run, both: pd.DataFrame) -> None:
    uses = {use.equation_id: use for use in run.results.equations}
    assert uses["chave_2005_dbh"].outside_range_stems == 85
    assert ((both["diameter"] < 5) | (both["diameter"] > 42)).sum() == 85
    assert uses["chave_2005_dbh"].outside_range_basal_area_share > 0.4
    assert uses["komiyama_2005_bgb"].outside_range_stems == (both["diameter"] > 45).sum() == 29


def test_page_is_current(project_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    assert_page_is_current(NAME, project_folder(NAME), monkeypatch)


PUBLISHED_BY = {
    "Rhizophora mangle": "smith_whelan_2006_rhizophora_mangle_agb",
    "Rhizophora racemosa": "fromard_1998_rhizophora_racemosa_agb",
    "Pelliciera rhizophorae": "komiyama_2005_agb",
    "Mora oleifera": "chave_2005_wet_mora_oleifera_agb",
}
"""Equation behind the published biomass of each species; the publication names none."""


def test_published_biomass_is_that_of_four_equations(run: Run) -> None:
    plants = pd.read_csv(run.project / PLANTS, keep_default_na=False, na_values=["NA"])
    live = plants[plants["alive_or_dead"].eq("alive") & plants["plant_AGB_kg"].gt(0)]
    assert set(live["species"]) == PUBLISHED_BY.keys()
    for species, rows in live.groupby("species"):
        diameter, density = (rows[name].to_numpy(dtype=float) for name in ("diameter", "wood_density"))
        ours = tree_biomass(equations()[PUBLISHED_BY[species]], diameter, density, np.full(len(rows), np.nan))
        assert ours == pytest.approx(rows["plant_AGB_kg"].to_numpy(), abs=1e-4, rel=2e-5), species

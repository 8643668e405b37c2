"""Térraba-Sierpe, Costa Rica: biomass of every tree, and of the sites under the cluster design."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mrv.errors import InputError
from mrv.inputs import read_inputs
from mrv.run.project_run import check_project

from .conftest import Run, assert_page_is_current, mean_and_half_width, replace_once, run_in

NAME = "terraba-sierpe"
PLANTS = "Cifuentes_and_Torres_2024_plants.csv"
PLOTS = "Cifuentes_and_Torres_2024_plots.csv"
EXACT = 1e-9
TRANSECTS = {"Boca Chica": 4, "Boca Guarumal": 8, "Boca Sierpe": 8, "Boca Zacate": 8}

CARBON_FRACTION_BY_THE_AUTHORS = {"Rhizophora mangle": 0.4752}
CARBON_FRACTION_OF_OTHERS = 0.5


def published(project: Path, name: str) -> pd.DataFrame:
    """A published table with the line of the file that each row stands on, and the id of its plot."""
    frame = pd.read_csv(project / name, encoding="utf-8-sig", keep_default_na=False, na_values=["NA"])
    plot = frame["site_id"] + "/" + frame["transect_id"].astype(str) + "/" + frame["plot_id"].astype(str)
    return frame.assign(line=frame.index + 2, plot=plot)


@pytest.fixture(scope="module")
def chave(run_example: Callable[[str], Run]) -> Run:
    return run_example(NAME)


@pytest.fixture(scope="module")
def both(chave: Run) -> pd.DataFrame:
    """Our trees beside the published rows they were read from."""
    return published(chave.project, PLANTS).merge(chave.trees, on="line", validate="one_to_one")


def test_every_row_is_a_stem(chave: Run, both: pd.DataFrame) -> None:
    assert len(published(chave.project, PLANTS)) == len(chave.trees) == len(both) == 3245
    assert len(chave.plots) == 140
    assert chave.plots["cluster_id"].nunique() == 28
    assert (both["status"] == "dead").sum() == 93
    blank = both["alive_or_dead"].isna()
    assert blank.sum() == 347
    assert set(both.loc[blank, "status"]) == {"live"}
    assert set(both.loc[blank, "plot_radius"]) == {2}


def test_chave_2005_equals_the_published_column(both: pd.DataFrame) -> None:
    live = both[both["status"] == "live"]
    assert len(live) == 3152
    np.testing.assert_allclose(live["agb_kg"], live["plant_AGB_kg"], rtol=EXACT, atol=0)


def test_dead_trees_stand_at_the_declared_factor(both: pd.DataFrame) -> None:
    dead = both[both["status"] == "dead"]
    assert len(dead) == 93
    assert set(dead["dead_factor"]) == set(dead["decay_reduction_factor"]) == {0.5}
    np.testing.assert_allclose(dead["agb_kg"], dead["plant_AGB_kg"], rtol=EXACT, atol=0)
    assert set(dead["plant_BGB_kg"]) == set(dead["bgb_kg"]) == {0.0}


def test_komiyama_2005_equals_the_published_column(project_folder: Callable[[str], Path]) -> None:
    project = replace_once(project_folder(NAME), "chave_2005_dbh}", "komiyama_2005_agb}")
    run = run_in(project)
    both = published(project, PLANTS).merge(run.trees, on="line", validate="one_to_one")
    assert len(both) == 3245
    np.testing.assert_allclose(both["agb_kg"], both["plant_AGBK_kg"], rtol=EXACT, atol=0)


def test_biomass_by_site_under_the_cluster_design(chave: Run) -> None:
    plants = published(chave.project, PLANTS)
    plants = plants[plants["alive_or_dead"] != "dead"]
    area_ha = np.pi * plants["plot_radius"] ** 2 / 10_000
    per_plot = (plants["plant_AGB_kg"] / 1000 / area_ha).groupby(plants["plot"]).sum()
    plots = published(chave.project, PLOTS)
    plots = plots.assign(agb_t_ha=plots["plot"].map(per_plot).fillna(0))
    for site, transects in TRANSECTS.items():
        means = plots[plots["site_id"] == site].groupby("transect_id")["agb_t_ha"].mean().to_numpy()
        assert len(means) == transects
        mean, half_width = mean_and_half_width(means)
        figure = chave.density("agb", site)
        assert figure.units == transects
        assert figure.degrees_of_freedom == transects - 1
        assert figure.value == pytest.approx(mean, rel=EXACT)
        assert figure.interval is not None
        assert figure.interval.level == 0.9
        assert figure.interval.half_width == pytest.approx(half_width, rel=EXACT)


def test_no_total_without_areas(chave: Run) -> None:
    assert all("stratum" in figure.index for figure in chave.results.figures)
    assert {stratum.area_ha for stratum in chave.results.strata} == {None}


def test_carbon_of_the_7_m_plots_is_the_published_one_with_the_authors_fractions(
    chave: Run, both: pd.DataFrame
) -> None:
    main = both[both["subplot_id"] == "main"]
    fraction = main["species_x"].map(CARBON_FRACTION_BY_THE_AUTHORS).fillna(CARBON_FRACTION_OF_OTHERS)
    carbon = (main["agb_kg"] / 1000 * main["expansion_factor_per_ha"] * fraction).groupby(main["plot"]).sum()
    plots = published(chave.project, PLOTS).set_index("plot")
    np.testing.assert_allclose(carbon.reindex(plots.index), plots["AGC_trees"], rtol=EXACT, atol=0)


def test_published_carbon_of_the_understory_is_our_dry_mass(chave: Run) -> None:
    """Column ``understory_carbon``, 0 on plots without fern; no carbon fraction was applied to it."""
    theirs = published(chave.project, PLOTS).set_index("plot")["understory_carbon"].astype(float)
    ours = chave.plots.set_index("plot_id")["understory_t_ha"]
    assert (len(ours), int((ours > 0).sum())) == (140, 15)
    np.testing.assert_allclose(ours, theirs.loc[ours.index], rtol=EXACT, atol=0)
    assert not [
        f for f in chave.results.figures if f.index.get("pool") == "understory" and f.unit == "t_c/ha"
    ]


def test_published_density_of_the_2_m_subplots_is_for_a_radius_of_1_m(both: pd.DataFrame) -> None:
    """The published density is four times what the stated radius gives: a reader must know."""
    nested = both[both["subplot_id"] == "nested"]
    ours = nested["agb_kg"] / 1000 * nested["expansion_factor_per_ha"]
    # The published expansion factor, 10 000/π m², carries six digits.
    np.testing.assert_allclose(nested["plant_AGB_MgHa"], 4 * ours, rtol=1e-6, atol=0)


def test_published_roots_rest_on_one_wood_density(both: pd.DataFrame) -> None:
    """Why below-ground biomass is not compared: 0.796 for every live stem of the 7 m plots."""
    main = both[(both["subplot_id"] == "main") & (both["status"] == "live")]
    one_density = 0.199 * 0.796**0.899 * main["diameter"] ** 2.22
    np.testing.assert_allclose(main["plant_BGB_kg"], one_density, rtol=EXACT, atol=0)
    own_density = one_density * (main["wood_density"] / 0.796) ** 0.899
    np.testing.assert_allclose(main["bgb_kg"], own_density, rtol=EXACT, atol=0)


def test_stems_outside_the_range_are_counted(chave: Run, both: pd.DataFrame) -> None:
    (use,) = (use for use in chave.results.equations if use.component == "agb")
    assert (use.equation_id, use.stems, use.outside_range_stems) == ("chave_2005_dbh", 3245, 350)
    assert ((both["diameter"] < 5) | (both["diameter"] > 42)).sum() == 350


def test_tag_on_two_stems_is_found_and_settled_by_the_correction(
    project_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    project = project_folder(NAME)
    text = (project / "mrv.yaml").read_text(encoding="utf-8")
    start, end = text.index("        corrections:"), text.index("biomass:\n")
    replace_once(project, text[start:end], "\n")
    with pytest.raises(InputError) as caught:
        check_project(project)
    (finding,) = caught.value.findings
    assert finding.rule == "tree-duplicate"
    assert finding.where == f"{PLANTS}:1713:plot_radius/tree_id"
    assert "Boca Sierpe/5/3" in finding.text()
    assert f"{PLANTS}:1712" in finding.text()


def test_blank_status_is_not_guessed(project_folder: Callable[[str], Path]) -> None:
    project = replace_once(project_folder(NAME), 'dead: dead, "": live}', "dead: dead}")
    _, findings = read_inputs(project)
    rules = [finding.rule for finding in findings if finding.rule != "soil-total-carbon"]
    assert rules == ["missing-value"] * 347


def test_page_is_current(project_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    assert_page_is_current(NAME, project_folder(NAME), monkeypatch)

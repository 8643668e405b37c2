"""Tree equations and plot expansion against the golden numbers (T01–T06, T12–T14, T21)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from mrv.biomass.allometry import diameter_from_girth, equivalent_diameter, tree_biomass
from mrv.biomass.plots import SubplotArea, expand_trees, plot_table
from mrv.biomass.trees import BiomassChoices, EquationChoice, estimate_trees
from mrv.reference import equations, wood_densities
from mrv.units import CO2_PER_C

NO_HEIGHT = np.array(np.nan)


def biomass_of(equation_id, dbh, wood_density, height=NO_HEIGHT):
    return tree_biomass(equations()[equation_id], np.array(dbh), np.array(wood_density), np.array(height))


@pytest.mark.parametrize(
    ("case_id", "equation_id", "key"),
    [
        ("T01", "komiyama_2005_agb", "agb_kg"),
        ("T02", "komiyama_2005_bgb", "bgb_kg"),
        ("T04", "chave_2005_dbh", "agb_kg"),
        ("T05", "chave_2005_power", "agb_kg"),
    ],
)
def test_diameter_and_wood_density_equations(golden, case_id, equation_id, key):
    case = golden(case_id)
    dbh, density = np.array(case["inputs"]["trees_D_cm_rho_g_cm3"]).T
    np.testing.assert_allclose(biomass_of(equation_id, dbh, density), case["expected"][key], rtol=1e-9)


def test_chave_with_height_t03(golden):
    case = golden("T03")
    given = case["inputs"]
    found = biomass_of("chave_2005_dbh_height", given["D"], given["rho"], given["H"])
    assert found == pytest.approx(case["expected"]["agb_kg"], rel=1e-9)
    assert math.exp(equations()["chave_2005_dbh_height"].a) == pytest.approx(
        case["expected"]["prefactor"], rel=1e-9
    )


def test_the_two_common_equations_differ_by_almost_half_t06(golden):
    case = golden("T06")
    dbh = case["inputs"]["D"]
    ratio = biomass_of("komiyama_2005_agb", dbh, 0.6) / biomass_of("chave_2005_power", dbh, 0.6)
    np.testing.assert_allclose(ratio, case["expected"]["ratio"], rtol=1e-9)


def test_girth_and_several_stems_t12(golden):
    case = golden("T12")
    given, expected = case["inputs"], case["expected"]
    assert diameter_from_girth(given["girth_cm"]) == pytest.approx(expected["dbh_cm"], rel=1e-9)
    together = equivalent_diameter(given["stems_cm"])
    assert together == pytest.approx(expected["D_eq_cm"], rel=1e-9)
    per_stem = biomass_of("komiyama_2005_agb", given["stems_cm"], given["rho"]).sum()
    assert per_stem == pytest.approx(expected["agb_per_stem_sum"], rel=1e-9)
    as_one = biomass_of("komiyama_2005_agb", together, given["rho"])
    assert as_one == pytest.approx(expected["agb_from_D_eq"], rel=1e-9)
    assert as_one / per_stem == pytest.approx(expected["ratio"], rel=1e-9)


def tree_table(species, dbh, wood_density, subplot_id="plot"):
    """Trees of plot P1 as a reader hands them over."""
    n = len(dbh)
    return pd.DataFrame(
        {
            "plot_id": ["P1"] * n,
            "tree_id": [str(i) for i in range(n)],
            "subplot_id": subplot_id,
            "species": species,
            "dbh_cm": np.array(dbh, dtype=float),
            "height_m": np.nan,
            "wood_density_g_cm3": np.array(wood_density, dtype=float),
            "status": "live",
            "decay_class": pd.Series([None] * n, dtype="object"),
            "pom": "breast_height",
            "source": [f"trees.csv:{i + 2}" for i in range(n)],
        }
    )


KOMIYAMA = BiomassChoices(EquationChoice("komiyama_2005_agb"), EquationChoice("komiyama_2005_bgb"))


def plot_of(trees, plot_area_m2=math.nan, subplots=()):
    plots = pd.DataFrame({"plot_id": ["P1"], "plot_area_m2": [plot_area_m2]})
    estimated, findings = estimate_trees(trees, KOMIYAMA, equations(), wood_densities())
    assert findings == []
    return plot_table(expand_trees(estimated, plots, subplots), plots).iloc[0]


def test_one_plot_end_to_end_t13(golden):
    case = golden("T13")
    given, expected = case["inputs"], case["expected"]
    trees = given["trees"]
    plot = plot_of(
        tree_table([t["sp"] for t in trees], [t["D"] for t in trees], [t["rho"] for t in trees]),
        plot_area_m2=given["plot_area_m2"],
    )
    assert plot.agb_t_ha == pytest.approx(expected["agb_Mg_ha"], rel=1e-9)
    assert plot.bgb_t_ha == pytest.approx(expected["bgb_Mg_ha"], rel=1e-9)
    assert plot.basal_area_m2_ha == pytest.approx(expected["basal_area_m2_ha"], rel=1e-9)
    assert plot.stems_per_ha == pytest.approx(expected["stems_ha"], rel=1e-9)
    one_fraction = (plot.agb_t_ha + plot.bgb_t_ha) * 0.451
    assert one_fraction == pytest.approx(expected["C_Mg_ha_cf0.451_both"], rel=1e-9)
    assert plot.agb_t_ha * 0.451 + plot.bgb_t_ha * 0.39 == pytest.approx(
        expected["C_Mg_ha_cf_ag0.451_bg0.39"], rel=1e-9
    )
    assert one_fraction * CO2_PER_C == pytest.approx(expected["CO2e_Mg_ha_cf0.451"], rel=1e-9)


def test_nested_circles_t14(golden):
    case = golden("T14")
    given, expected = case["inputs"], case["expected"]
    large, small = np.array(given["large_D_rho"]), np.array(given["small_D_rho"])
    dbh, density = np.vstack([large, small]).T
    trees = tree_table("Rhizophora stylosa", dbh, density, ["large"] * 3 + ["small"] * 3)
    subplots = (
        SubplotArea("large", math.pi * given["r_large_m"] ** 2),
        SubplotArea("small", math.pi * given["r_small_m"] ** 2),
    )
    expanded = expand_trees(trees, pd.DataFrame({"plot_id": ["P1"]}), subplots)
    factors = expanded.groupby("subplot_id")["expansion_factor_per_ha"].first()
    assert factors["large"] == pytest.approx(expected["ef_large_per_ha"], rel=1e-9)
    assert factors["small"] == pytest.approx(expected["ef_small_per_ha"], rel=1e-9)
    plot = plot_of(trees, subplots=subplots)
    assert plot.agb_t_ha == pytest.approx(expected["agb_Mg_ha"], rel=1e-9)
    assert plot.stems_per_ha == pytest.approx(expected["stems_ha"], rel=1e-9)


def test_carbon_dioxide_of_carbon_t21(golden):
    case = golden("T21")
    assert case["inputs"]["C_t"] * CO2_PER_C == pytest.approx(case["expected"]["CO2_t"], rel=1e-12)

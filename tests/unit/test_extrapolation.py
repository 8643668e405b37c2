"""Trees beyond the range of their equation, dwarf stands, dead boles, and fitted heights."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from mrv.biomass.choices import EquationChoice, StatedValue
from mrv.biomass.dead_boles import Bole
from mrv.biomass.dead_wood import bole_mass, frustum_volume, top_diameter
from mrv.biomass.eligibility import dwarf_findings, growth_form_findings, name_findings
from mrv.biomass.extrapolation import alternative_equation, common_equations
from mrv.biomass.heights import fit_heights, height_models, with_fitted_heights
from mrv.biomass.plots import expand_trees, plot_table
from mrv.biomass.trees import BiomassChoices, estimate_trees
from mrv.reference import equations, wood_densities

OWN = "clough_scott_1989_bruguiera_gymnorhiza_agb"
CHOICES = BiomassChoices(
    EquationChoice("komiyama_2005_agb", {"Bruguiera gymnorhiza": OWN}),
    EquationChoice("komiyama_2005_bgb"),
    {"1": 0.975},
    boles={"3": Bole(0.4)},
    wood_density={"Nypa fruticans": StatedValue(0.3, "a test")},
)


def trees(*rows):
    base = {
        "plot_id": "P1",
        "tree_id": None,
        "subplot_id": "plot",
        "species": "Bruguiera gymnorhiza",
        "dbh_cm": 20.0,
        "d0_cm": math.nan,
        "height_m": math.nan,
        "wood_density_g_cm3": math.nan,
        "status": "live",
        "decay_class": None,
        "pom": "breast_height",
    }
    return pd.DataFrame([{**base, "source": f"trees.csv:{i + 2}", **row} for i, row in enumerate(rows)])


def estimated(*rows, choices=CHOICES):
    return estimate_trees(trees(*rows), choices, equations(), wood_densities())


def test_above_its_range_the_common_equation_takes_over():
    found, findings = estimated({"dbh_cm": 25.0}, {"dbh_cm": 26.0})
    assert findings == []
    assert list(found["agb_equation"]) == [OWN, "komiyama_2005_agb"]
    assert list(found["agb_declared_equation"]) == [OWN, OWN]
    assert list(found["agb_extrapolated"]) == [False, True]
    assert found["agb_kg"].iloc[1] == pytest.approx(0.251 * 0.71 * 26**2.46)
    assert found["extrapolation_log_sd"].iloc[0] == 0
    logs = np.log(
        [
            0.251 * 0.71 * 26**2.46,
            0.168 * 0.71 * 26**2.471,
            10 ** (-0.7309 + 2.3055 * math.log10(26)),
        ]
    )
    # The polynomial and the refit of the same trees lie between these three.
    assert found["extrapolation_log_sd"].iloc[1] == pytest.approx(
        (max(logs) - min(logs)) / (2 * math.sqrt(3))
    )


def test_a_common_equation_is_never_replaced_and_never_cut_off():
    found, _ = estimated({"species": "Avicennia marina", "dbh_cm": 60.0})
    assert found["agb_equation"].iloc[0] == "komiyama_2005_agb"
    assert found["agb_extrapolated"].iloc[0]
    assert found["agb_kg"].iloc[0] == pytest.approx(0.251 * 0.65 * 60**2.46)
    assert found["extrapolation_log_sd"].iloc[0] > 0.05


def test_a_plot_is_marked_from_a_tenth_of_its_basal_area_on():
    plots = pd.DataFrame({"plot_id": ["P1"], "plot_area_m2": [100.0]})
    for small, marked in ((26.0, True), (90.0, False)):
        found, _ = estimated({"dbh_cm": 26.0}, {"species": "Avicennia marina", "dbh_cm": min(small, 49.0)})
        heavy = [found] if marked else [found, *[found.iloc[[1]]] * 5]
        table = pd.concat(heavy, ignore_index=True)
        plot = plot_table(expand_trees(table, plots, ()), plots).iloc[0]
        assert bool(plot["extrapolation_marked"]) is marked


def test_the_other_equation_stands_beside():
    found, _ = estimated({"dbh_cm": 20.0}, {"dbh_cm": 20.0, "status": "dead", "decay_class": "1"})
    other = 0.168 * 0.71 * 20**2.471
    np.testing.assert_allclose(found["agb_alternative_kg"], [other, other * 0.975])
    assert alternative_equation(EquationChoice("chave_2005_power")) == "komiyama_2005_agb"
    assert alternative_equation(EquationChoice("chave_2005_dbh")) == "chave_2005_power"


def test_the_ensemble_is_the_common_equations_of_diameter():
    assert [equation.equation_id for equation in common_equations(equations())] == [
        "chave_2005_dbh",
        "chave_2005_power",
        "harvest_84_refit",
        "komiyama_2005_agb",
    ]


def test_dead_boles_are_weighed_by_their_own_size():
    found, findings = estimated(
        {"status": "dead", "decay_class": "3", "d0_cm": 25.0, "dbh_cm": 22.4, "height_m": 5.0}
    )
    assert findings == []
    assert top_diameter(np.array([25.0]), np.array([22.4]), np.array([5.0])) == pytest.approx(15.0)
    volume = math.pi * 5 * (0.25**2 + 0.25 * 0.15 + 0.15**2) / 12
    assert found["agb_kg"].iloc[0] == pytest.approx(volume * 400)
    assert found["agb_alternative_kg"].iloc[0] == found["agb_kg"].iloc[0]
    assert found["bgb_kg"].iloc[0] == 0


def test_a_bole_that_tapers_out_is_a_cone():
    base, dbh, height = np.array([20.0]), np.array([10.0]), np.array([4.0])
    assert bole_mass(base, dbh, height, 0.5) == pytest.approx(frustum_volume(base, np.zeros(1), height) * 500)


def test_dead_boles_without_dimensions_are_found():
    _, findings = estimated({"status": "dead", "decay_class": "3", "height_m": 5.0})
    assert [finding.rule for finding in findings] == ["dead-bole-dimensions"]


def test_palms_are_refused_a_common_equation():
    found, _ = estimated({"species": "Nypa fruticans"}, {})
    (finding,) = growth_form_findings(found, equations())
    assert finding.rule == "growth-form"
    assert finding.values["form"] == "palm"


def test_dwarf_trees_and_stands():
    low = [{"species": "Kandelia obovata", "height_m": height} for height in (1.2, 2.0, 2.9, 8.0)]
    found, _ = estimated(*low)
    rules = [finding.rule for finding in dwarf_findings(found, {"P1": "edge"}, equations())]
    assert rules == ["dwarf-tree", "dwarf-stand"]
    found, _ = estimated({"species": "Kandelia obovata", "height_m": 6.0})
    assert dwarf_findings(found, {"P1": "edge"}, equations()) == []


def test_kandelia_candel_is_a_decision_of_the_project():
    assert [f.rule for f in name_findings(trees({"species": "Kandelia candel"}))] == ["kandelia-candel"]
    assert name_findings(trees({"species": "Kandelia obovata"})) == []


def sample(n=200, seed=11):
    random = np.random.Generator(np.random.Philox(seed))
    dbh = random.uniform(3, 40, n)
    return dbh, 1.3 + 18 * (1 - np.exp(-0.07 * dbh)) + random.normal(0, 0.8, n)


def test_the_form_that_made_the_heights_is_chosen():
    dbh, height = sample()
    model = fit_heights(dbh, height)
    assert model is not None
    assert model.form == "weibull"
    assert model.residual_sd_m == pytest.approx(0.8, rel=0.15)
    shuffled = np.random.Generator(np.random.Philox(3)).permutation(len(dbh))
    assert fit_heights(dbh[shuffled], height[shuffled]) == model


def test_a_few_trees_make_no_model():
    dbh, height = sample(19)
    assert fit_heights(dbh, height) is None


def test_heights_are_fitted_where_they_are_missing_only():
    dbh, height = sample(100)
    rows = [{"dbh_cm": d, "height_m": h} for d, h in zip(dbh, height, strict=True)]
    table = trees(*rows, {"dbh_cm": 15.0}, {"dbh_cm": 15.0, "species": "Avicennia marina"})
    models = height_models(table)
    assert set(models) == {"*", "Bruguiera gymnorhiza"}
    found = with_fitted_heights(table, models)
    assert (found["height_source"].iloc[:100] == "measured").all()
    assert found["height_m"].iloc[0] == height[0]
    own, borrowed = found.iloc[100], found.iloc[101]
    assert own["height_source"].startswith(f"{models['Bruguiera gymnorhiza'].form} of Bruguiera gymnorhiza")
    assert borrowed["height_source"].endswith("of * (100 trees)")
    assert own["height_m"] == pytest.approx(1.3 + 18 * (1 - math.exp(-0.07 * 15)), abs=0.5)
    assert own["height_error_m"] == models["Bruguiera gymnorhiza"].residual_sd_m


def test_zambezi_heights(shared):
    table = pd.read_csv(shared / "data/zambezi/Zambezi_Overstory.csv", encoding="latin-1")
    live = table[table["Live Diameter (cm)"].notna()]
    model_input = pd.DataFrame(
        {
            "species": live["Species Code"].astype(str),
            "status": "live",
            "dbh_cm": live["Live Diameter (cm)"].astype(float),
            "height_m": live["Height (m)"].astype(float),
        }
    )
    models = height_models(model_input)
    assert len(models) >= 6
    assert models["*"].trees > 4000
    for model in models.values():
        middle = float(model.height(np.array([10.0]))[0])
        assert 3 < middle < 15
        assert 0.5 < model.residual_sd_m < 5

"""What must hold for any trees: monotone equations, order that does not matter, sums that add up."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrv.biomass.allometry import tree_biomass
from mrv.biomass.plots import SubplotArea, expand_trees, plot_table
from mrv.biomass.trees import BiomassChoices, EquationChoice, estimate_trees
from mrv.reference import equations, wood_densities

diameters = st.floats(1.0, 120.0)
CHOICES = BiomassChoices(
    EquationChoice("komiyama_2005_agb"), EquationChoice("komiyama_2005_bgb"), {"unclassified": 0.5}
)


WHOLE_TREES = sorted(
    name
    for name, equation in equations().items()
    if equation.life_form == "tree" and equation.component in ("agb", "bgb")
)


@pytest.mark.parametrize("equation_id", WHOLE_TREES)
@given(dbh=diameters, factor=st.floats(1.001, 3.0), density=st.floats(0.2, 1.2), height=st.floats(1.0, 40.0))
def test_more_diameter_more_biomass(equation_id, dbh, factor, density, height):
    smaller, larger = tree_biomass(
        equations()[equation_id], np.array([dbh, dbh * factor]), np.full(2, density), np.full(2, height)
    )
    assert larger > smaller > 0


@st.composite
def tree_tables(draw):
    n = draw(st.integers(1, 12))
    plots = draw(st.lists(st.sampled_from(["P1", "P2", "P3"]), min_size=n, max_size=n))
    return pd.DataFrame(
        {
            "plot_id": plots,
            "tree_id": [str(i) for i in range(n)],
            "subplot_id": "main",
            "species": draw(
                st.lists(st.sampled_from(["Kandelia obovata", "Avicennia marina"]), min_size=n, max_size=n)
            ),
            "dbh_cm": draw(st.lists(diameters, min_size=n, max_size=n)),
            "height_m": np.nan,
            "wood_density_g_cm3": np.nan,
            "status": draw(st.lists(st.sampled_from(["live", "dead"]), min_size=n, max_size=n)),
            "decay_class": pd.Series([None] * n, dtype="object"),
            "pom": "breast_height",
            "source": [f"t.csv:{i + 2}" for i in range(n)],
        }
    )


PLOTS = pd.DataFrame({"plot_id": ["P1", "P2", "P3"], "plot_area_m2": math.nan})


def plots_of(trees, area_m2=100.0):
    estimated, findings = estimate_trees(trees, CHOICES, equations(), wood_densities())
    assert not findings
    return plot_table(expand_trees(estimated, PLOTS, (SubplotArea("main", area_m2),)), PLOTS)


@settings(max_examples=25, deadline=None)
@given(trees=tree_tables(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_is_irrelevant_to_the_last_bit(trees, seed):
    shuffled = trees.sample(frac=1, random_state=seed).reset_index(drop=True)
    pd.testing.assert_frame_equal(plots_of(trees), plots_of(shuffled), check_exact=True)


@settings(max_examples=25, deadline=None)
@given(trees=tree_tables())
def test_trees_times_expansion_is_the_plot(trees):
    estimated, _ = estimate_trees(trees, CHOICES, equations(), wood_densities())
    plots = plots_of(trees)
    everything = (plots["agb_t_ha"] + plots["dead_wood_t_ha"]).sum() * 100.0 / 10_000 * 1000
    assert everything == pytest.approx(estimated["agb_kg"].sum(), rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(trees=tree_tables(), factor=st.floats(0.1, 10.0))
def test_twice_the_plot_area_is_half_the_biomass_per_hectare(trees, factor):
    one, other = plots_of(trees, 100.0), plots_of(trees, 100.0 * factor)
    np.testing.assert_allclose(one["agb_t_ha"], other["agb_t_ha"] * factor, rtol=1e-12)

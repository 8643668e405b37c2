"""Biomass of a million stems, against plain loops over them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench.pairs import Row, Task, in_turns
from mrv.biomass.allometry import tree_biomass
from mrv.biomass.choices import EquationChoice
from mrv.biomass.trees import BiomassChoices, estimate_trees
from mrv.reference import Equation, equations, wood_densities

TREES = 1_000_000
AGB, BGB = "komiyama_2005_agb", "komiyama_2005_bgb"
SPECIES = ("Avicennia marina", "Kandelia obovata")


def sample_trees() -> pd.DataFrame:
    """A million live stems of two species; the seed is fixed."""
    generator = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "species": np.array(SPECIES)[generator.integers(0, 2, TREES)],
            "dbh_cm": np.round(generator.uniform(2.0, 49.0, TREES), 1),
            "height_m": np.nan,
            "wood_density_g_cm3": np.nan,
            "status": "live",
            "pom": "breast_height",
            "source": "bench",
            "decay_class": None,
        }
    )


def formula_loop(diameters: list[float], densities: list[float], equation: Equation) -> list[float]:
    """The equation alone, stem by stem."""
    a, b, c = equation.a, equation.b, equation.c
    return [a * rho**b * d**c for d, rho in zip(diameters, densities, strict=True)]


def row_loop(rows: list[dict[str, object]], densities: dict[str, float]) -> list[tuple[object, ...]]:
    """What a short script would do with the rows of a table: look-ups, range, both equations."""
    agb, bgb = equations()[AGB], equations()[BGB]
    done = []
    for row in rows:
        d, rho = row["dbh_cm"], densities[row["species"]]
        factor = 1.0 if row["status"] == "live" else 0.5
        kilograms = (agb.a * rho**agb.b * d**agb.c * factor, bgb.a * rho**bgb.b * d**bgb.c)
        done.append((*kilograms, d > agb.dbh_max_cm, d > bgb.dbh_max_cm))
    return done


def rows() -> list[Row]:
    """Rows of this module."""
    trees, known, names = sample_trees(), equations(), (AGB, BGB)
    choices = BiomassChoices(EquationChoice(AGB), EquationChoice(BGB))
    densities = {name: wood_densities()[name].wood_density_g_cm3 for name in SPECIES}
    lists = (trees["dbh_cm"].to_list(), trees["species"].map(densities).to_list())
    arrays = (*map(np.array, lists), trees["height_m"].to_numpy())
    table = trees[["species", "status", "dbh_cm"]].to_dict("records")
    vectorised = lambda: [tree_biomass(known[name], *arrays) for name in names]  # noqa: E731
    scripted = lambda: [formula_loop(*lists, known[name]) for name in names]  # noqa: E731
    by_row = lambda: row_loop(table, densities)  # noqa: E731
    whole = lambda: estimate_trees(trees, choices, known, wood_densities())[0]  # noqa: E731
    expected = np.array(by_row())[:, :2].T
    for found in (vectorised(), scripted(), whole()[["agb_kg", "bgb_kg"]].T):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    pairs: list[tuple[str, Task, str, Task]] = [
        ("`tree_biomass`, two equations, 10⁶ stems", vectorised, "plain loop, the formulas alone", scripted),
        ("`estimate_trees`, two equations, 10⁶ stems", whole, "plain loop over rows, look-ups too", by_row),
    ]
    return [in_turns(*pair) for pair in pairs]

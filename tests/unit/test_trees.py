"""Equations, wood densities and dead-tree factors that single trees get."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from mrv.biomass.allometry import tree_biomass
from mrv.biomass.choices import StatedValue
from mrv.biomass.trees import (
    BiomassChoices,
    EquationChoice,
    choice_findings,
    estimate_trees,
)
from mrv.reference import equations, wood_densities

AGB, BGB = EquationChoice("komiyama_2005_agb"), EquationChoice("komiyama_2005_bgb")


def trees(*rows, **columns):
    defaults = {
        "plot_id": "P1",
        "tree_id": "1",
        "subplot_id": "main",
        "species": "Kandelia obovata",
        "dbh_cm": 10.0,
        "height_m": 6.0,
        "wood_density_g_cm3": np.nan,
        "status": "live",
        "decay_class": None,
        "pom": "breast_height",
    }
    table = pd.DataFrame([{**defaults, **columns, **row} for row in rows or ({},)])
    return table.assign(source=[f"trees.csv:{line}" for line in range(2, len(table) + 2)])


def estimated(table, choices=None, known=None):
    return estimate_trees(table, choices or BiomassChoices(AGB, BGB), known or equations(), wood_densities())


def test_wood_density_of_the_table_goes_before_the_project_and_that_before_the_reference():
    table = trees({"wood_density_g_cm3": 0.7}, {}, {"species": "Avicennia marina"})
    choices = BiomassChoices(AGB, BGB, wood_density={"Kandelia obovata": StatedValue(0.5, "our samples")})
    found, findings = estimated(table, choices)
    assert not findings
    assert list(found["wood_density_g_cm3"]) == [0.7, 0.5, 0.65]
    assert [source.partition(":")[0] for source in found["wood_density_source"]] == [
        "tree table",
        "mrv.yaml",
        "data/wood_density.csv",
    ]


def test_a_species_without_wood_density_is_found_once_with_its_count():
    _, findings = estimated(trees({"species": "Nypa fruticans"}, {"species": "Nypa fruticans"}, {}))
    assert [(f.rule, f.values["count"]) for f in findings] == [("wood-density-missing", 2)]


def test_trees_without_height_take_the_declared_equation_or_are_found():
    table = trees({}, {"height_m": np.nan})
    without = BiomassChoices(EquationChoice("chave_2005_dbh_height"), BGB)
    _, findings = estimated(table, without)
    assert [f.rule for f in findings] == ["height-missing"]
    declared = BiomassChoices(EquationChoice("chave_2005_dbh_height", without_height="chave_2005_dbh"), BGB)
    found, findings = estimated(table, declared)
    assert not findings
    assert list(found["agb_equation"]) == ["chave_2005_dbh_height", "chave_2005_dbh"]
    assert found["agb_kg"].notna().all()


def test_a_species_takes_its_own_equation():
    choices = BiomassChoices(
        EquationChoice("komiyama_2005_agb", {"Avicennia marina": "chave_2005_power"}), BGB
    )
    found, _ = estimated(trees({}, {"species": "Avicennia marina"}), choices)
    assert list(found["agb_equation"]) == ["komiyama_2005_agb", "chave_2005_power"]


def test_dead_trees_keep_their_factor_of_the_stem_and_no_roots_unless_declared():
    table = trees({"status": "dead", "decay_class": "1"}, {"status": "dead"}, {})
    factors = {"1": 0.975, "unclassified": 0.5}
    found, findings = estimated(table, BiomassChoices(AGB, BGB, factors))
    assert not findings
    live = found["agb_kg"].iloc[2]
    assert list(found["agb_kg"] / live) == pytest.approx([0.975, 0.5, 1.0])
    assert list(found["bgb_kg"].iloc[:2]) == [0.0, 0.0]
    rooted, _ = estimated(table, BiomassChoices(AGB, BGB, factors, dead_roots=True))
    assert rooted["bgb_kg"].nunique() == 1


def test_an_undeclared_decay_class_is_found():
    table = trees({"status": "dead", "decay_class": "3"}, {"status": "dead"})
    _, findings = estimated(table, BiomassChoices(AGB, BGB, {"1": 0.9}))
    assert [(f.rule, f.values["found"]) for f in findings] == [
        ("dead-factor-missing", "3"),
        ("dead-factor-missing", "unclassified"),
    ]


def test_a_diameter_from_elsewhere_on_the_stem_is_refused():
    _, findings = estimated(trees(pom="basal"))
    assert {f.rule for f in findings} == {"point-of-measurement"}
    assert len(findings) == 2  # above and below ground


def test_stems_of_one_tree_are_joined_only_for_an_equation_that_asks_for_it():
    table = trees({"dbh_cm": 5.0}, {"dbh_cm": 5.0}, {"dbh_cm": 5.0})
    per_stem, _ = estimated(table)
    joined = dataclasses.replace(equations()["komiyama_2005_agb"], stems="equivalent_diameter")
    together, _ = estimated(table, known={**equations(), "komiyama_2005_agb": joined})
    assert together["agb_kg"].sum() / per_stem["agb_kg"].sum() == pytest.approx(3 ** (2.46 / 2 - 1))
    other_trees = table.assign(tree_id=["1", "2", "3"])
    apart, _ = estimated(other_trees, known={**equations(), "komiyama_2005_agb": joined})
    assert apart["agb_kg"].sum() == pytest.approx(per_stem["agb_kg"].sum())


def test_a_root_shoot_ratio_in_place_of_an_equation():
    found, _ = estimated(trees(), BiomassChoices(AGB, 0.49))
    assert found["bgb_kg"].iloc[0] == pytest.approx(0.49 * found["agb_kg"].iloc[0])


def test_trees_outside_the_range_are_counted_and_not_clipped():
    found, _ = estimated(trees({"dbh_cm": 49.0}, {"dbh_cm": 49.1}))
    assert list(found["agb_outside_range"]) == [False, True]
    exact = tree_biomass(
        equations()["komiyama_2005_agb"], np.array([49.1]), np.array([0.525]), np.array([6.0])
    )
    assert found["agb_kg"].iloc[1] == exact[0]


@pytest.mark.parametrize(
    ("choice", "rule"),
    [
        (EquationChoice("komiyama"), "equation-unknown"),
        (EquationChoice("komiyama_2005_bgb"), "equation-component"),
        (
            EquationChoice("chave_2005_dbh_height", without_height="chave_2005_dbh_height"),
            "equation-needs-height",
        ),
    ],
)
def test_findings_on_the_choice_itself(choice, rule):
    assert [f.rule for f in choice_findings(BiomassChoices(choice, BGB), equations())] == [rule]


def test_quarantined_and_foreign_equations_are_refused():
    known = dict(equations())
    known["quarantined"] = dataclasses.replace(
        known["komiyama_2005_agb"], status="quarantined", note="units unknown"
    )
    known["of_avicennia"] = dataclasses.replace(known["komiyama_2005_agb"], species="Avicennia marina")
    assert [f.rule for f in choice_findings(BiomassChoices(EquationChoice("quarantined"), BGB), known)] == [
        "equation-quarantined"
    ]
    assert [f.rule for f in choice_findings(BiomassChoices(EquationChoice("of_avicennia"), BGB), known)] == [
        "equation-species"
    ]
    own = EquationChoice("komiyama_2005_agb", {"Avicennia marina": "of_avicennia"})
    assert choice_findings(BiomassChoices(own, BGB), known) == []

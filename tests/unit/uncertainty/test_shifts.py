"""Errors that move many trees at once: fitted heights, crews, extrapolation; and factors of dead trees."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from uncertainty_stand import plots_of, stand_of, trees_of

from mrv.biomass.dead_wood import bole_mass
from mrv.biomass.heights import fit_heights
from mrv.reference import equations
from mrv.uncertainty.shared import Normal, SharedErrors
from mrv.uncertainty.shifts import DIAMETERS, Shift, elasticity
from mrv.uncertainty.simulation import NORMAL, simulate
from mrv.uncertainty.stand import BOLE, POOLS, stand_terms

DRAWS = 20_000
EXACT = SharedErrors(carbon_fraction={"agb": Normal(1, 0), "bgb": Normal(1, 0)})


def test_elasticities_are_the_exponents_of_the_equations():
    trees = trees_of(plots_of("a"), 1, 0.0)
    for name, columns, expected in (
        ("komiyama_2005_agb", DIAMETERS, 2.46),
        ("komiyama_2005_bgb", DIAMETERS, 2.22),
        ("chave_2005_dbh_height", DIAMETERS, 2.0),
        ("chave_2005_dbh_height", ("height_m",), 1.0),
        ("komiyama_2005_agb", ("height_m",), 0.0),
    ):
        np.testing.assert_allclose(elasticity(equations()[name], trees, columns), expected, atol=1e-7)
    log_dbh = np.log(trees["dbh_cm"])
    slope = 1.98 + 2 * 0.207 * log_dbh - 3 * 0.0281 * log_dbh**2
    np.testing.assert_allclose(elasticity(equations()["chave_2005_dbh"], trees, DIAMETERS), slope, atol=1e-7)
    boles = trees.assign(d0_cm=trees["dbh_cm"] * 1.2)
    np.testing.assert_allclose(elasticity(None, boles, DIAMETERS), 2.0, atol=1e-7)


def test_error_of_a_fitted_line_is_that_of_regression():
    """Var Ĥ(x) = s² [1/n + (x − x̄)² / Σ(x − x̄)²] with x = ln D."""
    random = np.random.default_rng(3)
    dbh = random.uniform(5, 40, 60)
    height = 2 + 3 * np.log(dbh) + random.normal(0, 0.8, 60)
    model = fit_heights(dbh, height)
    assert model is not None and model.form == "log_linear"
    at = np.array([6.0, 15.0, 50.0])
    change = model.sensitivity(at) * model.height(at)[:, None]
    variance = np.einsum("nj,jk,nk->n", change, np.array(model.covariance), change)
    x, x0 = np.log(dbh), np.log(at)
    expected = model.residual_sd_m**2 * (1 / 60 + (x0 - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum())
    np.testing.assert_allclose(variance, expected, rtol=1e-6)


def moved(shifts, errors, **columns):
    """The small stand with some shifts and its trees' columns changed; no sampling error, no alternatives."""
    model, surveys, plots = stand_of(errors=errors)
    given = [trees.assign(**columns) for trees in surveys]
    none = {"komiyama_2005_agb": (), "komiyama_2005_bgb": ()}
    terms = stand_terms(given, [list(plots["plot_id"])] * 2, equations(), (), none, shifts)
    still = [
        dataclasses.replace(s, degrees_of_freedom=(None, None), change_degrees_of_freedom=None)
        for s in model.strata
    ]
    return dataclasses.replace(model, terms=terms, strata=still, errors=errors), given


def shift(name, surveys, diameter=(0, 0), mass=(0, 0)):
    sizes = [len(trees) for trees in surveys]
    none = np.zeros(sum(sizes))
    return Shift(
        name, np.repeat(np.array(diameter, float), sizes), none, np.repeat(np.array(mass, float), sizes)
    )


def test_a_bias_of_one_date_does_not_cancel_in_the_change():
    _, surveys, _ = stand_of(errors=EXACT)
    shifts = [
        shift("measuring_bias.diameter.1", surveys, diameter=(0.01, 0)),
        shift("measuring_bias.diameter.2", surveys, diameter=(0, 0.01)),
    ]
    errors = dataclasses.replace(EXACT, shifts=[each.name for each in shifts])
    model, _ = moved(shifts, errors)
    drawn = simulate(model, DRAWS, ["measuring_bias"])
    agb = POOLS.index("agb")
    means = drawn["measuring_bias"].stock[NORMAL, agb, 0, :, 0]
    spreads = drawn[None].stock[NORMAL, agb, 0].std(axis=-1)
    np.testing.assert_allclose(spreads, 0.0246 * means, rtol=0.02)
    change = drawn[None].change[NORMAL, agb, 0].std()
    assert change == pytest.approx(0.0246 * math.hypot(*means), rel=0.02)
    assert drawn["measuring_bias"].change[NORMAL, agb, 0].std() == pytest.approx(0, abs=1e-12)


def test_an_error_of_the_mass_is_one_number_for_both_dates():
    _, surveys, _ = stand_of(errors=EXACT)
    shifts = [shift("extrapolation.*", surveys, mass=(0.1, 0.1))]
    model, _ = moved(shifts, dataclasses.replace(EXACT, shifts=["extrapolation.*"]))
    drawn = simulate(model, DRAWS)[None]
    agb = POOLS.index("agb")
    stock, change = drawn.stock[NORMAL, agb, 0], drawn.change[NORMAL, agb, 0]
    np.testing.assert_allclose(change / change.mean(), stock[1] / stock[1].mean(), rtol=1e-9)
    assert stock[1].std() / stock[1].mean() == pytest.approx(0.1, rel=0.02)


def test_factors_of_dead_trees_move_dead_wood_alone():
    errors = dataclasses.replace(EXACT, dead_factor={"1": Normal(0.9, 0.02)})
    model, _ = moved((), errors)
    drawn = simulate(model, DRAWS, ["dead_wood"])
    dead, agb = POOLS.index("dead_wood"), POOLS.index("agb")
    mean = drawn["dead_wood"].stock[NORMAL, dead, 0, 0, 0]
    assert mean > 0
    assert drawn[None].stock[NORMAL, dead, 0, 0].std() == pytest.approx(mean * 0.02 / 0.9, rel=0.03)
    assert np.ptp(drawn[None].stock[NORMAL, agb, 0, 0]) == 0


def test_boles_know_no_equation_and_no_wood_density():
    """Neither the choice of an equation nor a species' wood density is in what a frustum weighs."""
    _, surveys, plots = stand_of()
    given = []
    for trees in surveys:
        boles = trees.assign(d0_cm=trees["dbh_cm"] * 1.1, bole=trees["status"] == "dead")
        mass = bole_mass(*(boles[name].to_numpy() for name in ("d0_cm", "dbh_cm", "height_m")), 0.35)
        given.append(boles.assign(agb_kg=boles["agb_kg"].mask(boles["bole"], pd.Series(mass, boles.index))))
    terms = stand_terms(given, [list(plots["plot_id"])] * 2, equations(), ())
    dead = [term for term in terms if term.pool == "dead_wood"]
    assert dead
    assert {term.equation for term in dead} == {BOLE}
    assert {term.density_exponent for term in dead} == {0.0}
    total = sum(term.sums[0].sum() for term in dead)
    expected = given[0].loc[given[0]["bole"], "agb_kg"] * 65.0 / 1000
    assert total == pytest.approx(expected.sum(), rel=1e-12)

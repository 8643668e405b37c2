"""Draws from sums of plots against a loop over trees, and what is shared against what is not."""

from __future__ import annotations

import numpy as np
import pytest
from uncertainty_stand import SPECIES, stand_of

from mrv.biomass.plots import POOLS
from mrv.biomass.trees import biomass_by
from mrv.reference import equations
from mrv.uncertainty.shared import Normal, SharedErrors
from mrv.uncertainty.simulation import NORMAL, simulate
from mrv.uncertainty.stand import wood_density_exponent

DRAWS = 50


def plot_biomass(trees, plots, pool, shared, draw, ensembles):
    """Biomass of each plot in one draw, tree by tree. [t/ha]"""
    component = "bgb" if pool == "bgb" else "agb"
    total = np.zeros(len(plots))
    position = {name: number for number, name in enumerate(plots["plot_id"])}
    for row in range(len(trees)):
        one = trees.iloc[[row]]
        species, status = one["species"].item(), one["status"].item()
        used = one[f"{component}_equation"].item()
        if (pool == "agb") != (status == "live") and pool != "bgb":
            continue
        if used not in equations():
            continue
        shifted = one.assign(
            wood_density_g_cm3=one["wood_density_g_cm3"] * shared.wood_density[species][draw]
        )
        ensemble = ensembles[component, species]
        weights = ensemble.weights(shared.choice[used][[draw]])[0]
        biomass = 0.0
        for name, weight in zip(ensemble.members, weights, strict=True):
            by_member = biomass_by(equations()[name], shifted)[0].item()
            departure = shared.coefficients.get(name)
            if departure is not None:
                a, b = departure[draw]
                by_member *= np.exp(a + b * np.log(one["dbh_cm"].item()))
            biomass += weight * by_member
        factor = one["dead_factor"].item() if component == "agb" else 1.0
        total[position[one["plot_id"].item()]] += biomass * factor * 65.0 / 1000
    return total


def test_sums_of_plots_give_what_a_loop_over_trees_gives(stand):
    model, surveys, plots = stand
    held = simulate(model, 1000, ["sampling"])["sampling"]
    ensembles = {
        ("bgb" if term.pool == "bgb" else "agb", term.species): term.ensemble for term in model.terms
    }
    for draw in range(0, DRAWS, 7):
        for date, trees in enumerate(surveys):
            for p, pool in enumerate(POOLS):
                by_plot = plot_biomass(trees, plots, pool, held.shared, draw, ensembles)
                for s, stratum in enumerate(("a", "b")):
                    mean = by_plot[(plots["stratum_id"] == stratum).to_numpy()].mean()
                    assert held.stock[NORMAL, p, s, date, draw] == pytest.approx(mean, rel=1e-8)


def test_the_choice_makes_the_stand_uniform_on_the_log_scale(stand):
    model, _, _ = stand
    ensemble = next(term.ensemble for term in model.terms if len(term.ensemble.members) == 3)
    chance = np.array([0.0, 0.25, 0.5, 1.0])
    total = ensemble.weights(chance) @ ensemble.totals
    low, high = np.log(ensemble.totals[[0, -1]])
    np.testing.assert_allclose(np.log(total), low + chance * (high - low), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "exponent"),
    [("komiyama_2005_agb", 1), ("komiyama_2005_bgb", 0.899), ("chave_2005_dbh", 1)],
)
def test_power_of_the_wood_density(name, exponent):
    assert wood_density_exponent(equations()[name]) == pytest.approx(exponent, rel=1e-12)


def test_sampling_alone_has_the_standard_error_and_the_freedom_of_the_design():
    model, _, _ = stand_of(errors=SharedErrors(carbon_fraction={"agb": Normal(1, 0), "bgb": Normal(1, 0)}))
    drawn = simulate(model, 40_000)[None]
    stratum = model.strata[0]
    sample = stratum.samples[0]
    columns = [term for term in model.terms if term.pool == "agb" and term.equation == "komiyama_2005_agb"]
    by_plot = sum(term.sums[0][:, 0] for term in columns)[sample.rows]
    own = by_plot.std(ddof=1) / np.sqrt(len(by_plot))
    agb = POOLS.index("agb")
    assert drawn.stock[NORMAL, agb, 0, 0].std() == pytest.approx(own, rel=0.02)
    student = (drawn.stock[1, agb, 0, 0] - by_plot.mean()) / own
    assert np.quantile(student, 0.95) == pytest.approx(2.015048, rel=0.03)


def test_the_same_draw_serves_both_dates_so_that_the_change_scales_with_the_equation(stand):
    model, _, _ = stand
    held = simulate(model, 1000, ["sampling"])["sampling"]
    agb = POOLS.index("agb")
    both = held.stock[NORMAL, agb, 0]
    assert np.corrcoef(both[0], both[1])[0, 1] > 0.99
    relative = [x.std() / x.mean() for x in (both[0], both[1], held.change[NORMAL, agb, 0])]
    assert relative[2] == pytest.approx(relative[0], rel=0.25)


def test_wood_density_is_drawn_once_for_a_species(stand):
    model, _, _ = stand
    shared = simulate(model, 1000)[None].shared
    assert set(shared.wood_density) == set(SPECIES)
    for draws in shared.wood_density.values():
        assert draws.std() == pytest.approx(0.08, rel=0.1)

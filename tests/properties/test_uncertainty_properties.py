"""What must hold of any error budget: neighbours change nothing, noise never pays."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uncertainty_stand import ERRORS, stand_of

from mrv.stock.estimators import simple_random
from mrv.streams import Streams
from mrv.uncertainty.monte_carlo import shortest_interval, symmetric_interval
from mrv.uncertainty.propagation import relative_error_of_product, relative_error_of_total
from mrv.uncertainty.shared import Normal, covariance_root, truncated_normal
from mrv.uncertainty.simulation import NORMAL, STUDENT, simulate
from mrv.uncertainty.stand import POOLS


def test_a_further_stratum_changes_no_draw_of_the_others():
    exact_choice = replace(ERRORS, equation_choice=False)
    few, many = (
        simulate(stand_of(strata, exact_choice)[0], 1000)[None] for strata in (("a", "b"), ("a", "b", "c"))
    )
    for name, draws in few.shared.wood_density.items():
        np.testing.assert_array_equal(draws, many.shared.wood_density[name])
    np.testing.assert_allclose(few.stock, many.stock[:, :, :2], rtol=1e-12)
    np.testing.assert_allclose(few.change, many.change[:, :, :2], rtol=1e-9, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.permutations(["alpha", "beta", "gamma", "delta"]))
def test_the_order_of_the_work_changes_no_bit(order):
    streams = Streams(11, "p")
    wanted = {name: streams.uniforms(name, 0) for name in ("alpha", "beta", "gamma", "delta")}
    for name in order:
        np.testing.assert_array_equal(streams.uniforms(name, 0), wanted[name])


def lower_ends(spread, projects=300, plots=20):
    """Mean over simulated projects of the lower end that would be credited. [t_co2e/ha]"""
    random = np.random.default_rng(5)
    truth = random.normal(10, 3, (projects, plots))
    noise = random.normal(0, 1, (projects, plots))
    return np.mean([simple_random(row).interval(0.90).low for row in truth + spread * noise])


def test_noise_of_the_plots_never_raises_what_is_credited_on_average():
    ends = [lower_ends(spread) for spread in (0.0, 1.0, 2.0, 4.0, 8.0)]
    assert all(later < earlier for earlier, later in pairwise(ends))


@pytest.mark.parametrize("component", ["wood_density", "carbon_fraction"])
def test_a_larger_shared_error_lowers_the_end_that_total_uncertainty_credits(component):
    ends = []
    for factor in (1.0, 3.0, 6.0):
        wider = {
            name: Normal(normal.value, normal.standard_error * factor)
            for name, normal in getattr(ERRORS, component).items()
        }
        model, _, _ = stand_of(errors=replace(ERRORS, **{component: wider}))
        drawn = simulate(model, 10_000, ["sampling"])["sampling"]
        fractions = drawn.shared.carbon_fraction
        change = sum(
            drawn.change[STUDENT, POOLS.index(pool)].sum(axis=0) * fractions[pool] for pool in fractions
        )
        ends.append(symmetric_interval(change, 0.90).low)
    assert ends == sorted(ends, reverse=True)


def test_more_components_never_make_the_interval_narrower():
    model, _, _ = stand_of()
    found = simulate(model, 10_000, ["sampling", "wood_density", "equation_choice"])
    agb = POOLS.index("agb")
    whole = found[None].stock[NORMAL, agb].sum(axis=0).var(axis=-1)
    for held in ("sampling", "wood_density", "equation_choice"):
        assert (found[held].stock[NORMAL, agb].sum(axis=0).var(axis=-1) <= whole).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_a_product_is_at_least_as_uncertain_as_its_worst_factor(errors):
    assert relative_error_of_product(np.array(errors)) >= max(errors) - 1e-12


@given(st.floats(0.01, 1), st.integers(1, 500), st.floats(0, 1))
def test_a_shared_error_never_averages_out_below_an_independent_one(error, n, correlation):
    mixed = relative_error_of_total(error, n, correlation)
    bounds = relative_error_of_total(error, n, 0), relative_error_of_total(error, n, 1)
    assert bounds[0] - 1e-12 <= mixed <= bounds[1] + 1e-12


@given(st.floats(0.25, 1.1), st.floats(0.01, 0.3))
def test_draws_of_wood_density_stay_inside_their_limits(mean, spread):
    chance = np.linspace(1e-9, 1 - 1e-9, 101)
    found = truncated_normal(chance, Normal(mean, spread), (0.2, 1.2))
    assert ((found >= 0.2 - 1e-9) & (found <= 1.2 + 1e-9)).all()
    assert (np.diff(found) >= 0).all()


@given(st.floats(0.1, 5), st.floats(0.1, 5), st.floats(-0.99, 0.99))
def test_root_of_a_covariance(one, other, correlation):
    covariance = np.array([[one**2, one * other * correlation], [one * other * correlation, other**2]])
    root = covariance_root(covariance)
    np.testing.assert_allclose(root @ root.T, covariance, rtol=1e-9, atol=1e-12)


def test_the_shortest_interval_is_not_longer_than_the_symmetric_one():
    draws = np.exp(np.concatenate([Streams(1, "p").normals("x", block)[:, 0] for block in range(10)]))
    assert shortest_interval(draws, 0.9).half_width <= symmetric_interval(draws, 0.9).half_width

"""Bits of the streams: the same for any chunks, order or neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from uncertainty_stand import stand_of

from mrv.streams import BLOCK, Streams, uniforms
from mrv.uncertainty.monte_carlo import convergence, numerical_tolerance, quantile_standard_error
from mrv.uncertainty.simulation import simulate


def test_uniform_numbers_lie_inside():
    found = uniforms(1, "x", 100_000)
    assert found.min() > 0
    assert found.max() < 1
    assert found.mean() == pytest.approx(0.5, abs=0.005)


def test_streams_of_other_words_are_others():
    streams = Streams(1, "p")
    first = streams.uniforms("x", 0)
    for other in (
        streams.uniforms("y", 0),
        streams.uniforms("x", 1),
        streams.uniforms("x", 0, "a"),
        Streams(2, "p").uniforms("x", 0),
        Streams(1, "q").uniforms("x", 0),
    ):
        assert not (first == other).any()


def test_chunks_change_no_bit(stand):
    model, _, _ = stand
    whole = simulate(model, 3 * BLOCK)[None]
    parts = [simulate(model, BLOCK, first=number)[None] for number in (2, 0, 1)]
    for place, number in enumerate((2, 0, 1)):
        rows = slice(number * BLOCK, (number + 1) * BLOCK)
        np.testing.assert_array_equal(whole.stock[..., rows], parts[place].stock)
        np.testing.assert_array_equal(whole.change[..., rows], parts[place].change)


def test_the_order_of_trees_changes_no_bit():
    first, second = (simulate(stand_of(shuffle=shuffle)[0], BLOCK)[None] for shuffle in (False, True))
    np.testing.assert_allclose(first.stock, second.stock, rtol=1e-13)


def test_held_components_leave_the_draws_of_the_others(stand):
    model, _, _ = stand
    found = simulate(model, BLOCK, ["wood_density"])
    assert found["wood_density"].shared.wood_density == {}
    for name, draws in found[None].shared.carbon_fraction.items():
        np.testing.assert_array_equal(draws, found["wood_density"].shared.carbon_fraction[name])


def test_two_digits_of_a_standard_uncertainty():
    assert numerical_tolerance(0.99) == 0.005
    assert numerical_tolerance(832.4) == 5
    assert numerical_tolerance(1.1e-4) == pytest.approx(5e-6)
    assert numerical_tolerance(0) == 0


def test_convergence_comes_with_draws():
    streams = Streams(3, "p")
    draws = np.concatenate([streams.normals("x", block)[:, 0] for block in range(400)]) * 1.1
    early, late = (convergence(draws[:count], 0.9, BLOCK) for count in (10_000, 400_000))
    assert late.error < early.error / 3
    assert late.reached
    assert quantile_standard_error(draws[:10_000], 0.05) == pytest.approx(1.1 * 0.0211, rel=0.3)

"""Invariants of the soil functions, and what they refuse to say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrv.errors import MethodologyError
from mrv.provenance import EVIDENCE
from mrv.reference import sources
from mrv.soil.allochthonous import (
    IncoherentInputError,
    allochthonous_deduction,
    allochthonous_share_by_organic_matter,
    sensitivity_to_deposition,
)
from mrv.soil.compaction import compaction, decompact
from mrv.soil.elevation import elevation_change_rate, shallow_subsidence, station_mean
from mrv.soil.equivalent_mass import Profile, carbon_per_mass, deepest_common_cm, depth_of_mass
from mrv.soil.lead_210 import (
    constant_flux_constant_sedimentation,
    constant_rate_of_supply,
    decay_constant,
    excess,
    mass_depth,
    mean_rate_since,
)
from mrv.soil.organic_carbon import (
    SiteLine,
    fit_site_line,
    from_site_line,
    from_total_carbon,
    inorganic_from_carbonate,
    outside_guard,
    walkley_black,
)
from mrv.soil.stocks import (
    carbon_density,
    core_stock,
    extrapolated_stock,
    half_gap_stock,
    interpolated_stock,
    section_stocks,
    summed_stock,
)
from mrv.soil.vm0033_printed import SLIPS
from mrv.soil_reference import loss_on_ignition_lines, soil_default, soil_defaults


def array(*values):
    return np.array(values, dtype=float)


TOP, BOTTOM, DENSITY = array(0, 15, 30), array(15, 30, 50), array(0.02, 0.015, 0.01)

positive = st.floats(0.01, 10.0)


@given(
    thickness=st.lists(positive, min_size=1, max_size=8),
    compaction_share=st.floats(-0.2, 0.9),
    seed=st.integers(0, 2**31),
)
def test_decompaction_keeps_mass_and_carbon(thickness, compaction_share, seed):
    bottom = np.cumsum(thickness)
    top = np.append(0.0, bottom[:-1])
    generator = np.random.default_rng(seed)
    bulk_density = generator.uniform(0.1, 2, len(thickness))
    share = generator.uniform(0, 0.4, len(thickness))
    result = decompact(top, bottom, bulk_density, compaction_share)
    before = section_stocks(carbon_density(share, bulk_density), top, bottom)
    after = section_stocks(carbon_density(share, result.bulk_density_g_cm3), result.top_cm, result.bottom_cm)
    assert after == pytest.approx(before, rel=1e-9)


def test_a_swollen_core_has_negative_compaction():
    assert compaction(100, 8, 10) < 0


@given(depth=st.floats(0.5, 50))
def test_a_uniform_soil_holds_the_same_by_every_rule(depth):
    density = np.full(3, 0.02)
    top, bottom = array(5, 20, 40), array(10, 25, 50)
    expected = 0.02 * depth * 100
    assert interpolated_stock(density, top, bottom, depth, 50) == pytest.approx(expected, rel=1e-9)
    assert half_gap_stock(density, top, bottom, depth) == pytest.approx(expected, rel=1e-9)


def test_a_depth_cuts_a_section():
    stock = core_stock(DENSITY, TOP, BOTTOM, 20, 50)
    assert stock.stock_t_c_ha == pytest.approx(0.02 * 1500 + 0.015 * 500)
    assert (stock.rule, stock.sampled_share) == ("sum of sections", 1.0)
    assert math.isnan(stock.rule_difference_t_c_ha)


def test_a_core_without_gaps_below_a_gap_is_summed_above_it():
    density, top, bottom = array(0.02, 0.01, 0.01), array(0, 10, 40), array(10, 20, 50)
    assert core_stock(density, top, bottom, 20, 50).rule == "sum of sections"
    deeper = core_stock(density, top, bottom, 50, 50)
    assert deeper.rule == "interpolated between samples"
    assert deeper.sampled_share == pytest.approx(0.6)
    assert math.isfinite(deeper.rule_difference_t_c_ha)


def test_a_short_core_has_no_stock_and_an_extrapolation_for_reporting():
    stock = core_stock(DENSITY, TOP, BOTTOM, 100, 50)
    assert math.isnan(stock.stock_t_c_ha)
    assert stock.reached_cm == 50
    assert stock.extrapolated is not None
    assert stock.extrapolated.standard_error_t_c_ha > 0


def test_refusal_ends_the_soil_and_nothing_is_counted_below():
    stock = core_stock(DENSITY, TOP, BOTTOM, 100, 50, refusal=True)
    assert stock.stock_t_c_ha == pytest.approx(summed_stock(DENSITY, TOP, BOTTOM, 50))
    assert (stock.reached_cm, stock.extrapolated) == (50, None)


def test_samples_are_carried_to_the_depth_of_the_corer_and_not_beyond():
    density, top, bottom = array(0.02, 0.01), array(5, 70), array(10, 75)
    assert core_stock(density, top, bottom, 100, 100).stock_t_c_ha > 0
    assert math.isnan(core_stock(density, top, bottom, 100, 99).stock_t_c_ha)


def test_two_sections_carry_no_line():
    line = extrapolated_stock(DENSITY[:2], TOP[:2], BOTTOM[:2], 100)
    assert math.isnan(line.stock_t_c_ha)


def test_a_loosened_soil_loses_carbon_at_a_fixed_depth_only():
    dense = Profile(array(0.02, 0.02), array(1.0, 1.0), array(0, 15), array(15, 30), 30)
    loose = Profile(array(*[0.016] * 3), array(*[0.8] * 3), array(0, 15, 30), array(15, 30, 45), 45)
    assert loose.carbon_to(30) - dense.carbon_to(30) == pytest.approx(-12)
    depth = depth_of_mass(loose.mass_to, dense.mass_to(30), 30, loose.end_cm)
    assert depth == pytest.approx(37.5)
    assert loose.carbon_to(depth) == pytest.approx(dense.carbon_to(30), rel=1e-12)


def test_a_core_with_less_mass_has_no_equivalent():
    thin = Profile(array(0.02), array(1.0), array(0), array(10), 10)
    assert depth_of_mass(thin.mass_to, 1000, 10, 10) == 10
    assert math.isnan(depth_of_mass(thin.mass_to, 1001, 10, 10))


def test_a_core_that_met_refusal_tells_that_nothing_is_below():
    rock = Profile(array(0.02), array(1.0), array(0), array(10), 10, refusal=True)
    deep = Profile(array(0.02), array(1.0), array(0), array(50), 50)
    assert rock.carbon_to(40) == rock.carbon_to(10) == pytest.approx(20)
    assert deepest_common_cm((rock, deep)) == 50
    assert deepest_common_cm((rock,)) == 10


def test_carbon_per_mass_is_that_of_the_section_at_the_depth():
    core = Profile(array(0.03, 0.01), array(0.5, 1.0), array(0, 20), array(20, 40), 40)
    assert carbon_per_mass(core.carbon_to, core.mass_to, 30) == pytest.approx(0.01)
    assert carbon_per_mass(core.carbon_to, core.mass_to, 10) == pytest.approx(0.06)


def test_mass_and_carbon_take_one_rule_for_gaps():
    core = Profile(array(0.02, 0.02), array(1.0, 1.0), array(0, 40), array(5, 45), 50)
    assert core.carbon_to(50) / core.mass_to(50) == pytest.approx(0.02)


def test_laboratory_methods():
    assert from_total_carbon(array(0.03), inorganic_from_carbonate(array(0.05))) == pytest.approx([0.024])
    assert walkley_black(array(0.02), 0.8) == pytest.approx([0.025])


def test_a_line_of_the_site_from_its_own_pairs():
    loss = array(0.05, 0.1, 0.2, math.nan, 0.4)
    carbon = array(0.02, 0.04, 0.08, 0.1, 0.16)
    line = fit_site_line(loss, carbon)
    assert (line.slope, line.intercept) == pytest.approx((0.4, 0), abs=1e-12)
    assert (line.pairs, line.residual_standard_error) == (4, pytest.approx(0, abs=1e-12))
    assert from_site_line(array(0.3), SiteLine(0.4, 0.01, 30, 0.01)) == pytest.approx([0.13])


def test_only_guarded_lines_are_refused():
    lines = loss_on_ignition_lines()
    loss, measured = array(0.05, 0.5, 0.5), array(math.nan, 0.02, 0.1)
    assert outside_guard(lines["kauffman_2011"], loss, measured).tolist() == [True, True, False]
    assert not outside_guard(lines["mineral_mangrove"], loss, measured).any()


def test_excess_that_does_not_fall_with_depth_gives_no_rate():
    activity = excess(array(20, 30, 45, 70), array(10, 10, 10, 10))
    rate = constant_flux_constant_sedimentation(
        mass_depth(array(1, 1, 1, 1)), activity, decay_constant(22.23)
    )
    assert math.isnan(rate.mass_accumulation_g_cm2_yr)
    few = constant_flux_constant_sedimentation(array(1, 2), array(9, 5), decay_constant(22.23))
    assert math.isnan(few.mass_accumulation_g_cm2_yr)


def test_a_steady_rate_is_the_same_by_both_models():
    decay, rate = decay_constant(22.23), 0.3
    mass = np.full(300, 0.5)
    edges = np.append(0.0, np.cumsum(mass))
    activity = -np.diff(np.exp(-decay * edges / rate)) / mass * 100
    dates = constant_rate_of_supply(mass, activity, decay)
    assert mean_rate_since(mass, dates.age_at_base_yr, 30) == pytest.approx(rate, rel=0.03)
    line = constant_flux_constant_sedimentation(mass_depth(mass), activity, decay)
    assert line.mass_accumulation_g_cm2_yr == pytest.approx(rate, rel=1e-6)


def test_a_core_that_is_younger_gives_no_mean_rate():
    assert math.isnan(mean_rate_since(array(1, 1), array(5, 10), 20))


def test_the_station_is_the_mean_of_its_arms():
    arms = [array(1, 3), array(10)]
    assert station_mean(arms) == 6  # not 14/3, the mean of the pins
    assert elevation_change_rate(arms, 2) == 3
    assert shallow_subsidence(7, 3) == 4


def linear(organic_matter):
    return 0.4 * organic_matter


def test_more_deposited_matter_is_a_larger_share_and_too_much_is_refused():
    low, default, high = (soil_default(f"organic_matter_deposited{tail}") for tail in ("_low", "", "_high"))
    shares = [share for _, share in sensitivity_to_deposition(0.08, (low, default, high), linear)]
    assert shares == sorted(shares)
    assert shares[2] > 2 * shares[1]
    with pytest.raises(IncoherentInputError, match="impossible"):
        allochthonous_share_by_organic_matter(0.03, high, linear)
    ((_, share),) = sensitivity_to_deposition(0.03, (high,), linear)
    assert math.isnan(share)


def test_a_loss_of_carbon_has_no_deduction():
    assert allochthonous_deduction(10, 0.2) == 2
    assert allochthonous_deduction(-10, 0.2) == 0


def test_every_number_has_a_registered_source():
    for entry in (*soil_defaults().values(), *loss_on_ignition_lines().values()):
        assert entry.source_id in sources()
        assert entry.evidence in EVIDENCE


def test_a_number_from_memory_is_no_default():
    with pytest.raises(MethodologyError, match="lead_210_half_life"):
        soil_default("lead_210_half_life")


def test_slips_name_functions_that_exist():
    from importlib import import_module

    for slip in SLIPS:
        module, name = slip.function.rsplit(".", 1)
        assert callable(getattr(import_module(module), name))

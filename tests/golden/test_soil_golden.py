"""Soil against the golden numbers (C01–C22)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mrv.soil.allochthonous import (
    IncoherentInputError,
    allochthonous_share,
    allochthonous_share_by_organic_matter,
    autochthonous_organic_matter,
    coherent_allochthonous_share,
)
from mrv.soil.compaction import compaction, decompact
from mrv.soil.elevation import (
    accretion_rate,
    carbon_accumulation_from_accretion,
    elevation_change_rate,
    pin_changes,
    shallow_subsidence,
)
from mrv.soil.equivalent_mass import Profile, depth_of_mass
from mrv.soil.lead_210 import (
    carbon_accumulation,
    constant_flux_constant_sedimentation,
    constant_rate_of_supply,
    decay_constant,
)
from mrv.soil.organic_carbon import (
    from_published_line,
    organic_matter_by_published_line,
    outside_guard,
)
from mrv.soil.stocks import (
    carbon_density,
    core_stock,
    extrapolated_stock,
    half_gap_bounds,
    half_gap_stock,
    interpolated_stock,
    section_stocks,
)
from mrv.soil.vm0033_defaults import (
    NoDefaultError,
    annual_emission,
    default_accumulation,
    default_methane,
    default_nitrous_oxide,
)
from mrv.soil.vm0033_printed import (
    carbon_as_printed_95,
    emission_as_printed_100,
    stock_as_printed_99,
    stock_from_si_units,
)
from mrv.soil_reference import loss_on_ignition_lines, soil_default
from mrv.units import CO2_PER_C


def columns(rows):
    return tuple(np.array(column, dtype=float) for column in zip(*rows, strict=True))


def close(expected, case):
    tolerance = case["tolerance"]
    return pytest.approx(expected, rel=tolerance["rel"], abs=tolerance.get("abs", 0))


def test_stock_of_sections_c01(golden):
    case = golden("C01")
    top, bottom, bulk_density, percent = columns(case["inputs"]["sections_top_bot_cm_bd_g_cm3_oc_pct"])
    density = carbon_density(percent / 100, bulk_density)
    expected = case["expected"]
    assert section_stocks(density, top, bottom) == close(expected["section_t_C_ha"], case)
    stock = core_stock(density, top, bottom, 100, 100)
    assert stock.stock_t_c_ha == close(expected["stock_t_C_ha"], case)
    assert stock.rule == "sum of sections"
    assert stock.stock_t_c_ha * CO2_PER_C == close(expected["stock_t_CO2e_ha"], case)


def test_percent_in_the_printed_equation_c02(golden):
    case = golden("C02")
    top, bottom, bulk_density, percent = columns(case["inputs"]["sections"])
    right = section_stocks(carbon_density(percent / 100, bulk_density), top, bottom).sum()
    assert right == close(case["expected"]["correct_t_C_ha"], case)
    literal = stock_as_printed_99(percent, bulk_density, bottom - top).sum()
    assert literal == close(case["expected"]["literal_reading_t_C_ha"], case)


def test_si_units_c03(golden):
    case = golden("C03")
    given = case["inputs"]
    stock = stock_from_si_units(given["C_pct"] / 100, given["BD_kg_m3"], given["depth_m"])
    assert stock == close(case["expected"]["t_C_ha"], case)


def test_compaction_c04(golden):
    case = golden("C04")
    tube, inside, outside = columns(case["inputs"]["cores_sampler_internal_external_cm"])
    percent = 100 * compaction(tube, inside, outside)
    assert percent == close(case["expected"]["compaction_pct"], case)
    assert percent == pytest.approx(case["published_value"], abs=0.51)


def test_decompaction_c05(golden):
    case = golden("C05")
    given = {name: np.array(values, dtype=float) for name, values in case["inputs"].items()}
    result = decompact(given["top"], given["bot"], given["dbd"], given["compaction_pct"] / 100)
    assert result.top_cm == close(case["expected"]["top_corr"], case)
    assert result.bottom_cm == close(case["expected"]["bot_corr"], case)
    assert result.bulk_density_g_cm3 == close(case["expected"]["dbd_corr"], case)


def test_decompaction_conserves_mass_c06(golden):
    case = golden("C06")
    given = case["inputs"]
    top, bottom, bulk_density = (np.array([float(given[name])]) for name in ("top", "bot", "dbd"))
    result = decompact(top, bottom, bulk_density, given["compaction_pct"] / 100)
    before = ((bottom - top) * bulk_density).item()
    after = ((result.bottom_cm - result.top_cm) * result.bulk_density_g_cm3).item()
    only_depth = ((result.bottom_cm - result.top_cm) * bulk_density).item()
    assert before == close(case["expected"]["mass_before_g_cm2"], case)
    assert after == close(case["expected"]["mass_after_g_cm2"], case)
    assert only_depth == close(case["expected"]["mass_if_only_depth_corrected"], case)
    assert only_depth / before - 1 == close(case["expected"]["overestimate"], case)


def test_half_gaps_and_extrapolation_c07(golden):
    case = golden("C07")
    for name in ("core1", "core2"):
        top, bottom, bulk_density, percent = columns(case["inputs"][name])
        density = carbon_density(percent / 100, bulk_density)
        expected = case["expected"][name]
        whole = section_stocks(density, *half_gap_bounds(top, bottom)).sum()
        assert whole == close(expected["whole_g_cm2"] * 100, case)
        if name == "core1":
            stock = half_gap_stock(density, top, bottom, 75)
            assert stock == close(expected["stock_g_cm2"] * 100, case)
        else:
            assert math.isnan(half_gap_stock(density, top, bottom, 75))
            line = extrapolated_stock(density, top, bottom, 75)
            assert line.stock_t_c_ha == close(expected["stock_g_cm2"] * 100, case)
            assert line.standard_error_t_c_ha == close(expected["se"] * 100, case)


def test_interpolation_between_samples_c08(golden):
    case = golden("C08")
    top, bottom, bulk_density, percent = columns(case["inputs"]["core1"])
    density = carbon_density(percent / 100, bulk_density)
    stock = interpolated_stock(density, top, bottom, case["inputs"]["depth_cm"], 108)
    assert stock == close(case["expected"]["stock_g_cm2"] * 100, case)
    difference = stock / half_gap_stock(density, top, bottom, case["inputs"]["depth_cm"]) - 1
    assert difference == close(case["expected"]["vs_halfgap"], case)
    core = core_stock(density, top, bottom, case["inputs"]["depth_cm"], 108)
    assert core.stock_t_c_ha == stock
    assert core.rule == "interpolated between samples"


def line(name):
    return loss_on_ignition_lines()[name]


def test_published_lines_c09(golden):
    case = golden("C09")
    matter = np.array([case["inputs"]["OM_pct"] / 100])
    percent = {
        name: 100 * from_published_line(matter, line(name)).item()
        for name in ("kauffman_2011", "mineral_mangrove", "van_bemmelen")
    }
    expected = case["expected"]
    assert percent["kauffman_2011"] == close(expected["kauffman2011_VM0033_eq96"], case)
    assert percent["mineral_mangrove"] == close(expected["vietnam_mineral_0.227OM+0.244"], case)
    assert percent["van_bemmelen"] == close(expected["van_bemmelen_0.58"], case)
    ratio = percent["kauffman_2011"] / percent["mineral_mangrove"]
    assert ratio == close(expected["ratio_kauffman_over_vietnam"], case)
    assert outside_guard(line("kauffman_2011"), matter, np.array([math.nan])).all()


def test_inverse_of_a_line_with_an_intercept_c10(golden):
    case = golden("C10")
    carbon = np.array(case["inputs"]["C_pct"]) / 100
    matter = 100 * organic_matter_by_published_line(carbon, line("kauffman_2011"))
    assert matter == close(case["expected"]["OM_pct"], case)
    assert outside_guard(line("kauffman_2011"), np.full(4, math.nan), carbon).all()


def test_misprint_of_the_marsh_line_c11(golden):
    case = golden("C11")
    matter = np.array([case["inputs"]["OM_pct"] / 100])
    expected = case["expected"]
    assert 100 * carbon_as_printed_95(matter) == close([expected["with_0.04"]], case)
    right = from_published_line(matter, line("vm0033_marsh"))
    assert 100 * right == close([expected["with_0.40"]], case)
    inverse = organic_matter_by_published_line(right, line("vm0033_marsh"))
    assert 100 * inverse == close([expected["inverse_eq41_of_0.40_result"]], case)


def test_allochthonous_share_c12(golden):
    case = golden("C12")
    matter = case["inputs"]["OM_soil"] / 100
    deposited = case["inputs"]["OM_depsed_default"] / 100
    assert deposited == soil_default("organic_matter_deposited")
    conversion = lambda value: from_published_line(np.array([value]), line("mineral_mangrove")).item()  # noqa: E731
    own = autochthonous_organic_matter(matter, deposited)
    expected = case["expected"]
    assert 100 * own == close(expected["OM_autoch"], case)
    assert 100 * conversion(matter) == close(expected["C_soil"], case)
    assert 100 * conversion(own) == close(expected["C_autoch"], case)
    share = allochthonous_share_by_organic_matter(matter, deposited, conversion)
    assert 100 * share == close(expected["pct_alloch"], case)


def test_incoherent_inputs_are_refused_c13(golden):
    case = golden("C13")
    carbon = case["inputs"]["C_soil_measured"] / 100
    own = from_published_line(np.array([case["inputs"]["OM_autoch"] / 100]), line("kauffman_2011")).item()
    assert 100 * own == close(case["expected"]["C_autoch_eq96"], case)
    assert 100 * allochthonous_share(carbon, own) == close(case["expected"]["pct_alloch"], case)
    with pytest.raises(IncoherentInputError, match="same conversion"):
        coherent_allochthonous_share(carbon, own)


def test_decay_constant_c14(golden):
    case = golden("C14")
    assert decay_constant(case["inputs"]["half_life_yr"]) == close(case["expected"]["lambda_per_yr"], case)
    assert decay_constant(22.26) == close(case["expected"]["lambda_at_22.26"], case)


def test_constant_flux_c15(golden):
    case = golden("C15")
    rate = constant_flux_constant_sedimentation(
        np.array(case["inputs"]["mass_depth_g_cm2"]),
        np.array(case["inputs"]["excess_Bq_kg"]),
        decay_constant(22.23),
    )
    assert rate.slope_cm2_g == close(case["expected"]["slope"], case)
    assert rate.mass_accumulation_g_cm2_yr == close(case["expected"]["MAR_g_cm2_yr"], case)
    carbon = carbon_accumulation(rate.mass_accumulation_g_cm2_yr, 0.02)
    assert carbon == close(case["expected"]["CAR_g_C_m2_yr_at_2pct"], case)
    assert rate.standard_error_g_cm2_yr == pytest.approx(0, abs=1e-9)


def test_constant_supply_c16(golden):
    case = golden("C16")
    dates = constant_rate_of_supply(
        np.array(case["inputs"]["section_mass_g_cm2"]),
        np.array(case["inputs"]["excess_Bq_kg"]),
        case["inputs"]["lambda"],
    )
    expected = case["expected"]
    assert dates.inventory_bq_m2 == close(expected["total_inventory_Bq_m2"], case)
    assert dates.supply_bq_m2_yr == close(expected["supply_Bq_m2_yr"], case)
    assert dates.age_at_base_yr[:-1] == close(expected["age_at_base_yr"], case)
    assert dates.mass_accumulation_g_cm2_yr[:-1] == close(expected["MAR_g_cm2_yr_sections1to5"], case)
    assert math.isnan(dates.age_at_base_yr[-1])
    assert math.isnan(dates.mass_accumulation_g_cm2_yr[-1])


def test_accretion_times_density_c17(golden):
    case = golden("C17")
    rates = carbon_accumulation_from_accretion(
        np.array(case["inputs"]["accretion_mm_yr"]), case["inputs"]["C_density_g_cm3"]
    )
    assert rates == close(case["expected"]["CAR_g_C_m2_yr"], case)
    assert rates * 0.01 * CO2_PER_C == close(case["expected"]["t_CO2e_ha_yr"], case)


def test_default_accumulation_under_cover_c18(golden):
    case = golden("C18")
    assert soil_default("accumulation_default") == case["inputs"]["default_t_C_ha_yr"]
    rates = default_accumulation(np.array(case["inputs"]["cover_pct"]) / 100)
    assert rates == close(case["expected"]["t_C_ha_yr"], case)
    assert rates[3] * CO2_PER_C == close(case["expected"]["t_CO2e_ha_yr_at_50"], case)


def test_methane_flux_c19(golden):
    case = golden("C19")
    given = case["inputs"]["flux_mg_m2_d"], case["inputs"]["GWP"]
    assert annual_emission(*given) == close(case["expected"]["t_CO2e_ha_yr"], case)
    assert emission_as_printed_100(*given) == close(case["expected"]["literal_eq100_factor_100"], case)


def test_defaults_by_salinity_c20(golden):
    case = golden("C20")
    methane, nitrous = case["inputs"]["GWP_CH4"], case["inputs"]["GWP_N2O"]
    expected = case["expected"]
    assert default_methane(19) * methane == close(expected["CH4_gt18ppt"], case)
    assert default_methane(20, marine_class=True) * methane == close(expected["CH4_ge20ppt"], case)
    by_class = {19: "N2O_wetland_gt18", 18: "N2O_wetland_5_18", 4.9: "N2O_wetland_else"}
    for salinity, name in by_class.items():
        emission = default_nitrous_oxide(salinity, direct_nitrogen=False) * nitrous
        assert emission == close(expected[name], case)
    with pytest.raises(NoDefaultError, match="measure it"):
        default_methane(18)
    with pytest.raises(NoDefaultError, match="20 ppt"):
        default_methane(19, marine_class=True)
    with pytest.raises(NoDefaultError, match="direct nitrogen"):
        default_nitrous_oxide(30, direct_nitrogen=True)


def test_equivalent_soil_mass_c21(golden):
    case = golden("C21")
    reference = case["inputs"]["reference_mass_t_ha"]
    first, second = (
        Profile(carbon_density(percent / 100, density), density, top, bottom, bottom[-1])
        for top, bottom, density, percent in (columns(case["inputs"][name]) for name in ("t1", "t2"))
    )
    expected = case["expected"]
    assert first.mass_to(30) == pytest.approx(reference, rel=1e-12)
    assert first.carbon_to(30) == close(expected["C1_ref"], case)
    assert second.carbon_to(30) == close(expected["C2_fixed_30cm"], case)
    assert second.carbon_to(30) - first.carbon_to(30) == pytest.approx(
        expected["change_fixed_depth"], rel=1e-9
    )
    on_mass = second.carbon_to(depth_of_mass(second.mass_to, reference, 30, second.end_cm))
    assert on_mass == close(expected["C2_ESM"], case)
    assert on_mass - first.carbon_to(30) == pytest.approx(expected["change_ESM"], rel=1e-9)


def test_elevation_and_accretion_c22(golden):
    case = golden("C22")
    given, expected = case["inputs"], case["expected"]
    changes = pin_changes(np.array(given["pin_mm_t0"]), np.array(given["pin_mm_t1"]))
    elevation = elevation_change_rate([changes], given["years"])
    accretion = accretion_rate(np.array(given["marker_mm"]), given["years"])
    assert elevation == close(expected["elevation_mm_yr"], case)
    assert accretion == close(expected["accretion_mm_yr"], case)
    subsidence = shallow_subsidence(accretion, elevation)
    assert subsidence == close(expected["shallow_subsidence_mm_yr"], case)
    carbon = carbon_accumulation_from_accretion(accretion, given["C_density_g_cm3"])
    assert carbon == close(expected["CAR_g_C_m2_yr_from_accretion"], case)

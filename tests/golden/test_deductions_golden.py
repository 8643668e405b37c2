"""Deduction rules against golden numbers and published small cases; the slips of VM0033, each provoked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from mrv.accounting.cases import run_case
from mrv.accounting.deductions import (
    combined_uncertainty,
    excess_deduction,
    lower_bound,
    scaled_half_width,
    stepwise_discount,
    stratified_uncertainty,
    tier_share,
    two_sided_t_quantile,
    uncertainty_of_difference,
)
from mrv.accounting.vm0033_v2_1.credits import verified_units, yearly_buffer
from mrv.accounting.vm0033_v2_1.series import steps
from mrv.accounting.vm0033_v2_1.soil import soil_emissions_as_printed
from mrv.methodologies import load_methodology
from mrv.units import CO2_PER_C
from mrv.yaml_file import parse_yaml

Golden = Callable[[str], dict[str, Any]]


def along(dim: str, values: Any) -> xr.DataArray:
    return xr.DataArray(np.asarray(values, dtype=np.float64), dims=dim)


def number(value: float) -> xr.DataArray:
    return xr.DataArray(float(value))


def steps_of_the_tool() -> tuple[xr.DataArray, xr.DataArray]:
    """The steps as the documents state them."""
    parameters = load_methodology("vm0033_v2_1").parameters
    above, share = (
        along("step", [parameters[f"discount_{kind}_{step}"].values[0].value for step in (1, 2, 3, 4)])
        for kind in ("above", "share")
    )
    return above, share


def test_parts_of_a_stratum_combine_as_vm0033_has_it(golden: Golden):
    case = golden("K04")
    _, amounts, shares = zip(*case["inputs"]["pools_name_tCO2e_U90pct"], strict=True)
    found = combined_uncertainty(along("part", shares), along("part", amounts), "part")
    assert float(found) == pytest.approx(case["expected"]["uncertain_pct"], rel=1e-9)


def test_strata_by_area_and_by_emissions(golden: Golden):
    case = golden("K05")
    shares = along("stratum", case["inputs"]["U_pct"])
    by_area, by_emissions = (
        float(combined_uncertainty(shares, along("stratum", case["inputs"][key]), "stratum"))
        for key in ("area_ha", "E_tCO2e")
    )
    assert by_area == pytest.approx(case["expected"]["vm0033_area_weighted_pct"], rel=1e-9)
    assert by_emissions == pytest.approx(case["expected"]["correct_E_weighted_pct"], rel=1e-9)
    assert by_area < by_emissions


def test_a_difference_over_the_sum_and_over_itself(golden: Golden):
    case = golden("K06")
    shares = along("scenario", [case["inputs"]["U_BSL_pct"], case["inputs"]["U_WPS_pct"]])
    amounts = along("scenario", [case["inputs"]["GHG_BSL"], case["inputs"]["GHG_WPS"]])
    difference = amounts[0] - amounts[1]
    assert float(difference) == case["expected"]["NER"]
    printed = combined_uncertainty(shares, amounts, "scenario")
    right = uncertainty_of_difference(shares, amounts, "scenario", difference)
    assert float(printed) == pytest.approx(case["expected"]["NER_ERROR_eq91_pct"], rel=1e-9)
    assert float(right) == pytest.approx(case["expected"]["pct_of_NER"], rel=1e-9)


def test_only_the_excess_is_deducted(golden: Golden):
    case = golden("K07")
    amount = number(case["inputs"]["NER"])
    allowed = number(case["inputs"]["allowable_pct_90"] / 100)
    found = [
        float(amount - excess_deduction(amount, number(share / 100), allowed))
        for share in case["inputs"]["NER_ERROR_pct"]
    ]
    assert found == pytest.approx(case["expected"]["adjusted"], rel=1e-9)
    document = load_methodology("vm0033_v2_1").parameters["allowable_uncertainty"]
    assert document.values[0].value == float(allowed)


def test_art_trees(golden: Golden):
    case = golden("K08")
    half_widths = along("case", case["inputs"]["HW90"])
    found = scaled_half_width(half_widths, number(0.524417), number(1.645006))
    np.testing.assert_allclose(found, case["expected"]["UA"], rtol=1e-9)
    assert float(found[1]) * case["inputs"]["gross_tCO2e"] == pytest.approx(
        case["expected"]["deduction_at_0.10"], rel=1e-9
    )


def test_steps_of_ar_tool14_are_closed_on_the_right(golden: Golden):
    case = golden("K09")
    above, share = steps_of_the_tool()
    mean, half_width = (number(case["inputs"][key]) for key in ("mean", "half_width"))
    discount = stepwise_discount(half_width, half_width / mean, above, share)
    assert float(discount) == case["expected"]["discount"]
    assert float(mean - discount) == case["expected"]["conservative_project"]
    assert float(mean + discount) == case["expected"]["conservative_baseline"]
    curve = [float(stepwise_discount(number(u), number(u / 100), above, share)) for u in (5, 12, 18, 25, 40)]
    assert curve == pytest.approx(case["expected"]["curve_U_5_12_18_25_40_pct_of_mean"], rel=1e-9)
    edges = [float(stepwise_discount(number(1), number(u), above, share)) for u in (0.10, 0.15, 0.20, 0.30)]
    assert edges == [0, 0.25, 0.5, 0.75]


def test_tiers_of_the_forest_methodologies_ask_for_plots_above_the_last(golden: Golden):
    case = golden("K10")
    uncertainty = along("case", case["inputs"]["U_pct"]) / 100
    found = tier_share(uncertainty, along("tier", [0.10, 0.20, 0.30]), along("tier", [0, 0.06, 0.11]))
    assert [None if np.isnan(share) else share for share in found.values] == case["expected"]["deduction"]


def test_the_lower_end_of_a_two_sided_interval_is_a_one_sided_bound(golden: Golden):
    case = golden("K11")
    mean, error, degrees = (number(case["inputs"][key]) for key in ("mean", "se", "df"))
    low = lower_bound(mean, two_sided_t_quantile(number(0.90), degrees) * error)
    assert float(low) == pytest.approx(case["expected"]["lb_95_one_sided"], rel=1e-9)
    assert float(low) == pytest.approx(case["expected"]["ci90_two_sided_lower"], rel=1e-9)


def test_the_buffer_is_on_stock_changes_alone(golden: Golden):
    case = golden("K12")
    inputs = case["inputs"]
    stocks = along("year", [inputs["NER_stock_t1"], inputs["NER_stock_t2"]])
    adjusted = along("year", [inputs["adj_NER_t1"], inputs["adj_NER_t2"]])
    held_back = yearly_buffer(stocks, number(inputs["buffer_pct"] / 100))
    assert float(held_back[1]) == pytest.approx(case["expected"]["buffer"])
    assert float(verified_units(adjusted, held_back)[1]) == pytest.approx(case["expected"]["VCU"])
    as_printed = float((steps(adjusted) * held_back)[1])
    assert as_printed > 1e6  # tonnes times tonnes: the sign of multiplication cannot be meant


def test_carbon_dioxide_is_not_turned_into_carbon_dioxide_again(golden: Golden):
    case = golden("K14")
    soil = number(case["inputs"]["GHG_soil_already_CO2e"])
    assert float(soil) == case["expected"]["correct"]
    printed = soil_emissions_as_printed(soil, number(CO2_PER_C))
    assert float(printed) == pytest.approx(case["expected"]["literal"], rel=1e-9)


def test_ar_tool14_over_strata(golden: Golden):
    case = golden("K15")
    confidence = number(0.90)
    for zone, mean, share in zip(
        case["inputs"]["zones_area_ha_plots_tCO2_ha"],
        case["expected"]["mean"],
        case["expected"]["U_fraction"],
        strict=True,
    ):
        areas = along("stratum", [area for area, _ in zone])
        plots = [np.array(values) for _, values in zone]
        weight = areas / areas.sum()
        means = along("stratum", [values.mean() for values in plots])
        assert float((weight * means).sum()) == pytest.approx(mean, rel=1e-9)
        found = stratified_uncertainty(
            weight,
            along("stratum", [values.var(ddof=1) for values in plots]),
            along("stratum", [len(values) for values in plots]),
            means,
            confidence,
        )
        assert float(found) == pytest.approx(share, rel=1e-9)
    above, share = steps_of_the_tool()
    for stock, uncertainty, key in (
        (5.78, 0.519, "conservative_from_(5.78,0.519)"),
        (7.86, 0.214, "conservative_from_(7.86,0.214)"),
    ):
        discount = stepwise_discount(number(stock * uncertainty), number(uncertainty), above, share)
        assert stock - float(discount) == pytest.approx(case["expected"][key], rel=1e-9)


# Published small cases


@pytest.fixture(scope="module")
def small(shared: Path) -> dict[str, dict[str, Any]]:
    cases = json.loads((shared / "reference/small/small_cases.json").read_text(encoding="utf-8"))
    return {case["id"]: case for case in cases}


def test_ar_tool14_uncertainty_of_a_mean(small):
    case = small["AR-TOOL14-U"]
    inputs = case["inputs"]
    error = inputs["sd"] / np.sqrt(inputs["n"])
    quantile = float(two_sided_t_quantile(number(0.90), number(inputs["n"] - 1)))
    assert error == pytest.approx(case["expected"]["sem"], abs=5e-4)
    assert quantile == pytest.approx(case["expected"]["t"], abs=5e-4)
    assert quantile * error == pytest.approx(case["expected"]["half_width"], abs=1.1e-3)
    one = stratified_uncertainty(
        along("stratum", [1]),
        along("stratum", [inputs["sd"] ** 2]),
        along("stratum", [inputs["n"]]),
        along("stratum", [inputs["mean_t_dm_ha"]]),
        number(0.90),
    )
    assert float(one) * 100 == pytest.approx(case["expected"]["U_percent"], abs=5e-3)


def test_ar_tool14_discount_of_its_appendix(small):
    case = small["AR-TOOL14-APP2"]
    mean, half_width = (number(case["inputs"][key]) for key in ("mean", "half_width"))
    discount = float(stepwise_discount(half_width, half_width / mean, *steps_of_the_tool()))
    assert discount == case["expected"]["discount"]


def test_gold_standard_precision(small):
    case = small["GS403-precision"]
    mean = number(case["inputs"]["mean_m3_ha"])
    shares = (number(case["inputs"][key] / 100) for key in ("error_percent", "allowed_percent"))
    found = float(mean - excess_deduction(mean, *shares))
    assert found == pytest.approx(case["expected"]["accountable_mean"])


# What every rule must keep


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(0, 3), st.floats(0, 1), st.floats(0, 1e6))
def test_no_rule_gives_a_bonus(amount: float, uncertainty: float, allowed: float, half_width: float):
    above, share = steps_of_the_tool()
    assert float(excess_deduction(number(amount), number(uncertainty), number(allowed))) >= 0
    assert float(stepwise_discount(number(half_width), number(uncertainty), above, share)) >= 0
    assert float(scaled_half_width(number(half_width), number(0.524417), number(1.645006))) >= 0


# The reference case


def test_the_example_has_the_inputs_of_the_reference_case(shared: Path):
    """Every number of the example is one of the published inputs."""
    case = json.loads(
        (shared / "reference/vm0033/abc_senegal_plausible_case.json").read_text(encoding="utf-8")
    )
    inputs, first = case["inputs"], case["inputs"]["first_year"]
    (path,) = (path for path in load_methodology("vm0033_v2_1").examples if path.stem.startswith("senegal"))

    example, _ = parse_yaml(path)
    assert example["given"]["area"]["value"] == [stratum["area_ha"] for stratum in inputs["strata"]]
    for name, key, scenario in (
        ("project_tree_rate", "delta_C_TREE_tCO2_per_ha_yr_by_age", None),
        ("soil_carbon_gain", "delta_SOC_tC_per_ha_yr_by_age", 1),
    ):
        by_age = [row["value"] for row in inputs[key]]
        value = example["given"][name]["value"]
        rows = value if scenario is None else value[scenario]
        for stratum, row in zip(inputs["strata"], rows, strict=True):
            waited = stratum["planting_year"] - first
            assert row == [0.0] * waited + by_age[: len(by_age) - waited]
    stated = {name: entry["value"] for name, entry in example["parameters"].items()}
    assert stated["allochthonous_share"] == inputs["allochthonous_percent"] / 100
    assert stated["buffer_share"] == inputs["buffer_fraction"]
    assert example["expected"] == {
        "soil_reductions": case["expected"]["cumulative_soil_deducted_2061_published"],
        "creditable_removals": case["expected"]["total_VCU_published"],
    }
    assert example["tolerance"] == case["expected"]["relative_tolerance"]


def test_kilograms_in_place_of_tonnes_are_refused(tmp_path: Path):
    """The same case with its growth in kilograms: the gate tells figure, limit and likely cause."""
    (path,) = (path for path in load_methodology("vm0033_v2_1").examples if path.stem.startswith("senegal"))

    text = path.read_text(encoding="utf-8")
    head, rates, tail = re.split(r"(  project_tree_rate:.*?unit: t_co2e/ha/yr)", text, maxsplit=1, flags=re.S)
    rates = re.sub(r"\d+\.\d+(?:e-\d+)?", lambda found: repr(float(found[0]) * 1000), rates)
    (tmp_path / "case.yaml").write_text(head + rates + tail, encoding="utf-8")
    result = run_case(tmp_path / "case.yaml")
    (finding,) = result.findings
    assert not result.passed
    assert (finding.rule, finding.severity) == ("plausibility-removal-hard", "error")
    assert "is above 45" in finding.text()
    assert "were kilograms read as tonnes?" in finding.text()

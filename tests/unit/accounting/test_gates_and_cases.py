"""Plausibility gates, and cases that a verifier brings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from mrv.accounting.cases import CaseResult, example_paths, run_case
from mrv.accounting.engine import Quantity
from mrv.accounting.gates import GATES, gate_findings
from mrv.accounting.given import Given
from mrv.errors import InputError
from mrv.findings import Waiver, waive
from mrv.methodologies import load_methodology

LIMITS = {
    f"plausibility_limit_{kind}": Given(limit, "t_co2e/ha/yr", "test", "parameter")
    for kind, limit in (("soft", 25.0), ("hard", 45.0))
}


def quantities(**values: Any) -> dict[str, Quantity]:
    return {
        name: Quantity(name, xr.DataArray(value), "t", "1", name, "", (), "stated", "test")
        for name, value in values.items()
    }


def rules(**values: Any) -> list[str]:
    return [finding.rule for finding in gate_findings(quantities(**values), LIMITS)]


@pytest.mark.parametrize(
    ("removal", "expected"),
    [
        (24.9, []),
        (25.0, []),
        (30.75, ["plausibility-removal-soft"]),
        (45.0, ["plausibility-removal-soft"]),
        (45.1, ["plausibility-removal-hard"]),
        (-200.0, []),
        (float("nan"), []),
    ],
)
def test_removal_per_hectare_and_year(removal: float, expected: list[str]) -> None:
    assert rules(net_removals_per_hectare_year=removal) == expected


def test_only_the_lower_limit_can_be_waived() -> None:
    waivers = [Waiver(f"plausibility-removal-{kind}", "young stands") for kind in ("soft", "hard")]
    soft, hard = (
        gate_findings(quantities(net_removals_per_hectare_year=removal), LIMITS) for removal in (30.0, 50.0)
    )
    assert [finding.severity for finding in waive(soft, waivers)] == ["waived"]
    assert [finding.severity for finding in waive(hard, waivers)] == ["error"]


def test_the_gates_on_parts() -> None:
    assert len(GATES) == 7
    assert rules(net_removals=10.0, stratum_removals=[6.0, 5.0], project_emissions=1.0, leakage=0.0) == []
    assert rules(net_removals=11.0, stratum_removals=[6.0, 5.0], project_emissions=1.0, leakage=0.0) == [
        "parts-sum"
    ]
    assert rules(net_removals_per_hectare_year=2.0, area=[3.0, 4.0], period_years=5.0, net_removals=71.0) == [
        "density-times-area"
    ]
    assert rules(buffer=-1.0, uncertainty_deduction=0.0) == ["not-negative"]
    assert rules(issuance=[1.0, 2.0], issuable_removals=2.5) == ["issued-within-creditable"]


def in_dims(value: Any, *dims: str, **labels: list[str]) -> Any:
    return xr.DataArray(value, labels, list(dims))


def test_parts_sum_by_stratum_and_not_only_in_all() -> None:
    pools = in_dims([[1.0, 2.0], [3.0, 4.0]], "stratum", "pool")
    assert rules(pool_removals=pools, project_removals=in_dims([3.0, 7.0], "stratum")) == []
    assert rules(pool_removals=pools, project_removals=in_dims([4.0, 6.0], "stratum")) == ["parts-sum"]
    soil = in_dims([1.0, -1.0], "stratum")
    removals = in_dims([4.0, 6.0], "stratum")
    assert rules(pool_removals=pools, soil_removals=soil, project_removals=removals) == []
    assert rules(leakage=3.0, displaced_emissions=in_dims([1.0, 1.0, 0.0], "displacement")) == ["parts-sum"]
    sources = in_dims([1.0, 2.0], "source")
    gases = in_dims([0.5, 0.5], "gas")
    assert rules(project_emissions=4.0, works_emissions=sources, soil_gas_emissions=gases) == []
    assert rules(project_emissions=3.0, works_emissions=sources, soil_gas_emissions=gases) == ["parts-sum"]


def test_no_stratum_is_credited_more_than_it_gained() -> None:
    gained = in_dims([10.0, -4.0], "stratum")
    right = in_dims([5.0, 0.0], "stratum")
    assert rules(stratum_removals=gained, stratum_creditable_removals=right, creditable_removals=5.0) == []
    wrong = in_dims([4.0, 1.0], "stratum")
    assert rules(stratum_removals=gained, stratum_creditable_removals=wrong, creditable_removals=5.0) == [
        "issued-within-creditable"
    ]
    assert rules(stratum_removals=gained, stratum_creditable_removals=right, creditable_removals=6.0) == [
        "parts-sum"
    ]


def test_a_baseline_loses_no_more_than_stood_there() -> None:
    low_high = {"stratum": ["low", "high"]}
    density = xr.DataArray(
        [[[20.0, 10.0], [40.0, 20.0]]], {**low_high, "date": ["2010"]}, ["date", "stratum", "pool"]
    )
    standing = {"carbon_density": density, "co2_per_carbon": 44 / 12}
    assert rules(**standing, biomass_emission_factor=110.0) == []
    assert rules(**standing, biomass_emission_factor=110.1) == ["baseline-beyond-stock"]
    by_stratum = in_dims([100.0, 230.0], "stratum", **low_high)
    assert rules(**standing, biomass_emission_factor=by_stratum) == ["baseline-beyond-stock"]
    area = in_dims([2.0, 2.0], "stratum", **low_high)
    lost = in_dims([-220.0, -441.0], "stratum", **low_high)
    assert rules(**standing, area=area, baseline_removals=lost) == ["baseline-beyond-stock"]


CASE = """\
schema: mrv-case/1
title: Futian, as the press printed it
source: press reports of 2023
methodology: mangrove_protection
on: 2010-01-01
baseline: static
monitoring_period: {start: 2010-01-01, end: 2020-01-01}
given:
  area: {value: [126], unit: ha, dims: {stratum: [futian]}}
  net_removals: {value: TOTAL, unit: t_co2e}
expected:
  net_removals_per_hectare_year: EXPECTED
tolerance: 1.0e-3
"""


def run(folder: Path, text: str) -> CaseResult:
    path = folder / "case.yaml"
    path.write_text(text, encoding="utf-8")
    return run_case(path)


def test_an_implausible_case_fails_although_its_numbers_agree(tmp_path: Path) -> None:
    result = run(tmp_path, CASE.replace("TOTAL", "38745.44").replace("EXPECTED", "30.75"))
    assert all(row.passed for row in result.rows)
    assert [finding.rule for finding in result.findings] == ["plausibility-removal-soft"]
    assert not result.passed
    assert "30.75 t_co2e/ha/yr is above 25" in str(result.findings[0])


def test_a_case_can_waive_in_words(tmp_path: Path) -> None:
    waiver = "waivers: [{rule: plausibility-removal-soft, reason: asked of the verifier}]\n"
    assert run(tmp_path, CASE.replace("TOTAL", "38745.44").replace("EXPECTED", "30.75") + waiver).passed


def test_kilograms_read_as_tonnes_are_named(tmp_path: Path) -> None:
    result = run(tmp_path, CASE.replace("TOTAL", "10000000").replace("EXPECTED", "7937.594"))
    assert [finding.rule for finding in result.findings] == ["plausibility-removal-hard"]
    assert "were kilograms read as tonnes?" in str(result.findings[0])


def test_a_wrong_number_is_shown_beside_the_right_one(tmp_path: Path) -> None:
    result = run(tmp_path, CASE.replace("TOTAL", "12600").replace("EXPECTED", "20"))
    (row,) = result.rows
    assert not row.passed
    assert not result.passed
    assert (row.expected, row.found) == (20, pytest.approx(10.00137, rel=1e-6))
    assert row.relative_difference == pytest.approx(0.49993, rel=1e-4)


@pytest.mark.parametrize(
    ("was", "instead", "message"),
    [
        ("net_removals: {", "net_removal: {", "did you mean net_removals"),
        ("unit: ha", "unit: m2", "area is given in m2; the equations take ha"),
        (
            "{value: [126], unit: ha, dims: {stratum: [futian]}}",
            "{value: 126, unit: ha}",
            "dimension stratum",
        ),
        ("dims: {stratum: [futian]}", "dims: {stratum: [a, b]}", r"shape \(1,\); dims have \(2,\)"),
        ("[126]", "[[1], 2]", "lists of equal length"),
        ("  net_removals: {value: TOTAL, unit: t_co2e}\n", "", "biomass_density is missing"),
        ("monitoring_period: {start: 2010-01-01, end: 2020-01-01}\n", "", "period_years is missing"),
        ("end: 2020-01-01", "end: 2009-01-01", "must lie after start"),
        ("net_removals_per_hectare_year: EXPECTED", "net_removals: {a: 1}", "labels"),
        ("net_removals_per_hectare_year: EXPECTED", "net_removals: [1, 2]", "shape"),
        ("expected:", "parameters: {credit_size: {value: 2, source: x}}\nexpected:", "cannot replace it"),
        ("on: 2010-01-01", "on: 2009-12-31", "has no value on 2009-12-31"),
        ("schema: mrv-case/1\n", "", "schema"),
        ("tolerance: 1.0e-3\n", "", "tolerance"),
    ],
)
def test_a_case_that_cannot_be_run_says_why(was: str, instead: str, message: str, tmp_path: Path) -> None:
    assert was in CASE
    text = CASE.replace(was, instead).replace("TOTAL", "100").replace("EXPECTED", "1")
    with pytest.raises(InputError, match=message):
        run(tmp_path, text)


def test_examples_are_found_by_id() -> None:
    found = [path.stem for path in example_paths(load_methodology("ccer_14_002_v01"))]
    assert found == ["two_strata"]

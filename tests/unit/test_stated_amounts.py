"""Emissions and leakage with a standard error: in both intervals, in all draws, and in the budget."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
from test_evidence import written
from test_evidence_of_others import PROJECTS
from two_date_project import AREA_HA, PROJECT, write

from mrv.run.project_run import run_project

YEARS = 3652 / 365.25


def with_errors(document: dict[str, Any]) -> None:
    emissions, leakage = document["project_emissions"], document["leakage"]
    emissions["fuel"] |= {"t_co2e": 12, "standard_error_t_co2e": 3}
    emissions["soil_methane"] |= {
        "change_t_co2e_ha_yr": 0.1,
        "standard_error_t_co2e_ha_yr": 0.04 * 365.25 / 3652 * 10,
    }
    leakage["market"] |= {"t_co2e": 20, "standard_error_t_co2e": 12}


def without_errors(document: dict[str, Any]) -> None:
    with_errors(document)
    for stated in (*document["project_emissions"].values(), *document["leakage"].values()):
        for key in [key for key in stated if key.startswith("standard_error")]:
            del stated[key]


def partly(document: dict[str, Any]) -> None:
    with_errors(document)
    del document["leakage"]["market"]["standard_error_t_co2e"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Results with errors of three amounts, with none, and with two."""
    found = {}
    for change in (with_errors, without_errors, partly):
        document = copy.deepcopy(PROJECT)
        change(document)
        folder: Path = tmp_path_factory.mktemp(change.__name__)
        run_project(write(folder / "project", document), folder / "out")
        found[change.__name__] = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))
    return found


def figure(results: dict[str, Any], quantity: str) -> dict[str, Any]:
    (found,) = [f for f in results["figures"] if f["quantity"] == quantity and f["index"] == {}]
    return found


def component(results: dict[str, Any]) -> dict[str, Any]:
    return {entry["component"]: entry for entry in results["error_budget"]["components"]}["stated_amounts"]


def test_the_amounts_stay_and_their_errors_are_added_in_quadrature(runs):
    one, other = runs["with_errors"], runs["without_errors"]
    assert figure(one, "net_removals")["value"] == figure(other, "net_removals")["value"]
    # Fuel 3 t; methane 0.4/T t/ha/yr on 10 ha over T years: 4 t; market 12 t: a Pythagorean 13 in all.
    assert figure(one, "project_emissions_standard_error")["value"] == pytest.approx(5, rel=1e-12)
    assert figure(one, "leakage_standard_error")["value"] == pytest.approx(12, rel=1e-12)
    errors = [figure(results, "net_removals_standard_error")["value"] for results in (one, other)]
    assert errors[0] == pytest.approx(math.hypot(errors[1], 13), rel=1e-12)


def test_the_draws_have_the_stated_errors(runs):
    results = runs["with_errors"]
    for quantity, error in (("project_emissions", 5), ("leakage", 12)):
        found = figure(results, quantity)
        # Of 2,000 draws a standard deviation is known to 1.6 %; four of these.
        assert found["total_standard_error"] == pytest.approx(error, rel=0.065)
        assert found["total_interval"]["low"] < found["value"] < found["total_interval"]["high"]
    assert figure(runs["without_errors"], "leakage")["total_interval"] is None


def test_the_budget_has_their_share_or_says_which_are_taken_as_exact(runs):
    drawn, unknown = component(runs["with_errors"]), component(runs["without_errors"])
    net = figure(runs["with_errors"], "net_removals")["total_standard_error"]
    assert drawn["state"] == "drawn"
    assert drawn["share_of_net_removals_variance"] == pytest.approx((13 / net) ** 2, rel=0.15)
    assert drawn["share_of_sink_variance"] is None
    assert unknown["state"] == "not known"
    assert unknown["because"] == "project_emissions.fuel, project_emissions.soil_methane, leakage.market"
    assert component(runs["partly"])["because"] == "leakage.market"
    assert component(runs["partly"])["state"] == "drawn in part"


def test_amounts_of_zero_need_no_error(runs):
    assert "hydrology" not in component(runs["without_errors"])["because"]
    assert figure(runs["with_errors"], "project_emissions")["value"] == pytest.approx(
        12 + 0.1 * YEARS * AREA_HA
    )


def test_a_number_of_another_methodology_is_drawn_with_its_error(tmp_path):
    """CCER's rate of soil: the error of the rate times area, years and 44/12 is all the error there is."""
    document = copy.deepcopy(PROJECTS["demo-by-ccer"])
    document["parameters"]["soil_rate"]["standard_error"] = 0.1
    document["uncertainty"] = {"draws": 2000}
    run_project(written(tmp_path, document), tmp_path / "out")
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    (area,) = [entry["area_ha"] for entry in results["strata"]]
    first, last = (int(day[:4]) for day in results["monitoring_period"])
    expected = 0.1 * area * (last - first) * 44 / 12
    assert figure(results, "net_removals")["total_standard_error"] == pytest.approx(expected, rel=0.065)
    assert component(results)["share_of_net_removals_variance"] == pytest.approx(1)

"""Carbon from elsewhere, the default rate and gases in a run: golden numbers, and what is refused."""

from __future__ import annotations

import copy

import pandas as pd
import pytest
from made_project import DATES, made_run

from mrv.errors import InputError

FIRST = [(0, 10, 0.8, 2.0), (10, 20, 0.9, 1.8), (20, 30, 0.95, 1.5)]
SECOND = [(0, 10, 0.7, 2.3), (10, 20, 0.85, 1.9), (20, 30, 0.95, 1.6), (30, 40, 1.0, 1.4)]
CORES = [{f"{stratum}{n}": core for stratum in "AB" for n in range(3)} for core in (FIRST, SECOND)]
LINE = {"slope": 0.227, "intercept_pct": 0.244, "pairs": 225, "source": "made"}
DEPOSITION = {
    "deposited_organic_matter": 0.015,
    "organic_matter": {"A": 0.08, "B": 0.03},
    "line": LINE,
    "source": "made",
}
GWP = {"ch4": {"value": 28, "source": "test value"}, "n2o": {"value": 265, "source": "test value"}}
METHANE = {
    "method": "measured",
    "flux_mg_m2_d": {"A": 10, "B": 20},
    "standard_error_mg_m2_d": {"A": 2},
    "gwp": GWP["ch4"],
    "source": "made",
}
NITROUS_OXIDE = {
    "method": "default",
    "salinity": {"ppt": {"A": 25, "B": 10}, "source": "made"},
    "direct_nitrogen": False,
    "gwp": GWP["n2o"],
}
BALANCE = {
    "allochthonous": DEPOSITION,
    "default_rate": {"cover": {"A": 0.325, "B": 0.1}, "source": "made"},
    "methane": METHANE,
    "nitrous_oxide": NITROUS_OXIDE,
}


def run(folder, **balance):
    return made_run(folder, CORES, keys={"soil_balance": copy.deepcopy(balance)})


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("balance")
    return run(folder, **BALANCE), folder / "out"


def value(results, name, stratum, **index):
    place = {**({"stratum": stratum} if stratum else {}), **index}
    return results.figure(name, place).value


def test_share_by_deposition_is_c12(whole, golden):
    case = golden("C12")["expected"]
    share = value(whole[0], "soil_allochthonous_share", "A", method="deposited organic matter")
    assert share == pytest.approx(case["pct_alloch"] / 100, rel=1e-9)


def test_what_came_from_elsewhere_is_taken_off_every_gain(whole, golden):
    share = golden("C12")["expected"]["pct_alloch"] / 100
    place = {"depth": "0-30 cm", "date": "/".join(DATES), "method": "equivalent soil mass"}
    gain = value(whole[0], "soil_carbon_sink_t_co2e_ha_yr", "A", **place)
    taken = value(whole[0], "soil_allochthonous_deduction_t_co2e_ha_yr", "A", **place)
    left = value(whole[0], "soil_carbon_sink_net_t_co2e_ha_yr", "A", **place)
    assert (taken, left) == (pytest.approx(gain * share), pytest.approx(gain * (1 - share)))
    total = value(whole[0], "soil_carbon_sink_net_total_t_co2e_yr", "A", **place)
    assert total == pytest.approx(left * 10)


def test_the_sensitivity_is_tabled_from_half_a_percent_to_four(whole):
    table = pd.read_csv(whole[1] / "tables" / "soil_allochthonous.csv")
    own = table[table["stratum_id"] == "A"]
    assert list(own["deposited_organic_matter"]) == [0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04]
    assert own["allochthonous_share"].is_monotonic_increasing


def test_the_default_rate_goes_by_cover_as_c18(whole, golden):
    covers = dict(
        zip(
            *(golden("C18")[part][key] for part, key in (("inputs", "cover_pct"), ("expected", "t_C_ha_yr"))),
            strict=True,
        )
    )
    rate = {
        name: value(whole[0], "soil_accumulation_rate_t_c_ha_yr", name, method="VM0033 default")
        for name in "AB"
    }
    assert rate == {"A": pytest.approx(covers[32.5]), "B": covers[10]}


def test_gases_are_c19_and_c20_and_their_totals_go_by_area(whole, golden):
    results, _ = whole
    methane = value(results, "soil_methane_emission_t_co2e_ha_yr", "A", method="measured flux")
    assert methane == pytest.approx(golden("C19")["expected"]["t_CO2e_ha_yr"], rel=1e-9)
    oxide = [
        value(results, "soil_nitrous_oxide_emission_t_co2e_ha_yr", name, method="VM0033 default")
        for name in "AB"
    ]
    expected = golden("C20")["expected"]
    assert oxide == pytest.approx([expected["N2O_wetland_gt18"], expected["N2O_wetland_5_18"]], rel=1e-9)
    total = value(results, "soil_methane_emission_total_t_co2e_yr", None, method="measured flux")
    assert total == pytest.approx(methane * 10 + 2 * methane * 20)
    figure = results.figure("soil_methane_emission_t_co2e_ha_yr", {"stratum": "A", "method": "measured flux"})
    assert figure.interval is None
    assert figure.total_standard_error == pytest.approx(methane / 5, rel=0.03)


def test_errors_that_nobody_states_are_listed(whole):
    reasons = {c.component: c.because for c in whole[0].error_budget.components}
    assert reasons["soil_allochthonous_share"] == "soil_balance.allochthonous.standard_error"
    assert "soil_balance.methane.standard_error_mg_m2_d" in reasons["soil_gas_flux"]
    assert reasons["soil_default_rate"] == "VM0033"


def test_nothing_of_it_is_in_a_sink_of_the_methodology(whole):
    states = {pool.pool: pool.state for pool in whole[0].pools}
    assert states["soil"] == "reported only"


REFUSED = [
    ("nitrous_oxide", {**NITROUS_OXIDE, "direct_nitrogen": True}, "soil-no-default"),
    ("nitrous_oxide", {**NITROUS_OXIDE, "direct_nitrogen": {"A": False}}, "soil-nitrogen-missing"),
    (
        "methane",
        {"method": "default", "salinity": {"ppt": {"A": 18}, "source": "made"}, "gwp": GWP["ch4"]},
        "soil-no-default",
    ),
    ("methane", {**METHANE, "standard_error_mg_m2_d": {"C": 1}}, "stratum-unknown"),
    ("methane", {**METHANE, "flux_mg_m2_d": {"B": 1}}, "soil-flux-missing"),
    ("allochthonous", {**DEPOSITION, "deposited_organic_matter": 0.09}, "soil-share-incoherent"),
    (
        "allochthonous",
        {**DEPOSITION, "line": {"equation": "kauffman_2011", "source": "made"}},
        "soil-line-range",
    ),
    ("allochthonous", {**DEPOSITION, "line": {**LINE, "pairs": 19}}, "soil-line-pairs"),
    ("default_rate", {"cover": {"C": 0.5}, "source": "made"}, "stratum-unknown"),
]


@pytest.mark.parametrize(("key", "stated", "rule"), REFUSED)
def test_what_cannot_be_is_refused(tmp_path, key, stated, rule):
    with pytest.raises(InputError) as caught:
        run(tmp_path, **{key: stated})
    assert rule in {finding.rule for finding in caught.value.findings}
    assert all(finding.where.startswith("mrv.yaml:") for finding in caught.value.findings)
    assert not (tmp_path / "out").exists()

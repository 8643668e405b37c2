"""Soil through a whole run: the demo against its truth, and what the reader refuses."""

from __future__ import annotations

import json
import math
import shutil

import pandas as pd
import pytest

from mrv.errors import InputError
from mrv.run.explain import explain
from mrv.run.project_run import check_project, run_project


@pytest.fixture(scope="module")
def run(demo, tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    return out, run_project(demo, out)


def test_intervals_of_the_demo_hold_its_true_soil_carbon(run, demo):
    _, results = run
    truth = json.loads((demo / "truth.json").read_text(encoding="utf-8"))
    held = 0
    for stratum, values in truth["strata"].items():
        true = values["soil_organic_carbon_0_100_cm_t_c_ha"]
        for date in true:
            index = {"stratum": stratum, "depth": "0-100 cm", "date": date}
            figure = results.figure("soil_carbon_density_t_c_ha", index)
            held += figure.interval.low < true[date] < figure.interval.high
            assert figure.units == 6  # plots, not the 18 cores
    assert held == 6


def test_the_change_of_the_demo_holds_the_true_one_and_is_larger_on_the_same_mass(run, demo):
    _, results = run
    truth = json.loads((demo / "truth.json").read_text(encoding="utf-8"))
    areas = {stratum: values["area_ha"] for stratum, values in truth["strata"].items()}
    true = 0.0
    for stratum, values in truth["strata"].items():
        stock = values["soil_organic_carbon_0_100_cm_t_c_ha"]
        gain = stock["2020-01-01"] - stock["2010-01-01"]
        index = {"stratum": stratum, "depth": "0-100 cm", "date": "2010-01-01/2020-01-01"}
        fixed = results.figure("soil_carbon_change_t_c_ha", {**index, "method": "fixed depth"})
        assert fixed.interval.low < gain < fixed.interval.high
        true += gain * areas[stratum] / sum(areas.values())
    index = {"depth": "0-100 cm", "date": "2010-01-01/2020-01-01"}
    fixed, on_mass = (
        results.figure("soil_carbon_change_t_c_ha", {**index, "method": method})
        for method in ("fixed depth", "equivalent soil mass")
    )
    assert fixed.interval.low < true < fixed.interval.high
    assert 0 < fixed.value < on_mass.value
    # The dried samples of 2010 stand in the batch of 2020: its biases all but cancel in the change.
    assert on_mass.total_interval.half_width < 1.2 * on_mass.interval.half_width


def test_soil_is_reported_and_in_no_credit(run):
    _, results = run
    assert {pool.pool: pool.state for pool in results.pools}["soil"] == "reported only"
    stocks = [figure for figure in results.figures if figure.index.get("pool") == "soil"]
    assert stocks == []


def test_table_of_cores(run):
    out, _ = run
    cores = pd.read_csv(out / "tables/cores.csv")
    cores = cores[cores["date"] == "2020-01-01"]
    assert len(cores) == 54 * 3
    assert set(cores["depth"]) == {"0-30 cm", "0-100 cm", "deepest"}
    assert (cores["complete"] == "yes").all()
    sections = pd.read_csv(out / "tables/soil_sections.csv")
    sections = sections[(sections["date"] == "2020-01-01") & (sections["bottom_cm"] <= 100)]
    thickness = sections["bottom_cm"] - sections["top_cm"]
    mass = (sections["carbon_density_g_cm3"] * thickness * 100).groupby(
        [sections["plot_id"], sections["core_id"]]
    )
    metre = cores[cores["depth"] == "0-100 cm"].set_index(["plot_id", "core_id"])["stock_t_c_ha"]
    assert mass.sum()[metre.index].to_numpy() == pytest.approx(metre.to_numpy(), rel=1e-9)


def test_a_stock_is_explained_down_to_sections(run):
    out, _ = run
    node = explain(out, "soil_carbon_density", {"plot": "SIM-L01", "depth": "0-30 cm", "date": "2020-01-01"})
    assert len(node.children) == 3
    assert [len(core.children) for core in node.children] == [5, 5, 5]
    assert node.children[0].source == "soil_cores_2020.csv:2"


@pytest.fixture
def project(demo, tmp_path):
    """Copy of the demo with cores of 2020 alone, whose texts can be changed."""
    folder = tmp_path / "project"
    shutil.copytree(demo, folder)
    text = (folder / "mrv.yaml").read_text(encoding="utf-8")
    soil_of_2010 = text[text.index("    soil:\n") : text.index("  - date: 2020-01-01\n")]
    assert soil_of_2010.count("soil_cores_2010.csv") == 1
    (folder / "mrv.yaml").write_text(text.replace(soil_of_2010, ""), encoding="utf-8")

    def change(name, old, new, count=1):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1
        path.write_text(text.replace(old, new, count), encoding="utf-8")
        return folder

    return change


def rules(folder):
    with pytest.raises(InputError) as caught:
        check_project(folder)
    return {finding.rule for finding in caught.value.findings}


FIRST = "SIM-L01,1,0,15,0.834,0.02896\n"


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ("SIM-L01,1,0,0,0.834,0.02896\n", "value-range"),
        ("SIM-L01,1,16,15,0.834,0.02896\n", "soil-section-bounds"),
        ("SIM-L01,1,0,20,0.834,0.02896\n", "soil-section-overlap"),
        ("SIM-X01,1,0,15,0.834,0.02896\n", "soil-plot-unknown"),
        ("SIM-L01,1,0,15,0.834,2.896\n", "value-range"),
        ("SIM-L01,1,0,15,0.034,0.02896\n", "implausible-bulk-density"),
        ("SIM-L01,1,0,15,0.834,0.72896\n", "implausible-organic-carbon"),
    ],
)
def test_spoiled_sections_are_refused(project, wrong, rule):
    assert rule in rules(project("soil_cores_2020.csv", FIRST, wrong))


MEASURED = """      measured_carbon:
        method: elemental_analysis
        carbonate: removed_by_acid
        source: "SIM-SO-01 (simulated): elemental analyser after acid treatment"
"""


def test_carbon_without_a_method_is_refused(project):
    assert rules(project("mrv.yaml", MEASURED, "")) == {"soil-method-missing"}


def test_a_published_line_on_mineral_soil_is_refused(project):
    project("soil_cores_2020.csv", "organic_carbon_fraction", "loi_fraction")
    line = "      loss_on_ignition: {equation: kauffman_2011, source: the usual one}\n"
    assert rules(project("mrv.yaml", MEASURED, line)) == {"soil-line-range"}


def test_a_line_of_few_pairs_is_refused(project):
    project("soil_cores_2020.csv", "organic_carbon_fraction", "loi_fraction")
    line = "      loss_on_ignition: {slope: 0.4, intercept_pct: 0.1, pairs: 19, source: thesis}\n"
    assert rules(project("mrv.yaml", MEASURED, line)) == {"soil-line-pairs"}


CORES = "        - {file: soil_cores_2020.csv}"


def with_cores(project, rows):
    folder = project(
        "mrv.yaml", CORES, "        - {file: soil_cores_2020.csv}\n      cores: {file: cores.csv}\n#"
    )
    header = "plot_id,core_id,tube_length_cm,inside_cm,outside_cm,core_depth_cm,split_core_evidence\n"
    (folder / "cores.csv").write_text(header + rows, encoding="utf-8")
    return folder


def test_a_crushed_core_is_refused_without_split_cores(project):
    assert rules(with_cores(project, "SIM-L01,1,200,110,10,,\n")) == {"soil-compaction"}


def test_a_compacted_core_is_told_and_keeps_its_mass(project, tmp_path):
    folder = with_cores(project, "SIM-L01,1,200,60,10,,\n")
    out = tmp_path / "out"
    results = run_project(folder, out)
    assert "soil-compaction-large" in {finding.rule for finding in results.findings}
    sections = pd.read_csv(out / "tables/soil_sections.csv")
    own = sections[(sections["plot_id"] == "SIM-L01") & (sections["core_id"] == 1)]
    kept = 140 / 190
    assert own["bottom_cm"].iloc[-1] == pytest.approx(120 / kept)
    assert own["bulk_density_g_cm3"].iloc[0] == pytest.approx(0.834 * kept)
    cores = pd.read_csv(out / "tables/cores.csv")
    deepest = cores[(cores["plot_id"] == "SIM-L01") & (cores["core_id"] == 1) & (cores["depth"] == "deepest")]
    as_cut = 15 * 0.834 * 2.896 + 15 * 0.835 * 2.077 + 20 * 0.896 * 1.802 + 50 * 1.076 * 1.058
    as_cut += 20 * 1.216 * 0.800
    assert deepest["stock_t_c_ha"].item() == pytest.approx(as_cut, rel=1e-9)


def test_a_core_shallower_than_its_sections_is_refused(project):
    assert rules(with_cores(project, "SIM-L01,1,,,,90,\n")) == {"soil-core-depth"}


RATES = """soil_rates:
  design: purposive
  marker_horizons: {file: markers.csv}
  layer_carbon: {value: 0.0187, standard_error: 0.002, source: "simulated"}
  elevation_tables: {file: pins.csv}
  lead_210:
    profiles: {file: dated.csv}
    model: cf_cs
    half_life_yr: {value: 22.23, source: "stated for this test"}
    verified_by: unverified
"""


def with_rates(project, design="purposive"):
    folder = project(
        "mrv.yaml", "biomass:\n  agb:", RATES.replace("purposive", design) + "\nbiomass:\n  agb:"
    )
    markers = ["station_id,stratum_id,laid_on,read_on,thickness_mm"]
    pins = ["station_id,stratum_id,arm_id,pin_id,read_on,height_mm"]
    for number, rise in enumerate((14.2, 13.1, 15.0)):
        markers.append(f"S{number},landward,2018-01-01,2020-01-01,{rise}")
        for pin in range(3):
            pins.append(f"S{number},landward,A,{pin},2018-01-01,{100 + pin}")
            pins.append(f"S{number},landward,A,{pin},2020-01-01,{110 + pin}")
    (folder / "markers.csv").write_text("\n".join(markers) + "\n", encoding="utf-8")
    (folder / "pins.csv").write_text("\n".join(pins) + "\n", encoding="utf-8")
    dated = [
        "core_id,stratum_id,top_cm,bottom_cm,bulk_density_g_cm3,organic_carbon_fraction,"
        "total_lead_210_bq_kg,supported_lead_210_bq_kg"
    ]
    activities = [
        112.74519071138303,
        99.52486212166588,
        87.85472903844715,
        77.55301790806212,
        68.4592696656789,
    ]
    dated += [f"D1,middle,{n},{n + 1},1.0,0.02,{a + 20},20" for n, a in enumerate(activities)]
    (folder / "dated.csv").write_text("\n".join(dated) + "\n", encoding="utf-8")
    return folder


def test_rates_of_stations_and_dated_cores(project, tmp_path):
    out = tmp_path / "out"
    results = run_project(with_rates(project, "stratified"), out)
    years = 730 / 365.25
    index = {"stratum": "landward", "method": "marker horizon"}
    accretion = results.figure("soil_accretion_mm_yr", index)
    assert accretion.value == pytest.approx(14.1 / years, rel=1e-9)
    assert accretion.units == 3
    carbon = results.figure("soil_accumulation_rate_t_c_ha_yr", index)
    assert carbon.value == pytest.approx(14.1 / years * 0.0187 * 10, rel=1e-9)
    sampling, density = accretion.standard_error / accretion.value, 0.002 / 0.0187
    assert carbon.standard_error / carbon.value == pytest.approx(sampling, rel=1e-9)
    total = carbon.total_standard_error / carbon.value
    assert total == pytest.approx(math.hypot(sampling, density), rel=0.03)  # 10,000 draws
    sink = results.figure("soil_carbon_sink_t_co2e_ha_yr", index)
    assert sink.value == pytest.approx(carbon.value * 44 / 12, rel=1e-12)
    assert sink.total_standard_error == pytest.approx(carbon.total_standard_error * 44 / 12, rel=1e-9)
    rise = results.figure(
        "soil_elevation_change_mm_yr", {"stratum": "landward", "method": "surface elevation table"}
    )
    assert rise.value == pytest.approx(10 / years, rel=1e-9)
    both = {"stratum": "landward", "method": "marker horizon, surface elevation table"}
    subsidence = results.figure("soil_shallow_subsidence_mm_yr", both)
    assert subsidence.value == pytest.approx(4.1 / years, rel=1e-9)
    dated = results.figure(
        "soil_accumulation_rate_t_c_ha_yr", {"stratum": "middle", "method": "lead-210, CF:CS"}
    )
    assert dated.value == pytest.approx(0.5, rel=1e-6)
    assert dated.interval is None and "one replicate" in dated.because
    assert "soil-dated-unverified" in {finding.rule for finding in results.findings}
    node = explain(out, "soil_accumulation_rate", {"stratum": "middle"})
    assert node.children


def test_purposive_stations_have_no_interval(project):
    _, estimated = check_project(with_rates(project))
    rates = [figure for figure in estimated.soil.figures if figure.stock.unit == "mm/yr"]
    assert rates
    assert all(figure.stock.estimate.method.startswith("purposive") for figure in rates)


def test_order_of_rows_is_irrelevant(run, project, tmp_path):
    _, results = run
    folder = project("soil_cores_2020.csv", FIRST, FIRST)
    path = folder / "soil_cores_2020.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(rows)]) + "\n", encoding="utf-8")
    again = run_project(folder, tmp_path / "out")

    def soil(document):
        return [
            figure
            for figure in document.figures
            if figure.quantity == "soil_carbon_density" and figure.index["date"] == "2020-01-01"
        ]

    assert soil(again)
    assert soil(again) == soil(results)

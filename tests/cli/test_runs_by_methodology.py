"""Runs under other baselines, methodologies and designs than the demo's own, through the command line."""

from __future__ import annotations

import json
import math
import shutil

import pytest
from click.testing import CliRunner

from mrv.cli import main
from mrv.yaml_file import parse_yaml

EVIDENCE = {"document": "Growth survey 2009, p. 4", "statement": "The stand grew before it was protected."}


@pytest.fixture
def changed(demo, tmp_path):
    """Run the demo with a changed project file; returns the invocation and, if it ended well, the results."""

    def run(change, *options):
        folder = shutil.copytree(demo, tmp_path / "project", dirs_exist_ok=True)
        document, _ = parse_yaml(demo / "mrv.yaml")
        change(document)
        (folder / "mrv.yaml").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        out = tmp_path / "out"
        result = CliRunner().invoke(main, ["run", str(folder), "-o", str(out), *options])
        if result.exit_code:
            return result, None
        return result, json.loads((out / "results.json").read_text(encoding="utf-8"))

    return run


def figures(results, quantity, **index):
    return [
        figure
        for figure in results["figures"]
        if figure["quantity"] == quantity and figure["index"].items() >= index.items()
    ]


def value(results, quantity):
    (figure,) = (figure for figure in figures(results, quantity) if not figure["index"])
    return figure["value"]


def natural_growth(document):
    document["baseline"] = {"scenario": "natural_growth", "evidence": EVIDENCE}
    document["parameters"]["natural_growth_rate"] = {
        "value": 0.6,
        "standard_error": 0.2,
        "source": "Growth survey 2009, table 2",
    }


def test_natural_growth_subtracts_its_rate_and_widens_the_interval(changed):
    _, static = changed(lambda document: None)
    _, grown = changed(natural_growth)
    years, area = 3652 / 365.25, value(static, "area")
    baseline = 0.6 * years * area * 44 / 12
    assert value(grown, "net_removals") == pytest.approx(value(static, "net_removals") - baseline)
    shared_error = 0.2 * years * area * 44 / 12
    assert value(grown, "net_removals_standard_error") == pytest.approx(
        math.hypot(value(static, "net_removals_standard_error"), shared_error)
    )
    assert value(grown, "creditable_removals") < value(static, "creditable_removals")
    assert grown["baseline"]["scenario"] == "natural_growth"


def tier_1(document):
    for key in ("surveys", "biomass", "baseline", "project_emissions", "leakage", "conditions"):
        del document[key]
    document["methodology"] = "ipcc_2013_tier1"
    source = "2013 Wetlands Supplement, chapter 4, read for this project"
    document["parameters"] = {
        "climate_zone": {"value": "tropical_dry", "source": "climate map of the guidelines"},
        "agb_growth": {"value": 3.3, "source": source},
        "biomass_loss": {"value": 0.5, "source": "no harvest; dieback of 2018"},
        "root_shoot_ratio": {"value": 0.29, "source": source},
        "carbon_fraction": {"value": 0.451, "source": source},
    }


def test_tier_1_needs_no_plots_and_claims_no_interval(changed):
    _, results = changed(tier_1)
    rate = (3.3 * 1.29 - 0.5) * 0.451 * 44 / 12
    assert value(results, "net_removals_per_hectare_year") == pytest.approx(rate)
    (net,) = figures(results, "net_removals")
    assert net["interval"] is None
    assert net["because"] == "the methodology gives no uncertainty"
    assert not figures(results, "issuance")
    assert not figures(results, "biomass_density")


def test_tier_1_takes_nothing_from_memory(changed):
    def forget(document):
        tier_1(document)
        del document["parameters"]["agb_growth"]

    result, _ = changed(forget)
    assert result.exit_code == 2
    assert "[parameter-recalled]" in result.stderr


def second_radius(metres):
    """The radius of the second survey's plots, written too small, makes growth out of nothing."""

    def change(document):
        document["surveys"][1]["subplots"][0]["radius_m"] = metres

    return change


def rules_of(result):
    return {line.rpartition("[")[2].rstrip("]") for line in result.stderr.splitlines() if line.endswith("]")}


def waiving(change, rules):
    def with_waivers(document):
        change(document)
        document["waivers"] = [{"rule": rule, "reason": f"reason for {rule}"} for rule in sorted(rules)]

    return with_waivers


def waiving_all_that_can_be(changed, change):
    """Waive what is found until nothing new is: later checks speak only when earlier ones are content."""
    waived: set[str] = set()
    while True:
        result, results = changed(waiving(change, waived))
        found = rules_of(result)
        if result.exit_code == 0 or found <= waived:
            return result, results, waived
        waived |= found


def test_an_implausible_sink_asks_for_words_and_an_impossible_one_is_refused(changed):
    soft = second_radius(5.5)
    result, results, waived = waiving_all_that_can_be(changed, soft)
    assert result.exit_code == 0, result.stderr
    assert "plausibility-removal-soft" in waived
    assert "reason for plausibility-removal-soft" in result.stdout
    assert {f["rule"] for f in results["findings"] if f["severity"] == "waived"} == waived

    result, _, _ = waiving_all_that_can_be(changed, second_radius(4.4))
    assert result.exit_code == 2
    assert rules_of(result) == {"plausibility-removal-hard"}


def test_a_purposive_sample_is_told_that_it_has_no_interval_and_gets_no_credits(changed):
    def purposive(document):
        for survey in document["surveys"]:
            survey["design"] = {"kind": "purposive", "note": "plots along the boardwalk"}

    result, results = changed(purposive)
    assert result.exit_code == 0
    assert "chosen on purpose" in result.stdout
    assert value(results, "net_removals") is not None
    for quantity in ("uncertainty_deduction", "creditable_removals", "net_removals_standard_error"):
        (figure,) = figures(results, quantity)
        assert figure["value"] is None
        assert "chosen on purpose" in figure["because"]
    assert all(figure["value"] is None for figure in figures(results, "issuance"))
    assert all(figure["interval"] is None for figure in results["figures"])


def test_plots_measured_once_only_are_not_dropped(changed, demo, tmp_path):
    """Without its first date a plot still counts at the second, and the interval grows."""

    def partly(document):
        drop = {"drop": {"column": "plot_id", "equals": ["SIM-F01", "SIM-M01"]}, "reason": "not reached"}
        first = document["surveys"][0]
        del first["soil"]  # cores of plots that were not reached would be refused
        first["plots"]["rows"] = [drop]
        tree_rows = {**drop, "drop": {"column": "样地号", "equals": ["SIM-F01", "SIM-M01"]}}
        first["trees"][0]["rows"] = [tree_rows]

    _, full = changed(lambda document: None)
    _, part = changed(partly)
    (fringe,) = figures(part, "carbon_sink", stratum="fringe", pool="total")
    assert fringe["method"] == "partial replacement, 15 units measured twice, simple random sampling"
    assert fringe["degrees_of_freedom"] == 14
    assert fringe["units"] == 16
    second = {"stratum": "fringe", "pool": "agb", "date": "2020-01-01"}
    (here,), (there,) = (figures(results, "biomass_density", **second) for results in (part, full))
    assert (here["value"], here["interval"]) == (there["value"], there["interval"])
    assert [e["reason"] for e in part["exclusions"]] == ["not reached", "not reached"]


def test_an_equation_of_ones_own_is_used_and_explained(changed, demo, tmp_path):
    def own(document):
        document["biomass"]["equations"] = {"file": "equations.csv"}
        document["biomass"]["agb"]["by_species"] = {"Avicennia marina": "site_avicennia"}

    folder = shutil.copytree(demo, tmp_path / "project")
    header = (
        "equation_id,component,species,form,a,b,c,d,points_of_measurement,stems,dbh_min_cm,dbh_max_cm,"
        "height_min_m,height_max_m,sample_trees,region,log_bias,source_id,evidence,range_evidence,status,note\n"
    )
    row = "site_avicennia,agb,Avicennia marina,log10_power,-0.511,2.113,,,breast_height,per_stem,2,12,,,22,"
    (folder / "equations.csv").write_text(
        header + row + "Darwin,corrected,Comley and McGuinness 2005,sighted,recalled,admitted,\n",
        encoding="utf-8",
    )
    result, results = changed(own)
    assert result.exit_code == 0, result.output
    (use,) = (use for use in results["equations"] if use["equation_id"] == "site_avicennia")
    assert use["stems"] > 100
    (beyond,) = (entry for entry in results["extrapolations"] if entry["equation_id"] == "site_avicennia")
    assert beyond["replaced_stems"] > 0
    assert beyond["replaced_by"] == ["komiyama_2005_agb"]
    assert "site_avicennia" in result.stdout


def test_every_key_that_the_methodology_asks_for_is_named_at_once(changed):
    def bare(document):
        for key in ("baseline", "project_emissions", "leakage"):
            del document[key]
        del document["parameters"]["buffer_share"]

    result, _ = changed(bare)
    assert result.exit_code == 2
    missing = [line for line in result.stderr.splitlines() if line.endswith("[methodology-key-missing]")]
    assert len(missing) == 3
    assert "[parameter-missing]" in result.stderr


def test_a_carbon_fraction_is_one_number(changed):
    def by_stratum(document):
        value = {"fringe": 0.45, "middle": 0.45, "landward": 0.45}
        document["parameters"]["carbon_fraction_agb"]["value"] = value

    result, _ = changed(by_stratum)
    assert result.exit_code == 2
    assert "[carbon-fraction]" in result.stderr

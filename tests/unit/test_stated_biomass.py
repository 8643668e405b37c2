"""Surveys without trees: what a publication states is averaged, kept apart, and never made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from mrv.errors import InputError
from mrv.run.project_run import inspect_project, run_project

PROJECT = """schema: mrv-project/1
project: {id: stated, name: {zh: 文献样地, en: Stated plots}}
strata:
  areas:
    - {stratum_id: fringe, area_ha: 30, source: map}
    - {stratum_id: basin, area_ha: 10, source: map}
surveys:
  - date: 2015-09-01
    design: {kind: stratified}
    plots: {file: plots.csv}
    stated_biomass:
      table: {file: plots.csv}
      source: A publication, table 2
    soil:
      sections: [{file: sections.csv}]
      measured_carbon: {method: elemental_analysis, carbonate: absent, source: Laboratory}
      depths_cm: [20]
seed: 1
"""

SOIL = "    soil:\n"

PLOTS = """plot_id,stratum_id,agb_t_c_ha
F1,fringe,40
F2,fringe,60
F3,fringe,50
B1,basin,10
B2,basin,20
B3,basin,
"""

SECTIONS = "plot_id,core_id,top_cm,bottom_cm,bulk_density_g_cm3,organic_carbon_fraction\n" + "".join(
    f"{plot},1,{top},{top + 10},0.8,{carbon}\n"
    for plot, carbon in (("F1", 0.05), ("F2", 0.06), ("F3", 0.07), ("B1", 0.03), ("B2", 0.04))
    for top in (0, 10)
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "mrv.yaml").write_text(PROJECT, encoding="utf-8")
    (folder / "plots.csv").write_text(PLOTS, encoding="utf-8")
    (folder / "sections.csv").write_text(SECTIONS, encoding="utf-8")
    return folder


def change(project: Path, name: str, old: str, new: str) -> None:
    path = project / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (name, old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


def rules(project: Path) -> set[str]:
    with pytest.raises(InputError) as caught:
        run_project(project, project.parent / "out")
    return {finding.rule for finding in caught.value.findings}


def figure(results, quantity: str, **index: str):
    return results.figure(quantity, {"date": "2015-09-01", **index})


def test_means_of_strata_and_of_the_project(project, tmp_path):
    results = run_project(project, tmp_path / "out")
    fringe, basin = (
        figure(results, "stated_carbon_density_t_c_ha", pool="agb", stratum=name)
        for name in ("fringe", "basin")
    )
    assert (fringe.value, fringe.units) == (50, 3)
    assert (basin.value, basin.units) == (15, 2)  # the plot without a value is no zero
    whole = figure(results, "stated_carbon_density_t_c_ha", pool="agb")
    assert whole.value == pytest.approx((30 * 50 + 10 * 15) / 40)
    assert fringe.standard_error == pytest.approx(10 / 3**0.5)
    (note,) = (f for f in results.findings if f.rule == "stated-biomass-missing")
    assert note.message.text == "1 of 6 plots have no agb_t_c_ha, such as B3; the mean is that of the others"
    states = {pool.pool: pool.state for pool in results.pools}
    assert states["agb"] == states["soil"] == "reported only"
    assert {f.quantity for f in results.figures}.isdisjoint({"carbon_density", "biomass_density"})


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("plots.csv", "B3,basin,", "B3,basin,-5", "value-range"),
        ("plots.csv", "plot_id,stratum_id,agb_t_c_ha", "plot_id,stratum_id,carbon", "stated-column-needed"),
        ("mrv.yaml", SOIL, "    treeless_plots: {plots: all, reason: none}\n" + SOIL, "trees-missing"),
        ("mrv.yaml", SOIL, "    trees: [{file: trees.csv}]\n" + SOIL, "stated-biomass-beside-trees"),
        ("plots.csv", "F2,fringe,60", "F2,fringe,460", "implausible-biomass"),
    ],
)  # fmt: skip
def test_what_is_refused(project, name, old, new, rule):
    change(project, name, old, new)
    assert rule in rules(project)


def test_plots_that_are_not_there_or_stand_twice(project):
    (project / "stated.csv").write_text("plot_id,agb_t_ha\nF1,90\nF1,91\nF4,80\n", encoding="utf-8")
    change(project, "mrv.yaml", "      table: {file: plots.csv}", "      table: {file: stated.csv}")
    assert rules(project) == {"plot-duplicate", "stated-plot-unknown"}


def test_a_survey_of_nothing(project):
    path = project / "mrv.yaml"
    text = path.read_text(encoding="utf-8")
    start, end = text.index("    stated_biomass:"), text.index("seed:")
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    assert rules(project) == {"survey-empty"}


def test_a_methodology_does_not_take_it_for_trees(project):
    change(
        project,
        "mrv.yaml",
        "surveys:\n",
        "methodology: mangrove_protection\n"
        'monitoring_period: {start: "2015-09-01", end: "2020-09-01"}\nsurveys:\n',
    )
    assert "surveys-two-needed" in rules(project)


def test_the_effect_of_a_core_in_quarantine_is_that_of_two_runs(project, tmp_path):
    index = {"stratum": "fringe", "depth": "0-20 cm"}
    whole = figure(run_project(project, tmp_path / "whole"), "soil_carbon_density_t_c_ha", **index)
    assert whole.value == pytest.approx(0.8 * 0.06 * 20 * 100)
    entry = '    quarantine: [{plot: F3, cores: ["1"], reason: tube leaked}]\n    soil:\n'
    change(project, "mrv.yaml", "    soil:\n", entry)
    results = run_project(project, tmp_path / "out")
    left = figure(results, "soil_carbon_density_t_c_ha", **index)
    assert left.value == pytest.approx(0.8 * 0.055 * 20 * 100)
    (record,) = results.quarantine
    assert (record.kind, record.name, record.reason) == ("cores", "F3/1", "tube leaked")
    # The project has a figure of its own: three quarters of it are fringe.
    assert record.stratum is None
    assert record.effect == pytest.approx(0.75 * (left.value - whole.value))


def test_sections_and_plots_in_quarantine_are_listed(project, tmp_path):
    change(
        project,
        "mrv.yaml",
        "sections: [{file: sections.csv}]",
        "sections: [{file: sections.csv, quarantine: [{rows: [3], reason: spilled}]}]",
    )
    change(
        project, "mrv.yaml", "    soil:\n", "    quarantine: [{plots: [B2], reason: not found}]\n    soil:\n"
    )
    results = run_project(project, tmp_path / "out")
    assert [(r.kind, r.name) for r in results.quarantine] == [("plots", "B2"), ("cores", "F1/1, 10–20 cm")]
    basin = figure(results, "stated_carbon_density_t_c_ha", pool="agb", stratum="basin")
    assert basin.value == 10


def test_quarantine_names_what_is_there(project):
    entry = "    quarantine: [{plot: F3, cores: [B], reason: slip}, {plot: F3, reason: slip}]\n    soil:\n"
    change(project, "mrv.yaml", "    soil:\n", entry)
    assert rules(project) == {"quarantine-unknown", "quarantine-names"}


def test_check_tells_what_stated_values_and_sections_change(project):
    change(project, "plots.csv", "F2,fringe,60", "F2,fringe,300")
    change(project, "sections.csv", "B1,1,0,10,0.8,0.03", "B1,1,0,10,0.1,0.03")
    checked = inspect_project(project)
    pairs = zip(checked.prepared.suspects, checked.effects.each, strict=True)
    effects = {suspect.finding.rule: effect for suspect, effect in pairs}
    stated = effects["unusual-biomass"]
    assert (stated.of.quantity, stated.of.stratum_id) == ("stated_carbon_density", None)
    assert stated.change == pytest.approx(0.75 * ((40 + 50) / 2 - (40 + 300 + 50) / 3))
    assert effects["density-against-organic-matter"].of.quantity == "soil_carbon_density"
    assert checked.effects.soil_together.of.depth == "0-20 cm"

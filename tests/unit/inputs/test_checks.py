"""What may be wrong between the tables of a survey, each rule once."""

import random

import pandas as pd
import pytest

from mrv.inputs import read_inputs

from .conftest import PLOTS, TREES, ProjectFolder

SOURCE = "surveys.0.trees.0"


def test_tree_duplicate(folder: ProjectFolder) -> None:
    folder.replace("trees.csv", "P1,2,", "P1,1,")
    assert str(folder.only("tree-duplicate")) == (
        "trees.csv:3:tree_id: tree '1' of plot 'P1' stands already at trees.csv:2:tree_id [tree-duplicate]"
    )


def test_stems_of_a_tree_are_no_duplicates(folder: ProjectFolder) -> None:
    folder.trees(
        "P1,9,a,Avicennia marina,8,live",
        "P1,9,b,Avicennia marina,8,live",
        header="plot_id,tree_id,stem_id,species,dbh_cm,status",
    )
    assert folder.lines() == []


def test_duplicates_are_found_across_tables(folder: ProjectFolder) -> None:
    folder.trees("P1,1,Kandelia obovata,8,4,live")
    assert folder.only("tree-duplicate").where == "more.csv:2:tree_id"


def test_tags_are_numbered_within_stated_subplots(folder: ProjectFolder) -> None:
    folder.trees(
        "P1,7,main,Avicennia marina,8,live",
        "P1,7,nested,Avicennia marina,3,live",
        header="plot_id,tree_id,subplot_id,species,dbh_cm,status",
    )
    assert folder.lines() == []


def test_species_unknown(folder: ProjectFolder) -> None:
    folder.replace("trees.csv", "Avicennia marina", "Kandelia obvata")
    assert str(folder.only("species-unknown")) == (
        "trees.csv:3:species: 'Kandelia obvata' is not on the list; did you mean Kandelia obovata 秋茄? "
        "[species-unknown]"
    )


def test_species_that_the_project_file_describes_is_known(folder: ProjectFolder) -> None:
    folder.replace("trees.csv", "Avicennia marina", "Xyz abc")
    assert "biomass.wood_density" in str(folder.only("species-unknown"))
    folder.set("biomass.wood_density", {"Xyz abc": {"value": 0.6, "source": "own cores"}})
    assert folder.lines() == []


def test_accepted_name_replaces_synonyms_and_unknown_is_legal(folder: ProjectFolder) -> None:
    folder.replace("trees.csv", "Avicennia marina", "白骨壤")
    folder.replace("trees.csv", "Sonneratia apetala", "unknown")
    inputs, findings = folder.read()
    assert findings == []
    assert {"Avicennia marina", "unknown"} <= set(inputs.surveys[0].trees["species"])


def test_plot_without_trees(folder: ProjectFolder) -> None:
    folder.write("plots.csv", PLOTS + "P5,low\n")
    assert folder.only("plot-without-trees").where == "plots.csv:6:plot_id"
    folder.set("surveys.0.treeless_plots", {"plots": "all", "reason": "mudflat"})
    inputs, findings = folder.read()
    assert findings == []
    assert inputs.surveys[0].treeless == {"P5"}


def test_tree_without_plot(folder: ProjectFolder) -> None:
    folder.write("plots.csv", PLOTS + "32B,low\n")
    folder.trees("32B,1,Kandelia obovata,8,4,live", "32-B,2,Kandelia obovata,8,4,live")
    assert "did you mean '32B'?" in str(folder.only("tree-without-plot"))


@pytest.mark.parametrize(
    ("plot", "rule"), [("P1", "treeless-plot-with-trees"), ("P11", "treeless-plot-unknown")]
)
def test_treeless_plots(folder: ProjectFolder, plot: str, rule: str) -> None:
    folder.set("surveys.0.treeless_plots", {"plots": [plot], "reason": "mudflat"})
    assert folder.only(rule).where.endswith("surveys[0].treeless_plots.plots[0]")


def test_tree_below_the_smallest_diameter(folder: ProjectFolder) -> None:
    folder.replace("trees.csv", "8.5", "0.85")
    finding = folder.only("tree-outside-size-rule")
    assert "0.85 cm is below 1 cm" in str(finding)
    assert not finding.waivable


def test_tree_outside_its_stated_subplot(folder: ProjectFolder) -> None:
    folder.trees(
        "P1,7,nested,Avicennia marina,5,live", header="plot_id,tree_id,subplot_id,species,dbh_cm,status"
    )
    finding = folder.only("tree-outside-size-rule")
    assert "5 cm is outside 1–5 cm of subplot 'nested' (upper end excluded)" in str(finding)
    assert finding.waivable


def test_size_rule_gives_the_subplot(folder: ProjectFolder) -> None:
    folder.replace("trees.csv", "8.5", "4.9")
    folder.replace("trees.csv", "12,", "5,")
    inputs, _ = folder.read()
    assert inputs.surveys[0].trees["subplot_id"].to_list()[:2] == ["nested", "main"]


def test_subplot_unknown(folder: ProjectFolder) -> None:
    folder.trees(
        "P1,7,mian,Avicennia marina,5,live", header="plot_id,tree_id,subplot_id,species,dbh_cm,status"
    )
    assert "did you mean 'main'?" in str(folder.only("subplot-unknown"))


def test_plot_areas_instead_of_subplots(folder: ProjectFolder) -> None:
    folder.drop("surveys.0.subplots")
    assert {finding.rule for finding in folder.findings()} == {"plot-area-missing"}
    folder.set("surveys.0.plots.constants", {"plot_area_m2": 100})
    inputs, findings = folder.read()
    assert findings == []
    assert set(inputs.surveys[0].trees["subplot_id"]) == {"plot"}
    assert inputs.surveys[0].plots["plot_area_m2"].eq(100).all()


def test_plot_areas_beside_subplots(folder: ProjectFolder) -> None:
    folder.set("surveys.0.plots.constants", {"plot_area_m2": 100})
    folder.only("plot-area-conflict")


def test_plot_area_must_be_above_zero(folder: ProjectFolder) -> None:
    folder.drop("surveys.0.subplots")
    folder.write("plots.csv", "plot_id,stratum_id,plot_area_m2\nP1,low,0\nP2,low,-1\nP3,high,9\nP4,high,9\n")
    assert [f.where for f in folder.findings() if f.rule == "value-range"] == [
        "plots.csv:2:plot_area_m2",
        "plots.csv:3:plot_area_m2",
    ]


def test_plot_duplicate(folder: ProjectFolder) -> None:
    folder.write("plots.csv", PLOTS + "P1,low\n")
    assert folder.only("plot-duplicate").where == "plots.csv:6:plot_id"


def test_no_plots(folder: ProjectFolder) -> None:
    folder.write("plots.csv", "plot_id,stratum_id\n")
    assert "table-empty" in {finding.rule for finding in folder.findings()}


def test_diameter_unit(folder: ProjectFolder) -> None:
    folder.write("trees.csv", TREES.replace("8.5", "85").replace("9.1", "91").replace("7.7", "77"))
    finding = folder.only("diameter-unit")
    assert finding.waivable
    assert "trees.csv:1:dbh_cm: the median diameter is 77 cm, above 60; this looks like millimetres: " in str(
        finding
    )
    assert "units: {dbh_cm: mm}" in str(finding)


def test_decay_class_on_a_live_tree(folder: ProjectFolder) -> None:
    folder.set(f"{SOURCE}.constants.decay_class", 2)
    assert {finding.rule for finding in folder.findings()} == {"decay-class-live"}


@pytest.mark.parametrize(("height", "sound"), [(1.3, True), (1.34, True), (1.4, False), (0.3, False)])
def test_pom_mismatch(folder: ProjectFolder, height: float, sound: bool) -> None:
    folder.set(f"{SOURCE}.constants.pom_m", height)
    assert {finding.rule for finding in folder.findings()} == (set() if sound else {"pom-mismatch"})


def test_prop_roots_may_be_measured_anywhere(folder: ProjectFolder) -> None:
    folder.set(f"{SOURCE}.constants", {"pom": "above_prop_roots", "pom_m": 2.2})
    assert folder.lines() == []


def test_stratum_unknown(folder: ProjectFolder) -> None:
    folder.write("plots.csv", PLOTS + "P5,hihg\nP6,hihg\n")
    folder.trees("P5,1,Kandelia obovata,8,4,live", "P6,1,Kandelia obovata,8,4,live")
    finding = folder.only("stratum-unknown")
    assert "'hihg' is not a stratum of this project (2 rows); did you mean 'high'?" in str(finding)


def test_stratum_lonely(folder: ProjectFolder) -> None:
    folder.replace("plots.csv", "P3,high", "P3,low")
    assert "stratum 'high' has too few plots: 1" in str(folder.only("stratum-lonely"))
    folder.set("surveys.0.design.kind", "purposive")
    assert folder.lines() == []


def test_stratum_without_any_plot_is_lonely(folder: ProjectFolder) -> None:
    folder.write("plots.csv", PLOTS.replace("high", "low"))
    assert "stratum 'high' has too few plots: 0" in str(folder.only("stratum-lonely"))


def test_simple_random_has_one_stratum(folder: ProjectFolder) -> None:
    folder.set("surveys.0.design.kind", "simple_random")
    folder.only("design-strata")


def clusters(folder: ProjectFolder, table: str = "C1,2\nC2,2\nC3,2\nC4,2\n", plots: str = "") -> None:
    folder.set("surveys.0.design.kind", "cluster")
    folder.set("surveys.0.clusters", {"file": "clusters.csv"})
    folder.write("clusters.csv", "cluster_id,plots_in_cluster\n" + table)
    folder.write(
        "plots.csv",
        plots or "plot_id,stratum_id,cluster_id\nP1,low,C1\nP2,low,C2\nP3,high,C3\nP4,high,C4\n",
    )


def test_cluster_design(folder: ProjectFolder) -> None:
    clusters(folder)
    inputs, findings = folder.read()
    assert findings == []
    assert inputs.surveys[0].plots["plots_in_cluster"].eq(2).all()


def test_cluster_design_needs_clusters(folder: ProjectFolder) -> None:
    folder.set("surveys.0.design.kind", "cluster")
    assert "cluster-missing" in {finding.rule for finding in folder.findings()}


def test_plot_without_cluster(folder: ProjectFolder) -> None:
    clusters(folder, plots="plot_id,stratum_id,cluster_id\nP1,low,C1\nP2,low,C2\nP3,high,C3\nP4,high,\n")
    assert {finding.rule for finding in folder.findings()} == {
        "cluster-missing",
        "cluster-without-plots",
        "stratum-lonely",
    }


def test_cluster_unknown(folder: ProjectFolder) -> None:
    clusters(folder, "C1,2\nC2,2\nC3,2\n4-C,2\n")
    rules = {finding.rule: finding for finding in folder.findings()}
    assert set(rules) == {"cluster-unknown", "cluster-without-plots"}
    assert rules["cluster-unknown"].where == "plots.csv:5:cluster_id"


def test_cluster_duplicate(folder: ProjectFolder) -> None:
    clusters(folder, "C1,2\nC2,2\nC3,2\nC4,2\nC4,2\n")
    folder.only("cluster-duplicate")


def test_cluster_in_two_strata(folder: ProjectFolder) -> None:
    clusters(
        folder,
        "C1,2\nC2,2\nC3,2\n",
        "plot_id,stratum_id,cluster_id\nP1,low,C1\nP2,low,C2\nP3,high,C2\nP4,high,C3\n",
    )
    folder.only("cluster-strata")


@pytest.mark.parametrize("size", ["0", "1.5"])
def test_cluster_size_is_a_whole_number_above_zero(folder: ProjectFolder, size: str) -> None:
    clusters(folder, f"C1,{size}\nC2,2\nC3,2\nC4,2\n")
    folder.only("value-range")


def test_cluster_smaller_than_its_sample(folder: ProjectFolder) -> None:
    clusters(folder, "C1,1\nC2,2\nC3,2\n")
    folder.write("plots.csv", "plot_id,stratum_id,cluster_id\nP1,low,C1\nP2,low,C1\nP3,low,C2\nP4,low,C3\n")
    folder.set("strata.areas", [{"stratum_id": "low", "area_ha": 1, "source": "x"}])
    folder.only("cluster-size")


def test_clusters_in_stratum(folder: ProjectFolder) -> None:
    clusters(folder)
    folder.set("surveys.0.design.clusters_in_stratum", {"low": 9, "high": 1})
    assert folder.only("cluster-size").where.endswith("design.clusters_in_stratum.high")
    folder.set("surveys.0.design.clusters_in_stratum", {"low": 9, "hihg": 9})
    assert "did you mean 'high'?" in str(folder.only("stratum-unknown"))


def test_every_finding_is_told_at_once_and_in_order(folder: ProjectFolder) -> None:
    folder.replace("trees.csv", "P1,2,Avicennia marina,12", "P1,1,Avicenna marina,abc")
    folder.replace("trees.csv", "P4,", "P9,")
    assert [(finding.where, finding.rule) for finding in folder.findings()] == [
        ("plots.csv:5:plot_id", "plot-without-trees"),
        ("trees.csv:3:dbh_cm", "not-a-number"),
        ("trees.csv:3:species", "species-unknown"),
        ("trees.csv:3:tree_id", "tree-duplicate"),
        ("trees.csv:6:plot_id", "tree-without-plot"),
    ]


def test_order_of_rows_is_irrelevant(folder: ProjectFolder) -> None:
    first = folder.read()[0].surveys[0]
    for name in ("plots.csv", "trees.csv"):
        header, *rows = (folder.path / name).read_text(encoding="utf-8").splitlines()
        random.Random(1).shuffle(rows)
        folder.write(name, "\n".join([header, *rows]) + "\n")
    second = folder.read()[0].surveys[0]
    pd.testing.assert_frame_equal(first.plots.drop(columns="source"), second.plots.drop(columns="source"))
    by_tree = ["plot_id", "tree_id"]
    pd.testing.assert_frame_equal(
        first.trees.drop(columns="source").sort_values(by_tree, ignore_index=True),
        second.trees.drop(columns="source").sort_values(by_tree, ignore_index=True),
    )


def test_files_are_hashed_by_the_name_the_project_file_gives_them(folder: ProjectFolder) -> None:
    inputs, _ = folder.read()
    assert sorted(inputs.files) == ["mrv.yaml", "plots.csv", "trees.csv"]
    assert read_inputs(folder.path / "mrv.yaml")[0].files == inputs.files


def test_a_survey_without_trees_is_told_once(folder: ProjectFolder) -> None:
    folder.write("trees.csv", TREES.splitlines()[0] + "\n")
    assert str(folder.only("table-empty")).split(": ")[1] == "surveys[0].trees"
    folder.set("surveys.0.treeless_plots", {"plots": "all", "reason": "mudflat"})
    assert folder.lines() == []


def test_a_stratum_that_is_not_declared_has_one_finding(folder: ProjectFolder) -> None:
    folder.write("plots.csv", PLOTS + "P5,lowe\n")
    folder.trees("P5,1,Kandelia obovata,8.5,4.2,live")
    assert "did you mean 'low'?" in str(folder.only("stratum-unknown"))


def test_a_fault_of_many_cells_is_one_finding(folder: ProjectFolder) -> None:
    folder.trees(*[f"P1,{number},Kandelia obovata,{300 + number},4.2,live" for number in range(10, 31)])
    assert str(folder.only("value-range")) == (
        "more.csv:2:dbh_cm: 310 and 20 more values of the column are outside 0–150 cm, 0 excluded; "
        "31 would fit (millimetres?) [value-range]"
    )


def test_strata_that_only_the_survey_names_have_no_area(folder: ProjectFolder) -> None:
    folder.drop("strata")
    inputs, findings = folder.read()
    assert findings == []
    assert inputs.strata.table["stratum_id"].to_list() == ["high", "low"]
    assert inputs.strata.table["area_ha"].isna().all()


def test_strata_as_a_table(folder: ProjectFolder) -> None:
    folder.set("strata", {"table": {"file": "strata.csv", "units": {"area_ha": "m2"}}})
    folder.write("strata.csv", "stratum_id,area_ha\nlow,100000\nhigh,50000\n")
    inputs, findings = folder.read()
    assert findings == []
    assert inputs.strata.table["area_ha"].to_list() == pytest.approx([5.0, 10.0])
    folder.write("strata.csv", "stratum_id,area_ha\nlow,100000\nhigh,0\n")
    assert folder.only("value-range").where == "strata.csv:3:area_ha"
    folder.write("strata.csv", "stratum_id,area_ha\nlow,100000\nhigh,50000\nlow,1\n")
    assert folder.only("stratum-duplicate").where == "strata.csv:4:stratum_id"


def test_a_project_without_surveys(folder: ProjectFolder) -> None:
    folder.drop("surveys")
    folder.drop("biomass")
    assert folder.read()[0].surveys == ()

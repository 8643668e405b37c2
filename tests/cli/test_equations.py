"""``mrv equations``, and projects that choose their equations."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from mrv.cli import main

PLOTS = "plot_id,stratum_id,plot_area_m2\n" + "".join(f"P{i},edge,100\n" for i in range(1, 5))


def trees(rows):
    header = "plot_id,species,dbh_cm,height_m,d0_cm,status,decay_class,pom\n"
    return header + "".join(",".join(str(cell) for cell in row) + "\n" for row in rows)


ROWS = [
    (
        f"P{1 + i % 4}",
        "Avicennia marina",
        6 + 0.5 * i,
        round(3.2 + 0.2 * i, 2),
        "",
        "live",
        "",
        "breast_height",
    )
    for i in range(40)
]


@pytest.fixture
def project(tmp_path):
    """Write a small project and return a function that runs it."""

    def run(rows=ROWS, biomass=None, survey=None, files=None, waivers=(), command="run"):
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        (folder / "plots.csv").write_text(PLOTS, encoding="utf-8")
        (folder / "trees.csv").write_text(trees(rows), encoding="utf-8")
        for name, text in (files or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        document = {
            "schema": "mrv-project/1",
            "project": {"id": "small", "name": {"zh": "小项目", "en": "Small"}},
            "surveys": [
                {
                    "date": "2020-01-01",
                    "design": {"kind": "stratified"},
                    "plots": {"file": "plots.csv"},
                    "trees": [{"file": "trees.csv"}],
                    **(survey or {}),
                }
            ],
            "biomass": {
                "agb": {"equation": "komiyama_2005_agb"},
                "bgb": {"equation": "komiyama_2005_bgb"},
                "dead": {"agb_factor": {"1": 0.975}, "bgb": "excluded", "source": "a test"},
                **(biomass or {}),
            },
            "parameters": {
                name: {"value": 0.45, "source": "a test"}
                for name in ("carbon_fraction_agb", "carbon_fraction_bgb")
            },
            "waivers": list(waivers),
            "seed": 1,
        }
        with (folder / "mrv.yaml").open("w", encoding="utf-8") as stream:
            YAML().dump(document, stream)
        out = tmp_path / "out"
        arguments = [command, str(folder)] + (["-o", str(out)] if command == "run" else [])
        result = CliRunner().invoke(main, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        results = out / "results.json"
        return result, json.loads(results.read_text(encoding="utf-8")) if results.exists() else None

    return run


def rows_of(tmp_path, name):
    with (tmp_path / "out" / "tables" / f"{name}.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def figure(results, name, **index):
    (found,) = [f for f in results["figures"] if f["name"] == name and f["index"] == index]
    return found["value"]


def test_list_show_and_check(tmp_path):
    listed = json.loads(CliRunner().invoke(main, ["equations", "list", "--all", "--json"]).stdout)
    assert {entry["status"] for entry in listed} == {"admitted", "quarantined", "rejected"}
    shown = CliRunner().invoke(main, ["equations", "show", "komiyama_2005_agb"])
    assert shown.exit_code == 0
    assert "Journal of Tropical Ecology" in " ".join(shown.output.split())
    near = CliRunner().invoke(
        main, ["equations", "list", "--species", "桐花树", "--component", "agb", "--json"]
    )
    assert "hossain_2016_aegiceras_corniculatum_agb" in [e["equation_id"] for e in json.loads(near.stdout)]
    assert CliRunner().invoke(main, ["equations", "show", "komiyama_2005_abg"]).exit_code == 2


HEADER = (
    "equation_id,component,species,form,a,b,c,d,points_of_measurement,stems,dbh_min_cm,dbh_max_cm,"
    "height_min_m,height_max_m,sample_trees,region,log_bias,source_id,evidence,range_evidence,status,note"
)
OWN = (
    "mine,agb,*,power,{a},2.4,,,breast_height,per_stem,5,40,,,30,here,corrected,own report,"
    "sighted,sighted,admitted,"
)
USE_OWN = {"agb": {"equation": "mine"}, "equations": {"file": "own.csv"}}


def test_an_own_equation_in_grams_is_refused_and_a_sound_one_runs(project):
    grams, _ = project(biomass=USE_OWN, files={"own.csv": f"{HEADER}\n{OWN.format(a=180)}\n"})
    assert grams.exit_code == 2
    assert "[equation-gate]" in grams.output
    sound, results = project(biomass=USE_OWN, files={"own.csv": f"{HEADER}\n{OWN.format(a=0.18)}\n"})
    assert sound.exit_code == 0, sound.output
    assert results["alternative_equation"] == "chave_2005_power"


ZAN = {
    "agb": {
        "equation": "komiyama_2005_agb",
        "by_species": {"Sonneratia apetala": "zan_2001_sonneratia_apetala_agb"},
    },
    "wood_density": {"Sonneratia apetala": {"value": 0.5, "source": "a test"}},
}
SONNERATIA = [*ROWS, ("P1", "Sonneratia apetala", 12, 8, "", "live", "", "breast_height")]


def test_a_quarantined_equation_is_let_in_by_name_and_told_first(project):
    refused, _ = project(SONNERATIA, ZAN)
    assert refused.exit_code == 2
    assert "[equation-quarantined]" in refused.output
    allowed = [{"equation": "zan_2001_sonneratia_apetala_agb", "reason": "compared with the paper"}]
    run, results = project(SONNERATIA, {**ZAN, "allow_quarantined": allowed})
    assert run.exit_code == 0, run.output
    assert "QUARANTINED EQUATION IN USE" in run.output.split("Stocks per hectare")[0]
    (told,) = [f for f in results["findings"] if f["rule"] == "equation-quarantined"]
    assert told["severity"] == "waived"
    assert "compared with the paper" in told["message"]["text"]


def test_every_output_says_that_a_quarantined_equation_is_in_use(project, tmp_path):
    name = "zan_2001_sonneratia_apetala_agb"
    allowed = [{"equation": name, "reason": "compared with the paper"}]
    run, results = project(SONNERATIA, {**ZAN, "allow_quarantined": allowed})
    assert run.exit_code == 0, run.output
    (entry,) = results["quarantined_equations"]
    assert (entry["equation_id"], entry["reason"]) == (name, "compared with the paper")
    out = tmp_path / "out"
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["quarantined_equations"] == {
        name: "compared with the paper"
    }
    trees = rows_of(tmp_path, "trees")
    assert {row["species"] for row in trees if row["quarantined_equation"] == "True"} == {
        "Sonneratia apetala"
    }
    plots = rows_of(tmp_path, "plots")
    assert {row["plot_id"] for row in plots if row["quarantined_equation"] == "True"} == {"P1"}
    page = tmp_path / "why.html"
    for language, words in (("en", "QUARANTINED EQUATION IN USE"), ("zh", "正在使用存疑方程")):
        told = CliRunner().invoke(
            main, ["explain", str(out), "biomass_density", "--html", str(page), "--lang", language]
        )
        assert told.exit_code == 0, told.output
        assert words in told.stdout
        assert words in page.read_text(encoding="utf-8")


def test_a_sound_run_names_no_quarantined_equation(project, tmp_path):
    _, results = project()
    assert results["quarantined_equations"] == []
    assert {row["quarantined_equation"] for row in rows_of(tmp_path, "trees")} == {"False"}


def test_a_rejected_equation_is_never_let_in(project):
    name = "kangkuso_lumnitzera_racemosa_agb"
    refused, _ = project(
        [*ROWS, ("P1", "Lumnitzera racemosa", 12, 8, "", "live", "", "breast_height")],
        {
            "agb": {"equation": "komiyama_2005_agb", "by_species": {"Lumnitzera racemosa": name}},
            "allow_quarantined": [{"equation": name, "reason": "please"}],
        },
    )
    assert refused.exit_code == 2
    assert "[equation-rejected]" in refused.output


def test_beyond_its_range_an_equation_hands_over(project, tmp_path):
    own = "comley_2005_avicennia_marina_agb"
    rows = [*ROWS, ("P1", "Avicennia marina", 40, 14, "", "live", "", "breast_height")]
    agb = {"equation": "komiyama_2005_agb", "by_species": {"Avicennia marina": own}}
    run, results = project(rows, {"agb": agb})
    assert run.exit_code == 0, run.output
    (record,) = results["extrapolations"]
    assert (record["equation_id"], record["stems"], record["replaced_by"]) == (own, 1, ["komiyama_2005_agb"])
    assert record["marked_plots"] == 1
    assert 0 < record["added_relative_standard_error"] < 0.1
    (large,) = [row for row in rows_of(tmp_path, "trees") if row["dbh_cm"] == "40.0"]
    assert float(large["agb_kg"]) == pytest.approx(0.251 * 0.65 * 40**2.46)
    assert "comley_2005_avicennia_marina_agb: 1 stems beyond its range" in " ".join(run.output.split())


def test_missing_heights_are_fitted_where_the_project_says_so(project, tmp_path):
    rows = [*ROWS, ("P1", "Avicennia marina", 15, "", "", "live", "", "breast_height")]
    agb = {"equation": "chave_2005_dbh_height", "without_height": "fitted"}
    run, results = project(rows, {"agb": agb})
    assert run.exit_code == 0, run.output
    (told,) = [f for f in results["findings"] if f["rule"] == "height-fitted"]
    assert told["message"]["text"].startswith("1 heights of Avicennia marina")
    (tree,) = [row for row in rows_of(tmp_path, "trees") if row["height_source"] != "measured"]
    assert float(tree["height_m"]) == pytest.approx(3.2 + 0.2 * 18, abs=0.3)
    assert float(tree["height_error_m"]) > 0


def test_the_wood_density_of_a_genus_is_a_decision(project, tmp_path):
    refused, _ = project(SONNERATIA)
    assert refused.exit_code == 2
    assert "[wood-density-missing]" in refused.output
    run, results = project(SONNERATIA, {"wood_density_fallback": "genus"})
    assert run.exit_code == 0, run.output
    assert [f["rule"] for f in results["findings"] if f["rule"] == "wood-density-fallback"]
    (tree,) = [row for row in rows_of(tmp_path, "trees") if row["species"] == "Sonneratia apetala"]
    assert tree["wood_density_source"] == "data/wood_density.csv: fischer_2026 (genus Sonneratia)"
    assert float(tree["wood_density_g_cm3"]) == 0.529


def test_dwarf_stands_are_refused(project):
    rows = [(*row[:3], 2.0, *row[4:]) for row in ROWS]
    refused, _ = project(rows)
    assert refused.exit_code == 2
    assert "[dwarf-stand]" in refused.output


def test_downed_wood_is_estimated_and_reported(project, tmp_path):
    downed = {
        "lines": {"file": "lines.csv"},
        "counts": [{"file": "counts.csv"}],
        "classes": {
            "fine": {
                "length_m": 2,
                "density_g_cm3": 0.4,
                "quadratic_mean_diameter_cm": 0.5,
                "source": "a test",
            }
        },
    }
    files = {
        "lines.csv": "plot_id,line_id\n" + "".join(f"P{i},a\n" for i in range(1, 5)),
        "counts.csv": "plot_id,line_id,piece_class,pieces\nP1,a,fine,8\nP2,a,fine,4\n",
    }
    run, results = project(survey={"downed_wood": downed}, files=files)
    assert run.exit_code == 0, run.output
    found = figure(results, "biomass_density_t_dm_ha", stratum="edge", pool="downed_wood", date="2020-01-01")
    assert found == pytest.approx(9.8696044 * 12 * 0.25 / 16 * 0.4 / 4)
    assert {"pool": "downed_wood", "state": "reported only"} in results["pools"]
    assert [float(row["downed_wood_t_ha"]) > 0 for row in rows_of(tmp_path, "plots")] == [
        True,
        True,
        False,
        False,
    ]

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mrv.errors import InputError
from mrv.inputs import locate_project, project_json_schema, read_project

from .conftest import PROJECT, ProjectFolder

EVIDENCE = {"document": "Management plan, p. 3", "statement": "The stand would have stayed as it was."}
SUBPLOTS = "surveys.0.subplots"


def test_the_sound_project_has_no_findings(folder: ProjectFolder) -> None:
    assert folder.lines() == []


def test_schema_accepts_the_sound_project_and_refuses_another_version() -> None:
    schema = project_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["schema"]["const"] == "mrv-project/1"
    assert "$id" not in schema
    validator = jsonschema.Draft202012Validator(schema)
    assert list(validator.iter_errors(PROJECT)) == []
    assert list(validator.iter_errors({**PROJECT, "schema": "mrv-project/2"}))


def test_every_key_of_the_schema_is_described() -> None:
    schema = project_json_schema()
    bare = [
        f"{title}.{name}"
        for title, part in [("", schema), *schema["$defs"].items()]
        for name, value in part.get("properties", {}).items()
        if "description" not in value
    ]
    assert bare == []


def test_locate_project(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        locate_project(tmp_path)
    assert caught.value.findings[0].rule == "project-missing"
    (tmp_path / "mrv.yaml").write_text("a: 1")
    assert locate_project(tmp_path) == locate_project(tmp_path / "mrv.yaml") == tmp_path / "mrv.yaml"


def test_read_project(folder: ProjectFolder) -> None:
    folder.read()
    assert read_project(folder.path).project.id == "trial"


def test_unknown_key_deep_in_the_file_gets_a_suggestion(folder: ProjectFolder) -> None:
    folder.set("surveys.0.trees.0.colums", {})
    assert folder.only("yaml-key-unknown").values["near"] == "columns"


def test_unknown_key_in_an_alternative_gets_a_suggestion(folder: ProjectFolder) -> None:
    folder.set("strata.areas.0.sorce", "x")
    finding = folder.only("yaml-key-unknown")
    assert "strata.areas[0].sorce" in finding.where
    assert finding.values["near"] == "source"


@pytest.mark.parametrize(
    ("key", "value", "rule", "place"),
    [
        ("surveys.0.date", "2020-02-30", "date-unknown", "surveys[0].date"),
        (
            "monitoring_period",
            {"start": "2020-01-01", "end": "2010-01-01"},
            "dates-order",
            "monitoring_period.end",
        ),
        ("methodology", "ipcc_2013_tier1", "methodology-key-missing", "monitoring_period"),
        ("boundary", {"file": "b.geojson"}, "reference-system", "boundary"),
        (f"{SUBPLOTS}.0.area_m2", 150, "subplot-area", "surveys[0].subplots[0]"),
        (f"{SUBPLOTS}.1.dbh_max_cm", 4, "subplot-range", "surveys[0].subplots[0].dbh_min_cm"),
        (f"{SUBPLOTS}.1.dbh_max_cm", 6, "subplot-range", "surveys[0].subplots[0].dbh_min_cm"),
        (f"{SUBPLOTS}.0.dbh_max_cm", 60, "subplot-range", "surveys[0].subplots[0].dbh_max_cm"),
        (f"{SUBPLOTS}.1.id", "main", "subplot-duplicate", "surveys[0].subplots[1].id"),
        ("surveys.0.clusters", {"file": "c.csv"}, "design-clusters", "surveys[0].clusters"),
        ("surveys.0.plots.columns", {"plot": "P"}, "column-unknown", "surveys[0].plots.columns.plot"),
        ("surveys.0.trees.0.units", {"dbh_cm": "px"}, "unit-unknown", "surveys[0].trees[0].units.dbh_cm"),
        ("surveys.0.trees.0.units", {"species": "m"}, "unit-unknown", "surveys[0].trees[0].units.species"),
        (
            "surveys.0.trees.0.columns",
            {"pom": "height_m"},
            "column-conflict",
            "surveys[0].trees[0].constants.pom",
        ),
        ("surveys.0.trees.0.rows", [{"reason": "x"}], "row-filter", "surveys[0].trees[0].rows[0]"),
        (
            "surveys.0.trees.0.rows",
            [{"keep": {"column": "status"}, "reason": "x"}],
            "row-filter",
            "surveys[0].trees[0].rows[0].keep",
        ),
        ("strata.areas.1.stratum_id", "low", "stratum-duplicate", "strata.areas[1].stratum_id"),
        (
            "biomass.agb.by_species",
            {"秋茄": "x"},
            "species-name",
            "biomass.agb.by_species.秋茄",
        ),
        (
            "waivers",
            [{"rule": "a-b", "reason": "x"}, {"rule": "a-b", "reason": "y"}],
            "waiver-duplicate",
            "waivers[1].rule",
        ),
        ("baseline", {"scenario": "static"}, "yaml-key-missing", "baseline.evidence"),
        (
            "baseline",
            {"scenario": "static", "evidence": {**EVIDENCE, "document": " "}},
            "yaml-value",
            "baseline.evidence.document",
        ),
        ("baseline", {"scenario": "hope", "evidence": EVIDENCE}, "yaml-value", "baseline.scenario"),
        ("strata.areas.0.area_ha", 0, "yaml-value", "strata.areas[0].area_ha"),
        ("strata.areas.0.area_ha", -3, "yaml-value", "strata.areas[0].area_ha"),
        ("strata.file", "strata.geojson", "yaml-key-unknown", "strata.file"),
        ("biomass.bgb", {"root_shoot_ratio": 0.49}, "yaml-key-missing", "biomass.bgb.source"),
        (
            "leakage",
            {
                way: {"t_co2e": -1 if way == "market" else 0, "test": "x", "finding": "x"}
                for way in ("displaced_activity", "market", "hydrology")
            },
            "yaml-value",
            "leakage.market.t_co2e",
        ),
        ("confidence_level", 90, "yaml-value", "confidence_level"),
    ],
)
def test_each_rule_once(folder: ProjectFolder, key: str, value: Any, rule: str, place: str) -> None:
    folder.set(key, value)
    assert folder.only(rule).where.endswith(": " + place)


def test_yaml_nan(folder: ProjectFolder) -> None:
    folder.read()
    folder.replace("mrv.yaml", '"area_ha": 10,', '"area_ha": .nan,')
    with pytest.raises(InputError, match="nan is not a finite number"):
        read_project(folder.path)


def test_surveys_need_biomass(folder: ProjectFolder) -> None:
    folder.drop("biomass")
    folder.only("biomass-missing")


def test_survey_dates_ascend(folder: ProjectFolder) -> None:
    folder.document["surveys"].append(folder.document["surveys"][0])
    folder.only("dates-order")


def test_gap_below_the_smallest_diameter_is_allowed(folder: ProjectFolder) -> None:
    folder.set(f"{SUBPLOTS}.1.dbh_min_cm", 2.5)
    assert folder.lines() == []

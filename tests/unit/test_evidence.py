"""Whatever a baseline, an emission, a test or a number rests on: without it no run, and a line says why."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mrv.errors import InputError
from mrv.methodologies import load_methodology
from mrv.run.prepare import prepare

EVIDENCE = {"document": "Note 1, p. 2", "statement": "What it shows."}
SURVEY = {
    "design": {"kind": "stratified"},
    "plots": {"file": "plots.csv"},
    "subplots": [{"id": "main", "radius_m": 7, "dbh_min_cm": 5}],
    "trees": [{"file": "trees.csv", "constants": {"pom": "breast_height"}}],
}


def number(value: float, error: float | None = None) -> dict[str, Any]:
    stated = {"value": value, "source": "Note 3"}
    return stated if error is None else {**stated, "standard_error": error}


def avoided_loss(scenario: str, **others: Any) -> dict[str, Any]:
    return {
        "scenario": scenario,
        "start": "2010-01-01",
        "protected_by_law": True,
        "failure_of_protection": EVIDENCE,
        "soil_disturbance": {"depth_cm": 30, "document": "Note 4"},
        "evidence": EVIDENCE,
        **others,
    }


PROJECT: dict[str, Any] = {
    "schema": "mrv-project/1",
    "project": {"id": "trial", "name": {"zh": "试验", "en": "Trial"}},
    "methodology": "mangrove_protection",
    "monitoring_period": {"start": "2010-01-01", "end": "2020-01-01"},
    "strata": {"areas": [{"stratum_id": "low", "area_ha": 10, "source": "map of 2020"}]},
    "surveys": [{"date": "2010-01-01", **SURVEY}, {"date": "2020-01-01", **SURVEY}],
    "biomass": {"agb": {"equation": "komiyama_2005_agb"}, "bgb": {"equation": "komiyama_2005_bgb"}},
    "parameters": {
        "carbon_fraction_agb": number(0.45),
        "carbon_fraction_bgb": number(0.39),
        "buffer_share": number(0.2),
        "natural_growth_rate": number(1.0, 0.2),
        "degradation_rate": number(0.5, 0.1),
        "control_density_first": number(50, 3),
        "control_density_last": number(53, 4),
        "biomass_emission_factor": number(200, 20),
        "soil_emission_factor": number(100, 20),
        "soil_release_years": number(20),
        "foregone_sequestration_rate": number(2, 0.5),
    },
    "baseline": {"scenario": "static", "evidence": EVIDENCE},
    "other_baselines": [
        {"scenario": "natural_growth", "evidence": EVIDENCE},
        {"scenario": "degradation", "cause": EVIDENCE, "evidence": EVIDENCE},
        {"scenario": "control_area", "matching": EVIDENCE, "evidence": EVIDENCE},
        avoided_loss(
            "historical_loss",
            loss={
                "areas": [
                    {"date": "2000-01-01", "area_ha": 100, "standard_error_ha": 3, "source": "map of 2000"},
                    {"date": "2010-01-01", "area_ha": 90, "standard_error_ha": 3, "source": "map of 2010"},
                ]
            },
        ),
        avoided_loss(
            "planned_conversion",
            plan=EVIDENCE,
            conversions=[{"stratum_id": "low", "area_ha": 4, "date": "2012-06-01"}],
        ),
    ],
    "project_emissions": {
        "fuel": {"t_co2e": 0, "evidence": "Note 5"},
        "biomass_removed": {"t_co2e": 0, "evidence": "Note 5"},
        "soil_methane": {"change_t_co2e_ha_yr": 0, "evidence": "Note 5"},
        "soil_nitrous_oxide": {"change_t_co2e_ha_yr": 0, "evidence": "Note 5"},
    },
    "leakage": {
        way: {"t_co2e": 0, "test": "Note 6", "finding": "None was found."}
        for way in ("displaced_activity", "market", "hydrology")
    },
    "conditions": {
        name: {"met": True, "document": "Note 7"}
        for name in load_methodology("mangrove_protection").conditions
    },
    "soil_balance": {"allochthonous": {"share": 0.3, "source": "Note 8"}},
    "soil_in_sink": {
        "rate": {"method": "marker horizon", "cover": {"low": 0.8}, "source": "Note 9", "reason": "It grows."}
    },
    "seed": 1,
}

ACCOUNTING = (
    "baseline",
    "other_baselines",
    "project_emissions",
    "leakage",
    "conditions",
    "soil_in_sink",
    "parameters",
    "soil_balance",
)
LEFT_TO_THE_PROJECT = {
    ("other_baselines",): "the declared baseline is enough",
    ("soil_in_sink",): "soil is then reported only",
    ("conditions",): "an open condition stops the issuance, not the run",
    **{
        ("conditions", name): "an open condition stops the issuance, not the run"
        for name in PROJECT["conditions"]
    },
}
"""Keys that a run does without, and why."""

Key = tuple[str | int, ...]


def keys_of(node: Any, above: Key = ()) -> Iterator[Key]:
    """Every key of a document, at every depth."""
    for part, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(node, dict):
            yield (*above, part)
        if isinstance(value, dict | list):
            yield from keys_of(value, (*above, part))


REQUIRED = [
    key
    for name in ACCOUNTING
    for key in [(name,), *keys_of(PROJECT[name], (name,))]
    if key not in LEFT_TO_THE_PROJECT
]


def dotted(key: Key) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).lstrip(".")


def written(folder: Path, document: dict[str, Any]) -> Path:
    (folder / "plots.csv").write_text("plot_id,stratum_id\nP1,low\nP2,low\n", encoding="utf-8")
    rows = ["plot_id,tree_id,species,dbh_cm,status"]
    rows += [f"{plot},{tree},Kandelia obovata,{7 + tree},live" for plot in ("P1", "P2") for tree in (1, 2, 3)]
    (folder / "trees.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "mrv.yaml").write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return folder


def test_with_everything_it_is_accepted(tmp_path: Path) -> None:
    prepared = prepare(written(tmp_path, PROJECT))
    assert prepared.methodology is not None
    assert [entry.scenario for entry in prepared.methodology.others] == [
        "natural_growth",
        "degradation",
        "control_area",
        "historical_loss",
        "planned_conversion",
    ]


@pytest.mark.parametrize("key", REQUIRED, ids=dotted)
def test_without_it_the_run_is_refused_and_says_why(key: Key, tmp_path: Path) -> None:
    document = copy.deepcopy(PROJECT)
    *outer, last = key
    node: Any = document
    for part in outer:
        node = node[part]
    del node[last]
    with pytest.raises(InputError) as refused:
        prepare(written(tmp_path, document))
    places = {finding.where.rpartition(": ")[2]: finding.text() for finding in refused.value.findings}
    # The place is that of the key or below it or, where another key could stand for it, the one beside it.
    near = [place for place in places if place.startswith((dotted(key), dotted(tuple(outer)) or dotted(key)))]
    assert near, places
    assert all(places[place] for place in near)


def test_the_law_makes_the_proof_necessary(tmp_path: Path) -> None:
    document = copy.deepcopy(PROJECT)
    for baseline in document["other_baselines"][3:]:
        baseline["protected_by_law"] = False
        del baseline["failure_of_protection"]
    assert prepare(written(tmp_path, document)).methodology is not None
    document["other_baselines"][3]["protected_by_law"] = True
    with pytest.raises(InputError, match="protection would fail without the project"):
        prepare(written(tmp_path, document))

"""Soil that a baseline of loss releases is no deeper than the project's cores reach."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from two_date_project import EVIDENCE, PROJECT, stated, table, write

from mrv.errors import InputError
from mrv.run.prepare import prepare


def project(depth_cm: float, *, cored: bool = True) -> dict[str, Any]:
    document = copy.deepcopy(PROJECT)
    if cored:
        document["surveys"][0]["soil"] = {
            "sections": [{"file": "cores.csv"}],
            "measured_carbon": {
                "method": "elemental_analysis",
                "carbonate": "removed_by_acid",
                "source": "Note 8",
            },
        }
    document["baseline"] = {
        "scenario": "planned_conversion",
        "start": "2010-01-01",
        "protected_by_law": False,
        "soil_disturbance": {"depth_cm": depth_cm, "document": "Note 4"},
        "plan": EVIDENCE,
        "conversions": [{"stratum_id": "low", "area_ha": 4, "date": "2012-06-01"}],
        "evidence": EVIDENCE,
    }
    document["parameters"] |= {
        "biomass_emission_factor": stated(20, 2),
        "soil_emission_factor": stated(100, 20),
        "soil_release_years": stated(20),
        "foregone_sequestration_rate": stated(0, 0),
    }
    return document


def written(folder: Path, document: dict[str, Any]) -> Path:
    sections = [(0, 30), (30, 60)]
    write(folder, document)
    table(
        folder / "cores.csv",
        "plot_id,core_id,top_cm,bottom_cm,bulk_density_g_cm3,organic_carbon_fraction",
        [f"P1,1,{top},{bottom},0.8,0.02" for top, bottom in sections],
    )
    return folder / "mrv.yaml"


def test_soil_below_the_deepest_core_is_not_released(tmp_path):
    with pytest.raises(InputError) as refused:
        prepare(written(tmp_path, project(100)))
    (finding,) = [found for found in refused.value.findings if found.severity == "error"]
    assert finding.rule == "baseline-disturbance-depth"
    assert "mrv.yaml:" in finding.where
    assert "100 cm is deeper than the deepest core of the project, which reaches 60 cm" in finding.text()


@pytest.mark.parametrize(("depth_cm", "cored"), [(60, True), (100, False)])
def test_what_cores_reach_is_taken_and_without_cores_nothing_is_compared(tmp_path, depth_cm, cored):
    assert prepare(written(tmp_path, project(depth_cm, cored=cored))).methodology is not None

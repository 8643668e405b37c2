"""Duplicates and reference materials of a laboratory: what they show, and where it goes."""

from __future__ import annotations

import math
import shutil

import pandas as pd
import pytest

from mrv.run.project_run import run_project
from mrv.soil.control import duplicate_deviation, recovery


def test_recovery_by_hand():
    materials = pd.DataFrame(
        {
            "certified_carbon_fraction": [0.02, 0.02, 0.02],
            "certified_standard_error": [0.0002, 0.0002, 0.0002],
            "measured_carbon_fraction": [0.0196, 0.0192, 0.0200],
        }
    )
    found = recovery(materials)
    # Biases -2, -4 and 0 %: mean -2 %, scatter 2 %; the certificate is known to 1 %.
    assert found.mean == pytest.approx(0.98)
    assert found.relative_standard_error == pytest.approx(math.sqrt(0.02**2 + 0.02**2 / 3 + 0.01**2))
    assert math.isnan(recovery(materials.iloc[:1]).relative_standard_error)


def test_deviation_of_duplicates_by_hand():
    twice = pd.DataFrame(
        {"organic_carbon_fraction": [0.02, 0.01], "duplicate_carbon_fraction": [0.02, 0.011]}
    )
    assert duplicate_deviation(twice) == pytest.approx(math.sqrt((0.001 / 0.0105) ** 2 / 4))


CONTROL = """      control:
        duplicates: {file: duplicates.csv}
        reference_materials: {file: references.csv}
        source: Report 12 of the laboratory (made up for this test)
"""
ERRORS = """        carbon:
          relative_standard_error: 0.03
          source: "SIM-SO-01 (simulated): reference soils in every run; the figure is assumed for this demo"
"""


def test_what_reference_materials_show_enters_the_budget(demo, tmp_path):
    folder = tmp_path / "project"
    shutil.copytree(demo, folder)
    text = (folder / "mrv.yaml").read_text(encoding="utf-8")
    text = text.replace("draws: 10000", "draws: 1000")
    head, tail = text[: text.rindex(ERRORS)], text[text.rindex(ERRORS) :].replace(ERRORS, "", 1)
    at = head.rindex("      errors:\n")
    (folder / "mrv.yaml").write_text(head[:at] + CONTROL + head[at:] + tail, encoding="utf-8")
    (folder / "duplicates.csv").write_text(
        "sample_id,organic_carbon_fraction,duplicate_carbon_fraction\nA,0.02,0.021\nB,0.01,0.013\n",
        encoding="utf-8",
    )
    (folder / "references.csv").write_text(
        "material_id,certified_carbon_fraction,certified_standard_error,measured_carbon_fraction\n"
        "M,0.02,0.0002,0.0186\nM,0.02,0.0002,0.0190\n",
        encoding="utf-8",
    )
    results = run_project(folder, tmp_path / "out")
    rules = {finding.rule for finding in results.findings}
    assert {"duplicates-differ", "duplicates-few", "recovery-off"} <= rules
    assert "reference-missing" not in rules
    figure = results.figure("laboratory_recovery", {"date": "2020-01-01", "batch": "2020-01-01"})
    # Biases -7 and -5 %: mean -6 %, scatter √2 %; the certificate is known to 1 %.
    assert figure.value == pytest.approx(0.94)
    assert figure.standard_error == pytest.approx(math.sqrt(0.06**2 + 0.0002 / 2 + 0.01**2))
    carbon = {c.component: c.state for c in results.error_budget.components}["soil_laboratory_carbon"]
    assert carbon == "drawn"
    index = {"stratum": "middle", "depth": "0-100 cm", "date": "2020-01-01"}
    stock = results.figure("soil_carbon_density_t_c_ha", index)
    assert stock.total_interval.half_width > 1.3 * stock.interval.half_width

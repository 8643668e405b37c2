"""A small sound project in a folder, which each test spoils in one place."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from mrv.errors import InputError
from mrv.findings import Finding
from mrv.inputs import Inputs, read_inputs

PLOTS = """plot_id,stratum_id
P1,low
P2,low
P3,high
P4,high
"""

TREES = """plot_id,tree_id,species,dbh_cm,height_m,status
P1,1,Kandelia obovata,8.5,4.2,live
P1,2,Avicennia marina,12,5,live
P2,1,Kandelia obovata,9.1,4.4,live
P3,1,Kandelia obovata,7.7,3.9,dead
P4,1,Sonneratia apetala,20.4,11,live
"""

PROJECT: dict[str, Any] = {
    "schema": "mrv-project/1",
    "project": {"id": "trial", "name": {"zh": "试验", "en": "Trial"}},
    "strata": {
        "areas": [
            {"stratum_id": "low", "area_ha": 10, "source": "map of 2020"},
            {"stratum_id": "high", "area_ha": 5, "source": "map of 2020"},
        ]
    },
    "surveys": [
        {
            "date": "2020-01-01",
            "design": {"kind": "stratified"},
            "plots": {"file": "plots.csv"},
            "subplots": [
                {"id": "main", "radius_m": 7, "dbh_min_cm": 5},
                {"id": "nested", "radius_m": 2, "dbh_min_cm": 1, "dbh_max_cm": 5},
            ],
            "trees": [{"file": "trees.csv", "constants": {"pom": "breast_height"}}],
        }
    ],
    "biomass": {
        "agb": {"equation": "komiyama_2005_agb"},
        "bgb": {"equation": "komiyama_2005_bgb"},
    },
    "seed": 1,
}


class ProjectFolder:
    """A project of a few plots, and what the reader says of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.document = copy.deepcopy(PROJECT)
        self.write("plots.csv", PLOTS)
        self.write("trees.csv", TREES)

    def write(self, name: str, text: str, encoding: str = "utf-8") -> None:
        (self.path / name).write_bytes(text.encode(encoding))

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.path / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def set(self, key: str, value: Any) -> None:
        """Set a key such as ``surveys.0.trees.0.units``."""
        *parents, last = [int(part) if part.isdecimal() else part for part in key.split(".")]
        place = self.document
        for part in parents:
            place = place[part]
        place[last] = value

    def drop(self, key: str) -> None:
        *parents, last = [int(part) if part.isdecimal() else part for part in key.split(".")]
        place = self.document
        for part in parents:
            place = place[part]
        del place[last]

    def read(self) -> tuple[Inputs, list[Finding]]:
        self.write("mrv.yaml", json.dumps(self.document, ensure_ascii=False, indent=2))
        return read_inputs(self.path)

    def findings(self) -> list[Finding]:
        try:
            return self.read()[1]
        except InputError as error:
            return list(error.findings)

    def lines(self) -> list[str]:
        return [str(finding) for finding in self.findings()]

    def only(self, rule: str) -> Finding:
        """The one finding there is, which must be of this rule."""
        found = self.findings()
        assert [finding.rule for finding in found] == [rule], "\n".join(map(str, found))
        return found[0]

    def trees(self, *rows: str, header: str = "plot_id,tree_id,species,dbh_cm,height_m,status") -> None:
        """Add rows of trees to a table of its own."""
        self.write("more.csv", "\n".join([header, *rows]) + "\n")
        self.document["surveys"][0]["trees"].append(
            {"file": "more.csv", "constants": {"pom": "breast_height"}}
        )


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    return ProjectFolder(tmp_path)

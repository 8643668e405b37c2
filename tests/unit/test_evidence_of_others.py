"""What a run by VM0033, CCER or the IPCC rests on: without any of it no run, and a line says why."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from test_evidence import PROJECT, Key, dotted, keys_of, written

from mrv.errors import InputError
from mrv.run.prepare import prepare
from mrv.yaml_file import parse_yaml

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "worked-examples"
SECTIONS = ("parameters", "baseline", "project_emissions", "leakage")
OPTIONAL = ("standard_error",)
"""Keys that a number may do without; it is then taken as exact, and told."""


def project_of(name: str) -> dict[str, Any]:
    """A small project with all that a worked example states of the accounting."""
    example: dict[str, Any] = parse_yaml(EXAMPLES / name / "mrv.yaml", name)[0]
    document = copy.deepcopy(PROJECT)
    for key in ("other_baselines", "soil_in_sink", "soil_balance", *SECTIONS, "conditions"):
        document.pop(key, None)
    period = example["monitoring_period"]
    document |= {key: example[key] for key in (*SECTIONS, "conditions") if key in example}
    document |= {"methodology": example["methodology"], "monitoring_period": period}
    for survey, day in zip(document["surveys"], (period["start"], period["end"]), strict=True):
        survey["date"] = day
    return document


PROJECTS = {name: project_of(name) for name in ("demo-by-vm0033", "demo-by-ccer", "demo-by-ipcc")}
CASES = [
    (name, key)
    for name, document in PROJECTS.items()
    for section in SECTIONS
    if section in document
    for key in [(section,), *keys_of(document[section], (section,))]
    if key[-1] not in OPTIONAL
]


def refusal(document: dict[str, Any], folder: Path) -> dict[str, str]:
    with pytest.raises(InputError) as refused:
        prepare(written(folder, document))
    return {finding.where.rpartition(": ")[2]: finding.text() for finding in refused.value.findings}


@pytest.mark.parametrize("name", PROJECTS)
def test_with_everything_it_is_accepted(name: str, tmp_path: Path) -> None:
    assert prepare(written(tmp_path, PROJECTS[name])).methodology is not None


@pytest.mark.parametrize(
    ("name", "key"), CASES, ids=lambda value: value if isinstance(value, str) else dotted(value)
)
def test_without_it_the_run_is_refused_and_says_why(name: str, key: Key, tmp_path: Path) -> None:
    document = copy.deepcopy(PROJECTS[name])
    *outer, last = key
    node: Any = document
    for part in outer:
        node = node[part]
    del node[last]
    places = refusal(document, tmp_path)
    near = [place for place in places if place.startswith((dotted(key), dotted(tuple(outer)) or dotted(key)))]
    assert near, places
    assert all(places[place] for place in near)

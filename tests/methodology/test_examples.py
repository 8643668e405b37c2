"""Every worked example of every methodology agrees with its equations."""

from __future__ import annotations

from pathlib import Path

import pytest

from mrv.accounting.cases import Case, example_paths, run_case
from mrv.methodologies import load_methodology, methodology_ids
from mrv.yaml_file import read_yaml

EXAMPLES = [
    path for methodology_id in methodology_ids() for path in example_paths(load_methodology(methodology_id))
]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_example_agrees(path: Path) -> None:
    result = run_case(path)
    assert [row for row in result.rows if not row.passed] == []
    assert {finding.rule for finding in result.findings} == {
        own.rule for own in read_yaml(path, Case).waivers
    }
    assert result.passed
    assert result.methodology == path.parent.parent.name

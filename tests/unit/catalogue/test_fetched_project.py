"""From the catalogue to predictors: what ``mrv fetch`` wrote is read by a project as it stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from stac_api import AREA, StacApi, ground, numbers, scene, write_asset

from mrv.cli import main
from mrv.inputs import read_inputs

PROJECT = """\
schema: mrv-project/1
project:
  id: fetched
  name: {zh: 下载的影像, en: Fetched scenes}
  simulated: true
reference_system: EPSG:4547
strata: {file: strata.geojson}
imagery:
  resolution_m: 10
  optical:
    sensor: sentinel2_l2a
    scenes:
      - {file: scenes/scenes.csv}
    mask: scl
    seasons:
      - {date: 2020-01-15, start: 2020-01-01, end: 2020-02-01}
    least_looks: 3
    indices: [mndwi]
seed: 1
"""


DAYS = ("2020-01-03", "2020-01-13", "2020-01-23", "2020-07-05")


@pytest.fixture
def catalogue(assets: Path) -> Iterator[StacApi]:
    """Scenes of four days whose pixels differ by the day."""
    scenes = [scene(f"S2A_{day.replace('-', '')}", day) for day in DAYS]
    with StacApi(assets, scenes, {"green": "green.tif", "scl": "scl.tif"}) as api:
        for number, item in enumerate(scenes):
            file = f"swir_{number}.tif"
            write_asset(assets / file, 20, numbers(20) + np.uint16(number))
            item["assets"] = {"swir16": {"href": f"{api.url}/files/{file}", "type": "image/tiff"}}
        yield api


@pytest.fixture
def fetched(fetch: Callable[..., Result], tmp_path: Path) -> Path:
    result = fetch("-o", tmp_path / "scenes")
    assert result.exit_code == 0, result.output
    left, top, right, bottom = AREA
    feature = {
        "type": "Feature",
        "properties": {"stratum_id": "all"},
        "geometry": ground(left + 20, top - 20, right - 20, bottom + 20),
    }
    (tmp_path / "strata.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (tmp_path / "mrv.yaml").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def test_check_reads_what_was_fetched(fetched: Path):
    result = CliRunner().invoke(main, ["check", str(fetched), "--json"])
    assert result.exit_code == 0, result.output + result.stderr
    record = json.loads(result.stdout)["imagery"]
    used = [own["acquired"] for own in record["scenes"] if own["date"]]
    assert used == list(DAYS[:3])
    (season,) = record["dates"]
    assert (season["scenes"], season["predictors"]) == (3, ["mndwi"])


def test_predictors_of_what_was_fetched_are_those_of_the_scenes(fetched: Path):
    """The offset was subtracted by the provider, which the inventory of the scenes says."""
    inputs, findings = read_inputs(fetched)
    assert [finding for finding in findings if finding.severity == "error"] == []
    assert inputs.imagery is not None
    stack = inputs.imagery.stack("2020-01-15")
    assert stack.looks is not None
    inside = stack.looks.to_numpy() == 3
    assert inside.any()
    found = stack.values.sel(predictor="mndwi").to_numpy()[inside]
    green = numbers(10)[31:61, 20:40].astype(float)
    swir = numbers(20).repeat(2, axis=0).repeat(2, axis=1)[31:61, 20:40].astype(float)
    there = (green - swir) / (green + swir)
    assert there.min() < found.min() <= found.max() < there.max()
    assert np.median(found) == pytest.approx(np.median(there), abs=0.01)

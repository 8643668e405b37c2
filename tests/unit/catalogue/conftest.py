"""A catalogue with five scenes, an area in the middle of them, and the command that fetches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from stac_api import AREA, StacApi, ground, scene, write_asset

from mrv.catalogue import retries
from mrv.cli import main


@pytest.fixture(scope="session")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assets")
    write_asset(folder / "green.tif", 10)
    write_asset(folder / "swir.tif", 20)
    write_asset(folder / "scl.tif", 20, np.full((50, 50), 4, dtype=np.uint8))
    return folder


@pytest.fixture
def catalogue(assets: Path) -> Iterator[StacApi]:
    scenes = [
        scene("S2A_20200103", "2020-01-03"),
        scene("S2A_20200113_cloudy", "2020-01-13", **{"eo:cloud_cover": 93.0}),
        scene("S2A_20200123_old", "2020-01-23", **{"s2:processing_baseline": "02.13"}),
        scene("S2A_20200123_new", "2020-01-23", **{"s2:processing_baseline": "05.00"}),
        scene("S2A_20200705", "2020-07-05"),
    ]
    with StacApi(assets, scenes, {"green": "green.tif", "swir16": "swir.tif", "scl": "scl.tif"}) as api:
        yield api


@pytest.fixture
def area(tmp_path: Path) -> Path:
    path = tmp_path / "area.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": ground(*AREA)}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


@pytest.fixture
def fetch(catalogue: StacApi, area: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run ``mrv fetch`` on the catalogue of the test; it does not wait between attempts."""
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.0)

    def run(*options: object) -> Result:
        arguments = [
            "fetch", area, "--catalogue", catalogue.url, "--collection", "sentinel-2-l2a",
            "--from", "2020-01-01", "--to", "2020-12-31",
            "--asset", "green=green", "--asset", "swir1=swir16", "--asset", "mask=scl", *options,
        ]  # fmt: skip
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return run

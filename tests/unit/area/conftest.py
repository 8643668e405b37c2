"""A made landscape: a map of 60 x 40 pixels of 20 m, right except along the edge of its mangrove."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from click.testing import CliRunner, Result

from mrv.cli import main

CLASSES = ("mangrove", "mudflat", "water")
TRANSFORM = Affine(20, 0, 500_000, 0, -20, 2_492_000)


def mrv(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def made_map() -> np.ndarray:
    """Mangrove in the west, a belt of mudflat, water in the east."""
    column = np.arange(60)
    return np.tile(np.select([column < 20, column < 26], [1, 2], 3).astype(np.uint8), (40, 1))


def made_truth() -> np.ndarray:
    """The same with the mangrove one column wider in the northern half."""
    truth = made_map()
    truth[:20, 20] = 1
    return truth


def write_raster(path: Path, values: np.ndarray, **profile: object) -> Path:
    standard = {
        "driver": "GTiff",
        "count": 1,
        "dtype": values.dtype,
        "crs": "EPSG:4547",
        "transform": TRANSFORM,
    }
    height, width = values.shape
    with rasterio.open(path, "w", height=height, width=width, **{**standard, **profile}) as target:
        target.write(values, 1)
    return path


DECLARATION = """\
schema: mrv-area/1
id: made-bay
simulated: true
seed: 7
classes: [mangrove, mudflat, water]
map:
  file: map.tif
  codes: {1: mangrove, 2: mudflat, 3: water}
design:
  units: 300
  rare_units: 50
  edges: [{stratum_id: edge, of: mudflat, around: [mangrove], width_m: 25}]
"""


@pytest.fixture
def bay(tmp_path: Path) -> Path:
    """Folder with the map and its declaration."""
    write_raster(tmp_path / "map.tif", made_map())
    (tmp_path / "area.yaml").write_text(DECLARATION, encoding="utf-8")
    return tmp_path


TABLE_8 = ((66, 0, 5, 4), (0, 55, 8, 12), (1, 0, 153, 11), (2, 1, 9, 313))
"""Reference units by map and reference class: Olofsson et al. (2014), table 8."""

TABLE_8_FILE = """\
schema: mrv-area/1
id: table-8
seed: 1
classes: [loss, gain, stable, other]
map:
  table: {file: areas.csv}
  pixel_area_m2: 900
reference:
  design: stratified_random
  points: {file: points.csv}
change:
  dates: [2000-01-01, 2010-01-01]
  mangrove_at_start: [loss, stable]
  mangrove_at_end: [gain, stable]
"""


@pytest.fixture(scope="session")
def table_8_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Table 8 as files that the command reads; not to be written to."""
    folder = tmp_path_factory.mktemp("table_8")
    names = ("loss", "gain", "stable", "other")
    pixels = (200_000, 150_000, 3_200_000, 6_450_000)
    rows = [f"{name},{count}" for name, count in zip(names, pixels, strict=True)]
    (folder / "areas.csv").write_text("stratum_id,pixels\n" + "\n".join(rows) + "\n")
    cells = [
        f"{mapped},{truly},{count}"
        for mapped, row in zip(names, TABLE_8, strict=True)
        for truly, count in zip(names, row, strict=True)
    ]
    (folder / "points.csv").write_text("map_class,reference_class,count\n" + "\n".join(cells) + "\n")
    (folder / "area.yaml").write_text(TABLE_8_FILE)
    return folder


@pytest.fixture
def table_8(table_8_files: Path, tmp_path: Path) -> Path:
    """A copy of these files, to be spoiled."""
    folder = tmp_path / "table_8"
    shutil.copytree(table_8_files, folder)
    return folder


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Run a command that must be refused, leaving nothing behind, and return what it said."""

    def run(*words: object) -> str:
        out = tmp_path / "refused"
        result = mrv(*words, "-o", out)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == 2, result.output
        assert not out.exists()
        return " ".join(result.stderr.split())

    return run

"""Stored numbers become the same values by table and one by one, and a file that changes is read anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from mrv.errors import InputError
from mrv.imagery import raster as raster_module
from mrv.imagery.calibration import WORTH_COMPILED, Calibration
from mrv.imagery.raster import open_raster


@pytest.mark.parametrize("kind", ["u1", "i1", "u2", "i2", ">i2"])
@pytest.mark.parametrize("decibel", [False, True])
def test_a_table_gives_the_values_that_arithmetic_gives(kind: str, decibel: bool):
    calibration = Calibration(1e-4, -0.1, (0.0, 7.0), decibel)
    draw = np.random.default_rng(4)
    numbers = np.arange(2**16 + 5).astype(f"u{np.dtype(kind).itemsize}").view(kind)
    draw.shuffle(numbers)
    for stored in (
        np.ma.masked_array(numbers),
        np.ma.masked_array(numbers, draw.uniform(size=len(numbers)) < 0.1),
    ):
        found = np.empty(len(numbers), dtype=np.float32)
        calibration.write_values(stored, found)
        np.testing.assert_array_equal(found, calibration.values(stored).astype(np.float32))
        for few in (0, 9):
            at = draw.permutation(len(numbers))[: WORTH_COMPILED - few]
            chosen = np.empty(len(at), dtype=np.float32)
            calibration.write_values_at(stored, at, chosen)
            np.testing.assert_array_equal(chosen, found[at])


def write(path: Path, value: int, side: int = 4) -> None:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=side,
        width=side,
        count=1,
        dtype="uint8",
        nodata=0,
        crs="EPSG:32649",
        transform=Affine(10, 0, 500_000, 0, -10, 2_500_000),
    ) as target:
        target.write(np.full((1, side, side), value, dtype=np.uint8))


def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path):
    path, other = tmp_path / "a.tif", tmp_path / "b.tif"
    write(path, 3)
    found, findings = open_raster(path, "a.tif", tmp_path)
    assert found is not None, findings
    everything = slice(0, 4), slice(0, 4)
    assert found.read([0], *everything).tolist() == np.full((1, 4, 4), 3).tolist()
    write(other, 0)
    other.replace(path)
    assert found.read([0], *everything).mask.all()
    write(other, 3, side=2)
    other.replace(path)
    with pytest.raises(InputError, match=r"a\.tif: .*the file ends before its pixels do"):
        found.read([0], *everything)
    path.unlink()
    with pytest.raises(InputError, match=r"a\.tif"):
        found.read([0], *everything)


def test_few_files_are_held_open(tmp_path: Path):
    for number in range(raster_module.FILES_HELD + 3):
        path = tmp_path / f"{number}.tif"
        write(path, number + 1)
        found, _ = open_raster(path, path.name, tmp_path)
        assert found is not None
        assert found.read([0], slice(0, 1), slice(0, 1)).item() == number + 1
    assert len(raster_module.HELD.sources) <= raster_module.FILES_HELD

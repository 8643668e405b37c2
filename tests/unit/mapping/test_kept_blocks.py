"""What is kept of a map that was interrupted: blocks with mangrove, and nothing of the others."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from odc.geo.geobox import GeoBox

from mrv.imagery.area import MANGROVE, Block
from mrv.mapping.stratum_sums import StratumSums
from mrv.run import map_blocks
from mrv.run.map_blocks import KeptBlocks, MapJob, MappedBlock, write_map
from mrv.run.map_files import biomass_layers
from mrv.run.predictor_sources import packed
from mrv.run.work import ALONE

GRID = GeoBox.from_bbox((500_000, 2_400_000, 501_536, 2_400_512), "EPSG:32650", resolution=1)
BLOCKS = [Block(0, left, 512, 512) for left in (0, 512, 1024)]
JOB = cast("MapJob", SimpleNamespace(area=SimpleNamespace(grid=GRID), pixel_ha=np.array([1e-4])))
LAYERS = biomass_layers(("agb",), "2020-01-01", ())


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Left edges of the blocks that are computed; the middle one has three pixels of 90 t/ha."""
    seen: list[int] = []

    def map_block(_: Any, block: Block) -> MappedBlock:
        seen.append(block.left)
        ground = np.zeros((512, 512), dtype=np.uint8)
        ground[7, 4:7] = MANGROVE if block.left == 512 else 0
        values = np.full(np.count_nonzero(ground == MANGROVE), 90, dtype=np.float32)
        everywhere, stratum = np.ones(len(values), dtype=bool), np.zeros(len(values), dtype=np.int64)
        sums = StratumSums.of_pixels(values.astype(np.float64), everywhere, stratum, JOB.pixel_ha)
        return MappedBlock(block, packed(ground), {"agb": values}, sums)

    monkeypatch.setattr(map_blocks, "map_block", map_block)
    return seen


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_blocks_without_mangrove_are_read_again_and_others_are_not(tmp_path, computed):
    kept = KeptBlocks(tmp_path / "kept")
    (tmp_path / "first").mkdir()
    (tmp_path / "again").mkdir()
    sums = write_map(JOB, BLOCKS, tmp_path / "first", LAYERS, kept, ALONE)
    assert sorted(computed) == [0, 512, 1024]
    assert [path.name for path in kept.folder.iterdir()] == ["0_512.npz"]
    assert len(kept) == 1
    computed.clear()
    assert write_map(JOB, BLOCKS, tmp_path / "again", LAYERS, kept, ALONE) == sums
    assert sorted(computed) == [0, 1024]
    assert bytes_in(tmp_path / "again") == bytes_in(tmp_path / "first")
    assert sorted(bytes_in(tmp_path / "first")) == ["agb.tif", "mangrove.tif"]
    assert sums.by_stratum(("fringe",)).loc[0, "predicted_mean_t_ha"] == 90

"""The map of an area by a stored model, block by block: what a worker makes of a block, and how it is kept.

A block that is done holds all that its part of the files is made of, and nothing else is needed of it: the
numbers as the maps store them, and sums over its strata that are exact, so that the sums over all blocks
do not depend on how the area was cut.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mrv.imagery.area import MANGROVE, Area, Block
from mrv.mapping.footprints import pixel_centres_m
from mrv.mapping.model import BiomassModel
from mrv.mapping.prediction import mapped_by
from mrv.mapping.rows import Array, Rows
from mrv.mapping.stratum_sums import StratumSums
from mrv.run.cog_files import RasterLayer
from mrv.run.map_files import Pixels, biomass_pixels, image_of


@dataclass(frozen=True)
class MapJob:
    """What all blocks of a map have in common.

    Attributes
    ----------
    area : Area
        With the predictors of the model.
    model : BiomassModel
    pixel_ha : ndarray, shape (strata,)
        Area of a pixel of each stratum. [ha]
    maps : tuple of str
        Names of the maps wanted, beside that of mangrove.
    """

    area: Area
    model: BiomassModel
    pixel_ha: Array
    maps: tuple[str, ...]


@dataclass(frozen=True)
class MappedBlock:
    """A block of a map.

    Attributes
    ----------
    block : Block
    ground : ndarray of uint8, shape (rows, columns)
        As of :class:`~mrv.imagery.area.AreaBlock`.
    pixels : mapping of str to ndarray
        Values of the mangrove pixels, row by row, by the name of the map.
    sums : StratumSums
    """

    block: Block
    ground: NDArray[np.uint8]
    pixels: Pixels
    sums: StratumSums

    def images(self, layers: Mapping[str, RasterLayer]) -> Iterator[tuple[str, NDArray[Any]]]:
        """Image of the block in each map that holds something there."""
        yield "mangrove", self.ground
        local = np.flatnonzero(self.ground == MANGROVE)
        if len(local):
            for name, values in self.pixels.items():
                yield name, image_of(self.block, layers[name], local, values)


def map_block(job: MapJob, block: Block) -> MappedBlock:
    """Read a block and predict its mangrove pixels.

    Parameters
    ----------
    job : MapJob
    block : Block
    """
    own = job.area.read(block)
    stratum = own.stratum.astype(np.int64)
    places = pixel_centres_m(job.area.grid, own.pixel)
    mapped = mapped_by(job.model, Rows(own.predictors.astype(np.float64), stratum, places))
    return MappedBlock(
        block,
        own.ground,
        biomass_pixels(mapped, own.looks, job.maps),
        StratumSums.of_pixels(mapped.agb_t_ha, mapped.inside, stratum, job.pixel_ha),
    )


@dataclass(frozen=True)
class KeptBlocks:
    """Blocks of a map that are done, in a folder of their own until the map is whole.

    Attributes
    ----------
    folder : Path
        Named by what the blocks depend on.
    """

    folder: Path

    def _file(self, block: Block) -> Path:
        return self.folder / f"{block.top}_{block.left}.npz"

    def has(self, block: Block) -> bool:
        """Whether a block is kept."""
        return self._file(block).exists()

    def keep(self, done: MappedBlock) -> None:
        """Keep a block, whole or not at all."""
        self.folder.mkdir(exist_ok=True)
        file = self._file(done.block)
        partial = file.with_suffix(".partial")
        sums = np.array([[f"{number:x}" for number in column] for column in done.sums.columns])
        with partial.open("wb") as stream:
            np.savez(stream, ground=done.ground, sums=sums, **done.pixels)  # type: ignore[arg-type]
        partial.replace(file)

    def kept(self, block: Block) -> MappedBlock | None:
        """A block that was kept; None if it was not, or if its file is damaged."""
        try:
            with np.load(self._file(block), allow_pickle=False) as stored:
                arrays = dict(stored)
        except (FileNotFoundError, EOFError, ValueError, zipfile.BadZipFile):
            return None
        ground, sums = arrays.pop("ground"), arrays.pop("sums")
        columns = (tuple(int(str(number), 16) for number in column) for column in sums)
        return MappedBlock(block, ground, arrays, StratumSums(*columns))

    def __len__(self) -> int:
        """How many blocks are kept."""
        return len(list(self.folder.glob("*.npz")))

    def remove(self) -> None:
        """Forget them."""
        shutil.rmtree(self.folder, ignore_errors=True)

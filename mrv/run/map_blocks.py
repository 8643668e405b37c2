"""The map of an area by a stored model, block by block: what a worker makes of a block, and how it is kept.

A block that is done holds all that its part of the files is made of, and nothing else is needed of it: the
numbers as the maps store them, and sums over its strata that are exact, so that the sums over all blocks
do not depend on how the area was cut.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
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
from mrv.run.cog_files import RasterLayer, cog_files
from mrv.run.map_files import Pixels, biomass_pixels, image_of
from mrv.run.predictor_sources import packed, unpacked
from mrv.run.work import Work
from mrv.workers import Workers, in_order


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
    ground : bytes
        As of :class:`~mrv.imagery.area.AreaBlock`, packed: workers would send little else of empty blocks.
    pixels : mapping of str to ndarray
        Values of the mangrove pixels, row by row, by the name of the map.
    sums : StratumSums
    """

    block: Block
    ground: bytes
    pixels: Pixels
    sums: StratumSums

    @property
    def has_mangrove(self) -> bool:
        """Whether any of its pixels is mangrove."""
        return any(len(values) for values in self.pixels.values())

    def images(self, layers: Mapping[str, RasterLayer]) -> Iterator[tuple[str, NDArray[Any]]]:
        """Image of the block in each map that holds something there."""
        ground = unpacked(self.ground, self.block)
        yield "mangrove", ground
        local = np.flatnonzero(ground == MANGROVE)
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
    places = np.broadcast_to(np.nan, (len(stratum), 2))
    if job.model.asks_where:
        places = pixel_centres_m(job.area.grid, own.pixel)
    mapped = mapped_by(job.model, Rows(own.predictors, stratum, places))
    return MappedBlock(
        block,
        packed(own.ground),
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
            ground = np.frombuffer(done.ground, dtype=np.uint8)
            np.savez(stream, ground=ground, sums=sums, **done.pixels)  # type: ignore[arg-type]
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
        return MappedBlock(block, ground.tobytes(), arrays, StratumSums(*columns))

    def __len__(self) -> int:
        """How many blocks are kept."""
        return len(list(self.folder.glob("*.npz")))

    def remove(self) -> None:
        """Forget them."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _done_blocks(
    job: MapJob, blocks: Sequence[Block], kept: KeptBlocks, workers: Workers
) -> Iterator[MappedBlock]:
    """Every block of a map in order: those that are kept, and the others as they are computed."""
    missing = [block for block in blocks if not kept.has(block)]
    computed = in_order(workers, map_block, job, missing)
    wanted = set(missing)
    for block in blocks:
        done = None if block in wanted else kept.kept(block)
        if done is None:
            done = next(computed) if block in wanted else map_block(job, block)
            # To keep the others would slow every map; to read their mask again slows an interrupted one.
            if done.has_mangrove:
                kept.keep(done)
        yield done


def write_map(
    job: MapJob,
    blocks: Sequence[Block],
    folder: Path,
    layers: Sequence[RasterLayer],
    kept: KeptBlocks,
    work: Work,
) -> StratumSums:
    """Read, predict and write an area block by block into an existing folder.

    Parameters
    ----------
    job : MapJob
    blocks : sequence of Block
        With ground in strata.
    folder : Path
    layers : sequence of RasterLayer
        Of the maps wanted, and of mangrove.
    kept : KeptBlocks
        Where blocks with mangrove that are done are kept, and those that are there are not computed again.
    work : Work

    Returns
    -------
    StratumSums
        Over all blocks.
    """
    by_name = {layer.name: layer for layer in layers}
    sums = StratumSums.none(len(job.pixel_ha))
    with work.begun() as workers, cog_files(folder, job.area.grid, layers) as write:
        with work.progress.long_step("Predicting", len(blocks)) as advance:
            for done in _done_blocks(job, blocks, kept, workers):
                sums = sums.plus(done.sums)
                for name, image in done.images(by_name):
                    write(name, done.block, image)
                advance(1)
        work.progress("Writing")
    return sums

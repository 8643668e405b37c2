"""Maps block by block: against reading and writing alone, as scenes grow, and by workers of Dask.

``python -m bench.map_blocks FOLDER SHARE FILE`` maps a scene that :mod:`bench.map_scene` wrote, in a
process of its own whose memory can be told; :func:`rows` measures.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import rasterio
from rasterio.windows import Window

from bench.map_scene import SIDE, TREES, Scene, coast, mask_name, write_scene
from bench.pairs import Process, Row, in_turns, process
from mrv.imagery.area import Block
from mrv.run.cog_files import cog_files
from mrv.run.map_blocks import KeptBlocks, MapJob, MappedBlock, map_block, write_map
from mrv.run.map_files import biomass_layers
from mrv.run.work import ALONE, Work
from mrv.workers import Workers, in_order, processes, threads

SHARES = (0.05, 0.15, 0.30)
TURNS, SHORT_TURNS = 3, 7
"""Of pairs that take minutes, and of those that take seconds, which a busy machine sways more."""

TILES = 8
"""Quarter tiles that workers read and predict: a piece of a mosaic, beside which its start is short."""

BLOCKS = 10_000
"""Blocks over which the cost of handing work to Dask is told."""


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mrv-bench-") as name:
        yield Path(name)


def mapped(job: MapJob, work: Work = ALONE) -> None:
    """Map a scene as ``mrv map`` does, into files that are thrown away."""
    with folder() as out:
        kept = KeptBlocks(out / "kept")
        write_map(job, job.area.blocks, out, biomass_layers(job.maps, "2020-01-01", ()), kept, work)


def floor(job: MapJob, scene: Scene, done: list[MappedBlock]) -> Callable[[], None]:
    """Read the mask and the blocks with mangrove, and write a result that is known, by as many threads."""
    layers = biomass_layers(job.maps, "2020-01-01", ())
    by_name = {layer.name: layer for layer in layers}
    images = {own.block: list(own.images(by_name)) for own in done}
    touched = {own.block for own in done if len(own.pixels["agb"])}

    def read(_: None, block: Block) -> Block:
        window = Window(block.left, block.top, block.width, block.height)
        with rasterio.open(scene.folder / mask_name(scene.share)) as mask:
            mask.read(1, window=window)
        if block in touched:
            with rasterio.open(scene.folder / "bands.tif") as bands:
                bands.read(window=window)
        return block

    def run() -> None:
        with folder() as out, threads() as workers, cog_files(out, job.area.grid, layers) as write:
            for block in in_order(workers, read, None, job.area.blocks):
                for name, image in images[block]:
                    write(name, block, image)

    return run


def blocks_of(job: MapJob) -> list[MappedBlock]:
    """Every block of a map."""
    with threads() as workers:
        return list(in_order(workers, map_block, job, job.area.blocks))


def against_floor(scenes: dict[float, Scene]) -> list[Row]:
    """The map of a quarter tile against reading and writing alone."""
    found = []
    for share, scene in scenes.items():
        job = scene.job()
        done = blocks_of(job)
        touched = sum(bool(len(own.pixels["agb"])) for own in done)
        found.append(
            in_turns(
                f"AGB map with the area of applicability, {SIDE}² × 12 bands, {share:.0%} mangrove in "
                f"{touched} of {len(done)} blocks, {TREES} trees",
                lambda job=job: mapped(job),
                "reading mask and touched blocks, writing the same four maps",
                floor(job, scene, done),
                goal="≤ 1.7" if share == 0.15 else "",
                turns=SHORT_TURNS,
            )
        )
    return found


def mask_seconds(scene: Scene) -> float:
    """Time to read the mask of a scene block by block, by as many threads."""
    area = scene.area()

    def read(block: Block) -> None:
        with rasterio.open(scene.folder / mask_name(scene.share)) as mask:
            mask.read(1, window=Window(block.left, block.top, block.width, block.height))

    start = time.perf_counter()
    with ThreadPoolExecutor() as pool:
        list(pool.map(read, area.blocks))
    return time.perf_counter() - start


def by_process(scene: Scene) -> Process:
    """Map a scene in a process of its own, which tells its largest memory itself.

    What the system tells of a child counts the memory of its parent at the time of the fork.
    """
    with folder() as place:
        told = place / "memory"
        words = [sys.executable, "-m", "bench.map_blocks", str(scene.folder), str(scene.share), str(told)]
        return process(words)._replace(peak_mb=float(told.read_text()))


def largest_memory_mb() -> float:
    """Largest memory of this process since its program began. [MB]"""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def growth(small: Scene, large: Scene, twice: Scene) -> list[Row]:
    """What a larger scene and more mangrove cost."""
    turns = [(by_process(small), by_process(large), by_process(twice)) for _ in range(TURNS)]
    more = mask_seconds(large) - mask_seconds(small)
    seconds = [tuple(own.seconds for own in turn) for turn in turns]
    first, second, third = (tuple(turn[number] for turn in seconds) for number in range(3))
    work = "a scene four times as large, the same mangrove"
    against = "the smaller scene"
    peak = [tuple(own.peak_mb for own in turn) for turn in turns]
    small_mb, large_mb = (tuple(turn[number] for turn in peak) for number in range(2))
    limit = f"{work}: largest memory, in all"
    return [
        Row(f"{work} (reading its mask taken off)", against, tuple(s - more for s in second), first, "≤ 1.3"),
        Row(work, against, large_mb, small_mb, "≤ 1.2", "MB"),
        Row(limit, "1 MB", large_mb, (1.0,) * TURNS, "≤ 700", "MB"),
        Row("twice the mangrove, 30 % of the scene", "15 %", third, first, "≤ 2.1"),
    ]


def by_workers(scene: Scene) -> list[Row]:
    """Two workers of Dask against one, and against two threads."""
    job = scene.job()
    blocks = job.area.blocks
    many = [blocks[number % len(blocks)] for number in range(BLOCKS)]

    def timed(workers: Workers, pieces: list[Block]) -> float:
        start = time.perf_counter()
        for _ in in_order(workers, map_block, job, pieces):
            pass
        return time.perf_counter() - start

    times: dict[str, list[float]] = {"one": [], "two": [], "many": [], "threads": []}
    for turn in range(SHORT_TURNS):
        with processes(1) as workers:
            timed(workers, list(blocks[:8]))
            times["one"].append(timed(workers, list(blocks) * TILES))
        with processes(2) as workers:
            # So many that each of the two has had its first.
            timed(workers, list(blocks[:8]) * 8)
            times["two"].append(timed(workers, list(blocks) * TILES))
            if turn < TURNS:
                times["many"].append(timed(workers, many))
        if turn < TURNS:
            with threads(2) as own:
                times["threads"].append(timed(own, many))
    dask = "two Dask workers, reading and predicting"
    return [
        Row(dask, "one", tuple(times["two"]), tuple(times["one"]), "≥ 1.7"),
        Row(
            f"{dask} {BLOCKS:,} blocks",
            "two threads",
            tuple(times["many"]),
            tuple(times["threads"]),
            "≤ 1.1",
        ),
    ]


def rows() -> list[Row]:
    """Every row of this module."""
    field = coast(SIDE, 3)
    with folder() as place:
        for name, times in (("small", 1), ("large", 2)):
            (place / name).mkdir()
            write_scene(place / name, times, field, SHARES if times == 1 else (0.15,))
        scenes = {share: Scene(place / "small", share) for share in SHARES}
        return [
            *against_floor(scenes),
            *growth(scenes[0.15], Scene(place / "large", 0.15), scenes[0.30]),
            *by_workers(scenes[0.05]),
        ]


if __name__ == "__main__":
    mapped(Scene(Path(sys.argv[1]), float(sys.argv[2])).job())
    Path(sys.argv[3]).write_text(str(largest_memory_mb()))

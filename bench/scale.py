"""What a map costs where an area is large, from figures measured here; writes docs/explanation/scale.md.

The parts of the work are timed by themselves, in processor time of one thread, on the quarter tile of
:mod:`bench.map_scene`; docs/explanation/scale.md carries them over to countries.
"""

from __future__ import annotations

import os
import platform
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio

from bench.map_blocks import by_process, folder
from bench.map_scene import BANDS, PLOTS, SIDE, TREES, Scene, coast, mask_name, write_scene
from mrv.imagery.area import AreaBlock
from mrv.mapping.rows import Rows
from mrv.provenance import environment
from mrv.run.cog_files import cog_files
from mrv.run.map_blocks import map_block
from mrv.run.map_files import biomass_layers

ROOT = Path(__file__).resolve().parents[1]
SHARE = 0.05
BLOCK = 512
TILE_SIDE = 10_980
PIXELS_PER_HA = 100
"""Of 10 m."""

CASES = (("China", 2.8e4, 60), ("the world", 1.5e7, None))
"""Area, its mangrove [ha], and the tiles whose whole mask is read; None with strata around the mangrove."""


HEADER = (
    "| area | mangrove pixels in a block | blocks with mangrove | blocks of the mask | mask, CPU h "
    "| bands, CPU h | predicting, CPU h | writing, CPU h | in all, CPU h | read, GB |"
)


@dataclass(frozen=True)
class Parts:
    """Processor time and bytes of the parts of a map."""

    mask_s: float
    mask_bytes: float
    read_s: float
    read_bytes: float
    predict_s: float
    forest_s: float
    applicability_s: float
    write_s: float
    pixels: float
    share_predicting: float
    peak_mb: float


def _cpu(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start


def _stored_bytes(path: Path) -> list[int]:
    """Compressed size of each block of a file of pixel-interleaved bands, row by row."""
    with rasterio.open(path) as source:
        return [
            int(source.get_tag_item(f"BLOCK_SIZE_{column}_{row}", "TIFF", bidx=1) or 0)
            for (row, column), _ in source.block_windows(1)
        ]


def _rows(own: AreaBlock) -> Rows:
    """Pixels of a block as a model takes them; neither a forest nor its limits ask where they lie."""
    places = np.full((len(own.pixel), 2), np.nan)
    return Rows(own.predictors, own.stratum.astype(np.int64), places)


def measured(scene: Scene) -> Parts:
    """Time each part of the map of a scene, after a first turn that is not counted."""
    job = scene.job()
    area, blocks = job.area, job.area.blocks
    done = [map_block(job, block) for block in blocks]
    touched = [own.block for own in done if len(own.pixels["agb"])]
    pixels = sum(len(own.pixels["agb"]) for own in done)
    mask = _cpu(lambda: [area.mangrove(block.of(area.grid)) for block in blocks])
    # Nothing is held on to, as in a map: fresh memory for each block would count as reading.
    read = _cpu(lambda: deque((area.read(block) for block in touched), maxlen=0))
    whole = _cpu(lambda: deque((map_block(job, block) for block in touched), maxlen=0))
    rows = [_rows(area.read(block)) for block in touched]
    forest = _cpu(lambda: [job.model.form.predict(own) for own in rows])
    applicability = _cpu(lambda: [job.model.dissimilarity(own) for own in rows])
    layers = biomass_layers(job.maps, "2020-01-01", ())
    by_name = {layer.name: layer for layer in layers}

    def write() -> None:
        with folder() as out, cog_files(out, area.grid, layers) as put:
            for own in done:
                for name, image in own.images(by_name):
                    put(name, own.block, image)

    written = _cpu(write)
    empty = mask / len(blocks) * (len(blocks) - len(touched))
    of_block = dict(zip(blocks, _stored_bytes(scene.folder / "bands.tif"), strict=True))
    return Parts(
        mask / len(blocks),
        float(np.mean(_stored_bytes(scene.folder / mask_name(scene.share)))),
        read / len(touched),
        float(np.mean([of_block[block] for block in touched])),
        (whole - read) / pixels,
        forest / pixels,
        applicability / pixels,
        written / len(blocks),
        pixels / len(touched),
        (whole - read) / (whole + empty + written),
        by_process(scene).peak_mb,
    )


def _case(name: str, mangrove_ha: float, tiles: int | None, parts: Parts, scattered: int) -> str:
    pixels = mangrove_ha * PIXELS_PER_HA
    touched = pixels / parts.pixels * scattered
    masks = tiles * (TILE_SIDE / BLOCK) ** 2 if tiles is not None else touched
    masks = max(masks, touched)
    hours = [
        own / 3600
        for own in (
            masks * parts.mask_s,
            touched * parts.read_s,
            pixels * parts.predict_s,
            masks * parts.write_s,
        )
    ]
    read = masks * parts.mask_bytes + touched * parts.read_bytes
    told = " | ".join(f"{own:.3g}" for own in hours)
    return (
        f"| {name}, {mangrove_ha:.2g} ha | {parts.pixels / scattered:,.0f} | {touched:,.0f} | {masks:,.0f} "
        f"| {told} | **{sum(hours):.3g}** | {read / 1e9:,.3g} |"
    )


def page(parts: Parts) -> str:
    """The page."""
    cases = [
        _case(name, hectares, tiles, parts, scattered)
        for name, hectares, tiles in CASES
        for scattered in (1, 10)
    ]
    versions = ", ".join(f"{name} {version}" for name, version in environment().items())
    rows = "\n".join(cases)
    return f"""\
# What large areas cost

Cost follows the mangrove. The grid is cut into blocks of {BLOCK} × {BLOCK} pixels; only those that
touch a polygon of the strata are looked at, and of them imagery is read only where the map of classes
has mangrove. What is computed of a block is computed for its mangrove pixels alone. Memory follows the
block: of a scene nothing is held, and the map is written window by window.

Written by `python -m bench.scale`. Ratios against other ways to do the same stand in
`bench/RESULTS.md`.

## Measured

On a quarter of a Sentinel-2 tile ({SIDE}² pixels of 10 m, {BANDS} bands as whole numbers of 16 bits,
zstd, tiles of {BLOCK}) with {SHARE:.0%} mangrove in fringes along a shore, {parts.pixels:,.0f} pixels
of it in a block that has any. A forest of {TREES} trees, with the area of applicability. Processor time
of one thread:

| part | cost |
|---|---|
| mask of a block | {parts.mask_s * 1000:.1f} ms, {parts.mask_bytes / 1e3:.1f} kB read |
| bands of a block with mangrove | {parts.read_s * 1000:.1f} ms, {parts.read_bytes / 1e6:.2f} MB read |
| forest, applicability and sums of a million pixels | {parts.predict_s * 1e6:.2f} s |
| of it the forest | {parts.forest_s * 1e6:.2f} s |
| of it the distance to the nearest of {PLOTS} plots | {parts.applicability_s * 1e6:.2f} s |
| four maps of a block, as cloud-optimised files with overviews | {parts.write_s * 1000:.1f} ms |
| largest memory of the process | {parts.peak_mb:.0f} MB |

Of the whole map, {parts.share_predicting:.0%} is predicting; the rest is reading and writing.

## Carried over

Twelve bands on the grid, one date. The second row of each area is for mangrove that is ten times as
scattered: as many pixels in ten times the blocks. For China the mask is read in all of about 60 tiles;
for the world the strata are taken as polygons around the mangrove, so that the mask is read only there.

{HEADER}
{"|---" * 10}|
{rows}

All but writing spreads over processors. Memory is that of one block for each thread, whatever the area,
as long as each zone of the coordinate system is a project of its own: `mrv map` knows one reference
system.

## The first bottleneck

Of one date whose bands lie on the grid, a country of few mangroves in many tiles pays most for
**writing**: maps of whole tiles with their overviews, nearly all of them empty. Writing is done by the
command itself and does not spread over workers, so draw strata around the mangrove, not around tiles.
Elsewhere it is **reading**, which spreads over workers, as predicting does; where blocks are as full of
mangrove as those measured the two are nearly equal. Where mangrove is scattered, whole blocks of bands
are read for a few pixels each; over a network the bytes decide, since workers decode faster than most
networks bring them. A composite of L looks reads and decodes L times as much, so that with a season of
ten looks reading comes first wherever there is mangrove; making the composite costs more and is not
measured here.

## Of what this does not speak

`mrv run` holds the predictors of all mangrove pixels, 8 bytes each, for the model's errors and totals:
at 12 predictors and 10 m about 10 kB for a hectare, 0.3 GB for China. A world in one run does not fit a
laptop; a model is fitted by a run on a part and applied by `mrv map`.

Machine: {platform.machine()}, {os.cpu_count()} cores. Versions: {versions}.
"""


def main() -> None:
    """Measure and write docs/explanation/scale.md."""
    with folder() as place:
        write_scene(place, 1, coast(SIDE, 3), (SHARE,))
        text = page(measured(Scene(place, SHARE)))
    (ROOT / "docs" / "explanation" / "scale.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Rasters written block by block and made cloud-optimised at the end; the same bytes for the same pixels.

Until then each is a tiled file that holds only the blocks written to it, so that neither memory nor disk
grows with ground that has nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rasterio
from numpy.typing import NDArray
from rasterio.shutil import copy
from rasterio.windows import Window

from mrv.imagery.warp import BLOCK
from mrv.run.map_classes import Classes
from mrv.workers import in_order, threads

if TYPE_CHECKING:
    from odc.geo.geobox import GeoBox

    from mrv.imagery.area import Block

TILE = 256
"""Side of an internal tile; larger maps get overviews. [pixel]"""

CACHE_BYTES = 2**23
"""Memory that the library of formats keeps pixels in while overviews are made."""

UNCACHED_BYTES = 2**20
"""The same while blocks are read and written, each once."""

DRAFTS = ".drafts"

Write = Callable[[str, "Block", NDArray[Any]], None]
"""Writes the pixels of a block of the raster of a name."""


@dataclass(frozen=True)
class RasterLayer:
    """A raster of one band.

    Attributes
    ----------
    name : str
        Of the file, without its ending.
    description, unit : str
        Of the band.
    kind : str
        Type of its numbers.
    nodata : float
        What stands where nothing is written.
    classes : mapping of int to MapClass, optional
        Colours and names of an image of classes; the names become tags of the band.
    """

    name: str
    description: str
    unit: str
    kind: str
    nodata: float
    classes: Classes | None = None


def _draft(path: Path, layer: RasterLayer, grid: GeoBox) -> Any:
    draft = rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=grid.height,
        width=grid.width,
        count=1,
        dtype=layer.kind,
        crs=rasterio.CRS.from_wkt(grid.crs.to_wkt()) if grid.crs is not None else None,
        transform=grid.affine,
        nodata=layer.nodata,
        tiled=True,
        blockxsize=BLOCK,
        blockysize=BLOCK,
        SPARSE_OK=True,
        BIGTIFF="IF_SAFER",
    )
    draft.set_band_description(1, layer.description)
    draft.set_band_unit(1, layer.unit)
    if layer.classes:
        draft.write_colormap(1, {value: (*own.colour, 255) for value, own in layer.classes.items()})
        draft.update_tags(1, **{f"class_{value}": own.name for value, own in layer.classes.items()})
    return draft


def _optimised(folder: Path, layer: RasterLayer) -> None:
    """Make the draft of a layer a cloud-optimised GeoTIFF beside the folder of drafts."""
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES, SPARSE_OK_OVERVIEW=True):
        copy(
            folder / f"{layer.name}.tif",
            folder.parent / f"{layer.name}.tif",
            driver="COG",
            BLOCKSIZE=TILE,
            COMPRESS="DEFLATE",
            RESAMPLING="NEAREST" if layer.classes else "AVERAGE",
            # Tiles without data take no place in the file; readers find no data there all the same.
            SPARSE_OK=True,
            NUM_THREADS=1,
        )


@contextmanager
def cog_files(folder: Path, grid: GeoBox, layers: Sequence[RasterLayer]) -> Iterator[Write]:
    """Write rasters into an existing folder, block by block; they are there once the context has ended.

    Parameters
    ----------
    folder : Path
    grid : GeoBox
    layers : sequence of RasterLayer
    """
    drafts = folder / DRAFTS
    drafts.mkdir()
    with rasterio.Env(GDAL_CACHEMAX=UNCACHED_BYTES), ExitStack() as opened:
        files = {
            layer.name: opened.enter_context(_draft(drafts / f"{layer.name}.tif", layer, grid))
            for layer in layers
        }

        def write(name: str, block: Block, image: NDArray[Any]) -> None:
            window = Window(block.left, block.top, block.width, block.height)
            files[name].write(image, 1, window=window)

        yield write
    with threads() as workers:
        for _ in in_order(workers, _optimised, drafts, layers):
            pass
    shutil.rmtree(drafts)

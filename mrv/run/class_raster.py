"""Writing a raster of classes: a cloud-optimised GeoTIFF with a colour for each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import rasterio.shutil
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.io import MemoryFile

NO_CLASS = 0
"""Value of a pixel without a class; the first class is 1."""

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "mangrove": (0, 90, 50),
    "mangrove_stable": (0, 90, 50),
    "mangrove_loss": (240, 120, 20),
    "mangrove_gain": (69, 117, 180),
    "other": (217, 217, 217),
    "other_stable": (217, 217, 217),
    "water": (158, 202, 225),
    "mudflat": (194, 165, 120),
    "built": (118, 118, 118),
}
"""Colours told apart by those who confuse red and green too: their lightness differs."""

FURTHER_COLOURS = (
    (166, 206, 227),
    (253, 191, 111),
    (202, 178, 214),
    (255, 255, 153),
    (178, 223, 138),
    (106, 61, 154),
    (177, 89, 40),
)


def colour_table(classes: Sequence[str]) -> dict[int, tuple[int, int, int, int]]:
    """Colour of each value: nothing for pixels without a class, one for each class from 1."""
    table = {NO_CLASS: (0, 0, 0, 0)}
    for number, name in enumerate(classes):
        further = FURTHER_COLOURS[number % len(FURTHER_COLOURS)]
        table[number + 1] = (*COLOURS.get(name, further), 255)
    return table


def write_class_raster(path: Path, index: NDArray[np.uint8], grid: GeoBox, classes: Sequence[str]) -> None:
    """Write classes as a cloud-optimised GeoTIFF.

    Parameters
    ----------
    path : Path
    index : ndarray of uint8, shape of the grid
        Position of each pixel's class; numbers beyond the classes become :data:`NO_CLASS`.
    grid : GeoBox
    classes : sequence of str
    """
    values = np.where(index < len(classes), index + 1, NO_CLASS).astype(np.uint8)
    profile = {
        "driver": "GTiff",
        "dtype": "uint8",
        "count": 1,
        "height": grid.shape[0],
        "width": grid.shape[1],
        "crs": grid.crs,
        "transform": grid.affine,
        "nodata": NO_CLASS,
    }
    with MemoryFile() as memory:
        with memory.open(**profile) as target:
            target.write(values, 1)
            target.write_colormap(1, colour_table(classes))
            target.set_band_description(1, "class")
            target.update_tags(**{f"CLASS_{number + 1}": name for number, name in enumerate(classes)})
        with memory.open() as source:
            rasterio.shutil.copy(
                source, path, driver="COG", compress="deflate", blocksize=256, overview_resampling="mode"
            )

"""Maps of biomass and of the sink, their errors, and what stands behind them, as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mrv.imagery.area import NO_STRATUM, Block, block_at
from mrv.imagery.warp import BLOCK
from mrv.run.cog_files import RasterLayer, cog_files
from mrv.run.map_classes import (
    APPLICABILITY,
    APPLIES,
    BEYOND,
    MANGROVE_MASK,
    NO_DATA,
    NO_POPULATION,
)

if TYPE_CHECKING:
    from odc.geo.geobox import GeoBox

    from mrv.mapping.model import BiomassModel
    from mrv.mapping.prediction import Mapped
    from mrv.run.biomass_map import BiomassMap
    from mrv.run.sink_map import SinkMap

NO_LOOKS = -1
"""No data in the map of clear looks."""

PER_YEAR = "t CO2e/ha/yr"

Pixels = Mapping[str, NDArray[Any]]
"""Values of pixels by the name of the map."""

BIOMASS_LAYERS = (
    RasterLayer("agb", "above-ground biomass where the model applies", "t/ha", "float32", np.nan),
    RasterLayer(
        "applicability",
        "1 the model applies, 0 it does not, 2 no data",
        "",
        "uint8",
        NO_POPULATION,
        APPLICABILITY,
    ),
    RasterLayer(
        "dissimilarity",
        "dissimilarity of the predictors to those of the plots",
        "1",
        "float32",
        np.nan,
    ),
    RasterLayer(
        "agb_standard_error",
        "standard error of above-ground biomass in one pixel",
        "t/ha",
        "float32",
        np.nan,
    ),
    RasterLayer(
        "mangrove",
        "1 mangrove, 0 none, inside the strata",
        "",
        "uint8",
        NO_STRATUM,
        MANGROVE_MASK,
    ),
    RasterLayer("looks", "clear looks of the composite", "1", "int16", NO_LOOKS),
)
"""Maps of biomass at one date, all that there can be."""

SINK_LAYERS = (
    RasterLayer("sink", "carbon sink of above- and below-ground biomass", PER_YEAR, "float32", np.nan),
    RasterLayer(
        "sink_standard_error", "standard error of the sink in one pixel", PER_YEAR, "float32", np.nan
    ),
)


def described(layers: Sequence[RasterLayer], time: str, notices: Sequence[str]) -> list[RasterLayer]:
    """Layers whose description says the time they are of, and first what every band says of itself."""
    return [
        replace(layer, description=": ".join((*notices, f"{layer.description}, {time}"))) for layer in layers
    ]


def biomass_layers(names: Sequence[str], date: str, notices: Sequence[str]) -> list[RasterLayer]:
    """Layers of some of the maps of biomass, and of the mask of mangrove."""
    wanted = [layer for layer in BIOMASS_LAYERS if layer.name in {*names, "mangrove"}]
    return described(wanted, date, notices)


def biomass_maps(model: BiomassModel, *, looks: bool) -> tuple[str, ...]:
    """Names of the maps of biomass that a model gives, and of that of the looks if there is one."""
    there = {
        "agb": True,
        "applicability": True,
        "dissimilarity": model.applicability is not None,
        "agb_standard_error": model.error is not None,
        "looks": looks,
    }
    return tuple(name for name, own in there.items() if own)


def biomass_pixels(mapped: Mapped, looks: NDArray[np.int16] | None, names: Sequence[str]) -> Pixels:
    """Values of pixels in maps of biomass: of all pixels, or of those of a block.

    Parameters
    ----------
    mapped : Mapped
    looks : ndarray of int, shape (n,), or None
        Clear looks behind the composite.
    names : sequence of str
        Maps wanted, of :func:`biomass_maps`.
    """
    agb, inside = mapped.agb_t_ha, mapped.inside
    found: dict[str, NDArray[Any] | None] = {
        "agb": np.where(inside, agb, np.nan).astype(np.float32),
        "applicability": np.where(np.isnan(agb), NO_DATA, np.where(inside, APPLIES, BEYOND)).astype(np.uint8),
        "dissimilarity": mapped.dissimilarity.astype(np.float32),
        "agb_standard_error": None
        if mapped.standard_error_t_ha is None
        else np.where(inside, mapped.standard_error_t_ha, np.nan).astype(np.float32),
        "looks": looks,
    }
    return {name: values for name in names if (values := found[name]) is not None}


def in_blocks(grid: GeoBox, pixel: NDArray[np.int64]) -> Iterator[tuple[Block, NDArray[np.int64]]]:
    """Positions of the pixels that lie in each block of a grid, block by block.

    Parameters
    ----------
    grid : GeoBox
    pixel : ndarray of int, shape (n,)
        Numbers of pixels, counted row by row.
    """
    across = -(-grid.width // BLOCK)
    row, column = np.divmod(pixel, grid.width)
    block = row // BLOCK * across + column // BLOCK
    order = np.argsort(block, kind="stable")
    numbers, starts = np.unique(block[order], return_index=True)
    for number, chosen in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
        yield block_at(grid, number // across * BLOCK, number % across * BLOCK), chosen


def image_of(
    block: Block, layer: RasterLayer, local: NDArray[np.int64], values: NDArray[Any]
) -> NDArray[Any]:
    """Image of a block with values at some of its pixels, counted row by row within it."""
    image = np.full((block.height, block.width), layer.nodata, dtype=layer.kind)
    image.ravel()[local] = values
    return image


def write_maps(folder: Path, mapped: BiomassMap, sink: SinkMap | None, *, notices: Sequence[str]) -> None:
    """Write the maps of a model into an existing folder; nothing without a grid."""
    own = mapped.grid
    if own is None or mapped.prediction is None:
        return
    grid = own.grid
    names = biomass_maps(mapped.fitting.model, looks=own.looks is not None)
    of_biomass = biomass_pixels(mapped.prediction, own.looks, names)
    layers = biomass_layers(names, mapped.date, notices)
    parts = [(own.pixel, of_biomass)]
    if sink is not None:
        layers += described(SINK_LAYERS, f"{sink.first} to {sink.last}", notices)
        of_sink = {"sink": sink.sink, "sink_standard_error": sink.standard_error}
        parts.append((sink.pixel, of_sink))
    by_name = {layer.name: layer for layer in layers}
    with cog_files(folder, grid, layers) as write:
        for block, ground in own.ground.images():
            write("mangrove", block, ground)
        for pixel, values in parts:
            for block, chosen in in_blocks(grid, pixel):
                local = block.local(pixel[chosen], grid)
                for name, own_values in values.items():
                    write(name, block, image_of(block, by_name[name], local, own_values[chosen]))

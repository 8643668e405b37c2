"""Maps as cloud-optimised GeoTIFFs: biomass, the sink, their errors, and what stands behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.shutil import copy

from mrv.run.map_classes import (
    APPLICABILITY,
    APPLIES,
    BEYOND,
    MANGROVE,
    MANGROVE_MASK,
    NO_DATA,
    NO_MANGROVE,
    NO_POPULATION,
    NO_STRATUM,
    Classes,
)

if TYPE_CHECKING:
    from odc.geo.geobox import GeoBox

    from mrv.mapping.prediction import Mapped
    from mrv.run.biomass_map import BiomassMap
    from mrv.run.predictor_sources import MapGrid
    from mrv.run.sink_map import SinkMap

BLOCK = 256
"""Side of an internal tile; larger maps get overviews. [pixel]"""

NO_LOOKS = -1
"""No data in the map of clear looks."""


def write_raster(
    path: Path,
    image: NDArray[Any],
    grid: GeoBox,
    *,
    description: str,
    unit: str,
    nodata: float,
    classes: Classes | None = None,
) -> None:
    """Write an image as a cloud-optimised GeoTIFF; the same bytes for the same image.

    Parameters
    ----------
    path : Path
    image : ndarray, shape (rows, columns)
    grid : GeoBox
    description, unit : str
        Of the band.
    nodata : float
    classes : mapping of int to MapClass, optional
        Colours and names of an image of classes; the names become tags of the band.
    """
    profile = {
        "driver": "GTiff",
        "height": image.shape[0],
        "width": image.shape[1],
        "count": 1,
        "dtype": image.dtype,
        "crs": rasterio.CRS.from_wkt(grid.crs.to_wkt()) if grid.crs is not None else None,
        "transform": grid.affine,
        "nodata": nodata,
    }
    resampling = "NEAREST" if classes else "AVERAGE"
    with MemoryFile() as memory:
        with memory.open(**profile) as draft:
            draft.write(image, 1)
            draft.set_band_description(1, description)
            draft.set_band_unit(1, unit)
            if classes:
                draft.write_colormap(1, {value: (*own.colour, 255) for value, own in classes.items()})
                draft.update_tags(1, **{f"class_{value}": own.name for value, own in classes.items()})
        with memory.open() as draft:
            copy(
                draft,
                path,
                driver="COG",
                BLOCKSIZE=BLOCK,
                COMPRESS="DEFLATE",
                RESAMPLING=resampling,
                NUM_THREADS=1,
            )


@dataclass(frozen=True)
class MapFolder:
    """Where maps of one grid go.

    Attributes
    ----------
    folder : Path
        Exists.
    grid : MapGrid
    notices : sequence of str
        What every band says of itself first, such as that its data are simulated.
    """

    folder: Path
    grid: MapGrid
    notices: Sequence[str]

    def _described(self, description: str) -> str:
        return ": ".join((*self.notices, description))

    def values(self, name: str, values: NDArray[Any], description: str, unit: str) -> None:
        """Write values of the places of the population, NaN elsewhere."""
        image = self.grid.filled(np.asarray(values, dtype=np.float32), np.nan)
        self.image(name, image, description, unit, np.nan)

    def image(
        self,
        name: str,
        image: NDArray[Any],
        description: str,
        unit: str,
        nodata: float,
        classes: Classes | None = None,
    ) -> None:
        """Write an image."""
        write_raster(
            self.folder / f"{name}.tif",
            image,
            self.grid.grid,
            description=self._described(description),
            unit=unit,
            nodata=nodata,
            classes=classes,
        )


def write_biomass(maps: MapFolder, mapped: Mapped, date: str) -> None:
    """Write biomass where the model applies, its error if the model knows it, and where it applies."""
    agb = np.where(mapped.inside, mapped.agb_t_ha, np.nan)
    maps.values("agb", agb, f"above-ground biomass where the model applies, {date}", "t/ha")
    if mapped.standard_error_t_ha is not None:
        maps.values(
            "agb_standard_error",
            np.where(mapped.inside, mapped.standard_error_t_ha, np.nan),
            f"standard error of above-ground biomass in one pixel, {date}",
            "t/ha",
        )
    state = np.where(np.isnan(mapped.agb_t_ha), NO_DATA, np.where(mapped.inside, APPLIES, BEYOND))
    maps.image(
        "applicability",
        maps.grid.filled(state.astype(np.uint8), NO_POPULATION),
        f"1 the model applies, 0 it does not, 2 no data, {date}",
        "",
        NO_POPULATION,
        APPLICABILITY,
    )
    if not np.isnan(mapped.dissimilarity).all():
        maps.values(
            "dissimilarity",
            mapped.dissimilarity,
            f"dissimilarity of the predictors to those of the plots, {date}",
            "1",
        )


def write_ground(maps: MapFolder, date: str) -> None:
    """Write the mask of mangrove and, of a series of scenes, the clear looks."""
    grid = maps.grid
    mask = np.where(grid.in_strata, np.where(grid.mangrove, MANGROVE, NO_MANGROVE), NO_STRATUM)
    maps.image(
        "mangrove",
        mask.astype(np.uint8),
        f"1 mangrove, 0 none, inside the strata, {date}",
        "",
        NO_STRATUM,
        MANGROVE_MASK,
    )
    if grid.looks is not None:
        looks = np.where(grid.in_strata, grid.looks, NO_LOOKS).astype(np.int16)
        maps.image("looks", looks, f"clear looks of the composite, {date}", "1", NO_LOOKS)


def write_sink(maps: MapFolder, sink: SinkMap) -> None:
    """Write the sink between two dates and its error, where it can be told from none."""
    on_grid = replace(maps, grid=replace(maps.grid, pixel=sink.pixel))
    span = f"{sink.first} to {sink.last}"
    unit = "t CO2e/ha/yr"
    on_grid.values("sink", sink.sink, f"carbon sink of above- and below-ground biomass, {span}", unit)
    on_grid.values(
        "sink_standard_error", sink.standard_error, f"standard error of the sink in one pixel, {span}", unit
    )


def write_maps(folder: Path, mapped: BiomassMap, sink: SinkMap | None, *, notices: Sequence[str]) -> None:
    """Write the maps of a model into an existing folder; nothing without a grid."""
    prediction = mapped.prediction
    if mapped.grid is None or prediction is None:
        return
    maps = MapFolder(folder, mapped.grid, notices)
    write_biomass(maps, prediction, mapped.date)
    write_ground(maps, mapped.date)
    if sink is not None:
        write_sink(maps, sink)

"""Maps as cloud-optimised GeoTIFFs: biomass, its error, and where the model applies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.shutil import copy

if TYPE_CHECKING:
    from odc.geo.geobox import GeoBox

    from mrv.run.biomass_map import BiomassMap

BLOCK = 256
"""Side of an internal tile; larger maps get overviews. [pixel]"""

BEYOND, APPLIES, NO_DATA, NO_POPULATION = 0, 1, 2, 255
"""Values of the map of applicability: the model does not apply, applies, lacks predictors; no mangrove."""

COLOURS = {BEYOND: (215, 48, 39, 255), APPLIES: (26, 152, 80, 255), NO_DATA: (150, 150, 150, 255)}


def write_raster(
    path: Path,
    image: NDArray[Any],
    grid: GeoBox,
    *,
    description: str,
    unit: str,
    nodata: float,
    colours: dict[int, tuple[int, int, int, int]] | None = None,
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
    colours : mapping of int to tuple of int, optional
        Colour table of an image of classes.
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
    resampling = "NEAREST" if colours else "AVERAGE"
    with MemoryFile() as memory:
        with memory.open(**profile) as draft:
            draft.write(image, 1)
            draft.set_band_description(1, description)
            draft.set_band_unit(1, unit)
            if colours:
                draft.write_colormap(1, colours)
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


def write_maps(folder: Path, mapped: BiomassMap) -> None:
    """Write the maps of a model into an existing folder; nothing without a grid."""
    grid, prediction = mapped.grid, mapped.prediction
    if grid is None or prediction is None:
        return
    inside = prediction.inside
    for name, values, description in (
        ("agb", prediction.agb_t_ha, "above-ground biomass where the model applies"),
        ("agb_standard_error", prediction.standard_error_t_ha, "standard error of one pixel"),
    ):
        image = grid.filled(np.where(inside, values, np.nan).astype(np.float32), np.nan)
        write_raster(
            folder / f"{name}.tif", image, grid.grid, description=description, unit="t/ha", nodata=np.nan
        )
    state = np.where(np.isnan(prediction.agb_t_ha), NO_DATA, np.where(inside, APPLIES, BEYOND))
    write_raster(
        folder / "applicability.tif",
        grid.filled(state.astype(np.uint8), NO_POPULATION),
        grid.grid,
        description="1 the model applies, 0 it does not, 2 no data",
        unit="",
        nodata=NO_POPULATION,
        colours=COLOURS,
    )
    if model_has_predictors(mapped):
        image = grid.filled(prediction.dissimilarity.astype(np.float32), np.nan)
        write_raster(
            folder / "dissimilarity.tif",
            image,
            grid.grid,
            description="dissimilarity of the predictors to those of the plots",
            unit="1",
            nodata=np.nan,
        )


def model_has_predictors(mapped: BiomassMap) -> bool:
    """Whether the chosen model uses any predictor."""
    return mapped.fitting.model.applicability is not None

"""Plots where a map says that no mangrove stands: on water, on buildings, outside the mapped mangroves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS

from mrv.findings import Finding, Phrase
from mrv.imagery.indices import bands_needed
from mrv.imagery.predictors import OpticalSeries
from mrv.imagery.warp import Floats
from mrv.inputs import Inputs, Survey
from mrv.inputs.imagery import Imagery
from mrv.inputs.quality_evidence import pixels_at
from mrv.quality.suspects import Suspect, earliest, places, row_list

WATER_ABOVE = 0.0
"""Index of a composite above which a pixel is water: McFeeters (1996), Xu (2006). [1]"""

WATER_INDICES = ("mndwi", "ndwi")
"""Water indices, the one that tells water from built ground first."""

NEAR = 128
"""Side of the squares of the grid in which plots are near each other. [pixel]"""

Words = NDArray[np.object_]


@dataclass(frozen=True)
class GroundTold:
    """What a map says of the ground of plots.

    Attributes
    ----------
    name : str
        Of the map.
    declared : bool
        Whether the project file states that no plot can lie there; else the map is one of its imagery.
    ground : ndarray of str or None, shape (n,)
        None where the map tells of nothing.
    """

    name: str
    declared: bool
    ground: Words


def _of_classes(imagery: Imagery, date: str, plots: pd.DataFrame, system: CRS) -> Iterator[GroundTold]:
    """Maps of classes that stand for the date."""
    for dated in imagery.layers:
        declared = dated.declaration
        if declared.mangrove is None or not dated.stands_for(date):
            continue
        found = np.full(len(plots), None, dtype=object)
        values = pixels_at(
            dated.layer.raster, dated.layer.band, plots["x_m"].to_numpy(), plots["y_m"].to_numpy(), system
        )
        for number, value in enumerate(values):
            if np.isnan(value):
                found[number] = Phrase("no mangrove") if declared.no_data == "not_mangrove" else None
            elif value not in declared.mangrove:
                found[number] = Phrase("class {value}", value=f"{value:g}")
        yield GroundTold(declared.file, False, found)


def _of_composite(imagery: Imagery, date: str, plots: pd.DataFrame) -> Iterator[GroundTold]:
    """Water by the composite of the date, where its scenes have the bands of a water index."""
    series = imagery.optical(date)
    if series is None:
        return
    bands = {band.role for scene in series.scenes for band in scene.bands}
    index = next((name for name in WATER_INDICES if set(bands_needed(name)) <= bands), None)
    if index is None:
        return
    wetness = at_plots(replace(series, indices=(index,)), imagery.grid, plots)
    found = np.array([Phrase("water") if value > WATER_ABOVE else None for value in wetness], dtype=object)
    yield GroundTold(Phrase("the {index} of the images", index=index.upper()), False, found)


def at_plots(series: OpticalSeries, grid: GeoBox, plots: pd.DataFrame) -> Floats:
    """First index of a series in the pixel of each plot; NaN beyond the grid.

    Plots near each other are read together: opening a scene takes longer than reading some of its pixels.

    Parameters
    ----------
    series : OpticalSeries
    grid : GeoBox
        Of the imagery, in the reference system of the plots.
    plots : DataFrame
        With ``x_m`` and ``y_m``, both known.

    Returns
    -------
    ndarray, shape (plots,)
        [1]
    """
    columns, rows = ~grid.affine * (plots["x_m"].to_numpy(), plots["y_m"].to_numpy())
    pixels = np.floor(np.column_stack([rows, columns]))
    inside = ((pixels >= 0) & (pixels < grid.shape)).all(axis=1)
    pixels = np.where(inside[:, None], pixels, 0).astype(int)
    values = np.full(len(plots), np.nan)
    tiles = pixels // NEAR
    for tile in np.unique(tiles[inside], axis=0):
        own = inside & (tiles == tile).all(axis=1)
        top, left = pixels[own].min(axis=0)
        bottom, right = pixels[own].max(axis=0) + 1
        block = series.block(grid[top:bottom, left:right])
        values[own] = block[0, pixels[own, 0] - top, pixels[own, 1] - left]
    return values


def plots_on_bare_ground(inputs: Inputs, survey: Survey) -> Iterator[Suspect]:
    """Plots of a survey that lie where a map says that no mangrove stands.

    An error where the project file states that no plot can lie there, a note where a map of its imagery says
    so: maps of classes err at edges, and water stands under open canopies.
    """
    system = inputs.strata.system
    plots = survey.plots[survey.plots["x_m"].notna() & survey.plots["y_m"].notna()]
    if system is None or plots.empty:
        return
    told = [
        GroundTold(ground.file, True, ground.at(plots["x_m"].to_numpy(), plots["y_m"].to_numpy(), system))
        for ground in inputs.quality.bare_ground
    ]
    if inputs.imagery is not None:
        told += _of_classes(inputs.imagery, survey.date, plots, system)
        told += _of_composite(inputs.imagery, survey.date, plots)
    for ground in told:
        yield from _suspects(ground, plots)


def _suspects(told: GroundTold, plots: pd.DataFrame) -> Iterator[Suspect]:
    """One suspect for each kind of ground that a map tells of."""
    for kind in sorted({word for word in told.ground if word is not None}):
        rows = plots[[word == kind for word in told.ground]]
        shown = {
            "ground": next(word for word in told.ground if word == kind),
            "map": told.name,
            "count": len(rows),
            "all": len(plots),
            "rows": row_list(rows["source"]),
        }
        yield Suspect(
            Finding(
                earliest(rows),
                "plot-on-bare-ground",
                "{count} of {all} plots lie on {ground} by {map}: {rows}; no plot can lie there",
                shown,
                waivable=True,
            )
            if told.declared
            else Finding(
                earliest(rows),
                "plot-off-mangrove",
                "{count} of {all} plots lie on {ground} by {map}: {rows}",
                shown,
                severity="note",
            ),
            "plots",
            places(rows),
        )

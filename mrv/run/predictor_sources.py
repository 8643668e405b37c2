"""Where predictors come from: tables that the project brings, or its imagery on one grid."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.findings import Finding
from mrv.imagery.area import NO_STRATUM, Block
from mrv.mapping.footprints import PlotPixels
from mrv.mapping.prediction import Population
from mrv.mapping.rows import Array, Rows

if TYPE_CHECKING:
    from mrv.inputs import Inputs, Survey

AREA_TOLERANCE = 0.01
"""Share by which the cells of a stratum may miss its area. [1]"""


@dataclass(frozen=True)
class PlotPredictors:
    """Predictors of plots.

    Attributes
    ----------
    table : DataFrame
        ``plot_id``, the predictors, ``coverage`` (share of the plot with data); NaN where there is none.
    names : tuple of str
        Predictors.
    """

    table: pd.DataFrame
    names: tuple[str, ...]

    @property
    def complete(self) -> frozenset[str]:
        """Plots that have every predictor."""
        known = self.table[list(self.names)].notna().all(axis=1)
        return frozenset(self.table.loc[known, "plot_id"])

    def of(self, plot_ids: Sequence[str]) -> Array:
        """Predictors of plots, shape (n, p)."""
        rows = self.table.set_index("plot_id")[list(self.names)]
        return rows.loc[list(plot_ids)].to_numpy(dtype=np.float64)


def packed(image: NDArray[np.uint8]) -> bytes:
    """An image of the ground of a block, in little room."""
    return zlib.compress(image.tobytes(), 1)


def unpacked(ground: bytes, block: Block) -> NDArray[np.uint8]:
    """The image of a block that was packed."""
    return np.frombuffer(zlib.decompress(ground), dtype=np.uint8).reshape(block.height, block.width)


@dataclass(frozen=True)
class Ground:
    """What the ground of an area is, block by block, packed: it is mostly of one piece.

    Attributes
    ----------
    blocks : mapping of Block to bytes
        Image of each block, as of :func:`packed`.
    """

    blocks: Mapping[Block, bytes]

    def images(self) -> Iterator[tuple[Block, NDArray[np.uint8]]]:
        """Image of each block."""
        for block, own in self.blocks.items():
            yield block, unpacked(own, block)


@dataclass(frozen=True)
class MapGrid:
    """Where the places of a population lie on a grid.

    Attributes
    ----------
    grid : GeoBox
    pixel : ndarray of int, shape (n,)
        Number of each place's pixel, row by row; ascending.
    ground : Ground
        Where strata and mangrove are.
    looks : ndarray of int, shape (n,), or None
        Clear looks behind each place; None without a series of scenes.
    """

    grid: GeoBox
    pixel: NDArray[np.int64]
    ground: Ground
    looks: NDArray[np.int16] | None

    def thinned(self, longest: int) -> Thinned:
        """The grid with as many rows and columns left out as it takes for a side not to be longer."""
        return Thinned(self, max(-(-max(self.grid.shape) // longest), 1))


@dataclass(frozen=True)
class Thinned:
    """Every so many rows and columns of a map, for pictures and whatever else is no larger than it need be.

    Attributes
    ----------
    whole : MapGrid
    step : int
        1 for every pixel.
    """

    whole: MapGrid
    step: int

    @property
    def grid(self) -> GeoBox:
        """Its own grid, of pixels so many times larger."""
        full, step = self.whole.grid, self.step
        shape = (-(-full.height // step), -(-full.width // step))
        return full if step == 1 else GeoBox(shape, full.affine * full.affine.scale(step), full.crs)

    def values(self, pixel: NDArray[np.int64], values: Array) -> Array:
        """Image of values at pixels of the whole grid, NaN elsewhere."""
        image = np.full(self.grid.shape, np.nan)
        row, column = np.divmod(pixel, self.whole.grid.width)
        kept = (row % self.step == 0) & (column % self.step == 0)
        image[row[kept] // self.step, column[kept] // self.step] = values[kept]
        return image

    def in_strata(self) -> NDArray[np.bool_]:
        """Which pixels lie in strata."""
        image, step = np.zeros(self.grid.shape, dtype=np.bool_), self.step
        for block, ground in self.whole.ground.images():
            first_row, first_column = -block.top % step, -block.left % step
            part = ground[first_row::step, first_column::step] != NO_STRATUM
            row, column = (block.top + first_row) // step, (block.left + first_column) // step
            image[row : row + part.shape[0], column : column + part.shape[1]] = part
        return image


@dataclass(frozen=True)
class PredictorSource:
    """Predictors of plots and area, and what was found on the way.

    Attributes
    ----------
    plots : PlotPredictors
    pixels : PlotPixels
        What the map is averaged over at the plots.
    population : Population or None
    findings : tuple of Finding
    grid : MapGrid or None
    means_only : bool
        Whether a row of the population is the mean of a stratum.
    """

    plots: PlotPredictors
    pixels: PlotPixels
    population: Population | None
    findings: tuple[Finding, ...] = ()
    grid: MapGrid | None = None
    means_only: bool = False


def _cell_areas(
    cells: pd.DataFrame, areas_ha: Mapping[str, float], where: str
) -> tuple[Array, list[Finding]]:
    """Area of each cell, so that those of a stratum sum up to it; alike where none is given. [ha]"""
    whole = cells["stratum_id"].map(areas_ha).to_numpy(dtype=np.float64)
    given = cells["area_ha"].notna().all()
    own = cells["area_ha"] if given else pd.Series(1.0, index=cells.index)
    sums = own.groupby(cells["stratum_id"]).transform("sum").to_numpy(dtype=np.float64)
    findings = []
    for stratum in sorted(set(cells["stratum_id"])) if given else []:
        total = math.fsum(own[cells["stratum_id"] == stratum])
        if abs(total / areas_ha[stratum] - 1) > AREA_TOLERANCE:
            findings.append(
                Finding(
                    where,
                    "cells-area",
                    "cells of {stratum!r} sum up to {found:.4g} ha; the stratum has {area:.4g} ha, and "
                    "{allowed:g} % more or less is allowed",
                    {
                        "stratum": stratum,
                        "found": total,
                        "area": areas_ha[stratum],
                        "allowed": AREA_TOLERANCE * 100,
                    },
                )
            )
    return own.to_numpy(dtype=np.float64) * whole / sums, findings


def stratum_positions(plots: pd.DataFrame, strata: Sequence[str]) -> NDArray[np.int64]:
    """Position of each plot's stratum in the list of strata."""
    position = {name: number for number, name in enumerate(strata)}
    return np.array([position[str(name)] for name in plots["stratum_id"]], dtype=np.int64)


def from_tables(inputs: Inputs, survey: Survey, areas_ha: Mapping[str, float]) -> PredictorSource:
    """Predictors in tables."""
    tables, model = inputs.predictors, inputs.project.model
    assert tables is not None
    assert model is not None
    names = model.predictors
    plots = PlotPredictors(tables.plots.assign(coverage=math.nan), names)
    strata = tuple(sorted(areas_ha))
    position = {name: number for number, name in enumerate(strata)}
    of_survey = survey.plots.set_index("plot_id").reindex(tables.plots["plot_id"])
    pixels = PlotPixels.one_each(
        tuple(str(name) for name in tables.plots["plot_id"]),
        Rows(
            tables.plots[list(names)].to_numpy(dtype=np.float64),
            stratum_positions(of_survey, strata),
            of_survey[["x_m", "y_m"]].to_numpy(dtype=np.float64),
        ),
    )
    cells = tables.population
    if cells is None:
        return PredictorSource(plots, pixels, None)
    where = inputs.positions.where("model", "tables", "population")
    areas, findings = _cell_areas(cells, areas_ha, where)
    population = Population(
        Rows(
            cells[list(names)].to_numpy(dtype=np.float64),
            np.array([position[name] for name in cells["stratum_id"]], dtype=np.int64),
            cells[["x", "y"]].to_numpy(dtype=np.float64),
        ),
        areas,
        strata,
    )
    return PredictorSource(
        plots, pixels, population, tuple(findings), means_only=tables.rows == "stratum_means"
    )

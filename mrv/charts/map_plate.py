"""A plate of a map: values in colour, strata, plots, scale bar, north arrow and coordinates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox

from mrv.charts.canvas import INK, MUTED, sheet
from mrv.charts.ramps import ramp
from mrv.findings import Translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NOT_MAPPED: Mapping[str, Any] = {"facecolor": "white", "edgecolor": MUTED, "hatch": "//////"}
"""Ground of the strata without a value: hatched, for a grey might be read as a value."""

WIDTH_MM = 190.0
AROUND_MM = 34.0
"""Height of a plate beside its map, for titles and the scale of colours."""


@dataclass(frozen=True)
class Plate:
    """What a plate shows.

    Attributes
    ----------
    title, unit : str
    values : ndarray, shape (rows, columns)
        NaN where nothing is mapped.
    grid : GeoBox
    strata : GeoDataFrame
        ``stratum_id`` and polygons, in the coordinate system of the grid.
    plots_m : ndarray, shape (n, 2)
        Centres. [m]
    diverging : bool
        Whether zero is the middle of the colours.
    """

    title: str
    unit: str
    values: NDArray[Any]
    grid: GeoBox
    strata: gpd.GeoDataFrame
    plots_m: NDArray[np.float64]
    diverging: bool = False


def round_length_m(longest_m: float) -> float:
    """Longest length of 1, 2 or 5 times a power of ten that is not beyond one. [m]"""
    power = 10.0 ** math.floor(math.log10(longest_m))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= longest_m)


def _length_text(length_m: float) -> str:
    return f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"


def _scale_bar(axes: Axes, left: float, bottom: float, width: float, height: float) -> None:
    length = round_length_m(width / 4)
    x, y, thick = left + 0.03 * width, bottom + 0.06 * height, 0.015 * height
    for number in range(2):
        axes.fill(
            x + length / 2 * np.array([number, number + 1, number + 1, number]),
            y + thick * np.array([0, 0, 1, 1]),
            facecolor=(INK, "white")[number],
            edgecolor=INK,
            linewidth=0.6,
        )
    axes.text(x + 1.05 * length, y + thick / 2, _length_text(length), ha="left", va="center")


def _north_arrow(axes: Axes) -> None:
    axes.annotate(
        "N",
        xy=(0.96, 0.95),
        xytext=(0.96, 0.78),
        xycoords="axes fraction",
        textcoords="axes fraction",
        ha="center",
        va="center",
        arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 0.8},
    )


def _axes_in_metres(axes: Axes, grid: GeoBox, translate: Translate) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415

    for axis, most in ((axes.xaxis, 7), (axes.yaxis, 5)):
        axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.grid(visible=True, color=MUTED, linewidth=0.3, alpha=0.5)
    axes.tick_params(labelsize=7)
    code = grid.crs.to_epsg() if grid.crs is not None else None
    system = f" (EPSG:{code})" if code is not None else ""
    axes.set_xlabel(translate("easting, m") + system)
    axes.set_ylabel(translate("northing, m"))


def draw_plate(
    plate: Plate, folder: Path, name: str, *, notices: Sequence[str], translate: Translate = str
) -> None:
    """Write a plate as PNG and SVG.

    Parameters
    ----------
    plate : Plate
    folder : Path
        Exists.
    name : str
        Of the files, without an ending.
    notices : sequence of str
    translate : callable, optional
        Gives the words of the picture itself in another language.
    """
    from matplotlib import patches  # noqa: PLC0415

    left, bottom, right, top = plate.strata.total_bounds
    margin = 0.06 * max(right - left, top - bottom)
    left, bottom, right, top = left - margin, bottom - margin, right + margin, top + margin
    shape = (top - bottom) / (right - left)
    height_mm = min(max(WIDTH_MM * 0.85 * shape + AROUND_MM, 80.0), 250.0)
    with sheet(WIDTH_MM, height_mm, folder, name, notices=notices) as figure:
        axes = figure.add_subplot()
        box = plate.grid.boundingbox
        extent = (box.left, box.right, box.bottom, box.top)
        plate.strata.plot(ax=axes, **NOT_MAPPED, linewidth=0.0, zorder=1)
        known = plate.values[np.isfinite(plate.values)]
        low, high = np.quantile(known, [0.02, 0.98]) if len(known) else (0.0, 1.0)
        if plate.diverging:
            reach = max(abs(float(low)), abs(float(high)))
            low, high = -reach, reach
        image = axes.imshow(
            plate.values,
            extent=extent,
            cmap=ramp(around_zero=plate.diverging),
            vmin=float(low),
            vmax=float(high),
            interpolation="nearest",
            zorder=2,
        )
        plate.strata.boundary.plot(ax=axes, color=INK, linewidth=0.8, zorder=3)
        for row in plate.strata.itertuples():
            at = row.geometry.representative_point()
            axes.text(
                at.x,
                at.y,
                str(row.stratum_id),
                ha="center",
                va="center",
                zorder=5,
                bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.0},
            )
        if len(plate.plots_m):
            x, y = plate.plots_m.T
            axes.scatter(x, y, s=12, marker="o", facecolor="white", edgecolor=INK, linewidth=0.8, zorder=6)
        axes.set_xlim(left, right)
        axes.set_ylim(bottom, top)
        axes.set_aspect("equal")
        axes.set_title(plate.title)
        _axes_in_metres(axes, plate.grid, translate)
        _scale_bar(axes, left, bottom, right - left, top - bottom)
        _north_arrow(axes)
        bar = figure.colorbar(
            image, ax=axes, orientation="horizontal", extend="both", shrink=0.5, aspect=40, pad=0.03
        )
        bar.set_label(plate.unit)
        axes.legend(
            handles=[
                patches.Patch(**NOT_MAPPED, linewidth=0.4, label=translate("not mapped")),
                axes.scatter(
                    [], [], s=12, marker="o", facecolor="white", edgecolor=INK, label=translate("plot")
                ),
            ],
            loc="lower right",
            frameon=True,
            fontsize=7,
        )

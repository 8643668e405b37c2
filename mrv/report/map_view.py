"""The maps of a run as something to look around in: layers on and off, values under the pointer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
from bokeh.core.types import ID
from bokeh.embed import json_item
from bokeh.models import BasicTicker, ColumnDataSource, HoverTool, LinearColorMapper, NumeralTickFormatter
from bokeh.models.annotations import ColorBar
from bokeh.plotting import figure
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from mrv.charts.ramps import shades
from mrv.report.pictures import last_plots
from mrv.report.words import Words
from mrv.run.map_classes import APPLICABILITY, Classes, MapClass
from mrv.verification.evidence_view import ResultsView

WIDTH = 990
"""Width at which the view is laid out; the page scales it to its own."""

SHADES = 255
"""Colours of a ramp."""

LARGEST_SIDE = 700
"""Pixels of the longer side that a layer is shown with at most; a larger map is thinned out."""


@dataclass(frozen=True)
class Layer:
    """A layer of the view.

    Attributes
    ----------
    name : str
        Of its file, or ``strata`` or ``plots``.
    label : str
        What it is called, in English; the key of its translation.
    unit : str
    diverging : bool
        Whether zero is the middle of the colours.
    shown : bool
        Whether it is on when the page opens.
    classes : mapping of int to MapClass
        What its values stand for; empty where they are amounts.
    """

    name: str
    label: str
    unit: str
    diverging: bool = False
    shown: bool = False
    classes: Classes = field(default_factory=dict)

    @property
    def palette(self) -> list[str]:
        """Colours of its values, as on its plate and in a GIS."""
        colours = [self.classes[value].colour for value in sorted(self.classes)] or shades(
            SHADES, around_zero=self.diverging
        )
        return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in colours]


LAYERS = (
    Layer("agb", "Above-ground biomass", "t/ha", shown=True),
    Layer("agb_standard_error", "Standard error of above-ground biomass", "t/ha"),
    Layer("sink", "Carbon sink of biomass", "t CO₂e/ha/yr", diverging=True),
    Layer("applicability", "Area of applicability", "", classes=APPLICABILITY),
)
"""Maps of a run that the view shows, each where the run wrote it."""

DRAWN = (("strata", "Strata"), ("plots", "Plots of the last survey"))
"""Layers that are no maps."""


@dataclass(frozen=True)
class MapView:
    """A view, ready to be put into a page.

    Attributes
    ----------
    item : str
        JSON that the plotting library of the page draws from.
    layers : tuple of (str, str, bool)
        Name, English label and whether it is shown at first, in the order of the switches.
    thinned : bool
        Whether a map was too large to be shown with every pixel.
    """

    item: str
    layers: tuple[tuple[str, str, bool], ...]
    thinned: bool


def _read(path: Path) -> tuple[NDArray[np.float32], tuple[float, float, float, float], bool]:
    """Values from the bottom up, edges (left, bottom, right, top), and whether they were thinned out."""
    with rasterio.open(path) as dataset:
        step = max(1, -(-max(dataset.shape) // LARGEST_SIDE))
        shape = tuple(-(-side // step) for side in dataset.shape)
        values = dataset.read(1, out_shape=shape, masked=True).astype("float32").filled(np.nan)
        bounds = dataset.bounds
    return values[::-1], (bounds.left, bounds.bottom, bounds.right, bounds.top), step > 1


def _ends(values: NDArray[np.float32], layer: Layer) -> tuple[float, float]:
    """Ends of the colours: all but the outermost hundredths."""
    known = values[np.isfinite(values)]
    if layer.classes:
        return min(layer.classes) - 0.5, max(layer.classes) + 0.5
    if not len(known):
        return 0.0, 1.0
    low, high = (float(end) for end in np.quantile(known, [0.02, 0.98]))
    if layer.diverging:
        reach = max(abs(low), abs(high))
        return -reach, reach
    return low, high


def _rings(shape: BaseGeometry) -> tuple[list[list[list[float]]], list[list[list[float]]]]:
    """Polygons of a shape as the plotting library takes them: of each its rings, by x and by y."""
    parts = getattr(shape, "geoms", [shape])
    rings = [[part.exterior, *part.interiors] for part in parts]
    return (
        [[[float(x) for x, *_ in ring.coords] for ring in own] for own in rings],
        [[[float(y) for _, y, *_ in ring.coords] for ring in own] for own in rings],
    )


def _height(strata: gpd.GeoDataFrame) -> int:
    """Height of a view that is WIDTH wide, so that the strata fill it."""
    left, bottom, right, top = map(float, strata.total_bounds)
    return round(min(max((top - bottom) / (right - left) * WIDTH, 0.35 * WIDTH), 0.9 * WIDTH))


def map_view(out: Path, words: Words) -> MapView | None:
    """View of a run's maps, strata and plots; None where it has no geometry.

    Parameters
    ----------
    out : Path
        Folder of results.
    words : Words
        For the labels that the page opens with.
    """
    layers = ResultsView(out).layers()
    if "strata" not in layers:
        return None
    plot = figure(
        match_aspect=True,
        tools="pan,wheel_zoom,box_zoom,reset",
        active_scroll="wheel_zoom",
        sizing_mode="scale_width",
        width=WIDTH,
        height=_height(layers["strata"]),
        x_axis_label=words("easting, m"),
        y_axis_label=words("northing, m"),
        output_backend="canvas",
    )
    plot.name = "map"
    plot.toolbar.logo = None
    for axis in (plot.xaxis[0], plot.yaxis[0]):
        axis.ticker = BasicTicker(desired_num_ticks=3)
        axis.formatter = NumeralTickFormatter(format="0,0")
    present, thinned = [], False
    for layer in LAYERS:
        path = out / "maps" / f"{layer.name}.tif"
        if path.is_file():
            thinned |= _add_map(plot, path, layer)
            present.append((layer.name, layer.label, layer.shown))
    _add_strata(plot, layers["strata"], words)
    present.append(("strata", "Strata", True))
    plots = last_plots(layers)
    if plots is not None:
        _add_plots(plot, plots, words)
        present.append(("plots", "Plots of the last survey", True))
    return MapView(_numbered(json_item(plot, ID("map"))), tuple(present), thinned)


def _add_map(plot: Any, path: Path, layer: Layer) -> bool:
    values, (left, bottom, right, top), thinned = _read(path)
    low, high = _ends(values, layer)
    colours = LinearColorMapper(palette=layer.palette, low=low, high=high, nan_color="rgba(0,0,0,0)")
    drawn = plot.image(
        image=[values],
        x=left,
        y=bottom,
        dw=right - left,
        dh=top - bottom,
        color_mapper=colours,
        level="image",
    )
    drawn.name, drawn.visible = layer.name, layer.shown
    if not layer.classes:
        bar = ColorBar(color_mapper=colours, title=layer.unit, width=12, visible=layer.shown)
        bar.name = f"{layer.name}-scale"
        plot.add_layout(bar, "right")
    return thinned


def _add_strata(plot: Any, strata: gpd.GeoDataFrame, words: Words) -> None:
    rings = [_rings(shape) for shape in strata.geometry]
    source = ColumnDataSource(
        {
            "xs": [own[0] for own in rings],
            "ys": [own[1] for own in rings],
            "stratum": strata["stratum_id"].astype(str).tolist(),
            "area": strata["area_ha"].astype(float).tolist(),
        }
    )
    drawn = plot.multi_polygons(
        "xs", "ys", source=source, fill_alpha=0.0, hatch_alpha=0.0, line_color="#111111", line_width=1.5
    )
    drawn.name = "strata"
    _add_tip(plot, drawn, words)


def _add_plots(plot: Any, plots: gpd.GeoDataFrame, words: Words) -> None:
    source = ColumnDataSource(
        {
            "x": plots.geometry.x.tolist(),
            "y": plots.geometry.y.tolist(),
            "plot": plots["plot_id"].astype(str).tolist(),
            "agb": plots["agb_t_ha"].astype(float).tolist() if "agb_t_ha" in plots else [np.nan] * len(plots),
        }
    )
    drawn = plot.scatter(
        "x", "y", source=source, size=7, fill_color="white", line_color="#111111", line_width=1.2
    )
    drawn.name = "plots"
    _add_tip(plot, drawn, words)


def _add_tip(plot: Any, drawn: Any, words: Words) -> None:
    name = f"{drawn.name}-tip"
    plot.add_tools(HoverTool(name=name, renderers=[drawn], tooltips=tooltips(words)[name]))


def tooltips(words: Words) -> Mapping[str, list[tuple[str, str]]]:
    """What the pointer shows of strata and plots, in a language."""
    return {
        "strata-tip": [(words("stratum"), "@stratum"), (words("area, ha"), "@area{0,0.0}")],
        "plots-tip": [(words("plot"), "@plot"), (words("Above-ground biomass"), "@agb{0,0.0} t/ha")],
    }


def maps_under_pointer(words: Words) -> Mapping[str, Mapping[str, object]]:
    """How the page tells the value of each map under the pointer, in a language."""
    return {
        layer.name: {
            "label": words(layer.label),
            "unit": layer.unit,
            "classes": {value: class_name(words, own) for value, own in layer.classes.items()},
        }
        for layer in LAYERS
    }


def class_name(words: Words, own: MapClass) -> str:
    """Name of a class of a map in a language."""
    return own.zh if words.language == "zh" else own.en


def _numbered(item: Any) -> str:
    """Item as JSON whose identifiers count from one, whatever the process drew before."""
    text = json.dumps(item, ensure_ascii=False)
    numbers: dict[str, str] = {}

    def renamed(found: re.Match[str]) -> str:
        return numbers.setdefault(found.group(), f'"p{len(numbers) + 1}"')

    return re.sub(r'"p\d+"', renamed, text)

"""Styles by which QGIS shows a layer at once: its colours, labels and the names of its fields.

Styles are QML, which QGIS reads from a GeoPackage's ``layer_styles`` and from a file beside a raster.
Colours are told apart by the colour-blind and in black and white.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from xml.etree import ElementTree as ET

from mrv.charts.canvas import INK
from mrv.charts.ramps import RGB, shades

WRITTEN_FOR = "3.22"
"""Version of QGIS whose QML this is; later ones read it."""

HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"

STYLE_TABLE = "layer_styles"
"""Table of a GeoPackage in which QGIS keeps the styles of its layers; no layer itself."""

MOST_STEPS = 6
"""Steps of a ramp, and classes of a graduated layer, at most."""

Shape = Literal["fill", "marker"]


def round_stops(low: float, high: float, *, least_step: float = 0.0) -> tuple[float, ...]:
    """Round numbers at equal distances that reach from below the lowest value to above the highest."""
    width = max((high - low) / MOST_STEPS, least_step) or 1.0
    power = 10.0 ** math.floor(math.log10(width))
    for step in (power, 2 * power, 5 * power, 10 * power, 20 * power):
        first, last = math.floor(low / step + SLACK), math.ceil(high / step - SLACK)
        if last - first <= MOST_STEPS and step >= least_step:
            break
    return tuple(number * step for number in range(first, max(last, first + 1) + 1))


SLACK = 1e-9
"""Share of a step by which a value may miss a round number and still be it."""


@dataclass(frozen=True)
class Grades:
    """Classes of a number by which features are coloured.

    Attributes
    ----------
    field : str
        Name of the number's column.
    stops : tuple of float
        Ends of the classes, from the lowest; one more than there are classes.
    unit : str
    """

    field: str
    stops: tuple[float, ...]
    unit: str


@dataclass(frozen=True)
class LayerStyle:
    """How a layer of a GeoPackage looks.

    Attributes
    ----------
    shape : {"fill", "marker"}
        Outlines of polygons, or points.
    label : str or None
        Expression of QGIS for the label of a feature.
    field_names : mapping of str to str
        What people read for a column, by its name.
    outline_mm : float
        Width of the line. [mm]
    grades : Grades or None
        None: all features look the same, polygons without a fill.
    """

    shape: Shape
    label: str | None = None
    field_names: Mapping[str, str] = field(default_factory=dict)
    outline_mm: float = 0.5
    grades: Grades | None = None


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _number(value: float) -> str:
    return f"{value:.6g}"


def _document(categories: str, *, labels: bool = False) -> ET.Element:
    return ET.Element(
        "qgis",
        {"version": WRITTEN_FOR, "styleCategories": categories, "labelsEnabled": "1" if labels else "0"},
    )


def _text(root: ET.Element) -> str:
    ET.indent(root)
    return HEAD + ET.tostring(root, encoding="unicode") + "\n"


def _symbol(symbols: ET.Element, name: str, style: LayerStyle, colour: RGB | None) -> None:
    symbol = ET.SubElement(
        symbols, "symbol", {"type": style.shape, "name": name, "alpha": "1", "clip_to_extent": "1"}
    )
    fill = "255,255,255" if colour is None else ",".join(map(str, colour))
    ink = ",".join(str(int(INK[place : place + 2], 16)) for place in (1, 3, 5))
    looks = {
        "color": f"{fill},{255 if style.shape == 'marker' or colour else 0}",
        "outline_color": f"{ink},255",
        "outline_width": str(style.outline_mm),
        "outline_width_unit": "MM",
        "outline_style": "solid",
        "style": "no" if style.shape == "fill" and colour is None else "solid",
    }
    if style.shape == "marker":
        looks |= {"name": "circle", "size": "2.4", "size_unit": "MM"}
    kind = "SimpleMarker" if style.shape == "marker" else "SimpleFill"
    layer = ET.SubElement(symbol, "layer", {"class": kind, "enabled": "1", "pass": "0", "locked": "0"})
    for key, value in looks.items():
        ET.SubElement(layer, "prop", {"k": key, "v": value})


def _renderer(root: ET.Element, style: LayerStyle) -> None:
    if style.grades is None:
        renderer = ET.SubElement(root, "renderer-v2", {"type": "singleSymbol"})
        _symbol(ET.SubElement(renderer, "symbols"), "0", style, None)
        return
    grades = style.grades
    renderer = ET.SubElement(
        root,
        "renderer-v2",
        {"type": "graduatedSymbol", "attr": grades.field, "graduatedMethod": "GraduatedColor"},
    )
    ranges, symbols = ET.SubElement(renderer, "ranges"), ET.SubElement(renderer, "symbols")
    pairs = list(zip(grades.stops[:-1], grades.stops[1:], strict=True))
    for number, ((low, high), colour) in enumerate(zip(pairs, shades(len(pairs)), strict=True)):
        label = f"{_number(low)}–{_number(high)} {grades.unit}"
        ET.SubElement(
            ranges,
            "range",
            {
                "lower": _number(low),
                "upper": _number(high),
                "symbol": str(number),
                "label": label,
                "render": "true",
            },
        )
        _symbol(symbols, str(number), style, colour)


def _labels(root: ET.Element, style: LayerStyle) -> None:
    if style.label is None:
        return
    settings = ET.SubElement(ET.SubElement(root, "labeling", {"type": "simple"}), "settings")
    text = ET.SubElement(
        settings,
        "text-style",
        {
            "fieldName": style.label,
            "isExpression": "1",
            "fontSize": "9",
            "fontSizeUnit": "Point",
            "textColor": "17,17,17,255",
            "multilineHeight": "1",
        },
    )
    ET.SubElement(
        text,
        "text-buffer",
        {"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM", "bufferColor": "255,255,255,255"},
    )
    around_point = {"placement": "6", "dist": "1"}
    over_point = {"placement": "1", "quadOffset": "4"}
    place = around_point if style.shape == "marker" else over_point
    ET.SubElement(settings, "placement", {**place, "priority": "5"})
    ET.SubElement(settings, "rendering", {"obstacle": "1", "drawLabels": "1"})


def layer_qml(style: LayerStyle) -> str:
    """Style of a layer of features."""
    root = _document("Symbology|Labeling|Fields", labels=style.label is not None)
    _renderer(root, style)
    _labels(root, style)
    aliases = ET.SubElement(root, "aliases")
    for number, (column, name) in enumerate(style.field_names.items()):
        ET.SubElement(aliases, "alias", {"field": column, "index": str(number), "name": name})
    return _text(root)


def _raster(kind: str) -> tuple[ET.Element, ET.Element]:
    root = _document("Symbology")
    pipe = ET.SubElement(root, "pipe")
    renderer = ET.SubElement(
        pipe,
        "rasterrenderer",
        {"type": kind, "band": "1", "opacity": "1", "alphaBand": "-1", "nodataColor": ""},
    )
    return root, renderer


def ramp_qml(stops: Sequence[float], unit: str, *, around_zero: bool = False) -> str:
    """Style of a raster of numbers: a ramp between two of them.

    Parameters
    ----------
    stops : sequence of float
        Values that the legend tells, from the lowest; values beyond take the colours of the ends.
    unit : str
        Told beside each number of the legend.
    around_zero : bool, optional
        Whether the ramp has a colour for each side of zero.
    """
    root, renderer = _raster("singlebandpseudocolor")
    low, high = (_number(end) for end in (stops[0], stops[-1]))
    ends = {"classificationMin": low, "classificationMax": high}
    renderer.attrib.update(ends)
    shader = ET.SubElement(
        ET.SubElement(renderer, "rastershader"),
        "colorrampshader",
        {
            "colorRampType": "INTERPOLATED",
            "classificationMode": "2",
            "clip": "0",
            "minimumValue": low,
            "maximumValue": high,
        },
    )
    for stop, colour in zip(stops, shades(len(stops), around_zero=around_zero), strict=True):
        value = _number(stop)
        ET.SubElement(
            shader,
            "item",
            {"value": value, "label": f"{value} {unit}".strip(), "color": _hex(colour), "alpha": "255"},
        )
    return _text(root)


def classes_qml(classes: Mapping[int, tuple[RGB, str]]) -> str:
    """Style of a raster of classes: colour and name of each value."""
    root, renderer = _raster("paletted")
    palette = ET.SubElement(renderer, "colorPalette")
    for value, (colour, name) in classes.items():
        ET.SubElement(
            palette,
            "paletteEntry",
            {"value": str(value), "label": name, "color": _hex(colour), "alpha": "255"},
        )
    return _text(root)

"""How QGIS shows the layers and maps of a run: a style for each, in the GeoPackage and beside the rasters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio

from mrv.charts.qgis_style import Grades, LayerStyle, classes_qml, layer_qml, ramp_qml, round_stops
from mrv.run.map_classes import CLASSES_OF
from mrv.run.outputs import FIXED_DATE

GEOMETRY_COLUMN = "geom"

AROUND_ZERO = frozenset({"sink"})
"""Maps on which zero is the middle of the colours."""

SEEN_PIXELS = 2048
"""Pixels on the longer side of a map up to which all of them count for the ends of its colours."""

SHOWN_QUANTILES = (0.02, 0.98)
"""What of a map's values its colours span; a few extreme pixels would make the rest look alike."""

FIELD_NAMES: Mapping[str, str] = {
    "stratum_id": "stratum 碳层",
    "cluster_id": "cluster 群",
    "plot_id": "plot 样地",
    "parcel_id": "parcel 地块",
    "date": "date 日期",
    "area_ha": "area 面积, ha",
    "counted_ha": "area in strata 碳层内面积, ha",
    "outside_share": "share without a map 无图比例",
    "methodology": "methodology 方法学",
    "conformance": "conformance 符合性",
    "trees": "stems 株数",
    "plots": "plots 样地数",
    "stems_per_ha": "stems per ha 株数/ha",
    "basal_area_m2_ha": "basal area 断面积, m²/ha",
    "agb_t_ha": "AGB 地上生物量, t/ha",
    "bgb_t_ha": "BGB 地下生物量, t/ha",
    "dead_wood_t_ha": "dead wood 枯死木, t/ha",
    "agb_t_c_ha": "AGB carbon 地上碳, t C/ha",
    "bgb_t_c_ha": "BGB carbon 地下碳, t C/ha",
    "total_t_c_ha": "carbon 碳储量, t C/ha",
    "value": "value per hectare 每公顷数值",
    "unit": "unit 单位",
    "total": "total 总量",
    "source": "source 来源",
}
"""What people read for the columns of a layer; others keep their names, which tell their units."""

PREFIXES: Mapping[str, str] = {
    "carbon_t_c_ha_": "carbon 碳储量, t C/ha, ",
    "carbon_sink_t_co2e_ha_yr": "sink 碳汇, t CO₂e/ha/yr",
    "stratum_removals_t_co2e": "net removals 净清除量, t CO₂e",
}
"""The same for columns whose names go on with a date or with what is told of them."""

STANDARD_ERROR = ", standard error 标准误"


def _field_name(column: str) -> str | None:
    if column in FIELD_NAMES:
        return FIELD_NAMES[column]
    for prefix, name in PREFIXES.items():
        if column.startswith(prefix):
            rest = column.removeprefix(prefix)
            return name + (STANDARD_ERROR if rest == "_se" else rest)
    return None


def _field_names(layer: gpd.GeoDataFrame) -> dict[str, str]:
    names = {str(column): _field_name(str(column)) for column in layer.columns}
    return {column: name for column, name in names.items() if name is not None}


def _grades(layer: gpd.GeoDataFrame, column: str, unit: str) -> Grades | None:
    """Classes of equal width from the least to the largest value; None without two of them."""
    if column not in layer:
        return None
    values = layer[column].dropna()
    if values.nunique() < 2:
        return None
    return Grades(column, round_stops(float(values.min()), float(values.max())), unit)


SINK = "carbon_sink_t_co2e_ha_yr"


def _stratum_label(layer: gpd.GeoDataFrame) -> str:
    """Name, area and, where it is known, the sink of a stratum with its standard error from sampling."""
    parts = ['"stratum_id"', "format_number(\"area_ha\", 1) || ' ha'"]
    if SINK in layer:
        error = f"coalesce(' ± ' || format_number(\"{SINK}_se\", 1), '')"
        parts.append(f"format_number(\"{SINK}\", 1) || {error} || ' t CO₂e/ha/yr'")
    return f"array_to_string(array_filter(array({', '.join(parts)}), @element is not null), '\\n')"


def _style(name: str, layer: gpd.GeoDataFrame) -> LayerStyle:
    names = _field_names(layer)
    match name.partition("_")[0]:
        case "plots":
            return LayerStyle("marker", '"plot_id"', names, 0.3, _grades(layer, "agb_t_ha", "t/ha"))
        case "parcels":
            return LayerStyle("fill", '"parcel_id"', names, 0.3, _grades(layer, "value", "t/ha"))
        case "strata":
            return LayerStyle("fill", _stratum_label(layer), names, 0.5)
        case _:
            return LayerStyle("fill", None, names, 0.9)


def layer_styles(layers: Mapping[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    """Rows of the table of styles: one for each layer, by which QGIS shows it; the clock is in none."""
    return pd.DataFrame(
        [
            {
                "f_table_catalog": "",
                "f_table_schema": "",
                "f_table_name": name,
                "f_geometry_column": GEOMETRY_COLUMN,
                "styleName": name,
                "styleQML": layer_qml(_style(name, layer)),
                "styleSLD": "",
                "useAsDefault": True,
                "description": "",
                "owner": "",
                "ui": "",
                "update_time": pd.Timestamp(FIXED_DATE),
            }
            for name, layer in layers.items()
        ]
    )


def map_style(path: Path) -> str | None:
    """Style of a map that was written; None where it holds no value."""
    if path.stem in CLASSES_OF:
        return classes_qml({value: (own.colour, own.name) for value, own in CLASSES_OF[path.stem].items()})
    with rasterio.open(path) as image:
        thinned = max(1, -(-max(image.shape) // SEEN_PIXELS))
        shape = tuple(-(-side // thinned) for side in image.shape)
        values = image.read(1, masked=True, out_shape=shape).compressed().astype("float64")
        unit = image.units[0] or ""
        counts = np.issubdtype(image.dtypes[0], np.integer)
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = (float(end) for end in np.quantile(values, SHOWN_QUANTILES))
    around_zero = path.stem in AROUND_ZERO
    if around_zero:
        high = max(abs(low), abs(high))
        low = -high
    printed = "" if unit == "1" else unit.replace("CO2", "CO₂")
    stops = round_stops(low, high, least_step=1.0 if counts else 0.0)
    return ramp_qml(stops, printed, around_zero=around_zero)


def write_map_styles(folder: Path) -> None:
    """Write a style beside each map of a folder, where QGIS looks for it."""
    for path in sorted(folder.glob("*.tif")):
        style = map_style(path)
        if style is not None:
            path.with_suffix(".qml").write_bytes(style.encode())

"""The files of the demo project: the same world gives the same bytes on every run."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import from_origin

from simulation.imagery import BANDS, PIXEL_M, SCALE, Imagery
from simulation.landscape import Landscape, Ring
from simulation.soil import Section
from simulation.survey import Plot, Record

NAME_ZH = "深圳湾示范调查区（模拟）"
NAME_EN = "Shenzhen Bay demo area (simulated)"
SPECIES_ZH = {
    "Kandelia obovata": "秋茄",
    "Aegiceras corniculatum": "桐花树",
    "Avicennia marina": "白骨壤",
    "Sonneratia apetala": "无瓣海桑",
}
STATUS_ZH = {"live": "活立木", "dead": "枯立木"}


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with line feeds on every system."""
    path.write_bytes(text.encode())


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write an indented document."""
    write_text(path, json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def write_table(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], encoding: str = "utf-8"
) -> None:
    """Write a comma-separated table."""
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _features(path: Path, features: Sequence[tuple[dict[str, Any], Ring]]) -> None:
    """Write a GeoJSON of polygons, one feature to a line."""
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": properties,
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            },
            ensure_ascii=False,
        )
        for properties, ring in features
    ]
    body = ",\n".join(lines)
    write_text(path, f'{{"type": "FeatureCollection", "features": [\n{body}\n]}}\n')


def write_vectors(folder: Path, ground: Landscape) -> None:
    """Write the boundary and the strata."""
    area = {"name_zh": NAME_ZH, "name_en": NAME_EN, "simulated": True}
    _features(folder / "boundary.geojson", [(area, ground.boundary_degrees)])
    strata = [
        (
            {"zone": s.stratum_id, "name_zh": s.name_zh, "name_en": s.name_en, "simulated": True},
            s.ring_degrees,
        )
        for s in ground.strata
    ]
    _features(folder / "strata.geojson", strata)


def write_survey(folder: Path, plots: list[Plot], sheets: tuple[list[Record], list[Record]]) -> None:
    """Write the plots, the first sheet with Chinese column names, the second with English ones."""
    write_table(
        folder / "plots.csv",
        ["plot_id", "zone", "x_m", "y_m"],
        [(p.plot_id, p.stratum_id, f"{p.x_m:.1f}", f"{p.y_m:.1f}") for p in plots],
    )
    write_table(
        folder / "trees_2010.csv",
        ["样地号", "树号", "树种", "胸径_cm", "树高_m", "状态", "腐烂等级"],
        [
            (
                r.plot_id,
                r.tag,
                SPECIES_ZH[r.species],
                f"{r.dbh_cm:.1f}",
                f"{r.height_m:.1f}",
                STATUS_ZH[r.status],
                r.decay_class,
            )
            for r in sheets[0]
        ],
        # With a byte order mark, spreadsheets on a Chinese system show the headers as they are.
        encoding="utf-8-sig",
    )
    write_table(
        folder / "trees_2020.csv",
        ["plot_id", "tree_id", "species", "dbh_cm", "height_m", "status", "decay_class"],
        [
            (r.plot_id, r.tag, r.species, f"{r.dbh_cm:.1f}", f"{r.height_m:.1f}", r.status, r.decay_class)
            for r in sheets[1]
        ],
    )


def write_cores(folder: Path, sections: list[Section]) -> None:
    """Write the soil cores."""
    write_table(
        folder / "soil_cores.csv",
        ["plot_id", "core_id", "top_cm", "bottom_cm", "bulk_density_g_cm3", "organic_carbon_fraction"],
        [
            (
                s.plot_id,
                s.core_id,
                s.top_cm,
                s.bottom_cm,
                f"{s.bulk_density_g_cm3:.3f}",
                f"{s.organic_carbon_fraction:.5f}",
            )
            for s in sections
        ],
    )


def write_imagery(folder: Path, view: Imagery, reference_system: str) -> None:
    """Write the two rasters; nothing in them tells when they were written."""
    profile = {
        "driver": "GTiff",
        "width": view.grid.width,
        "height": view.grid.height,
        "crs": reference_system,
        "transform": from_origin(view.grid.west, view.grid.north, PIXEL_M, PIXEL_M),
        "compress": "deflate",
        "zlevel": 9,
    }
    reflectance = {**profile, "count": len(BANDS), "dtype": "uint16", "nodata": 0, "predictor": 2}
    with rasterio.open(folder / "reflectance_2020.tif", "w", **reflectance) as target:
        target.update_tags(TIFFTAG_IMAGEDESCRIPTION=f"Simulated surface reflectance, 2020-01-01. {NAME_EN}")
        target.write(view.reflectance)
        target.descriptions = BANDS
        target.scales = (SCALE,) * len(BANDS)
    height = {**profile, "count": 1, "dtype": "float32", "nodata": np.nan, "predictor": 3}
    with rasterio.open(folder / "canopy_height_2020.tif", "w", **height) as target:
        target.update_tags(TIFFTAG_IMAGEDESCRIPTION=f"Simulated canopy height, 2020-01-01. {NAME_EN}")
        target.write(view.canopy_height_m, 1)
        target.descriptions = ("canopy_height_m",)
        target.units = ("m",)

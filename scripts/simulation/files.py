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

from simulation.imagery import BANDS, PIXEL_M, Ground
from simulation.landscape import Landscape, Ring
from simulation.scenes import Scene
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
    """Write the boundary, the strata and the parcels."""
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
    parcels = [
        ({"holding": f"SIM-H{number}", "simulated": True}, ring)
        for number, ring in enumerate(ground.parcels_degrees, 1)
    ]
    _features(folder / "parcels.geojson", parcels)


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


def write_cores(path: Path, sections: list[Section]) -> None:
    """Write the soil cores of a date."""
    write_table(
        path,
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


def _profile(ground: Ground, reference_system: str, pixel_m: float) -> dict[str, Any]:
    """What the rasters of a grid have in common."""
    return {
        "driver": "GTiff",
        "crs": reference_system,
        "transform": from_origin(ground.grid.west, ground.grid.north, pixel_m, pixel_m),
        "width": round(ground.grid.width * PIXEL_M / pixel_m),
        "height": round(ground.grid.height * PIXEL_M / pixel_m),
        "compress": "deflate",
        "zlevel": 9,
    }


def write_height(folder: Path, ground: Ground, date: str, reference_system: str) -> None:
    """Write the canopy height of a date; nothing in a raster tells when it was written."""
    profile = _profile(ground, reference_system, PIXEL_M) | {
        "count": 1,
        "dtype": "float32",
        "nodata": np.nan,
        "predictor": 3,
    }
    shape = (ground.grid.height, ground.grid.width)
    with rasterio.open(folder / f"canopy_height_{date[:4]}.tif", "w", **profile) as target:
        target.update_tags(TIFFTAG_IMAGEDESCRIPTION=f"Simulated canopy height, {date}. {NAME_EN}")
        target.write(ground.canopy_height_m.reshape(shape), 1)
        target.descriptions = ("canopy_height_m",)
        target.units = ("m",)


def write_scenes(folder: Path, ground: Ground, scenes: Sequence[Scene], reference_system: str) -> None:
    """Write scenes and their masks."""
    (folder / "scenes").mkdir(exist_ok=True)
    bands = _profile(ground, reference_system, PIXEL_M) | {
        "count": len(BANDS),
        "dtype": "uint16",
        "nodata": 0,
        "predictor": 2,
        "interleave": "band",
    }
    classes = _profile(ground, reference_system, 2 * PIXEL_M) | {"count": 1, "dtype": "uint8", "nodata": 0}
    for scene in scenes:
        day = scene.look.day
        about = f"{day}. {NAME_EN}"
        with rasterio.open(folder / scene_file(scene), "w", **bands) as target:
            target.update_tags(
                TIFFTAG_IMAGEDESCRIPTION=f"Simulated surface reflectance, {about}",
                PROCESSING_BASELINE=scene.baseline,
            )
            target.write(scene.stored)
            target.descriptions = BANDS
        with rasterio.open(folder / mask_file(scene), "w", **classes) as target:
            target.update_tags(TIFFTAG_IMAGEDESCRIPTION=f"Simulated scene classification, {about}")
            target.write(scene.classes, 1)


def scene_file(scene: Scene) -> str:
    """Name of the bands of a scene."""
    return f"scenes/{scene.look.day}.tif"


def mask_file(scene: Scene) -> str:
    """Name of the mask of a scene."""
    return f"scenes/{scene.look.day}_mask.tif"


def write_scene_table(folder: Path, scenes: Sequence[Scene]) -> None:
    """Write the table of scenes; products of before the offset have nothing to say of it."""
    write_table(
        folder / "scenes.csv",
        ["file", "date", "processing_baseline", "offset_applied", "mask_file", "tide_height_m"],
        [
            (
                scene_file(scene),
                scene.look.day,
                scene.baseline,
                "no" if scene.baseline >= "04.00" else "",
                mask_file(scene),
                f"{scene.look.tide_height_m:.2f}",
            )
            for scene in scenes
        ],
    )

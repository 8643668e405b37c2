"""A project of one square of forest with three scenes, a canopy height and a model, made in a moment."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from affine import Affine
from shapely import box

SYSTEM = "EPSG:4547"
WEST, NORTH, SIDE = 500_000.0, 2_490_000.0, 10.0
PIXELS = 40
BANDS = ("blue", "green", "red", "nir", "nir_narrow", "swir1")
SCENES = ("scene_1.tif", "scene_2.tif", "scene_3.tif")
HEIGHT = "height.tif"
BASELINE, OFFSET, SCALE = "05.00", 1000, 10_000
CLEAR, CLOUD = 4, 9

PROJECT = """\
schema: mrv-project/1
project:
  id: small
  name: {zh: 小样区, en: A small forest}
  simulated: true
reference_system: EPSG:4547
strata: {file: strata.geojson}
surveys:
  - date: 2020-01-01
    design: {kind: simple_random}
    plots: {file: plots.csv}
    subplots:
      - {id: whole, radius_m: 7, dbh_min_cm: 5}
    trees:
      - {file: trees.csv}
imagery:
  resolution_m: 10
  optical:
    sensor: sentinel2_l2a
    scenes:
      - {file: scenes.csv}
    mask: scl
    seasons:
      - {date: 2020-01-01, start: 2019-11-01, end: 2020-03-01}
    least_looks: 1
    indices: [ndvi, ndmi, mvi, evi]
  layers:
    - {id: height, kind: canopy_height, file: height.tif, date: 2020-01-01, source: simulated}
biomass:
  agb: {equation: komiyama_2005_agb}
  bgb: {equation: komiyama_2005_bgb}
parameters:
  carbon_fraction_agb: {value: 0.45, source: simulated}
  carbon_fraction_bgb: {value: 0.39, source: simulated}
model:
  predictors: [height, ndvi]
  candidates: [ridge]
  folds: 3
  bootstrap_replicates: 2
uncertainty: {draws: 1000}
seed: 7
"""


def write(path: Path, values: np.ndarray, names: tuple[str, ...], **more: object) -> None:
    """Write bands as a GeoTIFF on the grid that all rasters of the project share."""
    units = more.pop("units", None)
    profile = {
        "driver": "GTiff",
        "count": len(values),
        "height": values.shape[1],
        "width": values.shape[2],
        "dtype": values.dtype,
        "crs": SYSTEM,
        "transform": Affine(SIDE, 0, WEST, 0, -SIDE, NORTH),
    }
    with rasterio.open(path, "w", **(profile | more)) as target:
        target.write(values)
        target.descriptions = names
        if units:
            target.units = (units,) * len(values)


def rewritten(path: Path, change: Callable[[np.ndarray], np.ndarray] = lambda values: values, **more) -> None:
    """Write a raster of the project anew, its numbers or its metadata changed."""
    with rasterio.open(path) as source:
        values, old, names, units = source.read(), source.profile, source.descriptions, source.units
    kept = {key: old[key] for key in ("crs", "transform", "nodata")} | more
    path.unlink()
    write(path, change(values), kept.pop("names", names), units=units[0], **kept)


def _table(path: Path, rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def small_project(folder: Path, plots: int = 16) -> Path:
    """Make the project in a new folder.

    Parameters
    ----------
    folder : Path
    plots : int
        On a square lattice; at most 16.
    """
    folder.mkdir(parents=True)
    draw = np.random.default_rng(5)
    # A margin of five pixels lies around the stratum.
    south = NORTH - SIDE * PIXELS
    square = box(WEST + 50, south + 50, WEST + SIDE * PIXELS - 50, NORTH - 50)
    gpd.GeoDataFrame({"stratum_id": ["forest"]}, geometry=[square], crs=SYSTEM).to_file(
        folder / "strata.geojson"
    )
    coarse = draw.uniform(4, 14, (PIXELS // 4, PIXELS // 4))
    heights = coarse.repeat(4, axis=0).repeat(4, axis=1) + draw.uniform(-1, 1, (PIXELS, PIXELS))
    write(folder / HEIGHT, heights[None].astype(np.float32), ("height",), nodata=np.nan, units="m")
    green = heights / 100
    nothing = np.zeros_like(green)
    bands = (0.03 + nothing, 0.05 + nothing, 0.06 - green / 5, 0.2 + green, 0.2 + green, 0.1 + nothing)
    reflectance = np.stack(bands)
    for scene in SCENES:
        seen = reflectance + draw.normal(0, 0.002, reflectance.shape)
        stored = np.rint(seen * SCALE + OFFSET).astype(np.uint16)
        write(folder / scene, stored, BANDS, nodata=0)
        mask = np.full((1, PIXELS, PIXELS), CLEAR, dtype=np.uint8)
        write(folder / scene.replace(".tif", "_mask.tif"), mask, ("scl",), nodata=0)
    header = ("file", "date", "processing_baseline", "offset_applied", "mask_file")
    rows = [
        (scene, f"2019-12-{10 + number}", BASELINE, "no", scene.replace(".tif", "_mask.tif"))
        for number, scene in enumerate(SCENES)
    ]
    _table(folder / "scenes.csv", [header, *rows])
    places = [(row, column) for row in range(4) for column in range(4)][:plots]
    names = [f"P{number:02d}" for number in range(plots)]
    x = [WEST + 90 + 70 * column for _, column in places]
    y = [NORTH - 90 - 70 * row for row, _ in places]
    _table(
        folder / "plots.csv",
        [
            ("plot_id", "stratum_id", "x", "y"),
            *((name, "forest", east, north) for name, east, north in zip(names, x, y, strict=True)),
        ],
    )
    trees = [("plot_id", "species", "dbh_cm", "status", "pom")]
    for name, east, north in zip(names, x, y, strict=True):
        height = heights[int((NORTH - north) // SIDE), int((east - WEST) // SIDE)]
        for number in range(12):
            diameter = round(1.4 * height + 0.15 * number + float(draw.uniform(0, 2)), 1)
            trees.append((name, "Kandelia obovata", diameter, "live", "breast_height"))
    _table(folder / "trees.csv", trees)
    (folder / "mrv.yaml").write_text(PROJECT, encoding="utf-8")
    return folder

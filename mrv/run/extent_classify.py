"""The job of ``mrv extent classify``: from images and training places to a map of classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.area.classes import ClassAreas, class_areas
from mrv.area.classification import (
    FOLDS,
    NO_CLASS,
    TrainingPixels,
    classify,
    forest_seed,
    grow_forest,
    left_out_agreement,
)
from mrv.errors import InputError
from mrv.findings import Finding
from mrv.inputs.extent_reader import ExtentInputs
from mrv.run.area_files import run_record
from mrv.run.class_raster import write_class_raster
from mrv.run.outputs import RUN_FILE, whole_folder, write_csv, write_json

EXTENT_RESULTS_SCHEMA = "mrv-extent-map/1"
MAP_FILE = "extent.tif"
CLASSIFY = "extent classify"
ROWS_AT_ONCE = 256

Index = NDArray[np.uint8]


@dataclass(frozen=True)
class ExtentMap:
    """A map of classes.

    Attributes
    ----------
    inputs : ExtentInputs
    index : ndarray of uint8, shape of the grid
        Class of each pixel; 255 where a predictor is missing.
    areas : ClassAreas
        Mapped areas of the classes.
    training_pixels : ndarray of int, shape (classes,)
    without_data : int
        Training pixels that lack a predictor and were left out.
    agreement : ndarray of int, or None
        Training pixels by predicted and stated class, each predicted without its polygon; None with too few.
    importance : tuple of float
        Of each predictor, by the mean decrease in impurity. [1]
    """

    inputs: ExtentInputs
    index: Index
    areas: ClassAreas
    training_pixels: NDArray[np.int64]
    without_data: int
    agreement: NDArray[np.int64] | None
    importance: tuple[float, ...]


def _strips(height: int) -> Iterator[slice]:
    """Rows of a grid in strips from north to south."""
    for first in range(0, height, ROWS_AT_ONCE):
        yield slice(first, min(first + ROWS_AT_ONCE, height))


def _training_pixels(inputs: ExtentInputs) -> tuple[TrainingPixels, int]:
    values, classes, features, missing = [], [], [], 0
    for rows in _strips(inputs.grid.height):
        here = inputs.training_class[rows] >= 0
        if not here.any():
            continue
        found = inputs.predictors(rows)[:, here].T
        known = np.isfinite(found).all(axis=1)
        missing += int((~known).sum())
        values.append(found[known])
        classes.append(inputs.training_class[rows][here][known])
        features.append(inputs.training_feature[rows][here][known])
    return TrainingPixels(np.concatenate(values), np.concatenate(classes), np.concatenate(features)), missing


def map_extent(inputs: ExtentInputs) -> ExtentMap:
    """Grow a forest on the training places and class every pixel.

    Raises
    ------
    InputError
        If a class has no training pixel with data.
    """
    declared = inputs.declared
    training, missing = _training_pixels(inputs)
    counts = np.bincount(training.index, minlength=len(declared.classes))
    if not counts.all():
        raise InputError(
            [
                Finding(
                    declared.training.file,
                    "training-missing",
                    "no training place of {found} has data in every predictor; every class needs some",
                    {"found": name},
                )
                for name, count in zip(declared.classes, counts, strict=True)
                if count == 0
            ]
        )
    seeds = [forest_seed(declared.seed, declared.id, part) for part in range(FOLDS + 1)]
    forest = grow_forest(training, declared.trees, seeds[0])
    index = np.full(inputs.grid.shape, NO_CLASS, dtype=np.uint8)
    for rows in _strips(inputs.grid.height):
        index[rows] = classify(forest, inputs.predictors(rows))
    return ExtentMap(
        inputs,
        index,
        class_areas(index, inputs.grid, len(declared.classes)),
        counts.astype(np.int64),
        missing,
        left_out_agreement(training, len(declared.classes), declared.trees, seeds[1:]),
        tuple(float(value) for value in forest.feature_importances_),
    )


def extent_record(found: ExtentMap) -> dict[str, object]:
    """Map as plain data."""
    declared = found.inputs.declared
    names = declared.classes
    agreement = found.agreement
    return {
        "schema": EXTENT_RESULTS_SCHEMA,
        "id": declared.id,
        "simulated": declared.simulated,
        "date": declared.date,
        "codes": {str(number): name for number, name in enumerate(names, start=1)},
        "mapped": {
            name: {"area_ha": float(found.areas.area_ha[n]), "pixels": int(found.areas.pixels[n])}
            for n, name in enumerate(names)
        },
        "pixels_without_class": int((found.index == NO_CLASS).sum()),
        "predictors": dict(zip(declared.predictors, found.importance, strict=True)),
        "training_pixels": dict(zip(names, found.training_pixels.tolist(), strict=True)),
        "training_pixels_without_data": found.without_data,
        "left_out_training_pixels_by_predicted_and_stated_class": None
        if agreement is None
        else {row: dict(zip(names, agreement[i].tolist(), strict=True)) for i, row in enumerate(names)},
        "left_out_training_agreement": None
        if agreement is None
        else float(agreement.trace() / agreement.sum()),
    }


def extent_map_keys(found: ExtentMap, folder: str) -> list[str]:
    """Keys of an area declaration that read the map."""
    names = found.inputs.declared.classes
    codes = ", ".join(f"{number}: {name}" for number, name in enumerate(names, start=1))
    return [
        f"classes: [{', '.join(names)}]",
        "map:",
        f"  file: {folder}/{MAP_FILE}",
        f"  codes: {{{codes}}}",
        "  missing: outside",
    ]


def write_extent(found: ExtentMap, out: Path) -> None:
    """Write a map of classes with its table into a folder, whole or not at all."""
    declared = found.inputs.declared
    with whole_folder(out, CLASSIFY) as folder:
        write_class_raster(folder / MAP_FILE, found.index, found.inputs.grid, declared.classes)
        table = pd.DataFrame(
            {
                "class": declared.classes,
                "code": range(1, len(declared.classes) + 1),
                "mapped_ha": found.areas.area_ha,
                "pixels": found.areas.pixels,
                "training_pixels": found.training_pixels,
            }
        )
        write_csv(folder / "classes.csv", table)
        write_json(folder / "extent.json", extent_record(found))
        write_json(folder / RUN_FILE, run_record(CLASSIFY, found.inputs.files, declared.seed, folder))

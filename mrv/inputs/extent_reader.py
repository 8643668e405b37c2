"""Images and training places of a map of classes, read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.features import rasterize

from mrv.errors import InputError
from mrv.findings import Finding, in_order, raise_errors
from mrv.imagery.warp import Floats
from mrv.inputs.cells import check_file, layer_names, one_of
from mrv.inputs.extent_declaration import EXTENT_FILE, ExtentDeclaration
from mrv.inputs.extent_sources import (
    Images,
    PredictorSource,
    ProjectImagery,
    open_images,
    open_project,
)
from mrv.inputs.geometry import feature_place
from mrv.provenance import hashes_of_files
from mrv.yaml_file import parse_yaml, suggestion, validate_yaml

Whole = NDArray[np.int64]
SHAPES = frozenset({"Polygon", "MultiPolygon", "Point"})
NOWHERE = -1


@dataclass(frozen=True)
class ExtentInputs:
    """What a map of classes is made from.

    Attributes
    ----------
    declared : ExtentDeclaration
    file : Path
    source : PredictorSource
        What the predictors come from, and the grid of the map.
    training_class, training_feature : ndarray of int, shape of the grid
        Class and feature of each training pixel; -1 elsewhere.
    files : mapping of str to str
        SHA-256 by name as written.
    """

    declared: ExtentDeclaration
    file: Path
    source: PredictorSource
    training_class: Whole
    training_feature: Whole
    files: Mapping[str, str]

    @property
    def grid(self) -> GeoBox:
        """Grid of the map."""
        return self.source.grid

    def predictors(self, rows: slice) -> Floats:
        """Predictors in some rows of the grid, shape (predictors, rows, columns); NaN without data."""
        return self.source.rows(self.declared.predictors, rows)


def _read_layer(declared: ExtentDeclaration, folder: Path) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    training = declared.training
    path = folder / training.file
    try:
        check_file(path, training.file)
        name = one_of(training.layer, layer_names(path, training.file), training.file, "layer")
    except InputError as error:
        return None, list(error.findings)
    layer = pyogrio.read_dataframe(path, layer=name)
    if not isinstance(layer, gpd.GeoDataFrame) or layer.empty:
        return None, [Finding(training.file, "geometry-empty", "holds no polygons or points")]
    if layer.crs is None:
        return None, [
            Finding(training.file, "crs-missing", "has no coordinate system; write it into the file (.prj)")
        ]
    if training.class_column not in layer.columns:
        names = [str(column) for column in layer.columns if column != layer.geometry.name]
        return None, [
            Finding(
                training.file,
                "column-missing",
                "{file} has no column {column!r}; it has {header}",
                {"file": training.file, "column": training.class_column, "header": ", ".join(names)},
            )
        ]
    return layer, list(_feature_findings(layer, declared))


def _feature_findings(layer: gpd.GeoDataFrame, declared: ExtentDeclaration) -> Iterator[Finding]:
    for number, (shape, name) in enumerate(
        zip(layer.geometry, layer[declared.training.class_column], strict=True)
    ):
        place = feature_place(declared.training.file, number)
        if shape is None or shape.is_empty:
            yield Finding(place, "geometry-empty", "has no geometry; a polygon or point was expected")
        elif shape.geom_type not in SHAPES:
            yield Finding(
                place,
                "geometry-kind",
                "is a {found}; a polygon or point was expected",
                {"found": shape.geom_type},
            )
        if str(name) not in declared.classes:
            near = suggestion(str(name), declared.classes)
            yield Finding(
                place,
                "class-unknown",
                "{found!r} is not one of {allowed}; did you mean {near!r}?{rows}"
                if near
                else "{found!r} is not one of {allowed}{rows}",
                {"found": str(name), "near": near, "allowed": ", ".join(declared.classes), "rows": ""},
            )


def _burnt(layer: gpd.GeoDataFrame, numbers: list[int], grid: GeoBox) -> Whole:
    """Number of the feature of each pixel, by the centre of the pixel; a point takes the pixel it lies in."""
    burnt = np.full(grid.shape, NOWHERE, dtype=np.int32)
    pairs = [(layer.geometry.iloc[number], number) for number in numbers]
    if pairs:
        rasterize(pairs, out=burnt, transform=grid.affine)
    return burnt.astype(np.int64)


def _training(
    layer: gpd.GeoDataFrame, declared: ExtentDeclaration, grid: GeoBox
) -> tuple[Whole, Whole, list[Finding]]:
    """Class and feature of each training pixel."""
    placed = layer.to_crs(str(grid.crs))
    words = layer[declared.training.class_column].astype("str").to_list()
    index = np.full(grid.shape, NOWHERE, dtype=np.int64)
    feature = np.full(grid.shape, NOWHERE, dtype=np.int64)
    findings = []
    for number, name in enumerate(declared.classes):
        burnt = _burnt(placed, [place for place, word in enumerate(words) if word == name], grid)
        here = burnt != NOWHERE
        shared = here & (index != NOWHERE)
        if shared.any():
            other = declared.classes[int(index[shared][0])]
            findings.append(
                Finding(
                    declared.training.file,
                    "training-overlap",
                    "{count} pixels are training places of {first} and of {second}; each can be of one class",
                    {"count": int(shared.sum()), "first": other, "second": name},
                )
            )
        if not here.any():
            findings.append(
                Finding(
                    declared.training.file,
                    "training-missing",
                    "no pixel of the image is a training place of {found}; every class needs some",
                    {"found": name},
                )
            )
        index[here], feature[here] = number, burnt[here]
    return index, feature, findings


def read_extent(path: Path) -> ExtentInputs:
    """A declared map of classes with its images and training places.

    Parameters
    ----------
    path : Path
        The declaration, or a folder that holds ``extent.yaml``.

    Raises
    ------
    InputError
        With every finding.
    """
    file = path / EXTENT_FILE if path.is_dir() else path
    if not file.is_file():
        raise InputError(
            [
                Finding(
                    str(path),
                    "extent-file-missing",
                    "no declaration of a map here; {name} or a folder that holds it was expected",
                    {"name": EXTENT_FILE},
                )
            ]
        )
    data, positions = parse_yaml(file)
    declared = validate_yaml(data, positions, ExtentDeclaration)
    folder = file.parent
    source: Images | ProjectImagery | None
    if bool(declared.images) == (declared.project is not None):
        raise InputError(
            [Finding(positions.where(), "imagery-missing", "exactly one of images and project is required")]
        )
    opened = open_images if declared.images else open_project
    source, findings = opened(declared, folder, positions.where)
    layer, more = _read_layer(declared, folder)
    raise_errors(in_order([*findings, *more]))
    assert layer is not None
    assert source is not None
    index, feature, findings = _training(layer, declared, source.grid)
    raise_errors(in_order(findings))
    own = hashes_of_files(folder, (file.name, declared.training.file))
    return ExtentInputs(declared, file, source, index, feature, {**own, **source.files})

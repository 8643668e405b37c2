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
from mrv.imagery.calibration import Calibration, file_calibration, physical_reader
from mrv.imagery.indices import INDICES, bands_needed, index_values
from mrv.imagery.raster import Raster, open_geotiff
from mrv.imagery.warp import Floats, block_on
from mrv.inputs.cells import check_file, layer_names, one_of
from mrv.inputs.extent_declaration import EXTENT_FILE, ExtentDeclaration, Image
from mrv.inputs.geometry import feature_place
from mrv.inputs.tables import Where
from mrv.provenance import sha256_of_file
from mrv.yaml_file import parse_yaml, suggestion, validate_yaml

Whole = NDArray[np.int64]
SHAPES = frozenset({"Polygon", "MultiPolygon", "Point"})
NOWHERE = -1


@dataclass(frozen=True)
class OpenImage:
    """A raster with the bands that are taken from it."""

    raster: Raster
    bands: Mapping[str, tuple[int, Calibration]]


@dataclass(frozen=True)
class ExtentInputs:
    """What a map of classes is made from.

    Attributes
    ----------
    declared : ExtentDeclaration
    file : Path
    images : tuple of OpenImage
    grid : GeoBox
        Of the first image.
    training_class, training_feature : ndarray of int, shape of the grid
        Class and feature of each training pixel; -1 elsewhere.
    files : mapping of str to str
        SHA-256 by name as written.
    """

    declared: ExtentDeclaration
    file: Path
    images: tuple[OpenImage, ...]
    grid: GeoBox
    training_class: Whole
    training_feature: Whole
    files: Mapping[str, str]

    def predictors(self, block: GeoBox) -> Floats:
        """Predictors of a block of the grid, shape (predictors, rows, columns); NaN without data."""
        bands: dict[str, Floats] = {}
        for image in self.images:
            read = physical_reader(image.raster, list(image.bands.values()))
            values = block_on(read, image.raster.grid, block, "continuous", "bilinear")
            bands |= dict(zip(image.bands, values, strict=True))
        named = [
            bands[name] if name in bands else index_values(name, bands) for name in self.declared.predictors
        ]
        return np.stack(named).astype(np.float32)


def _calibration(image: Image, raster: Raster, number: int) -> Calibration:
    own = file_calibration(raster.bands[number], image.missing)
    scale = own.scale if image.scale is None else image.scale
    offset = own.offset if image.offset is None else image.offset
    return Calibration(scale, offset, own.missing)


def _open(image: Image, folder: Path, place: str) -> tuple[OpenImage | None, list[Finding]]:
    path = folder / image.file
    try:
        check_file(path, image.file)
    except InputError as error:
        return None, list(error.findings)
    raster, findings = open_geotiff(path, image.file, folder)
    if raster is None:
        return None, findings
    for role, number in image.bands.items():
        if number > len(raster.bands):
            findings.append(
                Finding(
                    f"{place}.bands.{role}",
                    "band-unknown",
                    "{file} has {count} bands; there is no band {found}",
                    {"file": image.file, "count": len(raster.bands), "found": number},
                )
            )
    if findings:
        return None, findings
    bands = {
        role: (number - 1, _calibration(image, raster, number - 1)) for role, number in image.bands.items()
    }
    return OpenImage(raster, bands), []


def _predictor_findings(declared: ExtentDeclaration, where: Where) -> Iterator[Finding]:
    roles = [role for image in declared.images for role in image.bands]
    for role in sorted({role for role in roles if roles.count(role) > 1}):
        yield Finding(
            where("images"),
            "band-duplicate",
            "{found!r} stands {count} times",
            {"found": role, "count": roles.count(role)},
        )
    for number, name in enumerate(declared.predictors):
        place = where("predictors", number)
        if name in roles:
            continue
        if name not in INDICES:
            near = suggestion(name, [*roles, *INDICES])
            yield Finding(
                place,
                "predictor-unknown",
                "{found!r} is no band and no index; did you mean {near!r}?"
                if near
                else "{found!r} is no band and no index; there are {allowed}",
                {"found": name, "near": near, "allowed": ", ".join([*roles, *INDICES])},
            )
            continue
        absent = [band for band in bands_needed(name) if band not in roles]
        if absent:
            yield Finding(
                place,
                "predictor-unknown",
                "{found} needs the bands {absent}, which no image has",
                {"found": name, "absent": ", ".join(absent)},
            )


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
    findings = list(_predictor_findings(declared, positions.where))
    images = []
    for number, image in enumerate(declared.images):
        found, more = _open(image, folder, positions.where("images", number))
        findings += more
        if found is not None:
            images.append(found)
    layer, more = _read_layer(declared, folder)
    findings += more
    raise_errors(in_order(findings))
    assert layer is not None
    grid = images[0].raster.grid
    index, feature, findings = _training(layer, declared, grid)
    raise_errors(in_order(findings))
    names = [file.name, declared.training.file, *(image.file for image in declared.images)]
    hashes = {name: sha256_of_file(folder / name) for name in names}
    return ExtentInputs(declared, file, tuple(images), grid, index, feature, hashes)

"""The file that declares a map of classes: images, training places, and what is made of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mrv.inputs.area_declaration import ClassName
from mrv.inputs.sampling import Day
from mrv.inputs.table_source import Document, Layer, Sentence
from mrv.yaml_file import SLUG_PATTERN

EXTENT_SCHEMA = "mrv-extent/1"
EXTENT_FILE = "extent.yaml"

BandName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Image(Document):
    """A raster and what its bands are."""

    file: Sentence = Field(description="GeoTIFF, relative to this file.")
    bands: dict[BandName, Annotated[int, Field(ge=1)]] = Field(
        min_length=1, description="Role of a band (green, red, nir, swir1, height, ...): its number, from 1."
    )
    scale: float | None = Field(
        None, description="Physical value over stored number; that of the file if left out."
    )
    offset: float | None = Field(None, description="Added after the scale; that of the file if left out.")
    missing: tuple[float, ...] = Field(
        (), description="Stored numbers that mean no data, besides the one that the file names."
    )


class TrainingLayer(Layer):
    """Polygons or points whose class is known."""

    class_column: Sentence = Field(description="Column that holds the class.")


class ExtentDeclaration(Document):
    """A map of classes from images and training places."""

    schema_: Literal["mrv-extent/1"] = Field(alias="schema", description="Version of this file format.")
    id: str = Field(pattern=SLUG_PATTERN, description="Short name: a-z, 0-9 and hyphens.")
    simulated: bool = Field(False, description="True if the data are simulated; every result then says so.")
    date: Day = Field(description="Day that the map stands for, YYYY-MM-DD.")
    classes: Annotated[tuple[ClassName, ...], Field(min_length=2)] = Field(
        description="Classes of the map; their codes are 1, 2, ... in this order."
    )
    images: tuple[Image, ...] = Field(
        (), description="Rasters; the grid of the first is that of the map, the others are brought onto it."
    )
    project: Sentence | None = Field(
        None, description="Instead of images: project file whose imagery gives the predictors of the date."
    )
    predictors: Annotated[tuple[BandName, ...], Field(min_length=1)] = Field(
        description="What the classes are told by: roles of bands and indices such as ndvi and mndwi, or "
        "predictors of the project's imagery."
    )
    training: TrainingLayer = Field(description="Places whose class is known.")
    trees: int = Field(200, ge=50, le=2000, description="Trees of the forest.")
    seed: int = Field(ge=0, description="Seed of the random numbers.")


def extent_json_schema() -> dict[str, Any]:
    """JSON Schema of the declaration, for editors to complete and check against."""
    schema = ExtentDeclaration.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": EXTENT_SCHEMA}

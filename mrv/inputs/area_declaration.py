"""The file that declares an area estimate: a map, a reference sample, and what is wanted of them.

The classes are its schema; their descriptions are what an editor shows while the file is written.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from mrv.inputs.sampling import Day
from mrv.inputs.table_source import Document, Layer, Sentence, TableSource, Word
from mrv.yaml_file import SLUG_PATTERN

AREA_SCHEMA = "mrv-area/1"
AREA_FILE = "area.yaml"

ReferenceDesign = Literal["stratified_random", "simple_random", "purposive"]

ClassName = Annotated[Word, Field(min_length=1, pattern=r"\S")]
Between0And1 = Annotated[float, Field(gt=0, lt=1)]


class RasterMap(Document):
    """A map as a raster of codes."""

    file: Sentence = Field(description="GeoTIFF, relative to this file.")
    codes: dict[str, ClassName] = Field(min_length=1, description="Value of a pixel: its class.")
    missing: ClassName | None = Field(
        None,
        description="What pixels without data are: the word outside, or one of the classes. Required if "
        "there are any.",
    )


class PolygonMap(Layer):
    """A map as polygons that do not overlap."""

    class_column: Sentence = Field(description="Column that holds the class.")


class TableMap(Document):
    """Mapped areas as a table."""

    table: TableSource = Field(
        description="Table with stratum_id and area_ha or pixels; map_class where strata are no classes."
    )
    pixel_area_m2: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Area of a pixel, where the table has pixels and no area_ha. [m2]"
    )


class MappedArea(Document):
    """Mapped area of one stratum."""

    stratum_id: ClassName = Field(description="Id of the stratum; a class of the map if it is one.")
    map_class: ClassName | None = Field(None, description="Class of the map, where the stratum is none.")
    area_ha: Annotated[float, Field(gt=0)] = Field(description="Mapped area. [ha]")


class MappedAreas(Document):
    """Mapped areas as a short list."""

    areas: Annotated[tuple[MappedArea, ...], Field(min_length=1)] = Field(description="The strata.")
    source: Sentence = Field(description="Where the areas are from.")


def _kind_of_map(value: Any) -> str:
    kinds = [kind for kind in ("table", "areas", "codes") if isinstance(value, dict) and kind in value]
    return f"({kinds[0]})" if kinds else "(polygons)"


MapSource = Annotated[
    Annotated[RasterMap, Tag("(codes)")]
    | Annotated[PolygonMap, Tag("(polygons)")]
    | Annotated[TableMap, Tag("(table)")]
    | Annotated[MappedAreas, Tag("(areas)")],
    Discriminator(_kind_of_map),
]


class Reference(Document):
    """The reference sample, and how it was drawn."""

    design: ReferenceDesign = Field(
        description="How the units were chosen: at random within the strata, at random over the whole map, "
        "or by somebody's choice (purposive), from which no area follows."
    )
    points: TableSource = Field(
        description="Table of units: point_id, stratum_id or map_class, and reference_class unless labels "
        "has it. A column count stands for so many equal units."
    )
    labels: TableSource | None = Field(
        None, description="Table that was filled in by the interpreter: point_id, reference_class."
    )
    finite_population: bool = Field(
        False,
        description="Whether to count that units were drawn without replacement from the pixels of each "
        "stratum; needs pixels in the table of areas.",
    )
    note: Sentence | None = Field(None, description="How it was drawn and labelled, in words.")


class MangroveChange(Document):
    """Which classes were mangrove at each of two dates."""

    dates: tuple[Day, Day] = Field(description="The two dates, YYYY-MM-DD, the earlier first.")
    mangrove_at_start: Annotated[tuple[ClassName, ...], Field(min_length=1)] = Field(
        description="Classes that were mangrove at the first date."
    )
    mangrove_at_end: Annotated[tuple[ClassName, ...], Field(min_length=1)] = Field(
        description="Classes that were mangrove at the second date."
    )


class EdgeStratum(Document):
    """A stratum of its own along the edge of mapped classes, where errors of omission gather."""

    stratum_id: ClassName = Field(description="Id of the stratum.")
    of: ClassName = Field(description="Class that it is taken from.")
    around: Annotated[tuple[ClassName, ...], Field(min_length=1)] = Field(
        description="Classes that it lies around."
    )
    width_m: Annotated[float, Field(gt=0)] = Field(description="How far it reaches. [m]")


class SampleDesign(Document):
    """What a reference sample is to reach."""

    units: Annotated[int, Field(ge=4)] | None = Field(None, description="Units in all.")
    standard_error: Between0And1 | None = Field(
        None, description="Instead of units: wanted standard error of the overall accuracy. [1]"
    )
    users_accuracy: dict[str, Between0And1] = Field(
        default_factory=dict,
        description="Stratum: share of it that is expected to be of its class. With standard_error. [1]",
    )
    rare_units: int = Field(75, ge=50, le=100, description="Units of a stratum that is given few by area.")
    edges: tuple[EdgeStratum, ...] = Field((), description="Strata along edges. Raster maps only.")


class AreaDeclaration(Document):
    """An area estimate: its map, its reference sample, and what is wanted of them."""

    schema_: Literal["mrv-area/1"] = Field(alias="schema", description="Version of this file format.")
    id: str = Field(pattern=SLUG_PATTERN, description="Short name: a-z, 0-9 and hyphens.")
    simulated: bool = Field(False, description="True if the data are simulated; every result then says so.")
    classes: Annotated[tuple[ClassName, ...], Field(min_length=2)] = Field(
        description="Classes of map and reference, in the order of the tables."
    )
    map: MapSource | None = Field(None, description="The map; required unless the sample is purposive.")
    reference: Reference | None = Field(None, description="The reference sample, once it is labelled.")
    design: SampleDesign | None = Field(None, description="What mrv area design is to draw.")
    change: MangroveChange | None = Field(None, description="Dates and classes of a change map.")
    confidence_level: float = Field(0.95, gt=0, lt=1, description="Level of the two-sided intervals.")
    interval: Literal["z", "t"] = Field(
        "z", description="Quantile of the intervals: normal, or Student's t with Satterthwaite's degrees."
    )
    seed: int = Field(ge=0, description="Seed of the random numbers.")


def area_json_schema() -> dict[str, Any]:
    """JSON Schema of the declaration, for editors to complete and check against."""
    schema = AreaDeclaration.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": AREA_SCHEMA}

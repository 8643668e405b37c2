"""What the project file tells quality control: species of the site, ground without mangrove, events."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from mrv.inputs.columns import TREE_COLUMNS, Columns
from mrv.inputs.sampling import Day
from mrv.inputs.table_source import Document, Layer, Sentence, TableSource, Word

SPECIES_COLUMNS: Columns = {"species": TREE_COLUMNS["species"]}

EventKind = Literal["storm", "cutting", "fire", "frost", "dieback", "pollution", "other"]


class SiteSpecies(Document):
    """Species that are known to grow at the site; a stem of another one is suspect."""

    names: tuple[Sentence, ...] | None = Field(
        None, min_length=1, description="Species, by any name that trees may have. Either this or table."
    )
    table: TableSource | None = Field(None, description="Table with a column species. Either this or names.")
    source: Sentence = Field(description="Who made the list, and when.")


class BareRaster(Document):
    """Ground without mangrove, as a raster of codes."""

    file: Sentence = Field(description="GeoTIFF, VRT, netCDF or Zarr, relative to the project file.")
    codes: dict[str, Word] = Field(
        min_length=1, description="Value of a pixel: what is there, such as water; other values do not count."
    )
    source: Sentence = Field(description="Where the map is from, and of when it is.")


class BarePolygons(Layer):
    """Ground without mangrove, as polygons."""

    ground: Word | None = Field(
        None,
        min_length=1,
        description="What all polygons are, such as building. Either this or class_column.",
    )
    class_column: Sentence | None = Field(None, description="Column that says what each polygon is.")
    codes: dict[str, Word] = Field(
        default_factory=dict,
        description="Text in the column: what is there, such as water; other texts do not count.",
    )
    source: Sentence = Field(description="Where the layer is from, and of when it is.")


def _kind_of_ground(value: Any) -> str:
    polygons = isinstance(value, dict) and bool({"ground", "class_column", "layer"} & value.keys())
    return "(polygons)" if polygons else "(raster)"


BareGround = Annotated[
    Annotated[BareRaster, Tag("(raster)")] | Annotated[BarePolygons, Tag("(polygons)")],
    Discriminator(_kind_of_ground),
]


class Event(Document):
    """Something that changed the stand in a day or a season."""

    date: Day = Field(description="Day it happened, or began, YYYY-MM-DD.")
    kind: EventKind = Field(description="What it was.")
    area: Layer | None = Field(
        None, description="Polygons of the ground that it touched; left out, all plots count as touched."
    )
    source: Sentence = Field(description="How it is known: a record, an image, a person.")


class Quality(Document):
    """What is known of the site beside the surveys; quality control holds plots and trees against it."""

    species: SiteSpecies | None = Field(None, description="Species of the site.")
    not_mangrove: tuple[BareGround, ...] = Field(
        (), description="Maps of water, buildings and other ground on which no plot can lie."
    )
    events: tuple[Event, ...] = Field(
        (), description="Storms, cutting and the like: what was measured before and seen after is no pair."
    )

    @property
    def areas_of_events(self) -> tuple[Layer, ...]:
        """Layers of the ground that events touched."""
        return tuple(event.area for event in self.events if event.area is not None)

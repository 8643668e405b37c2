"""The file that declares what two maps of classes hold in carbon, and what a change of class releases."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mrv.inputs.area_declaration import ClassName
from mrv.inputs.project import StatedWaiver
from mrv.inputs.sampling import Day, NotNegative, Positive
from mrv.inputs.table_source import Document, Sentence
from mrv.yaml_file import SLUG_PATTERN

CARBON_SCHEMA = "mrv-carbon/1"
CARBON_FILE = "carbon.yaml"

Pool = Literal["biomass", "soil", "dead_wood", "litter"]
DeadMatterClimate = Literal[
    "tropical_dry", "tropical_moist", "tropical_wet", "tropical_high", "temperate_boreal"
]


class DatedMap(Document):
    """A raster of classes and the day it stands for."""

    file: Sentence = Field(description="GeoTIFF, relative to this file.")
    date: Day = Field(description="Day that the map stands for, YYYY-MM-DD.")


class PoolOfClass(Document):
    """Carbon of one pool of a class."""

    stock_t_c_ha: NotNegative = Field(description="Carbon at the date of the first map. [t C/ha]")
    gain_t_c_ha_yr: float = Field(description="Yearly gain; negative for a loss. [t C/ha/yr]")


class DefaultDeadMatter(Document):
    """Dead wood and litter by the default shares of the methodology; neither gains."""

    tree_biomass_t_dm_ha: Positive = Field(description="Dry biomass of the trees. [t d.m./ha]")
    climate: DeadMatterClimate = Field(description="Climate by which the shares are chosen.")


class ClassCarbon(Document):
    """What a class holds: every pool that counts, or a statement that it holds no carbon."""

    holds_no_carbon: bool = Field(False, description="True for a class that holds and gains nothing.")
    pools: dict[Pool, PoolOfClass] = Field(default_factory=dict, description="Carbon by pool.")
    default_dead_matter: DefaultDeadMatter | None = Field(
        None, description="In place of dead_wood and litter among the pools: their default shares of biomass."
    )
    source: Sentence = Field(description="Where the numbers, or the statement, are from.")


class Disturbance(Document):
    """What a change of class does to a pool."""

    disturbed_share: Annotated[float, Field(ge=0, le=1)] = Field(
        description="Share of the carbon that the change disturbs. [1]"
    )
    half_life_years: NotNegative = Field(
        description="Years in which half of what is disturbed leaves; 0 where all leaves at once. [yr]"
    )


class ClassChange(Document):
    """A change of class and what it releases."""

    before: ClassName = Field(description="Class of the first map.")
    after: ClassName = Field(description="Class of the second map.")
    pools: dict[Pool, Disturbance] = Field(
        description="Disturbance of every pool that the first class holds."
    )
    source: Sentence = Field(description="Where the shares and half-lives are from.")


class CarbonDeclaration(Document):
    """Two maps of classes, and the carbon of the classes."""

    schema_: Literal["mrv-carbon/1"] = Field(alias="schema", description="Version of this file format.")
    id: str = Field(pattern=SLUG_PATTERN, description="Short name: a-z, 0-9 and hyphens.")
    simulated: bool = Field(False, description="True if the data are simulated; every result then says so.")
    before: DatedMap = Field(description="The first map.")
    after: DatedMap = Field(description="The second map, at whose date the classes change.")
    until: Day = Field(description="Day up to which releases and gains are followed, YYYY-MM-DD.")
    codes: dict[str, ClassName] = Field(min_length=1, description="Value of a pixel: its class.")
    missing: ClassName | None = Field(
        None,
        description="What pixels without data are: the word outside, or one of the classes. Required if "
        "there are any.",
    )
    classes: dict[ClassName, ClassCarbon] = Field(min_length=1, description="Carbon of each class.")
    changes: tuple[ClassChange, ...] = Field(
        (), description="Every change on the maps whose first class holds carbon."
    )
    waivers: tuple[StatedWaiver, ...] = Field((), description="Rules that are waived, each in words.")


def carbon_json_schema() -> dict[str, Any]:
    """JSON Schema of the declaration, for editors to complete and check against."""
    schema = CarbonDeclaration.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": CARBON_SCHEMA}

"""The project file ``mrv.yaml``: everything that a person decides, in one place.

The classes are its schema; their descriptions are what an editor shows while the file is written.
What must agree between keys is checked in :mod:`mrv.inputs.project_checks`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from mrv.findings import Waiver
from mrv.inputs.accounting_declaration import (
    Baseline,
    ConditionAnswer,
    DeadMatterInSink,
    DeadPool,
    Leakage,
    ProjectEmissions,
    SoilInSink,
)
from mrv.inputs.imagery_declaration import Imagery
from mrv.inputs.map_declaration import AgbMap
from mrv.inputs.model_declaration import BiomassModel
from mrv.inputs.parcel_declaration import ParcelLayer
from mrv.inputs.quality_declaration import Quality
from mrv.inputs.sampled_declaration import SampledLayer
from mrv.inputs.sampling import Day, NotNegative, SurveyDeclaration
from mrv.inputs.soil_balance import SoilBalance
from mrv.inputs.soil_declaration import SoilRates
from mrv.inputs.stated_values import StatedShare
from mrv.inputs.table_source import Document, Layer, Sentence, TableSource, Word, Words
from mrv.inputs.uncertainty import Uncertainty
from mrv.yaml_file import SLUG_PATTERN

Share = Annotated[float, Field(ge=0, le=1)]
Rule = Annotated[str, Field(pattern=SLUG_PATTERN)]


class ProjectIdentity(Document):
    """What the project is called."""

    id: str = Field(pattern=SLUG_PATTERN, description="Short name: a-z, 0-9 and hyphens.")
    name: Words = Field(description="Name of the project in Chinese and English.")
    simulated: bool = Field(False, description="True if the data are simulated; every result then says so.")
    description: Words | None = Field(None, description="What the project protects, in a sentence or two.")


class Period(Document):
    """A span of days."""

    start: Day = Field(description="First day, YYYY-MM-DD.")
    end: Day = Field(description="Day after the last one, YYYY-MM-DD.")


class OtherProject(Layer):
    """Boundary of another registered project."""

    name: Sentence = Field(description="Name and number in its registry.")


class StratumColumns(Document):
    """Columns of a file of strata."""

    stratum_id: Sentence = Field("stratum_id", description="Column that holds the id of the stratum.")


class AdjustedAreas(Document):
    """Areas of strata from the results of mrv area estimate, with their covariance."""

    file: Sentence = Field(description="area.json of mrv area estimate, relative to the project file.")
    classes: dict[str, Annotated[tuple[Word, ...], Field(min_length=1)]] = Field(
        min_length=1, description="Stratum: classes of the map that make it up."
    )


class StrataLayer(Layer):
    """Strata as polygons, one feature each; their areas are computed on the ellipsoid."""

    columns: StratumColumns = Field(default_factory=StratumColumns, description="Which column is the id.")
    adjusted: AdjustedAreas | None = Field(
        None,
        description="Areas that replace those of the polygons, where a reference sample corrects the map.",
    )


class StrataTable(Document):
    """Strata as a table of areas, without geometry."""

    table: TableSource = Field(description="Table with stratum_id and area_ha.")


class StratumArea(Document):
    """Area of one stratum."""

    stratum_id: Word = Field(min_length=1, description="Id of the stratum.")
    area_ha: float = Field(gt=0, description="Area. [ha]")
    source: Sentence = Field(description="Where the area is from.")


class StrataAreas(Document):
    """Strata as a short list of areas in the project file itself."""

    areas: Annotated[tuple[StratumArea, ...], Field(min_length=1)] = Field(description="The strata.")


class StrataAdjusted(Document):
    """Strata as areas that a reference sample corrects, without geometry."""

    adjusted: AdjustedAreas = Field(description="Where the areas are from.")


def _kind_of_strata(value: Any) -> str:
    kinds = [
        kind for kind in ("table", "areas", "file", "adjusted") if isinstance(value, dict) and kind in value
    ]
    return f"({kinds[0]})" if kinds else "(file)"


Strata = Annotated[
    Annotated[StrataLayer, Tag("(file)")]
    | Annotated[StrataTable, Tag("(table)")]
    | Annotated[StrataAreas, Tag("(areas)")]
    | Annotated[StrataAdjusted, Tag("(adjusted)")],
    Discriminator(_kind_of_strata),
]


FITTED = "fitted"
"""Word for heights from a model of the measured ones, where else the id of an equation stands."""


class AboveGround(Document):
    """Equations of above-ground biomass."""

    equation: Sentence = Field(description="Id of the equation for every species without one of its own.")
    by_species: dict[str, Sentence] = Field(default_factory=dict, description="Species: id of its equation.")
    without_height: Sentence | None = Field(
        None,
        description="Id of the equation for trees without height, where the equation needs one; or 'fitted': "
        "their heights come from a model of the measured ones.",
    )


class BelowGroundEquation(Document):
    """Equations of below-ground biomass."""

    equation: Sentence = Field(description="Id of the equation for every species without one of its own.")
    by_species: dict[str, Sentence] = Field(default_factory=dict, description="Species: id of its equation.")


class RootShootRatio(Document):
    """Below-ground biomass as a share of above-ground biomass."""

    root_shoot_ratio: float = Field(gt=0, description="Below-ground over above-ground dry mass. [1]")
    standard_error: NotNegative | None = Field(None, description="Standard error of the ratio. [1]")
    source: Sentence = Field(description="Where the ratio is from.")


def _kind_of_below_ground(value: Any) -> str:
    return "(ratio)" if isinstance(value, dict) and "root_shoot_ratio" in value else "(equation)"


BelowGround = Annotated[
    Annotated[BelowGroundEquation, Tag("(equation)")] | Annotated[RootShootRatio, Tag("(ratio)")],
    Discriminator(_kind_of_below_ground),
]


class DeadBole(Document):
    """A decay class of which the bole alone remains, weighed as a frustum by d0_cm, dbh_cm and height_m."""

    density_g_cm3: float = Field(ge=0.05, le=1.5, description="Density of the dead wood. [g/cm3]")
    density_standard_error_g_cm3: NotNegative | None = Field(
        None, description="Standard error of the density. [g/cm3]"
    )
    source: Sentence = Field(description="Where the density is from.")


class DeadTrees(Document):
    """How dead standing trees are counted."""

    agb_factor: dict[str, Share] = Field(
        min_length=1,
        description="Decay class: share of the live above-ground biomass that is left. "
        "'unclassified' is the class of a dead tree without one.",
    )
    agb_factor_standard_error: dict[str, NotNegative] = Field(
        default_factory=dict, description="Decay class: standard error of its share, where it is known. [1]"
    )
    boles: dict[str, DeadBole] = Field(
        default_factory=dict,
        description="Decay class: how its boles are weighed, not by a share. Needs d0_cm and height_m.",
    )
    bgb: Literal["excluded", "included"] = Field(description="Whether roots of dead trees are counted.")
    carbon_fraction: StatedShare | None = Field(
        None, description="Carbon over dry mass of dead trees; required where they are in the sink."
    )
    source: Sentence = Field(description="Where the factors are from.")


class StatedWoodDensity(Document):
    """Wood density of a species, over the reference table."""

    value: float = Field(ge=0.1, le=1.5, description="Basic wood density. [g/cm3]")
    standard_error: NotNegative | None = Field(
        None, description="Standard error of the mean of the species, where it is known. [g/cm3]"
    )
    source: Sentence = Field(description="Where the value is from.")


class EquationFile(Document):
    """A table of equations that the project brings."""

    file: Sentence = Field(description="CSV file with the columns of data/equations.csv.")


class AllowedEquation(Document):
    """A doubtful equation that is used all the same; every result says so."""

    equation: Sentence = Field(description="Id of the equation.")
    reason: Sentence = Field(description="Why, in words; printed with every result.")


class Biomass(Document):
    """How trees become biomass."""

    agb: AboveGround = Field(description="Above-ground biomass.")
    bgb: BelowGround = Field(description="Below-ground biomass: an equation, or a root:shoot ratio.")
    dead: DeadTrees | None = Field(None, description="Dead trees; required if the tables hold any.")
    wood_density: dict[str, StatedWoodDensity] = Field(
        default_factory=dict, description="Species: wood density that replaces the reference table's."
    )
    wood_density_fallback: Literal["genus", "family"] | None = Field(
        None,
        description="How far to go for species without a wood density: to the genus, or to the family too. "
        "Left out, such a species is an error.",
    )
    equations: EquationFile | None = Field(None, description="Equations of your own.")
    allow_quarantined: tuple[AllowedEquation, ...] = Field(
        (), description="Equations that are quarantined or fail the admission gate, used all the same."
    )


class Parameter(Document):
    """A number that the project states, with its source."""

    value: float | dict[str, float] | Sentence = Field(
        description="A number, a word, or a mapping from stratum to number."
    )
    standard_error: NotNegative | None = Field(None, description="Standard error of the value, same unit.")
    source: Sentence = Field(description="Where the value is from.")


class StatedWaiver(Document):
    """A rule that is waived, and why."""

    rule: Rule = Field(description="Name of the rule, as printed in brackets after a finding.")
    reason: Sentence = Field(description="Why, in words; printed with every result.")


class Project(Document):
    """A project: its area, its surveys, how it is computed and on what evidence."""

    schema_: Literal["mrv-project/1"] = Field(alias="schema", description="Version of this file format.")
    project: ProjectIdentity = Field(description="Identity of the project, and whether it is simulated.")
    methodology: str | None = Field(
        None,
        pattern=r"^[a-z][a-z0-9_]*$",
        description="Id of the methodology; without one the run ends at the stocks.",
    )
    monitoring_period: Period | None = Field(None, description="Required with a methodology.")
    reference_system: Sentence | None = Field(
        None, description="Projected coordinate system such as EPSG:4547; required where there is geometry."
    )
    boundary: Layer | None = Field(None, description="Boundary of the project area.")
    other_projects: tuple[OtherProject, ...] = Field(
        (), description="Boundaries of registered projects nearby; no ground may be counted twice."
    )
    strata: Strata | None = Field(
        None,
        description="A file of polygons, a table of areas, a list of areas or adjusted areas. Without it, "
        "no totals.",
    )
    surveys: tuple[SurveyDeclaration, ...] = Field((), description="Surveys, oldest first.")
    soil_rates: SoilRates | None = Field(
        None, description="How fast soil carbon accumulates; in the sink only by soil_in_sink."
    )
    soil_balance: SoilBalance | None = Field(
        None,
        description="Carbon from elsewhere, default rate, methane and nitrous oxide. Reported; with "
        "soil_in_sink the share from elsewhere is taken off what is credited.",
    )
    imagery: Imagery | None = Field(
        None, description="Views from above on one grid: scenes, canopy heights, maps of classes."
    )
    biomass: Biomass | None = Field(
        None, description="How trees become biomass; required with surveys of trees."
    )
    model: BiomassModel | None = Field(
        None, description="A model of above-ground biomass by predictors; reported, not credited."
    )
    agb_maps: tuple[AgbMap, ...] = Field(
        (),
        description="Maps of above-ground biomass made elsewhere, one for each date at most; what they say "
        "is corrected by the plots, and reported beside them.",
    )
    sampled_layers: tuple[SampledLayer, ...] = Field(
        (),
        description="Predictions of above-ground biomass at units that were drawn by chance and do not cover "
        "the area, such as strips or footprints, one layer for each date at most; reported, not credited.",
    )
    parcels: ParcelLayer | None = Field(
        None,
        description="Parts of the project that get an estimate each, by the map of model or agb_maps; "
        "reported, not credited.",
    )
    parameters: dict[str, Parameter] = Field(
        default_factory=dict, description="Numbers the methodology needs from the project, by their name."
    )
    baseline: Baseline | None = Field(None, description="What would happen without the project.")
    other_baselines: tuple[Baseline, ...] = Field(
        (),
        description="Other scenarios with evidence; the result under each stands beside, and none is added.",
    )
    project_emissions: ProjectEmissions | None = Field(
        None, description="Emissions caused by the project, by source."
    )
    leakage: Leakage | None = Field(None, description="Emissions displaced to elsewhere, by test.")
    conditions: dict[str, ConditionAnswer] = Field(
        default_factory=dict,
        description="Answer to each condition of the methodology (mrv methodology show), by its id. One "
        "without an answer, or not met, stops the issuance and nothing else.",
    )
    soil_in_sink: SoilInSink | None = Field(
        None, description="How soil is an accounted pool; left out, it is reported and not in the sink."
    )
    quality: Quality = Field(
        default_factory=Quality,
        description="What is known of the site beside the surveys, for quality control to hold them against.",
    )
    dead_matter_in_sink: DeadMatterInSink | None = Field(
        None,
        description="Dead wood and litter that are accounted pools, measured alike at every plot of every "
        "survey; left out, they are reported and not in the sink.",
    )
    confidence_level: float = Field(
        0.90, gt=0, lt=1, description="Level of the two-sided intervals of stocks."
    )
    uncertainty: Uncertainty = Field(
        default_factory=Uncertainty, description="The error budget; left out, all that is published counts."
    )
    waivers: tuple[StatedWaiver, ...] = Field((), description="Rules that are waived, each in words.")
    seed: int = Field(ge=0, description="Seed of the random numbers.")

    @property
    def adjusted_areas(self) -> AdjustedAreas | None:
        """Where areas that a reference sample corrects are from; None where the areas are the mapped ones."""
        return getattr(self.strata, "adjusted", None)

    @property
    def dead_matter_in_sink_pools(self) -> tuple[DeadPool, ...]:
        """Pools of dead organic matter that are in the sink, in a fixed order."""
        return self.dead_matter_in_sink.pools if self.dead_matter_in_sink is not None else ()

    @property
    def baselines(self) -> tuple[Baseline, ...]:
        """Scenarios with evidence: the declared one first, then those that stand beside."""
        return (*((self.baseline,) if self.baseline else ()), *self.other_baselines)

    @property
    def stated_waivers(self) -> tuple[Waiver, ...]:
        """Waivers in the form that :func:`mrv.findings.waive` takes."""
        return tuple(Waiver(waiver.rule, waiver.reason) for waiver in self.waivers)

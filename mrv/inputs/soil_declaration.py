"""What the project file says of soil: tables of cores in a survey, and of stations and dated cores."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from mrv.inputs.soil_control import LaboratoryControl
from mrv.inputs.soil_errors import LineErrors, SoilErrors
from mrv.inputs.table_source import Document, Sentence, TableSource

Fraction = Annotated[float, Field(gt=0, le=1)]
PositiveNumber = Annotated[float, Field(gt=0)]


class ElementalAnalysis(Document):
    """Carbon by dry combustion in an elemental analyser."""

    method: Literal["elemental_analysis"] = Field(description="Dry combustion.")
    carbonate: Literal["removed_by_acid", "subtracted", "absent", "included"] = Field(
        description="removed_by_acid: before the analysis; subtracted: the column inorganic_carbon_fraction "
        "is taken from the column organic_carbon_fraction; absent: shown by a test; included: total carbon, "
        "which every result then says."
    )
    source: Sentence = Field(description="Laboratory report.")


class WalkleyBlack(Document):
    """Carbon by wet oxidation with dichromate."""

    method: Literal["walkley_black"] = Field(description="Wet oxidation with dichromate.")
    recovery: Fraction = Field(
        description="Share of the organic carbon that is oxidised in this soil. [1] The column "
        "organic_carbon_fraction holds what was titrated, without any factor."
    )
    source: Sentence = Field(description="Laboratory report, and the samples behind the recovery.")


MeasuredCarbon = Annotated[ElementalAnalysis | WalkleyBlack, Field(discriminator="method")]


class SiteLossOnIgnition(Document):
    """A line from loss on ignition to organic carbon, fitted on samples of the site."""

    slope: float = Field(gt=0, description="Organic carbon per loss on ignition. [1]")
    intercept_pct: float = Field(description="Organic carbon at no loss. [% of dry mass]")
    pairs: int = Field(ge=1, description="Samples behind the line; at least 20 are required.")
    standard_errors: LineErrors | None = Field(
        None, description="Of slope and intercept; left out, the error of the line is not known."
    )
    source: Sentence = Field(description="Where the line and its errors are documented.")


class PublishedLossOnIgnition(Document):
    """A published line from loss on ignition to organic carbon."""

    equation: Sentence = Field(description="Id in data/soil_equations.csv.")
    relative_standard_error: PositiveNumber | None = Field(
        None, description="Standard error of the carbon it gives here, over that carbon. [1]"
    )
    source: Sentence = Field(description="Why it holds for this site.")


def _kind_of_line(value: Any) -> str:
    return "(published)" if isinstance(value, dict) and "equation" in value else "(site)"


LossOnIgnition = Annotated[
    Annotated[SiteLossOnIgnition, Tag("(site)")] | Annotated[PublishedLossOnIgnition, Tag("(published)")],
    Discriminator(_kind_of_line),
]


class SoilDeclaration(Document):
    """Soil cores of a survey and how their carbon was measured."""

    sections: Annotated[tuple[TableSource, ...], Field(min_length=1)] = Field(
        description="One or several tables of core sections: plot_id, core_id, top_cm, bottom_cm, "
        "bulk_density_g_cm3, and organic_carbon_fraction or loi_fraction; optional "
        "inorganic_carbon_fraction, coarse_volume_fraction, batch_id."
    )
    cores: TableSource | None = Field(
        None,
        description="Table of cores: plot_id, core_id; optional core_depth_cm, refusal, tube_length_cm, "
        "inside_cm, outside_cm, compaction_fraction, split_core_evidence, tube_inner_diameter_cm.",
    )
    measured_carbon: MeasuredCarbon | None = Field(
        None, description="How the column organic_carbon_fraction was measured; required if it holds values."
    )
    loss_on_ignition: LossOnIgnition | None = Field(
        None, description="Line for sections that have loss on ignition and no measured carbon."
    )
    depths_cm: tuple[PositiveNumber, ...] | None = Field(
        None, description="Depths that stocks are given to. [cm] Default: 30 and 100."
    )
    errors: SoilErrors | None = Field(
        None, description="Errors that the cores share; one that is not stated is listed as not known."
    )
    control: LaboratoryControl | None = Field(
        None, description="What the laboratory measured to control itself."
    )


class LayerCarbon(Document):
    """Organic carbon per volume of the layer above a marker horizon."""

    value: PositiveNumber | dict[str, PositiveNumber] = Field(
        description="A number, or stratum: number. [g C/cm3]"
    )
    standard_error: Annotated[float, Field(ge=0)] | None = Field(
        None, description="Standard error of the value, same unit."
    )
    source: Sentence = Field(description="Where it is from.")


class HalfLife(Document):
    """Half-life of lead-210."""

    value: float = Field(gt=20, lt=25, description="Half-life. [yr]")
    source: Sentence = Field(description="Where it is from.")


class DatedCores(Document):
    """Cores dated by lead-210."""

    profiles: TableSource = Field(
        description="Table: core_id, stratum_id, top_cm, bottom_cm, bulk_density_g_cm3, "
        "organic_carbon_fraction, total_lead_210_bq_kg, supported_lead_210_bq_kg."
    )
    model: Literal["cf_cs", "crs"] = Field(
        description="cf_cs: a steady rate; crs: a steady supply and a varying rate."
    )
    half_life_yr: HalfLife = Field(description="Half-life of lead-210, with its source.")
    years: PositiveNumber | None = Field(
        None, description="crs only, required there: the rate is the mean of the last so many years. [yr]"
    )
    verified_by: Sentence = Field(
        description="Independent marker that confirms the ages, such as the caesium-137 peak of 1963; or the "
        "word unverified."
    )


class SoilRates(Document):
    """Stations and dated cores that show how fast soil carbon accumulates."""

    design: Literal["simple_random", "stratified", "systematic", "purposive"] = Field(
        description="How stations and dated cores were placed; purposive gives no interval."
    )
    marker_horizons: TableSource | None = Field(
        None, description="Table: station_id, stratum_id, laid_on, read_on, thickness_mm; optional marker_id."
    )
    layer_carbon: LayerCarbon | None = Field(
        None, description="Carbon of the layer above the markers; required with marker_horizons."
    )
    elevation_tables: TableSource | None = Field(
        None, description="Table: station_id, stratum_id, arm_id, pin_id, read_on, height_mm."
    )
    lead_210: DatedCores | None = Field(None, description="Cores dated by lead-210.")

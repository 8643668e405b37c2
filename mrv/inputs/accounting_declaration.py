"""What the project file says of the accounting: baselines, emissions, leakage, conditions, soil in the sink.

Each statement stands with its evidence: a document, and in words what it shows. A zero needs both as well.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Discriminator, Field, Tag

from mrv.inputs.sampling import Day, NotNegative, Positive
from mrv.inputs.table_source import Document, Sentence, Word, Words

Share = Annotated[float, Field(ge=0, le=1)]
Scenario = Literal[
    "static", "natural_growth", "historical_loss", "degradation", "control_area", "planned_conversion"
]


class Evidence(Document):
    """A document and what it shows."""

    document: Sentence = Field(description="Document: title, page.")
    statement: Words | Sentence = Field(description="What it shows, in words.")


class StaticBaseline(Document):
    """Without the project the stock would stay as it is."""

    scenario: Literal["static"] = Field(description="The stock stays; baseline removals are zero.")
    evidence: Evidence = Field(description="What the scenario rests on.")


class NaturalGrowthBaseline(Document):
    """Without the project the stand would grow as well; that growth is subtracted."""

    scenario: Literal["natural_growth"] = Field(
        description="Growth without the project is subtracted; needs parameters.natural_growth_rate."
    )
    evidence: Evidence = Field(description="What the scenario rests on.")


class DegradationBaseline(Document):
    """Without the project the stand would stay, but lose carbon per hectare."""

    scenario: Literal["degradation"] = Field(
        description="Carbon per hectare declines; needs parameters.degradation_rate."
    )
    cause: Evidence = Field(description="What degrades the stand: invaders, pests, water cut off.")
    evidence: Evidence = Field(description="What the rate rests on.")


class ControlAreaBaseline(Document):
    """Without the project the stand would do what a matched area did; difference in differences."""

    scenario: Literal["control_area"] = Field(
        description="The change of a matched area; needs parameters.control_density_first and _last."
    )
    matching: Evidence = Field(description="How the area was matched, and that both were alike before.")
    evidence: Evidence = Field(description="What the densities of the control area rest on.")


class ReferenceArea(Document):
    """Mangrove of the reference region at a date."""

    date: Day = Field(description="Date of the map, YYYY-MM-DD.")
    area_ha: Positive = Field(description="Area, free of the map's error. [ha]")
    standard_error_ha: NotNegative = Field(description="Standard error of the area. [ha]")
    source: Sentence = Field(description="Where the area is from.")


class LossByAreas(Document):
    """Rate of loss between two areas, each with its error."""

    areas: Annotated[tuple[ReferenceArea, ...], Field(min_length=2, max_length=2)] = Field(
        description="The two areas, the earlier first."
    )


class LossByChange(Document):
    """Rate of loss between the two areas of mrv area estimate, with their covariance."""

    change: Sentence = Field(
        description="area.json of mrv area estimate with a change, relative to this file."
    )


class LossByRate(Document):
    """Rate of loss as it is stated."""

    rate: float = Field(gt=0, lt=1, description="Share lost in a year, compounding. [1/yr]")
    standard_error: NotNegative = Field(description="Standard error of the rate. [1/yr]")
    source: Sentence = Field(description="Where the rate is from; a global mean is none of a reserve.")


def _kind_of_loss(value: Any) -> str:
    kinds = [kind for kind in ("areas", "change", "rate") if isinstance(value, dict) and kind in value]
    return f"({kinds[0]})" if kinds else "(rate)"


Loss = Annotated[
    Annotated[LossByAreas, Tag("(areas)")]
    | Annotated[LossByChange, Tag("(change)")]
    | Annotated[LossByRate, Tag("(rate)")],
    Discriminator(_kind_of_loss),
]


class SoilDisturbance(Document):
    """How deep the soil is disturbed where stand is lost."""

    depth_cm: Positive = Field(description="Depth, no deeper than the soil was measured. [cm]")
    document: Sentence = Field(description="Document that shows it: title, page.")


class AvoidedLoss(Document):
    """What all baselines say under which stand is lost."""

    start: Day = Field(description="Start of the project, from which loss is counted in whole years.")
    soil_disturbance: SoilDisturbance | None = Field(
        None, description="Required where parameters.soil_emission_factor is above zero."
    )
    protected_by_law: bool = Field(description="Whether the law protects the area without the project.")
    failure_of_protection: Evidence | None = Field(
        None,
        description="Proof that protection would fail without the project; required where the law protects.",
    )
    evidence: Evidence = Field(description="What the scenario rests on.")


class HistoricalLossBaseline(AvoidedLoss):
    """Without the project the extent would shrink as it did before."""

    scenario: Literal["historical_loss"] = Field(
        description="The extent shrinks at a compound rate; needs the emission factors, the years of release "
        "and the foregone sequestration among the parameters."
    )
    loss: Loss = Field(description="Rate of loss: two areas, a change of mrv area estimate, or a rate.")


class Conversion(Document):
    """An area that a plan converts."""

    stratum_id: Word = Field(min_length=1, description="Stratum in which it lies.")
    area_ha: Positive = Field(description="Area. [ha]")
    date: Day = Field(description="Day by which the plan has it converted, YYYY-MM-DD.")


class PlannedConversionBaseline(AvoidedLoss):
    """Without the project a documented plan would convert the stand."""

    scenario: Literal["planned_conversion"] = Field(
        description="The plan is carried out; needs the parameters that historical_loss needs."
    )
    plan: Evidence = Field(description="The plan, and that it was adopted.")
    conversions: Annotated[tuple[Conversion, ...], Field(min_length=1)] = Field(
        description="What the plan converts, and when."
    )


Baseline = Annotated[
    StaticBaseline
    | NaturalGrowthBaseline
    | HistoricalLossBaseline
    | DegradationBaseline
    | ControlAreaBaseline
    | PlannedConversionBaseline,
    Field(discriminator="scenario"),
]


class DeclaredQuantity(Document):
    """An amount of greenhouse gas with its evidence; zero must be proven too."""

    t_co2e: NotNegative = Field(description="Amount over the monitoring period. [t CO2e]")
    standard_error_t_co2e: NotNegative | None = Field(
        None, description="Standard error of the amount; left out, it is taken as exact. [t CO2e]"
    )
    evidence: Sentence = Field(description="What the amount and its error rest on.")


class SoilGas(Document):
    """A gas of the soil as a change against the baseline."""

    change_t_co2e_ha_yr: NotNegative = Field(
        description="With the project less without; a decrease counts as 0. [t CO2e/ha/yr]"
    )
    standard_error_t_co2e_ha_yr: NotNegative | None = Field(
        None, description="Standard error of the change; left out, it is taken as exact. [t CO2e/ha/yr]"
    )
    evidence: Sentence = Field(description="What the change and its error rest on.")


class ProjectEmissions(Document):
    """Emissions caused by the project, by source."""

    fuel: DeclaredQuantity = Field(description="Boats, vehicles, machines.")
    biomass_removed: DeclaredQuantity = Field(description="Wood and other biomass taken out, as CO2.")
    soil_methane: SoilGas = Field(description="Methane of the soil.")
    soil_nitrous_oxide: SoilGas = Field(description="Nitrous oxide of the soil.")


class DocumentedTest(Document):
    """Emissions displaced in one way, and the test that found them; zero needs its test too."""

    t_co2e: NotNegative = Field(description="Amount over the monitoring period. [t CO2e]")
    standard_error_t_co2e: NotNegative | None = Field(
        None, description="Standard error of the amount; left out, it is taken as exact. [t CO2e]"
    )
    test: Sentence = Field(description="Document of the test: title, page.")
    finding: Words | Sentence = Field(description="What was tested and found, in words.")


class Leakage(Document):
    """Emissions displaced to elsewhere, by test."""

    displaced_activity: DocumentedTest = Field(description="Uses of the area that moved elsewhere.")
    market: DocumentedTest = Field(description="Goods that are now made elsewhere.")
    hydrology: DocumentedTest = Field(
        description="Stands elsewhere that water or sediment no longer reaches."
    )


class ConditionAnswer(Document):
    """Whether a condition of the methodology is met, and the document that shows it."""

    met: bool = Field(description="Whether the condition is met.")
    document: Sentence = Field(description="Document that shows it: title, page.")
    statement: Words | Sentence | None = Field(None, description="What it shows, in words.")


DeadPool = Literal["dead_wood", "downed_wood", "litter"]
DEAD_MATTER: tuple[DeadPool, ...] = get_args(DeadPool)
"""Pools of dead organic matter that can be in the sink, in the order in which they are told."""


class PoolInSink(Document):
    """A pool that counts."""

    reason: Sentence = Field(description="Why the pool counts, in words.")


class DeadMatterInSink(Document):
    """Pools of dead organic matter that are accounted; one that is left out is only reported."""

    dead_wood: PoolInSink | None = Field(
        None, description="Standing dead trees, by biomass.dead with its carbon_fraction."
    )
    downed_wood: PoolInSink | None = Field(
        None, description="Wood on the ground; only with dead_wood, or a tree that falls would be a gain."
    )
    litter: PoolInSink | None = Field(None, description="Litter on the ground.")

    @property
    def pools(self) -> tuple[DeadPool, ...]:
        """Pools that are declared, in a fixed order."""
        return tuple(pool for pool in DEAD_MATTER if getattr(self, pool) is not None)


class SoilStockDifference(Document):
    """Soil in the sink by the difference of its stocks at both ends of the monitoring period."""

    method: Literal["fixed depth", "equivalent soil mass"] = Field(
        description="Reference plane: the same depth, or the same mass of soil."
    )
    depth_cm: Positive = Field(description="Depth that both surveys have stocks to. [cm]")
    reason: Sentence = Field(description="Why soil counts this way, in words.")


class SoilRate(Document):
    """Soil in the sink by a rate, the years of the period and the share of the area with cover."""

    method: Sentence = Field(
        description="Way to the rate, as soil figures name it: marker horizon; lead-210, CRS; VM0033 default."
    )
    cover: dict[str, Share] = Field(min_length=1, description="Stratum: share of its area with cover. [1]")
    source: Sentence = Field(description="Where the cover is from.")
    reason: Sentence = Field(description="Why soil counts this way, in words.")


class SoilInSink(Document):
    """Soil as an accounted pool, in one of two ways, never both; left out, soil is only reported."""

    stock_difference: SoilStockDifference | None = Field(None, description="By stocks at both dates.")
    rate: SoilRate | None = Field(None, description="By a rate of accumulation.")

    @property
    def way(self) -> Literal["stock_difference", "rate"]:
        """Way that is declared; where both are, a finding refuses the run."""
        return "rate" if self.stock_difference is None else "stock_difference"

"""What a run says: ``results.json`` as a model, from which its JSON Schema is exported.

Reports, verifiers and registries read this document alone; every number that people see is one of
its figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from mrv.findings import Severity
from mrv.inference.rules import RuleName
from mrv.provenance import Evidence
from mrv.run.document import Document, Sentence
from mrv.run.model_results import BiomassModelRecord

SCHEMA = "mrv-results/1"


class Text(Document):
    """A text for people in both languages."""

    zh: str
    en: str


class IntervalRecord(Document):
    """Two-sided confidence interval of a figure, in the figure's unit."""

    level: float = Field(description="Confidence level, such as 0.90")
    sides: Literal[2] = 2
    low: float
    high: float
    half_width: float


class Figure(Document):
    """One number with everything needed to judge it."""

    name: str = Field(description="Quantity followed by its unit, such as net_removals_t_co2e")
    quantity: str
    unit: str = Field(description="Unit; 1 where there is none")
    index: dict[str, str] = Field(
        description="Which one of the quantity: stratum, pool, date, vintage; empty for the project"
    )
    value: float | None = Field(description="null where it cannot be had; then `because` says why")
    standard_error: float | None = None
    degrees_of_freedom: float | None = None
    interval: IntervalRecord | None = None
    total_standard_error: float | None = Field(
        None, description="Standard deviation of the draws of all errors; `standard_error` is sampling alone"
    )
    total_interval: IntervalRecord | None = Field(
        None, description="Interval from all errors; `interval` is sampling alone"
    )
    monte_carlo_error: float | None = Field(
        None, description="Standard error of the ends of `total_interval` for being taken from draws"
    )
    units: int | None = Field(None, description="Replicates of the design behind the estimate")
    method: str | None = None
    clause: str | None = Field(None, description="Clause of the methodology")
    because: str | None = Field(None, description="Why a value or an interval is null")


class EquationUse(Document):
    """How many stems an equation was applied to, and how many of them lay outside its range."""

    equation_id: str
    component: str
    stems: int
    outside_range_stems: int
    outside_range_basal_area_share: float
    dbh_range_cm: tuple[float | None, float | None]
    height_range_m: tuple[float | None, float | None] | None = Field(
        description="null where the equation takes no height"
    )
    source: str
    evidence: Evidence
    note: str


class QuarantinedEquation(Document):
    """A doubtful equation that the project file lets in and that stems were computed by."""

    equation_id: str
    reason: str = Field(description="Why the project file lets it in")
    note: str = Field(description="What is doubtful about it")


class ExtrapolationRecord(Document):
    """Stems beyond the range of a declared above-ground equation, in all surveys."""

    equation_id: str
    stems: int
    basal_area_share: float = Field(description="Of the basal area of all stems of this equation")
    replaced_stems: int = Field(description="Stems above the range that the common equation was used for")
    replaced_by: list[str]
    added_relative_standard_error: float | None = Field(
        description="What the spread of the equations adds to the error of the biomass of these stems"
    )
    marked_plots: int = Field(description="Plots with more than a tenth of their basal area beyond")


class ParameterRecord(Document):
    """A number that the methodology or the project file states."""

    name: str
    value: float | str | dict[str, float]
    unit: str
    clause: str
    source: str
    evidence: str


Standing = Literal["accounted", "reported only", "not measured (conservatively excluded)"]


class PoolState(Document):
    """Whether a pool is in the sink, measured and only reported, or not measured at all."""

    pool: str
    state: Standing


class ExclusionRecord(Document):
    """Rows of a table that the project file leaves out, and why."""

    file: str
    rows: int
    reason: str


class ErrorComponent(Document):
    """A source of error and its share of the variance."""

    component: str
    state: Literal["drawn", "drawn in part", "not known", "left out"]
    share_of_stock_variance: float | None = Field(description="Of the carbon stock at the last survey")
    share_of_sink_variance: float | None
    share_of_net_removals_variance: float | None
    share_of_soil_stock_variance: float | None = Field(
        None, description="Of the soil carbon to the greatest depth at the last survey with cores"
    )
    share_of_soil_sink_variance: float | None = Field(
        None, description="Of the sink of soil by `soil_sink_method`"
    )
    because: str | None = Field(description="For what no error is known, or why it is left out")


class ErrorBudgetRecord(Document):
    """What the total intervals are made of."""

    draws: int
    settled: bool | None = Field(description="Whether two digits of the standard error stand")
    settled_within: float | None = Field(
        description="Twice the largest error of mean, standard deviation and limits of the headline"
    )
    tolerance: float | None = Field(description="What two digits allow, in the unit of the headline")
    tree_noise_share_of_stock_sampling: float | None = Field(
        description="Part of the sampling variance of the stock that is chance at single trees"
    )
    tree_noise_share_of_sink_sampling: float | None
    soil_sink_method: str | None = Field(
        None, description="Way to the sink of soil that shares are told of; null without one"
    )
    components: list[ErrorComponent]


class MapEstimateRecord(Document):
    """An estimate that leans on a map, with the one from plots alone beside it."""

    stratum_id: str | None = Field(description="null for the project")
    quantity: Literal["biomass_density", "carbon_density", "carbon_stock_change"]
    pool: str
    date: str
    unit: str
    rule: RuleName = Field(description="Rule of the decision table that chose the estimator")
    estimator: str
    variance: str = Field(description="What the standard error rests on")
    method: str
    value: float
    standard_error: float | None
    degrees_of_freedom: float | None
    interval: IntervalRecord | None
    relative_half_width: float | None = Field(description="Of the interval, over the value")
    because: str | None = Field(description="Why there is no standard error")
    plots: int = Field(description="Replicates of the design")
    plots_only_value: float
    plots_only_standard_error: float | None
    plots_only_interval: IntervalRecord | None
    difference: float = Field(description="With the map less plots alone")
    difference_standard_error: float | None
    outside_share: float = Field(description="Share of the area where the map may not be used")
    plots_inside: int
    mean_residual: float = Field(description="Observed less predicted at plots the model had not seen")
    rmse: float = Field(description="Of the same residuals")
    slope: float | None = Field(description="Of observed on predicted values")
    skewness: float | None = Field(description="Of the plots' values")
    bootstrap_t_interval: IntervalRecord | None = Field(description="Where the plots are skewed")
    log_scale_interval: IntervalRecord | None = Field(description="Where the plots are skewed")
    source: str = Field(description="Of the map")


class ParcelRecord(Document):
    """What the estimates of a parcel rest on; the estimates are figures, by parcel, pool and date."""

    parcel_id: str
    date: str
    pool: str
    area_ha: float = Field(description="Of the parcel, on the ellipsoid")
    counted_ha: float = Field(description="Of the part of it that lies in strata; totals are of this part")
    outside_share: float = Field(description="Share of that part where the map may not be used")
    plots: int = Field(description="In the parcel")
    kind: Literal["direct", "borrowed", "synthetic", "map_mean"] = Field(
        description="direct: the parcel's own plots correct the map; borrowed: few plots of its own, "
        "weighted with the map (Fay and Herriot); synthetic: the map, corrected by the plots of the strata; "
        "map_mean: the map as it is, because no plot was drawn by chance"
    )
    because: str | None = Field(description="Why there is no standard error")
    source: str = Field(description="Of the map")


class QuarantineRecord(Document):
    """A row in quarantine: why, and what leaving it out does to the result."""

    where: str
    kind: Literal["trees", "plots", "cores"]
    name: str = Field(description="Plot; plot and tree; or core and depth")
    date: str
    reason: str
    quantity: str | None = Field(description="Figure that the effect is told on; null if there is none")
    stratum: str | None = Field(description="Stratum of that figure; null for the project")
    unit: str | None
    effect: float | None = Field(description="Figure without the row less figure with it; null if unknown")


class FindingRecord(Document):
    """A finding that did not stop the run."""

    where: str
    rule: str
    message: Sentence
    severity: Severity


class WaiverRecord(Document):
    """A rule that the project file waives, in words."""

    rule: str
    reason: str


class StatedRecord(Document):
    """Biomass or carbon of plots that was not computed but taken from a publication."""

    date: str
    publication: str
    columns: list[str] = Field(description="Columns of tables/stated_biomass.csv that hold values")


class MethodologyRecord(Document):
    """The methodology and how close to an official text it stands."""

    id: str
    title: Text
    conformance: str


class BaselineRecord(Document):
    """The declared baseline and the document behind it."""

    scenario: str
    document: str
    statement: Text


class ScenarioRecord(Document):
    """The result under one baseline; those of several are never added."""

    scenario: str
    declared: bool = Field(description="Whether credits are counted against it; the others stand beside")
    document: str
    statement: Text
    baseline_removals_t_co2e: float | None
    baseline_interval: IntervalRecord | None = Field(None, description="From all errors")
    net_removals_t_co2e: float | None
    net_removals_interval: IntervalRecord | None = Field(None, description="From all errors")
    net_removals_per_hectare_year_t_co2e: float | None
    creditable_removals_t_co2e: float | None
    creditable_interval: IntervalRecord | None = Field(None, description="From all errors")
    refused: list[str] = Field(description="Rules by which a gate refuses the result under this baseline")


class ConditionRecord(Document):
    """A condition of the methodology and what the project file answers."""

    id: str
    kind: Literal["applicability", "additionality"]
    condition: Text
    state: Literal["met", "not met", "not answered"]
    document: str | None
    statement: Text | None


class ProjectRecord(Document):
    """Whose figures these are."""

    id: str
    name: Text
    simulated: bool


class StratumRecord(Document):
    """A stratum and its area on the ellipsoid."""

    stratum_id: str
    area_ha: float | None = Field(description="null where the project file gives no area")


class Results(Document):
    """``results.json``."""

    schema_: Literal["mrv-results/1"] = Field("mrv-results/1", alias="schema")
    project: ProjectRecord
    methodology: MethodologyRecord | None
    monitoring_period: tuple[str, str] | None = Field(description="First day, and the day after the last")
    baseline: BaselineRecord | None
    scenarios: list[ScenarioRecord] = Field(
        default_factory=list, description="Result under each baseline with evidence, the declared one first"
    )
    conditions: list[ConditionRecord] = Field(
        default_factory=list, description="Conditions of the methodology; any that is not met stops issuance"
    )
    confidence_level: float
    headline: str | None = Field(description="Name of the figure that the run is about")
    strata: list[StratumRecord]
    pools: list[PoolState]
    figures: list[Figure]
    error_budget: ErrorBudgetRecord | None = Field(None, description="null without trees and soil")
    biomass_model: BiomassModelRecord | None = Field(None, description="null without a model")
    map_estimates: list[MapEstimateRecord] = Field(
        default_factory=list, description="Estimates that lean on a map; reported, not credited"
    )
    parcels: list[ParcelRecord] = Field(
        default_factory=list, description="Estimates of parcels by a map; reported, not credited"
    )
    equations: list[EquationUse]
    alternative_equation: str | None = Field(
        None, description="Equation behind the figures biomass_density_alternative"
    )
    quarantined_equations: list[QuarantinedEquation] = Field(
        default_factory=list, description="Every output of such a run says so"
    )
    extrapolations: list[ExtrapolationRecord] = Field(default_factory=list)
    parameters: list[ParameterRecord]
    stated: list[StatedRecord] = Field(default_factory=list)
    exclusions: list[ExclusionRecord]
    quarantine: list[QuarantineRecord]
    findings: list[FindingRecord]
    waivers: list[WaiverRecord]

    def figure(self, name: str, index: Mapping[str, str] | None = None) -> Figure:
        """Figure of a name and index; raises KeyError if there is none."""
        wanted = dict(index) if index else {}
        for figure in self.figures:
            if figure.name == name and figure.index == wanted:
                return figure
        raise KeyError((name, wanted))


def results_json_schema() -> dict[str, Any]:
    """JSON Schema of ``results.json``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Results.model_json_schema(by_alias=True, mode="serialization"),
        "title": "Results of an mrv run",
    }


RESULTS_FILE = "results.json"


def read_results(out: Path) -> Results:
    """``results.json`` of a folder of results."""
    return Results.model_validate_json((out / RESULTS_FILE).read_text(encoding="utf-8"))

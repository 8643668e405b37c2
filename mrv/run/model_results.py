"""What ``results.json`` says of a model of biomass."""

from __future__ import annotations

from pydantic import Field

from mrv.run.document import Document


class JudgementRecord(Document):
    """How a candidate predicts plots that were left out of its fit."""

    design: str = Field(description="How plots were left out: random, block, knndm")
    candidate: str
    plots: int
    r2: float | None = Field(description="Share of the variance explained, 1 − SSE/SST; null without any")
    squared_correlation: float | None
    rmse_t_ha: float
    rmse_standard_error_t_ha: float | None
    bias_t_ha: float = Field(description="Predicted less observed")
    slope_observed_on_predicted: float | None = Field(description="Above 1: the range is compressed")
    bias_low_third_t_ha: float
    bias_middle_third_t_ha: float
    bias_high_third_t_ha: float
    saturated: bool | None = Field(
        description="Whether the third predicted highest holds more than predicted; null if not tested"
    )
    saturation_residual_t_ha: float | None = Field(description="Observed less predicted, in that third")


class PredictorRecord(Document):
    """A predictor of the model."""

    name: str
    importance_t_ha: float = Field(description="Growth of the error on left-out plots when it is shuffled")
    reliability: float | None = Field(
        description="Share of its variance at the plots that is not error; null where no error is declared"
    )


class MapStratumRecord(Document):
    """The map over one stratum."""

    stratum_id: str
    places: int = Field(description="Pixels, or cells of the table")
    area_ha: float
    mean_t_ha: float | None = Field(description="Over the places where the model applies")
    model_standard_error_t_ha: float | None = Field(
        description="Of that mean, from refits to bootstrap samples of the plots; no error of a total"
    )
    area_outside_ha: float = Field(description="Where the model does not apply, or has no data")
    area_no_data_ha: float


class StratumSinkRecord(Document):
    """Whether the change of a stratum can be told from none."""

    stratum_id: str
    value: float = Field(description="Sink with the map, corrected at the plots [t CO2e/ha/yr]")
    standard_error: float | None
    minimum_detectable_change: float | None = Field(
        description="Half-width of its interval: a smaller sink or loss could not be told from none"
    )
    published: bool = Field(description="Whether the stratum is in the map of the sink")
    places: int = Field(description="Pixels where the model applies at both dates")
    area_ha: float
    mapped_mean: float | None = Field(description="Mean of the map there, not corrected at the plots")


class SinkMapRecord(Document):
    """Map of the sink between two dates, by one model at both; reported and not credited."""

    first: str
    last: str
    unit: str
    strata: list[StratumSinkRecord]


class HeightCheckRecord(Document):
    """The fitted power of canopy height beside a published one, to judge by."""

    height_m: float
    agb_t_ha: float
    published_t_ha: float
    relation: str
    evidence: str


class BiomassModelRecord(Document):
    """A model of above-ground biomass; its map is reported and not credited."""

    survey: str = Field(description="Date of the survey that it is fitted to")
    dates: list[str] = Field(description="Dates whose plots are fitted")
    plots: int
    sampling_units: int
    candidate: str = Field(
        description="Simplest candidate within one standard error of the smallest error on left-out plots"
    )
    settings: dict[str, float | str]
    chosen_by: str = Field(description="Design of validation by which it was chosen")
    folds: dict[str, int]
    knndm_mismatch_m: float | None
    block_side_m: float | None
    predictors: list[PredictorRecord]
    applicability_threshold: float | None = Field(
        description="Dissimilarity beyond which the model does not apply; null without predictors"
    )
    plots_outside: int = Field(description="Plots beyond that threshold, each date for itself")
    not_compared: dict[str, str] = Field(description="Candidates that these plots cannot have, and why")
    judgements: list[JudgementRecord]
    strata: list[MapStratumRecord] | None = Field(description="null without predictors of the area")
    expected_overlap: float | None = Field(
        description="Share of a plot expected in its nominal pixel of equal size, by the error of coordinates"
    )
    height_check: HeightCheckRecord | None
    sink_map: SinkMapRecord | None = Field(
        description="null without imagery of both dates and plots measured at both"
    )

"""What the project file says is known of the area beside the plots, and which estimator makes use of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mrv.inputs.table_source import Document, Sentence, Word

Positive = Annotated[float, Field(gt=0)]


class _WithAuxiliary(Document):
    population_mean: dict[str, float] | None = Field(
        None,
        description="Stratum: mean of the column auxiliary over the whole stratum, in the unit of the "
        "column. Either this or population_total.",
    )
    population_total: dict[str, float] | None = Field(
        None,
        description="Stratum: total over the stratum of an auxiliary variable that is stated per hectare; "
        "its mean is the total over the area of the stratum.",
    )
    source: Sentence = Field(
        description="Where these numbers are from: the map, its date, how it was summed."
    )


class RatioEstimator(_WithAuxiliary):
    """Plot values are proportional to the auxiliary column."""

    kind: Literal["ratio"] = Field(
        description="Ratio estimator: mean of the plots times population mean over sample mean of auxiliary."
    )


class RegressionEstimator(_WithAuxiliary):
    """Plot values go with the auxiliary column in a straight line."""

    kind: Literal["regression"] = Field(
        description="Regression estimator (GREG) on auxiliary, g-weighted variance."
    )


class PostStratifiedEstimator(Document):
    """Plots fall into classes that were formed after they were drawn."""

    kind: Literal["post_stratified"] = Field(
        description="Mean of the classes in post_stratum, weighted by their areas; unconditional variance."
    )
    class_areas_ha: dict[str, dict[str, Positive]] = Field(
        min_length=1,
        description="Stratum: class: area; the classes of a stratum fill it. [ha]",
    )
    source: Sentence = Field(description="Where the areas are from.")


class ClusterTotalEstimator(Document):
    """The total of the clusters is expanded, and spread over the plots of the stratum."""

    kind: Literal["cluster_total"] = Field(
        description="Expanded total of clusters of known size over all plots of the stratum; unbiased for "
        "any sizes. Cluster design only."
    )
    plots_in_stratum: dict[str, Positive] = Field(
        min_length=1, description="Stratum: plots that all its clusters hold together."
    )
    source: Sentence = Field(description="Where the numbers are from.")


EstimatorKeys = Annotated[
    RatioEstimator | RegressionEstimator | PostStratifiedEstimator | ClusterTotalEstimator,
    Field(discriminator="kind"),
]


class CollapsedStrata(Document):
    """Strata that share one variance, because one of them has a single plot."""

    strata: Annotated[tuple[Word, ...], Field(min_length=2)] = Field(
        description="Ids of strata that are expected to be alike."
    )
    reason: Sentence = Field(description="Why these, in words; to be decided before the plots are measured.")

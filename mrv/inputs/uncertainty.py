"""What the project file says about errors: which count, how large they are, how many draws."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from mrv.inputs.table_source import Document, Sentence

Component = Literal[
    "sampling",
    "equation_choice",
    "equation_parameters",
    "wood_density",
    "height_model",
    "measuring_bias",
    "extrapolation",
    "dead_wood",
    "carbon_fraction",
    "root_shoot_ratio",
    "area",
    "baseline",
    "stated_amounts",
    "soil",
    "ground_pools",
]
COMPONENTS: tuple[Component, ...] = get_args(Component)
"""Sources of error that the budget knows, in the order in which they are told."""

SoilComponent = Literal[
    "soil_sampling",
    "soil_laboratory_carbon",
    "soil_bulk_density",
    "soil_loss_on_ignition_line",
    "soil_compaction",
    "soil_gap_rule",
    "soil_layer_carbon",
    "soil_allochthonous_share",
    "soil_default_rate",
    "soil_gas_flux",
]
SOIL_COMPONENTS: tuple[SoilComponent, ...] = get_args(SoilComponent)
"""Sources of error of figures of soil, in the order in which they are told; areas they share with trees."""

CanBeLeftOut = Literal[
    "equation_choice",
    "equation_parameters",
    "wood_density",
    "height_model",
    "measuring_bias",
    "extrapolation",
    "dead_wood",
    "carbon_fraction",
    "root_shoot_ratio",
    "area",
    "baseline",
    "soil_laboratory_carbon",
    "soil_bulk_density",
    "soil_loss_on_ignition_line",
    "soil_compaction",
    "soil_gap_rule",
    "soil_layer_carbon",
    "soil_allochthonous_share",
    "soil_default_rate",
    "soil_gas_flux",
]

Positive = Annotated[float, Field(gt=0)]


class RelativeError(Document):
    """A relative standard error and where it is from."""

    relative_standard_error: Positive = Field(description="Standard error over the value. [1]")
    source: Sentence = Field(description="Where the error is from.")


class Alternatives(Document):
    """Equations that could have been used as well."""

    equations: Annotated[tuple[Sentence, ...], Field(min_length=1)] = Field(
        description="Ids of equations of the same component."
    )
    reason: Sentence = Field(description="Why these and no others.")


class AreaErrors(Document):
    """Errors of the areas of the strata, and how they hang together."""

    covariance_ha2: dict[str, dict[str, float]] = Field(
        min_length=1,
        description="Stratum: stratum: covariance of their areas. Areas that add up to a known total have "
        "negative covariances. [ha2]",
    )
    source: Sentence = Field(description="Where the covariances are from.")


class MeasuringBias(Document):
    """By how much a crew or an instrument may read all trees of a date too large or too small."""

    diameter: RelativeError | None = Field(None, description="Of diameters.")
    height: RelativeError | None = Field(None, description="Of heights.")


class Uncertainty(Document):
    """The error budget: draws, components left out, errors that the project states."""

    draws: int = Field(10_000, ge=1_000, description="Draws at least; rounded up to whole thousands.")
    draws_at_most: int | None = Field(
        None,
        ge=1_000,
        description="Go on drawing until two digits of the standard error stand, but stop here. Without it, "
        "the run stops at draws and says how well the figures have settled.",
    )
    left_out: dict[CanBeLeftOut, Sentence] = Field(
        default_factory=dict, description="Component that is taken as exact: why, in words."
    )
    other_wood_densities: RelativeError | None = Field(
        None,
        description="Error of the wood density of species for which no other is stated.",
    )
    equations: dict[str, RelativeError] = Field(
        default_factory=dict,
        description="Id of an equation without a published covariance: error of the biomass it gives, shared "
        "by all its trees.",
    )
    alternatives: dict[str, Alternatives] = Field(
        default_factory=dict,
        description="Id of an equation in use: equations that could have been used as well, in place of "
        "those that the table of equations admits.",
    )
    measuring_bias: MeasuringBias = Field(
        default_factory=MeasuringBias,
        description="Error that all trees of a survey share and those of another date do not, such as from a "
        "check cruise.",
    )
    areas: AreaErrors | None = Field(None, description="Errors of the areas; left out, they are exact.")

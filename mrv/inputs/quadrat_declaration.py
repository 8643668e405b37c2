"""What the project file says of quadrats: litter, understory and pneumatophores on squares of a plot."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from mrv.inputs.stated_values import NotNegative, StatedShare
from mrv.inputs.table_source import Document, Sentence, TableSource, Word


class StatedMass(Document):
    """Mean dry mass of one individual, with its source."""

    value_g: float = Field(gt=0, description="Mean dry mass. [g]")
    standard_error_g: NotNegative | None = Field(None, description="Standard error of the mean. [g]")
    source: Sentence = Field(description="Where the mean is from.")


class WeighedSample(Document):
    """Individuals that were dried and weighed one by one; their mean stands for all."""

    sample: TableSource = Field(description="Table of the individuals weighed: dry_mass_g.")


def _kind_of_mass(value: Any) -> str:
    return "(sample)" if isinstance(value, dict) and "sample" in value else "(value)"


IndividualMass = Annotated[
    Annotated[StatedMass, Tag("(value)")] | Annotated[WeighedSample, Tag("(sample)")],
    Discriminator(_kind_of_mass),
]


class PlotsWithout(Document):
    """Plots that were searched and have none of the pool; without this they count as not measured."""

    plots: tuple[Word, ...] | Literal["all"] = Field(
        description="Ids of the plots, or 'all' for every plot that the tables of quadrats do not mention."
    )
    reason: Sentence = Field(description="How it is known, in words.")


class Quadrats(Document):
    """A pool that was weighed or counted on quadrats; reported. Litter can be in the sink."""

    quadrats: Annotated[tuple[TableSource, ...], Field(min_length=1)] = Field(
        description="One or several tables of quadrats: plot_id, quadrat_id, quadrat_area_m2, and one of "
        "dry_mass_g, fresh_mass_g and individuals; a quadrat without any has 0."
    )
    dry_fresh_ratio: StatedShare | None = Field(
        None, description="Dry over fresh mass; needed where the mass was taken fresh."
    )
    individual_mass: IndividualMass | None = Field(
        None, description="Mean dry mass of one individual; needed where individuals were counted."
    )
    carbon_fraction: StatedShare | None = Field(
        None, description="Carbon over dry mass; left out, the pool is told in dry mass alone."
    )
    plots_without: PlotsWithout | None = Field(
        None, description="Plots that were searched and have none, with the reason."
    )


class Pneumatophores(Quadrats):
    """Pneumatophores on quadrats, and whether an equation of the trees weighs them already."""

    contained_in: Literal["agb_equation", "bgb_equation", "neither"] = Field(
        description="Which tree equation has them in its biomass. Only with 'neither' may they be told as a "
        "pool of their own."
    )
    contained_in_source: Sentence = Field(description="Where it is said what the equation has weighed.")

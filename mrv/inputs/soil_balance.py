"""What the project file says of the balance of soil: carbon from elsewhere, a default rate, gases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from mrv.findings import Finding
from mrv.inputs.row_filters import Where
from mrv.inputs.sampling import NotNegative
from mrv.inputs.soil_declaration import Fraction, LossOnIgnition, PositiveNumber
from mrv.inputs.table_source import Document, Sentence
from mrv.yaml_file import Key, suggestion

Share = Annotated[float, Field(ge=0, le=1)]
PartOfMass = Annotated[float, Field(ge=0, lt=1)]


class StatedShare(Document):
    """Share of the soil's carbon that came from elsewhere, as measured."""

    share: Share | dict[str, Share] = Field(description="A number, or stratum: number. [1]")
    standard_error: NotNegative | None = Field(None, description="Standard error of the share. [1]")
    source: Sentence = Field(description="How it was measured, such as by isotopes, and where it stands.")


class ShareByDeposition(Document):
    """Share of the soil's carbon that came from elsewhere, from the organic matter of what is laid down."""

    deposited_organic_matter: PartOfMass | dict[str, PartOfMass] = Field(
        description="Of the sediment that is laid down, per dry mass: a number, or stratum: number. [1]"
    )
    standard_error: NotNegative | None = Field(
        None, description="Standard error of deposited_organic_matter. [1]"
    )
    organic_matter: Fraction | dict[str, Fraction] = Field(
        description="Of the soil, per dry mass, as loss on ignition: a number, or stratum: number. [1]"
    )
    line: LossOnIgnition = Field(
        description="Line from organic matter to carbon; both terms take it, so that they agree."
    )
    source: Sentence = Field(description="Where both organic matters are from.")


def _kind_of_share(value: Any) -> str:
    return "(stated)" if isinstance(value, dict) and "share" in value else "(deposition)"


Allochthonous = Annotated[
    Annotated[StatedShare, Tag("(stated)")] | Annotated[ShareByDeposition, Tag("(deposition)")],
    Discriminator(_kind_of_share),
]


class DefaultRate(Document):
    """Accumulation by the default of VM0033, where nothing was measured."""

    cover: dict[str, Share] = Field(
        min_length=1,
        description="Stratum: share of its area under vegetation. Full rate from 50 %, none below 15 %. [1]",
    )
    source: Sentence = Field(description="Where the cover is from.")


class Gwp(Document):
    """Global warming potential of a gas."""

    value: PositiveNumber = Field(description="Over 100 years. [t CO2e/t]")
    source: Sentence = Field(description="Assessment report, or the text that fixes it.")


class Salinity(Document):
    """Salinity of the soil water, which decides the class of a default."""

    ppt: dict[str, NotNegative] = Field(min_length=1, description="Stratum: mean salinity. [ppt]")
    source: Sentence = Field(description="Where it was measured.")


class MeasuredFlux(Document):
    """Flux of a gas from the soil, as measured."""

    method: Literal["measured"] = Field(description="Chambers or towers.")
    flux_mg_m2_d: dict[str, float] = Field(
        min_length=1, description="Stratum: mean flux of the gas to the air over the year. [mg/m2/d]"
    )
    standard_error_mg_m2_d: dict[str, NotNegative] | None = Field(
        None, description="Stratum: standard error of the mean, same unit."
    )
    gwp: Gwp = Field(description="Global warming potential, with its source.")
    source: Sentence = Field(description="Where the fluxes are from.")


class DefaultMethane(Document):
    """Methane by the default of VM0033 for the salinity."""

    method: Literal["default"] = Field(description="By the class of salinity; there is none below 18 ppt.")
    salinity: Salinity = Field(description="Salinity of the soil water.")
    lower_class: bool = Field(
        False,
        description="Whether strata of 20 ppt and more take the lower default of eq. 61; the text lets both "
        "hold.",
    )
    gwp: Gwp = Field(description="Global warming potential, with its source.")


class DefaultNitrousOxide(Document):
    """Nitrous oxide by the default of VM0033 for the salinity."""

    method: Literal["default"] = Field(description="By the class of salinity.")
    salinity: Salinity = Field(description="Salinity of the soil water.")
    direct_nitrogen: bool | dict[str, bool] = Field(
        description="Whether nitrogen is brought in directly, as by sewage: there is no default then."
    )
    gwp: Gwp = Field(description="Global warming potential, with its source.")


Methane = Annotated[MeasuredFlux | DefaultMethane, Field(discriminator="method")]
NitrousOxide = Annotated[MeasuredFlux | DefaultNitrousOxide, Field(discriminator="method")]


class SoilBalance(Document):
    """What belongs to a balance of the soil besides its carbon; in the sink only by soil_in_sink."""

    allochthonous: Allochthonous | None = Field(
        None,
        description="Share of the carbon that came from elsewhere, taken off every gain of the soil.",
    )
    default_rate: DefaultRate | None = Field(
        None, description="Accumulation by the default of VM0033, for strata without a measured rate."
    )
    methane: Methane | None = Field(None, description="Methane from the soil.")
    nitrous_oxide: NitrousOxide | None = Field(None, description="Nitrous oxide from the soil.")


def value_of(stated: Mapping[str, float] | float, stratum_id: str) -> float | None:
    """Value that holds for a stratum; None where none is stated for it."""
    return stated.get(stratum_id) if isinstance(stated, Mapping) else stated


def _by_stratum(document: Document, key: Key = ()) -> Iterator[tuple[Key, Mapping[str, object]]]:
    """Every mapping from stratum to value in a part of the project file, with its key."""
    for name in type(document).model_fields:
        value = getattr(document, name)
        if isinstance(value, Document):
            yield from _by_stratum(value, (*key, name))
        elif isinstance(value, dict):
            yield (*key, name), value


def balance_findings(balance: SoilBalance, strata: frozenset[str], where: Where) -> Iterator[Finding]:
    """Strata that are named and that the project does not have, and errors without their value.

    Parameters
    ----------
    balance : SoilBalance
    strata : frozenset of str
        Ids of the strata of the project.
    where : callable
        Place of a key of ``soil_balance`` in the project file.
    """
    for key, values in _by_stratum(balance):
        for word in sorted(set(values) - strata):
            near = suggestion(word, strata)
            yield Finding(
                where(*key, word),
                "stratum-unknown",
                "{found!r} is no stratum; did you mean {near!r}?"
                if near
                else "{found!r} is no stratum; there are {known}",
                {"found": word, "near": near, "known": ", ".join(sorted(strata))},
            )
    oxide = balance.nitrous_oxide
    if isinstance(oxide, DefaultNitrousOxide) and isinstance(oxide.direct_nitrogen, dict):
        missing = sorted(set(oxide.salinity.ppt) - set(oxide.direct_nitrogen))
        if missing:
            yield Finding(
                where("nitrous_oxide", "direct_nitrogen"),
                "soil-nitrogen-missing",
                "no value for {names}; with direct nitrogen there is no default",
                {"names": ", ".join(missing)},
            )
    for name, gas in (("methane", balance.methane), ("nitrous_oxide", balance.nitrous_oxide)):
        if isinstance(gas, MeasuredFlux) and gas.standard_error_mg_m2_d:
            for word in sorted(set(gas.standard_error_mg_m2_d) - set(gas.flux_mg_m2_d)):
                yield Finding(
                    where(name, "standard_error_mg_m2_d", word),
                    "soil-flux-missing",
                    "an error for {stratum}, but flux_mg_m2_d has none",
                    {"stratum": word},
                )

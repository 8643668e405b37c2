"""Limits of what a stratum or the project can hold, gain or lay down: of estimates, not of rows.

Each row may be plausible and what is made of them not: a rate in the wrong unit, trees and soil counted
twice, an area left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mrv.findings import Finding, Phrase
from mrv.plausibility import judge
from mrv.quality.suspects import WHOLE_PROJECT, Suspect, beyond_limit
from mrv.run.soil_figure import SoilFigure
from mrv.run.survey_estimates import sink_rate
from mrv.soil.cores import depth_label
from mrv.soil_reference import soil_default
from mrv.stock.stocks import StockEstimate

REMOVAL, ACCRETION, STOCK = "removal_t_co2e_ha_yr", "accretion_mm_yr", "soc_1m_t_c_ha"
TOTAL = "total"
REPORTED = Phrase("it is a rate that enters no stock")


def place_of(stratum: str | None, *, date: str = "", method: str = "") -> Phrase:
    """A stratum or the project in words."""
    named = Phrase("the project") if stratum is None else Phrase("stratum {stratum}", stratum=stratum)
    told = ", ".join(filter(None, (date, method)))
    return Phrase("{place} ({told})", place=named, told=told) if told else named


def _limited_soil(figure: SoilFigure) -> str | None:
    """Limits that hold for a figure of soil; None where none do."""
    if figure.stock.unit == "mm/yr" and figure.quantity != "soil_shallow_subsidence":
        return ACCRETION
    metre = depth_label(soil_default("reporting_depth_lower"))
    if figure.quantity == "soil_carbon_density" and figure.index["depth"] == metre:
        return STOCK
    return REMOVAL if figure.quantity == "soil_carbon_sink" else None


def _judged(
    figures: Iterable[tuple[str, str, StockEstimate, Phrase]], accounted: bool = True
) -> Iterator[Suspect]:
    """Suspects among figures; a rate has an effect only where it is accounted."""
    for where, quantity, stock, place in figures:
        value = stock.estimate.value
        judgement = judge(quantity, value)
        if judgement == "ok":
            continue
        finding = beyond_limit(where, quantity, place, value, judgement)
        if stock.stratum_id is None:
            yield Suspect(finding, why=WHOLE_PROJECT)
        elif quantity != STOCK and not accounted:
            yield Suspect(finding, why=REPORTED)
        else:
            yield Suspect(finding, "soil_strata" if quantity == STOCK else "strata", (stock.stratum_id,))


def soil_limit_suspects(figures: Sequence[SoilFigure], *, accounted: bool = False) -> list[Suspect]:
    """Stocks to one metre, rates of the surface and sinks of soil beyond a limit, by stratum and project.

    Parameters
    ----------
    figures : sequence of SoilFigure
    accounted : bool, optional
        Whether soil is in the sink.
    """
    return list(
        _judged(
            (
                (
                    figure.quantity,
                    quantity,
                    figure.stock,
                    place_of(
                        figure.stock.stratum_id,
                        date=figure.index.get("date", ""),
                        method=figure.index.get("method", ""),
                    ),
                )
                for figure in figures
                if (quantity := _limited_soil(figure)) is not None
            ),
            accounted,
        )
    )


def sink_limit_suspects(changes: Sequence[StockEstimate]) -> list[Suspect]:
    """Sinks of biomass per hectare and year beyond a limit, by stratum and project.

    Parameters
    ----------
    changes : sequence of StockEstimate
        Change of carbon; the total of the pools counts. [t_c/ha]
    """
    sinks = [sink_rate(change) for change in changes if change.pool == TOTAL]
    return list(
        _judged(("carbon_sink", REMOVAL, sink, place_of(sink.stratum_id, date=sink.date)) for sink in sinks)
    )


def findings_of(suspects: Iterable[Suspect]) -> list[Finding]:
    """What is told of suspects."""
    return [suspect.finding for suspect in suspects]

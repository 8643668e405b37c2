"""Limits of what a stratum or the project can hold, gain or lay down: of estimates, not of rows.

Each row may be plausible and what is made of them not: a rate in the wrong unit, trees and soil counted
twice, an area left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mrv.findings import Finding, Phrase
from mrv.plausibility import judge
from mrv.quality.suspects import beyond_limit
from mrv.run.soil_figure import SoilFigure
from mrv.run.survey_estimates import sink_rate
from mrv.soil.cores import depth_label
from mrv.soil_reference import soil_default
from mrv.stock.stocks import StockEstimate

REMOVAL, ACCRETION, STOCK = "removal_t_co2e_ha_yr", "accretion_mm_yr", "soc_1m_t_c_ha"
TOTAL = "total"


def _place(stratum: str | None, *, date: str = "", method: str = "") -> Phrase:
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
    figures: Iterable[tuple[str, str, Phrase, float]],
) -> Iterator[Finding]:
    for where, quantity, place, value in figures:
        judgement = judge(quantity, value)
        if judgement != "ok":
            yield beyond_limit(where, quantity, place, value, judgement)


def soil_limit_findings(figures: Sequence[SoilFigure]) -> list[Finding]:
    """Stocks to one metre, rates of the surface and sinks of soil beyond a limit, by stratum and project."""
    return list(
        _judged(
            (
                figure.quantity,
                quantity,
                _place(
                    figure.stock.stratum_id,
                    date=figure.index.get("date", ""),
                    method=figure.index.get("method", ""),
                ),
                figure.stock.estimate.value,
            )
            for figure in figures
            if (quantity := _limited_soil(figure)) is not None
        )
    )


def sink_limit_findings(changes: Sequence[StockEstimate]) -> list[Finding]:
    """Sinks of biomass per hectare and year beyond a limit, by stratum and project.

    Parameters
    ----------
    changes : sequence of StockEstimate
        Change of carbon; the total of the pools counts. [t_c/ha]
    """
    sinks = [sink_rate(change) for change in changes if change.pool == TOTAL]
    return list(
        _judged(
            ("carbon_sink", REMOVAL, _place(sink.stratum_id, date=sink.date), sink.estimate.value)
            for sink in sinks
        )
    )

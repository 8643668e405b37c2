"""Whether more carbon is kept than a mangrove fixes: wood that grew and carbon buried, against production.

What a stand adds to its stems and what its soil buries of the stand's own carbon are both paid from net
primary production, and so are leaves that fall and roots that die. Each may be plausible and both together
not: the same carbon counted twice, a rate that is not of this stand, a share from elsewhere forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from mrv.findings import Phrase
from mrv.plausibility import judge
from mrv.quality.suspects import WHOLE_PROJECT, Suspect, beyond_limit
from mrv.run.figure_limits import TOTAL, place_of
from mrv.run.growth_estimates import Growth
from mrv.run.soil_figure import SoilFigure
from mrv.run.survey_estimates import sink_rate
from mrv.stock.stocks import StockEstimate
from mrv.units import CO2_PER_C

KEPT = "carbon_kept_t_c_ha_yr"
"""Wood grown and carbon buried, a lower bound of net primary production; key of the limits."""

GROWN = ("survivor_growth", "ingrowth")


def _grown(growth: Growth | None, changes: Sequence[StockEstimate]) -> dict[str | None, float]:
    """Carbon that stems added, by stratum: gross where they are tagged, else net of what died. [t_c/ha/yr]"""
    net = {
        sink.stratum_id: sink.estimate.value / CO2_PER_C
        for sink in map(sink_rate, (change for change in changes if change.pool == TOTAL))
    }
    if growth is None:
        return net
    gross: dict[str | None, list[float]] = {}
    for component in GROWN:
        for found in growth.estimates[component]:
            gross.setdefault(found.stratum_id, []).append(found.estimate.value)
    return {**net, **{name: math.fsum(parts) for name, parts in gross.items()}}


def _buried(figures: Sequence[SoilFigure]) -> Mapping[tuple[str | None, str], float]:
    """Carbon that soil keeps, by stratum and method; its own alone where that is known. [t_c/ha/yr]"""
    found: dict[tuple[str | None, str], float] = {}
    for quantity in ("soil_carbon_sink", "soil_carbon_sink_net"):
        for figure in figures:
            if figure.quantity == quantity:
                method = figure.index.get("method", "")
                found[figure.stock.stratum_id, method] = figure.stock.estimate.value / CO2_PER_C
    return found


def carbon_kept(
    growth: Growth | None, changes: Sequence[StockEstimate], soil: Sequence[SoilFigure]
) -> Iterator[tuple[str | None, str, float]]:
    """Carbon kept by stratum and for the project, with each method of the soil by itself. [t_c/ha/yr]

    Parameters
    ----------
    growth : Growth or None
        None where stems cannot be followed.
    changes : sequence of StockEstimate
        Change of carbon. [t_c/ha]
    soil : sequence of SoilFigure

    Yields
    ------
    stratum, method, value
        The project has no stratum, wood alone no method.
    """
    grown, buried = _grown(growth, changes), _buried(soil)
    for stratum, value in grown.items():
        yield stratum, "", value
    for (stratum, method), value in buried.items():
        if value > 0:
            yield stratum, method, value + max(grown.get(stratum, 0.0), 0.0)


def carbon_balance_suspects(
    growth: Growth | None, changes: Sequence[StockEstimate], soil: Sequence[SoilFigure]
) -> list[Suspect]:
    """Strata, and the project, that keep more carbon than mangroves fix.

    Parameters
    ----------
    growth, changes, soil
        As of :func:`carbon_kept`.
    """
    found = []
    told: set[str | None] = set()
    for stratum, method, value in carbon_kept(growth, changes, soil):
        judgement = judge(KEPT, value)
        if judgement == "ok" or stratum in told:
            continue
        # Soil comes on top of wood that is too much already.
        if not method:
            told.add(stratum)
        parts = Phrase("wood and soil by {method}", method=method) if method else Phrase("wood alone")
        name = Phrase("{place}, {parts}", place=place_of(stratum), parts=parts)
        where = "soil_carbon_sink" if method else "carbon_sink"
        finding = beyond_limit(where, KEPT, name, value, judgement)
        found.append(
            Suspect(finding, why=WHOLE_PROJECT) if stratum is None else Suspect(finding, "strata", (stratum,))
        )
    return found

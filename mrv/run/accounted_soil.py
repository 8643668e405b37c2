"""Soil as an accounted pool: which of its estimates the equations take, and how these are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from mrv.accounting.given import Given
from mrv.findings import Finding, Phrase
from mrv.inputs import Inputs
from mrv.inputs.accounting_declaration import SoilInSink
from mrv.inputs.project import Period
from mrv.run.soil_budget import SoilBudget, soil_drawing
from mrv.run.soil_estimates import SoilEstimates
from mrv.run.soil_figure import SoilFigure
from mrv.soil.cores import depth_label

SHARE = "allochthonous_share"
SHARE_FIGURE = "soil_allochthonous_share"


@dataclass(frozen=True)
class Way:
    """A way of counting soil: the input of the equations, its unit, and the figures it is taken from.

    Attributes
    ----------
    name, unit, quantity : str
    index : mapping
        Of the figures.
    where : str
        Key of the project file.
    """

    name: str
    unit: str
    quantity: str
    index: Mapping[str, str]
    where: str


def way_of(declared: SoilInSink, period: Period) -> Way | None:
    """How a project counts soil; None where it does not say."""
    if declared.stock_difference is not None:
        by = declared.stock_difference
        index = {
            "depth": depth_label(by.depth_cm),
            "method": by.method,
            "date": f"{period.start}/{period.end}",
        }
        where = "soil_in_sink.stock_difference"
        return Way("soil_stock_difference", "t_c/ha", "soil_carbon_change", index, where)
    if declared.rate is not None:
        index = {"method": declared.rate.method}
        where = "soil_in_sink.rate"
        return Way("soil_accumulation", "t_c/ha/yr", "soil_accumulation_rate", index, where)
    return None


@dataclass(frozen=True)
class AccountedSoil:
    """Estimates of soil that are in the sink, by stratum.

    Attributes
    ----------
    way : Way
    change, share : mapping
        Figures by stratum: the change or the rate, and the share from elsewhere.
    cover : mapping
        Share of each stratum with cover; empty by stock difference. [1]
    drawing : SoilBudget
    """

    way: Way
    change: Mapping[str, SoilFigure]
    share: Mapping[str, SoilFigure]
    cover: Mapping[str, float]
    drawing: SoilBudget

    def givens(self, strata: Sequence[str]) -> dict[str, Given]:
        """Central values for the equations."""
        own = [self.change[name].stock.estimate for name in strata]
        shares = [self.share[name].stock.estimate.value for name in strata]
        source = f"{own[0].method}, tables/strata.csv"
        place = f"mrv.yaml: {self.way.where}"
        found = {
            self.way.name: _given(
                strata, [e.value for e in own], self.way.unit, source, "Change of soil carbon"
            ),
            f"{self.way.name}_standard_error": _given(
                strata,
                [e.standard_error for e in own],
                self.way.unit,
                source,
                "Standard error of that change",
            ),
            "soil_degrees_of_freedom": _given(
                strata, [e.degrees_of_freedom for e in own], "1", source, "Degrees of freedom of that error"
            ),
            SHARE: _given(
                strata,
                shares,
                "1",
                "mrv.yaml: soil_balance.allochthonous",
                "Share of the soil's carbon that came from elsewhere",
            ),
        }
        if self.cover:
            cover = [self.cover[name] for name in strata]
            found["soil_cover_share"] = _given(strata, cover, "1", place, "Share of the stratum with cover")
        return found

    def draws(self, count: int, strata: Sequence[str]) -> dict[str, xr.DataArray]:
        """Draws of the change or rate and of the share from elsewhere, where they have an error."""
        drawing = replace(self.drawing, draws=count)
        found = {}
        for name, figures in ((self.way.name, self.change), (SHARE, self.share)):
            parts = []
            for stratum in strata:
                drawn = drawing.figure_draws(figures[stratum])
                central = np.full((2, count), figures[stratum].stock.estimate.value)
                parts.append(central if drawn is None else drawn)
            found[name] = xr.DataArray(
                np.stack(parts), {"stratum": list(strata)}, ["stratum", "kind", "draw"]
            )
        return found


def _given(strata: Sequence[str], values: list[float], unit: str, source: str, description: str) -> Given:
    array = xr.DataArray(values, {"stratum": list(strata)}, ["stratum"])
    return Given(array, unit, source, "stated", description=description)


def _by_stratum(
    figures: Sequence[SoilFigure], quantity: str, index: Mapping[str, str]
) -> dict[str, SoilFigure]:
    return {
        figure.stock.stratum_id: figure
        for figure in figures
        if figure.quantity == quantity
        and figure.stock.stratum_id is not None
        and index.items() <= figure.index.items()
    }


def _known(figures: Sequence[SoilFigure], quantity: str) -> str:
    ways = {
        ", ".join(figure.index[key] for key in ("method", "depth", "date") if key in figure.index)
        for figure in figures
        if figure.quantity == quantity
    }
    return "; ".join(sorted(ways))


def accounted_soil(
    inputs: Inputs, soil: SoilEstimates, areas_ha: Mapping[str, float]
) -> tuple[AccountedSoil | None, list[Finding]]:
    """Soil in the sink of a project; None where it is only reported.

    Parameters
    ----------
    inputs : Inputs
    soil : SoilEstimates
    areas_ha : mapping
        Area of each stratum. [ha]
    """
    project = inputs.project
    if project.soil_in_sink is None or project.monitoring_period is None:
        return None, []
    way = way_of(project.soil_in_sink, project.monitoring_period)
    if way is None:
        return None, []
    change = _by_stratum(soil.figures, way.quantity, way.index)
    share = _by_stratum(soil.figures, SHARE_FIGURE, {})
    rate = project.soil_in_sink.rate
    cover = dict(rate.cover) if rate is not None and project.soil_in_sink.stock_difference is None else {}
    findings = []
    lacking = [name for name in areas_ha if name not in change]
    if lacking:
        findings.append(
            Finding(
                inputs.positions.where_dotted(way.where),
                "soil-in-sink-missing",
                "no {wanted} for {strata}; known are: {known}",
                {
                    "wanted": ", ".join(way.index.values()),
                    "strata": ", ".join(lacking),
                    "known": _known(soil.figures, way.quantity) or Phrase("none"),
                },
            )
        )
    for where, found in (("soil_balance.allochthonous", share), (f"{way.where}.cover", cover)):
        if where.endswith("cover") and not cover:
            continue
        lacking = [name for name in areas_ha if name not in found]
        if lacking:
            findings.append(
                Finding(
                    inputs.positions.where_dotted(where),
                    "soil-in-sink-strata",
                    "nothing is stated for {strata}; soil is in the sink of every stratum",
                    {"strata": ", ".join(lacking)},
                )
            )
    if findings:
        return None, findings
    return AccountedSoil(way, change, share, cover, soil_drawing(inputs, soil, areas_ha, None)), []

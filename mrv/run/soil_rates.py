"""Rates of the soil of strata: accretion, change of elevation, accumulation of carbon."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.inputs.soil_declaration import LayerCarbon
from mrv.inputs.soil_tables import SoilStations
from mrv.plausibility import judge
from mrv.quality.suspects import beyond_limit
from mrv.run.soil_figure import SoilFigure
from mrv.soil.elevation import carbon_accumulation_from_accretion
from mrv.soil.lead_210 import T_HA_PER_G_M2
from mrv.soil.stations import (
    accretion_of_stations,
    accumulation_of_dated_cores,
    elevation_change_of_stations,
)
from mrv.stock.by_design import DesignKind, SampleDesign, stratum_estimator
from mrv.stock.stocks import StockEstimate, project_mean
from mrv.uncertainty.soil import Effect, Sample

STATION_POOL = "station"

MARKER_HORIZON = "marker horizon"


def _rate_estimates(
    stations: pd.DataFrame, column: str, unit: str, kind: DesignKind, areas_ha: Mapping[str, float]
) -> list[StockEstimate]:
    """Mean of the stations of each stratum, and of the project where all strata have stations."""
    known = stations[stations[column].notna()]
    known = known.assign(plot_id=[str(number) for number in range(len(known))])
    design = SampleDesign(kind)
    strata = {
        name: own.estimator.estimate(own.values(column))
        for name in sorted(set(known["stratum_id"].astype("str")))
        for own in [stratum_estimator(known, design, name, math.nan)]
    }
    estimates = [StockEstimate(name, STATION_POOL, "", unit, estimate) for name, estimate in strata.items()]
    if strata and set(areas_ha) <= set(strata):
        whole = project_mean(list(strata.values()), [areas_ha[name] for name in strata])
        if whole is not None:
            estimates.append(StockEstimate(None, STATION_POOL, "", unit, whole))
    return estimates


def layer_density(carbon: LayerCarbon, stratum_id: str) -> float:
    """Carbon density of the layer above the markers of a stratum. [g C cm⁻³]"""
    return carbon.value[stratum_id] if isinstance(carbon.value, dict) else carbon.value


def accumulation_from_markers(
    accretion: Sequence[StockEstimate], carbon: LayerCarbon, areas_ha: Mapping[str, float]
) -> list[SoilFigure]:
    """Carbon that accumulates above the markers of each stratum. [t_c/ha/yr]

    The error of the stations is the sampling error; that of the carbon density, which all stations share,
    is drawn in the error budget.
    """
    rates = {}
    effects = {}
    for stock in accretion:
        if stock.stratum_id is None:
            continue
        density = layer_density(carbon, stock.stratum_id)
        per_mm = float(carbon_accumulation_from_accretion(1.0, density)) * T_HA_PER_G_M2
        rates[stock.stratum_id] = stock.estimate.times(per_mm)
        step = rates[stock.stratum_id].value * (carbon.standard_error or 0.0) / density
        effects[stock.stratum_id] = (Effect("soil_layer_carbon", "soil.layer_carbon", step),)
    stocks = [StockEstimate(name, STATION_POOL, "", "t_c/ha/yr", rate) for name, rate in rates.items()]
    if rates and set(areas_ha) <= set(rates):
        whole = project_mean(list(rates.values()), [areas_ha[name] for name in rates])
        if whole is not None:
            stocks.append(StockEstimate(None, STATION_POOL, "", "t_c/ha/yr", whole))
    return [
        SoilFigure(
            "soil_accumulation_rate",
            {"method": MARKER_HORIZON},
            stock,
            "stations",
            effects[stock.stratum_id] if stock.stratum_id is not None else (),
        )
        for stock in stocks
    ]


def _figures(
    quantity: str, method: str, stocks: Sequence[StockEstimate], sample: Sample = "stations"
) -> list[SoilFigure]:
    return [SoilFigure(quantity, {"method": method}, stock, sample) for stock in stocks]


def station_figures(
    stations: SoilStations, areas_ha: Mapping[str, float]
) -> tuple[list[SoilFigure], pd.DataFrame]:
    """Rates of each stratum by every method there is, and the rates of the single stations and cores."""
    declared = stations.declaration
    kind = declared.design
    figures: list[SoilFigure] = []
    tables: list[pd.DataFrame] = []
    accretion = accretion_of_stations(stations.marker_horizons)
    elevation = elevation_change_of_stations(stations.elevation_tables)
    if len(accretion):
        rates = _rate_estimates(accretion, "accretion_mm_yr", "mm/yr", kind, areas_ha)
        figures += _figures("soil_accretion", MARKER_HORIZON, rates)
        if declared.layer_carbon is not None:
            figures += accumulation_from_markers(rates, declared.layer_carbon, areas_ha)
    if len(elevation):
        rates = _rate_estimates(elevation, "elevation_change_mm_yr", "mm/yr", kind, areas_ha)
        figures += _figures("soil_elevation_change", "surface elevation table", rates)
    tables += [table for table in (accretion, elevation) if len(table)]
    both = accretion.merge(elevation[["station_id", "elevation_change_mm_yr"]], on="station_id")
    if len(both):
        subsidence = both["accretion_mm_yr"] - both["elevation_change_mm_yr"]
        both = both.assign(shallow_subsidence_mm_yr=subsidence)
        rates = _rate_estimates(both, "shallow_subsidence_mm_yr", "mm/yr", kind, areas_ha)
        figures += _figures("soil_shallow_subsidence", "marker horizon, surface elevation table", rates)
    if declared.lead_210 is not None:
        dated = accumulation_of_dated_cores(stations.lead_210, declared.lead_210)
        method = {"cf_cs": "lead-210, CF:CS", "crs": "lead-210, CRS"}[declared.lead_210.model]
        rates = _rate_estimates(dated, "accumulation_t_c_ha_yr", "t_c/ha/yr", kind, areas_ha)
        figures += _figures("soil_accumulation_rate", method, rates, "dated cores")
        tables.append(dated.rename(columns={"core_id": "station_id"}))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return figures, table


RATES_MM_YR = ("accretion_mm_yr", "elevation_change_mm_yr")
"""Columns of the table of stations that the limits of accretion hold for. [mm/yr]"""


def station_findings(stations: pd.DataFrame) -> list[Finding]:
    """Stations with such an accretion, or change of elevation, as no marsh has, or few."""
    quantity = "accretion_mm_yr"
    findings = []
    for row in stations.to_dict("records"):
        for column in RATES_MM_YR:
            value = float(row.get(column, math.nan))
            judgement = judge(quantity, value)
            if judgement != "ok":
                name = Phrase("station {station}", station=row["station_id"])
                findings.append(beyond_limit(str(row["source"]), quantity, name, value, judgement))
    return findings

"""Soil of a run: stocks of strata to each depth, and rates; estimated and reported, never credited."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from mrv.findings import Finding
from mrv.inputs.soil_declaration import LayerCarbon
from mrv.plausibility import limits
from mrv.soil.cores import core_table, depth_label, plot_soil, prepared_sections, stock_column
from mrv.soil.elevation import carbon_accumulation_from_accretion
from mrv.soil.lead_210 import T_HA_PER_G_M2
from mrv.soil.stations import (
    accretion_of_stations,
    accumulation_of_dated_cores,
    elevation_change_of_stations,
)
from mrv.soil_reference import soil_default
from mrv.stock.by_design import DesignKind, SampleDesign, stratum_estimator
from mrv.stock.estimators import Estimate
from mrv.stock.stocks import StockEstimate, estimate_stocks, project_mean

if TYPE_CHECKING:
    from mrv.inputs import Inputs, Survey
    from mrv.inputs.soil_tables import SoilStations

POOL = "soil"
STATION_POOL = "station"


@dataclass(frozen=True)
class SoilFigure:
    """An estimate of soil with what tells it from others of its quantity.

    Attributes
    ----------
    quantity : str
        ``soil_carbon_density``, ``soil_accumulation_rate``, ``soil_accretion``, ``soil_elevation_change``
        or ``soil_shallow_subsidence``.
    index : mapping
        ``depth`` and ``date`` of a stock, ``method`` of a rate.
    stock : StockEstimate
        Stratum, unit and estimate.
    """

    quantity: str
    index: Mapping[str, str]
    stock: StockEstimate


@dataclass(frozen=True)
class SoilEstimates:
    """Everything that a run says of soil.

    Attributes
    ----------
    cores : DataFrame
        Stock of every core to every depth, of all surveys; without rows where no cores were taken.
    sections : DataFrame
        Sections of the cores as they lay in the ground.
    stations : DataFrame
        Rate of every station and dated core.
    figures : tuple of SoilFigure
    findings : tuple of Finding
    """

    cores: pd.DataFrame = field(default_factory=pd.DataFrame)
    sections: pd.DataFrame = field(default_factory=pd.DataFrame)
    stations: pd.DataFrame = field(default_factory=pd.DataFrame)
    figures: tuple[SoilFigure, ...] = ()
    findings: tuple[Finding, ...] = ()


def soil_design(survey: Survey) -> SampleDesign:
    """Design of the plots with cores; cores fill no area, so that no finite population is corrected for."""
    clusters = survey.design.clusters_in_stratum
    return SampleDesign(survey.design.kind, math.nan, dict(clusters) if clusters else {})


def _only_whole_project(stocks: Sequence[StockEstimate], strata: set[str]) -> list[StockEstimate]:
    """Estimates without that of the project where a stratum of it has no cores."""
    sampled = {stock.stratum_id for stock in stocks if stock.stratum_id is not None}
    return [stock for stock in stocks if stock.stratum_id is not None or strata <= sampled]


def survey_stocks(survey: Survey, cores: pd.DataFrame, areas_ha: Mapping[str, float]) -> list[SoilFigure]:
    """Stock of soil carbon of each stratum to each depth. [t_c/ha]

    The plot is the replicate: its value is the mean of its cores that reach the depth.
    """
    figures: list[SoilFigure] = []
    if survey.soil is None:
        return figures
    for depth in survey.soil.depths_cm:
        column = stock_column(depth)
        plots = survey.plots.merge(plot_soil(cores, depth), on="plot_id", how="inner")
        if plots.empty:
            continue
        stocks = estimate_stocks(
            plots, soil_design(survey), areas_ha, survey.date, {POOL: (column, "t_c/ha")}
        )
        figures += [
            SoilFigure("soil_carbon_density", {"depth": depth_label(depth), "date": survey.date}, stock)
            for stock in _only_whole_project(stocks, set(areas_ha))
        ]
    return figures


def short_core_findings(survey: Survey, cores: pd.DataFrame) -> list[Finding]:
    """Cores that end above a depth, and plots that have no stock for it; nothing is extrapolated."""
    if survey.soil is None:
        return []
    findings = []
    for depth in survey.soil.depths_cm:
        own = cores[cores["depth"] == depth_label(depth)]
        short = own[own["complete"] == "no"]
        if short.empty:
            continue
        left = own["plot_id"].nunique() - plot_soil(cores, depth)["plot_id"].nunique()
        findings.append(
            Finding(
                str(short["source"].iloc[0]),
                "soil-cores-short",
                "{count} of {cores} cores have no stock to {depth:g} cm; this is the first. {plots} plots "
                "have none at all",
                {"count": len(short), "cores": len(own), "depth": depth, "plots": left},
                severity="note",
            )
        )
    return findings


def plausibility_findings(cores: pd.DataFrame) -> list[Finding]:
    """Stocks to one metre such as no soil, or few soils, have."""
    metre = cores[cores["depth"] == depth_label(soil_default("reporting_depth_lower"))]
    values = metre["stock_t_c_ha"]
    limit = limits()["soc_1m_t_c_ha"]
    hard, soft = (limit.hard_low, limit.hard_high), (limit.soft_low, limit.soft_high)
    impossible = metre[values.notna() & ~values.between(*hard)]
    unusual = metre[values.notna() & ~values.between(*soft) & values.between(*hard)]
    findings = [
        Finding(
            str(row["source"]),
            "soil-stock-limit",
            "core {core!r} of plot {plot!r}: {found:.0f} t C/ha to one metre is outside {low:g}–{high:g}",
            {
                "core": row["core_id"],
                "plot": row["plot_id"],
                "found": row["stock_t_c_ha"],
                "low": hard[0],
                "high": hard[1],
            },
            waivable=True,
        )
        for row in impossible.to_dict("records")
    ]
    if len(unusual):
        findings.append(
            Finding(
                str(unusual["source"].iloc[0]),
                "soil-stock-unusual",
                "{count} cores hold less than {low:g} or more than {high:g} t C/ha to one metre; this is the "
                "first",
                {"count": len(unusual), "low": soft[0], "high": soft[1]},
                severity="note",
            )
        )
    return findings


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
) -> list[StockEstimate]:
    """Carbon that accumulates above the markers of each stratum. [t_c/ha/yr]

    The error of the accretion and that of the carbon density, which all stations share, are combined
    in quadrature; without a stated error of the density only the stations count.
    """
    estimates: dict[str, Estimate] = {}
    for stock in accretion:
        if stock.stratum_id is None:
            continue
        density = layer_density(carbon, stock.stratum_id)
        per_mm = float(carbon_accumulation_from_accretion(1.0, density)) * T_HA_PER_G_M2
        own = stock.estimate.times(per_mm)
        if carbon.standard_error is not None:
            shared = own.value * carbon.standard_error / density
            own = Estimate(
                own.value,
                math.hypot(own.standard_error, shared),
                own.degrees_of_freedom,
                own.units,
                f"{own.method}, with the error of the carbon density",
            )
        estimates[stock.stratum_id] = own
    rates = [
        StockEstimate(name, STATION_POOL, "", "t_c/ha/yr", estimate) for name, estimate in estimates.items()
    ]
    shares_error = carbon.standard_error is not None and len(estimates) > 1
    if estimates and set(areas_ha) <= set(estimates) and not shares_error:
        whole = project_mean(list(estimates.values()), [areas_ha[name] for name in estimates])
        if whole is not None:
            rates.append(StockEstimate(None, STATION_POOL, "", "t_c/ha/yr", whole))
    return rates


def _figures(quantity: str, method: str, stocks: Sequence[StockEstimate]) -> list[SoilFigure]:
    return [SoilFigure(quantity, {"method": method}, stock) for stock in stocks]


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
        figures += _figures("soil_accretion", "marker horizon", rates)
        if declared.layer_carbon is not None:
            carbon = accumulation_from_markers(rates, declared.layer_carbon, areas_ha)
            figures += _figures("soil_accumulation_rate", "marker horizon", carbon)
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
        figures += _figures("soil_accumulation_rate", method, rates)
        tables.append(dated.rename(columns={"core_id": "station_id"}))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return figures, table


def _accretion_outside(figures: Sequence[SoilFigure], low: float, high: float) -> list[dict[str, object]]:
    """Strata whose rates lie outside two limits, as the values of a message."""
    return [
        {
            "stratum": figure.stock.stratum_id,
            "found": figure.stock.estimate.value,
            "low": low,
            "high": high,
        }
        for figure in figures
        if figure.stock.unit == "mm/yr"
        and figure.stock.stratum_id is not None
        and not low <= figure.stock.estimate.value <= high
    ]


def accretion_findings(figures: Sequence[SoilFigure]) -> list[Finding]:
    """Accretion and change of elevation such as no marsh has, or few."""
    message = "{stratum}: {found:.1f} mm/yr is outside {low:g}–{high:g} mm/yr"
    limit = limits()["accretion_mm_yr"]
    refused = _accretion_outside(figures, limit.hard_low, limit.hard_high)
    known = {(values["stratum"], values["found"]) for values in refused}
    return [
        Finding("soil_rates", "soil-accretion-limit", message, values, waivable=True) for values in refused
    ] + [
        Finding("soil_rates", "soil-accretion-unusual", message, values, severity="note")
        for values in _accretion_outside(figures, limit.soft_low, limit.soft_high)
        if (values["stratum"], values["found"]) not in known
    ]


def estimate_soil(inputs: Inputs, areas_ha: Mapping[str, float]) -> SoilEstimates:
    """Stocks and rates of soil of a project; empty where it has neither cores nor stations.

    Parameters
    ----------
    inputs : Inputs
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    """
    tables: list[pd.DataFrame] = []
    sections: list[pd.DataFrame] = []
    figures: list[SoilFigure] = []
    findings: list[Finding] = []
    for survey in inputs.surveys:
        if survey.soil is None:
            continue
        cores = core_table(survey.soil)
        figures += survey_stocks(survey, cores, areas_ha)
        findings += short_core_findings(survey, cores) + plausibility_findings(cores)
        strata = survey.plots[["plot_id", "stratum_id"]]
        tables.append(cores.merge(strata, on="plot_id", how="left").assign(date=survey.date))
        analysed = prepared_sections(survey.soil)
        sections.append(analysed.merge(strata, on="plot_id", how="left").assign(date=survey.date))
    stations = pd.DataFrame()
    if inputs.soil_stations is not None:
        rates, stations = station_figures(inputs.soil_stations, areas_ha)
        figures += rates
        findings += accretion_findings(rates)
    return SoilEstimates(
        pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(),
        pd.concat(sections, ignore_index=True) if sections else pd.DataFrame(),
        stations,
        tuple(figures),
        tuple(findings),
    )

"""Soil of a run: stocks, their change, rates and gases; estimated and reported, never credited."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pandas as pd

from mrv.findings import Finding
from mrv.inputs import Inputs, Survey
from mrv.inputs.row_filters import Where
from mrv.inputs.soil_balance import SoilBalance
from mrv.inputs.uncertainty import SoilComponent
from mrv.run.figure_limits import findings_of, soil_limit_suspects
from mrv.run.soil_balance import (
    default_rates,
    line_findings,
    net_of_elsewhere,
    sensitivity_table,
    share_figures,
    shares_from_elsewhere,
    unknown_of_balance,
)
from mrv.run.soil_change import (
    SoilSample,
    change_figures,
    mass_short_findings,
    method_findings,
    sink_of_change,
)
from mrv.run.soil_figure import POOL, SoilFigure, only_whole_project
from mrv.run.soil_gases import gas_figures
from mrv.run.soil_rates import station_figures, station_findings
from mrv.run.soil_steps import shared_steps, with_effects
from mrv.soil.cores import (
    DEEPEST,
    core_table,
    cores_of,
    depth_label,
    plot_means,
    prepared_sections,
    profiles_to_depth,
    stock_column,
)
from mrv.soil.shared_errors import NO_STEP, Step
from mrv.stock.by_design import SampleDesign
from mrv.stock.stocks import StockEstimate, estimate_stocks
from mrv.units import CO2_PER_C


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
    allochthonous : DataFrame
        Share from elsewhere for every assumed organic matter of what is laid down.
    figures : tuple of SoilFigure
    unknown : mapping
        Components of the error budget, or parts of them, for which no error is stated: where it would be.
    findings : tuple of Finding
    """

    cores: pd.DataFrame = field(default_factory=pd.DataFrame)
    sections: pd.DataFrame = field(default_factory=pd.DataFrame)
    stations: pd.DataFrame = field(default_factory=pd.DataFrame)
    allochthonous: pd.DataFrame = field(default_factory=pd.DataFrame)
    figures: tuple[SoilFigure, ...] = ()
    unknown: Mapping[SoilComponent, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def soil_design(survey: Survey) -> SampleDesign:
    """Design of the plots with cores; cores fill no area, so that no finite population is corrected for."""
    clusters = survey.design.clusters_in_stratum
    return SampleDesign(survey.design.kind, math.nan, dict(clusters) if clusters else {})


Complete = Mapping[tuple[str, float], frozenset[tuple[str, str]]]
"""Plot and core of the cores that have a stock, by survey and depth."""


def complete_cores(tables: Mapping[str, pd.DataFrame], surveys: Sequence[Survey]) -> Complete:
    """Cores that have a stock to each depth."""
    found = {}
    for survey in surveys:
        table = tables[survey.date]
        for depth in survey.soil.depths_cm if survey.soil is not None else ():
            whole = table[(table["depth"] == depth_label(depth)) & (table["complete"] == "yes")]
            found[survey.date, depth] = frozenset(
                whole[["plot_id", "core_id"]].itertuples(index=False, name=None)
            )
    return found


def soil_sample(survey: Survey, complete: Complete, steps: tuple[Step, ...] = NO_STEP) -> SoilSample:
    """Plots with cores of a survey, with the profiles of their cores."""
    if survey.soil is None:
        return SoilSample(survey, soil_design(survey), {})
    cores = cores_of(survey.soil, survey.date, steps)
    by_depth = {
        depth: profiles_to_depth(cores, complete[survey.date, depth]) for depth in survey.soil.depths_cm
    }
    return SoilSample(survey, soil_design(survey), by_depth)


def stocks_of_sample(sample: SoilSample, areas_ha: Mapping[str, float]) -> list[SoilFigure]:
    """Stock of soil carbon of each stratum to each depth. [t_c/ha]

    The plot is the replicate: its value is the mean of its cores that reach the depth.
    """
    figures: list[SoilFigure] = []
    date = sample.survey.date
    for depth, profiles in sample.by_depth.items():
        plots = sample.survey.plots.merge(plot_means(profiles, depth), on="plot_id", how="inner")
        if plots.empty:
            continue
        stocks = estimate_stocks(
            plots, sample.design, areas_ha, date, {POOL: (stock_column(depth), "t_c/ha")}
        )
        index = {"depth": depth_label(depth), "date": date}
        figures += [
            SoilFigure("soil_carbon_density", index, stock, "cores")
            for stock in only_whole_project(stocks, areas_ha)
        ]
    return figures


def figures_of_cores(
    surveys: Sequence[Survey],
    areas_ha: Mapping[str, float],
    complete: Complete,
    steps: tuple[Step, ...] = NO_STEP,
) -> list[SoilFigure]:
    """Stocks of every survey with cores, and their change from the first of them to the last.

    Parameters
    ----------
    surveys : sequence of Survey
        Those with cores, oldest first.
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    complete : mapping
        Cores that count for each depth.
    steps : tuple of Step, optional
        Shared errors to compute with.
    """
    samples = [soil_sample(survey, complete, steps) for survey in surveys]
    figures = [figure for sample in samples for figure in stocks_of_sample(sample, areas_ha)]
    if len(samples) > 1:
        figures += change_figures(samples[0], samples[-1], areas_ha)
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
        left = own["plot_id"].nunique() - own[own["complete"] == "yes"]["plot_id"].nunique()
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


def _sinks(figures: Sequence[SoilFigure]) -> list[SoilFigure]:
    """Sinks of soil from changes of stocks and from rates. [t_co2e/ha/yr]"""
    sinks = [sink_of_change(figure) for figure in figures if figure.quantity == "soil_carbon_change"]
    for rate in figures:
        if rate.quantity != "soil_accumulation_rate":
            continue
        stock = StockEstimate(
            rate.stock.stratum_id, POOL, "", "t_co2e/ha/yr", rate.stock.estimate.times(CO2_PER_C)
        )
        effects = tuple(effect.times(CO2_PER_C) for effect in rate.effects)
        sinks.append(replace(rate, quantity="soil_carbon_sink", stock=stock, effects=effects))
    return sinks


def _cores(inputs: Inputs, areas_ha: Mapping[str, float], *, effects: bool) -> SoilEstimates:
    """What the cores of all surveys say."""
    surveys = [survey for survey in inputs.surveys if survey.soil is not None]
    tables: dict[str, pd.DataFrame] = {}
    sections, findings = [], []
    for survey in surveys:
        if survey.soil is None:
            continue
        table = core_table(cores_of(survey.soil, survey.date), survey.soil.depths_cm)
        findings += short_core_findings(survey, table)
        strata = survey.plots[["plot_id", "stratum_id"]]
        tables[survey.date] = table.merge(strata, on="plot_id", how="left").assign(date=survey.date)
        analysed = prepared_sections(survey.soil, survey.date)
        sections.append(analysed.merge(strata, on="plot_id", how="left").assign(date=survey.date))
    if not surveys:
        return SoilEstimates()
    cores = pd.concat(list(tables.values()), ignore_index=True)
    complete = complete_cores(tables, surveys)
    computed = partial(figures_of_cores, surveys, areas_ha, complete)
    steps, unknown = shared_steps(surveys)
    figures, failed = with_effects(computed(), computed, steps) if effects else (computed(), {})
    for component, names in failed.items():
        unknown[component] = ", ".join([*filter(None, [unknown.get(component)]), *names])
    other_rule = cores[(cores["depth"] != DEEPEST) & (cores["complete"] == "yes")]
    silent = (
        other_rule["rule"].eq("interpolated between samples") & other_rule["rule_difference_t_c_ha"].isna()
    )
    if silent.any():
        unknown["soil_gap_rule"] = (
            f"the half-gap rule ends above the depth in {int(silent.sum())} of {len(other_rule)} rows of "
            "tables/cores.csv"
        )
    if len(surveys) > 1:
        last = max(n for n, survey in enumerate(inputs.surveys) if survey.soil is not None)
        where = inputs.positions.where("surveys", last, "soil")
        findings += mass_short_findings(figures, where)
        findings += method_findings(cores, (surveys[0].date, surveys[-1].date), where)
    return SoilEstimates(
        cores,
        pd.concat(sections, ignore_index=True),
        figures=tuple(figures),
        unknown=unknown,
        findings=tuple(findings),
    )


def _balance(
    balance: SoilBalance, sinks: Sequence[SoilFigure], areas_ha: Mapping[str, float], where: Where
) -> SoilEstimates:
    """Carbon from elsewhere and gases, and what is unknown of them."""
    figures: list[SoilFigure] = []
    findings: list[Finding] = []
    table = pd.DataFrame()
    declared = balance.allochthonous
    if declared is not None:
        findings += line_findings(declared, where)
        if not findings:
            shares, found = shares_from_elsewhere(declared, list(areas_ha), where)
            findings += found
            figures += share_figures(declared, shares)
            figures += net_of_elsewhere(sinks, shares, areas_ha)
            table = sensitivity_table(declared, shares)
    for name, gas in (("methane", balance.methane), ("nitrous_oxide", balance.nitrous_oxide)):
        if gas is not None:
            found_figures, found = gas_figures(
                f"soil_{name}_emission", gas, areas_ha, lambda *key, name=name: where(name, *key)
            )
            figures += found_figures
            findings += found
    return SoilEstimates(allochthonous=table, figures=tuple(figures), findings=tuple(findings))


def estimate_soil(inputs: Inputs, areas_ha: Mapping[str, float], *, effects: bool = True) -> SoilEstimates:
    """Stocks, changes, rates and gases of soil of a project; empty where it has none of them.

    Parameters
    ----------
    inputs : Inputs
    areas_ha : mapping
        Area of each stratum; NaN where not known. [ha]
    effects : bool, optional
        Whether figures carry what each shared error changes of them.
    """
    cores = _cores(inputs, areas_ha, effects=effects)
    figures, findings = list(cores.figures), list(cores.findings)
    unknown = dict(cores.unknown)
    stations = pd.DataFrame()
    rates = inputs.soil_stations
    if rates is not None:
        found, stations = station_figures(rates, areas_ha)
        figures += found
        findings += station_findings(stations)
        layer = rates.declaration.layer_carbon
        if layer is not None and layer.standard_error is None:
            unknown["soil_layer_carbon"] = "soil_rates.layer_carbon.standard_error"
    balance = inputs.project.soil_balance
    if balance is not None and balance.default_rate is not None:
        figures += default_rates(balance.default_rate, areas_ha)
        unknown["soil_default_rate"] = "VM0033"
    sinks = _sinks(figures)
    figures += sinks
    findings += findings_of(soil_limit_suspects(figures))
    besides = SoilEstimates()
    if balance is not None:
        besides = _balance(
            balance, sinks, areas_ha, lambda *key: inputs.positions.where("soil_balance", *key)
        )
    return SoilEstimates(
        cores.cores,
        cores.sections,
        stations,
        besides.allochthonous,
        (*figures, *besides.figures),
        unknown | unknown_of_balance(balance, bool(sinks)),
        (*findings, *besides.findings),
    )

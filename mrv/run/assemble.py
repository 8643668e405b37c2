"""From what a run computed to the document that people and programs read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mrv.accounting.engine import Quantity
from mrv.reference import sources
from mrv.run.alternatives import alternative_figures, alternative_of, extrapolation_records
from mrv.run.document import sentence
from mrv.run.figures import (
    NO_INTERVAL,
    NO_SOIL_ERROR,
    NO_UNCERTAINTY,
    error_figure,
    figure_of,
    finite,
    index_of,
    merged,
    quantity_figures,
    stock_figures,
)
from mrv.run.ground_figures import GroundBudget, ground_figures
from mrv.run.growth_estimates import sink_if_independent
from mrv.run.laboratory_figures import laboratory_figures
from mrv.run.map_figures import map_figures, map_records
from mrv.run.model_records import model_record
from mrv.run.parcel_figures import parcel_figures, parcel_records
from mrv.run.pool_states import pool_states
from mrv.run.pools_in_sink import CARBON_FRACTION
from mrv.run.quarantined import Quarantined, quarantined
from mrv.run.remeasured_figures import remeasurement_figures
from mrv.run.results import (
    BaselineRecord,
    EquationUse,
    ExclusionRecord,
    Figure,
    FindingRecord,
    IntervalRecord,
    MethodologyRecord,
    ParameterRecord,
    ProjectRecord,
    QuarantinedEquation,
    QuarantineRecord,
    Results,
    StratumRecord,
    Text,
    WaiverRecord,
)
from mrv.run.sampling_supplements import supplements
from mrv.run.scenario_records import condition_records, scenario_records, text_of
from mrv.run.soil_documents import soil_figures
from mrv.run.stated_estimates import stated_figures, stated_records
from mrv.run.survey_estimates import sink_rate
from mrv.run.total_figures import budget_record, with_totals
from mrv.stock.stocks import StockEstimate
from mrv.units import identifier

if TYPE_CHECKING:
    from mrv.inputs import Inputs
    from mrv.run.estimate import Estimated
    from mrv.run.prepare import Prepared


TOTALS = {"t_dm/ha": ("biomass_stock", "t_dm"), "t_c/ha": ("carbon_stock", "t_c")}
"""Quantity and unit of a stock over the area of a stratum, by the unit of its density."""


def _stock_totals(stocks: list[StockEstimate], areas_ha: dict[str, float], level: float) -> list[Figure]:
    """Stocks over whole areas, where these are known. [t_dm, t_c]"""
    whole = math.fsum(areas_ha.values()) if areas_ha else math.nan
    figures = []
    for stock in stocks:
        area = whole if stock.stratum_id is None else areas_ha[stock.stratum_id]
        if math.isnan(area):
            continue
        quantity, unit = TOTALS[stock.unit]
        figures.append(
            figure_of(
                quantity,
                unit,
                index_of(stock.stratum_id, pool=stock.pool, date=stock.date),
                stock.estimate.times(area),
                level,
            )
        )
    return figures


def _estimated_figures(
    inputs: Inputs, estimated: Estimated, areas_ha: dict[str, float], level: float
) -> list[Figure]:
    biomass = [stock for stock in estimated.stocks if stock.unit == "t_dm/ha"]
    carbon = [stock for stock in estimated.stocks if stock.unit == "t_c/ha"]
    return [
        *stock_figures("biomass_density", biomass, level),
        *alternative_figures(estimated.surveys, areas_ha, level),
        *ground_figures(estimated.surveys, areas_ha, level, inputs.project.dead_matter_in_sink_pools),
        *stock_figures("carbon_density", carbon, level),
        *stock_figures("carbon_stock_change", estimated.changes, level),
        *stock_figures("carbon_sink", [sink_rate(change) for change in estimated.changes], level),
        *_growth_figures(estimated, level),
        *_stock_totals(estimated.stocks, areas_ha, level),
        *soil_figures(estimated.soil, areas_ha, level, estimated.soil_budget),
        *stated_figures(inputs, areas_ha, level),
        *map_figures(estimated.maps, areas_ha, level),
        *parcel_figures(estimated.parcels, level),
        *remeasurement_figures(inputs, level),
        *laboratory_figures(inputs),
    ]


def _growth_figures(estimated: Estimated, level: float) -> list[Figure]:
    """Growth, ingrowth and mortality by stratum, and the error that sinks would have without paired plots."""
    components = estimated.growth.estimates if estimated.growth else {}
    alone = sink_if_independent(estimated.stocks, estimated.changes)
    return [
        *(figure for name, part in components.items() for figure in stock_figures(name, part, level)),
        *(error_figure("carbon_sink_independent_standard_error", sink) for sink in alone),
    ]


def _without_date(figures: list[Figure]) -> list[Figure]:
    """Figures of a change, which the methodology indexes by stratum and pool alone."""
    return [
        figure.model_copy(
            update={"index": {key: value for key, value in figure.index.items() if key != "date"}}
        )
        if figure.quantity == "carbon_stock_change"
        else figure
        for figure in figures
    ]


def _with_uncertainty(figures: list[Figure], quantities: dict[str, Quantity], level: float) -> list[Figure]:
    """Net removals, in all and per hectare and year, with the interval that the methodology computes."""
    if "net_removals_standard_error" not in quantities:
        return figures
    net = quantities["net_removals"].value.item()
    error = quantities["net_removals_standard_error"].value.item()
    half_width = (
        quantities["net_removals_half_width"].value.item()
        if "net_removals_half_width" in quantities
        else math.nan
    )
    df = quantities["degrees_of_freedom"].value.item() if "degrees_of_freedom" in quantities else math.nan

    def judged(figure: Figure) -> Figure:
        if figure.quantity not in ("net_removals", "net_removals_per_hectare_year") or figure.value is None:
            return figure
        # Zero removals have no share to scale by; per hectare they are zero as well.
        scale = figure.value / net if net else math.nan
        if not math.isfinite(half_width):
            return figure.model_copy(update={"because": _why(quantities)})
        width = half_width * abs(scale)
        return figure.model_copy(
            update={
                "standard_error": finite(error * abs(scale)),
                "degrees_of_freedom": finite(df),
                "interval": IntervalRecord(
                    level=level,
                    low=figure.value - width,
                    high=figure.value + width,
                    half_width=width,
                )
                if math.isfinite(width)
                else None,
                "method": "sampling of plots only",
            }
        )

    return [judged(figure) for figure in figures]


def _why(quantities: dict[str, Quantity]) -> str:
    """Why the methodology's figures have no interval: the sample, the soil, or the methodology itself."""
    if "net_removals_half_width" not in quantities:
        return NO_UNCERTAINTY
    soil = quantities.get("accounted_soil_change_standard_error")
    sampled = quantities.get("stock_change_standard_error")
    if soil is not None and sampled is not None and np.isfinite(sampled.value.values).all():
        return NO_SOIL_ERROR
    return NO_INTERVAL


def figures_of(prepared: Prepared, estimated: Estimated, areas_ha: dict[str, float]) -> list[Figure]:
    """Every figure of a run, in a fixed order."""
    level = prepared.inputs.project.confidence_level
    own = _without_date(_estimated_figures(prepared.inputs, estimated, areas_ha, level))
    own += supplements(estimated.surveys, areas_ha, level, prepared.inputs.strata.places)
    quantities = dict(estimated.quantities)
    computed = [quantity for quantity in quantities.values() if quantity.kind in ("equation", "measured")]
    accounted = [figure for quantity in computed for figure in quantity_figures(quantity, _why(quantities))]
    confidence = quantities.get("confidence_level")
    net_level = confidence.value.item() if confidence is not None else level
    figures = _with_uncertainty(merged(own, accounted), quantities, net_level)
    budget = estimated.budget
    in_sink = prepared.pools_in_sink
    ground = GroundBudget(estimated.surveys, areas_ha, budget, in_sink) if budget is not None else None
    totals = estimated.accounted[0].totals if estimated.accounted else {}
    figures = with_totals(figures, budget, ground, level, net_level, totals)
    if math.isfinite(math.fsum(areas_ha.values())) and areas_ha:
        figures.append(_total_area(areas_ha))
    return sorted(figures, key=lambda figure: (figure.name, sorted(figure.index.items())))


def _total_area(areas_ha: dict[str, float]) -> Figure:
    return Figure(
        name="area_ha",
        quantity="area",
        unit="ha",
        index={},
        value=math.fsum(areas_ha.values()),
    )


def equation_uses(prepared: Prepared, trees: pd.DataFrame) -> list[EquationUse]:
    """How often each above-ground and below-ground equation was used, and beyond its range."""
    uses = []
    basal_area = trees["dbh_cm"] ** 2 * trees["expansion_factor_per_ha"]
    for component in ("agb", "bgb"):
        for name, group in trees.groupby(f"{component}_equation", sort=True):
            equation = prepared.equations.get(str(name))
            if equation is None:
                continue
            outside = group[f"{component}_outside_range"]
            source = sources().get(equation.source_id)
            uses.append(
                EquationUse(
                    equation_id=equation.equation_id,
                    component=component,
                    stems=len(group),
                    outside_range_stems=int(outside.sum()),
                    outside_range_basal_area_share=float(
                        basal_area[group.index[outside]].sum() / basal_area[group.index].sum()
                    ),
                    dbh_range_cm=(finite(equation.dbh_min_cm), finite(equation.dbh_max_cm)),
                    height_range_m=(finite(equation.height_min_m), finite(equation.height_max_m))
                    if equation.needs_height
                    else None,
                    source=source.citation if source else equation.source_id,
                    evidence=equation.evidence,
                    note=equation.note,
                )
            )
    return uses


def _parameters(prepared: Prepared) -> list[ParameterRecord]:
    """Numbers of the methodology and of the project; without a methodology, what the project states."""
    if prepared.methodology is not None:
        return [
            ParameterRecord(
                name=name,
                value=resolved.value
                if isinstance(resolved.value, float | str | int)
                else dict(resolved.value),
                unit=resolved.unit,
                clause=resolved.clause,
                source=resolved.source,
                evidence=resolved.evidence,
            )
            for name, resolved in sorted(prepared.methodology.parameters.items())
        ]
    stated = prepared.inputs.project.parameters
    return [
        ParameterRecord(
            name=name,
            value=stated[name].value,
            unit="t_c/t_dm",
            clause="",
            source=stated[name].source,
            evidence="stated",
        )
        for name in CARBON_FRACTION.values()
        if name in stated
    ]


def _quarantine_record(entry: Quarantined) -> QuarantineRecord:
    effect = entry.effect
    return QuarantineRecord(
        where=entry.where,
        kind=entry.kind,
        name=entry.name,
        date=entry.date,
        reason=entry.reason,
        quantity=effect.of.quantity if effect else None,
        stratum=effect.of.stratum_id if effect else None,
        unit=effect.of.unit if effect else None,
        effect=finite(effect.change) if effect else None,
    )


def assemble(prepared: Prepared, estimated: Estimated) -> Results:
    """The document ``results.json`` of a run."""
    inputs, methodology = prepared.inputs, prepared.methodology
    project = inputs.project
    areas_ha = prepared.areas_ha
    trees = (
        pd.concat([survey.trees for survey in estimated.surveys], ignore_index=True)
        if estimated.surveys
        else None
    )
    headline = methodology.accounting.headline if methodology else None
    return Results(
        schema="mrv-results/1",
        project=ProjectRecord(
            id=project.project.id,
            name=Text(zh=project.project.name.zh, en=project.project.name.en),
            simulated=project.project.simulated,
        ),
        methodology=MethodologyRecord(
            id=methodology.document.id,
            title=Text(zh=methodology.document.title.zh, en=methodology.document.title.en),
            conformance=methodology.document.conformance,
        )
        if methodology
        else None,
        monitoring_period=(project.monitoring_period.start, project.monitoring_period.end)
        if project.monitoring_period
        else None,
        baseline=BaselineRecord(
            scenario=project.baseline.scenario,
            document=project.baseline.evidence.document,
            statement=text_of(project.baseline.evidence.statement),
        )
        if project.baseline
        else None,
        scenarios=scenario_records(project, estimated.accounted),
        conditions=condition_records(project, methodology.document) if methodology else [],
        confidence_level=project.confidence_level,
        headline=identifier(headline, estimated.quantities[headline].unit) if headline else None,
        strata=[StratumRecord(stratum_id=name, area_ha=finite(area)) for name, area in areas_ha.items()],
        pools=pool_states(prepared, estimated),
        figures=figures_of(prepared, estimated, areas_ha),
        error_budget=budget_record(estimated.budget, estimated.soil_budget),
        biomass_model=model_record(estimated.biomass_map, estimated.sink_map),
        map_estimates=map_records(estimated.maps, project.confidence_level),
        parcels=parcel_records(estimated.parcels),
        equations=equation_uses(prepared, trees) if trees is not None else [],
        alternative_equation=alternative_of(project),
        quarantined_equations=[
            QuarantinedEquation(equation_id=name, reason=reason, note=prepared.equations[name].note)
            for name, reason in prepared.quarantined_equations.items()
        ],
        extrapolations=extrapolation_records(estimated.surveys),
        parameters=_parameters(prepared),
        stated=stated_records(inputs),
        exclusions=[
            ExclusionRecord(file=entry.file, rows=entry.rows, reason=entry.reason)
            for entry in inputs.exclusions
        ],
        quarantine=[_quarantine_record(entry) for entry in quarantined(prepared)],
        findings=[
            FindingRecord(
                where=finding.where,
                rule=finding.rule,
                message=sentence(finding),
                severity=finding.severity,
            )
            for finding in estimated.findings
        ],
        waivers=[WaiverRecord(rule=w.rule, reason=w.reason) for w in project.stated_waivers],
    )

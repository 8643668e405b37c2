"""What a run computes: stocks, changes, and the quantities of the methodology."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mrv.accounting.engine import Quantity
from mrv.accounting.given import Given
from mrv.findings import Finding, in_order, raise_errors, waive
from mrv.run.account import givens_of
from mrv.run.accounted_soil import AccountedSoil, accounted_soil
from mrv.run.biomass_map import BiomassMap, biomass_map
from mrv.run.carbon_balance import carbon_balance_suspects
from mrv.run.conditions import checklist, open_conditions
from mrv.run.error_budget import ErrorBudget, error_budget
from mrv.run.figure_limits import findings_of, sink_limit_suspects
from mrv.run.growth_estimates import Growth, growth_between
from mrv.run.map_estimates import MapEstimates, map_estimates, maps_of
from mrv.run.methodology_totals import Accounted, account, takes_limits
from mrv.run.parcels import ParcelEstimate, parcel_estimates
from mrv.run.prepare import Prepared
from mrv.run.sampled_estimates import with_samples
from mrv.run.sampling_supplements import unmatched_findings
from mrv.run.sink_map import SinkMap, sink_map
from mrv.run.soil_budget import SoilBudget, soil_budget
from mrv.run.soil_estimates import SoilEstimates, estimate_soil
from mrv.run.survey_estimates import SurveyTables, changes_of, stocks_of, survey_tables
from mrv.run.work import ALONE, Work
from mrv.stock.stocks import StockEstimate


@dataclass(frozen=True)
class Estimated:
    """Everything that a run computes, before it is written.

    Attributes
    ----------
    surveys : tuple of SurveyTables
    stocks, changes : list of StockEstimate
    quantities : dict
        Quantities of the methodology by name; empty without one.
    growth : Growth or None
        None without two surveys of tagged stems.
    budget : ErrorBudget or None
        Draws of all errors; None without trees.
    findings : tuple of Finding
        Notes and waived findings.
    soil : SoilEstimates
        Stocks and rates of soil; in the sink only where the project says so.
    soil_budget : SoilBudget or None
        How they are drawn; None without soil.
    biomass_map : BiomassMap or None
        Model of biomass and its map; reported, not credited. None without a model.
    maps : MapEstimates
        Estimates that lean on a map; reported, not credited.
    sink_map : SinkMap or None
        None without a map of both dates and plots measured at both.
    parcels : tuple of ParcelEstimate
        Estimates of parcels by a map; reported, not credited.
    accounted : tuple of Accounted
        What the methodology gives under each baseline, the declared one first; empty without one.
    """

    surveys: tuple[SurveyTables, ...]
    stocks: list[StockEstimate]
    changes: list[StockEstimate]
    quantities: Mapping[str, Quantity]
    growth: Growth | None
    budget: ErrorBudget | None
    findings: tuple[Finding, ...]
    soil: SoilEstimates
    soil_budget: SoilBudget | None
    biomass_map: BiomassMap | None
    maps: MapEstimates
    sink_map: SinkMap | None
    parcels: tuple[ParcelEstimate, ...]
    accounted: tuple[Accounted, ...] = ()


def _area_findings(prepared: Prepared, areas_ha: Mapping[str, float]) -> list[Finding]:
    unknown = [name for name, area in areas_ha.items() if math.isnan(area)]
    if prepared.methodology is None or (areas_ha and not unknown):
        return []
    return [
        Finding(
            prepared.inputs.positions.where("strata"),
            "area-missing",
            "no area is given for {names}; {methodology} needs the area of every stratum"
            if unknown
            else "no strata with areas; {methodology} needs them",
            {"names": ", ".join(unknown), "methodology": prepared.methodology.document.id},
        )
    ]


def estimate(prepared: Prepared, *, to_write: bool = True, fit: bool = True, work: Work = ALONE) -> Estimated:
    """Stocks, changes and the quantities of the methodology.

    Parameters
    ----------
    prepared : Prepared
    to_write : bool
        Whether results are made of it; otherwise what no finding rests on is left out.
    fit : bool
        Whether the project's own model of biomass is fitted; without it nothing is told of its map.
    work : Work, optional
        Who reads the imagery of the area, and who is told.

    Raises
    ------
    InputError
        If a gate refuses a result.
    """
    areas_ha = prepared.areas_ha
    raise_errors(_area_findings(prepared, areas_ha))
    inputs = prepared.inputs
    surveys = tuple(
        survey_tables(survey, trees, prepared.carbon_fraction, areas_ha)
        for survey, trees in zip(inputs.tree_surveys, prepared.trees, strict=True)
    )
    pools = prepared.pools_in_sink
    stocks = stocks_of(surveys, areas_ha, prepared.measured_pools, pools)
    changes = changes_of(surveys, areas_ha, pools)
    growth, noted = growth_between(
        inputs.tree_surveys, surveys, areas_ha, prepared.carbon_fraction, inputs.positions.where("surveys")
    )
    unmatched = unmatched_findings(surveys, inputs.positions.where("surveys"))
    findings = [*prepared.findings, *noted, *unmatched]
    findings += waive(findings_of(sink_limit_suspects(changes)), inputs.project.stated_waivers)
    soil_error_needed = to_write or inputs.project.soil_in_sink is not None
    soil = estimate_soil(inputs, areas_ha, effects=soil_error_needed)
    balance = findings_of(carbon_balance_suspects(growth, changes, soil.figures))
    findings += waive(balance, inputs.project.stated_waivers)
    findings += waive(soil.findings, inputs.project.stated_waivers)
    in_sink, noted = accounted_soil(inputs, soil, areas_ha)
    raise_errors([*findings, *noted])
    methodology = prepared.methodology
    givens = {
        used.scenario: givens_of(
            inputs.project,
            used,
            areas_ha,
            _area_source(prepared),
            stocks,
            changes,
            in_sink.givens(list(areas_ha)) if in_sink is not None else None,
        )
        for used in ((methodology, *methodology.others) if methodology is not None else ())
    }
    own = givens[methodology.scenario] if methodology is not None else {}
    budget = (
        error_budget(
            prepared, surveys, stocks, changes, own, in_sink, shares=to_write, progress=work.progress
        )
        if to_write or (methodology is not None and takes_limits(methodology))
        else None
    )
    accounted = _accounted(prepared, givens, budget, in_sink, errors=to_write)
    if accounted:
        findings += waive(accounted[0].findings, inputs.project.stated_waivers)
    mapped, noted = biomass_map(inputs, surveys, areas_ha, headline_alone=not to_write, fit=fit, work=work)
    findings += waive(noted, inputs.project.stated_waivers)
    survey_maps = maps_of(inputs, surveys, areas_ha, mapped)
    maps = with_samples(inputs, surveys, areas_ha, map_estimates(inputs, surveys, areas_ha, survey_maps))
    findings += waive(maps.findings, inputs.project.stated_waivers)
    left_out = inputs.project.model is not None and not fit
    findings += _unused_waivers(prepared, findings, unknown=RULES_OF_THE_FIT if left_out else ())
    raise_errors(findings)
    return Estimated(
        surveys,
        stocks,
        changes,
        accounted[0].quantities if accounted else {},
        growth,
        budget,
        tuple(in_order(findings)),
        soil,
        soil_budget(inputs, soil, areas_ha, budget) if to_write else None,
        mapped,
        maps,
        sink_map(mapped, maps.estimates, inputs.project.confidence_level),
        parcel_estimates(inputs.parcels, survey_maps, areas_ha) if to_write else (),
        accounted,
    )


def _accounted(
    prepared: Prepared,
    givens: Mapping[str | None, Mapping[str, Given]],
    budget: ErrorBudget | None,
    soil: AccountedSoil | None,
    *,
    errors: bool,
) -> tuple[Accounted, ...]:
    """Quantities under the declared baseline first, then under every other one; none issues but the first."""
    methodology, project = prepared.methodology, prepared.inputs.project
    if methodology is None:
        return ()
    issued = not open_conditions(checklist(project, methodology.document))
    exact = "baseline" in project.uncertainty.left_out
    return tuple(
        account(
            used,
            givens[used.scenario],
            budget,
            soil,
            issued=issued and used is methodology,
            exact_baseline=exact,
            errors=errors,
        )
        for used in (methodology, *methodology.others)
    )


def _area_source(prepared: Prepared) -> str:
    sources = sorted(set(prepared.inputs.strata.table["source"].astype(str)))
    return ", ".join(sources)


RULES_OF_THE_FIT = ("map-and-plots-apart",)
"""Rules that only a fitted model can tell of."""


def _unused_waivers(prepared: Prepared, findings: Sequence[Finding], unknown: Sequence[str]) -> list[Finding]:
    """A waiver that waives nothing is told: it may be misspelt, or its fault may be gone.

    Not those of ``unknown``, rules that were not looked at.
    """
    waived = {finding.rule for finding in findings if finding.severity == "waived"}
    return [
        Finding(
            prepared.inputs.positions.where("waivers", position, "rule"),
            "waiver-unused",
            "{rule} is waived, but nothing that can be waived was found under that name",
            {"rule": waiver.rule},
            severity="note",
        )
        for position, waiver in enumerate(prepared.inputs.project.stated_waivers)
        if waiver.rule not in waived and waiver.rule not in unknown
    ]

"""The figures that effects of rows are told on: net removals, else carbon, else what is stated, else soil.

Only central values are computed, from tables that are read already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mrv.accounting.engine import evaluate
from mrv.accounting.given import Given
from mrv.inputs import Survey
from mrv.run.account import givens_of
from mrv.run.accounted_soil import accounted_soil
from mrv.run.prepare import Prepared
from mrv.run.soil_estimates import complete_cores, estimate_soil, soil_sample, stocks_of_sample
from mrv.run.stated_estimates import stated_stocks
from mrv.run.survey_estimates import TOTAL, SurveyTables, changes_of, stocks_of
from mrv.soil.cores import core_table, cores_of

NET_REMOVALS = "net_removals"
SOIL = "soil_carbon_density"
STATED_FIRST = (("stated_carbon_density", "agb"), ("stated_biomass_density", "agb"))
"""What is stated above ground, carbon before dry mass."""


@dataclass(frozen=True)
class Amount:
    """A figure that effects are told on.

    Attributes
    ----------
    quantity : str
        ``net_removals``, ``carbon_stock_change``, ``carbon_density``, ``stated_carbon_density``,
        ``stated_biomass_density`` or ``soil_carbon_density``.
    stratum_id : str or None
        None for the project.
    unit : str
    value : float
    depth : str or None
        Of a stock of soil.
    """

    quantity: str
    stratum_id: str | None
    unit: str
    value: float
    depth: str | None = None


def _in_order(amounts: Sequence[Amount]) -> list[Amount]:
    """The project first, where it has a figure of its own; then the strata."""
    return sorted(amounts, key=lambda amount: (amount.stratum_id is not None, amount.stratum_id or ""))


def tree_amounts(prepared: Prepared, surveys: Sequence[SurveyTables]) -> list[Amount]:
    """Net removals, else the change of carbon, else the last stock.

    Parameters
    ----------
    prepared : Prepared
    surveys : sequence of SurveyTables

    Returns
    -------
    list of Amount
        The project first, where it has a figure of its own; then the strata. Empty where plots are lacking.
    """
    areas_ha = prepared.areas_ha
    if not surveys or any(survey.plots.empty for survey in surveys):
        return []
    pools = prepared.pools_in_sink
    changes = changes_of(surveys, areas_ha, pools)
    methodology = prepared.methodology
    if methodology is not None and methodology.accounting.needs_stocks:
        stocks = stocks_of(surveys, areas_ha, prepared.measured_pools, pools)
        if not all(set(areas_ha) <= set(survey.plots["stratum_id"]) for survey in surveys):
            return []
        in_sink = _soil_in_sink(prepared)
        givens = givens_of(prepared.inputs.project, methodology, areas_ha, "", stocks, changes, in_sink)
        net = evaluate(methodology.modules, givens, [NET_REMOVALS])[NET_REMOVALS]
        return [Amount(NET_REMOVALS, None, net.unit, float(net.value))]
    if changes:
        found = [("carbon_stock_change", entry) for entry in changes]
    else:
        stocks = stocks_of(surveys[-1:], areas_ha, (), pools)
        found = [("carbon_density", entry) for entry in stocks]
    return _in_order(
        [
            Amount(quantity, entry.stratum_id, entry.unit, entry.estimate.value)
            for quantity, entry in found
            if entry.pool == TOTAL
        ]
    )


def _soil_in_sink(prepared: Prepared) -> dict[str, Given]:
    """What the equations take of soil; nothing where it is only reported."""
    if prepared.inputs.project.soil_in_sink is None:
        return {}
    areas_ha = prepared.areas_ha
    soil, _ = accounted_soil(prepared.inputs, estimate_soil(prepared.inputs, areas_ha), areas_ha)
    return soil.givens(list(areas_ha)) if soil is not None else {}


def stated_amounts(prepared: Prepared, without: frozenset[str]) -> list[Amount]:
    """What publications state above ground at the last date, without some rows."""
    stocks = stated_stocks(prepared.inputs, prepared.areas_ha, without)
    for quantity, pool in STATED_FIRST:
        found = [stock for name, stock in stocks if (name, stock.pool) == (quantity, pool)]
        if found:
            last = max(stock.date for stock in found)
            return _in_order(
                [
                    Amount(quantity, stock.stratum_id, stock.unit, stock.estimate.value)
                    for stock in found
                    if stock.date == last
                ]
            )
    return []


def soil_amounts(prepared: Prepared, surveys: Sequence[Survey]) -> list[Amount]:
    """Stock of soil to each depth, at each date with cores."""
    cored = [survey for survey in surveys if survey.soil is not None and not survey.soil.sections.empty]
    amounts = []
    for survey in cored:
        assert survey.soil is not None
        table = core_table(cores_of(survey.soil, survey.date), survey.soil.depths_cm)
        complete = complete_cores({survey.date: table}, [survey])
        dated = f", {survey.date}" if len(cored) > 1 else ""
        amounts += [
            Amount(
                SOIL,
                entry.stock.stratum_id,
                entry.stock.unit,
                entry.stock.estimate.value,
                entry.index["depth"] + dated,
            )
            for entry in stocks_of_sample(soil_sample(survey, complete), prepared.areas_ha)
        ]
    return _in_order(amounts)


def without_sections(survey: Survey, rows: frozenset[str]) -> Survey:
    """A survey without some sections of its cores, by their places."""
    soil = survey.soil
    if soil is None:
        return survey
    sections = soil.sections[~soil.sections["source"].isin(rows)].reset_index(drop=True)
    left = sections[["plot_id", "core_id"]].drop_duplicates()
    cores = soil.cores.merge(left, on=["plot_id", "core_id"], how="inner")
    return replace(survey, soil=replace(soil, sections=sections, cores=cores))

"""From stocks to the quantities of the methodology: what a run hands to the equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from mrv.accounting.engine import Quantity, evaluate
from mrv.accounting.given import CONSTANTS, Given
from mrv.accounting.vintages import period_years, vintage_days
from mrv.inputs.project import Period, Project
from mrv.run.prepare import CARBON_FRACTION, MethodologyInUse
from mrv.run.survey_estimates import TOTAL
from mrv.stock.stocks import StockEstimate


def _by_stratum(values: Mapping[str, float], strata: Sequence[str]) -> xr.DataArray:
    return xr.DataArray([values[name] for name in strata], {"stratum": list(strata)}, ["stratum"])


def stock_givens(
    stocks: Sequence[StockEstimate], changes: Sequence[StockEstimate], strata: Sequence[str]
) -> dict[str, Given]:
    """Biomass of both dates, and the error of the change of carbon, by stratum."""
    density = {
        (stock.date, stock.stratum_id, stock.pool): stock.estimate.value
        for stock in stocks
        if stock.unit == "t_dm/ha" and stock.stratum_id is not None
    }
    change = {
        entry.stratum_id: entry.estimate
        for entry in changes
        if entry.pool == TOTAL and entry.stratum_id is not None
    }
    dates = list(change and next(c.date for c in changes).split("/"))
    pools = list(CARBON_FRACTION)
    return {
        "biomass_density": Given(
            xr.DataArray(
                [[[density[date, name, pool] for pool in pools] for name in strata] for date in dates],
                {"date": dates, "stratum": list(strata), "pool": pools},
                ["date", "stratum", "pool"],
            ),
            "t_dm/ha",
            "mean of the plots of the stratum, tables/plots.csv",
            "measured",
            description="Dry biomass per hectare",
        ),
        "stock_change_standard_error": Given(
            _by_stratum({name: change[name].standard_error for name in strata}, strata),
            "t_c/ha",
            f"{change[strata[0]].method}, tables/plots.csv",
            "measured",
            description="Standard error of the change of carbon per hectare",
        ),
        "stock_change_degrees_of_freedom": Given(
            _by_stratum({name: change[name].degrees_of_freedom for name in strata}, strata),
            "1",
            f"{change[strata[0]].method}, tables/plots.csv",
            "measured",
            description="Degrees of freedom of that standard error",
        ),
    }


def period_givens(period: Period) -> dict[str, Given]:
    """Length of the monitoring period, and the days of each calendar year in it."""
    return {
        "period_years": Given(
            period_years(period.start, period.end),
            "yr",
            "mrv.yaml: monitoring_period, days / 365.25",
            "stated",
            description="Length of the monitoring period",
        ),
        "vintage_days": Given(
            vintage_days(period.start, period.end),
            "day",
            "mrv.yaml: monitoring_period, the days of each calendar year",
            "stated",
            description="Days of each vintage",
        ),
    }


def declared_givens(project: Project) -> dict[str, Given]:
    """Amounts that the project file declares, each with its evidence."""
    declared = {"project_emissions": project.project_emissions, "leakage": project.leakage}
    return {
        name: Given(
            amount.t_co2e,
            "t_co2e",
            f"mrv.yaml: {name} ({amount.evidence})",
            "stated",
            description=name.replace("_", " ").capitalize(),
        )
        for name, amount in declared.items()
        if amount is not None
    }


def area_given(areas_ha: Mapping[str, float], source: str) -> dict[str, Given]:
    """Areas of the strata on the ellipsoid."""
    return {
        "area": Given(
            _by_stratum(areas_ha, list(areas_ha)), "ha", source, "measured", description="Area of the stratum"
        )
    }


def givens_of(
    project: Project,
    methodology: MethodologyInUse,
    areas_ha: Mapping[str, float],
    area_source: str,
    stocks: Sequence[StockEstimate],
    changes: Sequence[StockEstimate],
) -> dict[str, Given]:
    """Everything that a run hands to the equations of a methodology, but the ends of the total interval."""
    givens = {
        **CONSTANTS,
        **methodology.givens,
        **area_given(areas_ha, area_source),
        **declared_givens(project),
    }
    if project.monitoring_period is not None:
        givens |= period_givens(project.monitoring_period)
    if methodology.accounting.needs_stocks:
        givens |= stock_givens(stocks, changes, list(areas_ha))
    return givens


def account(methodology: MethodologyInUse, givens: Mapping[str, Given]) -> dict[str, Quantity]:
    """Every quantity of the methodology for a project."""
    return methodology.edition.with_clauses(evaluate(methodology.modules, givens))

"""From stocks to the quantities of the methodology: what a run hands to the equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xarray as xr

from mrv.accounting.engine import equations
from mrv.accounting.given import CONSTANTS, Given
from mrv.accounting.vintages import period_years, vintage_days
from mrv.inputs.project import Period, Project
from mrv.run.pools_in_sink import dead_matter_fractions, pools_in_sink
from mrv.run.prepare import MethodologyInUse
from mrv.run.stated_amounts import declared_givens
from mrv.run.survey_estimates import TOTAL
from mrv.stock.stocks import StockEstimate

DEAD_MATTER_FRACTION = "dead_matter_carbon_fraction"
"""Input of the equations that holds the carbon fractions of dead matter."""


def _by_stratum(values: Mapping[str, float], strata: Sequence[str]) -> xr.DataArray:
    return xr.DataArray([values[name] for name in strata], {"stratum": list(strata)}, ["stratum"])


def stock_givens(
    stocks: Sequence[StockEstimate],
    changes: Sequence[StockEstimate],
    strata: Sequence[str],
    pools: Sequence[str],
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
    return {
        "biomass_density": Given(
            xr.DataArray(
                [[[density[date, name, pool] for pool in pools] for name in strata] for date in dates],
                {"date": dates, "stratum": list(strata), "pool": list(pools)},
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


def dead_matter_givens(project: Project) -> dict[str, Given]:
    """Carbon fractions of the dead matter in the sink; nothing where none is."""
    fractions = dead_matter_fractions(project)
    if not fractions:
        return {}
    return {
        DEAD_MATTER_FRACTION: Given(
            xr.DataArray(list(fractions.values()), {"pool": list(fractions)}, ["pool"]),
            "t_c/t_dm",
            "mrv.yaml: carbon_fraction of " + ", ".join(fractions),
            "stated",
            description="Carbon per dry mass of dead matter",
        )
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
    soil: Mapping[str, Given] | None = None,
) -> dict[str, Given]:
    """Everything that a run hands to the equations of a methodology, but the ends of the total interval.

    What the equations compute is not given, also where a sum of it could be.
    """
    computed = equations(methodology.modules)
    declared = declared_givens(project, areas_ha)
    givens = {
        **CONSTANTS,
        **methodology.givens,
        **area_given(areas_ha, area_source),
        **{name: given for name, given in declared.items() if name not in computed},
        **(soil or {}),
    }
    if project.monitoring_period is not None:
        givens |= period_givens(project.monitoring_period)
    if methodology.accounting.needs_stocks:
        givens |= stock_givens(stocks, changes, list(areas_ha), pools_in_sink(project))
        givens |= dead_matter_givens(project)
    return givens

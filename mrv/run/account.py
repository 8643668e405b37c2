"""From stocks to the quantities of the methodology: what a run hands to the equations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import xarray as xr

from mrv.accounting.engine import equations
from mrv.accounting.given import CONSTANTS, Given
from mrv.accounting.vintages import period_years, vintage_days
from mrv.inputs.project import Period, Project
from mrv.run.prepare import CARBON_FRACTION, MethodologyInUse
from mrv.run.survey_estimates import TOTAL
from mrv.stock.stocks import StockEstimate

DISPLACEMENTS = ("displaced_activity", "market", "hydrology")
"""Ways in which emissions can be displaced, each with a test of its own."""


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


def declared_givens(project: Project, areas_ha: Mapping[str, float]) -> dict[str, Given]:
    """Amounts that the project file declares, each with its evidence, by source and test and in all."""
    givens: dict[str, Given] = {}
    emissions, leakage, period = project.project_emissions, project.leakage, project.monitoring_period
    if emissions is not None and period is not None:
        works = {"fuel": emissions.fuel, "biomass_removed": emissions.biomass_removed}
        gases = {"CH4": emissions.soil_methane, "N2O": emissions.soil_nitrous_oxide}
        documents = [amount.evidence for amount in works.values()]
        documents += [gas.evidence for gas in gases.values()]
        evidence = "; ".join(dict.fromkeys(documents))
        source = f"mrv.yaml: project_emissions ({evidence})"
        changed = {name: gas.change_t_co2e_ha_yr for name, gas in gases.items()}
        stated = {name: amount.t_co2e for name, amount in works.items()}
        years = period_years(period.start, period.end)
        total = math.fsum(stated.values()) + math.fsum(changed.values()) * years * math.fsum(
            areas_ha.values()
        )
        givens |= {
            "works_emissions": _declared(stated, "source", "t_co2e", source, "Emissions by works"),
            "soil_gas_change": _declared(
                changed, "gas", "t_co2e/ha/yr", source, "Gases of the soil as a change against the baseline"
            ),
            "project_emissions": Given(
                total, "t_co2e", source, "stated", description="Emissions that the project causes"
            ),
        }
    if leakage is not None:
        tests = {name: getattr(leakage, name) for name in DISPLACEMENTS}
        evidence = "; ".join(dict.fromkeys(entry.test for entry in tests.values()))
        source = f"mrv.yaml: leakage ({evidence})"
        displaced = {name: float(entry.t_co2e) for name, entry in tests.items()}
        givens |= {
            "displaced_emissions": _declared(
                displaced, "displacement", "t_co2e", source, "Emissions displaced, by test"
            ),
            "leakage": Given(
                math.fsum(displaced.values()),
                "t_co2e",
                source,
                "stated",
                description="Emissions that the project displaces",
            ),
        }
    return givens


def _declared(values: Mapping[str, float], dim: str, unit: str, source: str, description: str) -> Given:
    array = xr.DataArray([float(value) for value in values.values()], {dim: list(values)}, [dim])
    return Given(array, unit, source, "stated", description=description)


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
        givens |= stock_givens(stocks, changes, list(areas_ha))
    return givens

"""Uncertainty by part, stratum and scenario, of the difference, and what is deducted for it.

Two of the forms understate the relative uncertainty: strata weighted by area, and a difference divided by the
sum of both scenarios. The forms that hold statistically stand beside them, and enter nothing.
"""

from __future__ import annotations

import xarray as xr
from xarray import DataArray, Variable

from mrv.accounting.deductions import (
    combined_uncertainty,
    excess_deduction,
    two_sided_t_quantile,
    uncertainty_of_difference,
)
from mrv.accounting.engine import equation
from mrv.accounting.vm0033_v2_1.series import baseline_less_project, both

PARTS = ("biomass", "soil")


@equation(clause="87, 89", unit="t_co2e", dims=("scenario", "stratum", "part"))
def part_emissions(
    biomass_emissions: DataArray, soil_emissions: DataArray, interval_years: DataArray
) -> DataArray:
    """Emissions of biomass and of soil over the whole period, by scenario and stratum.

    Parameters
    ----------
    biomass_emissions, soil_emissions : DataArray, dims (scenario, stratum, year)
        [t_co2e yr⁻¹]
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (scenario, stratum, part) [t_co2e]
    """
    parts = [
        (emissions * interval_years).sum("year", skipna=False)
        for emissions in xr.broadcast(biomass_emissions, soil_emissions)
    ]
    return xr.concat(parts, dim=Variable("part", list(PARTS))).transpose(..., "part")


@equation(clause="87, 89", unit="1", dims=("scenario", "stratum", "part"))
def part_uncertainty(
    tree_gain_standard_error: DataArray,
    stock_change_degrees_of_freedom: DataArray,
    confidence_level: DataArray,
    part_emissions: DataArray,
    soil_uncertainty: DataArray,
) -> DataArray:
    """Half-width over the absolute amount of each part: biomass by its plots, soil as the project states it.

    Parameters
    ----------
    tree_gain_standard_error : DataArray, dims (stratum,)
        [t_co2e]
    stock_change_degrees_of_freedom : DataArray, dims (stratum,)
        [1]
    confidence_level : DataArray
        [1]
    part_emissions : DataArray, dims (scenario, stratum, part)
        [t_co2e]
    soil_uncertainty : DataArray
        [1]

    Returns
    -------
    DataArray, dims (scenario, stratum, part) [1]
    """
    t_quantile = two_sided_t_quantile(confidence_level, stock_change_degrees_of_freedom)
    half_width = t_quantile * tree_gain_standard_error
    biomass = half_width / abs(part_emissions.sel(part="biomass", scenario="project", drop=True))
    of_scenario = both(biomass * 0, biomass)
    parts = xr.concat(xr.broadcast(of_scenario, soil_uncertainty), dim=Variable("part", list(PARTS)))
    return parts.transpose(..., "part")


@equation(clause="87, 89", unit="1", dims=("scenario", "stratum"))
def stratum_uncertainty(part_uncertainty: DataArray, part_emissions: DataArray) -> DataArray:
    """Half-width over the absolute amount, of a stratum, its parts combined.

    Parameters
    ----------
    part_uncertainty : DataArray, dims (scenario, stratum, part)
        Half-width of each part over its absolute amount. [1]
    part_emissions : DataArray, dims (scenario, stratum, part)
        [t_co2e]

    Returns
    -------
    DataArray, dims (scenario, stratum) [1]
    """
    return combined_uncertainty(part_uncertainty, part_emissions, "part")


@equation(clause="88, 90", unit="1", dims=("scenario",))
def scenario_uncertainty(stratum_uncertainty: DataArray, area: DataArray) -> DataArray:
    """Uncertainty of a scenario, its strata weighted by area as the text has it.

    Parameters
    ----------
    stratum_uncertainty : DataArray, dims (scenario, stratum)
        [1]
    area : DataArray, dims (stratum,)
        [ha]

    Returns
    -------
    DataArray, dims (scenario,) [1]
    """
    return combined_uncertainty(stratum_uncertainty, area, "stratum")


@equation(clause="88, 90 by emissions", unit="1", dims=("scenario",))
def scenario_uncertainty_by_emissions(stratum_uncertainty: DataArray, part_emissions: DataArray) -> DataArray:
    """The same with strata weighted by their emissions, as the error of a sum propagates; it enters nothing.

    Parameters
    ----------
    stratum_uncertainty : DataArray, dims (scenario, stratum)
        [1]
    part_emissions : DataArray, dims (scenario, stratum, part)
        [t_co2e]

    Returns
    -------
    DataArray, dims (scenario,) [1]
    """
    return combined_uncertainty(stratum_uncertainty, part_emissions.sum("part", skipna=False), "stratum")


@equation(clause="91", unit="1")
def net_uncertainty(scenario_uncertainty: DataArray, part_emissions: DataArray) -> DataArray:
    """Uncertainty of net emission reductions over the sum of the absolute emissions of both scenarios.

    Parameters
    ----------
    scenario_uncertainty : DataArray, dims (scenario,)
        [1]
    part_emissions : DataArray, dims (scenario, stratum, part)
        [t_co2e]

    Returns
    -------
    DataArray [1]
    """
    total = part_emissions.sum(["stratum", "part"], skipna=False)
    return combined_uncertainty(scenario_uncertainty, total, "scenario")


@equation(clause="91 of the difference", unit="1")
def net_uncertainty_of_difference(scenario_uncertainty: DataArray, part_emissions: DataArray) -> DataArray:
    """The same over the difference of both scenarios, which is what is credited; it enters nothing.

    Parameters
    ----------
    scenario_uncertainty : DataArray, dims (scenario,)
        [1]
    part_emissions : DataArray, dims (scenario, stratum, part)
        [t_co2e]

    Returns
    -------
    DataArray [1]
    """
    total = part_emissions.sum(["stratum", "part"], skipna=False)
    return uncertainty_of_difference(scenario_uncertainty, total, "scenario", baseline_less_project(total))


@equation(clause="92", unit="t_co2e", dims=("year",))
def adjusted_reductions(
    capped_reductions: DataArray, net_uncertainty: DataArray, allowable_uncertainty: DataArray
) -> DataArray:
    """Net emission reductions to date, less the part of the uncertainty beyond what is allowed.

    Parameters
    ----------
    capped_reductions : DataArray, dims (year,)
        [t_co2e]
    net_uncertainty, allowable_uncertainty : DataArray
        [1]

    Returns
    -------
    DataArray, dims (year,) [t_co2e]
    """
    return capped_reductions - excess_deduction(capped_reductions, net_uncertainty, allowable_uncertainty)


@equation(clause="92", unit="t_co2e")
def uncertainty_deduction(net_removals: DataArray, adjusted_reductions: DataArray) -> DataArray:
    """What is deducted over the whole period for the uncertainty; never a bonus.

    Parameters
    ----------
    net_removals : DataArray
        [t_co2e]
    adjusted_reductions : DataArray, dims (year,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return net_removals - adjusted_reductions.isel(year=-1, drop=True)

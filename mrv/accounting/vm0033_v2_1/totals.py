"""Emissions of a scenario over its sources, and their sum from the start of the project on."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation


@equation(clause="69-73", unit="t_co2e/yr", dims=("scenario", "year"))
def scenario_emissions(
    biomass_emissions: DataArray,
    soil_emissions: DataArray,
    burning_emissions: DataArray,
    fuel_emissions: DataArray,
) -> DataArray:
    """Emissions of a scenario in each year, over strata and sources.

    Parameters
    ----------
    biomass_emissions, soil_emissions : DataArray, dims (scenario, stratum, year)
        [t_co2e yr⁻¹]
    burning_emissions, fuel_emissions : DataArray, dims (scenario, year)
        [t_co2e yr⁻¹]

    Returns
    -------
    DataArray, dims (scenario, year) [t_co2e yr⁻¹]
    """
    return (
        (biomass_emissions + soil_emissions).sum("stratum", skipna=False) + burning_emissions + fuel_emissions
    )


@equation(clause="69", unit="t_co2e", dims=("scenario", "year"))
def emissions_to_date(scenario_emissions: DataArray, interval_years: DataArray) -> DataArray:
    """Emissions of a scenario from the start of the project to the end of each year.

    Parameters
    ----------
    scenario_emissions : DataArray, dims (scenario, year)
        [t_co2e yr⁻¹]
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (scenario, year) [t_co2e]
    """
    return (scenario_emissions * interval_years).cumsum("year")

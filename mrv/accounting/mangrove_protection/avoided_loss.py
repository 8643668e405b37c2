"""Emissions that the project avoids where the stand would have been lost, whatever lost it.

The loss is given by year, in hectares; here it becomes emissions. Biomass is emitted in the year of the
loss, soil evenly over the years of its release. What the lost area would have sequestered is foregone.

The growth that the project measures is that of the whole area. So the growth that the stand would have had
without the project is subtracted for the area at the start, at the same rate by which growth on lost ground
is foregone: what is left subtracted is the growth of the stand that would still be there, and nothing is
counted twice.
"""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

INPUTS = (
    Input(
        "loss_year", "yr", ("year",), "End of each year of the monitoring period, from the start of the loss"
    ),
    Input("year_length", "yr", (), "One year, the step in which loss is counted"),
)


@equation(clause="5 loss", unit="t_co2e", dims=("stratum", "year"))
def avoided_biomass_emissions(annual_loss: DataArray, biomass_emission_factor: DataArray) -> DataArray:
    """Emissions of biomass that would have been lost, by stratum and year.

    Parameters
    ----------
    annual_loss : DataArray, dims (stratum, year)
        [ha]
    biomass_emission_factor : DataArray, dims () or (stratum,)
        [t_co2e ha⁻¹]

    Returns
    -------
    DataArray, dims (stratum, year) [t_co2e]
    """
    return annual_loss * biomass_emission_factor


@equation(clause="5 loss", unit="t_co2e", dims=("stratum", "year"))
def avoided_soil_emissions(
    releasing_area: DataArray,
    soil_emission_factor: DataArray,
    soil_release_years: DataArray,
    year_length: DataArray,
) -> DataArray:
    """Emissions of soil under lost stand, released evenly over years, by stratum and year.

    Parameters
    ----------
    releasing_area : DataArray, dims (stratum, year)
        [ha]
    soil_emission_factor : DataArray, dims () or (stratum,)
        [t_co2e ha⁻¹]
    soil_release_years, year_length : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (stratum, year) [t_co2e]
    """
    return releasing_area * soil_emission_factor * year_length / soil_release_years


@equation(clause="5 loss", unit="t_co2e", dims=("stratum", "year"))
def foregone_sequestration(
    cumulative_loss: DataArray, foregone_sequestration_rate: DataArray, year_length: DataArray
) -> DataArray:
    """Removals that the lost area would not have made, by stratum and year.

    Parameters
    ----------
    cumulative_loss : DataArray, dims (stratum, year)
        [ha]
    foregone_sequestration_rate : DataArray, dims () or (stratum,)
        [t_co2e ha⁻¹ yr⁻¹]
    year_length : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (stratum, year) [t_co2e]
    """
    return cumulative_loss * foregone_sequestration_rate * year_length


@equation(clause="5 loss", unit="t_co2e", dims=("stratum", "year"))
def avoided_emissions(
    avoided_biomass_emissions: DataArray,
    avoided_soil_emissions: DataArray,
    foregone_sequestration: DataArray,
) -> DataArray:
    """Emissions that the project avoids, by stratum and year.

    Parameters
    ----------
    avoided_biomass_emissions, avoided_soil_emissions, foregone_sequestration : DataArray
        Dims (stratum, year). [t_co2e]

    Returns
    -------
    DataArray, dims (stratum, year) [t_co2e]
    """
    return avoided_biomass_emissions + avoided_soil_emissions + foregone_sequestration


@equation(clause="5 loss", unit="t_co2e", dims=("stratum",))
def growth_at_start(
    area: DataArray, foregone_sequestration_rate: DataArray, loss_year: DataArray, year_length: DataArray
) -> DataArray:
    """Growth without the project, if the area at the start had been lost nowhere, by stratum.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    foregone_sequestration_rate : DataArray, dims () or (stratum,)
        [t_co2e ha⁻¹ yr⁻¹]
    loss_year : DataArray, dims (year,)
        [yr]
    year_length : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return area * foregone_sequestration_rate * year_length * loss_year.sizes["year"]


@equation(clause="5 loss", unit="t_co2e", dims=("stratum",))
def baseline_removals(growth_at_start: DataArray, avoided_emissions: DataArray) -> DataArray:
    """Baseline removals where stand is lost: growth of what is left, less the emissions, by stratum.

    Parameters
    ----------
    growth_at_start : DataArray, dims (stratum,)
        [t_co2e]
    avoided_emissions : DataArray, dims (stratum, year)
        [t_co2e]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return growth_at_start - avoided_emissions.sum("year", skipna=False)


@equation(clause="5 loss", unit="t_co2e")
def emission_factors_standard_error(
    area: DataArray,
    annual_loss: DataArray,
    releasing_area: DataArray,
    cumulative_loss: DataArray,
    biomass_emission_factor_standard_error: DataArray,
    soil_emission_factor_standard_error: DataArray,
    foregone_sequestration_rate_standard_error: DataArray,
    soil_release_years: DataArray,
    year_length: DataArray,
) -> DataArray:
    """Standard error of the baseline from factors and rate of growth, over all strata, which share them.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    annual_loss, releasing_area, cumulative_loss : DataArray, dims (stratum, year)
        [ha]
    biomass_emission_factor_standard_error, soil_emission_factor_standard_error : DataArray
        [t_co2e ha⁻¹]
    foregone_sequestration_rate_standard_error : DataArray
        [t_co2e ha⁻¹ yr⁻¹]
    soil_release_years, year_length : DataArray
        [yr]

    Returns
    -------
    DataArray [t_co2e]
    """
    everywhere = ("stratum", "year")
    by_biomass = annual_loss * biomass_emission_factor_standard_error
    by_soil = releasing_area * soil_emission_factor_standard_error * year_length / soil_release_years
    by_growth = (area - cumulative_loss) * foregone_sequestration_rate_standard_error * year_length
    variance = (
        by_biomass.sum(everywhere, skipna=False) ** 2
        + by_soil.sum(everywhere, skipna=False) ** 2
        + by_growth.sum(everywhere, skipna=False) ** 2
    )
    return variance**0.5

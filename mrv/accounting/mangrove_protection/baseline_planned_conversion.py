"""Baseline ``planned_conversion``: without the project a documented plan is carried out.

Area and dates are those of the plan; they are documented, not estimated, and have no error of their own.
"""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

UNCERTAIN = ("biomass_emission_factor", "soil_emission_factor", "foregone_sequestration_rate")

INPUTS = (
    Input("conversion_area", "ha", ("stratum", "conversion"), "Area of each conversion of the plan"),
    Input(
        "conversion_year",
        "yr",
        ("conversion",),
        "End of the year of each conversion, from the start of the loss",
    ),
)


@equation(clause="5 planned_conversion", unit="ha", dims=("stratum", "year"))
def annual_loss(conversion_area: DataArray, conversion_year: DataArray, loss_year: DataArray) -> DataArray:
    """Area that the plan converts in each year, by stratum.

    Parameters
    ----------
    conversion_area : DataArray, dims (stratum, conversion)
        [ha]
    conversion_year : DataArray, dims (conversion,)
        [yr]
    loss_year : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (stratum, year) [ha]
    """
    return (conversion_area * (conversion_year == loss_year)).sum("conversion", skipna=False)


@equation(clause="5 planned_conversion", unit="ha", dims=("stratum", "year"))
def cumulative_loss(
    conversion_area: DataArray, conversion_year: DataArray, loss_year: DataArray
) -> DataArray:
    """Area that the plan has converted by the end of each year, by stratum.

    Parameters
    ----------
    conversion_area : DataArray, dims (stratum, conversion)
        [ha]
    conversion_year : DataArray, dims (conversion,)
        [yr]
    loss_year : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (stratum, year) [ha]
    """
    return (conversion_area * (conversion_year <= loss_year)).sum("conversion", skipna=False)


@equation(clause="5 planned_conversion", unit="ha", dims=("stratum", "year"))
def releasing_area(
    conversion_area: DataArray,
    conversion_year: DataArray,
    loss_year: DataArray,
    soil_release_years: DataArray,
) -> DataArray:
    """Area whose soil is releasing carbon in each year: converted no longer ago than the release lasts.

    Parameters
    ----------
    conversion_area : DataArray, dims (stratum, conversion)
        [ha]
    conversion_year : DataArray, dims (conversion,)
        [yr]
    loss_year : DataArray, dims (year,)
        [yr]
    soil_release_years : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (stratum, year) [ha]
    """
    releasing = (conversion_year <= loss_year) & (loss_year - soil_release_years < conversion_year)
    return (conversion_area * releasing).sum("conversion", skipna=False)


@equation(clause="5 planned_conversion", unit="t_co2e")
def baseline_standard_error(emission_factors_standard_error: DataArray) -> DataArray:
    """Standard error of the baseline over all strata: that of its factors, as the plan has none.

    Parameters
    ----------
    emission_factors_standard_error : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return emission_factors_standard_error

"""Baseline ``historical_loss``: without the project the extent shrinks as it did, at a compound rate.

The rate is that between two areas that a reference sample corrects, or it is stated with its error. The
extent at the start is the project's area, which the project keeps. Loss is counted in whole years from the
start of the project, so that a later monitoring period goes on where the one before it ended.
"""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.deductions import positive_part
from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

UNCERTAIN = (
    "loss_rate",
    "biomass_emission_factor",
    "soil_emission_factor",
    "foregone_sequestration_rate",
)

INPUTS = (
    Input("reference_area", "ha", ("reference_date",), "Mangrove in the reference region at two dates"),
    Input("reference_area_standard_error", "ha", ("reference_date",), "Standard errors of these areas"),
    Input("reference_area_covariance", "ha^2", (), "Covariance of these areas"),
    Input("reference_years", "yr", (), "Years between these dates"),
)


@equation(clause="5 historical_loss", unit="1")
def loss_rate(reference_area: DataArray, reference_years: DataArray, year_length: DataArray) -> DataArray:
    """Share of the extent that is lost in a year, compounding.

    Parameters
    ----------
    reference_area : DataArray, dims (reference_date,)
        Dates ascending. [ha]
    reference_years, year_length : DataArray
        [yr]

    Returns
    -------
    DataArray [1]
    """
    left = reference_area.isel(reference_date=-1, drop=True) / reference_area.isel(
        reference_date=0, drop=True
    )
    return 1 - left ** (year_length / reference_years)


@equation(clause="5 historical_loss", unit="1")
def loss_rate_standard_error(
    loss_rate: DataArray,
    reference_area: DataArray,
    reference_area_standard_error: DataArray,
    reference_area_covariance: DataArray,
    reference_years: DataArray,
    year_length: DataArray,
) -> DataArray:
    """Standard error of the rate of loss, from those of the areas (delta method on the logarithm).

    Parameters
    ----------
    loss_rate : DataArray
        [1]
    reference_area, reference_area_standard_error : DataArray, dims (reference_date,)
        [ha]
    reference_area_covariance : DataArray
        [ha²]
    reference_years, year_length : DataArray
        [yr]

    Returns
    -------
    DataArray [1]
    """
    relative = (reference_area_standard_error / reference_area) ** 2
    product = reference_area.isel(reference_date=0, drop=True) * reference_area.isel(
        reference_date=-1, drop=True
    )
    variance = relative.sum("reference_date", skipna=False) - 2 * reference_area_covariance / product
    return (1 - loss_rate) * (year_length / reference_years) * variance**0.5


@equation(clause="5 historical_loss", unit="ha", dims=("stratum", "year"))
def cumulative_loss(
    area: DataArray, loss_rate: DataArray, loss_year: DataArray, year_length: DataArray
) -> DataArray:
    """Area lost by the end of each year, from the start, by stratum.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    loss_rate : DataArray
        [1]
    loss_year : DataArray, dims (year,)
        [yr]
    year_length : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (stratum, year) [ha]
    """
    return area * (1 - (1 - loss_rate) ** (loss_year / year_length))


@equation(clause="5 historical_loss", unit="ha", dims=("stratum", "year"))
def annual_loss(
    area: DataArray, loss_rate: DataArray, loss_year: DataArray, year_length: DataArray
) -> DataArray:
    """Area lost in each year: the extent at its start less that at its end, by stratum.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    loss_rate : DataArray
        [1]
    loss_year : DataArray, dims (year,)
        [yr]
    year_length : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (stratum, year) [ha]
    """
    kept = 1 - loss_rate
    return area * (kept ** ((loss_year - year_length) / year_length) - kept ** (loss_year / year_length))


@equation(clause="5 historical_loss", unit="ha", dims=("stratum", "year"))
def releasing_area(
    area: DataArray,
    loss_rate: DataArray,
    loss_year: DataArray,
    soil_release_years: DataArray,
    year_length: DataArray,
) -> DataArray:
    """Area whose soil is releasing carbon in each year: lost no longer ago than the release lasts.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    loss_rate : DataArray
        [1]
    loss_year : DataArray, dims (year,)
        [yr]
    soil_release_years, year_length : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (stratum, year) [ha]
    """
    kept = 1 - loss_rate
    ended = positive_part(loss_year - soil_release_years)
    return area * (kept ** (ended / year_length) - kept ** (loss_year / year_length))


@equation(clause="5 historical_loss", unit="t_co2e")
def baseline_slope(
    area: DataArray,
    loss_rate: DataArray,
    loss_year: DataArray,
    soil_release_years: DataArray,
    biomass_emission_factor: DataArray,
    soil_emission_factor: DataArray,
    foregone_sequestration_rate: DataArray,
    year_length: DataArray,
) -> DataArray:
    """How much more is avoided, over all strata and years, for a rate of loss that is higher by one.

    The derivative of avoided emissions by the rate of loss.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    loss_rate : DataArray
        [1]
    loss_year : DataArray, dims (year,)
        [yr]
    soil_release_years, year_length : DataArray
        [yr]
    biomass_emission_factor, soil_emission_factor : DataArray, dims () or (stratum,)
        [t_co2e ha⁻¹]
    foregone_sequestration_rate : DataArray, dims () or (stratum,)
        [t_co2e ha⁻¹ yr⁻¹]

    Returns
    -------
    DataArray [t_co2e]
    """
    kept = 1 - loss_rate
    now = loss_year / year_length
    before = now - 1
    ended = positive_part(loss_year - soil_release_years) / year_length
    by_end, by_start, by_ended = (years * kept ** (years - 1) for years in (now, before, ended))
    slope = (
        (by_end - by_start) * biomass_emission_factor
        + (by_end - by_ended) * soil_emission_factor * year_length / soil_release_years
        + by_end * foregone_sequestration_rate * year_length
    )
    return (area * slope).sum(("stratum", "year"), skipna=False)


@equation(clause="5 historical_loss", unit="t_co2e")
def baseline_standard_error(
    emission_factors_standard_error: DataArray, baseline_slope: DataArray, loss_rate_standard_error: DataArray
) -> DataArray:
    """Standard error of the baseline over all strata: factors, growth, and the rate of loss.

    Parameters
    ----------
    emission_factors_standard_error, baseline_slope : DataArray
        [t_co2e]
    loss_rate_standard_error : DataArray
        [1]

    Returns
    -------
    DataArray [t_co2e]
    """
    return (emission_factors_standard_error**2 + (baseline_slope * loss_rate_standard_error) ** 2) ** 0.5

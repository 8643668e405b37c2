"""From adjusted reductions to verified carbon units: buffer on stock changes alone, whole units by year."""

from __future__ import annotations

import numpy as np
from xarray import DataArray

from mrv.accounting.deductions import positive_part
from mrv.accounting.engine import equation
from mrv.accounting.vm0033_v2_1.series import baseline_less_project, secured, steps


@equation(clause="94", unit="t_co2e", dims=("year",))
def stock_reductions(
    biomass_emissions: DataArray, soil_co2_emissions: DataArray, interval_years: DataArray
) -> DataArray:
    """Reductions to date by stocks of carbon alone: no other gases, no fuel, no leakage.

    Parameters
    ----------
    biomass_emissions, soil_co2_emissions : DataArray, dims (scenario, stratum, year)
        [t_co2e yr⁻¹]
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (year,) [t_co2e]
    """
    spared = baseline_less_project((biomass_emissions + soil_co2_emissions).sum("stratum", skipna=False))
    return (spared * interval_years).cumsum("year")


@equation(clause="94", unit="t_co2e")
def soil_reductions(soil_co2_emissions: DataArray, interval_years: DataArray) -> DataArray:
    """Reductions of the whole period by the carbon of the soil, without what came from elsewhere.

    Parameters
    ----------
    soil_co2_emissions : DataArray, dims (scenario, stratum, year)
        [t_co2e yr⁻¹]
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray [t_co2e]
    """
    spared = baseline_less_project(soil_co2_emissions.sum("stratum", skipna=False))
    return (spared * interval_years).sum("year", skipna=False)


@equation(clause="94", unit="t_co2e", dims=("year",))
def yearly_buffer(stock_reductions: DataArray, buffer_share: DataArray) -> DataArray:
    """Share of each year's reductions by stocks that is held back; none in a year of loss.

    Parameters
    ----------
    stock_reductions : DataArray, dims (year,)
        [t_co2e]
    buffer_share : DataArray
        [1]

    Returns
    -------
    DataArray, dims (year,) [t_co2e]
    """
    return buffer_share * positive_part(steps(stock_reductions))


@equation(clause="93", unit="t_co2e", dims=("year",))
def verified_units(adjusted_reductions: DataArray, yearly_buffer: DataArray) -> DataArray:
    """What each year adds to the adjusted reductions, less its buffer; the text prints × for the minus sign.

    Parameters
    ----------
    adjusted_reductions, yearly_buffer : DataArray, dims (year,)
        [t_co2e]

    Returns
    -------
    DataArray, dims (year,) [t_co2e]
    """
    return steps(adjusted_reductions) - yearly_buffer


@equation(clause="94", unit="t_co2e")
def buffer(yearly_buffer: DataArray) -> DataArray:
    """What is held back over the whole period.

    Parameters
    ----------
    yearly_buffer : DataArray, dims (year,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return yearly_buffer.sum("year", skipna=False)


@equation(clause="93", unit="t_co2e")
def creditable_removals(verified_units: DataArray) -> DataArray:
    """Verified carbon units of the whole period, before they are made whole.

    Parameters
    ----------
    verified_units : DataArray, dims (year,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return verified_units.sum("year", skipna=False)


@equation(clause="93", unit="t_co2e")
def issuable_removals(creditable_removals: DataArray, carried_in: DataArray) -> DataArray:
    """Units of the period with the fraction carried in; zero below zero.

    Parameters
    ----------
    creditable_removals, carried_in : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return positive_part(creditable_removals + carried_in)


@equation(clause="93", unit="t_co2e", dims=("vintage",))
def issuance(verified_units: DataArray, carried_in: DataArray, credit_size: DataArray) -> DataArray:
    """Whole units of each year: what the whole units to date grow by, the fraction carried on.

    A year before a loss issues only what the loss leaves.

    Parameters
    ----------
    verified_units : DataArray, dims (year,)
        [t_co2e]
    carried_in, credit_size : DataArray
        [t_co2e]

    Returns
    -------
    DataArray, dims (vintage,) [t_co2e]
    """
    whole = np.floor(positive_part(secured(verified_units.cumsum("year") + carried_in)) / credit_size)
    return (steps(whole) * credit_size).rename(year="vintage")  # type: ignore[arg-type]


@equation(clause="93", unit="t_co2e")
def carried_fraction(issuable_removals: DataArray, issuance: DataArray) -> DataArray:
    """What is left below one unit; it is carried into the next period.

    Parameters
    ----------
    issuable_removals : DataArray
        [t_co2e]
    issuance : DataArray, dims (vintage,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return issuable_removals - issuance.sum("vintage", skipna=False)

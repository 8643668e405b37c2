"""Baseline ``degradation``: the stand stays, but its carbon per hectare declines at a documented rate."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation

UNCERTAIN = ("degradation_rate",)


@equation(clause="5 degradation", unit="t_co2e", dims=("stratum",))
def baseline_removals(
    area: DataArray, degradation_rate: DataArray, period_years: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Baseline removals of a declining stock, by stratum; negative, as carbon is lost.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    degradation_rate : DataArray, dims () or (stratum,)
        Loss of carbon, positive. [t_c ha⁻¹ yr⁻¹]
    period_years : DataArray
        [yr]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return -area * degradation_rate * period_years * co2_per_carbon


@equation(clause="5 degradation", unit="t_co2e")
def baseline_standard_error(
    area: DataArray,
    degradation_rate_standard_error: DataArray,
    period_years: DataArray,
    co2_per_carbon: DataArray,
) -> DataArray:
    """Standard error of the baseline over all strata, which share the error of the rate.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    degradation_rate_standard_error : DataArray, dims () or (stratum,)
        [t_c ha⁻¹ yr⁻¹]
    period_years : DataArray
        [yr]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray [t_co2e]
    """
    by_stratum = area * degradation_rate_standard_error * period_years * co2_per_carbon
    return by_stratum.sum("stratum", skipna=False)

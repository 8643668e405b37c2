"""Baseline ``static``: without the project the stock would stay as it is."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation


@equation(clause="5 static", unit="t_co2e", dims=("stratum",))
def baseline_removals(
    area: DataArray, static_stock_change: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Baseline removals of a stock that stays: none, by stratum.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    static_stock_change : DataArray
        Zero by the definition of the scenario. [t_c ha⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return area * static_stock_change * co2_per_carbon


@equation(clause="5 static", unit="t_co2e")
def baseline_standard_error(
    area: DataArray, static_stock_change_standard_error: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Standard error of the baseline over all strata: none, the scenario is a definition.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    static_stock_change_standard_error : DataArray
        Zero by the definition of the scenario. [t_c ha⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray [t_co2e]
    """
    return area.sum("stratum", skipna=False) * static_stock_change_standard_error * co2_per_carbon

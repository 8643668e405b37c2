"""Baseline ``natural_growth``: the growth that would have happened without the project.

The rate is stated, for all strata or for each of them, with its standard error.
"""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation

UNCERTAIN = ("natural_growth_rate",)


@equation(clause="5 natural_growth", unit="t_co2e", dims=("stratum",))
def baseline_removals(
    area: DataArray, natural_growth_rate: DataArray, period_years: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Baseline removals by natural growth over the monitoring period, by stratum.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    natural_growth_rate : DataArray, dims () or (stratum,)
        [t_c ha⁻¹ yr⁻¹]
    period_years : DataArray
        [yr]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return area * natural_growth_rate * period_years * co2_per_carbon


@equation(clause="5 natural_growth", unit="t_co2e")
def baseline_standard_error(
    area: DataArray,
    natural_growth_rate_standard_error: DataArray,
    period_years: DataArray,
    co2_per_carbon: DataArray,
) -> DataArray:
    """Standard error of the baseline over all strata.

    The strata share the error of the rate, so that it adds up over them and does not average out.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    natural_growth_rate_standard_error : DataArray, dims () or (stratum,)
        [t_c ha⁻¹ yr⁻¹]
    period_years : DataArray
        [yr]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray [t_co2e]
    """
    by_stratum = area * natural_growth_rate_standard_error * period_years * co2_per_carbon
    return by_stratum.sum("stratum", skipna=False)

"""Soil ``excluded``: it is not in the sink, whether measured or not (conservatively excluded)."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.deductions import satterthwaite
from mrv.accounting.engine import equation


@equation(clause="4", unit="t_co2e", dims=("stratum",))
def project_removals(pool_removals: DataArray) -> DataArray:
    """Removals with the project, over all pools of biomass, by stratum.

    Parameters
    ----------
    pool_removals : DataArray, dims (stratum, pool)
        [t_co2e]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return pool_removals.sum("pool", skipna=False)


@equation(clause="9", unit="t_co2e", dims=("stratum",))
def project_standard_error(
    area: DataArray, stock_change_standard_error: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Standard error of the project's removals, from the sampling of plots, by stratum.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        Taken as exact. [ha]
    stock_change_standard_error : DataArray, dims (stratum,)
        NaN for a purposive sample. [t_c ha⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return area * stock_change_standard_error * co2_per_carbon


@equation(clause="9", unit="1")
def degrees_of_freedom(
    project_standard_error: DataArray, stock_change_degrees_of_freedom: DataArray
) -> DataArray:
    """Degrees of freedom of the sampling error, by Satterthwaite over strata.

    The error of a stated baseline brings no degrees of freedom of its own, so the quantile is never
    smaller for it.

    Parameters
    ----------
    project_standard_error : DataArray, dims (stratum,)
        [t_co2e]
    stock_change_degrees_of_freedom : DataArray, dims (stratum,)
        [1]

    Returns
    -------
    DataArray [1]
    """
    return satterthwaite(project_standard_error**2, stock_change_degrees_of_freedom, "stratum")

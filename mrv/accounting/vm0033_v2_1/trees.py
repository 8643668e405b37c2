"""The discount of AR-TOOL14 for the error of the gain of trees, and the rate of that gain by year."""

from __future__ import annotations

import xarray as xr
from xarray import DataArray

from mrv.accounting.deductions import stepwise_discount
from mrv.accounting.engine import equation
from mrv.accounting.vm0033_v2_1.series import every


@equation(clause="AR-TOOL14", unit="1", dims=("step",))
def discount_above(
    discount_above_1: DataArray,
    discount_above_2: DataArray,
    discount_above_3: DataArray,
    discount_above_4: DataArray,
) -> DataArray:
    """Uncertainty above which each step of the discount begins.

    Parameters
    ----------
    discount_above_1, discount_above_2, discount_above_3, discount_above_4 : DataArray
        [1]

    Returns
    -------
    DataArray, dims (step,) [1]
    """
    return xr.concat([discount_above_1, discount_above_2, discount_above_3, discount_above_4], dim="step")


@equation(clause="AR-TOOL14", unit="1", dims=("step",))
def discount_share(
    discount_share_1: DataArray,
    discount_share_2: DataArray,
    discount_share_3: DataArray,
    discount_share_4: DataArray,
) -> DataArray:
    """Share of the half-width that each step of the discount takes off.

    Parameters
    ----------
    discount_share_1, discount_share_2, discount_share_3, discount_share_4 : DataArray
        [1]

    Returns
    -------
    DataArray, dims (step,) [1]
    """
    return xr.concat([discount_share_1, discount_share_2, discount_share_3, discount_share_4], dim="step")


@equation(clause="AR-TOOL14", unit="t_co2e")
def tree_discount(
    tree_gain: DataArray,
    tree_gain_half_width: DataArray,
    discount_above: DataArray,
    discount_share: DataArray,
) -> DataArray:
    """What is taken off the gain of trees for the error of the plots, by steps of its uncertainty.

    Parameters
    ----------
    tree_gain : DataArray, dims (stratum,)
        [t_co2e]
    tree_gain_half_width : DataArray
        [t_co2e]
    discount_above, discount_share : DataArray, dims (step,)
        [1]

    Returns
    -------
    DataArray [t_co2e]
    """
    uncertainty = tree_gain_half_width / abs(tree_gain.sum("stratum", skipna=False))
    return stepwise_discount(tree_gain_half_width, uncertainty, discount_above, discount_share)


@equation(clause="75", unit="t_co2e/ha/yr", dims=("stratum", "year"))
def project_tree_rate(
    tree_gain: DataArray, tree_discount: DataArray, area: DataArray, interval_years: DataArray
) -> DataArray:
    """Carbon dioxide that trees take up per hectare in each year; strata share the discount by their change.

    Parameters
    ----------
    tree_gain : DataArray, dims (stratum,)
        [t_co2e]
    tree_discount : DataArray
        [t_co2e]
    area : DataArray, dims (stratum,)
        [ha]
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (stratum, year) [t_co2e ha⁻¹ yr⁻¹]
    """
    share = abs(tree_gain) / abs(tree_gain).sum("stratum", skipna=False)
    rate = (tree_gain - tree_discount * share) / (area * interval_years.sum("year", skipna=False))
    return rate * every(interval_years)


@equation(clause="75", unit="t_co2e/yr", dims=("stratum", "year"))
def project_tree_change(project_tree_rate: DataArray, area: DataArray) -> DataArray:
    """Carbon dioxide that trees take up in each year with the project.

    Parameters
    ----------
    project_tree_rate : DataArray, dims (stratum, year)
        [t_co2e ha⁻¹ yr⁻¹]
    area : DataArray, dims (stratum,)
        [ha]

    Returns
    -------
    DataArray, dims (stratum, year) [t_co2e yr⁻¹]
    """
    return project_tree_rate * area

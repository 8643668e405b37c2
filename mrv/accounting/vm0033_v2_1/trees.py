"""The gain of trees between two surveys, the discount of AR-TOOL14 for its error, and its rate by year."""

from __future__ import annotations

import xarray as xr
from xarray import DataArray

from mrv.accounting.deductions import satterthwaite, stepwise_discount, two_sided_t_quantile
from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input
from mrv.accounting.vm0033_v2_1.series import every

INPUTS = (
    Input("biomass_density", "t_dm/ha", ("date", "stratum", "pool"), "Dry biomass per hectare"),
    Input("stock_change_standard_error", "t_c/ha", ("stratum",), "Standard error of the change of carbon"),
    Input("stock_change_degrees_of_freedom", "1", ("stratum",), "Degrees of freedom of that standard error"),
)


@equation(clause="75", unit="t_co2e", dims=("stratum",))
def tree_gain(
    biomass_density: DataArray,
    carbon_fraction_agb: DataArray,
    carbon_fraction_bgb: DataArray,
    area: DataArray,
    co2_per_carbon: DataArray,
) -> DataArray:
    """Carbon dioxide that trees took up from the first to the last survey.

    Parameters
    ----------
    biomass_density : DataArray, dims (date, stratum, pool)
        [t_dm ha⁻¹]
    carbon_fraction_agb, carbon_fraction_bgb : DataArray
        [t_c t_dm⁻¹]
    area : DataArray, dims (stratum,)
        [ha]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    gained = biomass_density.isel(date=-1, drop=True) - biomass_density.isel(date=0, drop=True)
    carbon = (
        gained.sel(pool="agb", drop=True) * carbon_fraction_agb
        + gained.sel(pool="bgb", drop=True) * carbon_fraction_bgb
    )
    return carbon * area * co2_per_carbon


@equation(clause="AR-TOOL14", unit="t_co2e", dims=("stratum",))
def tree_gain_standard_error(
    stock_change_standard_error: DataArray, area: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Standard error of what trees took up, by stratum.

    Parameters
    ----------
    stock_change_standard_error : DataArray, dims (stratum,)
        [t_c ha⁻¹]
    area : DataArray, dims (stratum,)
        [ha]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return stock_change_standard_error * area * co2_per_carbon


@equation(clause="AR-TOOL14", unit="1")
def tree_gain_degrees_of_freedom(
    tree_gain_standard_error: DataArray, stock_change_degrees_of_freedom: DataArray
) -> DataArray:
    """Degrees of freedom of what trees took up, by Satterthwaite over strata.

    Parameters
    ----------
    tree_gain_standard_error : DataArray, dims (stratum,)
        [t_co2e]
    stock_change_degrees_of_freedom : DataArray, dims (stratum,)
        [1]

    Returns
    -------
    DataArray [1]
    """
    return satterthwaite(tree_gain_standard_error**2, stock_change_degrees_of_freedom, "stratum")


@equation(clause="AR-TOOL14", unit="t_co2e")
def tree_gain_half_width(
    tree_gain_standard_error: DataArray,
    tree_gain_degrees_of_freedom: DataArray,
    confidence_level: DataArray,
) -> DataArray:
    """Half-width of the interval of what trees took up, over all strata.

    Parameters
    ----------
    tree_gain_standard_error : DataArray, dims (stratum,)
        [t_co2e]
    tree_gain_degrees_of_freedom, confidence_level : DataArray
        [1]

    Returns
    -------
    DataArray [t_co2e]
    """
    error = (tree_gain_standard_error**2).sum("stratum", skipna=False) ** 0.5
    return two_sided_t_quantile(confidence_level, tree_gain_degrees_of_freedom) * error


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

"""The gain of trees between two surveys and its sampling error; lent to other methodologies that plant."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.deductions import satterthwaite, two_sided_t_quantile
from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

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

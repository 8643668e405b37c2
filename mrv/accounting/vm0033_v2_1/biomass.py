"""Carbon in trees, shrubs and herbs, and the emissions that its change means."""

from __future__ import annotations

import xarray as xr
from xarray import DataArray

from mrv.accounting.engine import equation


@equation(clause="24, 75", unit="t_c/yr", dims=("scenario", "stratum", "year"))
def tree_shrub_change(
    tree_change: DataArray, shrub_change: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Carbon gained in trees and shrubs in each year.

    Parameters
    ----------
    tree_change, shrub_change : DataArray, dims (scenario, stratum, year)
        [t_co2e yr⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_c yr⁻¹]
    """
    return (tree_change + shrub_change) / co2_per_carbon


@equation(clause="25, 78", unit="t_c/yr", dims=("scenario", "stratum", "year"))
def herb_change(
    herb_stock_full: DataArray,
    herb_cover: DataArray,
    herb_cover_before: DataArray,
    area: DataArray,
    interval_years: DataArray,
) -> DataArray:
    """Carbon gained in herbs in each year: that of the year's new cover, so with a steady cover once only.

    Parameters
    ----------
    herb_stock_full : DataArray
        Carbon under full cover. [t_c ha⁻¹]
    herb_cover : DataArray, dims (scenario, stratum, year)
        Share of the ground covered at the end of each year. [1]
    herb_cover_before : DataArray, dims (scenario, stratum)
        The same at the start of the project. [1]
    area : DataArray, dims (stratum,)
        [ha]
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_c yr⁻¹]
    """
    gained = xr.concat([herb_cover.isel(year=[0]) - herb_cover_before, herb_cover.diff("year")], dim="year")
    return gained * herb_stock_full * area / interval_years


@equation(clause="23, 74", unit="t_c/yr", dims=("scenario", "stratum", "year"))
def biomass_change(tree_shrub_change: DataArray, herb_change: DataArray) -> DataArray:
    """Carbon gained in biomass in each year.

    Parameters
    ----------
    tree_shrub_change, herb_change : DataArray, dims (scenario, stratum, year)
        [t_c yr⁻¹]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_c yr⁻¹]
    """
    return tree_shrub_change + herb_change


@equation(clause="70", unit="t_co2e/yr", dims=("scenario", "stratum", "year"))
def biomass_emissions(biomass_change: DataArray, co2_per_carbon: DataArray) -> DataArray:
    """Emissions from biomass; a gain of carbon is negative.

    Parameters
    ----------
    biomass_change : DataArray, dims (scenario, stratum, year)
        [t_c yr⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_co2e yr⁻¹]
    """
    return -biomass_change * co2_per_carbon

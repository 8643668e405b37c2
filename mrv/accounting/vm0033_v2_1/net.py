"""Net emission reductions to date, their long-term cap, and what the period gives per hectare and year."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation
from mrv.accounting.vm0033_v2_1.series import baseline_less_project, smaller


@equation(clause="85", unit="t_co2e", dims=("year",))
def net_reductions(
    emissions_to_date: DataArray, fire_premium: DataArray, leakage_to_date: DataArray
) -> DataArray:
    """Net emission reductions from the start of the project to the end of each year.

    Parameters
    ----------
    emissions_to_date : DataArray, dims (scenario, year)
        [t_co2e]
    fire_premium, leakage_to_date : DataArray, dims (year,)
        [t_co2e]

    Returns
    -------
    DataArray, dims (year,) [t_co2e]
    """
    return baseline_less_project(emissions_to_date) + fire_premium - leakage_to_date


@equation(clause="86", unit="t_co2e", dims=("year",))
def capped_reductions(net_reductions: DataArray, long_term_benefit: DataArray) -> DataArray:
    """Net emission reductions to date, no more than the net benefit a hundred years after the start.

    Parameters
    ----------
    net_reductions : DataArray, dims (year,)
        [t_co2e]
    long_term_benefit : DataArray
        [t_co2e]

    Returns
    -------
    DataArray, dims (year,) [t_co2e]
    """
    return smaller(net_reductions, long_term_benefit)


@equation(clause="85, 86", unit="t_co2e")
def net_removals(capped_reductions: DataArray) -> DataArray:
    """Net emission reductions of the whole period, before deduction and buffer; negative after a loss.

    Parameters
    ----------
    capped_reductions : DataArray, dims (year,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return capped_reductions.isel(year=-1, drop=True)


@equation(clause="85, 86", unit="t_co2e/ha/yr")
def net_removals_per_hectare_year(
    net_removals: DataArray, area: DataArray, elapsed_years: DataArray
) -> DataArray:
    """Net emission reductions as a mean per hectare and year.

    Parameters
    ----------
    net_removals : DataArray
        [t_co2e]
    area : DataArray, dims (stratum,)
        [ha]
    elapsed_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray [t_co2e ha⁻¹ yr⁻¹]
    """
    return net_removals / (area.sum("stratum", skipna=False) * elapsed_years.isel(year=-1, drop=True))

"""From biomass at two dates to net removals and their sampling error.

Gains and removals are positive, emissions are positive too and are subtracted. Scalars have no
dimension; ``stratum``, ``pool`` (agb, bgb, and dead matter where it counts) and ``date`` (first and last of
the monitoring period) name the others. A pool, a stratum or an error that is NaN makes NaN of what rests on
it.
"""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.deductions import two_sided_t_quantile
from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

INPUTS = (
    Input("area", "ha", ("stratum",), "Area of each stratum, on the intersection of the two dates"),
    Input("biomass_density", "t_dm/ha", ("date", "stratum", "pool"), "Dry biomass per hectare"),
    Input(
        "stock_change_standard_error",
        "t_c/ha",
        ("stratum",),
        "Standard error of the mean carbon stock change over all pools, from plots measured twice",
    ),
    Input("stock_change_degrees_of_freedom", "1", ("stratum",), "Degrees of freedom of that standard error"),
    Input("period_years", "yr", (), "Length of the monitoring period"),
    Input("co2_per_carbon", "t_co2e/t_c", (), "Mass of CO₂ per mass of carbon"),
)


@equation(clause="1", unit="t_c/ha", dims=("date", "stratum", "pool"))
def carbon_density(biomass_density: DataArray, carbon_fraction: DataArray) -> DataArray:
    """Carbon in biomass per hectare, by date, stratum and pool.

    Parameters
    ----------
    biomass_density : DataArray, dims (date, stratum, pool)
        [t_dm ha⁻¹]
    carbon_fraction : DataArray, dims (pool,)
        [t_c t_dm⁻¹]

    Returns
    -------
    DataArray, dims (date, stratum, pool) [t_c ha⁻¹]
    """
    return biomass_density * carbon_fraction


@equation(clause="3", unit="t_c/ha", dims=("stratum", "pool"))
def carbon_stock_change(carbon_density: DataArray) -> DataArray:
    """Carbon gained per hectare from the first to the last date, by stratum and pool.

    Parameters
    ----------
    carbon_density : DataArray, dims (date, stratum, pool)
        Dates ascending. [t_c ha⁻¹]

    Returns
    -------
    DataArray, dims (stratum, pool) [t_c ha⁻¹]
    """
    return carbon_density.isel(date=-1, drop=True) - carbon_density.isel(date=0, drop=True)


@equation(clause="4", unit="t_co2e", dims=("stratum", "pool"))
def pool_removals(area: DataArray, carbon_stock_change: DataArray, co2_per_carbon: DataArray) -> DataArray:
    """Removals with the project in biomass, by stratum and pool.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    carbon_stock_change : DataArray, dims (stratum, pool)
        [t_c ha⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum, pool) [t_co2e]
    """
    return area * carbon_stock_change * co2_per_carbon


@equation(clause="5", unit="t_co2e")
def baseline_removals_total(baseline_removals: DataArray) -> DataArray:
    """Baseline removals over all strata.

    Parameters
    ----------
    baseline_removals : DataArray, dims (stratum,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return baseline_removals.sum("stratum", skipna=False)


@equation(clause="8", unit="t_co2e", dims=("stratum",))
def stratum_removals(project_removals: DataArray, baseline_removals: DataArray) -> DataArray:
    """Removals beyond the baseline, by stratum.

    Parameters
    ----------
    project_removals, baseline_removals : DataArray, dims (stratum,)
        [t_co2e]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return project_removals - baseline_removals


@equation(clause="8", unit="t_co2e")
def net_removals(stratum_removals: DataArray, project_emissions: DataArray, leakage: DataArray) -> DataArray:
    """Net removals of the monitoring period, before deduction and buffer; negative after a loss.

    Parameters
    ----------
    stratum_removals : DataArray, dims (stratum,)
        [t_co2e]
    project_emissions, leakage : DataArray
        Positive. [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return stratum_removals.sum("stratum", skipna=False) - project_emissions - leakage


@equation(clause="8", unit="t_co2e/ha/yr")
def net_removals_per_hectare_year(
    net_removals: DataArray, area: DataArray, period_years: DataArray
) -> DataArray:
    """Net removals per hectare and year.

    Parameters
    ----------
    net_removals : DataArray
        [t_co2e]
    area : DataArray, dims (stratum,)
        [ha]
    period_years : DataArray
        [yr]

    Returns
    -------
    DataArray [t_co2e ha⁻¹ yr⁻¹]
    """
    return net_removals / (area.sum("stratum", skipna=False) * period_years)


@equation(clause="9", unit="t_co2e")
def net_removals_standard_error(
    project_standard_error: DataArray,
    baseline_standard_error: DataArray,
    project_emissions_standard_error: DataArray,
    leakage_standard_error: DataArray,
) -> DataArray:
    """Standard error of net removals: strata sampled independently, all that is stated shared by them.

    Parameters
    ----------
    project_standard_error : DataArray, dims (stratum,)
        [t_co2e]
    baseline_standard_error : DataArray
        Of the sum over strata. [t_co2e]
    project_emissions_standard_error, leakage_standard_error : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    stated = baseline_standard_error**2 + project_emissions_standard_error**2 + leakage_standard_error**2
    return ((project_standard_error**2).sum("stratum", skipna=False) + stated) ** 0.5


@equation(clause="9", unit="1")
def t_quantile(confidence_level: DataArray, degrees_of_freedom: DataArray) -> DataArray:
    """Quantile of Student's t for the two-sided interval at the confidence level.

    Parameters
    ----------
    confidence_level, degrees_of_freedom : DataArray
        [1]

    Returns
    -------
    DataArray [1]
    """
    return two_sided_t_quantile(confidence_level, degrees_of_freedom)


@equation(clause="9", unit="t_co2e")
def net_removals_half_width(t_quantile: DataArray, net_removals_standard_error: DataArray) -> DataArray:
    """Half-width of the two-sided interval of net removals, from the sampling of plots.

    Parameters
    ----------
    t_quantile : DataArray
        [1]
    net_removals_standard_error : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return t_quantile * net_removals_standard_error


@equation(clause="9", unit="1")
def relative_uncertainty_sampling(net_removals_half_width: DataArray, net_removals: DataArray) -> DataArray:
    """Half-width as a part of net removals; infinite where they are zero and the half-width is not.

    Parameters
    ----------
    net_removals_half_width, net_removals : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [1]
    """
    return net_removals_half_width / abs(net_removals)

"""Series by year from the stocks of two surveys and from what the project states.

Between the surveys every year gains alike. A case that has a series of its own gives it in place of these.
"""

from __future__ import annotations

import xarray as xr
from xarray import DataArray, Variable

from mrv.accounting.deductions import satterthwaite, stepwise_discount, two_sided_t_quantile
from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input
from mrv.accounting.vm0033_v2_1.series import both
from mrv.accounting.vm0033_v2_1.uncertainty import PARTS

INPUTS = (
    Input("biomass_density", "t_dm/ha", ("date", "stratum", "pool"), "Dry biomass per hectare"),
    Input("stock_change_standard_error", "t_c/ha", ("stratum",), "Standard error of the change of carbon"),
    Input("stock_change_degrees_of_freedom", "1", ("stratum",), "Degrees of freedom of that standard error"),
    Input("period_years", "yr", (), "Length of the monitoring period"),
    Input("vintage_days", "day", ("vintage",), "Days of the monitoring period in each calendar year"),
    Input("project_emissions", "t_co2e", (), "Emissions from fuel in the period"),
    Input("leakage", "t_co2e", (), "Leakage of the period"),
)


def _every(like: DataArray) -> DataArray:
    """One at every place of an array, without a unit."""
    return like / like


@equation(clause="69", unit="yr", dims=("year",))
def interval_years(vintage_days: DataArray, period_years: DataArray) -> DataArray:
    """Length of each calendar year within the period.

    Parameters
    ----------
    vintage_days : DataArray, dims (vintage,)
        [day]
    period_years : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (year,) [yr]
    """
    share = vintage_days / vintage_days.sum("vintage", skipna=False)
    return (share * period_years).rename(vintage="year")


@equation(clause="69", unit="yr", dims=("year",))
def elapsed_years(interval_years: DataArray) -> DataArray:
    """Time from the start of the period to the end of each year.

    Parameters
    ----------
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (year,) [yr]
    """
    return interval_years.cumsum("year")


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
    return rate * _every(interval_years)


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


@equation(clause="24, 75", unit="t_co2e/yr", dims=("scenario", "stratum", "year"))
def tree_change(baseline_tree_change: DataArray, project_tree_change: DataArray) -> DataArray:
    """Carbon dioxide that trees take up in each year, without and with the project.

    Parameters
    ----------
    baseline_tree_change, project_tree_change : DataArray, dims (stratum, year)
        [t_co2e yr⁻¹]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_co2e yr⁻¹]
    """
    return both(baseline_tree_change, project_tree_change)


@equation(clause="24, 75", unit="t_co2e/yr", dims=("scenario", "stratum", "year"))
def shrub_change(shrub_growth: DataArray, area: DataArray, interval_years: DataArray) -> DataArray:
    """Carbon dioxide that shrubs take up in each year: none without the project.

    Parameters
    ----------
    shrub_growth : DataArray
        With the project. [t_co2e ha⁻¹ yr⁻¹]
    area : DataArray, dims (stratum,)
        [ha]
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_co2e yr⁻¹]
    """
    grown = shrub_growth * area * _every(interval_years)
    return both(grown * 0, grown)


@equation(clause="25, 78", unit="1", dims=("scenario", "stratum", "year"))
def herb_cover(
    herb_cover_baseline: DataArray, herb_cover_project: DataArray, area: DataArray, interval_years: DataArray
) -> DataArray:
    """Share of the ground that herbs cover, steady in each scenario.

    Parameters
    ----------
    herb_cover_baseline, herb_cover_project : DataArray
        [1]
    area : DataArray, dims (stratum,)
        [ha]
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [1]
    """
    return both(herb_cover_baseline, herb_cover_project) * _every(area) * _every(interval_years)


@equation(clause="25, 78", unit="1", dims=("scenario", "stratum"))
def herb_cover_before(herb_cover_baseline: DataArray, area: DataArray) -> DataArray:
    """Share of the ground that herbs cover at the start: that of the baseline.

    Parameters
    ----------
    herb_cover_baseline : DataArray
        [1]
    area : DataArray, dims (stratum,)
        [ha]

    Returns
    -------
    DataArray, dims (scenario, stratum) [1]
    """
    return both(herb_cover_baseline, herb_cover_baseline) * _every(area)


@equation(clause="33", unit="1", dims=("scenario", "stratum", "year"))
def plant_cover(
    plant_cover_baseline: DataArray,
    plant_cover_project: DataArray,
    area: DataArray,
    interval_years: DataArray,
) -> DataArray:
    """Cover of vegetation that the default rate of the soil goes by, steady in each scenario.

    Parameters
    ----------
    plant_cover_baseline, plant_cover_project : DataArray
        [1]
    area : DataArray, dims (stratum,)
        [ha]
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [1]
    """
    return both(plant_cover_baseline, plant_cover_project) * _every(area) * _every(interval_years)


@equation(clause="26", unit="yr", dims=("scenario", "stratum"))
def soil_depletion_years(
    soil_depletion_baseline: DataArray, elapsed_years: DataArray, area: DataArray
) -> DataArray:
    """Time until the soil of a scenario is used up; with the project not within the period.

    Parameters
    ----------
    soil_depletion_baseline : DataArray
        [yr]
    elapsed_years : DataArray, dims (year,)
        [yr]
    area : DataArray, dims (stratum,)
        [ha]

    Returns
    -------
    DataArray, dims (scenario, stratum) [yr]
    """
    return both(soil_depletion_baseline, elapsed_years.isel(year=-1, drop=True)) * _every(area)


@equation(clause="60, 61", unit="t_ch4/ha/yr", dims=("scenario",))
def methane_rate(methane_rate_baseline: DataArray, methane_rate_project: DataArray) -> DataArray:
    """Methane from the soil, without and with the project.

    Parameters
    ----------
    methane_rate_baseline, methane_rate_project : DataArray
        [t_ch4 ha⁻¹ yr⁻¹]

    Returns
    -------
    DataArray, dims (scenario,) [t_ch4 ha⁻¹ yr⁻¹]
    """
    return both(methane_rate_baseline, methane_rate_project)


@equation(clause="63-68", unit="t_n2o/ha/yr", dims=("scenario",))
def nitrous_oxide_rate(
    nitrous_oxide_rate_baseline: DataArray, nitrous_oxide_rate_project: DataArray
) -> DataArray:
    """Nitrous oxide from the soil, without and with the project.

    Parameters
    ----------
    nitrous_oxide_rate_baseline, nitrous_oxide_rate_project : DataArray
        [t_n2o ha⁻¹ yr⁻¹]

    Returns
    -------
    DataArray, dims (scenario,) [t_n2o ha⁻¹ yr⁻¹]
    """
    return both(nitrous_oxide_rate_baseline, nitrous_oxide_rate_project)


@equation(clause="71", unit="t_co2e/yr", dims=("scenario", "year"))
def burning_emissions(burning: DataArray, interval_years: DataArray) -> DataArray:
    """Methane and nitrous oxide from burning with the project, spread evenly; none without it.

    Parameters
    ----------
    burning : DataArray
        Of the whole period. [t_co2e]
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (scenario, year) [t_co2e yr⁻¹]
    """
    yearly = burning / interval_years.sum("year", skipna=False) * _every(interval_years)
    return both(yearly * 0, yearly)


@equation(clause="72", unit="t_co2e/yr", dims=("scenario", "year"))
def fuel_emissions(project_emissions: DataArray, interval_years: DataArray) -> DataArray:
    """Emissions from fuel with the project, spread evenly; none without it.

    Parameters
    ----------
    project_emissions : DataArray
        Of the whole period. [t_co2e]
    interval_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (scenario, year) [t_co2e yr⁻¹]
    """
    yearly = project_emissions / interval_years.sum("year", skipna=False) * _every(interval_years)
    return both(yearly * 0, yearly)


@equation(clause="85", unit="t_co2e", dims=("year",))
def leakage_to_date(leakage: DataArray, elapsed_years: DataArray) -> DataArray:
    """Leakage from the start to the end of each year, spread evenly over the period.

    Parameters
    ----------
    leakage : DataArray
        Of the whole period. [t_co2e]
    elapsed_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (year,) [t_co2e]
    """
    return leakage * elapsed_years / elapsed_years.isel(year=-1, drop=True)


@equation(clause="85", unit="t_co2e", dims=("year",))
def fire_premium(fire_reduction_premium: DataArray, elapsed_years: DataArray) -> DataArray:
    """Premium for fewer fires from the start to the end of each year, spread evenly over the period.

    Parameters
    ----------
    fire_reduction_premium : DataArray
        Of the whole period. [t_co2e]
    elapsed_years : DataArray, dims (year,)
        [yr]

    Returns
    -------
    DataArray, dims (year,) [t_co2e]
    """
    return fire_reduction_premium * elapsed_years / elapsed_years.isel(year=-1, drop=True)


@equation(clause="87, 89", unit="1", dims=("scenario", "stratum", "part"))
def part_uncertainty(
    tree_gain_standard_error: DataArray,
    stock_change_degrees_of_freedom: DataArray,
    confidence_level: DataArray,
    part_emissions: DataArray,
    soil_uncertainty: DataArray,
) -> DataArray:
    """Half-width over the absolute amount of each part: biomass by its plots, soil as the project states it.

    Parameters
    ----------
    tree_gain_standard_error : DataArray, dims (stratum,)
        [t_co2e]
    stock_change_degrees_of_freedom : DataArray, dims (stratum,)
        [1]
    confidence_level : DataArray
        [1]
    part_emissions : DataArray, dims (scenario, stratum, part)
        [t_co2e]
    soil_uncertainty : DataArray
        [1]

    Returns
    -------
    DataArray, dims (scenario, stratum, part) [1]
    """
    t_quantile = two_sided_t_quantile(confidence_level, stock_change_degrees_of_freedom)
    half_width = t_quantile * tree_gain_standard_error
    biomass = half_width / abs(part_emissions.sel(part="biomass", scenario="project", drop=True))
    of_scenario = both(biomass * 0, biomass)
    parts = xr.concat(xr.broadcast(of_scenario, soil_uncertainty), dim=Variable("part", list(PARTS)))
    return parts.transpose(..., "part")

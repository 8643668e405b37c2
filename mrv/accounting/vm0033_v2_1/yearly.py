"""Series by year for both scenarios from what the project states.

Every year of the period gains alike. A case that has a series of its own gives it in place of these.
"""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input
from mrv.accounting.vm0033_v2_1.series import both, every

INPUTS = (
    Input("period_years", "yr", (), "Length of the monitoring period"),
    Input("vintage_days", "day", ("vintage",), "Days of the monitoring period in each calendar year"),
    Input("project_emissions", "t_co2e", (), "Emissions from fuel in the period"),
    Input("leakage", "t_co2e", (), "Leakage of the period"),
)


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
    grown = shrub_growth * area * every(interval_years)
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
    return both(herb_cover_baseline, herb_cover_project) * every(area) * every(interval_years)


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
    return both(herb_cover_baseline, herb_cover_baseline) * every(area)


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
    return both(plant_cover_baseline, plant_cover_project) * every(area) * every(interval_years)


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
    return both(soil_depletion_baseline, elapsed_years.isel(year=-1, drop=True)) * every(area)


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
    yearly = burning / interval_years.sum("year", skipna=False) * every(interval_years)
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
    yearly = project_emissions / interval_years.sum("year", skipna=False) * every(interval_years)
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

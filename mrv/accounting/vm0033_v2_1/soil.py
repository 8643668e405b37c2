"""Carbon dioxide, methane and nitrous oxide of the soil, per hectare and over the strata."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.deductions import positive_part
from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input
from mrv.accounting.vm0033_v2_1.series import smaller

INPUTS = (
    Input("area", "ha", ("stratum",), "Area of each stratum"),
    Input("co2_per_carbon", "t_co2e/t_c", (), "Mass of CO₂ per mass of carbon"),
)


@equation(clause="33", unit="t_c/ha/yr", dims=("scenario", "stratum", "year"))
def soil_carbon_gain(
    soil_accumulation_full: DataArray,
    plant_cover: DataArray,
    plant_cover_none: DataArray,
    plant_cover_full: DataArray,
) -> DataArray:
    """Carbon that the soil gains by default: all from half cover on, none below a low one, linear between.

    What was measured in the field, (C_t − C_{t−T}) / T, takes its place where it is given.

    Parameters
    ----------
    soil_accumulation_full : DataArray
        [t_c ha⁻¹ yr⁻¹]
    plant_cover : DataArray, dims (scenario, stratum, year)
        [1]
    plant_cover_none, plant_cover_full : DataArray
        Cover up to which nothing, and from which everything is counted. [1]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_c ha⁻¹ yr⁻¹]
    """
    share = (plant_cover - plant_cover_none) / (plant_cover_full - plant_cover_none)
    return soil_accumulation_full * (positive_part(share) - positive_part(share - 1))


@equation(clause="36", unit="t_co2e/ha/yr", dims=("scenario", "stratum", "year"))
def soil_co2(soil_carbon_gain: DataArray, co2_per_carbon: DataArray) -> DataArray:
    """Carbon dioxide from the soil; a gain of carbon is negative.

    Parameters
    ----------
    soil_carbon_gain : DataArray, dims (scenario, stratum, year)
        [t_c ha⁻¹ yr⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_co2e ha⁻¹ yr⁻¹]
    """
    return -soil_carbon_gain * co2_per_carbon


@equation(clause="38, 39", unit="t_co2e/ha/yr", dims=("scenario", "stratum", "year"))
def allochthonous_deduction(soil_co2: DataArray, allochthonous_share: DataArray) -> DataArray:
    """Part of a gain of the soil that came from elsewhere; negative like the gain, none where the soil loses.

    Parameters
    ----------
    soil_co2 : DataArray, dims (scenario, stratum, year)
        [t_co2e ha⁻¹ yr⁻¹]
    allochthonous_share : DataArray
        [1]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_co2e ha⁻¹ yr⁻¹]
    """
    return smaller(soil_co2, soil_co2 * 0) * allochthonous_share


@equation(clause="60, 61", unit="t_co2e/ha/yr")
def methane(methane_rate: DataArray, gwp_methane: DataArray) -> DataArray:
    """Methane from the soil.

    Parameters
    ----------
    methane_rate : DataArray
        [t_ch4 ha⁻¹ yr⁻¹]
    gwp_methane : DataArray
        [t_co2e t_ch4⁻¹]

    Returns
    -------
    DataArray [t_co2e ha⁻¹ yr⁻¹]
    """
    return methane_rate * gwp_methane


@equation(clause="63-68", unit="t_co2e/ha/yr")
def nitrous_oxide(nitrous_oxide_rate: DataArray, gwp_nitrous_oxide: DataArray) -> DataArray:
    """Nitrous oxide from the soil.

    Parameters
    ----------
    nitrous_oxide_rate : DataArray
        [t_n2o ha⁻¹ yr⁻¹]
    gwp_nitrous_oxide : DataArray
        [t_co2e t_n2o⁻¹]

    Returns
    -------
    DataArray [t_co2e ha⁻¹ yr⁻¹]
    """
    return nitrous_oxide_rate * gwp_nitrous_oxide


@equation(clause="26, 79", unit="t_co2e/yr", dims=("scenario", "stratum", "year"))
def soil_co2_emissions(
    area: DataArray, soil_co2: DataArray, allochthonous_deduction: DataArray, soil_counts: DataArray
) -> DataArray:
    """Carbon dioxide from the soil of each stratum, without what came from elsewhere.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    soil_co2, allochthonous_deduction : DataArray, dims (scenario, stratum, year)
        [t_co2e ha⁻¹ yr⁻¹]
    soil_counts : DataArray, dims (scenario, stratum, year)
        One until the soil of the baseline is used up, then zero. [1]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_co2e yr⁻¹]
    """
    return (soil_co2 - allochthonous_deduction) * soil_counts * area


@equation(clause="26, 79", unit="t_co2e/yr", dims=("scenario", "stratum", "year"))
def soil_emissions(
    soil_co2_emissions: DataArray,
    area: DataArray,
    methane: DataArray,
    nitrous_oxide: DataArray,
    soil_counts: DataArray,
) -> DataArray:
    """Emissions from the soil of each stratum, all gases.

    Parameters
    ----------
    soil_co2_emissions : DataArray, dims (scenario, stratum, year)
        [t_co2e yr⁻¹]
    area : DataArray, dims (stratum,)
        [ha]
    methane, nitrous_oxide : DataArray
        [t_co2e ha⁻¹ yr⁻¹]
    soil_counts : DataArray, dims (scenario, stratum, year)
        [1]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_co2e yr⁻¹]
    """
    return soil_co2_emissions + (methane + nitrous_oxide) * soil_counts * area


@equation(clause="26, 79", unit="1", dims=("scenario", "stratum", "year"))
def soil_counts(elapsed_years: DataArray, soil_depletion_years: DataArray) -> DataArray:
    """Whether the soil of a scenario still emits: the baseline ends when its peat or carbon is used up.

    Parameters
    ----------
    elapsed_years : DataArray, dims (year,)
        From the start of the project to the end of each year. [yr]
    soil_depletion_years : DataArray, dims (scenario, stratum)
        Without end with the project. [yr]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [1]
    """
    return (soil_depletion_years >= elapsed_years) * 1.0


@equation(clause="71-73 as printed", unit="t_co2e*t_co2e/t_c/yr", dims=("scenario", "stratum", "year"))
def soil_emissions_as_printed(soil_emissions: DataArray, co2_per_carbon: DataArray) -> DataArray:
    """Emissions from the soil as three equations print them: times 44/12 although they are CO₂ already.

    Its unit shows the slip. It enters nothing; the sum over the sources takes the emissions themselves.

    Parameters
    ----------
    soil_emissions : DataArray, dims (scenario, stratum, year)
        [t_co2e yr⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (scenario, stratum, year) [t_co2e² t_c⁻¹ yr⁻¹]
    """
    return soil_emissions * co2_per_carbon

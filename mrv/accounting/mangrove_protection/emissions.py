"""Project emissions by source, and leakage by test. All of them positive, and subtracted.

A zero is stated with its evidence like any other amount. Methane and nitrous oxide of the soil count as a
change against the baseline; a decrease is no credit. Each amount is stated by itself, so that their errors
are independent; an amount without one is exact.
"""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

INPUTS = (
    Input("works_emissions", "t_co2e", ("source",), "Emissions by fuel, and by biomass removed"),
    Input(
        "soil_gas_change",
        "t_co2e/ha/yr",
        ("gas",),
        "Methane and nitrous oxide of the soil with the project, less those of the baseline",
    ),
    Input(
        "displaced_emissions",
        "t_co2e",
        ("displacement",),
        "Emissions displaced by activities, by the market and by water, each with its test",
    ),
    Input("works_emissions_standard_error", "t_co2e", ("source",), "Standard error of emissions by works"),
    Input(
        "soil_gas_change_standard_error",
        "t_co2e/ha/yr",
        ("gas",),
        "Standard error of the change of methane and nitrous oxide",
    ),
    Input(
        "displaced_emissions_standard_error",
        "t_co2e",
        ("displacement",),
        "Standard error of displaced emissions",
    ),
)


@equation(clause="6", unit="t_co2e", dims=("gas",))
def soil_gas_emissions(soil_gas_change: DataArray, area: DataArray, period_years: DataArray) -> DataArray:
    """Emissions of methane and nitrous oxide that the project adds to those of the baseline, by gas.

    Parameters
    ----------
    soil_gas_change : DataArray, dims (gas,)
        [t_co2e ha⁻¹ yr⁻¹]
    area : DataArray, dims (stratum,)
        [ha]
    period_years : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (gas,) [t_co2e]
    """
    return soil_gas_change * area.sum("stratum", skipna=False) * period_years


@equation(clause="6", unit="t_co2e")
def project_emissions(works_emissions: DataArray, soil_gas_emissions: DataArray) -> DataArray:
    """Emissions that the project causes, over all sources.

    Parameters
    ----------
    works_emissions : DataArray, dims (source,)
        [t_co2e]
    soil_gas_emissions : DataArray, dims (gas,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return works_emissions.sum("source", skipna=False) + soil_gas_emissions.sum("gas", skipna=False)


@equation(clause="7", unit="t_co2e")
def leakage(displaced_emissions: DataArray) -> DataArray:
    """Emissions that the project displaces, over all tests.

    Parameters
    ----------
    displaced_emissions : DataArray, dims (displacement,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return displaced_emissions.sum("displacement", skipna=False)


@equation(clause="9", unit="t_co2e")
def project_emissions_standard_error(
    works_emissions_standard_error: DataArray,
    soil_gas_change_standard_error: DataArray,
    area: DataArray,
    period_years: DataArray,
) -> DataArray:
    """Standard error of the emissions that the project causes; zero for what is taken as exact.

    Parameters
    ----------
    works_emissions_standard_error : DataArray, dims (source,)
        [t_co2e]
    soil_gas_change_standard_error : DataArray, dims (gas,)
        [t_co2e ha⁻¹ yr⁻¹]
    area : DataArray, dims (stratum,)
        [ha]
    period_years : DataArray
        [yr]

    Returns
    -------
    DataArray [t_co2e]
    """
    gases = soil_gas_change_standard_error * area.sum("stratum", skipna=False) * period_years
    works = works_emissions_standard_error
    return ((works**2).sum("source", skipna=False) + (gases**2).sum("gas", skipna=False)) ** 0.5


@equation(clause="9", unit="t_co2e")
def leakage_standard_error(displaced_emissions_standard_error: DataArray) -> DataArray:
    """Standard error of the emissions that the project displaces; zero for what is taken as exact.

    Parameters
    ----------
    displaced_emissions_standard_error : DataArray, dims (displacement,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return (displaced_emissions_standard_error**2).sum("displacement", skipna=False) ** 0.5

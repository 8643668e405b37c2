"""Project emissions by source, and leakage by test. All of them positive, and subtracted.

A zero is stated with its evidence like any other amount. Methane and nitrous oxide of the soil count as a
change against the baseline; a decrease is no credit.
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

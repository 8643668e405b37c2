"""Gain method of the IPCC for mangrove biomass, per hectare and year, without plots.

Growth above ground is extended to roots by a ratio, losses are taken off, and the rest is turned into
carbon. Only biomass is counted; soil is not measured (conservatively excluded).
"""

from __future__ import annotations

import numpy as np
from xarray import DataArray

from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

INPUTS = (
    Input("area", "ha", ("stratum",), "Area of each stratum"),
    Input("period_years", "yr", (), "Length of the monitoring period"),
    Input("co2_per_carbon", "t_co2e/t_c", (), "Mass of CO₂ per mass of carbon"),
)


@equation(clause="gain 1", unit="t_dm/ha/yr")
def biomass_growth(agb_growth: DataArray, root_shoot_ratio: DataArray) -> DataArray:
    """Growth of biomass above and below ground.

    Parameters
    ----------
    agb_growth : DataArray, dims () or (stratum,)
        [t_dm ha⁻¹ yr⁻¹]
    root_shoot_ratio : DataArray, dims () or (stratum,)
        Dry mass below ground per dry mass above ground. [1]

    Returns
    -------
    DataArray, dims () or (stratum,) [t_dm ha⁻¹ yr⁻¹]
    """
    return agb_growth * (1 + root_shoot_ratio)


@equation(clause="gain 2", unit="t_c/ha/yr")
def carbon_gain(biomass_growth: DataArray, biomass_loss: DataArray, carbon_fraction: DataArray) -> DataArray:
    """Carbon gained in biomass, losses taken off.

    Parameters
    ----------
    biomass_growth, biomass_loss : DataArray, dims () or (stratum,)
        Above and below ground. [t_dm ha⁻¹ yr⁻¹]
    carbon_fraction : DataArray
        [t_c t_dm⁻¹]

    Returns
    -------
    DataArray, dims () or (stratum,) [t_c ha⁻¹ yr⁻¹]
    """
    return (biomass_growth - biomass_loss) * carbon_fraction


@equation(clause="gain 3", unit="t_co2e", dims=("stratum",))
def stratum_removals(
    area: DataArray, carbon_gain: DataArray, period_years: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Removals of the monitoring period, by stratum.

    Parameters
    ----------
    area : DataArray, dims (stratum,)
        [ha]
    carbon_gain : DataArray, dims () or (stratum,)
        [t_c ha⁻¹ yr⁻¹]
    period_years : DataArray
        [yr]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return area * carbon_gain * period_years * co2_per_carbon


@equation(clause="gain 4", unit="t_co2e")
def net_removals(stratum_removals: DataArray) -> DataArray:
    """Net removals of the monitoring period, over all strata.

    Parameters
    ----------
    stratum_removals : DataArray, dims (stratum,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return stratum_removals.sum("stratum", skipna=False)


@equation(clause="gain 4", unit="t_co2e/ha/yr")
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


@equation(clause="gain 5", unit="t_co2e")
def net_removals_standard_error(net_removals: DataArray) -> DataArray:
    """Not known (NaN): a default of a climate zone says nothing of how far this site lies from it.

    Parameters
    ----------
    net_removals : DataArray
        [t_co2e]

    Returns
    -------
    DataArray
        NaN. [t_co2e]
    """
    return net_removals * np.nan

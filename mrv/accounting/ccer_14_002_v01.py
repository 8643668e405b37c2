"""Planting of mangroves in the structure of China's CCER methodology: stocks, soil by a rate, risk.

The gain of trees is that of :mod:`mrv.accounting.vm0033_v2_1.tree_gain`, and whole credits and vintages are
those of :mod:`mrv.accounting.mangrove_protection.credits`. No number of the text is at hand: the project
states every one of them.
"""

from __future__ import annotations

import xarray as xr
from xarray import DataArray

from mrv.accounting.deductions import tier_share
from mrv.accounting.engine import equation
from mrv.accounting.protocol import Accounting, Input

ACCOUNTING = Accounting(
    id="ccer_14_002_v01",
    equations=(
        __name__,
        "mrv.accounting.vm0033_v2_1.tree_gain",
        "mrv.accounting.mangrove_protection.credits",
    ),
    needs_stocks=True,
    credits=True,
    headline="net_removals",
    limits=("plausibility_limit_soft", "plausibility_limit_hard"),
    issuance=("issuable_removals", "whole_credits", "vintage_share", "issuance", "carried_fraction"),
)

INPUTS = (
    Input("area", "ha", ("stratum",), "Area of each stratum"),
    Input("co2_per_carbon", "t_co2e/t_c", (), "Mass of CO₂ per mass of carbon"),
    Input("period_years", "yr", (), "Length of the monitoring period"),
    Input("project_emissions", "t_co2e", (), "Emissions of the project in the period"),
    Input("leakage", "t_co2e", (), "Leakage of the period"),
)


@equation(clause="soil", unit="t_co2e", dims=("stratum",))
def soil_removals(
    soil_rate: DataArray, area: DataArray, period_years: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Removals by the soil, at a stated rate.

    Parameters
    ----------
    soil_rate : DataArray
        [t_c ha⁻¹ yr⁻¹]
    area : DataArray, dims (stratum,)
        [ha]
    period_years : DataArray
        [yr]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return area * soil_rate * period_years * co2_per_carbon


@equation(clause="soil gases", unit="t_co2e", dims=("stratum",))
def soil_gas_emissions(soil_gas_rate: DataArray, area: DataArray, period_years: DataArray) -> DataArray:
    """Methane and nitrous oxide from the soil, at a stated rate.

    Parameters
    ----------
    soil_gas_rate : DataArray
        [t_co2e ha⁻¹ yr⁻¹]
    area : DataArray, dims (stratum,)
        [ha]
    period_years : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return area * soil_gas_rate * period_years


@equation(clause="baseline", unit="t_co2e", dims=("stratum",))
def baseline_removals(baseline_rate: DataArray, area: DataArray, period_years: DataArray) -> DataArray:
    """Removals by what grew on the ground before it was planted.

    Parameters
    ----------
    baseline_rate : DataArray
        [t_co2e ha⁻¹ yr⁻¹]
    area : DataArray, dims (stratum,)
        [ha]
    period_years : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return area * baseline_rate * period_years


@equation(clause="net removals", unit="t_co2e", dims=("stratum",))
def stratum_removals(
    tree_gain: DataArray,
    soil_removals: DataArray,
    soil_gas_emissions: DataArray,
    baseline_removals: DataArray,
) -> DataArray:
    """Removals beyond the baseline, by stratum.

    Parameters
    ----------
    tree_gain, soil_removals, soil_gas_emissions, baseline_removals : DataArray, dims (stratum,)
        [t_co2e]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return tree_gain + soil_removals - soil_gas_emissions - baseline_removals


@equation(clause="net removals", unit="t_co2e")
def net_removals(stratum_removals: DataArray, project_emissions: DataArray, leakage: DataArray) -> DataArray:
    """Net removals of the monitoring period, before deduction and risk; negative after a loss.

    Parameters
    ----------
    stratum_removals : DataArray, dims (stratum,)
        [t_co2e]
    project_emissions, leakage : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return stratum_removals.sum("stratum", skipna=False) - project_emissions - leakage


@equation(clause="net removals", unit="t_co2e/ha/yr")
def net_removals_per_hectare_year(
    net_removals: DataArray, area: DataArray, period_years: DataArray
) -> DataArray:
    """Net removals as a mean per hectare and year.

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


@equation(clause="uncertainty", unit="1")
def tree_uncertainty(tree_gain: DataArray, tree_gain_half_width: DataArray) -> DataArray:
    """Half-width of the interval of what trees took up, over its absolute amount.

    Parameters
    ----------
    tree_gain : DataArray, dims (stratum,)
        [t_co2e]
    tree_gain_half_width : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [1]
    """
    return tree_gain_half_width / abs(tree_gain.sum("stratum", skipna=False))


@equation(clause="uncertainty", unit="1", dims=("tier",))
def tier_above(tier_above_1: DataArray, tier_above_2: DataArray, tier_above_3: DataArray) -> DataArray:
    """Uncertainty above which each tier begins; beyond the last more plots are needed.

    Parameters
    ----------
    tier_above_1, tier_above_2, tier_above_3 : DataArray
        [1]

    Returns
    -------
    DataArray, dims (tier,) [1]
    """
    return xr.concat([tier_above_1, tier_above_2, tier_above_3], dim="tier")


@equation(clause="uncertainty", unit="1", dims=("tier",))
def tier_deduction(
    tier_deduction_1: DataArray, tier_deduction_2: DataArray, tier_deduction_3: DataArray
) -> DataArray:
    """Share of the removals by biomass that each tier takes off.

    Parameters
    ----------
    tier_deduction_1, tier_deduction_2, tier_deduction_3 : DataArray
        [1]

    Returns
    -------
    DataArray, dims (tier,) [1]
    """
    return xr.concat([tier_deduction_1, tier_deduction_2, tier_deduction_3], dim="tier")


@equation(clause="uncertainty", unit="t_co2e")
def uncertainty_deduction(
    tree_gain: DataArray,
    tree_uncertainty: DataArray,
    tier_above: DataArray,
    tier_deduction: DataArray,
) -> DataArray:
    """What the tier of their uncertainty takes off the removals by biomass; beyond the last not a number.

    Parameters
    ----------
    tree_gain : DataArray, dims (stratum,)
        [t_co2e]
    tree_uncertainty : DataArray
        [1]
    tier_above, tier_deduction : DataArray, dims (tier,)
        [1]

    Returns
    -------
    DataArray [t_co2e]
    """
    share = tier_share(tree_uncertainty, tier_above, tier_deduction)
    return share * abs(tree_gain.sum("stratum", skipna=False))

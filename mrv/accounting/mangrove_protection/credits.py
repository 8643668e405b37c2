"""From net removals to credits: buffer, creditable removals, whole credits by vintage.

After a loss the buffer takes nothing and no credit is issued. The total is floored once; the fraction
is carried into the next monitoring period, never rounded up.
"""

from __future__ import annotations

import numpy as np
from xarray import DataArray

from mrv.accounting.deductions import positive_part
from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input
from mrv.accounting.vintages import whole_credits_by_vintage

INPUTS = (Input("vintage_days", "day", ("vintage",), "Days of the monitoring period in each calendar year"),)


@equation(clause="11", unit="t_co2e")
def buffer(buffer_share: DataArray, stratum_removals: DataArray) -> DataArray:
    """Share of the removals by stock change that is held back against reversal; none after a loss.

    Parameters
    ----------
    buffer_share : DataArray
        [1]
    stratum_removals : DataArray, dims (stratum,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return buffer_share * positive_part(stratum_removals.sum("stratum", skipna=False))


@equation(clause="12", unit="t_co2e")
def creditable_removals(
    net_removals: DataArray, uncertainty_deduction: DataArray, buffer: DataArray
) -> DataArray:
    """Net removals less deduction and buffer; negative where nothing can be credited.

    Parameters
    ----------
    net_removals, uncertainty_deduction, buffer : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return net_removals - uncertainty_deduction - buffer


@equation(clause="12", unit="1", dims=("stratum",))
def stratum_share(stratum_removals: DataArray) -> DataArray:
    """Part of what the strata gained that each gained; none for one that lost.

    Parameters
    ----------
    stratum_removals : DataArray, dims (stratum,)
        [t_co2e]

    Returns
    -------
    DataArray, dims (stratum,) [1]
    """
    gained = positive_part(stratum_removals)
    total = gained.sum("stratum", skipna=False)
    return (gained / total).where(total != 0, 0.0)


@equation(clause="12", unit="t_co2e", dims=("stratum",))
def stratum_creditable_removals(creditable_removals: DataArray, stratum_share: DataArray) -> DataArray:
    """Creditable removals dealt out to the strata that gained; zero where nothing can be credited.

    Parameters
    ----------
    creditable_removals : DataArray
        [t_co2e]
    stratum_share : DataArray, dims (stratum,)
        [1]

    Returns
    -------
    DataArray, dims (stratum,) [t_co2e]
    """
    return positive_part(creditable_removals) * stratum_share


@equation(clause="13", unit="t_co2e")
def issuable_removals(creditable_removals: DataArray, carried_in: DataArray) -> DataArray:
    """Creditable removals with the fraction carried in from the period before; zero below zero.

    Parameters
    ----------
    creditable_removals, carried_in : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return positive_part(creditable_removals + carried_in)


@equation(clause="13", unit="1")
def whole_credits(issuable_removals: DataArray, credit_size: DataArray) -> DataArray:
    """Whole credits of the monitoring period: floored once, over the total.

    Parameters
    ----------
    issuable_removals, credit_size : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [1]
    """
    credits: DataArray = np.floor(issuable_removals / credit_size)  # type: ignore[assignment]
    return credits


@equation(clause="13", unit="1", dims=("vintage",))
def vintage_share(vintage_days: DataArray) -> DataArray:
    """Part of the monitoring period that each calendar year holds.

    Parameters
    ----------
    vintage_days : DataArray, dims (vintage,)
        [day]

    Returns
    -------
    DataArray, dims (vintage,) [1]
    """
    return vintage_days / vintage_days.sum("vintage", skipna=False)


@equation(clause="13", unit="t_co2e", dims=("vintage",))
def issuance(whole_credits: DataArray, vintage_share: DataArray, credit_size: DataArray) -> DataArray:
    """Credits of each vintage, in whole credits, by largest remainder; ties to the earlier vintage.

    Parameters
    ----------
    whole_credits : DataArray
        [1]
    vintage_share : DataArray, dims (vintage,)
        [1]
    credit_size : DataArray
        [t_co2e]

    Returns
    -------
    DataArray, dims (vintage,) [t_co2e]
    """
    return whole_credits_by_vintage(whole_credits, vintage_share) * credit_size


@equation(clause="13", unit="t_co2e")
def carried_fraction(issuable_removals: DataArray, issuance: DataArray) -> DataArray:
    """What is left below one credit; it is carried into the next monitoring period.

    Parameters
    ----------
    issuable_removals : DataArray
        [t_co2e]
    issuance : DataArray, dims (vintage,)
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return issuable_removals - issuance.sum("vintage", skipna=False)

"""Deduction ``lower bound``, all errors: credit no more than the lower end of that interval."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.deductions import lower_bound_of_both
from mrv.accounting.engine import equation


@equation(clause="10 total", unit="t_co2e")
def net_removals_lower_bound(
    net_removals: DataArray, net_removals_total_low: DataArray, net_removals_half_width: DataArray
) -> DataArray:
    """Lower end of the interval of net removals from all errors, or from sampling where that is lower.

    Parameters
    ----------
    net_removals, net_removals_total_low, net_removals_half_width : DataArray
        The half-width is that of sampling alone. [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return lower_bound_of_both(net_removals, net_removals_total_low, net_removals_half_width)


@equation(clause="10 total", unit="t_co2e")
def uncertainty_deduction(net_removals: DataArray, net_removals_lower_bound: DataArray) -> DataArray:
    """What the lower bound lies below net removals; never negative, also after a loss.

    Parameters
    ----------
    net_removals, net_removals_lower_bound : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return net_removals - net_removals_lower_bound

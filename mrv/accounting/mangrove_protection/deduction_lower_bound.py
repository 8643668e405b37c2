"""Deduction ``lower bound``: credit no more than the lower end of the interval of net removals."""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.deductions import lower_bound
from mrv.accounting.engine import equation


@equation(clause="10", unit="t_co2e")
def net_removals_lower_bound(net_removals: DataArray, net_removals_half_width: DataArray) -> DataArray:
    """Lower end of the two-sided interval of net removals.

    Parameters
    ----------
    net_removals, net_removals_half_width : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return lower_bound(net_removals, net_removals_half_width)


@equation(clause="10", unit="t_co2e")
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

"""Net removals with all errors, beside those with the error of sampling alone.

The ends of the interval come from draws of everything that is not known: the same equations,
worked out on arrays of draws. They lie where the draws lie, not as far above net removals as below.
"""

from __future__ import annotations

from xarray import DataArray

from mrv.accounting.deductions import lower_bound_of_both
from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

INPUTS = (
    Input("net_removals_total_low", "t_co2e", (), "Lower end of the interval of net removals, all errors"),
    Input("net_removals_total_high", "t_co2e", (), "Upper end of the interval of net removals, all errors"),
)


@equation(clause="9", unit="1")
def relative_uncertainty_total(
    net_removals_total_low: DataArray, net_removals_total_high: DataArray, net_removals: DataArray
) -> DataArray:
    """Half the width of the interval from all errors as a part of net removals.

    Parameters
    ----------
    net_removals_total_low, net_removals_total_high, net_removals : DataArray
        [t_co2e]

    Returns
    -------
    DataArray [1]
    """
    return (net_removals_total_high - net_removals_total_low) / 2 / abs(net_removals)


@equation(clause="10", unit="t_co2e")
def creditable_removals_under_total(
    net_removals_total_low: DataArray,
    net_removals: DataArray,
    net_removals_half_width: DataArray,
    buffer: DataArray,
) -> DataArray:
    """What could be credited if the total error were deducted; printed beside, whichever is deducted.

    Parameters
    ----------
    net_removals_total_low, net_removals, net_removals_half_width, buffer : DataArray
        The half-width is that of sampling alone; less than that is never deducted. [t_co2e]

    Returns
    -------
    DataArray [t_co2e]
    """
    return lower_bound_of_both(net_removals, net_removals_total_low, net_removals_half_width) - buffer

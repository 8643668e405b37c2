"""Stocks and sinks of ground whose class is known at two dates.

A *transition* is a pair of classes, the same ones for ground that stayed what it was. Until the date of the
second map ground gains as its first class does; there it changes. Part of its carbon is disturbed and leaves
by its half-life, and from then on it gains as its second class does. Gains are positive.
"""

from __future__ import annotations

import numpy as np
from xarray import DataArray

from mrv.accounting.engine import equation
from mrv.accounting.protocol import Input

INPUTS = (
    Input("initial_carbon", "t_c/ha", ("transition", "pool"), "Carbon of the first class at the first map"),
    Input("gain_before", "t_c/ha/yr", ("transition", "pool"), "Yearly gain of the first class"),
    Input("gain_after", "t_c/ha/yr", ("transition", "pool"), "Yearly gain of the second class"),
    Input("disturbed_share", "1", ("transition", "pool"), "Share of the carbon that the change disturbs"),
    Input(
        "half_life",
        "yr",
        ("transition", "pool"),
        "Years in which half of what is disturbed leaves; 0: at once",
    ),
    Input("years_between", "yr", (), "Years between the two maps"),
    Input("years_since_start", "yr", ("interval",), "Start of each interval after the change"),
    Input("years_since_end", "yr", ("interval",), "End of each interval after the change"),
    Input("transition_area", "ha", ("transition",), "Ground of each transition"),
    Input("co2_per_carbon", "t_co2e/t_c", (), "Mass of CO₂ per mass of carbon"),
)


def _share_left(years: DataArray, half_life: DataArray) -> DataArray:
    """Share of disturbed carbon that is still there after some years. [1]"""
    with np.errstate(divide="ignore", invalid="ignore"):
        left = 0.5 ** (years / half_life)
    # Nothing has left when nothing has passed, also where the half-life is 0.
    return left.where(years > 0, 1.0)


@equation(clause="change 1", unit="t_c/ha", dims=("transition", "pool"))
def gain_until_change(gain_before: DataArray, years_between: DataArray) -> DataArray:
    """Carbon gained between the maps.

    Parameters
    ----------
    gain_before : DataArray, dims (transition, pool)
        [t_c ha⁻¹ yr⁻¹]
    years_between : DataArray
        [yr]

    Returns
    -------
    DataArray, dims (transition, pool) [t_c ha⁻¹]
    """
    return gain_before * years_between


@equation(clause="change 1", unit="t_c/ha", dims=("transition", "pool"))
def carbon_at_change(initial_carbon: DataArray, gain_until_change: DataArray) -> DataArray:
    """Carbon at the date of the second map, before anything is disturbed.

    Parameters
    ----------
    initial_carbon, gain_until_change : DataArray, dims (transition, pool)
        [t_c ha⁻¹]

    Returns
    -------
    DataArray, dims (transition, pool) [t_c ha⁻¹]
    """
    return initial_carbon + gain_until_change


@equation(clause="change 2", unit="t_c/ha", dims=("transition", "pool"))
def disturbed_carbon(carbon_at_change: DataArray, disturbed_share: DataArray) -> DataArray:
    """Carbon that the change disturbs.

    Parameters
    ----------
    carbon_at_change : DataArray, dims (transition, pool)
        [t_c ha⁻¹]
    disturbed_share : DataArray, dims (transition, pool)
        [1]

    Returns
    -------
    DataArray, dims (transition, pool) [t_c ha⁻¹]
    """
    return carbon_at_change * disturbed_share


@equation(clause="change 3", unit="t_c/ha", dims=("transition", "pool", "interval"))
def released_carbon(
    disturbed_carbon: DataArray,
    half_life: DataArray,
    years_since_start: DataArray,
    years_since_end: DataArray,
) -> DataArray:
    """Disturbed carbon that leaves in each interval.

    Parameters
    ----------
    disturbed_carbon : DataArray, dims (transition, pool)
        [t_c ha⁻¹]
    half_life : DataArray, dims (transition, pool)
        0 where all leaves at once. [yr]
    years_since_start, years_since_end : DataArray, dims (interval,)
        Since the change. [yr]

    Returns
    -------
    DataArray, dims (transition, pool, interval) [t_c ha⁻¹]
    """
    return disturbed_carbon * (
        _share_left(years_since_start, half_life) - _share_left(years_since_end, half_life)
    )


@equation(clause="change 4", unit="t_c/ha", dims=("transition", "pool", "interval"))
def gained_carbon(
    gain_after: DataArray, years_since_start: DataArray, years_since_end: DataArray
) -> DataArray:
    """Carbon gained in each interval after the change.

    Parameters
    ----------
    gain_after : DataArray, dims (transition, pool)
        [t_c ha⁻¹ yr⁻¹]
    years_since_start, years_since_end : DataArray, dims (interval,)
        Since the change. [yr]

    Returns
    -------
    DataArray, dims (transition, pool, interval) [t_c ha⁻¹]
    """
    return gain_after * (years_since_end - years_since_start)


@equation(clause="change 5", unit="t_c/ha", dims=("transition", "pool", "interval"))
def net_gain(gained_carbon: DataArray, released_carbon: DataArray) -> DataArray:
    """Carbon gained less carbon released in each interval; negative where more leaves.

    Parameters
    ----------
    gained_carbon, released_carbon : DataArray, dims (transition, pool, interval)
        [t_c ha⁻¹]

    Returns
    -------
    DataArray, dims (transition, pool, interval) [t_c ha⁻¹]
    """
    return gained_carbon - released_carbon


@equation(clause="change 6", unit="t_c/ha", dims=("transition", "pool"))
def final_carbon(carbon_at_change: DataArray, net_gain: DataArray) -> DataArray:
    """Carbon at the end of the last interval.

    Parameters
    ----------
    carbon_at_change : DataArray, dims (transition, pool)
        [t_c ha⁻¹]
    net_gain : DataArray, dims (transition, pool, interval)
        [t_c ha⁻¹]

    Returns
    -------
    DataArray, dims (transition, pool) [t_c ha⁻¹]
    """
    return carbon_at_change + net_gain.sum("interval", skipna=False)


@equation(clause="change 7", unit="t_co2e", dims=("transition", "pool"))
def removals_until_change(
    transition_area: DataArray, gain_until_change: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Removals between the maps, on the ground of each transition.

    Parameters
    ----------
    transition_area : DataArray, dims (transition,)
        [ha]
    gain_until_change : DataArray, dims (transition, pool)
        [t_c ha⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (transition, pool) [t_co2e]
    """
    return transition_area * gain_until_change * co2_per_carbon


@equation(clause="change 7", unit="t_co2e", dims=("transition", "pool", "interval"))
def removals_after_change(
    transition_area: DataArray, net_gain: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Net removals in each interval after the change, on the ground of each transition.

    Parameters
    ----------
    transition_area : DataArray, dims (transition,)
        [ha]
    net_gain : DataArray, dims (transition, pool, interval)
        [t_c ha⁻¹]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (transition, pool, interval) [t_co2e]
    """
    return transition_area * net_gain * co2_per_carbon


@equation(clause="change 8", unit="t_co2e", dims=("interval",))
def interval_removals(removals_after_change: DataArray) -> DataArray:
    """Net removals in each interval after the change, over all ground and pools.

    Parameters
    ----------
    removals_after_change : DataArray, dims (transition, pool, interval)
        [t_co2e]

    Returns
    -------
    DataArray, dims (interval,) [t_co2e]
    """
    return removals_after_change.sum(("transition", "pool"), skipna=False)


@equation(clause="change 9", unit="t_co2e/ha/yr", dims=("transition", "interval"))
def net_removals_per_hectare_year(
    net_gain: DataArray, years_since_start: DataArray, years_since_end: DataArray, co2_per_carbon: DataArray
) -> DataArray:
    """Net removals per hectare and year in each interval after the change.

    Parameters
    ----------
    net_gain : DataArray, dims (transition, pool, interval)
        [t_c ha⁻¹]
    years_since_start, years_since_end : DataArray, dims (interval,)
        Since the change. [yr]
    co2_per_carbon : DataArray
        [t_co2e t_c⁻¹]

    Returns
    -------
    DataArray, dims (transition, interval) [t_co2e ha⁻¹ yr⁻¹]
    """
    years = years_since_end - years_since_start
    return net_gain.sum("pool", skipna=False) * co2_per_carbon / years

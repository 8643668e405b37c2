"""Both scenarios side by side, and years one after the other."""

from __future__ import annotations

import xarray as xr
from xarray import DataArray, Variable

SCENARIOS = ("baseline", "project")


def both(baseline: DataArray, project: DataArray) -> DataArray:
    """The two scenarios as one array with the dimension ``scenario``."""
    aligned = xr.broadcast(baseline, project)
    return xr.concat(aligned, dim=Variable("scenario", list(SCENARIOS)), coords="minimal", compat="override")


def baseline_less_project(amount: DataArray) -> DataArray:
    """What the project spares the atmosphere: emissions without it less emissions with it."""
    return amount.isel(scenario=0, drop=True) - amount.isel(scenario=1, drop=True)


def steps(cumulative: DataArray) -> DataArray:
    """What each year adds to a sum over years; the first year adds all that it has."""
    return xr.concat([cumulative.isel(year=[0]), cumulative.diff("year")], dim="year")


def smaller(one: DataArray, other: DataArray) -> DataArray:
    """The smaller of two amounts; NaN if either is."""
    return (one + other - abs(one - other)) / 2


def secured(cumulative: DataArray) -> DataArray:
    """What of a sum to date no later year takes back: the smallest sum from each year on."""
    least = [cumulative.isel(year=-1, drop=True)]
    for place in range(cumulative.sizes["year"] - 2, -1, -1):
        least.append(smaller(cumulative.isel(year=place, drop=True), least[-1]))
    return xr.concat(least[::-1], dim=cumulative["year"])


def every(like: DataArray) -> DataArray:
    """One at every place of an array, without a unit."""
    return like / like

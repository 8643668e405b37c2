"""A monitoring period in days and years, and whole credits shared among its calendar years.

The length of a period is counted in days, its end excluded; a year has 365.25 of them. Credits are
whole. The total is floored once, and the whole credits are dealt out by days with the largest
remainder: flooring each year by itself would lose a credit or two.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from mrv.units import DAYS_PER_YEAR

REMAINDER_DIGITS = 9
"""Decimals of a remainder that count. Shares of equal years differ in the last bits only, and such a
difference must not decide which of them gets a credit."""


def _period(start: date | str, end: date | str) -> tuple[date, date]:
    first = date.fromisoformat(start) if isinstance(start, str) else start
    last = date.fromisoformat(end) if isinstance(end, str) else end
    if not first < last:
        raise ValueError(f"the end {last} of a period must lie after its start {first}")
    return first, last


def period_years(start: date | str, end: date | str) -> float:
    """Length of a period whose end is excluded. [yr]

    Raises
    ------
    ValueError
        If the end does not lie after the start.
    """
    first, last = _period(start, end)
    return (last - first).days / DAYS_PER_YEAR


def vintage_days(start: date | str, end: date | str) -> xr.DataArray:
    """Days of a period in each of its calendar years, end excluded.

    Returns
    -------
    DataArray, dims (vintage,)
        Coordinate: the calendar year. [day]

    Raises
    ------
    ValueError
        If the end does not lie after the start.
    """
    first, last = _period(start, end)
    years = range(first.year, last.year + 1)
    days = [(min(last, date(year + 1, 1, 1)) - max(first, date(year, 1, 1))).days for year in years]
    counted = [(year, count) for year, count in zip(years, days, strict=True) if count > 0]
    return xr.DataArray(
        [float(count) for _, count in counted], {"vintage": [year for year, _ in counted]}, ["vintage"]
    )


def largest_remainder(total: ArrayLike, shares: ArrayLike) -> NDArray[np.float64]:
    """Whole numbers that sum to whole totals, as close to their shares as can be.

    Each part gets the floor of its share; what is left goes, one by one, to the largest remainders,
    and among equal remainders to the earlier part.

    Parameters
    ----------
    total : array_like, shape (...)
        Whole and not negative; NaN gives NaN for every part. [1]
    shares : array_like, shape (..., n)
        Parts of one. [1]

    Returns
    -------
    ndarray, shape (..., n)
        Whole numbers. [1]
    """
    totals = np.asarray(total, dtype=np.float64)[..., None]
    exact = totals * np.asarray(shares, dtype=np.float64)
    known = np.isfinite(exact).all(axis=-1, keepdims=True)
    exact = np.where(known, exact, 0.0)
    # A share that is whole up to the last bits is whole, not one less.
    parts = np.floor(np.round(exact, REMAINDER_DIGITS))
    remainders = np.round(exact - parts, REMAINDER_DIGITS)
    left = np.round(totals - parts.sum(axis=-1, keepdims=True))
    rank = np.argsort(np.argsort(-remainders, axis=-1, kind="stable"), axis=-1)
    return np.where(known, parts + (rank < left), np.nan)


def whole_credits_by_vintage(total: xr.DataArray, shares: xr.DataArray) -> xr.DataArray:
    """Whole credits of each vintage, by :func:`largest_remainder` along the dimension ``vintage``."""
    credits: xr.DataArray = xr.apply_ufunc(
        largest_remainder,
        total,
        shares,
        input_core_dims=[[], ["vintage"]],
        output_core_dims=[["vintage"]],
        keep_attrs=False,
    )
    return credits


def issue(total: float, days: Sequence[float]) -> list[int]:
    """Whole tonnes of each vintage: the total floored once, then dealt out by days.

    Parameters
    ----------
    total : float
        Not negative. [t_co2e]
    days : sequence of float
        Days of each vintage, in order of time. [day]

    Returns
    -------
    list of int
        One number for each vintage. [t_co2e]
    """
    weights = np.asarray(days, dtype=np.float64)
    return [int(part) for part in largest_remainder(float(np.floor(total)), weights / weights.sum())]

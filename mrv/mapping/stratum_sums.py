"""Sums over the places of strata that are exact, so that no bit depends on how the places are put together.

A number of double precision is a whole number times a power of two. Sums of such are taken in whole numbers
and rounded once, at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.mapping.rows import Array, Integers

Flags = NDArray[np.bool_]

UNIT = 1126
"""Sums are in units of 2 to the power of minus this: the last bit of the smallest number, and 52 below."""

FRACTION, POWERS, BIAS = 52, 0x7FF, -1075
"""Bits of the fraction of a number of double precision; those of its power, above them; and what is added to
these for the power of two of the last bit."""

HALF = 27
"""Bits of the lower part of a number that is added by itself, so that a sum of very many fits a word."""

AT_ONCE = 2**20
"""Numbers taken at a time; no bit depends on it."""

WORTH_COMPILED = 512
"""Fewest numbers for which compiled code is fetched; no bit depends on it."""


def exact_sums(values: Array, group: Integers, groups: int) -> list[int]:
    """Sum of each group, exactly, in units of 2^-1126.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite.
    group : ndarray of int, shape (n,)
    groups : int
    """
    totals = [0] * groups
    for start in range(0, len(values), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        lowest, high, low = _halves(values[part].view(np.int64), group[part], groups)
        for own, power in zip(*np.nonzero((high != 0) | (low != 0)), strict=True):
            shift = int(power) + lowest + BIAS + UNIT
            totals[own] += ((int(high[own, power]) << HALF) + int(low[own, power])) << shift
    return totals


def _halves(bits: Integers, group: Integers, groups: int) -> tuple[int, Integers, Integers]:
    """Sums of the upper and lower halves of the digits of numbers, given by their bits.

    Returns
    -------
    lowest : int
        Least power of two of the numbers.
    high, low : ndarray of int, shape (groups, powers)
        Of each group, for each power from the least.
    """
    if len(bits) >= WORTH_COMPILED:
        from mrv.loops.sums import add_halves, find_powers  # noqa: PLC0415 as in exit_tables

        bits = np.require(bits, requirements=["C", "W"])
        ends = np.empty(2, dtype=np.int64)
        find_powers(bits, ends)
        lowest, highest = ends.tolist()
        high, low = np.zeros((2, groups, highest - lowest + 1), dtype=np.int64)
        add_halves(bits, np.require(group, np.int64, ["C", "W"]), lowest, high, low)
        return lowest, high, low
    # Numbers below the smallest normal one have its power.
    power = np.maximum(bits >> FRACTION & POWERS, 1)
    lowest = int(power.min())
    high, low = np.zeros((2, groups, int(power.max()) - lowest + 1), dtype=np.int64)
    digits = np.where(bits >> FRACTION & POWERS > 0, 1 << FRACTION, 0) | bits & (1 << FRACTION) - 1
    digits = np.where(bits < 0, -digits, digits)
    np.add.at(high, (group, power - lowest), digits >> HALF)
    np.add.at(low, (group, power - lowest), digits & (1 << HALF) - 1)
    return lowest, high, low


def exact(value: float) -> int:
    """A number in units of 2^-1126."""
    return exact_sums(np.array([value]), np.zeros(1, dtype=np.int64), 1)[0]


def rounded(total: int) -> float:
    """The nearest number of double precision to a sum in units of 2^-1126."""
    return total / (1 << UNIT)


@dataclass(frozen=True)
class StratumSums:
    """What is added up over the places of each stratum, one number a stratum; areas exactly.

    Attributes
    ----------
    pixels : tuple of int
        Places.
    area, inside_area, no_data_area : tuple of int
        Of all places, of those where the model applies, and of those that lack a predictor. [2^-1126 ha]
    inside_agb : tuple of int
        Biomass of the places where the model applies, each times its area. [2^-1126 t_dm]
    """

    pixels: tuple[int, ...]
    area: tuple[int, ...]
    inside_area: tuple[int, ...]
    no_data_area: tuple[int, ...]
    inside_agb: tuple[int, ...]

    @classmethod
    def none(cls, strata: int) -> StratumSums:
        """Sums over no place."""
        return cls(*[(0,) * strata] * 5)

    @classmethod
    def of_places(
        cls, agb_t_ha: Array, inside: Flags, stratum: Integers, area_ha: Array, strata: int
    ) -> StratumSums:
        """Sums over places that each have an area of their own.

        Parameters
        ----------
        agb_t_ha : ndarray, shape (n,)
            NaN where a predictor is missing. [t_dm/ha]
        inside : ndarray of bool, shape (n,)
            Whether the model applies; never where biomass is NaN.
        stratum : ndarray of int, shape (n,)
        area_ha : ndarray, shape (n,)
            [ha]
        strata : int
        """

        def area_of(chosen: Flags) -> tuple[int, ...]:
            return tuple(exact_sums(area_ha[chosen], stratum[chosen], strata))

        return cls(
            tuple(np.bincount(stratum, minlength=strata).tolist()),
            area_of(np.ones(len(stratum), dtype=np.bool_)),
            area_of(inside),
            area_of(np.isnan(agb_t_ha)),
            tuple(exact_sums((area_ha * agb_t_ha)[inside], stratum[inside], strata)),
        )

    @classmethod
    def of_pixels(cls, agb_t_ha: Array, inside: Flags, stratum: Integers, pixel_ha: Array) -> StratumSums:
        """Sums over pixels, which in a stratum are all of one area; the same as of places of that area.

        Parameters
        ----------
        agb_t_ha, inside, stratum : ndarray, shape (n,)
        pixel_ha : ndarray, shape (strata,)
            Area of a pixel of each stratum. [ha]
        """
        strata = len(pixel_ha)
        unit = [exact(float(area)) for area in pixel_ha]

        def count(chosen: Integers) -> list[int]:
            found: list[int] = np.bincount(chosen, minlength=strata).tolist()
            return found

        def area_of(chosen: Integers) -> tuple[int, ...]:
            return tuple(number * area for number, area in zip(count(chosen), unit, strict=True))

        within = stratum[inside]
        return cls(
            tuple(count(stratum)),
            area_of(stratum),
            area_of(within),
            area_of(stratum[np.isnan(agb_t_ha)]),
            tuple(exact_sums(pixel_ha[within] * agb_t_ha[inside], within, strata)),
        )

    def plus(self, other: StratumSums) -> StratumSums:
        """Sums over the places of both."""
        return StratumSums(
            *(
                tuple(own + more for own, more in zip(mine, others, strict=True))
                for mine, others in zip(self.columns, other.columns, strict=True)
            )
        )

    @property
    def columns(self) -> tuple[tuple[int, ...], ...]:
        """The sums in the order of the fields."""
        return self.pixels, self.area, self.inside_area, self.no_data_area, self.inside_agb

    def by_stratum(self, strata: Sequence[str]) -> pd.DataFrame:
        """Table by stratum.

        Returns
        -------
        DataFrame
            ``stratum_id``, ``pixels``, ``area_ha``, ``predicted_mean_t_ha`` (over the places where the model
            applies; NaN without any), ``area_outside_ha`` (where it does not, or data are missing),
            ``area_no_data_ha`` (the part of it without data).
        """
        return pd.DataFrame(
            {
                "stratum_id": list(strata),
                "pixels": list(self.pixels),
                "area_ha": [rounded(own) for own in self.area],
                "predicted_mean_t_ha": [
                    agb / area if area else np.nan
                    for agb, area in zip(self.inside_agb, self.inside_area, strict=True)
                ],
                "area_outside_ha": [
                    rounded(own - within) for own, within in zip(self.area, self.inside_area, strict=True)
                ],
                "area_no_data_ha": [rounded(own) for own in self.no_data_area],
            }
        )

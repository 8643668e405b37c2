"""Rates of accumulation from lead-210 in a core.

Lead-210 falls from the air and is buried; what its parent radium supports in the soil is subtracted
section by section, and the excess decays with depth. All of it works on mass depth, on which
compaction has no effect. A rate over a century is not the rate of a monitoring period.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

Array = NDArray[np.float64]

M2_PER_CM2_PER_KG = 10.0
"""Bq m⁻² in one Bq kg⁻¹ · g cm⁻²: 10⁴ cm² in a square metre, 10³ g in a kilogram."""

G_M2_PER_G_CM2 = 10_000.0
T_HA_PER_G_M2 = 0.01


class ConstantFluxRate(NamedTuple):
    """Rate of a core with a steady rate. [g cm⁻² yr⁻¹; slope cm² g⁻¹]"""

    mass_accumulation_g_cm2_yr: float
    standard_error_g_cm2_yr: float
    slope_cm2_g: float
    sections: int


class SupplyDates(NamedTuple):
    """Ages and rates of the sections of a core with a steady supply.

    Attributes
    ----------
    age_at_base_yr : ndarray, shape (n,)
        NaN at the base of the last section, where no excess is left to date by.
    mass_accumulation_g_cm2_yr : ndarray, shape (n,)
        Of each section; NaN for the last.
    inventory_bq_m2, supply_bq_m2_yr : float
    """

    age_at_base_yr: Array
    mass_accumulation_g_cm2_yr: Array
    inventory_bq_m2: float
    supply_bq_m2_yr: float


def decay_constant(half_life_yr: float) -> float:
    """Share of the activity that decays per year, ``ln 2 / half-life``. [yr⁻¹]"""
    return math.log(2) / half_life_yr


def excess(total_bq_kg: Array, supported_bq_kg: Array) -> Array:
    """Lead-210 that radium in the same section does not support. [Bq kg⁻¹]"""
    return total_bq_kg - supported_bq_kg


def mass_depth(section_mass_g_cm2: Array) -> Array:
    """Mass above the middle of each section. [g cm⁻²]"""
    return np.cumsum(section_mass_g_cm2) - section_mass_g_cm2 / 2


def constant_flux_constant_sedimentation(
    mass_depth_g_cm2: Array, excess_bq_kg: Array, decay_constant_yr: float
) -> ConstantFluxRate:
    """Rate of accumulation of a core whose excess falls exponentially with mass depth (CF:CS).

    Parameters
    ----------
    mass_depth_g_cm2 : ndarray, shape (n,)
        Mass above the middle of each section. [g cm⁻²]
    excess_bq_kg : ndarray, shape (n,)
        Sections without excess are left out. [Bq kg⁻¹]
    decay_constant_yr : float
        [yr⁻¹]

    Returns
    -------
    ConstantFluxRate
        ``−λ/slope`` of ln(excess) on mass depth, with the error that the slope brings. NaN with
        fewer than three sections or if activity does not fall with depth.

    References
    ----------
    .. [1] Appleby and Oldfield (1978), Catena 5, 1–8; Arias-Ortiz and others (2018),
       Biogeosciences 15, 6791–6818.
    """
    dated = excess_bq_kg > 0
    sections = int(np.count_nonzero(dated))
    if sections < 3:
        return ConstantFluxRate(math.nan, math.nan, math.nan, sections)
    fit = scipy.stats.linregress(mass_depth_g_cm2[dated], np.log(excess_bq_kg[dated]))
    if not fit.slope < 0:
        return ConstantFluxRate(math.nan, math.nan, float(fit.slope), sections)
    rate = -decay_constant_yr / fit.slope
    return ConstantFluxRate(
        float(rate), float(abs(rate * fit.stderr / fit.slope)), float(fit.slope), sections
    )


def constant_rate_of_supply(
    section_mass_g_cm2: Array, excess_bq_kg: Array, decay_constant_yr: float
) -> SupplyDates:
    """Ages and rates of a core with a steady supply of lead-210 and a varying rate (CRS).

    Parameters
    ----------
    section_mass_g_cm2 : ndarray, shape (n,)
        Of sections that follow each other from the surface down to where the excess ends. [g cm⁻²]
    excess_bq_kg : ndarray, shape (n,)
        [Bq kg⁻¹]
    decay_constant_yr : float
        [yr⁻¹]

    Returns
    -------
    SupplyDates
        Rates are the mass of a section over the years it spans. The base of the last section has no
        age; an inventory that the core cuts off makes the lowest ages too old.

    References
    ----------
    .. [1] Appleby and Oldfield (1978), Catena 5, 1–8; Sanchez-Cabeza and others (2000),
       Limnology and Oceanography 45, 990–995.
    """
    inventories = excess_bq_kg * section_mass_g_cm2 * M2_PER_CM2_PER_KG
    total = math.fsum(inventories)
    below = total - np.cumsum(inventories)
    ages = np.full(len(inventories), math.nan)
    dated = below[:-1] > 0
    ages[:-1][dated] = np.log(total / below[:-1][dated]) / decay_constant_yr
    years = np.diff(np.append(0.0, ages))
    return SupplyDates(ages, section_mass_g_cm2 / years, total, total * decay_constant_yr)


def mean_rate_since(section_mass_g_cm2: Array, age_at_base_yr: Array, years: float) -> float:
    """Mean rate of accumulation over the last so many years, from dated sections. [g cm⁻² yr⁻¹]

    Returns
    -------
    float
        NaN if the dated part of the core is younger than that.
    """
    known = ~np.isnan(age_at_base_yr)
    ages = np.append(0.0, age_at_base_yr[known])
    mass = np.append(0.0, np.cumsum(section_mass_g_cm2)[known])
    return math.nan if ages[-1] < years else float(np.interp(years, ages, mass)) / years


def carbon_accumulation(
    mass_accumulation_g_cm2_yr: Array | float, organic_carbon_fraction: Array | float
) -> Array | float:
    """Carbon that accumulates per area and year. [g C m⁻² yr⁻¹]

    Parameters
    ----------
    mass_accumulation_g_cm2_yr : ndarray or float
        [g cm⁻² yr⁻¹]
    organic_carbon_fraction : ndarray or float
        Below the zone of live roots; carbon at the surface is not yet buried. [1]
    """
    return mass_accumulation_g_cm2_yr * organic_carbon_fraction * G_M2_PER_G_CM2

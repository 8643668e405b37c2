"""Equations of VM0033 v2.1 exactly as the text prints them, where the text has slipped.

Nothing computes with them. They stand here so that a verifier who types in the printed equation sees
where the other number comes from, beside the function that is dimensionally right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrv.soil.stocks import T_HA_PER_G_CM2

Array = NDArray[np.float64]

KG_M3_AND_M_TO_T_HA = 10.0
"""Tonnes per hectare of one kilogram per cubic metre over one metre."""


@dataclass(frozen=True)
class Slip:
    """A printed equation and the function that is right.

    Attributes
    ----------
    equation : str
        Number in VM0033 v2.1.
    printed, correct : str
        What the text prints, and what the dimensions require.
    consequence : str
    function : str
        Where the right one is.
    """

    equation: str
    printed: str
    correct: str
    consequence: str
    function: str


SLIPS = (
    Slip(
        "99",
        "carbon in %, g/cm³, cm, × 100",
        "carbon as a share",
        "a stock 100 times too large",
        "mrv.soil.stocks.section_stocks",
    ),
    Slip(
        "29",
        "carbon in %, kg/m³, m, × 10",
        "carbon as a share",
        "a stock 100 times too large",
        "mrv.soil.vm0033_printed.stock_from_si_units",
    ),
    Slip(
        "100, 101",
        "mg/m² per day × 100",
        "× 10⁻⁵",
        "an emission 10⁷ times too large",
        "mrv.soil.vm0033_defaults.annual_emission",
    ),
    Slip(
        "95",
        "0.04 · OM + 0.0025 · OM²",
        "0.40 · OM + 0.0025 · OM², the inverse of eq. 41",
        "carbon of a soil with 10 % organic matter 6.5 times too small",
        "mrv.soil.organic_carbon.from_published_line",
    ),
    Slip(
        "43, 44, 96",
        "an intercept of 2.8857 % carbon",
        "only organic soils; refused below 15 % loss on ignition or 4 % carbon",
        "2.9 % carbon without organic matter; negative organic matter below 2.9 % carbon",
        "mrv.soil.organic_carbon.outside_guard",
    ),
    Slip(
        "60, 61",
        "classes 'above 18 ppt' and '20 ppt or more' overlap",
        "the higher default, unless the lower class is asked for",
        "methane half as large at the same salinity",
        "mrv.soil.vm0033_defaults.default_methane",
    ),
)


def stock_as_printed_99(carbon_pct: Array, bulk_density_g_cm3: Array, thickness_cm: Array) -> Array:
    """Eq. 99 read to the letter, with carbon in percent: 100 times too large. [t C ha⁻¹]"""
    return carbon_pct * bulk_density_g_cm3 * thickness_cm * T_HA_PER_G_CM2


def stock_from_si_units(
    organic_carbon_fraction: Array | float, bulk_density_kg_m3: Array | float, thickness_m: Array | float
) -> Array | float:
    """Eq. 29 with carbon as a share. [t C ha⁻¹]

    Parameters
    ----------
    organic_carbon_fraction : ndarray or float
        [1]
    bulk_density_kg_m3 : ndarray or float
        [kg m⁻³]
    thickness_m : ndarray or float
        [m]
    """
    return organic_carbon_fraction * bulk_density_kg_m3 * thickness_m * KG_M3_AND_M_TO_T_HA


def emission_as_printed_100(flux_mg_m2_d: float, gwp: float) -> float:
    """Eq. 100 read to the letter, with the factor 100: 10⁷ times too large. [t CO₂e ha⁻¹ yr⁻¹]"""
    return flux_mg_m2_d * 365 * gwp * 100


def carbon_as_printed_95(organic_matter_fraction: Array | float) -> Array | float:
    """Eq. 95 with the misprinted 0.04. [1]"""
    percent = organic_matter_fraction * 100
    return (0.04 * percent + 0.0025 * percent**2) / 100

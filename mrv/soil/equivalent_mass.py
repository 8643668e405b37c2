"""Change of carbon on the same mass of soil.

A fixed depth holds less soil after the soil has loosened and more after it has settled, so that a
difference at a fixed depth counts what was only moved. On the same mass per area the same soil is
compared.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mrv.soil.stocks import T_HA_PER_G_CM2

Array = NDArray[np.float64]


def soil_mass(top_cm: Array, bottom_cm: Array, bulk_density_g_cm3: Array) -> Array:
    """Dry mass of each section per area. [t ha⁻¹]"""
    return (bottom_cm - top_cm) * bulk_density_g_cm3 * T_HA_PER_G_CM2


def carbon_at_mass(
    section_mass_t_ha: Array, organic_carbon_fraction: Array, reference_mass_t_ha: float
) -> float:
    """Carbon in the uppermost soil of a given mass.

    Cumulative carbon is interpolated linearly on cumulative mass, from zero at the surface.

    Parameters
    ----------
    section_mass_t_ha : ndarray, shape (n,)
        Of sections that follow each other from the surface. [t ha⁻¹]
    organic_carbon_fraction : ndarray, shape (n,)
        [1]
    reference_mass_t_ha : float
        [t ha⁻¹]

    Returns
    -------
    float
        [t C ha⁻¹]; NaN if the core holds less than the mass.

    References
    ----------
    .. [1] Wendt and Hauser (2013), European Journal of Soil Science 64, 58–65.
    """
    mass = np.append(0.0, np.cumsum(section_mass_t_ha))
    if mass[-1] < reference_mass_t_ha * (1 - 1e-12):
        return math.nan
    carbon = np.append(0.0, np.cumsum(section_mass_t_ha * organic_carbon_fraction))
    return float(np.interp(reference_mass_t_ha, mass, carbon))


def equivalent_mass_change(
    first: tuple[Array, Array], second: tuple[Array, Array], reference_mass_t_ha: float
) -> float:
    """Change of carbon between two dates in the uppermost soil of the same mass. [t C ha⁻¹]

    Parameters
    ----------
    first, second : pair of ndarray
        Mass [t ha⁻¹] and organic carbon [1] of the sections at either date.
    reference_mass_t_ha : float
        Usually the mass down to the reporting depth at the first date. [t ha⁻¹]
    """
    return carbon_at_mass(*second, reference_mass_t_ha) - carbon_at_mass(*first, reference_mass_t_ha)

"""Carbon of two dates on the same mass of soil.

A fixed depth holds less soil after the soil has loosened and more after it has settled, so that a
difference at a fixed depth counts what was only moved. On the same mass per area the same soil is
compared: the depth is sought at which the soil of the second date holds the mass of the first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from mrv.soil.stocks import stock_to_depth

Array = NDArray[np.float64]

SAME_MASS = 1e-12
"""Relative difference below which two masses are the same."""

SLOPE_STEP_CM = 1.0
"""Soil over which the carbon per mass at a depth is taken. [cm]"""


@dataclass(frozen=True)
class Profile:
    """Carbon and dry mass per volume down a core.

    Attributes
    ----------
    carbon_density_g_cm3, mass_density_g_cm3, top_cm, bottom_cm : ndarray, shape (n,)
        Of the analysed sections, from the surface down. [g cm⁻³, cm]
    end_cm : float
        Depth that the corer reached. [cm]
    refusal : bool
        Whether the soil ends there.
    half_gaps : bool
        Whether gaps are shared by halves.
    """

    carbon_density_g_cm3: Array
    mass_density_g_cm3: Array
    top_cm: Array
    bottom_cm: Array
    end_cm: float
    refusal: bool = False
    half_gaps: bool = False

    def _to(self, density_g_cm3: Array, depth_cm: float) -> float:
        depth = min(depth_cm, self.end_cm) if self.refusal else depth_cm
        return stock_to_depth(
            density_g_cm3, self.top_cm, self.bottom_cm, depth, self.end_cm, half_gaps=self.half_gaps
        ).stock

    def carbon_to(self, depth_cm: float) -> float:
        """Carbon down to a depth; NaN below the core. [t C ha⁻¹]"""
        return self._to(self.carbon_density_g_cm3, depth_cm)

    def mass_to(self, depth_cm: float) -> float:
        """Dry mass of soil down to a depth; NaN below the core. [t ha⁻¹]"""
        return self._to(self.mass_density_g_cm3, depth_cm)


def mean_carbon(profiles: Sequence[Profile], depth_cm: float) -> float:
    """Mean carbon of cores down to a depth. [t C ha⁻¹]"""
    return math.fsum(profile.carbon_to(depth_cm) for profile in profiles) / len(profiles)


def mean_mass(profiles: Sequence[Profile], depth_cm: float) -> float:
    """Mean dry mass of cores down to a depth. [t ha⁻¹]"""
    return math.fsum(profile.mass_to(depth_cm) for profile in profiles) / len(profiles)


def deepest_common_cm(profiles: Sequence[Profile]) -> float:
    """Depth down to which all cores tell; those that met refusal tell that there is no soil below. [cm]"""
    ends = [profile.end_cm for profile in profiles]
    open_ends = [profile.end_cm for profile in profiles if not profile.refusal]
    return min(open_ends) if open_ends else max(ends)


def depth_of_mass(
    mass_to: Callable[[float], float], reference_mass_t_ha: float, depth_cm: float, deepest_cm: float
) -> float:
    """Depth down to which soil holds a mass.

    Parameters
    ----------
    mass_to : callable
        Mass down to a depth, such as of the mean of several cores. [t ha⁻¹]
    reference_mass_t_ha : float
        Usually the mass down to the reporting depth at the first date. [t ha⁻¹]
    depth_cm : float
        The reporting depth, which is tried first: unchanged soil gives exactly it. [cm]
    deepest_cm : float
        Depth below which nothing is known. [cm]

    Returns
    -------
    float
        [cm]; NaN if the soil holds less than the mass down to where it is known.

    References
    ----------
    .. [1] Wendt and Hauser (2013), European Journal of Soil Science 64, 58–65.
    """
    allowed = SAME_MASS * reference_mass_t_ha
    for known in (depth_cm, deepest_cm):
        if known <= deepest_cm and abs(mass_to(known) - reference_mass_t_ha) <= allowed:
            return known
    if not mass_to(deepest_cm) > reference_mass_t_ha:
        return math.nan
    return float(
        scipy.optimize.brentq(lambda depth: mass_to(depth) - reference_mass_t_ha, 0.0, deepest_cm, xtol=1e-11)
    )


def carbon_per_mass(
    carbon_to: Callable[[float], float], mass_to: Callable[[float], float], depth_cm: float
) -> float:
    """Carbon per dry mass of the soil just above a depth: how carbon moves with the reference mass. [1]"""
    above = max(depth_cm - SLOPE_STEP_CM, 0.0)
    return (carbon_to(depth_cm) - carbon_to(above)) / (mass_to(depth_cm) - mass_to(above))

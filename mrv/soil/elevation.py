"""Accretion above a marker horizon and change of elevation at a surface elevation table.

A layer of feldspar shows what has been laid down since; pins of a surface elevation table show how
the surface has moved against a deep rod. What was laid down without lifting the surface is shallow
subsidence. Pins of an arm and arms of a station are no replicates: the station is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CM_PER_MM = 0.1
G_M2_PER_G_CM2 = 10_000.0


def _mean(values: Array) -> float:
    return math.fsum(values) / len(values)


def pin_changes(first_mm: Array, last_mm: Array) -> Array:
    """Rise of the surface at each pin between two readings. [mm]"""
    return last_mm - first_mm


def station_mean(values_by_arm: Sequence[Array]) -> float:
    """Mean of a station: over the pins of each arm, then over its arms. [unit of the values]

    References
    ----------
    .. [1] Cahoon and others (2002), Journal of Sedimentary Research 72, 734–739.
    """
    return _mean(np.array([_mean(pins) for pins in values_by_arm]))


def elevation_change_rate(changes_by_arm_mm: Sequence[Array], years: float) -> float:
    """Change of elevation of a station. [mm yr⁻¹]"""
    return station_mean(changes_by_arm_mm) / years


def accretion_rate(marker_thickness_mm: Array, years: float) -> float:
    """Accretion of a station above its marker horizons. [mm yr⁻¹]"""
    return _mean(marker_thickness_mm) / years


def shallow_subsidence(accretion_mm_yr: float, elevation_change_mm_yr: float) -> float:
    """What was laid down without lifting the surface. [mm yr⁻¹]"""
    return accretion_mm_yr - elevation_change_mm_yr


def carbon_accumulation_from_accretion(
    accretion_mm_yr: Array | float, carbon_density_g_cm3: Array | float
) -> Array | float:
    """Carbon that accumulates per area and year in the layer laid down. [g C m⁻² yr⁻¹]

    Parameters
    ----------
    accretion_mm_yr : ndarray or float
        Accretion, not change of elevation. [mm yr⁻¹]
    carbon_density_g_cm3 : ndarray or float
        Of the layer above the marker. [g C cm⁻³]
    """
    return accretion_mm_yr * CM_PER_MM * carbon_density_g_cm3 * G_M2_PER_G_CM2

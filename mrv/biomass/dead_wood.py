"""Dead wood: what is left of a standing dead tree, and what lies on the ground along a line.

Standing trees fall into three decay classes: one that died lately has lost its leaves, one further on its
twigs and small branches as well, and of the last the bole remains, which is a frustum of dead wood. Wood on
the ground is counted where it crosses a line (Van Wagner 1968).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mrv.units import KG_PER_T

Array = NDArray[np.float64]

BREAST_HEIGHT_M = 1.3
LITRES_PER_M3 = 1000.0
"""A density in g cm⁻³ is the same number in kg per litre."""


def top_diameter(d0_cm: Array, dbh_cm: Array, height_m: Array) -> Array:
    """Diameter at the top of a broken bole, by the taper between its base and breast height. [cm]

    Parameters
    ----------
    d0_cm, dbh_cm, height_m : ndarray, shape (n,)
        Diameter at the base and at breast height, height of the bole. [cm, cm, m]

    Returns
    -------
    ndarray, shape (n,)
        0 where the taper reaches the axis below the top: the bole is a cone then.

    References
    ----------
    Kauffman and Donato (2012), CIFOR Working Paper 86, decay class 3 (from memory).
    """
    taper = (np.asarray(d0_cm, dtype=np.float64) - dbh_cm) / BREAST_HEIGHT_M
    return np.maximum(d0_cm - taper * height_m, 0.0)


def frustum_volume(base_cm: Array, top_cm: Array, length_m: Array) -> Array:
    """Volume of a frustum, ``π L (d₁² + d₁d₂ + d₂²) / 12``; a cone where one end is 0. [m³]

    Parameters
    ----------
    base_cm, top_cm, length_m : ndarray, shape (n,)
        [cm, cm, m]
    """
    base, top = np.asarray(base_cm, dtype=np.float64) / 100, np.asarray(top_cm, dtype=np.float64) / 100
    return np.asarray(math.pi * length_m * (base**2 + base * top + top**2) / 12, dtype=np.float64)


def bole_mass(d0_cm: Array, dbh_cm: Array, height_m: Array, density_g_cm3: float) -> Array:
    """Dry mass of what is left of a tree of the last decay class. [kg]

    Parameters
    ----------
    d0_cm, dbh_cm, height_m : ndarray, shape (n,)
        [cm, cm, m]
    density_g_cm3 : float
        Of the dead wood. [g cm⁻³]
    """
    volume = frustum_volume(d0_cm, top_diameter(d0_cm, dbh_cm, height_m), height_m)
    return volume * density_g_cm3 * LITRES_PER_M3


def line_intersect_volume(squared_diameters_cm2: Array, length_m: Array) -> Array:
    """Volume of downed wood from the pieces that cross a line, ``π² Σd² / (8 L)``. [m³ ha⁻¹]

    Parameters
    ----------
    squared_diameters_cm2 : ndarray, shape (n,)
        Sum of the squared diameters of the pieces of each line. [cm²]
    length_m : ndarray, shape (n,)
        Length of each line. [m]

    References
    ----------
    Van Wagner (1968), Forest Science 14, 20-26.
    """
    squares = np.asarray(squared_diameters_cm2, dtype=np.float64)
    return np.asarray(math.pi**2 * squares / (8 * length_m), dtype=np.float64)


def counted_squares(pieces: Array, quadratic_mean_diameter_cm: Array) -> Array:
    """Sum of squared diameters of pieces that were counted, not measured: ``n QMD²``. [cm²]

    Parameters
    ----------
    pieces : ndarray, shape (n,)
        Pieces of a size class on each line. [1]
    quadratic_mean_diameter_cm : ndarray, shape (n,)
        Root of the mean squared diameter of the class. [cm]
    """
    return np.asarray(np.asarray(pieces) * np.asarray(quadratic_mean_diameter_cm) ** 2, dtype=np.float64)


def downed_mass(volume_m3_ha: Array, density_g_cm3: Array) -> Array:
    """Dry mass of downed wood. [t ha⁻¹]

    Parameters
    ----------
    volume_m3_ha, density_g_cm3 : ndarray, shape (n,)
        [m³ ha⁻¹, g cm⁻³]
    """
    return np.asarray(np.asarray(volume_m3_ha) * density_g_cm3 * LITRES_PER_M3 / KG_PER_T, dtype=np.float64)

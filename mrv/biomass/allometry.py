"""Biomass of a mangrove tree from what a crew measures on it.

One function per form of equation. Coefficients, ranges and sources of the published equations are
rows of ``data/equations.csv``; :func:`tree_biomass` applies such a row. All take arrays, return
kilograms of dry matter, and let NaN pass: tables were checked when they were read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mrv.reference import Equation
from mrv.units import conversion_factor

Array = NDArray[np.float64]


class Stems(NamedTuple):
    """What equations read of n stems: diameter and height in the equation's own units, the rest in ours.

    Wood density is in g cm⁻³, the volume of the crown in m³.
    """

    dbh: Array
    wood_density: Array
    height: Array
    crown_volume: Array


def _wood_density_power(equation: Equation, stems: Stems) -> Array:
    """``a ρ^b D^c`` (Komiyama et al. 2005)."""
    return equation.a * stems.wood_density**equation.b * stems.dbh**equation.c


def _wood_density_log_polynomial(equation: Equation, stems: Stems) -> Array:
    """``ρ exp(a + b ln D + c ln² D + d ln³ D)`` (Chave et al. 2005, without height)."""
    log_dbh = np.log(stems.dbh)
    return stems.wood_density * np.exp(
        equation.a + equation.b * log_dbh + equation.c * log_dbh**2 + equation.d * log_dbh**3
    )


def _wood_density_d2h(equation: Equation, stems: Stems) -> Array:
    """``exp(a + b ln(ρ D² H))`` (Chave et al. 2005, with height)."""
    return np.exp(equation.a + equation.b * np.log(stems.wood_density * stems.dbh**2 * stems.height))


def _wood_density_d2h_power(equation: Equation, stems: Stems) -> Array:
    """``a ρ (D² H)^b`` (Komiyama et al. 2005, trunk)."""
    return equation.a * stems.wood_density * (stems.dbh**2 * stems.height) ** equation.b


def _wood_density_log_power(equation: Equation, stems: Stems) -> Array:
    """``ρ exp(a + b ln D)``."""
    return stems.wood_density * np.exp(equation.a + equation.b * np.log(stems.dbh))


def _power(equation: Equation, stems: Stems) -> Array:
    """``a D^b``."""
    return equation.a * stems.dbh**equation.b


def _log10_power(equation: Equation, stems: Stems) -> Array:
    """``10^(a + b log₁₀ D)``."""
    return 10 ** (equation.a + equation.b * np.log10(stems.dbh))


def _d2h_power(equation: Equation, stems: Stems) -> Array:
    """``a (D² H)^b``."""
    return equation.a * (stems.dbh**2 * stems.height) ** equation.b


def _log10_square(equation: Equation, stems: Stems) -> Array:
    """``10^(a + b log₁₀ D²)``."""
    return 10 ** (equation.a + equation.b * np.log10(stems.dbh**2))


def _square_linear(equation: Equation, stems: Stems) -> Array:
    """``a + b D²``."""
    return equation.a + equation.b * stems.dbh**2


def _quadratic(equation: Equation, stems: Stems) -> Array:
    """``a D + b D²``."""
    return equation.a * stems.dbh + equation.b * stems.dbh**2


def _square_root_linear(equation: Equation, stems: Stems) -> Array:
    """``√B = a D + b``, so ``B = (a D + b)²``."""
    return (equation.a * stems.dbh + equation.b) ** 2


def _log_d2h(equation: Equation, stems: Stems) -> Array:
    """``exp(a + b ln(D² H))``."""
    return np.exp(equation.a + equation.b * np.log(stems.dbh**2 * stems.height))


def _crown_volume_log(equation: Equation, stems: Stems) -> Array:
    """``exp(a + b ln D² + c ln V)`` with the volume V of the crown."""
    return np.exp(equation.a + equation.b * np.log(stems.dbh**2) + equation.c * np.log(stems.crown_volume))


def _height_linear(equation: Equation, stems: Stems) -> Array:
    """``a + b H``."""
    return equation.a + equation.b * stems.height


def _height_log_power(equation: Equation, stems: Stems) -> Array:
    """``exp(a + b ln H)``."""
    return np.exp(equation.a + equation.b * np.log(stems.height))


def _height_exponential(equation: Equation, stems: Stems) -> Array:
    """``a exp(b H)``."""
    return equation.a * np.exp(equation.b * stems.height)


FORMS: dict[str, Callable[[Equation, Stems], Array]] = {
    "wood_density_power": _wood_density_power,
    "wood_density_log_power": _wood_density_log_power,
    "wood_density_log_polynomial": _wood_density_log_polynomial,
    "wood_density_d2h": _wood_density_d2h,
    "wood_density_d2h_power": _wood_density_d2h_power,
    "power": _power,
    "log10_power": _log10_power,
    "log10_square": _log10_square,
    "square_linear": _square_linear,
    "quadratic": _quadratic,
    "square_root_linear": _square_root_linear,
    "d2h_power": _d2h_power,
    "log_d2h": _log_d2h,
    "crown_volume_log": _crown_volume_log,
    "height_linear": _height_linear,
    "height_log_power": _height_log_power,
    "height_exponential": _height_exponential,
}

UNKNOWN = np.array(np.nan)


def tree_biomass(
    equation: Equation, dbh: Array, wood_density: Array, height: Array, crown_volume: Array = UNKNOWN
) -> Array:
    """Dry biomass of live stems by one published equation.

    Parameters
    ----------
    equation : Equation
        A row of the equation table; :func:`mrv.reference.equations` holds those shipped.
    dbh : ndarray, shape (n,)
        Stem diameter at the equation's point of measurement. [cm]
    wood_density : ndarray, shape (n,)
        Basic wood density; not read by forms without it. [g cm⁻³]
    height : ndarray, shape (n,)
        Total height; not read by forms without it. [m]
    crown_volume : ndarray, shape (n,), optional
        Volume of the crown; not read by forms without it. [m³]

    Returns
    -------
    ndarray, shape (n,)
        Above-ground or below-ground biomass, as the equation's component says. [kg]

    Notes
    -----
    No log-bias factor is added: the table states for each equation whether the published one
    contains it, and applying one twice inflates biomass by 3–10 %.
    """
    diameter, density, tall, crown = (
        np.asarray(x, dtype=np.float64) for x in (dbh, wood_density, height, crown_volume)
    )
    stems = Stems(
        diameter / conversion_factor(equation.diameter_unit, "cm"),
        density,
        tall / conversion_factor(equation.height_unit, "m"),
        crown,
    )
    return FORMS[equation.form](equation, stems) * conversion_factor(equation.output_unit, "kg")


def outside_range(equation: Equation, dbh: Array, height: Array) -> NDArray[np.bool_]:
    """Whether each stem lies outside the range that an equation was fitted on.

    Parameters
    ----------
    dbh, height : ndarray, shape (n,)
        [cm], [m]

    Returns
    -------
    ndarray of bool, shape (n,)
        A bound that is not known excludes nothing; the height counts only where the equation uses it.
    """
    outside = (dbh < equation.dbh_min_cm) | (dbh > equation.dbh_max_cm)
    if equation.needs_height:
        outside = outside | (height < equation.height_min_m) | (height > equation.height_max_m)
    return outside


def diameter_from_girth(girth: Array) -> Array:
    """Diameter of a stem from its girth, ``D = C/π``. [cm]"""
    return np.asarray(girth, dtype=np.float64) / np.pi


def equivalent_diameter(diameters: Array) -> float:
    """Diameter of the one stem with the basal area of all stems of a tree, ``√Σd²``. [cm]

    Only for equations fitted on it: in an equation for single stems it inflates the biomass of n
    equal stems by n^(b/2 − 1), 29 % for three stems and b = 2.46.
    """
    return float(np.sqrt(np.sum(np.asarray(diameters, dtype=np.float64) ** 2)))

"""Defaults of VM0033 where nothing was measured: accumulation under cover, methane and nitrous oxide.

The numbers stand in ``data/soil_defaults.csv``. A default holds for the same class of salinity in
baseline and project; nitrous oxide has none where nitrogen is brought in directly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mrv.errors import MrvError
from mrv.soil_reference import soil_default

Array = NDArray[np.float64]


class NoDefaultError(MrvError):
    """A case for which the methodology gives no default; it has to be measured."""


def default_accumulation(cover: Array) -> Array:
    """Soil carbon that accumulates by default under a vegetation cover. [t C ha⁻¹ yr⁻¹]

    Parameters
    ----------
    cover : ndarray
        Share of the area with vegetation. [1]

    Returns
    -------
    ndarray
        In full from 50 % cover on, nothing below 15 %, linear between 15 and 50 %; before the
        allochthonous deduction.

    References
    ----------
    .. [1] VM0033 v2.1, section 8.1.4.2.3, eq. 33.
    """
    none, full = soil_default("accumulation_cover_none"), soil_default("accumulation_cover_full")
    return soil_default("accumulation_default") * np.clip((cover - none) / (full - none), 0.0, 1.0)


def default_methane(salinity_ppt: float, *, marine_class: bool = False) -> float:
    """Methane that a soil emits by default. [t CH₄ ha⁻¹ yr⁻¹]

    Parameters
    ----------
    salinity_ppt : float
        Mean salinity of the soil water. [ppt]
    marine_class : bool, optional
        Whether to take the lower class of eq. 61, which needs 20 ppt. The text lets both classes
        hold there; left out, the higher one is taken.

    Raises
    ------
    NoDefaultError
        If the salinity does not reach the class.

    References
    ----------
    .. [1] VM0033 v2.1, eqs. 60 and 61.
    """
    bound = soil_default("salinity_marine" if marine_class else "salinity_saline")
    reached = salinity_ppt >= bound if marine_class else salinity_ppt > bound
    if not reached:
        raise NoDefaultError(
            "there is no default for methane at {found} ppt; measure it, or show more than {bound} ppt",
            found=f"{salinity_ppt:g}",
            bound=f"{bound:g}",
        )
    return soil_default("ch4_from_20_ppt" if marine_class else "ch4_above_18_ppt")


def default_nitrous_oxide(salinity_ppt: float, *, direct_nitrogen: bool) -> float:
    """Nitrous oxide that a vegetated wetland emits by default. [t N₂O ha⁻¹ yr⁻¹]

    Parameters
    ----------
    salinity_ppt : float
        Mean salinity of the soil water. [ppt]
    direct_nitrogen : bool
        Whether nitrogen is brought in directly, such as by sewage.

    Raises
    ------
    NoDefaultError
        With direct nitrogen.

    References
    ----------
    .. [1] VM0033 v2.1, eqs. 66 to 68.
    """
    if direct_nitrogen:
        raise NoDefaultError("there is no default for nitrous oxide with direct nitrogen inputs; measure it")
    if salinity_ppt > soil_default("salinity_saline"):
        return soil_default("n2o_above_18_ppt")
    if salinity_ppt >= soil_default("salinity_brackish"):
        return soil_default("n2o_5_to_18_ppt")
    return soil_default("n2o_below_5_ppt")


def annual_emission(flux_mg_m2_d: Array | float, gwp: float) -> Array | float:
    """Emission of a year from a daily flux of a gas. [t CO₂e ha⁻¹ yr⁻¹]

    Parameters
    ----------
    flux_mg_m2_d : ndarray or float
        [mg m⁻² d⁻¹]
    gwp : float
        Global warming potential of the gas. [t CO₂e per t]

    Notes
    -----
    10⁴ m² in a hectare and 10⁹ mg in a tonne make 10⁻⁵; 365 days as in the text.
    """
    return flux_mg_m2_d * 365 * gwp * 1e-5

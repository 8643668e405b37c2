"""Carbon of the sections of a core, and what a core says of the soil down to a depth.

A section holds ``bulk density × organic carbon × thickness``. Where sections follow each other
without a gap their sum is the stock. Between samples with gaps the density of carbon is interpolated.
No stock is ever given below the depth that the corer reached.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from mrv.units import M2_PER_HA

Array = NDArray[np.float64]
Rule = Literal["sum of sections", "interpolated between samples"]

T_HA_PER_G_CM2 = M2_PER_HA * 10_000 / 1e6
"""Tonnes per hectare of one gram per square centimetre: 10⁸ cm² in a hectare, 10⁶ g in a tonne."""

SAME_DEPTH_CM = 1e-6
"""Depths that differ by less are the same."""


def carbon_density(
    organic_carbon_fraction: Array, bulk_density_g_cm3: Array, coarse_volume_fraction: Array | float = 0.0
) -> Array:
    """Organic carbon per volume of soil. [g C cm⁻³]

    Parameters
    ----------
    organic_carbon_fraction : ndarray, shape (n,)
        Carbon per dry mass of the fine soil. [1] A share, not a percentage.
    bulk_density_g_cm3 : ndarray, shape (n,)
        Dry mass of the fine soil per volume of it. [g cm⁻³]
    coarse_volume_fraction : ndarray or float, optional
        Share of the volume that stones and shells take; 0 where both columns hold for the whole soil. [1]
    """
    return np.asarray(organic_carbon_fraction * bulk_density_g_cm3 * (1 - coarse_volume_fraction))


def section_stocks(carbon_density_g_cm3: Array, top_cm: Array, bottom_cm: Array) -> Array:
    """Carbon of each section over its thickness. [t C ha⁻¹]

    References
    ----------
    .. [1] Howard and others (2014), Coastal Blue Carbon, chapter 3; VM0033 v2.1, eq. 99.
    """
    return carbon_density_g_cm3 * (bottom_cm - top_cm) * T_HA_PER_G_CM2


def is_contiguous(top_cm: Array, bottom_cm: Array) -> bool:
    """Whether sections start at the surface and follow each other without a gap."""
    starts = np.append(0.0, bottom_cm[:-1])
    return bool(np.all(np.abs(top_cm - starts) <= SAME_DEPTH_CM))


def sampled_share(top_cm: Array, bottom_cm: Array, depth_cm: float) -> float:
    """Share of the soil down to a depth that lies in a section that was analysed. [1]"""
    covered = np.clip(np.minimum(bottom_cm, depth_cm) - top_cm, 0.0, None)
    return math.fsum(covered) / depth_cm


def summed_stock(carbon_density_g_cm3: Array, top_cm: Array, bottom_cm: Array, depth_cm: float) -> float:
    """Carbon down to a depth from sections without gaps; a section that the depth cuts counts in part.

    Returns
    -------
    float
        [t C ha⁻¹]; NaN if the sections end above the depth.
    """
    if bottom_cm[-1] < depth_cm - SAME_DEPTH_CM:
        return math.nan
    cut = np.clip(bottom_cm, None, depth_cm)
    return math.fsum(section_stocks(carbon_density_g_cm3, np.minimum(top_cm, cut), cut))


def interpolated_stock(
    carbon_density_g_cm3: Array, top_cm: Array, bottom_cm: Array, depth_cm: float, core_depth_cm: float
) -> float:
    """Carbon down to a depth from samples with gaps between them.

    The density of carbon runs linearly from the middle of one sample to the middle of the next,
    and is constant above the first and below the last middle, down to the depth the corer reached.

    Parameters
    ----------
    carbon_density_g_cm3, top_cm, bottom_cm : ndarray, shape (n,)
        Of the samples. [g C cm⁻³, cm]
    depth_cm : float
    core_depth_cm : float
        Depth that the corer reached. [cm]

    Returns
    -------
    float
        [t C ha⁻¹]; NaN if the corer did not reach the depth.
    """
    if core_depth_cm < depth_cm - SAME_DEPTH_CM:
        return math.nan
    middles = (top_cm + bottom_cm) / 2
    knots = np.concatenate([[0.0], middles[middles < depth_cm], [depth_cm]])
    density = np.interp(knots, middles, carbon_density_g_cm3)
    return float(np.trapezoid(density, knots)) * T_HA_PER_G_CM2


def half_gap_bounds(top_cm: Array, bottom_cm: Array) -> tuple[Array, Array]:
    """Bounds of sections that share each gap by halves; the first reaches up to the surface. [cm]

    References
    ----------
    .. [1] The rule of the R package BlueCarbon (doi:10.21105/joss.08333), for comparison.
    """
    meetings = (bottom_cm[:-1] + top_cm[1:]) / 2
    return np.append(0.0, meetings), np.append(meetings, bottom_cm[-1])


def half_gap_stock(carbon_density_g_cm3: Array, top_cm: Array, bottom_cm: Array, depth_cm: float) -> float:
    """Carbon down to a depth where each sample stands for half of the gaps beside it. [t C ha⁻¹]

    The other usual rule; its difference from :func:`interpolated_stock` is what the choice of a
    rule is worth.
    """
    return summed_stock(carbon_density_g_cm3, *half_gap_bounds(top_cm, bottom_cm), depth_cm)


@dataclass(frozen=True)
class Extrapolation:
    """Stock of a core that is too short, from a straight line. [t C ha⁻¹]"""

    stock_t_c_ha: float
    standard_error_t_c_ha: float


def extrapolated_stock(
    carbon_density_g_cm3: Array, top_cm: Array, bottom_cm: Array, depth_cm: float
) -> Extrapolation:
    """Stock of a core that ends above a depth, for reporting only and never for credits.

    A straight line through cumulative carbon at the lower bounds of the half-gap rule, by least
    squares, read at the depth.

    Returns
    -------
    Extrapolation
        With the standard error of the line's mean at the depth. Cumulative sums are correlated, so
        that it is too small; NaN with fewer than three sections.

    Notes
    -----
    The line need not start at zero: with carbon enriched at the surface it gives a soil of no depth
    carbon, which is why nothing is credited on it.
    """
    upper, lower = half_gap_bounds(top_cm, bottom_cm)
    cumulative = np.cumsum(section_stocks(carbon_density_g_cm3, upper, lower))
    if len(cumulative) < 3:
        return Extrapolation(math.nan, math.nan)
    fit = scipy.stats.linregress(lower, cumulative)
    residuals = cumulative - (fit.intercept + fit.slope * lower)
    n, centre = len(lower), float(np.mean(lower))
    variance = math.fsum(residuals**2) / (n - 2)
    leverage = 1 / n + (depth_cm - centre) ** 2 / math.fsum((lower - centre) ** 2)
    return Extrapolation(float(fit.intercept + fit.slope * depth_cm), math.sqrt(variance * leverage))


class StockToDepth(NamedTuple):
    """Stock down to a depth, the rule it is by, and what the half-gap rule would give more. [t ha⁻¹]

    The difference is NaN without gaps, and where the half-gap rule does not reach the depth.
    """

    stock: float
    rule: Rule
    rule_difference: float


def stock_to_depth(
    density_g_cm3: Array,
    top_cm: Array,
    bottom_cm: Array,
    depth_cm: float,
    core_depth_cm: float,
    *,
    half_gaps: bool = False,
) -> StockToDepth:
    """Carbon, or dry mass, down to a depth by the rule that the sections allow.

    Parameters
    ----------
    density_g_cm3, top_cm, bottom_cm : ndarray, shape (n,)
        Of the analysed sections. [g cm⁻³, cm]
    depth_cm, core_depth_cm : float
        [cm]
    half_gaps : bool, optional
        Whether gaps are shared by halves instead, where that rule reaches the depth.
    """
    end = min(depth_cm, core_depth_cm)
    above = top_cm < end
    gapless = (
        bool(above.any())
        and is_contiguous(top_cm[above], bottom_cm[above])
        and bottom_cm[above][-1] >= end - SAME_DEPTH_CM
    )
    if gapless:
        summed = summed_stock(density_g_cm3, top_cm, bottom_cm, depth_cm)
        return StockToDepth(summed, "sum of sections", math.nan)
    stock = interpolated_stock(density_g_cm3, top_cm, bottom_cm, depth_cm, core_depth_cm)
    difference = half_gap_stock(density_g_cm3, top_cm, bottom_cm, depth_cm) - stock
    taken = stock + difference if half_gaps and not math.isnan(difference) else stock
    return StockToDepth(taken, "interpolated between samples", difference)


@dataclass(frozen=True)
class CoreStock:
    """What a core says of the soil down to a depth.

    Attributes
    ----------
    depth_cm : float
        The depth asked for. [cm]
    reached_cm : float
        Depth to which the stock holds: the depth, or where the corer met refusal above it. [cm]
    stock_t_c_ha : float
        NaN if the core ends above the depth without refusal.
    rule : str
    sampled_share : float
        Share of the depth reached that was analysed. [1]
    rule_difference_t_c_ha : float
        Half-gap rule less the stock; what the choice of a rule for gaps is worth. NaN without gaps.
    extrapolated : Extrapolation or None
        For a core that is too short.
    """

    depth_cm: float
    reached_cm: float
    stock_t_c_ha: float
    rule: Rule
    sampled_share: float
    rule_difference_t_c_ha: float
    extrapolated: Extrapolation | None


def core_stock(
    carbon_density_g_cm3: Array,
    top_cm: Array,
    bottom_cm: Array,
    depth_cm: float,
    core_depth_cm: float,
    *,
    refusal: bool = False,
    half_gaps: bool = False,
) -> CoreStock:
    """Stock of a core down to a depth, with how it was come by.

    Parameters
    ----------
    carbon_density_g_cm3, top_cm, bottom_cm : ndarray, shape (n,)
        Of the analysed sections, from the surface down, without overlap. [g C cm⁻³, cm]
    depth_cm : float
    core_depth_cm : float
        Depth that the corer reached, at least the end of the last section. [cm]
    refusal : bool, optional
        Whether the corer was stopped there by rock or coral, so that the soil ends and the core is
        not short. Nothing is counted below.
    half_gaps : bool, optional
        Whether gaps are shared by halves instead, where that rule reaches the depth.
    """
    reached = min(depth_cm, core_depth_cm) if refusal else depth_cm
    limit = min(reached, core_depth_cm)
    stock, rule, difference = stock_to_depth(
        carbon_density_g_cm3, top_cm, bottom_cm, reached, core_depth_cm, half_gaps=half_gaps
    )
    return CoreStock(
        depth_cm,
        limit,
        stock,
        rule,
        sampled_share(top_cm, bottom_cm, limit),
        difference,
        extrapolated_stock(carbon_density_g_cm3, top_cm, bottom_cm, depth_cm) if math.isnan(stock) else None,
    )

"""Organic carbon of a soil sample from what the laboratory measured.

In order of trust: elemental analysis after acid; dichromate oxidation with a recovery of the site;
a line on loss on ignition of the site; a published line. Lines are written in percent by their
authors; here every share is from 0 to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from mrv.soil_reference import LossOnIgnitionLine

Array = NDArray[np.float64]

CARBON_PER_CARBONATE = 12 / 100
"""Mass of carbon in a mass of calcium carbonate, from integer molar masses."""


def from_total_carbon(total_carbon_fraction: Array, inorganic_carbon_fraction: Array) -> Array:
    """Organic carbon of an untreated sample from its total and its inorganic carbon. [1]"""
    return total_carbon_fraction - inorganic_carbon_fraction


def inorganic_from_carbonate(calcium_carbonate_fraction: Array) -> Array:
    """Inorganic carbon of a sample from its calcium carbonate. [1]"""
    return calcium_carbonate_fraction * CARBON_PER_CARBONATE


def walkley_black(oxidised_carbon_fraction: Array, recovery: float) -> Array:
    """Organic carbon from the carbon that dichromate oxidises. [1]

    Parameters
    ----------
    oxidised_carbon_fraction : ndarray
        As titrated, without any factor. [1]
    recovery : float
        Share of the organic carbon that the oxidation reaches in this soil, from samples of the site
        that were analysed both ways. [1] There is no default.

    References
    ----------
    .. [1] Walkley and Black (1934), Soil Science 37, 29–38.
    """
    return oxidised_carbon_fraction / recovery


@dataclass(frozen=True)
class SiteLine:
    """A line from loss on ignition to organic carbon that was fitted on samples of the site.

    Attributes
    ----------
    slope : float
        [1]
    intercept : float
        Organic carbon at no loss. [1]
    pairs : int
        Samples behind it.
    residual_standard_error : float
        [1]
    """

    slope: float
    intercept: float
    pairs: int
    residual_standard_error: float


def fit_site_line(loi_fraction: Array, organic_carbon_fraction: Array) -> SiteLine:
    """Line of organic carbon on loss on ignition by least squares, from samples that have both.

    Parameters
    ----------
    loi_fraction, organic_carbon_fraction : ndarray, shape (n,)
        [1] Pairs with a missing value are left out.

    Returns
    -------
    SiteLine
        With fewer than three pairs its residual error is NaN.
    """
    both = ~(np.isnan(loi_fraction) | np.isnan(organic_carbon_fraction))
    x, y = loi_fraction[both], organic_carbon_fraction[both]
    fit = scipy.stats.linregress(x, y)
    residuals = y - (fit.intercept + fit.slope * x)
    error = math.sqrt(math.fsum(residuals**2) / (len(x) - 2)) if len(x) > 2 else math.nan
    return SiteLine(float(fit.slope), float(fit.intercept), len(x), error)


def from_site_line(loi_fraction: Array, line: SiteLine) -> Array:
    """Organic carbon by a line of the site. [1]"""
    return line.slope * loi_fraction + line.intercept


def from_published_line(loi_fraction: Array, line: LossOnIgnitionLine) -> Array:
    """Organic carbon by a published line, without regard to its range. [1]

    See :func:`outside_guard` for whether it may be used.
    """
    loi_pct = loi_fraction * 100
    return (line.linear * loi_pct + line.quadratic * loi_pct**2 + line.intercept_pct) / 100


def organic_matter_by_published_line(organic_carbon_fraction: Array, line: LossOnIgnitionLine) -> Array:
    """Organic matter that a published line gives for a measured carbon: its inverse. [1]

    Below the line's intercept it is negative, and is returned as such: see :func:`outside_guard`.
    """
    shifted = organic_carbon_fraction * 100 - line.intercept_pct
    if line.quadratic == 0:
        return np.asarray(shifted / line.linear / 100)
    root = np.sqrt(line.linear**2 + 4 * line.quadratic * shifted)
    return np.asarray((root - line.linear) / (2 * line.quadratic) / 100)


def outside_guard(
    line: LossOnIgnitionLine, loi_fraction: Array, measured_carbon_fraction: Array
) -> NDArray[np.bool_]:
    """Samples to which a guarded line may not be applied.

    Parameters
    ----------
    line : LossOnIgnitionLine
        Only lines of status ``guarded`` are refused.
    loi_fraction, measured_carbon_fraction : ndarray, shape (n,)
        Of each sample; NaN where not measured. [1]

    Returns
    -------
    ndarray of bool, shape (n,)
        True where loss on ignition or measured carbon lies below what the line needs.
    """
    if line.status != "guarded":
        return np.zeros(np.shape(loi_fraction), dtype=np.bool_)
    too_mineral = np.asarray(loi_fraction) * 100 < line.loi_min_pct
    too_poor = np.asarray(measured_carbon_fraction) * 100 < line.carbon_min_pct
    return np.asarray(too_mineral | too_poor)

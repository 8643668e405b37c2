"""Pieces of uncertainty deductions that methodologies share; pure functions of arrays."""

from __future__ import annotations

import xarray as xr
from scipy import stats


def positive_part(amount: xr.DataArray) -> xr.DataArray:
    """Amount where it is above zero, else zero; NaN stays NaN. Same unit as the amount."""
    return (amount + abs(amount)) / 2


def two_sided_t_quantile(confidence_level: xr.DataArray, degrees_of_freedom: xr.DataArray) -> xr.DataArray:
    """Quantile of Student's t for a two-sided interval.

    Parameters
    ----------
    confidence_level : DataArray
        Between 0 and 1. [1]
    degrees_of_freedom : DataArray
        Above 0, not necessarily whole; NaN gives NaN. [1]

    Returns
    -------
    DataArray [1]
    """
    probability = (1 + confidence_level) / 2
    quantile: xr.DataArray = xr.apply_ufunc(stats.t.ppf, probability, degrees_of_freedom, keep_attrs=False)
    return quantile


def lower_bound(mean: xr.DataArray, half_width: xr.DataArray) -> xr.DataArray:
    """Lower end of a two-sided interval; at 90 % it is the one-sided 95 % bound. Same unit as the mean."""
    return mean - half_width


def lower_bound_of_both(mean: xr.DataArray, low: xr.DataArray, half_width: xr.DataArray) -> xr.DataArray:
    """The lower of an end given and of the mean less a half-width. Same unit as the mean.

    An end from all errors can lie above that from sampling alone, where the equation in use gives less than
    its alternatives; a deduction is not reduced for it.
    """
    return low - positive_part(low - lower_bound(mean, half_width))


def satterthwaite(variance: xr.DataArray, degrees_of_freedom: xr.DataArray, dim: str) -> xr.DataArray:
    """Degrees of freedom of a sum of independent parts, each with its variance and its own degrees.

    Where every variance is zero, no interval depends on the degrees of freedom; the smallest of them is
    given, so that an interval of width zero results and not NaN.

    Parameters
    ----------
    variance : DataArray
        Variance of each part, all in the same unit.
    degrees_of_freedom : DataArray
        Of each part. [1]
    dim : str
        Dimension of the parts.

    Returns
    -------
    DataArray [1]

    References
    ----------
    .. [1] Satterthwaite (1946), Biometrics Bulletin 2, 110–114, doi:10.2307/3002019.
    """
    total = variance.sum(dim, skipna=False)
    ratio = total**2 / (variance**2 / degrees_of_freedom).sum(dim, skipna=False)
    return ratio.where(total != 0, degrees_of_freedom.min(dim, skipna=False))

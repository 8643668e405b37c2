"""Pieces of uncertainty deductions that methodologies share; pure functions of arrays."""

from __future__ import annotations

import xarray as xr
from scipy.special import stdtrit


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
    quantile: xr.DataArray = xr.apply_ufunc(stdtrit, degrees_of_freedom, probability, keep_attrs=False)
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


def combined_uncertainty(uncertainty: xr.DataArray, amount: xr.DataArray, dim: str) -> xr.DataArray:
    """Relative uncertainty of a sum of independent parts, over the sum of their absolute amounts.

    With the emissions of parts as amounts it combines parts, with areas it weights strata by area; where all
    amounts are zero it is zero.

    Parameters
    ----------
    uncertainty : DataArray
        Half-width of each part over its absolute amount. [1]
    amount : DataArray
        Of each part, in one unit.
    dim : str
        Dimension of the parts.

    Returns
    -------
    DataArray [1]

    References
    ----------
    .. [1] Verra, VM0033 v2.1, equations 87 to 91.
    """
    spread = ((uncertainty * amount) ** 2).sum(dim, skipna=False) ** 0.5
    total = abs(amount).sum(dim, skipna=False)
    return (spread / total).where(total != 0, 0.0)


def uncertainty_of_difference(
    uncertainty: xr.DataArray, amount: xr.DataArray, dim: str, difference: xr.DataArray
) -> xr.DataArray:
    """Relative uncertainty of a difference of independent amounts, over the difference itself.

    Parameters
    ----------
    uncertainty : DataArray
        Half-width of each amount over its absolute value. [1]
    amount : DataArray
    dim : str
        Dimension of the amounts.
    difference : DataArray
        In the unit of the amounts.

    Returns
    -------
    DataArray [1]
    """
    return ((uncertainty * amount) ** 2).sum(dim, skipna=False) ** 0.5 / abs(difference)


def excess_deduction(
    amount: xr.DataArray, uncertainty: xr.DataArray, allowable: xr.DataArray
) -> xr.DataArray:
    """Part of an amount by which its relative uncertainty is above what is allowed; never a bonus.

    Parameters
    ----------
    amount : DataArray
    uncertainty, allowable : DataArray
        Half-width over the amount. [1]

    Returns
    -------
    DataArray
        In the unit of the amount, not negative.

    References
    ----------
    .. [1] Verra, VM0033 v2.1, equation 92.
    """
    return abs(amount) * positive_part(uncertainty - allowable)


def stepwise_discount(
    half_width: xr.DataArray, uncertainty: xr.DataArray, above: xr.DataArray, share: xr.DataArray
) -> xr.DataArray:
    """Share of a half-width that is taken off, by steps of the relative uncertainty, closed on the right.

    Parameters
    ----------
    half_width : DataArray
    uncertainty : DataArray
        Half-width over the mean. [1]
    above : DataArray, dims (step,)
        Uncertainty above which a step begins, ascending. [1]
    share : DataArray, dims (step,)
        Share of the half-width that holds from there on; none below the first step. [1]

    Returns
    -------
    DataArray
        In the unit of the half-width; taken off in the project and added in the baseline.

    References
    ----------
    .. [1] CDM, AR-TOOL14, appendix 2.
    """
    rise = share - share.shift(step=1, fill_value=0.0)
    return half_width * ((uncertainty > above) * rise).sum("step", skipna=False)


def stratified_uncertainty(
    weight: xr.DataArray,
    variance: xr.DataArray,
    plots: xr.DataArray,
    mean: xr.DataArray,
    confidence_level: xr.DataArray,
) -> xr.DataArray:
    """Half-width of a stratified mean over the mean, with plots less strata as degrees of freedom.

    Parameters
    ----------
    weight : DataArray, dims (stratum,)
        Share of the area. [1]
    variance, plots, mean : DataArray, dims (stratum,)
        Of the plots of each stratum: variance, number and mean.
    confidence_level : DataArray
        Of the two-sided interval. [1]

    Returns
    -------
    DataArray [1]

    References
    ----------
    .. [1] CDM, AR-TOOL14.
    """
    degrees = plots.sum("stratum", skipna=False) - plots.sizes["stratum"]
    error = (weight**2 * variance / plots).sum("stratum", skipna=False) ** 0.5
    quantile = two_sided_t_quantile(confidence_level, degrees)
    return quantile * error / abs((weight * mean).sum("stratum", skipna=False))


def scaled_half_width(
    half_width: xr.DataArray, quantile: xr.DataArray, quantile_of_half_width: xr.DataArray
) -> xr.DataArray:
    """A half-width brought to another level of confidence by the ratio of two quantiles.

    ART TREES deducts the share of the amount that this gives, with the quantiles that it prints; rules of
    the Verra family deduct it where the uncertainty is above their threshold.

    Parameters
    ----------
    half_width : DataArray
    quantile, quantile_of_half_width : DataArray
        [1]

    Returns
    -------
    DataArray
        In the unit of the half-width.

    References
    ----------
    .. [1] ART, TREES 2.0, equations 10 and 11.
    """
    return half_width * quantile / quantile_of_half_width


def tier_share(uncertainty: xr.DataArray, above: xr.DataArray, share: xr.DataArray) -> xr.DataArray:
    """Share of an amount that is taken off, by tiers of its uncertainty; above the last, not a number.

    Parameters
    ----------
    uncertainty : DataArray
        [1]
    above : DataArray, dims (tier,)
        Uncertainty above which a tier begins, ascending; beyond the last more plots are needed. [1]
    share : DataArray, dims (tier,)
        Share of the amount of the tier that ends there, the first one below ``above[0]``. [1]

    Returns
    -------
    DataArray [1]
    """
    reached = (uncertainty > above).sum("tier")
    beyond = reached >= above.sizes["tier"]
    return share.isel(tier=reached.where(~beyond, 0)).where(~beyond).drop_vars("tier", errors="ignore")

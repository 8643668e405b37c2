"""Uncertainty of a stratified stock and its cautious value, as the CDM tool AR-TOOL14 defines them.

The share of the half-width that is taken off is a number of the rule that is applied; it is given, not
kept here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mrv.stock.estimators import Array, Estimate, simple_random, stratified


def stratified_stock(areas_ha: Array, samples: Sequence[Array]) -> Estimate:
    r"""Mean per hectare of strata sampled at random, with ``n − M`` degrees of freedom.

    Parameters
    ----------
    areas_ha : ndarray, shape (M,)
        Area of each stratum. [ha]
    samples : sequence of ndarray, length M
        Plot values of each stratum, at least two each. [per ha]

    Returns
    -------
    Estimate
        Its :meth:`~mrv.stock.estimators.Estimate.relative_half_width` at 0.90 is the tool's uncertainty u.

    Notes
    -----
    .. math:: u = t_{n-M} \, \frac{\sqrt{\sum w_i^2 s_i^2 / n_i}}{|\sum w_i \bar b_i|}

    References
    ----------
    .. [1] CDM Executive Board, AR-TOOL14, Estimation of carbon stocks and change in carbon stocks of trees
       and shrubs in A/R CDM project activities, stratified random sampling.
    """
    weights = np.asarray(areas_ha, dtype=np.float64) / float(np.sum(areas_ha))
    return stratified(weights, [simple_random(sample) for sample in samples], "units less strata")


def cautious_stock(stock: float, uncertainty: float, discount: float) -> float:
    """Stock less a share of its half-width, ``b (1 − d u)``; unit of the stock.

    Parameters
    ----------
    stock : float
    uncertainty : float
        Half-width over stock. [1]
    discount : float
        Share of the half-width that the rule takes off; negative where caution means more, as for a
        baseline. [1]
    """
    return stock * (1 - discount * uncertainty)

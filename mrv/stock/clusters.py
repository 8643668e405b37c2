"""Means from clusters of plots: the cluster, not the plot, is the replicate.

Clusters of unequal size weigh by what they hold. The variance is that of leaving one cluster out at a
time: with few of them, the large ones pull the estimate after themselves, and plain residuals are too small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mrv.stock.estimators import Array
from mrv.stock.linear import Estimator, Residuals, names_of

Positions = NDArray[np.intp]

METHOD = "two-stage cluster sampling"


def _positions(clusters: Sequence[str]) -> tuple[list[str], Positions, Array]:
    """Names of the clusters, cluster of each plot, and plots measured in each cluster."""
    names, of_plot = np.unique(np.asarray(clusters, dtype="str"), return_inverse=True)
    return [str(name) for name in names], of_plot, np.bincount(of_plot).astype(np.float64)


def _within(
    clusters: Sequence[str], plots: Sequence[str] | None, of_plot: Positions, scale: Array, measured: Array
) -> Residuals:
    """Residuals of plots about the mean of their cluster."""
    indicator = (of_plot[:, None] == np.arange(len(measured))).astype(np.float64)
    named = plots if plots is not None else names_of(len(clusters))
    units = tuple(f"{cluster}: {plot}" for cluster, plot in zip(clusters, named, strict=True))
    return Residuals(units, scale[of_plot], indicator, (indicator / measured).T)


def _within_scale(sizes: Array, measured: Array) -> Array:
    """``M √((1 − m/M) / (m (m − 1)))``; a cluster of one plot adds nothing that could be known."""
    several = measured > 1
    safe = np.where(several, measured, 2.0)
    return np.where(several, sizes * np.sqrt((1 - measured / sizes) / (safe * (safe - 1))), 0.0)


def _bell_mccaffrey(shares: Array, scale: Array) -> float:
    """Degrees of freedom of ``Σ c² (y − Σ h y)²`` if the clusters were alike: (tr G)² / tr G²."""
    root = scale[:, None] * (np.eye(len(shares)) - shares[None, :])
    gram = root @ root.T
    return float(np.trace(gram) ** 2 / np.sum(gram**2))


def cluster_mean(
    clusters: Sequence[str],
    sizes: Array | None = None,
    population: float = math.inf,
    plots: Sequence[str] | None = None,
) -> Estimator:
    r"""Mean per plot of a population of clusters, as the ratio of their totals to their sizes.

    Parameters
    ----------
    clusters : sequence of str, length p
        Cluster of each plot.
    sizes : ndarray, shape (p,), optional
        Plots that the plot's cluster holds in all; left out, clusters count alike.
    population : float, optional
        Clusters in the population.
    plots : sequence of str, optional
        Names of the plots.

    Returns
    -------
    Estimator
        With clusters − 1 degrees of freedom where clusters count alike, fewer where they do not.

    Notes
    -----
    With :math:`h_i = M_i / \sum M`,

    .. math:: V = (1 - f) \frac{n - 1}{n} \sum \left(\frac{h_i}{1 - h_i} (\bar y_i - \hat R)\right)^2
       + \frac{1}{n N \bar M^2} \sum M_i^2 (1 - m_i/M_i) \frac{s_i^2}{m_i}

    The first term leaves one cluster out at a time; with clusters of equal size it is ``s²/n`` of their
    means. Degrees of freedom are those of a quadratic form in clusters that are alike. Without sizes there
    is no second term: the spread inside clusters is then part of the spread between them.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., eqs. 11.25 and 11.30.
    .. [2] Wolter (2007), Introduction to Variance Estimation, 2nd ed., section 4.4.
    .. [3] Bell and McCaffrey (2002), Survey Methodology 28, 169–181.
    """
    names, of_plot, measured = _positions(clusters)
    n = len(names)
    held = np.ones(n)
    if sizes is not None:
        held[of_plot] = sizes
    share = held / math.fsum(held)
    weights = (share / measured)[of_plot]
    if n < 2:
        return Estimator(weights, (), math.nan, n, METHOD)
    leverage = share / (1 - share)
    scale = leverage * math.sqrt((1 - n / population) * (n - 1) / n)
    stages = [
        Residuals(
            tuple(map(str, clusters)),
            (scale / measured)[of_plot],
            np.ones((len(weights), 1)),
            weights[None, :],
        )
    ]
    if sizes is not None and math.isfinite(population):
        inside = _within_scale(held, measured) / (np.mean(held) * math.sqrt(n * population))
        stages.append(_within(clusters, plots, of_plot, inside, measured))
    alike = bool(np.all(held == held[0]))
    df = n - 1 if alike else _bell_mccaffrey(share, leverage)
    return Estimator(weights, tuple(stages), df, n, METHOD)


def cluster_total(
    clusters: Sequence[str],
    sizes: Array,
    population: float,
    plots_in_all: float = 1.0,
    plots: Sequence[str] | None = None,
) -> Estimator:
    r"""Total of a population of clusters by expansion, or its mean per plot.

    Unbiased for any sizes, and less precise than :func:`cluster_mean` where totals go with sizes.

    Parameters
    ----------
    clusters : sequence of str, length p
        Cluster of each plot.
    sizes : ndarray, shape (p,)
        Plots that the plot's cluster holds in all.
    population : float
        Clusters in the population.
    plots_in_all : float, optional
        Plots of the population; the total is divided by them.
    plots : sequence of str, optional

    Returns
    -------
    Estimator
        With clusters − 1 degrees of freedom.

    Notes
    -----
    .. math:: \hat T = \frac{N}{n} \sum M_i \bar y_i, \quad
       V = N^2 (1 - n/N) s_T^2/n + \frac{N}{n} \sum M_i^2 (1 - m_i/M_i) s_i^2/m_i

    References
    ----------
    .. [1] Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, result 4.3.1.
    """
    names, of_plot, measured = _positions(clusters)
    n = len(names)
    held = np.ones(n)
    held[of_plot] = sizes
    expansion = population / plots_in_all
    weights = (expansion * held / (n * measured))[of_plot]
    method = f"{METHOD}, expanded total"
    if n < 2:
        return Estimator(weights, (), math.nan, n, method)
    between = expansion * math.sqrt((1 - n / population) / (n * (n - 1)))
    first = Residuals(
        tuple(map(str, clusters)),
        (between * held / measured)[of_plot],
        (1 / held)[of_plot][:, None],
        (held / (n * measured))[of_plot][None, :],
    )
    inside = _within_scale(held, measured) * math.sqrt(population / n) / plots_in_all
    return Estimator(weights, (first, _within(clusters, plots, of_plot, inside, measured)), n - 1, n, method)

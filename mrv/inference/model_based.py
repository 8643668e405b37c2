"""Means that rest on a model and not on how the plots were chosen: model-based, hybrid, hierarchical.

Where plots were not drawn by chance, the randomness is that of the model: its coefficients are
uncertain, and every pixel departs from it. The error of the coefficients is shared by all pixels and
does not average out, however large the area.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mrv.stock.estimators import Array, Estimate, mean, satterthwaite, variance


@dataclass(frozen=True)
class LinearModel:
    """A linear model with the covariance of its coefficients.

    Attributes
    ----------
    coefficients : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
    residual_variance : float
    degrees_of_freedom : float
    """

    coefficients: Array
    covariance: Array
    residual_variance: float
    degrees_of_freedom: float


def least_squares(x: Array, y: Array) -> LinearModel:
    """Linear model by ordinary least squares.

    Parameters
    ----------
    x : ndarray, shape (n, p)
        Design matrix, with a column of ones if there is an intercept.
    y : ndarray, shape (n,)
    """
    n, columns = x.shape
    inverse = np.linalg.inv(x.T @ x)
    coefficients = inverse @ x.T @ y
    residual_variance = math.fsum((y - x @ coefficients) ** 2) / (n - columns)
    return LinearModel(coefficients, inverse * residual_variance, residual_variance, n - columns)


def _column_means(x: Array) -> Array:
    return np.array([mean(column) for column in x.T])


@dataclass(frozen=True)
class Parts:
    """A mean with its variance by parts, in the squared unit of the mean.

    Attributes
    ----------
    estimate : Estimate
    sampling, model, residual : float
        Variance for units not observed, for the coefficients, and for what departs from the model.
    """

    estimate: Estimate
    sampling: float
    model: float
    residual: float


def model_based_mean(
    model: LinearModel, x_population: Array, residual_variance_of_mean: float | None = None
) -> Parts:
    r"""Mean over a population of which every unit's predictors are known.

    Parameters
    ----------
    model : LinearModel
    x_population : ndarray, shape (N, p)
        Design matrix of the population.
    residual_variance_of_mean : float, optional
        Variance of the mean of the N residuals; where they are alike among neighbours, by
        :func:`mrv.inference.pixel_errors.variance_of_mean`. Left out, they are independent.

    Notes
    -----
    .. math:: \hat\mu = \bar x_U' \hat\alpha, \quad
       V = \bar x_U' V_\alpha \bar x_U + \frac{1}{N^2} \sum\sum \mathrm{cov}(e_k, e_l)

    References
    ----------
    .. [1] Ståhl et al. (2016), Forest Ecosystems 3:5, doi:10.1186/s40663-016-0064-9.
    """
    centre = _column_means(x_population)
    parameters = float(centre @ model.covariance @ centre)
    residual = (
        model.residual_variance / len(x_population)
        if residual_variance_of_mean is None
        else residual_variance_of_mean
    )
    estimate = Estimate(
        float(centre @ model.coefficients),
        math.sqrt(parameters + residual),
        model.degrees_of_freedom,
        len(x_population),
        "model-based mean",
    )
    return Parts(estimate, 0.0, parameters, residual)


def hybrid_mean(model: LinearModel, x_sample: Array) -> Parts:
    r"""Mean over a population of which the predictors are known on a simple random sample only.

    Parameters
    ----------
    model : LinearModel
        Fitted to other units, such as plots.
    x_sample : ndarray, shape (n, p)
        Design matrix of the sampled units, such as strips or footprints.

    Notes
    -----
    .. math:: V = \frac{s^2_{\hat y}}{n} + \bar x_s' V_\alpha \bar x_s

    Degrees of freedom are Satterthwaite's of both parts.

    References
    ----------
    .. [1] Ståhl et al. (2016), Forest Ecosystems 3:5, doi:10.1186/s40663-016-0064-9.
    .. [2] Patterson et al. (2019), Environmental Research Letters 14, 065007,
       doi:10.1088/1748-9326/ab18df.
    """
    centre = _column_means(x_sample)
    n = len(x_sample)
    sampling = variance(x_sample @ model.coefficients) / n
    parameters = float(centre @ model.covariance @ centre)
    degrees = satterthwaite(np.array([sampling, parameters]), np.array([n - 1.0, model.degrees_of_freedom]))
    estimate = Estimate(
        float(centre @ model.coefficients), math.sqrt(sampling + parameters), degrees, n, "hybrid inference"
    )
    return Parts(estimate, sampling, parameters, 0.0)


@dataclass(frozen=True)
class Hierarchical:
    """A mean through two models, one fitted to the predictions of the other.

    Attributes
    ----------
    estimate : Estimate
    first, second : LinearModel
        Second: its covariance counts both models.
    variance_ignoring_first : float
        What would be reported if the predictions of the first model were taken for measurements.
    """

    estimate: Estimate
    first: LinearModel
    second: LinearModel
    variance_ignoring_first: float


def hierarchical_mean(
    x_plots: Array, y_plots: Array, x_between: Array, z_between: Array, z_population: Array
) -> Hierarchical:
    r"""Mean through two nested models: plots → a layer seen in part → a layer seen everywhere.

    Parameters
    ----------
    x_plots : ndarray, shape (n, p)
        First layer (such as drone lidar) at the plots.
    y_plots : ndarray, shape (n,)
        Measured values.
    x_between, z_between : ndarray, shape (m, p) and (m, q)
        Both layers where the first one was flown.
    z_population : ndarray, shape (N, q)
        Second layer (such as satellite bands) of the population.

    Notes
    -----
    With ω² and σ² the residual variances of the first and the second model,

    .. math:: V_\alpha = (Z'Z)^{-1} \sigma^2 +
       (Z'Z)^{-1} Z'X (X_S'X_S)^{-1} X'Z (Z'Z)^{-1} \omega^2

    Degrees of freedom are the smaller of the two models'.

    References
    ----------
    .. [1] Saarela et al. (2016), Annals of Forest Science 73, 895–910, doi:10.1007/s13595-016-0590-1.
    """
    first = least_squares(x_plots, y_plots)
    alone = least_squares(z_between, x_between @ first.coefficients)
    transfer = np.linalg.solve(z_between.T @ z_between, z_between.T @ x_between)
    covariance = alone.covariance + transfer @ first.covariance @ transfer.T
    degrees = min(first.degrees_of_freedom, alone.degrees_of_freedom)
    second = LinearModel(alone.coefficients, covariance, alone.residual_variance, degrees)
    centre = _column_means(z_population)
    estimate = Estimate(
        float(centre @ second.coefficients),
        math.sqrt(float(centre @ covariance @ centre)),
        degrees,
        len(z_population),
        "hierarchical model-based mean",
    )
    return Hierarchical(estimate, first, second, float(centre @ alone.covariance @ centre))


def refitted_mean(
    map_mean: float, means_of_refits: Array, residual_variance_of_mean: float, plots: int
) -> Parts:
    """Mean of a map whose model has no formula for its error, such as a forest.

    Parameters
    ----------
    map_mean : float
        Mean of the map by the model fitted to all plots.
    means_of_refits : ndarray, shape (replicates,)
        Mean of the map by models fitted to plots drawn anew with replacement, whole clusters together.
    residual_variance_of_mean : float
        As in :func:`model_based_mean`.
    plots : int
        Plots, or clusters of them, that were drawn anew.

    Notes
    -----
    The interval of a quantile forest is that of a pixel and is of no use here.
    """
    parameters = variance(means_of_refits)
    estimate = Estimate(
        map_mean,
        math.sqrt(parameters + residual_variance_of_mean),
        plots - 1,
        plots,
        "model-based mean, refits of the model",
    )
    return Parts(estimate, 0.0, parameters, residual_variance_of_mean)

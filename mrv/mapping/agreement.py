"""How predictions agree with plots that took no part in the fit.

A squared correlation hides bias: a model that halves every deviation from the mean still has 1. So the
share of variance explained, the slope and the bias of the low, middle and high third stand beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from mrv.mapping.rows import Array

SIGNIFICANCE = 0.05
"""Level of the test for saturation. [1]"""


@dataclass(frozen=True)
class Agreement:
    """Agreement of predictions with observations.

    Attributes
    ----------
    plots : int
    r2 : float
        ``1 − SSE/SST``: share of the variance explained; negative if the mean would do better. [1]
    squared_correlation : float
        r² [1]
    rmse_t_ha, bias_t_ha : float
        Root mean squared error, and mean of predicted less observed. [t_dm/ha]
    slope_observed_on_predicted : float
        1 if a unit predicted is a unit observed; above it, the model compresses the range. [1]
    slope_predicted_on_observed : float
    """

    plots: int
    r2: float
    squared_correlation: float
    rmse_t_ha: float
    bias_t_ha: float
    slope_observed_on_predicted: float
    slope_predicted_on_observed: float


def _mean(values: Array) -> float:
    return math.fsum(values) / len(values)


def _slope(y: Array, x: Array) -> float:
    """Least-squares slope of y on x; NaN where x does not vary."""
    centred = x - _mean(x)
    spread = math.fsum(centred**2)
    return math.fsum(centred * (y - _mean(y))) / spread if spread > 0 else math.nan


def agreement(observed_t_ha: Array, predicted_t_ha: Array) -> Agreement:
    """Agreement of predictions with observations, all plots alike.

    Parameters
    ----------
    observed_t_ha, predicted_t_ha : ndarray, shape (n,)
        [t_dm/ha]
    """
    error = predicted_t_ha - observed_t_ha
    squared = math.fsum(error**2)
    total = math.fsum((observed_t_ha - _mean(observed_t_ha)) ** 2)
    forth, back = _slope(observed_t_ha, predicted_t_ha), _slope(predicted_t_ha, observed_t_ha)
    return Agreement(
        len(error),
        1 - squared / total if total > 0 else math.nan,
        forth * back,
        math.sqrt(squared / len(error)),
        _mean(error),
        forth,
        back,
    )


def group_bias(observed_t_ha: Array, predicted_t_ha: Array, groups: int = 3) -> tuple[float, ...]:
    """Mean of predicted less observed in equal groups, from the least to the most observed. [t_dm/ha]

    Parameters
    ----------
    observed_t_ha, predicted_t_ha : ndarray, shape (n,)
        [t_dm/ha]
    groups : int
        3 for thirds; NaN for a group without a plot.
    """
    order = np.argsort(observed_t_ha, kind="stable")
    error = (predicted_t_ha - observed_t_ha)[order]
    return tuple(_mean(part) if len(part) else math.nan for part in np.array_split(error, groups))


@dataclass(frozen=True)
class Saturation:
    """Whether a model falls short in the third of the plots that it predicts highest.

    Attributes
    ----------
    plots : int
    mean_residual_t_ha : float
        Observed less predicted. [t_dm/ha]
    mean_p_value : float
        One-sided, of a mean residual above zero. [1]
    slope : float
        Of the residual on the prediction. [1]
    slope_p_value : float
        One-sided, of a slope above zero. [1]
    """

    plots: int
    mean_residual_t_ha: float
    mean_p_value: float
    slope: float
    slope_p_value: float

    @property
    def saturated(self) -> bool:
        """Whether either test tells more biomass than predicted; the two share the level."""
        return min(self.mean_p_value, self.slope_p_value) < SIGNIFICANCE / 2


def saturation(observed_t_ha: Array, predicted_t_ha: Array) -> Saturation | None:
    """Test of the highest third of the predictions.

    Returns
    -------
    Saturation or None
        None with fewer than six plots in that third, or where they are predicted alike.
    """
    order = np.argsort(predicted_t_ha, kind="stable")
    top = order[len(order) - len(order) // 3 :]
    predicted = predicted_t_ha[top]
    residual = observed_t_ha[top] - predicted
    if len(top) < 6 or np.ptp(predicted) == 0 or np.ptp(residual) == 0:
        return None
    line = scipy.stats.linregress(predicted, residual, alternative="greater")
    mean = scipy.stats.ttest_1samp(residual, 0.0, alternative="greater")
    return Saturation(len(top), _mean(residual), float(mean.pvalue), float(line.slope), float(line.pvalue))


def reliability(true_variance: float, error_variance: float) -> float:
    """Share of the variance of a predictor that is not error, ``λ = σ_x² / (σ_x² + σ_u²)``. [1]

    A slope on a predictor with error comes out as λ times the slope on the true one.

    References
    ----------
    .. [1] Fuller (1987), Measurement Error Models, section 1.1.
    """
    return true_variance / (true_variance + error_variance)

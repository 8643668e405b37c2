"""Means of strata by ordinary block kriging, where plots were chosen on purpose and no map stands in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from mrv.inference.beside import Beside
from mrv.inference.model_assisted import left_out_means
from mrv.inference.rules import RULES
from mrv.inference.spatial import Covariance, Variogram, block_kriging
from mrv.inference.with_map import WithMap, diagnosed
from mrv.stock.estimators import Array, purposive

NOT_CLEAR = "no error: the plots were chosen on purpose, and their variogram is not clear"


def left_out_kriging(places_m: Array, values: Array, covariance: Covariance) -> Array:
    r"""For each plot the ordinary kriging of all others, shape (n,).

    Parameters
    ----------
    places_m : ndarray, shape (n, 2)
        [m]
    values : ndarray, shape (n,)
    covariance : Covariance

    Notes
    -----
    With B the inverse of the kriging system, :math:`y_i - \hat y_{-i} = (B y)_i / B_{ii}`.

    References
    ----------
    .. [1] Dubrule (1983), Mathematical Geology 15, 687–699, doi:10.1007/BF01033232.
    """
    n = len(values)
    system = np.ones((n + 1, n + 1))
    system[:n, :n] = covariance.between(cdist(places_m, places_m)) + np.eye(n) * covariance.nugget
    system[n, n] = 0.0
    inverse = np.linalg.inv(system)[:n, :n]
    return np.asarray(values - (inverse @ values) / np.diag(inverse))


def kriged_means(
    plots: pd.DataFrame, variogram: Variogram | None, blocks_m: Mapping[str | None, Array]
) -> list[WithMap]:
    """Means of blocks, each beside the mean of its plots.

    Parameters
    ----------
    plots : DataFrame
        ``stratum_id``, ``x_m``, ``y_m``, ``observed``; by plot. [m, per ha]
    variogram : Variogram or None
        Where it is not clear, the plots give a mean and no error.
    blocks_m : mapping
        Points that fill each stratum evenly, and under None the whole project. [m]
    """
    places = plots[["x_m", "y_m"]].to_numpy(dtype=np.float64)
    values = plots["observed"].to_numpy(dtype=np.float64)
    clear = variogram is not None and variogram.clear
    rule = RULES["block_kriging" if clear else "mean_only"]
    if variogram is not None and clear:
        predicted = left_out_kriging(places, values, variogram.covariance)
    else:
        predicted = left_out_means(values)
    told = []
    for name, points in blocks_m.items():
        frame = plots.assign(predicted=predicted, inside=True)
        if name is not None:
            frame = frame[frame["stratum_id"].astype("str") == name]
        alone = purposive(frame["observed"].to_numpy(dtype=np.float64))
        found = replace(alone, method=rule.estimator)
        because: str | None = NOT_CLEAR
        if variogram is not None and clear:
            kriged = block_kriging(places, values, variogram.covariance, points).estimate
            found, because = replace(kriged, method=rule.estimator), None
        both = Beside(found, alone, found.standard_error if because is None else math.nan)
        told.append(replace(diagnosed(name, rule, both, frame, 0.0), because=because))
    return told


def variogram_text(variogram: Variogram | None) -> str:
    """What was fitted, with how well the plots know it."""
    if variogram is None:
        return "no variogram: too few plots, or values all alike"
    fitted, (low, high) = variogram.covariance, variogram.range_interval_m
    share = fitted.nugget / (fitted.sill + fitted.nugget)
    return (
        f"exponential variogram of {variogram.plots} plots: range {fitted.range_m:.0f} m (90 %: {low:.0f} to "
        f"{high:.0f} m), nugget {share:.0%} of the variance"
    )

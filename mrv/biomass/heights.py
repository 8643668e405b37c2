"""Heights that were not measured, from a model fitted to those that were.

Three standard forms are fitted by least squares to the measured trees of a species, or of all species
where it has too few, and the one with the least information criterion is taken:

* ``log_linear``: ``H = a + b ln D``;
* ``power``: ``ln H = a + b ln D``, with the mean of H restored by ``exp(s²/2)``;
* ``weibull``: ``H = 1.3 + a (1 − exp(−b D^c))``.

The scatter of the measured heights about the model goes with each height that it gives; the error of the
model itself, which all of them share, is the covariance of its coefficients.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

Array = NDArray[np.float64]
HeightForm = Literal["log_linear", "power", "weibull"]

BREAST_HEIGHT_M = 1.3
LEAST_TREES = 20
"""Measured heights that a species needs for a model of its own."""

LEAST_DIAMETERS = 4
"""Different diameters that a model needs."""

STEP = 1e-5
"""Step of a coefficient, over its size, by which the change of heights is taken."""


@dataclass(frozen=True)
class HeightModel:
    """Height over diameter, fitted.

    Attributes
    ----------
    group : str
        Species, or ``*`` for all species together.
    form : str
    coefficients : tuple of float
    residual_sd_m : float
        Standard deviation of measured about modelled heights. [m]
    aic : float
        Akaike's information criterion on the scale of metres, comparable between the forms.
    trees : int
    dbh_min_cm, dbh_max_cm : float
        Range of the measured trees. [cm]
    covariance : tuple of tuple of float
        Of the coefficients; empty where the fit determines none.
    """

    group: str
    form: HeightForm
    coefficients: tuple[float, ...]
    residual_sd_m: float
    aic: float
    trees: int
    dbh_min_cm: float
    dbh_max_cm: float
    covariance: tuple[tuple[float, ...], ...] = ()

    def height(self, dbh: Array) -> Array:
        """Height at each diameter. [m]"""
        return _SHAPES[self.form](np.asarray(dbh, dtype=np.float64), *self.coefficients)

    def sensitivity(self, dbh: Array) -> Array:
        """Change of ln H at each diameter by each coefficient, shape (n, coefficients).

        0 where the height is held at breast height.
        """
        height = self.height(dbh)
        columns = []
        for number, value in enumerate(self.coefficients):
            step = STEP * max(abs(value), STEP)
            moved = [
                _SHAPES[self.form](
                    np.asarray(dbh, dtype=np.float64),
                    *self.coefficients[:number],
                    value + sign * step,
                    *self.coefficients[number + 1 :],
                )
                for sign in (1, -1)
            ]
            columns.append((moved[0] - moved[1]) / (2 * step * height))
        return np.where((height > BREAST_HEIGHT_M)[:, None], np.column_stack(columns), 0.0)


def _log_linear(dbh: Array, a: float, b: float) -> Array:
    return np.asarray(a + b * np.log(dbh), dtype=np.float64)


def _power(dbh: Array, a: float, b: float, variance: float) -> Array:
    return np.asarray(np.exp(a + b * np.log(dbh) + variance / 2), dtype=np.float64)


def _weibull(dbh: Array, a: float, b: float, c: float) -> Array:
    return np.asarray(BREAST_HEIGHT_M + a * (1 - np.exp(-b * dbh**c)), dtype=np.float64)


_SHAPES: dict[HeightForm, Callable[..., Array]] = {
    "log_linear": _log_linear,
    "power": _power,
    "weibull": _weibull,
}


class _Fit(NamedTuple):
    """Coefficients of a form and their covariance."""

    coefficients: tuple[float, ...]
    covariance: Array


def _line(x: Array, y: Array) -> tuple[float, float, Array, float]:
    """Intercept and slope of least squares, their covariance, and the variance of the residuals."""
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - intercept - slope * x
    variance = float(residuals @ residuals / (len(x) - 2))
    design = np.column_stack([np.ones_like(x), x])
    return float(intercept), float(slope), variance * np.linalg.inv(design.T @ design), variance


def _fit_log_linear(dbh: Array, height: Array) -> _Fit:
    intercept, slope, covariance, _ = _line(np.log(dbh), height)
    return _Fit((intercept, slope), covariance)


def _fit_power(dbh: Array, height: Array) -> _Fit:
    intercept, slope, covariance, variance = _line(np.log(dbh), np.log(height))
    whole = np.zeros((3, 3))
    whole[:2, :2] = covariance
    # Of normal residuals; independent of the line.
    whole[2, 2] = 2 * variance**2 / (len(dbh) - 2)
    return _Fit((intercept, slope, variance), whole)


def _fit_weibull(dbh: Array, height: Array) -> _Fit:
    start = (max(float(height.max()) - BREAST_HEIGHT_M, 1.0), 0.05, 1.0)
    with warnings.catch_warnings():
        # It warns where the data do not determine every coefficient; the covariance says so as well.
        warnings.simplefilter("ignore", scipy.optimize.OptimizeWarning)
        coefficients, covariance = scipy.optimize.curve_fit(
            _weibull, dbh, height, p0=start, bounds=((0.1, 1e-6, 0.1), (100.0, 10.0, 5.0)), max_nfev=2000
        )
    return _Fit(tuple(float(value) for value in coefficients), np.asarray(covariance, dtype=np.float64))


_FITS: dict[HeightForm, Callable[[Array, Array], _Fit]] = {
    "log_linear": _fit_log_linear,
    "power": _fit_power,
    "weibull": _fit_weibull,
}


def _model(group: str, form: HeightForm, dbh: Array, height: Array) -> HeightModel | None:
    try:
        coefficients, covariance = _FITS[form](dbh, height)
    except RuntimeError:  # curve_fit says so where it does not converge; the other forms remain
        return None
    residuals = height - _SHAPES[form](dbh, *coefficients)
    n, squares = len(dbh), float(residuals @ residuals)
    if squares == 0:
        return None
    return HeightModel(
        group,
        form,
        coefficients,
        math.sqrt(squares / (n - len(coefficients))),
        n * math.log(squares / n) + 2 * (len(coefficients) + 1),
        n,
        float(dbh.min()),
        float(dbh.max()),
        tuple(tuple(float(value) for value in row) for row in covariance)
        if np.isfinite(covariance).all()
        else (),
    )


def fit_heights(dbh: Array, height: Array, group: str = "*") -> HeightModel | None:
    """Best of the three forms for one group of measured trees.

    Parameters
    ----------
    dbh, height : ndarray, shape (n,)
        Of trees whose height was measured. [cm, m]
    group : str

    Returns
    -------
    HeightModel or None
        None where there are too few trees or diameters.
    """
    order = np.lexsort((height, dbh))
    dbh, height = dbh[order], height[order]
    if len(dbh) < LEAST_TREES or len(np.unique(dbh)) < LEAST_DIAMETERS:
        return None
    forms: tuple[HeightForm, ...] = ("log_linear", "power", "weibull")
    models = [model for form in forms if (model := _model(group, form, dbh, height)) is not None]
    return min(models, key=lambda model: model.aic, default=None)


def height_models(trees: pd.DataFrame) -> dict[str, HeightModel]:
    """Models by species, and ``*`` for all together, from the live trees with a height.

    Parameters
    ----------
    trees : DataFrame
        Columns ``species``, ``status``, ``dbh_cm``, ``height_m``. [cm, m]
    """
    measured = trees[(trees["status"] == "live") & trees["height_m"].notna() & trees["dbh_cm"].notna()]
    groups = [
        ("*", measured),
        *((str(name), group) for name, group in measured.groupby("species", sort=True)),
    ]
    fitted = {
        name: fit_heights(
            group["dbh_cm"].to_numpy(dtype=np.float64), group["height_m"].to_numpy(dtype=np.float64), name
        )
        for name, group in groups
    }
    return {name: model for name, model in fitted.items() if model is not None}


def with_fitted_heights(trees: pd.DataFrame, models: dict[str, HeightModel]) -> pd.DataFrame:
    """Trees with the heights that were not measured, what gave each, and its error.

    Returns
    -------
    DataFrame
        The trees with ``height_m``, ``height_source`` (``measured``, or the model), ``height_model`` (its
        group; empty where measured) and ``height_error_m`` (0 where measured: its error is another's
        matter). [m]
    """
    missing = trees["height_m"].isna() & trees["dbh_cm"].notna()
    height = trees["height_m"].astype("float64").copy()
    source = pd.Series("measured", index=trees.index, dtype="object").mask(trees["height_m"].isna(), None)
    group_of_model = pd.Series("", index=trees.index, dtype="str")
    error = pd.Series(0.0, index=trees.index, dtype="float64")
    for name, group in trees[missing].groupby("species", sort=True, dropna=False):
        model = models.get(str(name), models.get("*"))
        if model is None:
            continue
        # A line through few trees may run below the ground for the smallest ones.
        fitted = np.maximum(model.height(group["dbh_cm"].to_numpy(dtype=np.float64)), BREAST_HEIGHT_M)
        height.loc[group.index] = fitted
        source.loc[group.index] = f"{model.form} of {model.group} ({model.trees} trees)"
        group_of_model.loc[group.index] = model.group
        error.loc[group.index] = model.residual_sd_m
    return trees.assign(
        height_m=height, height_source=source, height_model=group_of_model, height_error_m=error
    )

"""Shifts of a project: the error of its fitted heights, of its crews, and of equations beyond their range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mrv.run.prepared_trees import fitted_height_models
from mrv.uncertainty.shared import covariance_root
from mrv.uncertainty.shifts import Shift

if TYPE_CHECKING:
    from mrv.biomass.heights import HeightModel
    from mrv.inputs import Inputs
    from mrv.inputs.uncertainty import Component, MeasuringBias


def _height_shifts(models: Mapping[str, HeightModel], trees: pd.DataFrame) -> Iterator[Shift]:
    """One shift for each direction in which the coefficients of a model err, jointly."""
    none = np.zeros(len(trees))
    for name, model in sorted(models.items()):
        of_model = (trees["height_model"] == name).to_numpy()
        if not of_model.any() or not model.covariance:
            continue
        root = covariance_root(np.array(model.covariance))
        change = np.einsum("nj,jk->nk", model.sensitivity(trees["dbh_cm"].to_numpy(dtype=np.float64)), root)
        for number, column in enumerate(change.T):
            yield Shift(f"height_model.{name}.{number}", none, np.where(of_model, column, 0.0), none)


def _bias_shifts(bias: MeasuringBias, dates: pd.Series[str]) -> Iterator[Shift]:
    """A shift of all diameters, and one of all heights, of each survey."""
    none = np.zeros(len(dates))
    for date in sorted(dates.unique()):
        of_date = (dates == date).to_numpy(dtype=np.float64)
        if bias.diameter is not None:
            change = of_date * bias.diameter.relative_standard_error
            yield Shift(f"measuring_bias.diameter.{date}", change, none, none)
        if bias.height is not None:
            change = of_date * bias.height.relative_standard_error
            yield Shift(f"measuring_bias.height.{date}", none, change, none)


def _extrapolation_shift(trees: pd.DataFrame) -> Iterator[Shift]:
    spread = trees["extrapolation_log_sd"].to_numpy(dtype=np.float64)
    none = np.zeros(len(trees))
    if np.any(spread):
        yield Shift("extrapolation.*", none, none, spread)


def shifts_of(inputs: Inputs, trees: pd.DataFrame) -> list[Shift]:
    """Every shift of a project that is not left out.

    Parameters
    ----------
    inputs : Inputs
    trees : DataFrame
        Trees of all surveys, one after the other, with ``date``.
    """
    stated = inputs.project.uncertainty
    found = [
        *_height_shifts(fitted_height_models(inputs), trees),
        *_bias_shifts(stated.measuring_bias, trees["date"].astype("str")),
        *_extrapolation_shift(trees),
    ]
    return [shift for shift in found if shift.name.split(".")[0] not in stated.left_out]


def shifts_not_known(inputs: Inputs, trees: pd.DataFrame, takes_heights: bool) -> dict[Component, str]:
    """Shifts for which no error is known: by component, which, in words.

    Parameters
    ----------
    inputs : Inputs
    trees : DataFrame
    takes_heights : bool
        Whether an equation in use takes heights, so that theirs could err.
    """
    bias = inputs.project.uncertainty.measuring_bias
    unstated = [
        f"uncertainty.measuring_bias.{name}"
        for name, stated, matters in (
            ("diameter", bias.diameter, True),
            ("height", bias.height, takes_heights),
        )
        if matters and stated is None
    ]
    undetermined = [
        name
        for name, model in sorted(fitted_height_models(inputs).items())
        if not model.covariance and (trees["height_model"] == name).any()
    ]
    return {"measuring_bias": ", ".join(unstated), "height_model": ", ".join(undetermined)}


def working_shifts(shifts: Sequence[Shift]) -> set[str]:
    """Components that shifts belong to."""
    return {shift.name.split(".")[0] for shift in shifts}

"""Trees of one survey as the rules take them, and how they are parted into sheets and groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mrv.inputs.survey import Survey
from mrv.plausibility import quality_rule
from mrv.quality.suspects import Suspect, file_of

NORMAL_MAD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""


@dataclass(frozen=True)
class TreeRecords:
    """Trees of one survey.

    Attributes
    ----------
    date : str
        Day of the survey.
    trees : DataFrame
        As in :class:`mrv.inputs.Survey`, with ``stratum_id`` of the plot and ``file``, in the order of the
        files.
    """

    date: str
    trees: pd.DataFrame


Check = Callable[[TreeRecords], Iterator[Suspect]]


def tree_records(survey: Survey) -> TreeRecords:
    """Trees of a survey with the stratum of their plot and the file they were read from."""
    strata = survey.plots.drop_duplicates("plot_id").set_index("plot_id")["stratum_id"]
    trees = survey.trees
    return TreeRecords(
        survey.date,
        trees.assign(
            stratum_id=trees["plot_id"].map(strata),
            file=pd.Series([file_of(source) for source in trees["source"]], index=trees.index, dtype="str"),
        ),
    )


def robust_z(values: np.ndarray) -> np.ndarray:
    """Distance of each value from the median, over 1.4826 times the median absolute deviation.

    Parameters
    ----------
    values : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
        Zero where all values but fewer than half are equal: nothing is measured by a spread of zero.
    """
    distance = values - np.median(values)
    spread = NORMAL_MAD * np.median(np.abs(distance))
    return distance / spread if spread > 0 else np.zeros_like(distance)


def with_height(trees: pd.DataFrame) -> pd.DataFrame:
    """Live trees that have a diameter and a height."""
    return trees[trees["status"].eq("live") & trees["dbh_cm"].gt(0) & trees["height_m"].gt(0)]


def height_residuals(trees: pd.DataFrame) -> pd.Series[float]:
    """Departure of each height from the curve of its species and stratum, as a logarithm.

    The curve is ``ln H = a + b ln D`` by least squares over the trees of a species in a stratum, fitted a
    second time without those that lie far from the first. Groups that are too small give nothing.

    Parameters
    ----------
    trees : DataFrame
        ``species``, ``stratum_id``, ``dbh_cm``, ``height_m``, all given. [cm, m]
    """
    parts = []
    for _, group in trees.groupby(["species", "stratum_id"], sort=True):
        if len(group) < quality_rule("group_minimum") or group["dbh_cm"].nunique() < 3:
            continue
        x = np.log(group["dbh_cm"].to_numpy(dtype=np.float64))
        y = np.log(group["height_m"].to_numpy(dtype=np.float64))
        residual = _residual(x, y, np.ones(len(x), dtype=bool))
        near = np.abs(robust_z(residual)) <= quality_rule("robust_z")
        if near.sum() >= 3 and np.ptp(x[near]) > 0:
            residual = _residual(x, y, near)
        parts.append(pd.Series(residual, index=group.index))
    return pd.concat(parts) if parts else pd.Series(dtype="float64")


def _residual(x: np.ndarray, y: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    slope, intercept = np.polyfit(x[chosen], y[chosen], 1)
    return np.asarray(y - intercept - slope * x)

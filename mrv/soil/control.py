"""What duplicates and reference materials say of a laboratory's carbon.

Duplicates show how far two analyses of one sample scatter; that is in the scatter between plots already.
What a reference material shows is shared by all samples of its batch: a bias, which more samples do not
reduce.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Recovery:
    """Carbon that a batch found of what its reference materials hold.

    Attributes
    ----------
    mean : float
        Measured over certified carbon. [1]
    measurements : int
    relative_standard_error : float
        Of carbon of the batch, as it is not corrected for the bias. [1] NaN with a single measurement.
    """

    mean: float
    measurements: int
    relative_standard_error: float


def recovery(materials: pd.DataFrame) -> Recovery:
    r"""Recovery of the reference materials of one batch, and the standard error that it leaves.

    Parameters
    ----------
    materials : DataFrame
        ``certified_carbon_fraction``, ``certified_standard_error`` (0 where not given),
        ``measured_carbon_fraction``, one row for each measurement. [1]

    Notes
    -----
    .. math:: u^2 = b^2 + s_b^2 / n + \overline{u_c^2}

    with the mean relative bias b, its scatter over n measurements, and the errors of the certificates.

    References
    ----------
    .. [1] Nordtest TR 537, Handbook for calculation of measurement uncertainty in environmental laboratories,
       section 6 (method and laboratory bias).
    """
    certified = materials["certified_carbon_fraction"]
    bias = materials["measured_carbon_fraction"] / certified - 1
    stated = (materials["certified_standard_error"].fillna(0.0).astype("float64") / certified) ** 2
    n = len(bias)
    mean = math.fsum(bias) / n
    if n < 2:
        return Recovery(1 + mean, n, math.nan)
    scatter = math.fsum((bias - mean) ** 2) / (n - 1)
    return Recovery(1 + mean, n, math.sqrt(mean**2 + scatter / n + math.fsum(stated) / n))


def duplicate_deviation(duplicates: pd.DataFrame) -> float:
    r"""Relative standard deviation of a single analysis, from samples analysed twice. [1]

    Parameters
    ----------
    duplicates : DataFrame
        ``organic_carbon_fraction``, ``duplicate_carbon_fraction``. [1]

    Notes
    -----
    .. math:: s = \sqrt{\sum_i (d_i / \bar x_i)^2 / 2n}
    """
    relative = relative_differences(duplicates)
    return math.sqrt(math.fsum(relative**2) / (2 * len(relative)))


def relative_differences(duplicates: pd.DataFrame) -> pd.Series[float]:
    """Difference of the two analyses of each sample over their mean. [1]"""
    first, second = duplicates["organic_carbon_fraction"], duplicates["duplicate_carbon_fraction"]
    differences: pd.Series[float] = (second - first) / ((first + second) / 2)
    return differences

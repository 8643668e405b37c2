"""Preference of crews for some last digits of a diameter: a sign of eyes and round numbers, not of a tape."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from mrv.findings import Finding
from mrv.plausibility import quality_rule
from mrv.quality.suspects import Suspect, earliest
from mrv.quality.tree_records import TreeRecords

Counts = NDArray[np.int64]

DIGITS = 10


def last_digits(dbh_cm: pd.Series[float]) -> Counts:
    """How often each last digit, of the millimetres, occurs.

    Parameters
    ----------
    dbh_cm : Series
        Diameters with one decimal, or none. [cm]

    Returns
    -------
    ndarray of int, shape (10,)
    """
    millimetres = np.rint(dbh_cm.dropna().to_numpy(dtype=np.float64) * 10).astype(np.int64)
    return np.bincount(millimetres % DIGITS, minlength=DIGITS)


def whipple_index(counts: Counts) -> float:
    """Share of the digits 0 and 5 against the fifth that they would have without preference.

    Parameters
    ----------
    counts : ndarray of int, shape (10,)

    Returns
    -------
    float
        100 without preference, 500 where there is nothing else. NaN without digits.
    """
    total = counts.sum()
    return float((counts[0] + counts[5]) / total * 5 * 100) if total else float("nan")


def myers_index(counts: Counts) -> float:
    """Share of the values that would have to change their digit for all digits to be alike. [%]

    Parameters
    ----------
    counts : ndarray of int, shape (10,)

    Returns
    -------
    float
        0 without preference, 90 where there is one digit only. NaN without digits. Myers's blending of
        starting ages has no counterpart in diameters, whose digits do not fall off within a decade.
    """
    total = counts.sum()
    return float(np.abs(counts / total - 1 / DIGITS).sum() / 2 * 100) if total else float("nan")


def digit_preference(records: TreeRecords) -> Iterator[Suspect]:
    """Files whose diameters end in 0 or 5 millimetres more often than a tape would give."""
    for file, rows in records.trees.groupby("file", sort=True):
        counts = last_digits(rows["dbh_cm"])
        if counts.sum() < quality_rule("digit_minimum"):
            continue
        whipple = whipple_index(counts)
        if whipple <= quality_rule("digit_whipple"):
            continue
        chance = float(scipy.stats.chisquare(counts).pvalue)
        if chance >= quality_rule("digit_chance"):
            continue
        yield Suspect(
            Finding(
                earliest(rows),
                "digit-preference",
                "{share} % of the {count} diameters of {file} end in 0 or 5 mm, where a tape gives 20 % "
                "(Whipple {whipple}, Myers {myers})",
                {
                    "share": f"{whipple / 5:.0f}",
                    "count": int(counts.sum()),
                    "file": file,
                    "whipple": f"{whipple:.0f}",
                    "myers": f"{myers_index(counts):.0f}",
                },
                severity="note",
            )
        )

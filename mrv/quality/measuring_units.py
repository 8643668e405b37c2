"""Sheets in which a diameter or a height is in another unit than the project file says.

A sheet is the plot as one file has it: what one crew wrote at one place. It is judged by itself where the
numbers alone tell, and against the other sheets of the survey by its heights.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from mrv.findings import Finding, Phrase
from mrv.plausibility import quality_rule
from mrv.quality.suspects import Suspect, earliest, places
from mrv.quality.tree_records import (
    NORMAL_MAD,
    TreeRecords,
    height_residuals,
    robust_z,
    with_height,
)
from mrv.units import COLUMN_UNITS

FEET_PER_M = COLUMN_UNITS["m"]["m"] / COLUMN_UNITS["m"]["ft"]

SLIPS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "mm": (10.0, 1.0),
        "girth": (math.pi, 1.0),
        "ft": (1.0, FEET_PER_M),
        "dm": (1.0, 10.0),
    }
)
"""By how much a slip multiplies the diameter and the height: millimetres, girth, feet, decimetres."""

WORDS: Mapping[str, Phrase] = MappingProxyType(
    {
        "mm": Phrase("diameters in millimetres"),
        "girth": Phrase("girths in place of diameters"),
        "ft": Phrase("heights in feet"),
        "dm": Phrase("heights in decimetres"),
    }
)


def in_millimetres(dbh_cm: np.ndarray, height_m: np.ndarray) -> bool:
    """Whether the diameters of a sheet look like millimetres by themselves.

    Parameters
    ----------
    dbh_cm : ndarray, shape (n,)
        As read. [cm]
    height_m : ndarray, shape (n,)
        NaN where not measured. [m]

    Returns
    -------
    bool
        Median and largest diameter are those of giants, and no height is.
    """
    if not len(dbh_cm):
        return False
    heights = height_m[~np.isnan(height_m)]
    low = not len(heights) or float(heights.max()) <= quality_rule("millimetre_height")
    return (
        float(np.median(dbh_cm)) > quality_rule("millimetre_median")
        and float(np.max(dbh_cm)) > quality_rule("millimetre_largest")
        and low
    )


def millimetre_inflation(exponent: float) -> float:
    """How many times too large a biomass ``a · D^exponent`` comes out where millimetres are read as cm."""
    return float(SLIPS["mm"][0] ** exponent)


def likely_slip(departure: float, larger: Mapping[str, float], slope: float, spread: float) -> str | None:
    """Slip that explains how far the heights of a sheet lie from the curve of the other sheets.

    Parameters
    ----------
    departure : float
        Median of ``ln H - (a + b ln D)`` over the sheet.
    larger : mapping
        By how much the median of ``dbh_cm`` and of ``height_m`` lies above that of the other sheets, as a
        logarithm. A low stand is no sheet of girths: its diameters are no larger than elsewhere.
    slope : float
        ``b`` of that curve.
    spread : float
        Standard deviation of such medians over the other sheets.

    Returns
    -------
    str or None
        Key of :data:`SLIPS`; None where the sheet is like the others, or two slips would explain it alike.
    """
    expected = {name: math.log(height) - slope * math.log(dbh) for name, (dbh, height) in SLIPS.items()}
    allowed = quality_rule("robust_z") * spread
    if abs(departure) <= allowed:
        return None
    near = [
        name
        for name, shift in expected.items()
        if abs(shift) > allowed
        and abs(departure - shift) <= min(max(allowed, abs(shift) / 4), abs(shift) / 2)
        and all(
            factor == 1.0 or larger[column] >= math.log(factor) / 2
            for column, factor in zip(("dbh_cm", "height_m"), SLIPS[name], strict=True)
        )
    ]
    return near[0] if len(near) == 1 else None


def _slope(trees: pd.DataFrame) -> float:
    """Common slope of ln H on ln D within species and strata."""
    logs = trees[["dbh_cm", "height_m"]].astype("float64").apply(np.log)
    centred = logs - logs.groupby([trees["species"], trees["stratum_id"]]).transform("mean")
    square = float((centred["dbh_cm"] ** 2).sum())
    return float((centred["dbh_cm"] * centred["height_m"]).sum()) / square if square > 0 else math.nan


def unit_of_sheet(records: TreeRecords) -> Iterator[Suspect]:
    """Sheets whose heights or diameters are in another unit than those of the rest of the survey."""
    told = set()
    for sheet, rows in records.trees.groupby(["file", "plot_id"], sort=True):
        if len(rows) >= quality_rule("sheet_minimum") and in_millimetres(
            rows["dbh_cm"].dropna().to_numpy(), rows["height_m"].to_numpy()
        ):
            told.add(sheet)
            yield _suspect(rows, str(sheet[1]), "mm")
    for (file, plot), slip in _against_others(records):
        if (file, plot) not in told:
            rows = records.trees[records.trees["file"].eq(file) & records.trees["plot_id"].eq(plot)]
            yield _suspect(rows, plot, slip)


def _against_others(records: TreeRecords) -> Iterator[tuple[tuple[str, str], str]]:
    """Sheets, as file and plot, whose heights lie apart as one slip explains, with the slip."""
    trees = with_height(records.trees)
    residuals = height_residuals(trees)
    if residuals.empty:
        return
    trees = trees.loc[residuals.index].assign(residual=residuals)
    logs = trees.assign(dbh_cm=trees["dbh_cm"].map(math.log), height_m=trees["height_m"].map(math.log))
    by_sheet = logs.groupby(["file", "plot_id"], sort=True)
    sheets = by_sheet[["residual", "dbh_cm", "height_m"]].median()
    sheets = sheets[by_sheet.size() >= quality_rule("sheet_minimum")]
    if len(sheets) <= quality_rule("other_sheets_minimum"):
        return
    medians = sheets["residual"].to_numpy()
    slope = _slope(trees)
    for number in map(int, np.flatnonzero(np.abs(robust_z(medians)) > quality_rule("robust_z"))):
        others = np.delete(medians, number)
        spread = NORMAL_MAD * float(np.median(np.abs(others - np.median(others))))
        larger = {
            name: float(sheets[name].iloc[number] - sheets[name].drop(sheets.index[number]).median())
            for name in ("dbh_cm", "height_m")
        }
        slip = likely_slip(float(medians[number] - np.median(others)), larger, slope, spread)
        if slip is not None:
            file, plot = sheets.index[number]
            yield (str(file), str(plot)), slip


def _suspect(rows: pd.DataFrame, plot: str, slip: str) -> Suspect:
    return Suspect(
        Finding(
            earliest(rows),
            "unit-of-sheet",
            "the {count} stems of plot {plot!r} look like {slip}; the median is {dbh} cm{height}",
            {
                "count": len(rows),
                "plot": plot,
                "slip": WORDS[slip],
                "dbh": f"{rows['dbh_cm'].median():.3g}",
                "height": Phrase(" at {height} m", height=f"{rows['height_m'].median():.3g}")
                if rows["height_m"].notna().any()
                else "",
            },
            waivable=True,
        ),
        "trees",
        places(rows),
    )

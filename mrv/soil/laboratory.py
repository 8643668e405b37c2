"""Organic carbon of the sections of cores by the method that the project file declares for them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.inputs.soil_declaration import (
    ElementalAnalysis,
    LossOnIgnition,
    MeasuredCarbon,
    PublishedLossOnIgnition,
    SoilDeclaration,
)
from mrv.soil.organic_carbon import (
    SiteLine,
    from_published_line,
    from_site_line,
    from_total_carbon,
    walkley_black,
)
from mrv.soil.shared_errors import NO_STEP, Step, added
from mrv.soil_reference import loss_on_ignition_lines

Array = NDArray[np.float64]

NOT_MEASURED = ""


def method_of_measured(declared: MeasuredCarbon) -> str:
    """Name of a measurement for the tables of results."""
    if not isinstance(declared, ElementalAnalysis):
        return f"Walkley-Black, recovery {declared.recovery:g}"
    return {
        "removed_by_acid": "elemental analysis, acid-treated",
        "subtracted": "elemental analysis, inorganic carbon subtracted",
        "absent": "elemental analysis, no carbonate",
        "included": "elemental analysis, total carbon",
    }[declared.carbonate]


def measured_carbon(sections: pd.DataFrame, declared: MeasuredCarbon) -> Array:
    """Organic carbon of the sections from what was measured; NaN where nothing was. [1]"""
    found = sections["organic_carbon_fraction"].to_numpy(dtype=np.float64)
    if not isinstance(declared, ElementalAnalysis):
        return walkley_black(found, declared.recovery)
    if declared.carbonate == "subtracted":
        return from_total_carbon(found, sections["inorganic_carbon_fraction"].to_numpy(dtype=np.float64))
    return found


def method_of_line(declared: LossOnIgnition) -> str:
    """Name of a loss-on-ignition line for the tables of results."""
    if isinstance(declared, PublishedLossOnIgnition):
        return f"loss on ignition, {declared.equation}"
    return "loss on ignition, line of the site"


def carbon_by_line(sections: pd.DataFrame, declared: LossOnIgnition) -> Array:
    """Organic carbon of the sections from loss on ignition; NaN where it was not measured. [1]"""
    loss = sections["loi_fraction"].to_numpy(dtype=np.float64)
    if isinstance(declared, PublishedLossOnIgnition):
        return from_published_line(loss, loss_on_ignition_lines()[declared.equation])
    line = SiteLine(declared.slope, declared.intercept_pct / 100, declared.pairs, float("nan"))
    return from_site_line(loss, line)


def _stepped(carbon: Array, loss: Array, steps: tuple[Step, ...]) -> Array:
    """Carbon by a line whose coefficients are off by the steps. [1]"""
    level = 1 + added(steps, "line_level")
    return carbon * level + added(steps, "line_slope") * loss + added(steps, "line_intercept")


def with_organic_carbon(
    sections: pd.DataFrame, declaration: SoilDeclaration, steps: tuple[Step, ...] = NO_STEP
) -> pd.DataFrame:
    """Sections with the organic carbon that counts, and how it was come by.

    Measured carbon comes first; the line fills in where a section has loss on ignition alone.

    Parameters
    ----------
    sections : DataFrame
        As read: ``organic_carbon_fraction``, ``inorganic_carbon_fraction``, ``loi_fraction``.
    declaration : SoilDeclaration
    steps : tuple of Step, optional
        Errors of the line to compute with.

    Returns
    -------
    DataFrame
        With ``carbon_fraction`` [1], NaN where none can be had, ``carbon_method``, and ``by_line``: whether
        it comes from loss on ignition.
    """
    carbon = np.full(len(sections), np.nan)
    method = pd.Series(NOT_MEASURED, index=sections.index, dtype="str")
    by_line = np.full(len(sections), True)
    if declaration.loss_on_ignition is not None:
        carbon = carbon_by_line(sections, declaration.loss_on_ignition)
        if steps:
            loss = sections["loi_fraction"].to_numpy(dtype=np.float64)
            carbon = _stepped(carbon, loss, steps)
        method = method.mask(~np.isnan(carbon), method_of_line(declaration.loss_on_ignition))
    if declaration.measured_carbon is not None:
        measured = measured_carbon(sections, declaration.measured_carbon)
        known = ~np.isnan(measured)
        carbon = np.where(known, measured, carbon)
        method = method.mask(known, method_of_measured(declaration.measured_carbon))
        by_line = ~known
    return sections.assign(carbon_fraction=carbon, carbon_method=method, by_line=by_line & ~np.isnan(carbon))

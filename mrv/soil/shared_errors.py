"""Errors that the sections of many cores share, as one step of each: what a standard error changes.

A bias of a laboratory, of a line or of the correction for compaction moves all cores it acts on
together, so that more cores do not reduce it. What it does to a stock is found by computing the stock
again with the step taken, through the same functions as the stock itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mrv.inputs.soil_declaration import PublishedLossOnIgnition, SiteLossOnIgnition, SoilDeclaration

Array = NDArray[np.float64]

StepKind = Literal[
    "carbon",
    "bulk_density",
    "line_slope",
    "line_intercept",
    "line_level",
    "compaction",
    "gap_rule",
]


@dataclass(frozen=True)
class Step:
    """A step of one shared error.

    Attributes
    ----------
    kind : str
        ``carbon``, ``bulk_density`` and ``line_level`` are relative; ``line_slope``,
        ``line_intercept`` and ``compaction`` absolute, as shares; ``gap_rule`` takes the other rule.
    size : float
        [1]
    date : str
        Survey whose cores it acts on; those of all where empty.
    batch : str
        Laboratory batch that a bias acts on.
    """

    kind: StepKind
    size: float = 0.0
    date: str = ""
    batch: str = ""


NO_STEP: tuple[Step, ...] = ()


def batches(sections: pd.DataFrame, declaration: SoilDeclaration, date: str) -> pd.Series[str]:
    """Laboratory batch of each section: its own, that of the survey, or the survey's date."""
    errors = declaration.errors
    named = errors.batch if errors is not None and errors.batch is not None else date
    return sections["batch_id"].fillna(named).astype("str")


def line_name(declaration: SoilDeclaration) -> str:
    """Name by which two surveys know that they use the same line; empty without one."""
    line = declaration.loss_on_ignition
    if isinstance(line, PublishedLossOnIgnition):
        return line.equation
    if isinstance(line, SiteLossOnIgnition):
        return f"site {line.slope:g} {line.intercept_pct:g}"
    return ""


def factor(steps: tuple[Step, ...], kind: StepKind, batch: pd.Series[str]) -> Array:
    """Factor of each section from the biases of a kind, by its batch. [1]"""
    result = np.ones(len(batch))
    for step in steps:
        if step.kind == kind:
            result = np.where(batch == step.batch, result * (1 + step.size), result)
    return np.asarray(result, dtype=np.float64)


def added(steps: tuple[Step, ...], kind: StepKind) -> float:
    """Sum of the steps of a kind. [1]"""
    return sum(step.size for step in steps if step.kind == kind)


def of_survey(steps: tuple[Step, ...], date: str) -> tuple[Step, ...]:
    """Steps that act on the cores of a survey."""
    return tuple(step for step in steps if step.date in ("", date))

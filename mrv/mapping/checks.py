"""What makes plots unfit to be modelled, told before anything is fitted."""

from __future__ import annotations

import numpy as np

from mrv.findings import Finding
from mrv.mapping.rows import Array, Training

FEWEST_UNITS = 6
"""Sampling units that folds and an error can be made of."""

PLOTS_FOR_A_PREDICTOR = 10
"""Plots that a predictor should have to itself."""

NEARLY_ALIKE = 0.999
"""Correlation above which two predictors are one. [1]"""


def training_findings(training: Training, where: str) -> list[Finding]:
    """Findings on predictors and plots of a model.

    Parameters
    ----------
    training : Training
    where : str
        Key of the predictors.
    """
    findings = _unit_findings(training, where)
    x = training.predictors
    findings += [
        Finding(
            where,
            "predictor-constant",
            "{name} is {value:g} at every plot; a predictor must vary",
            {"name": name, "value": float(x[0, column])},
        )
        for column, name in enumerate(training.names)
        if len(x) > 1 and np.ptp(x[:, column]) == 0
    ]
    if not findings:
        findings += _alike_findings(training.names, x, where)
    return findings


def _unit_findings(training: Training, where: str) -> list[Finding]:
    units, plots, predictors = len(set(training.unit)), len(set(training.plot_id)), len(training.names)
    findings = []
    if units < FEWEST_UNITS:
        findings.append(
            Finding(
                where,
                "model-few-plots",
                "{units} of the sampling units have predictors; a model needs {least} at least",
                {"units": units, "least": FEWEST_UNITS},
            )
        )
    elif plots < predictors + 2:
        findings.append(
            Finding(
                where,
                "model-few-plots",
                "{plots} plots for {predictors} predictors; there must be two plots more than predictors",
                {"plots": plots, "predictors": predictors},
            )
        )
    elif plots < PLOTS_FOR_A_PREDICTOR * predictors:
        findings.append(
            Finding(
                where,
                "model-many-predictors",
                "{plots} plots for {predictors} predictors; a predictor should have {each} plots to itself",
                {"plots": plots, "predictors": predictors, "each": PLOTS_FOR_A_PREDICTOR},
                severity="note",
            )
        )
    return findings


def _alike_findings(names: tuple[str, ...], x: Array, where: str) -> list[Finding]:
    if len(names) < 2 or len(x) < 3:
        return []
    alike = np.abs(np.corrcoef(x, rowvar=False)) > NEARLY_ALIKE
    return [
        Finding(
            where,
            "predictors-alike",
            "{first} and {second} say the same at every plot; one of them suffices",
            {"first": names[first], "second": names[second]},
            severity="note",
        )
        for first, second in zip(*np.nonzero(np.triu(alike, 1)), strict=True)
    ]

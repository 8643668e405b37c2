"""Steps of the errors that cores share, and what each does to every figure of cores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mrv.inputs import Survey
from mrv.inputs.soil_declaration import PublishedLossOnIgnition, SiteLossOnIgnition
from mrv.inputs.uncertainty import RelativeError, SoilComponent
from mrv.run.soil_figure import Key, SoilFigure
from mrv.soil.control import recovery
from mrv.soil.laboratory import with_organic_carbon
from mrv.soil.shared_errors import Step, StepKind, batches, line_name
from mrv.uncertainty.shared import covariance_root
from mrv.uncertainty.soil import Effect, Shape

Unknown = Mapping[SoilComponent, str]
"""Components, or parts of them, for which no error is stated: where it would be, in words."""


@dataclass(frozen=True)
class SharedStep:
    """One independent draw of a shared error, and the steps that a standard error of it takes.

    Attributes
    ----------
    component : str
    variable : str
        Key of its stream.
    steps : tuple of Step
    one_sided : bool
        Whether the error is a choice between the figure and the step, and not a spread around the figure.
    """

    component: SoilComponent
    variable: str
    steps: tuple[Step, ...]
    one_sided: bool = False

    @property
    def opposite(self) -> tuple[Step, ...]:
        """The steps in the other direction."""
        return tuple(replace(step, size=-step.size) for step in self.steps)


def _laboratory(survey: Survey) -> tuple[list[SharedStep], dict[SoilComponent, str]]:
    """Biases of carbon and of bulk density, a draw for each batch."""
    soil = survey.soil
    if soil is None:
        return [], {}
    declared = soil.declaration
    sections = with_organic_carbon(soil.sections, declared)
    batch = batches(sections, declared, survey.date)
    measured = sections["carbon_fraction"].notna() & ~sections["by_line"]
    errors = declared.errors
    found: list[SharedStep] = []
    unknown: dict[SoilComponent, str] = {}
    weighed = sections["bulk_density_g_cm3"].notna()
    biases: tuple[tuple[SoilComponent, StepKind, pd.Series[bool], RelativeError | None], ...] = (
        ("soil_laboratory_carbon", "carbon", measured, errors.carbon if errors else None),
        ("soil_bulk_density", "bulk_density", weighed, errors.bulk_density if errors else None),
    )
    for component, kind, rows, error in biases:
        if not rows.any():
            continue
        by_batch = dict.fromkeys(set(batch[rows]), error.relative_standard_error if error else None)
        if error is None and kind == "carbon":
            by_batch |= _by_reference(survey)
        missing = sorted(name for name, size in by_batch.items() if size is None)
        if missing:
            unknown[component] = f"{survey.date}: soil.errors.{kind}"
        found += [
            SharedStep(component, f"soil.{kind}.{name}", (Step(kind, size, survey.date, name),))
            for name, size in sorted(by_batch.items())
            if size is not None
        ]
    return found, unknown


def _by_reference(survey: Survey) -> dict[str, float]:
    """Relative standard error of the carbon of each batch that two or more reference measurements give."""
    soil = survey.soil
    if soil is None or soil.control is None or soil.control.reference_materials.empty:
        return {}
    materials = soil.control.reference_materials
    names = batches(materials, soil.declaration, survey.date)
    measured = soil.sections[soil.sections["organic_carbon_fraction"].notna()]
    used = set(batches(measured, soil.declaration, survey.date))
    found = {str(name): recovery(own) for name, own in materials.groupby(names) if name in used}
    return {name: own.relative_standard_error for name, own in found.items() if own.measurements > 1}


def _line(survey: Survey) -> tuple[list[SharedStep], dict[SoilComponent, str]]:
    """Error of the line that makes carbon of loss on ignition, where sections rest on one."""
    soil = survey.soil
    if soil is None or soil.declaration.loss_on_ignition is None:
        return [], {}
    if not with_organic_carbon(soil.sections, soil.declaration)["by_line"].any():
        return [], {}
    declared = soil.declaration.loss_on_ignition
    component: SoilComponent = "soil_loss_on_ignition_line"
    key = f"soil.loss_on_ignition_line.{line_name(soil.declaration)}"
    if isinstance(declared, PublishedLossOnIgnition) and declared.relative_standard_error is not None:
        step = Step("line_level", declared.relative_standard_error, survey.date)
        return [SharedStep(component, key, (step,))], {}
    if isinstance(declared, SiteLossOnIgnition) and declared.standard_errors is not None:
        errors = declared.standard_errors
        spread = np.array([errors.slope, errors.intercept_pct / 100])
        correlation = np.array([[1.0, errors.correlation], [errors.correlation, 1.0]])
        root = covariance_root(correlation * np.outer(spread, spread))
        return [
            SharedStep(
                component,
                f"{key}.{number}",
                (
                    Step("line_slope", float(root[0, number]), survey.date),
                    Step("line_intercept", float(root[1, number]), survey.date),
                ),
            )
            for number in range(2)
        ], {}
    key_missing = (
        "relative_standard_error" if isinstance(declared, PublishedLossOnIgnition) else "standard_errors"
    )
    return [], {component: f"{survey.date}: soil.loss_on_ignition.{key_missing}"}


def _compaction(survey: Survey) -> tuple[list[SharedStep], dict[SoilComponent, str]]:
    """Error of the correction for compaction, where it was measured."""
    soil = survey.soil
    if soil is None or soil.cores["compaction_fraction"].isna().all():
        return [], {}
    errors = soil.declaration.errors
    if errors is None or errors.compaction is None:
        return [], {"soil_compaction": f"{survey.date}: soil.errors.compaction"}
    step = Step("compaction", errors.compaction.standard_error, survey.date)
    return [SharedStep("soil_compaction", f"soil.compaction.{survey.date}", (step,))], {}


def shared_steps(surveys: Sequence[Survey]) -> tuple[list[SharedStep], dict[SoilComponent, str]]:
    """Every shared error of the cores of a project, each once, and those for which no error is stated.

    Parameters
    ----------
    surveys : sequence of Survey
        Those with cores.

    Returns
    -------
    list of SharedStep
        Surveys that share a batch or a line share its draw: their steps are taken together.
    dict
        Components that lack an error, with the keys that would state it.
    """
    by_variable: dict[str, SharedStep] = {}
    missing: dict[SoilComponent, list[str]] = {}
    for survey in surveys:
        for part in (_laboratory, _line, _compaction):
            found, unknown = part(survey)
            for step in found:
                known = by_variable.get(step.variable)
                steps = tuple(dict.fromkeys([*(known.steps if known else ()), *step.steps]))
                by_variable[step.variable] = replace(step, steps=steps)
            for component, where in unknown.items():
                missing.setdefault(component, []).append(where)
    gap_rule = SharedStep("soil_gap_rule", "soil.gap_rule", (Step("gap_rule"),), one_sided=True)
    return [*by_variable.values(), gap_rule], {name: ", ".join(where) for name, where in missing.items()}


Figures = Callable[[tuple[Step, ...]], Sequence[SoilFigure]]
"""Figures of cores with the steps taken."""


def with_effects(
    figures: Sequence[SoilFigure], computed: Figures, steps: Sequence[SharedStep]
) -> tuple[list[SoilFigure], dict[SoilComponent, list[str]]]:
    """Figures of strata with what each shared error does to them.

    Parameters
    ----------
    figures : sequence of SoilFigure
        As they are.
    computed : callable
        The same figures with steps taken.
    steps : sequence of SharedStep

    Returns
    -------
    list of SoilFigure
    dict
        Component: figures for which its effect cannot be had, because cores do not hold the soil that the
        step asks for, in either direction.
    """
    effects: dict[Key, list[Effect]] = {}
    failed: dict[SoilComponent, list[str]] = {}
    for step in steps:
        there = _values(computed(step.steps))
        missing = [figure for figure in figures if figure.key not in there]
        back = _values(computed(step.opposite)) if missing and not step.one_sided else {}
        for figure in figures:
            if figure.stock.stratum_id is None:
                continue
            value = figure.stock.estimate.value
            if figure.key in there:
                size = there[figure.key] - value
            elif figure.key in back:
                size = value - back[figure.key]
            else:
                failed.setdefault(step.component, []).append(
                    f"{figure.stock.stratum_id} {figure.index.get('depth', '')}"
                )
                continue
            if size:
                shape: Shape = "uniform" if step.one_sided else "normal"
                effects.setdefault(figure.key, []).append(Effect(step.component, step.variable, size, shape))
    return [replace(figure, effects=tuple(effects.get(figure.key, ()))) for figure in figures], failed


def _values(figures: Sequence[SoilFigure]) -> dict[Key, float]:
    return {figure.key: figure.stock.estimate.value for figure in figures}

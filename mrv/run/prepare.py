"""Everything a run needs, read and checked: inputs, trees with their biomass, and the numbers in force.

All findings of all rooms are collected before the run is refused, so that a user sees them at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, ModuleType

import pandas as pd

from mrv.accounting.engine import inputs_needed
from mrv.accounting.given import Given, from_parameters
from mrv.accounting.protocol import Accounting
from mrv.accounting.registry import find
from mrv.biomass.choices import EquationChoice, StatedValue
from mrv.biomass.trees import BiomassChoices, choice_findings, estimate_trees
from mrv.errors import InputError, MrvError
from mrv.findings import Finding, in_order, raise_errors, waive
from mrv.inputs import Inputs, read_inputs
from mrv.inputs.project import BelowGroundEquation, Biomass, Project
from mrv.methodologies import Methodology, load_methodology
from mrv.parameters import Resolved
from mrv.reference import Equation, equations, read_equations, wood_densities

CARBON_FRACTION = MappingProxyType({"agb": "carbon_fraction_agb", "bgb": "carbon_fraction_bgb"})
"""Parameter that states the carbon fraction of each pool in the sink."""


@dataclass(frozen=True)
class MethodologyInUse:
    """A methodology's documents and equations, with the numbers that hold for the run."""

    document: Methodology
    accounting: Accounting
    modules: tuple[ModuleType, ...]
    parameters: Mapping[str, Resolved]
    givens: Mapping[str, Given]


@dataclass(frozen=True)
class Prepared:
    """Inputs that passed every check."""

    inputs: Inputs
    equations: Mapping[str, Equation]
    trees: tuple[pd.DataFrame, ...]
    carbon_fraction: Mapping[str, float]
    methodology: MethodologyInUse | None
    findings: tuple[Finding, ...]

    @property
    def areas_ha(self) -> dict[str, float]:
        """Area of each stratum by its id, in order of the ids; NaN where the project file gives none. [ha]"""
        table = self.inputs.strata.table.sort_values("stratum_id", kind="stable")
        return dict(zip(table["stratum_id"].astype(str), table["area_ha"].astype(float), strict=True))


def biomass_choices(biomass: Biomass) -> BiomassChoices:
    """What the project file decides about biomass, as the biomass room takes it."""
    agb, bgb, dead = biomass.agb, biomass.bgb, biomass.dead
    return BiomassChoices(
        agb=EquationChoice(agb.equation, agb.by_species, agb.without_height),
        bgb=EquationChoice(bgb.equation, bgb.by_species)
        if isinstance(bgb, BelowGroundEquation)
        else bgb.root_shoot_ratio,
        dead_agb_factor=dead.agb_factor if dead else {},
        dead_roots=dead is not None and dead.bgb == "included",
        wood_density={
            name: StatedValue(stated.value, stated.source) for name, stated in biomass.wood_density.items()
        },
    )


def known_equations(biomass: Biomass | None, folder: Path) -> Mapping[str, Equation]:
    """Equations shipped, and those that the project brings.

    Raises
    ------
    InputError
        If the project's own table is not what it should be.
    """
    if biomass is None or biomass.equations is None:
        return equations()
    name = biomass.equations.file
    path = folder / name
    if not path.is_file():
        raise InputError([Finding(name, "file-missing", "no such file", {})])
    own = read_equations(path, name)
    taken = sorted(own.keys() & equations().keys())
    raise_errors(
        Finding(
            f"{name}: {equation_id}",
            "equation-duplicate",
            "{name} is an equation that the toolkit brings; give yours another identifier",
            {"name": equation_id},
        )
        for equation_id in taken
    )
    return {**equations(), **own}


def _trees(inputs: Inputs, known: Mapping[str, Equation]) -> tuple[tuple[pd.DataFrame, ...], list[Finding]]:
    biomass = inputs.project.biomass
    if biomass is None:
        return (), []
    choices = biomass_choices(biomass)
    findings = choice_findings(choices, known)
    if findings:
        return (), findings
    tables = []
    for survey in inputs.surveys:
        trees, more = estimate_trees(survey.trees, choices, known, wood_densities())
        tables.append(trees)
        findings += more
    return tuple(tables), findings


def _carbon_fractions(project: Project) -> tuple[dict[str, float], list[Finding]]:
    """Carbon fraction of each pool, which the project states; a methodology asks for it itself."""
    fractions: dict[str, float] = {}
    findings: list[Finding] = []
    for pool, name in CARBON_FRACTION.items():
        stated = project.parameters.get(name)
        if stated is not None and isinstance(stated.value, float | int):
            fractions[pool] = float(stated.value)
        elif project.surveys and project.methodology is None:
            findings.append(
                Finding(
                    f"parameters.{name}",
                    "parameter-missing",
                    "the project file must state {name} [{unit}] as a number with a citation",
                    {"name": name, "unit": "t_c/t_dm"},
                )
            )
    return fractions, findings


def _period_findings(project: Project, accounting: Accounting) -> list[Finding]:
    """Stocks must stand at the two ends of the monitoring period: nothing is interpolated."""
    period = project.monitoring_period
    if not accounting.needs_stocks or period is None:
        return []
    dates = [survey.date for survey in project.surveys]
    if len(dates) < 2:
        return [
            Finding(
                "surveys",
                "surveys-two-needed",
                "{count} survey(s) found; {methodology} takes the stocks of two dates",
                {"count": len(dates), "methodology": accounting.id},
            )
        ]
    return [
        Finding(
            f"surveys[{position}].date",
            "survey-not-at-period-end",
            "{found} is not {allowed}, the {end} of the monitoring period; stocks are not interpolated",
            {"found": found, "allowed": allowed, "end": end},
        )
        for position, found, allowed, end in (
            (0, dates[0], period.start, "start"),
            (len(dates) - 1, dates[-1], period.end, "end"),
        )
        if found != allowed
    ]


def _methodology(project: Project, strata: Sequence[str]) -> tuple[MethodologyInUse | None, list[Finding]]:
    if project.methodology is None or project.monitoring_period is None:
        return None, []
    document = load_methodology(project.methodology)
    accounting = find(project.methodology)
    scenario = project.baseline.scenario if project.baseline else None
    modules = accounting.modules(scenario if accounting.baselines else None)
    resolved, findings = document.resolve(
        project.parameters,
        project.monitoring_period.end,
        needed=(*inputs_needed(modules), *accounting.limits),
    )
    givens, more = from_parameters(resolved, strata)
    return (
        MethodologyInUse(document, accounting, modules, resolved, givens),
        [*findings, *more, *_period_findings(project, accounting)],
    )


def _placed(finding: Finding, inputs: Inputs) -> Finding:
    """Finding on a key of the project file, with its line and column."""
    if ":" in finding.where:
        return finding
    return replace(finding, where=inputs.positions.where_dotted(finding.where))


def prepare(path: Path) -> Prepared:
    """Read a project and everything it names, and check it.

    Parameters
    ----------
    path : Path
        Project file, or the folder that holds ``mrv.yaml``.

    Raises
    ------
    InputError
        With every finding of every room.
    """
    inputs, findings = read_inputs(path)
    project = inputs.project
    carbon_fraction, more = _carbon_fractions(project)
    findings += more
    strata = sorted(str(name) for name in inputs.strata.table["stratum_id"])
    methodology = None
    known: Mapping[str, Equation] = equations()
    trees: tuple[pd.DataFrame, ...] = ()
    try:
        known = known_equations(project.biomass, inputs.project_file.parent)
        trees, more = _trees(inputs, known)
        findings += more
    except InputError as error:
        findings += error.findings
    try:
        methodology, more = _methodology(project, strata)
        findings += more
    except InputError as error:
        findings += error.findings
    except MrvError as error:
        findings.append(Finding("methodology", "methodology", "{problem}", {"problem": str(error)}))
    findings = waive([_placed(finding, inputs) for finding in findings], project.stated_waivers)
    raise_errors(findings)
    return Prepared(inputs, known, trees, carbon_fraction, methodology, tuple(in_order(findings)))

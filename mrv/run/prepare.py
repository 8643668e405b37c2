"""Everything a run needs, read and checked: inputs, trees with their biomass, and the numbers in force.

All findings of all rooms are collected before the run is refused, so that a user sees them at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, ModuleType

import pandas as pd

from mrv.accounting.edition import Edition, open_edition
from mrv.accounting.engine import inputs_needed
from mrv.accounting.given import Given, from_parameters
from mrv.accounting.protocol import DEDUCTED, Accounting
from mrv.biomass.plots import POOLS
from mrv.errors import InputError, MrvError
from mrv.findings import Finding, Phrase, in_order, raise_errors, waive
from mrv.inputs import Inputs, Survey, read_inputs
from mrv.inputs.project import Project
from mrv.inputs.project_file import Change
from mrv.methodologies import Methodology
from mrv.parameters import Resolved
from mrv.quality.suspects import Suspect
from mrv.reference import Equation, equations
from mrv.run.baseline_givens import baseline_givens
from mrv.run.conditions import condition_findings
from mrv.run.error_findings import uncertainty_findings
from mrv.run.pools_in_sink import (
    CARBON_FRACTION,
    dead_matter_findings,
    dead_matter_fractions,
    pools_in_sink,
)
from mrv.run.prepared_trees import known_equations, prepared_trees
from mrv.run.quality import suspects_of, waived

SIMULATED = "SIMULATED DATA"
"""What outputs of a project with simulated data say."""


@dataclass(frozen=True)
class MethodologyInUse:
    """A methodology's documents and equations under one baseline, with the numbers that hold for the run.

    Attributes
    ----------
    edition : Edition
    modules : tuple of modules
    parameters : mapping
        Of all baselines of the run.
    givens : mapping
        Numbers, and what the baseline declares.
    scenario : str or None
        Baseline; None where the methodology has none.
    others : tuple of MethodologyInUse
        The same under the other baselines that have evidence.
    """

    edition: Edition
    modules: tuple[ModuleType, ...]
    parameters: Mapping[str, Resolved]
    givens: Mapping[str, Given]
    scenario: str | None = None
    others: tuple[MethodologyInUse, ...] = ()

    @property
    def document(self) -> Methodology:
        """What the folder says."""
        return self.edition.document

    @property
    def accounting(self) -> Accounting:
        """What the equations ask for and give."""
        return self.edition.accounting


@dataclass(frozen=True)
class Prepared:
    """Inputs that passed every check."""

    inputs: Inputs
    equations: Mapping[str, Equation]
    trees: tuple[pd.DataFrame, ...]
    carbon_fraction: Mapping[str, float]
    methodology: MethodologyInUse | None
    findings: tuple[Finding, ...]
    suspects: tuple[Suspect, ...] = ()

    @property
    def areas_ha(self) -> dict[str, float]:
        """Area of each stratum by its id, in order of the ids; NaN where the project file gives none. [ha]"""
        table = self.inputs.strata.table.sort_values("stratum_id", kind="stable")
        return dict(zip(table["stratum_id"].astype(str), table["area_ha"].astype(float), strict=True))

    @property
    def quarantined_equations(self) -> dict[str, str]:
        """Equations in use that are let in although the gate holds them back: reason by id."""
        biomass = self.inputs.project.biomass
        allowed = {entry.equation: entry.reason for entry in biomass.allow_quarantined} if biomass else {}
        used = {
            name
            for trees in self.trees
            for component in ("agb", "bgb")
            for name in trees[f"{component}_equation"].unique()
        }
        return {name: allowed[name] for name in sorted(allowed.keys() & used)}

    @property
    def notices(self) -> tuple[str, ...]:
        """What every map and picture says of itself first: simulated data, doubtful equations."""
        simulated = (SIMULATED,) if self.inputs.project.project.simulated else ()
        return (*simulated, *(f"QUARANTINED EQUATION {name}" for name in self.quarantined_equations))

    @property
    def tree_surveys(self) -> tuple[Survey, ...]:
        """Surveys that measured trees, in the order of ``trees``."""
        return self.inputs.tree_surveys

    @property
    def accounts_stocks(self) -> bool:
        """Whether a methodology takes the stocks."""
        return self.methodology is not None and self.methodology.accounting.needs_stocks

    @property
    def pools_in_sink(self) -> tuple[str, ...]:
        """Pools whose carbon is in the sink."""
        return pools_in_sink(self.inputs.project)

    @property
    def measured_pools(self) -> tuple[str, ...]:
        """Pools of the plots, beside those on the ground that are only reported.

        Dead trees only where the project file says how they count.
        """
        biomass = self.inputs.project.biomass
        dead = biomass is not None and biomass.dead is not None
        trees = tuple(pool for pool in POOLS if pool in CARBON_FRACTION or dead)
        return (*trees, *(pool for pool in self.pools_in_sink if pool not in POOLS))


def _carbon_fractions(project: Project) -> tuple[dict[str, float], list[Finding]]:
    """One carbon fraction for each pool, as the project states it; a methodology asks for a missing one."""
    fractions: dict[str, float] = {}
    findings: list[Finding] = []
    for pool, name in CARBON_FRACTION.items():
        stated = project.parameters.get(name)
        if stated is None:
            if any(survey.trees for survey in project.surveys) and project.methodology is None:
                findings.append(
                    Finding(
                        f"parameters.{name}",
                        "parameter-missing",
                        "the project file must state {name} [{unit}] as a number with a citation",
                        {"name": name, "unit": "t_c/t_dm"},
                    )
                )
        elif isinstance(stated.value, float | int) and 0 < stated.value < 1:
            fractions[pool] = float(stated.value)
        elif project.methodology is None or not isinstance(stated.value, float | int):
            findings.append(
                Finding(
                    f"parameters.{name}.value",
                    "carbon-fraction",
                    "{found} is not one number above 0 and below 1",
                    {"found": stated.value},
                )
            )
    return fractions | dead_matter_fractions(project), findings


DECLARED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "project_emissions": ("project_emissions", "works_emissions", "soil_gas_change"),
        "leakage": ("leakage", "displaced_emissions"),
    }
)
"""Keys of the project file with amounts and their evidence, and what a methodology may ask of them."""


def _key_findings(project: Project, accounting: Accounting, needed: Collection[str]) -> list[Finding]:
    """Keys of the project file that the methodology asks for and that are not there."""
    missing = ["baseline"] if accounting.baselines and project.baseline is None else []
    missing += [
        key
        for key, quantities in DECLARED.items()
        if not set(quantities).isdisjoint(needed) and getattr(project, key) is None
    ]
    return [
        Finding(
            name,
            "methodology-key-missing",
            "methodology {methodology} requires this key",
            {"methodology": accounting.id},
        )
        for name in missing
    ]


def _period_findings(project: Project, accounting: Accounting) -> list[Finding]:
    """Stocks must stand at the two ends of the monitoring period: nothing is interpolated."""
    period = project.monitoring_period
    if not accounting.needs_stocks or period is None:
        return []
    dates = [survey.date for survey in project.surveys if survey.trees]
    if len(dates) < 2:
        return [
            Finding(
                "surveys",
                "surveys-two-needed",
                "{methodology} needs two surveys of trees, one at each end of the monitoring period; "
                "found: {count}",
                {"count": len(dates), "methodology": accounting.id},
            )
        ]
    numbers = [number for number, survey in enumerate(project.surveys) if survey.trees]
    return [
        Finding(
            f"surveys[{numbers[position]}].date",
            "survey-not-at-period-end",
            "{found} is not {allowed}, the {end} of the monitoring period; stocks are not interpolated",
            {"found": found, "allowed": allowed, "end": end},
        )
        for position, found, allowed, end in (
            (0, dates[0], period.start, Phrase("start")),
            (-1, dates[-1], period.end, Phrase("end")),
        )
        if found != allowed
    ]


def _early_told_once(findings: Sequence[Finding]) -> list[Finding]:
    """Findings with those on numbers that do not hold yet as one, at the day that is too early."""
    early = [finding for finding in findings if finding.rule == "parameter-not-in-force"]
    others = [finding for finding in findings if finding.rule != "parameter-not-in-force"]
    if not early:
        return others
    told = [finding.values for finding in early]  # noqa: PD011 the values of a finding, not of a frame
    return [
        *others,
        Finding(
            "monitoring_period.end",
            "parameter-not-in-force",
            "{day} is too early for the methodology: {names} have their first value from {first} on",
            {
                "day": told[0]["day"],
                "names": ", ".join(sorted(str(values["name"]) for values in told)),
                "first": max(str(values["first"]) for values in told),
            },
        ),
    ]


def _methodology(
    inputs: Inputs, strata: Sequence[str], folder: Path | None, opened: Collection[str]
) -> tuple[MethodologyInUse | None, list[Finding]]:
    project = inputs.project
    if project.methodology is None or project.monitoring_period is None:
        return None, []
    edition = open_edition(project.methodology, folder).with_open(opened)
    document, accounting = edition.document, edition.accounting
    # Without a declared baseline the numbers are resolved for the first one, so that all is told at once.
    stated = [baseline.scenario for baseline in project.baselines]
    scenarios: list[str | None] = [*(stated or list(accounting.baselines)[:1])]
    deducted = project.parameters.get(DEDUCTED)
    soil = project.soil_in_sink.way if project.soil_in_sink is not None else None
    dead_matter = "included" if project.dead_matter_in_sink_pools else None
    graphs = {
        scenario: edition.modules(
            scenario if accounting.baselines else None,
            deducted.value if deducted is not None else None,
            soil,
            dead_matter,
        )
        for scenario in scenarios or [None]
    }
    needed = sorted({name for modules in graphs.values() for name in inputs_needed(modules)})
    resolved, findings = document.resolve(
        project.parameters, project.monitoring_period.end, needed=(*needed, *accounting.limits)
    )
    findings += _key_findings(project, accounting, needed)
    findings += condition_findings(project, document)
    findings = _early_told_once(findings)
    numbers, more = from_parameters(resolved, strata)
    findings += more
    used: list[MethodologyInUse] = []
    of_baselines, more = baseline_givens(inputs)
    findings += more
    for scenario, modules in graphs.items():
        givens = {**numbers, **of_baselines.get(str(scenario), {})}
        used.append(MethodologyInUse(edition, modules, resolved, givens, scenario))
    return (
        replace(used[0], others=tuple(used[1:])),
        [*findings, *_period_findings(project, accounting)],
    )


def _placed(finding: Finding, inputs: Inputs) -> Finding:
    """Finding with line and column, if its place is a key of the project file and not a row of a table."""
    if ":" in finding.where:
        return finding
    return replace(finding, where=inputs.positions.where_dotted(finding.where))


def inspect(
    path: Path,
    methodology_folder: Path | None = None,
    change: Change | None = None,
    opened: Collection[str] = (),
) -> Prepared:
    """Read a project and everything it names, and check it; what looks like bad data is handed back.

    Parameters
    ----------
    path : Path
        Project file, or the folder that holds ``mrv.yaml``.
    methodology_folder : Path, optional
        Documents of the methodology, where it is not one of those installed.
    change : callable, optional
        Gives the content to take in place of that of the project file.
    opened : collection of str, optional
        Numbers of the methodology that this content may state although the methodology closes them.

    Returns
    -------
    Prepared
        Not to be published while a finding of its suspects is an error.

    Raises
    ------
    InputError
        With every finding of every room, if something leaves nothing to compute with.
    """
    inputs, read = read_inputs(path, change)
    project = inputs.project
    carbon_fraction, findings = _carbon_fractions(project)
    strata = sorted(str(name) for name in inputs.strata.table["stratum_id"])
    methodology = None
    known: Mapping[str, Equation] = equations()
    trees: tuple[pd.DataFrame, ...] = ()
    try:
        known, more = known_equations(project.biomass, inputs.project_file.parent)
        findings += more
        findings += uncertainty_findings(project.uncertainty, known, strata)
        trees, more = prepared_trees(inputs, known)
        findings += more + dead_matter_findings(inputs, trees)
    except InputError as error:
        read += error.findings
    try:
        methodology, more = _methodology(inputs, strata, methodology_folder, opened)
        findings += more
    except InputError as error:
        read += error.findings
    except MrvError as error:
        findings.append(Finding("methodology", "methodology", error.message, error.values))
    findings = read + [_placed(finding, inputs) for finding in findings]
    findings = waive(findings, project.stated_waivers)
    raise_errors(findings)
    suspects = waived(suspects_of(inputs, trees, carbon_fraction), project.stated_waivers)
    findings += [suspect.finding for suspect in suspects]
    return Prepared(
        inputs, known, trees, carbon_fraction, methodology, tuple(in_order(findings)), tuple(suspects)
    )


def prepare(
    path: Path,
    methodology_folder: Path | None = None,
    change: Change | None = None,
    opened: Collection[str] = (),
) -> Prepared:
    """Read a project and everything it names, and check it.

    Parameters
    ----------
    path : Path
        Project file, or the folder that holds ``mrv.yaml``.
    methodology_folder, change, opened
        As in :func:`inspect`.

    Raises
    ------
    InputError
        With every finding of every room.
    """
    prepared = inspect(path, methodology_folder, change, opened)
    raise_errors(prepared.findings)
    return prepared

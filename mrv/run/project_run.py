"""The main job: a project in, a folder of results out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mrv.accounting import gates
from mrv.accounting.engine import Quantity
from mrv.errors import UsageError
from mrv.findings import Finding, in_order, raise_errors, waive
from mrv.run.account import account
from mrv.run.assemble import assemble
from mrv.run.outputs import refuse_foreign_folder, whole_folder
from mrv.run.prepare import CARBON_FRACTION, Prepared, prepare
from mrv.run.results import Results
from mrv.run.survey_estimates import SurveyTables, changes_of, stocks_of, survey_tables
from mrv.run.write import write_results
from mrv.stock.stocks import StockEstimate

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Estimated:
    """Everything that a run computes, before it is written.

    Attributes
    ----------
    surveys : tuple of SurveyTables
    stocks, changes : list of StockEstimate
    quantities : dict
        Quantities of the methodology by name; empty without one.
    findings : tuple of Finding
        Notes and waived findings.
    """

    surveys: tuple[SurveyTables, ...]
    stocks: list[StockEstimate]
    changes: list[StockEstimate]
    quantities: Mapping[str, Quantity]
    findings: tuple[Finding, ...]


def _area_findings(prepared: Prepared, areas_ha: Mapping[str, float]) -> list[Finding]:
    if prepared.methodology is None:
        return []
    return [
        Finding(
            "strata",
            "area-missing",
            "the area of {name} is not known; {methodology} needs it",
            {"name": name, "methodology": prepared.methodology.document.id},
        )
        for name, area in areas_ha.items()
        if math.isnan(area)
    ] + (
        []
        if areas_ha
        else [
            Finding(
                "strata",
                "area-missing",
                "no strata with areas; {methodology} needs them",
                {"methodology": prepared.methodology.document.id},
            )
        ]
    )


def estimate(prepared: Prepared) -> Estimated:
    """Stocks, changes and the quantities of the methodology.

    Raises
    ------
    InputError
        If a gate refuses a result.
    """
    areas_ha = prepared.areas_ha
    raise_errors(_area_findings(prepared, areas_ha))
    inputs = prepared.inputs
    surveys = tuple(
        survey_tables(survey, trees, prepared.carbon_fraction)
        for survey, trees in zip(inputs.surveys, prepared.trees, strict=True)
    )
    pools = list(CARBON_FRACTION)
    stocks = stocks_of(surveys, areas_ha, pools)
    changes = changes_of(surveys, areas_ha, pools)
    findings = list(prepared.findings)
    quantities: Mapping[str, Quantity] = {}
    if prepared.methodology is not None:
        quantities = account(
            inputs.project, prepared.methodology, areas_ha, _area_source(prepared), stocks, changes
        )
        findings += waive(
            gates.gate_findings(quantities, prepared.methodology.parameters), inputs.project.stated_waivers
        )
    findings += _unused_waivers(prepared, findings)
    raise_errors(findings)
    return Estimated(surveys, stocks, changes, quantities, tuple(in_order(findings)))


def _area_source(prepared: Prepared) -> str:
    sources = sorted(set(prepared.inputs.strata.table["source"].astype(str)))
    return ", ".join(sources)


def _unused_waivers(prepared: Prepared, findings: Sequence[Finding]) -> list[Finding]:
    """A waiver that waives nothing is told: it may be misspelt, or its fault may be gone."""
    waived = {finding.rule for finding in findings if finding.severity == "waived"}
    return [
        Finding(
            prepared.inputs.positions.where("waivers", position, "rule"),
            "waiver-unused",
            "{rule} is waived, but nothing that can be waived was found under that name",
            {"rule": waiver.rule},
            severity="note",
        )
        for position, waiver in enumerate(prepared.inputs.project.stated_waivers)
        if waiver.rule not in waived
    ]


def check_project(path: Path) -> tuple[Prepared, Estimated]:
    """Read, check and compute a project without writing anything.

    Raises
    ------
    InputError
        With every finding.
    """
    prepared = prepare(path)
    return prepared, estimate(prepared)


def run_project(path: Path, out: Path, progress: Progress = lambda _: None) -> Results:
    """Run a project and write its results.

    Parameters
    ----------
    path : Path
        Project file, or the folder that holds ``mrv.yaml``.
    out : Path
        Folder for the results: new, empty, or holding older results, which are replaced.
    progress : callable, optional
        Told each step.

    Returns
    -------
    Results
        As written to ``out/results.json``.

    Raises
    ------
    InputError
        With every finding; nothing is written then.
    UsageError
        If ``out`` holds something other than results, or holds the project itself.
    """
    refuse_foreign_folder(out)
    progress("Reading and checking")
    prepared = prepare(path)
    if out.resolve() in prepared.inputs.project_file.resolve().parents:
        raise UsageError(f"{out}: holds the project itself; name another folder for the results")
    progress("Estimating")
    estimated = estimate(prepared)
    results = assemble(prepared, estimated)
    progress("Writing")
    with whole_folder(out) as folder:
        write_results(folder, prepared, estimated, results)
    return results

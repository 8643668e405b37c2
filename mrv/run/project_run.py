"""The main job: a project in, a folder of results out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mrv.errors import UsageError
from mrv.findings import Finding
from mrv.quality.suspects import Suspect
from mrv.run.assemble import assemble
from mrv.run.carbon_balance import carbon_balance_suspects
from mrv.run.effects import Effects, effects_of
from mrv.run.estimate import Estimated, estimate
from mrv.run.figure_limits import sink_limit_suspects, soil_limit_suspects
from mrv.run.outputs import refuse_foreign_folder, whole_folder
from mrv.run.prepare import Prepared, inspect, prepare
from mrv.run.quality import waived
from mrv.run.results import Results
from mrv.run.work import ALONE, Work
from mrv.run.write import write_results


@dataclass(frozen=True)
class Checked:
    """What checking a project found.

    Attributes
    ----------
    prepared : Prepared
    estimated : Estimated or None
        None where an error among the suspects stops the run.
    findings : tuple of Finding
        All of them, errors too.
    suspects : tuple of Suspect
        Those of the tables, then those of the figures made of them.
    effects : Effects or None
        Of the suspects, in their order; None if not asked for.
    """

    prepared: Prepared
    estimated: Estimated | None
    findings: tuple[Finding, ...]
    suspects: tuple[Suspect, ...]
    effects: Effects | None


def inspect_project(
    path: Path,
    methodology_folder: Path | None = None,
    *,
    effects: bool = True,
    fit: bool = False,
    work: Work = ALONE,
) -> Checked:
    """Read, check and compute a project without writing anything, and tell what suspect rows change.

    Parameters
    ----------
    path : Path
        Project file, or the folder that holds ``mrv.yaml``.
    methodology_folder : Path, optional
        Documents of the methodology, where it is not one of those installed.
    effects : bool, optional
        Whether the headline is computed again without the rows of each suspect.
    fit : bool, optional
        Whether the project's own model of biomass is fitted, and its map held against the plots.
    work : Work, optional
        Who does the long work, and who is told each step.

    Raises
    ------
    InputError
        With every finding, if something leaves nothing to compute with.
    """
    work.progress("Reading and checking")
    prepared = inspect(path, methodology_folder)
    refused = any(finding.severity == "error" for finding in prepared.findings)
    estimated = None if refused else estimate(prepared, to_write=False, fit=fit, work=work)
    suspects = (*prepared.suspects, *(_of_figures(prepared, estimated) if estimated else ()))
    return Checked(
        prepared,
        estimated,
        estimated.findings if estimated else prepared.findings,
        suspects,
        effects_of(prepared, suspects) if effects else None,
    )


def _of_figures(prepared: Prepared, estimated: Estimated) -> list[Suspect]:
    """Figures of strata and project beyond limits."""
    accounted = prepared.inputs.project.soil_in_sink is not None
    found = [
        *sink_limit_suspects(estimated.changes),
        *soil_limit_suspects(estimated.soil.figures, accounted=accounted),
        *carbon_balance_suspects(estimated.growth, estimated.changes, estimated.soil.figures),
    ]
    return waived(found, prepared.inputs.project.stated_waivers)


def check_project(path: Path) -> tuple[Prepared, Estimated]:
    """Read, check and compute a project without writing anything.

    Raises
    ------
    InputError
        With every finding.
    """
    prepared = prepare(path)
    return prepared, estimate(prepared)


def run_project(
    path: Path,
    out: Path,
    work: Work = ALONE,
    notice: Callable[[Finding], None] = lambda _: None,
    methodology_folder: Path | None = None,
) -> Results:
    """Run a project and write its results.

    Parameters
    ----------
    path : Path
        Project file, or the folder that holds ``mrv.yaml``.
    out : Path
        Folder for the results: new, empty, or holding older results, which are replaced.
    work : Work, optional
        Who does the long work, and who is told each step.
    notice : callable, optional
        Told each finding that does not stop the run.
    methodology_folder : Path, optional
        Documents of the methodology, where it is not one of those installed.

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
    progress = work.progress
    progress("Reading and checking")
    prepared = prepare(path, methodology_folder)
    if out.resolve() in prepared.inputs.project_file.resolve().parents:
        raise UsageError(
            "{folder}: holds the project itself; name another folder for the results", folder=out
        )
    progress("Estimating")
    estimated = estimate(prepared, work=work)
    results = assemble(prepared, estimated)
    progress("Writing")
    with whole_folder(out) as folder:
        write_results(folder, prepared, estimated, results)
    for finding in estimated.findings:
        notice(finding)
    return results

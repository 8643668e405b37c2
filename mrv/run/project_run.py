"""The main job: a project in, a folder of results out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mrv.errors import UsageError
from mrv.findings import Finding
from mrv.run.assemble import assemble
from mrv.run.effects import Effects, effects_of
from mrv.run.estimate import Estimated, estimate
from mrv.run.outputs import refuse_foreign_folder, whole_folder
from mrv.run.prepare import Prepared, inspect, prepare
from mrv.run.results import Results
from mrv.run.write import write_results

Progress = Callable[[str], None]


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
    effects : Effects or None
        Of the suspects, in their order; None if not asked for.
    """

    prepared: Prepared
    estimated: Estimated | None
    findings: tuple[Finding, ...]
    effects: Effects | None


def inspect_project(path: Path, methodology_folder: Path | None = None, *, effects: bool = True) -> Checked:
    """Read, check and compute a project without writing anything, and tell what suspect rows change.

    Parameters
    ----------
    path : Path
        Project file, or the folder that holds ``mrv.yaml``.
    methodology_folder : Path, optional
        Documents of the methodology, where it is not one of those installed.
    effects : bool, optional
        Whether the headline is computed again without the rows of each suspect.

    Raises
    ------
    InputError
        With every finding, if something leaves nothing to compute with.
    """
    prepared = inspect(path, methodology_folder)
    refused = any(finding.severity == "error" for finding in prepared.findings)
    estimated = None if refused else estimate(prepared)
    return Checked(
        prepared,
        estimated,
        estimated.findings if estimated else prepared.findings,
        effects_of(prepared, prepared.suspects) if effects else None,
    )


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
    progress: Progress = lambda _: None,
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
    progress : callable, optional
        Told each step.
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
    progress("Reading and checking")
    prepared = prepare(path, methodology_folder)
    if out.resolve() in prepared.inputs.project_file.resolve().parents:
        raise UsageError(
            "{folder}: holds the project itself; name another folder for the results", folder=out
        )
    progress("Estimating")
    estimated = estimate(prepared)
    results = assemble(prepared, estimated)
    progress("Writing")
    with whole_folder(out) as folder:
        write_results(folder, prepared, estimated, results)
    for finding in estimated.findings:
        notice(finding)
    return results

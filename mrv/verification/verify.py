"""Verifying a package: run it again, compare every value, check what the run says, and give a verdict."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path

from mrv.confinement import confined_to
from mrv.errors import UsageError
from mrv.evidence.package import Package, open_package
from mrv.findings import Phrase
from mrv.progress import SILENT, Progress
from mrv.provenance import environment
from mrv.run.document import sentence
from mrv.run.prepare import inspect
from mrv.run.results import Figure
from mrv.sourced_tables import reference_tables
from mrv.verification.checks import Check, checked, near_rounding
from mrv.verification.comparison import Comparison, compare_results
from mrv.verification.evidence_view import ResultsView, index_of
from mrv.verification.grades import Difference, FileComparison, grade_of
from mrv.verification.reliance import Reliance, relied_on
from mrv.verification.remeasurement import (
    MATERIALITY,
    DrawnPlot,
    Remeasured,
    Visit,
    draw_plots,
    remeasured,
)
from mrv.verification.rerun import against_installed, run_again
from mrv.verification.statement import (
    CheckRecord,
    DifferenceRecord,
    FigureRecord,
    FileRecord,
    PlotComparedRecord,
    RelianceRecord,
    RemeasuredRecord,
    StepRecord,
    Verdict,
    VerificationStatement,
)

RERUN = "Can the run be repeated from the package alone?"


def verify_package(
    path: Path,
    key: Path | None = None,
    *,
    outside: Path | None = None,
    plots_drawn: int | None = None,
    trees_again: Path | None = None,
    bare: Collection[str] = (),
    materiality: float = MATERIALITY,
    progress: Progress = SILENT,
) -> VerificationStatement:
    """Verify a package.

    Parameters
    ----------
    path : Path
        Archive that ``mrv seal`` wrote, or the folder that it was unpacked to.
    key : Path, optional
        Public key of who must have signed it.
    outside : Path, optional
        Folder with the rasters that the package names but does not hold.
    plots_drawn : int, optional
        How many plots are drawn for ``trees_again``.
    trees_again : Path, optional
        Trees of those plots measured again, in a table like that of the last survey.
    bare : collection of str, optional
        Plots among them on which no tree stands.
    materiality : float, optional
        Share of the reported carbon from which a difference is material. [1]
    progress : Progress, optional
        Told each step.

    Raises
    ------
    PackageError
        If the package is not intact; nothing of it is used then.
    InputError
        If the trees measured again are not what they should be, or of other plots than those drawn.
    UsageError
        If trees were measured again and no plots are drawn.
    """
    if trees_again is not None and plots_drawn is None:
        raise UsageError("--remeasured: say with --draw-plots how many plots were drawn and visited")
    progress("Checking that the package is intact")
    with open_package(path, key, outside=outside) as package, reference_tables(package.tables):
        with tempfile.TemporaryDirectory(prefix="mrv-verify-") as work:
            out = Path(work).resolve() / "results"
            with confined_to(package.folder):
                refusals = run_again(package, out, progress)
            progress("Comparing")
            comparison = None if refusals else compare_results(package.results, out)
            figures = _figures(package.results, None if refusals else out)
        progress("Checking what the run says")
        view = ResultsView(package.results)
        checks = (_rerun_check(refusals), *checked(view))
        reliances: tuple[Reliance, ...] = ()
        again = None
        if not refusals and _asks_for_inputs(view, trees_again):
            with confined_to(package.folder):
                prepared = inspect(package.project_file, package.methodology)
            reliances = relied_on(prepared, view.results)
            if trees_again is not None and plots_drawn is not None:
                drawn = _drawn(path, view, package.package_sha256, plots_drawn)
                visit = Visit(trees_again, tuple(plot.plot_id for plot in drawn), frozenset(bare))
                again = remeasured(prepared, visit, view.results.confidence_level, materiality)
        return _statement(package, view, comparison, figures, checks, reliances, again)


def drawn_plots(path: Path, key: Path | None, count: int, *, outside: Path | None = None) -> list[DrawnPlot]:
    """Plots of a package to be measured again; errors as :func:`verify_package`.

    Raises
    ------
    UsageError
        If the package has no plots.
    """
    with open_package(path, key, outside=outside) as package:
        return _drawn(path, ResultsView(package.results), package.package_sha256, count)


def _drawn(path: Path, view: ResultsView, package_sha256: str, count: int) -> list[DrawnPlot]:
    plots = view.table("plots")
    if plots is None:
        raise UsageError("{file}: has no plots to be measured again", file=path)
    return draw_plots(plots, package_sha256, count)


def _asks_for_inputs(view: ResultsView, trees_again: Path | None) -> bool:
    """Whether anything rests on what was let pass, so that the inputs have to be read once more."""
    results = view.results
    let_pass = (results.waivers, results.quarantine, results.quarantined_equations)
    return trees_again is not None or any(let_pass)


def _rerun_check(refusals: tuple[Phrase, ...]) -> Check:
    return Check("rerun", Phrase(RERUN), "fails" if refusals else "holds", refusals)


def _figures(packaged: Path, recomputed: Path | None) -> list[FigureRecord]:
    """Every figure of the package beside the one of the new run."""
    ours = ResultsView(packaged).results.figures
    theirs: dict[tuple[str, object], Figure] = {}
    if recomputed is not None:
        again = ResultsView(recomputed).results.figures
        theirs = {(figure.name, index_of(figure.index)): figure for figure in again}
    records = []
    for figure in ours:
        other = theirs.get((figure.name, index_of(figure.index)))
        value = None if other is None else other.value
        grade = "different" if other is None else grade_of(figure.value, value)
        records.append(
            FigureRecord(
                name=figure.name,
                index=figure.index,
                unit=figure.unit,
                packaged=figure.value,
                recomputed=value,
                grade=grade,
            )
        )
    return records


def _verdict(
    comparison: Comparison | None, checks: Sequence[Check], again: Remeasured | None
) -> tuple[Verdict, list[Phrase]]:
    """Verdict, and why it is not *identical*."""
    reasons = [
        Phrase("{question} No: {count} faults", question=check.question, count=len(check.remarks))
        for check in checks
        if check.state == "fails"
    ]
    if again is not None and again.outcome == "material":
        reasons.append(
            Phrase("the carbon measured again is materially different: {low:.1%} to {high:.1%}",
                   low=again.low, high=again.high)
        )  # fmt: skip
    if comparison is not None and comparison.grade == "different":
        unlike = sum(file.grade == "different" for file in comparison.files)
        reasons.append(
            Phrase(
                "{count} values in {files} files differ", count=comparison.count("different"), files=unlike
            )
        )
        return "different", reasons
    if reasons or comparison is None:
        return "failed", reasons
    if comparison.grade == "within tolerance":
        reasons.append(
            Phrase(
                "{count} values differ in their last digits only", count=comparison.count("within tolerance")
            )
        )
    return comparison.grade, reasons


def _difference(difference: Difference) -> DifferenceRecord:
    return DifferenceRecord(
        place=difference.place,
        packaged=difference.first,
        recomputed=difference.second,
        grade=difference.grade,
    )


def _file(file: FileComparison) -> FileRecord:
    return FileRecord(
        file=file.file,
        grade=file.grade,
        identical=file.identical,
        within_tolerance=file.within_tolerance,
        different=file.different,
        differences=[_difference(difference) for difference in file.differences],
    )


def _step(comparison: Comparison | None) -> StepRecord | None:
    if comparison is None or comparison.first_step is None:
        return None
    step = comparison.first_step
    return StepRecord(
        name=step.name,
        clause=step.clause,
        formula=step.formula,
        source=step.source,
        difference=_difference(step.difference),
    )


def _again(again: Remeasured | None) -> RemeasuredRecord | None:
    if again is None:
        return None
    record = asdict(again)
    record["plots"] = [PlotComparedRecord(**asdict(plot)) for plot in again.plots]
    for end in ("low", "high"):
        record[end] = None if record[end] != record[end] else record[end]  # NaN is no JSON
    return RemeasuredRecord(**record)


def _statement(
    package: Package,
    view: ResultsView,
    comparison: Comparison | None,
    figures: list[FigureRecord],
    checks: Sequence[Check],
    reliances: Sequence[Reliance],
    again: Remeasured | None,
) -> VerificationStatement:
    results = view.results
    verdict, reasons = _verdict(comparison, checks, again)
    return VerificationStatement(
        package_sha256=package.package_sha256,
        signer=package.signer,
        project=results.project,
        methodology=results.methodology,
        monitoring_period=results.monitoring_period,
        verdict=verdict,
        reasons=[sentence(found) for found in reasons],
        toolkit=environment(),
        environment=[_difference(found) for found in comparison.environments] if comparison else [],
        documents=[_file(file) for file in against_installed(package) if file.grade != "identical"],
        figures=figures,
        files=[_file(file) for file in comparison.files] if comparison else [],
        first_step=_step(comparison),
        rounding=[sentence(found) for found in near_rounding(view)],
        checks=[
            CheckRecord(
                id=check.id,
                question=sentence(check.question),
                state=check.state,
                remarks=[sentence(found) for found in check.remarks],
            )
            for check in checks
        ],
        reliances=[
            RelianceRecord(
                kind=entry.kind,
                name=entry.name,
                reason=entry.reason,
                quantity=entry.quantity,
                unit=entry.unit,
                effect=entry.effect,
                because=sentence(entry.because) if entry.because is not None else None,
            )
            for entry in reliances
        ],
        remeasurement=_again(again),
    )

"""Verifications and comparisons as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mrv.cli.output import Output
from mrv.report.numbers import short_number, unit_text
from mrv.report.verification import VERDICTS

if TYPE_CHECKING:
    from mrv.verification.comparison import Comparison
    from mrv.verification.remeasurement import DrawnPlot
    from mrv.verification.statement import DifferenceRecord, RelianceRecord, VerificationStatement

ORDER_OF_DRAW = "In the order of the SHA-256 of PACKAGE|PLOT, which nobody could know before the seal."

VALUES_SHOWN = 10
"""Values that differ which are printed of a file before the rest is counted."""

REMARKS_SHOWN = 5
"""Remarks of a check which are printed."""


def show_statement(output: Output, statement: VerificationStatement) -> None:
    """Print a verification: who sealed, the figures, what differs, the checks, and the verdict last."""
    _show_identity(output, statement)
    _show_figures(output, statement)
    _show_files(output, statement)
    _show_checks(output, statement)
    _show_surroundings(output, statement)
    _show_again(output, statement)
    output.say("", output.translated(VERDICTS[statement.verdict]))
    for reason in statement.reasons:
        output.say("  " + output.words.of(reason))


def _show_identity(output: Output, statement: VerificationStatement) -> None:
    simulated = "  [" + output.translated("SIMULATED DATA") + "]" if statement.project.simulated else ""
    output.say(output.bilingual(statement.project.name) + simulated)
    output.say(output.translated("Package {hash}", hash=statement.package_sha256))
    signer = statement.signer or output.translated("nobody: the package is not signed")
    output.say(output.translated("Sealed by key {key}", key=signer), "")


def _show_figures(output: Output, statement: VerificationStatement) -> None:
    output.table(
        ("figure", "unit", "packaged", "recomputed", "result"),
        [
            (
                figure.name,
                unit_text(figure.unit),
                short_number(figure.packaged),
                short_number(figure.recomputed),
                output.translated(figure.grade),
            )
            for figure in statement.figures
            if not figure.index and (output.verbosity > 0 or figure.unit == "t_co2e")
        ],
        title="Figures of the project",
    )


def _show_files(output: Output, statement: VerificationStatement) -> None:
    unlike = [file for file in statement.files if file.grade != "identical"]
    _say_same(output, len(statement.files) - len(unlike), len(statement.files))
    for file in unlike:
        _show_differences(output, file.file, _rows(file.differences))
    step = statement.first_step
    if step is not None:
        output.say(
            output.translated(
                "First differing step: {step}, clause {clause}: {packaged} packaged, {recomputed} recomputed",
                step=f"{step.name} {step.difference.place}".strip(),
                clause=step.clause,
                packaged=step.difference.packaged,
                recomputed=step.difference.recomputed,
            )
        )


def _say_same(output: Output, same: int, count: int) -> None:
    output.say(output.translated("{same} of {count} files are identical.", same=same, count=count))


def _show_checks(output: Output, statement: VerificationStatement) -> None:
    said = output.words.of
    output.table(
        ("check", "answer", "found"),
        [
            (
                said(check.question),
                output.translated(check.state),
                "\n".join(said(found) for found in check.remarks[:REMARKS_SHOWN]),
            )
            for check in statement.checks
        ],
        title="Checks that do not trust the run",
    )
    for entry in statement.reliances:
        output.say(_let_pass(output, entry))
    for found in statement.rounding:
        output.say(said(found))


def _let_pass(output: Output, entry: RelianceRecord) -> str:
    """What was let pass, and what the result would be without it."""
    effect = "–" if entry.effect is None else f"{short_number(entry.effect)} {unit_text(entry.unit or '')}"
    return output.translated(
        "Let pass: {kind} {name}: {reason} Without it: {quantity} {effect} ({meaning})",
        kind=output.translated(entry.kind),
        name=entry.name,
        reason=entry.reason,
        quantity=entry.quantity or "",
        effect=effect.strip(),
        meaning=output.words.of(entry.because) if entry.because is not None else "",
    )


def _show_surroundings(output: Output, statement: VerificationStatement) -> None:
    """Documents and software that are not those of the run."""
    for file in statement.documents:
        _show_differences(output, file.file, _rows(file.differences))
    if statement.environment:
        versions = ", ".join(
            f"{found.place.rpartition('.')[2]} {found.packaged} → {found.recomputed}"
            for found in statement.environment
        )
        output.say(output.translated("Software: {versions}", versions=versions))


def _show_again(output: Output, statement: VerificationStatement) -> None:
    again = statement.remeasurement
    if again is None:
        return
    interval = "–" if again.low is None or again.high is None else f"{again.low:+.1%} … {again.high:+.1%}"
    output.say(
        output.translated(
            "Measured again in {plots} plots: {difference} ({interval}) of the carbon: {outcome}",
            difference=f"{again.difference:+.1%}",
            interval=interval,
            plots=len(again.plots),
            outcome=output.translated(again.outcome),
        )
    )


def _rows(differences: Sequence[DifferenceRecord]) -> list[tuple[str, str, str, str]]:
    return [(found.place, found.packaged, found.recomputed, found.grade) for found in differences]


def _show_differences(output: Output, file: str, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Values of a file that differ: place, first, second, grade."""
    output.table(
        ("place", "first", "second", "result"),
        [(*values, output.translated(grade)) for *values, grade in rows[:VALUES_SHOWN]],
        title=file,
    )
    if len(rows) > VALUES_SHOWN:
        output.say(output.translated("  and {count} more", count=len(rows) - VALUES_SHOWN))


def show_drawn(output: Output, drawn: Sequence[DrawnPlot]) -> None:
    """Print plots to be measured again."""
    if not drawn:
        return
    output.table(
        ("order", "plot", "stratum", "x, m", "y, m", "digest"),
        [
            (str(plot.order), plot.plot_id, plot.stratum_id, plot.x_m, plot.y_m, plot.digest[:16] + "…")
            for plot in drawn
        ],
        title="Plots to be measured again",
    )
    output.say(output.translated(ORDER_OF_DRAW))


def show_comparison(output: Output, comparison: Comparison) -> None:
    """Print two runs side by side."""
    unlike = [file for file in comparison.files if file.grade != "identical"]
    same = len(comparison.files) - len(unlike)
    for file in unlike:
        rows = [(found.place, found.first, found.second, found.grade) for found in file.differences]
        _show_differences(output, file.file, rows)
    if comparison.first_step is not None:
        step = comparison.first_step
        output.say(
            output.translated(
                "First differing step: {step}, clause {clause}: {packaged} first, {recomputed} second",
                step=f"{step.name} {step.difference.place}".strip(),
                clause=step.clause,
                packaged=step.difference.first,
                recomputed=step.difference.second,
            )
        )
    _say_same(output, same, len(comparison.files))
    output.say(output.translated(comparison.grade))

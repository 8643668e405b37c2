"""What stands above every result: simulated data, methodology and conformance, doubtful equations."""

from __future__ import annotations

from mrv.cli.output import Output
from mrv.cli.summary_equations import quarantine_lines
from mrv.run.results import Results


def standing_of(output: Output, results: Results) -> list[tuple[str, str]]:
    """Lines with their kind, ``standing`` for what nobody may overlook."""
    lines = []
    if results.project.simulated:
        lines.append(("standing", output.translated("SIMULATED DATA")))
    if results.methodology is not None:
        lines.append(("methodology", output.bilingual(results.methodology.title)))
        lines.append(("standing", output.translated(results.methodology.conformance)))
    return lines + [("standing", line) for line in quarantine_lines(output, results)]


def show_standing(output: Output, results: Results) -> None:
    """Print what stands above every result."""
    title = output.bilingual(results.project.name)
    simulated = "  [" + output.translated("SIMULATED DATA") + "]" if results.project.simulated else ""
    lines = [title + simulated]
    if results.methodology is not None:
        lines.append(
            output.translated(
                "By {methodology} ({conformance})",
                methodology=output.bilingual(results.methodology.title),
                conformance=output.translated(results.methodology.conformance),
            )
        )
    output.say(*lines, *quarantine_lines(output, results))

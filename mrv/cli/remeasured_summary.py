"""The second, blind measurement of plots in the summary of a run."""

from __future__ import annotations

from mrv.cli.output import Output
from mrv.cli.text import plus_minus
from mrv.run.results import Figure, Results


def _by_name(results: Results) -> dict[tuple[str, str], Figure]:
    return {
        (figure.quantity, figure.index["date"]): figure
        for figure in results.figures
        if figure.quantity.startswith("remeasurement_")
    }


def show_remeasurement(output: Output, results: Results) -> None:
    """Print how many stems were within tolerance and by how much the second measurement is larger."""
    found = _by_name(results)
    for date in sorted({date for _, date in found}):
        for stem, unit, label in (("dbh", "cm", "diameters"), ("height", "m", "heights")):
            within = found.get((f"remeasurement_{stem}_within", date))
            bias = found.get((f"remeasurement_{stem}_bias", date))
            if within is None or bias is None or within.value is None or bias.value is None:
                continue
            half = bias.interval.half_width if bias.interval else None
            output.say(
                output.translated(
                    "Measured again, {date}: {share} of {count} {what} within tolerance; {plots} plots, "
                    "second less first {bias} {unit}.",
                    date=date,
                    share=f"{within.value:.0%}",
                    count=within.units,
                    what=output.translated(label),
                    plots=bias.units,
                    bias=plus_minus(bias.value, half, 2),
                    unit=unit,
                )
            )

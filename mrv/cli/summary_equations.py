"""What the summary of a run says of its equations: doubtful ones first, then ranges and the other answer."""

from __future__ import annotations

from mrv.cli.output import Output
from mrv.report.numbers import number_text
from mrv.run.results import Figure, Results


def quarantine_lines(output: Output, results: Results) -> list[str]:
    """A line for each doubtful equation that a result rests on."""
    return [
        output.translated(
            "QUARANTINED EQUATION IN USE: {equation} ({note}); let in because: {reason}"
            if entry.note
            else "QUARANTINED EQUATION IN USE: {equation}; let in because: {reason}",
            equation=entry.equation_id,
            note=entry.note,
            reason=entry.reason,
        )
        for entry in results.quarantined_equations
    ]


def show_quarantine(output: Output, results: Results) -> None:
    """Tell above everything else that a result rests on a doubtful equation."""
    output.say(*quarantine_lines(output, results))


def _figure(results: Results, name: str, index: dict[str, str]) -> Figure | None:
    try:
        return results.figure(name, index)
    except KeyError:
        return None


def show_alternative(output: Output, results: Results) -> None:
    """One line: what the other equation gives for the project, or for each stratum, at the last date."""
    dates = sorted(f.index["date"] for f in results.figures if f.quantity == "biomass_density_alternative")
    if not dates or results.alternative_equation is None:
        return
    places: list[dict[str, str]] = [{}, *({"stratum": s.stratum_id} for s in results.strata)]
    pairs = []
    for place in places:
        index = {**place, "pool": "agb", "date": dates[-1]}
        other = _figure(results, "biomass_density_alternative_t_dm_ha", index)
        own = _figure(results, "biomass_density_t_dm_ha", index)
        if other is not None and own is not None:
            pairs.append((place.get("stratum", output.translated("project")), other.value, own.value))
            if not place:
                break
    output.say(
        output.translated(
            "With {equation}: AGB {values} t/ha ({date}).",
            equation=results.alternative_equation,
            date=dates[-1],
            values=output.listed(
                output.translated(
                    "{place} {other} instead of {own}",
                    place=place,
                    other=number_text(other, 1),
                    own=number_text(own, 1),
                )
                for place, other, own in pairs
            ),
        )
    )


def show_extrapolation(output: Output, results: Results) -> None:
    """How much of a result lies beyond the ranges of its equations, and what was done about it."""
    for record in results.extrapolations:
        if record.replaced_stems:
            output.say(
                output.translated(
                    "{equation}: {stems} stems beyond its range ({share} of its basal area); above it "
                    "{other} is used for {replaced}",
                    equation=record.equation_id,
                    stems=number_text(record.stems, 0),
                    share=f"{record.basal_area_share:.1%}",
                    other=output.listed(record.replaced_by),
                    replaced=number_text(record.replaced_stems, 0),
                )
            )
        if record.added_relative_standard_error:
            output.say(
                output.translated(
                    "{equation}: extrapolation adds {added} to the relative standard error of its AGB; "
                    "plots with more than a tenth of their basal area beyond the range: {plots}",
                    equation=record.equation_id,
                    added=f"{record.added_relative_standard_error:.2%}",
                    plots=record.marked_plots,
                )
            )

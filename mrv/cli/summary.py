"""What a field ecologist wants to see when a run ends: a short table, the sink, what to be careful about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mrv.cli.budget import show_budget
from mrv.cli.intervals import interval_text, say_intervals
from mrv.cli.map_summary import show_maps
from mrv.cli.model_summary import show_model
from mrv.cli.output import Output
from mrv.cli.parcel_summary import show_parcels
from mrv.cli.remeasured_summary import show_remeasurement
from mrv.cli.sampling_summary import show_sampling
from mrv.cli.scenario_summary import show_conditions, show_scenarios
from mrv.cli.soil_summary import show_soil
from mrv.cli.stated_summary import show_stated
from mrv.cli.stock_summary import show_stocks
from mrv.cli.summary_equations import show_alternative, show_extrapolation, show_quarantine
from mrv.findings import Finding
from mrv.report.labels import CREDIT_LINES
from mrv.report.numbers import number_text, short_number, unit_text
from mrv.run.results import EquationUse, Figure, QuarantineRecord, Results


def _find(results: Results, name: str, index: dict[str, str]) -> Figure | None:
    try:
        return results.figure(name, index)
    except KeyError:
        return None


PLOT_MEANS = frozenset({"soil_carbon_density", "stated_biomass_density", "stated_carbon_density"})
"""Quantities, besides biomass, that are means of plots."""


def _show_intervals(output: Output, figure: Figure) -> None:
    """Say the intervals of net removals."""
    if figure.interval is None or figure.value is None:
        return
    words = {
        "value": number_text(figure.value),
        "unit": unit_text(figure.unit),
        "sampling": interval_text(output, figure.interval, 2),
        "level": f"{figure.interval.level:.0%}",
    }
    output.say(
        output.translated(
            "Net removals {value} {unit}: {sampling} from sampling alone, {total} from all errors ({level}).",
            **words,
            total=interval_text(output, figure.total_interval, 2),
        )
        if figure.total_interval is not None
        else output.translated(
            "Net removals {value} {unit}: {sampling} from sampling alone ({level}).", **words
        )
    )


def _show_credits(output: Output, results: Results) -> None:
    if results.methodology is None:
        return
    rows = []
    for name, label in CREDIT_LINES:
        figure = _find(results, name, {})
        if figure is None:
            continue
        if name in ("relative_uncertainty_sampling", "relative_uncertainty_total"):
            text = "–" if figure.value is None else f"{figure.value:.1%}"
        else:
            text = number_text(figure.value)
        rows.append((output.translated(label), text, unit_text(figure.unit)))
    period = results.monitoring_period
    if period:
        output.say(
            "",
            output.translated(
                "Sink from {start} to {end} by {methodology} ({conformance})",
                start=period[0],
                end=period[1],
                methodology=output.bilingual(results.methodology.title),
                conformance=output.translated(results.methodology.conformance),
            ),
        )
    output.table(("", "figure", "unit"), rows)
    net = _find(results, "net_removals_t_co2e", {})
    if net is not None:
        _show_intervals(output, net)
    issued = [f for f in results.figures if f.quantity == "issuance" and f.value is not None]
    if issued:
        total = sum(f.value for f in issued if f.value is not None)
        years = f"{issued[0].index['vintage']}–{issued[-1].index['vintage']}"
        output.say(
            output.translated(
                "Credits: {total} in vintages {years}.", total=number_text(total, 0), years=years
            )
        )
    reasons = sorted({f.because for f in results.figures if f.because and f.clause})
    for reason in reasons:
        output.say(output.translated(reason))


def _bounds_text(symbol: str, bounds: tuple[float | None, float | None], unit: str) -> str:
    low, high = ("…" if bound is None else f"{bound:g}" for bound in bounds)
    return f"{symbol} {low}–{high} {unit}"


def _range_text(use: EquationUse) -> str:
    """Range of diameters, and of heights where the equation takes them: ``D 5–42 cm, H 4–26 m``."""
    diameters = _bounds_text("D", use.dbh_range_cm, "cm")
    if use.height_range_m is None:
        return diameters
    return f"{diameters}, {_bounds_text('H', use.height_range_m, 'm')}"


def _quarantine_line(output: Output, entry: QuarantineRecord) -> str:
    """A row in quarantine: its reason, and what leaving it out does."""
    words = {"where": entry.where, "name": entry.name, "reason": entry.reason}
    if entry.effect is None:
        return output.translated("{where}: {name} is in quarantine: {reason}", **words)
    sign = "−" if entry.effect < 0 else "+"
    return output.translated(
        "{where}: {name} is in quarantine, {effect} {unit}: {reason}",
        **words,
        effect=sign + short_number(float(f"{abs(entry.effect):.3g}")),
        unit=unit_text(entry.unit or ""),
    )


def _show_care(output: Output, results: Results, findings: Sequence[Finding]) -> None:
    """What a reader must know: trees beyond an equation's range, rows left out, waivers, pools."""
    for use in results.equations:
        if use.component == "agb" or use.outside_range_stems:
            output.say(
                output.translated(
                    "{equation}: {stems} stems, {outside} outside its range of {range} "
                    "({share} of their basal area)",
                    equation=use.equation_id,
                    stems=number_text(use.stems, 0),
                    outside=number_text(use.outside_range_stems, 0),
                    range=_range_text(use),
                    share=f"{use.outside_range_basal_area_share:.1%}",
                )
            )
    show_extrapolation(output, results)
    for exclusion in results.exclusions:
        output.say(
            output.translated(
                "1 row of {file} left out: {reason}"
                if exclusion.rows == 1
                else "{rows} rows of {file} left out: {reason}",
                rows=exclusion.rows,
                file=exclusion.file,
                reason=exclusion.reason,
            )
        )
    for entry in results.quarantine:
        output.say(_quarantine_line(output, entry))
    for waiver in results.waivers:
        output.say(output.translated("Waived: {rule}: {reason}", rule=waiver.rule, reason=waiver.reason))
    excluded = [p.pool for p in results.pools if p.state == "not measured (conservatively excluded)"]
    if excluded:
        output.say(
            output.translated(
                "Not measured (conservatively excluded): {pools}.",
                pools=output.listed(output.translated(pool) for pool in excluded),
            )
        )
    counts = Counter(finding.rule for finding in findings)
    for finding in findings if output.verbosity > 0 else ():
        output.say(output.finding(finding))
    if counts and output.verbosity <= 0:
        rules = output.listed(f"{rule} × {count}" for rule, count in sorted(counts.items()))
        output.say(output.translated("Notes: {rules} (-v shows them).", rules=rules))


def show_results(output: Output, results: Results, out: Path, findings: Sequence[Finding]) -> None:
    """Print the results of a run, what was found on the way, and where they were written."""
    name = output.bilingual(results.project.name)
    label = "  [" + output.translated("SIMULATED DATA") + "]" if results.project.simulated else ""
    output.say(name + label)
    show_quarantine(output, results)
    show_stocks(output, results)
    show_sampling(output, results)
    show_alternative(output, results)
    show_stated(output, results)
    show_soil(output, results)
    quantities = {figure.quantity for figure in results.figures}
    if "biomass_density" not in quantities and quantities & PLOT_MEANS:
        say_intervals(output, results)
    show_model(output, results)
    show_maps(output, results)
    show_parcels(output, results)
    _show_credits(output, results)
    show_scenarios(output, results)
    show_conditions(output, results)
    show_remeasurement(output, results)
    show_budget(output, results)
    output.say("")
    _show_care(output, results, findings)
    output.say("", output.translated("Written to {folder}:", folder=str(out)))
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        output.say(f"  {path}")
    if results.headline:
        output.say(
            output.translated(
                "Why a figure is what it is: mrv explain {folder} {quantity}",
                folder=str(out),
                quantity=results.headline,
            )
        )

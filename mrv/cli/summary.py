"""What a field ecologist wants to see when a run ends: a short table, the sink, what to be careful about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mrv.cli.budget import show_budget
from mrv.cli.model_summary import show_model
from mrv.cli.output import Output
from mrv.cli.sampling_summary import show_sampling
from mrv.cli.soil_summary import show_soil
from mrv.cli.stated_summary import show_stated
from mrv.cli.summary_equations import show_alternative, show_extrapolation, show_quarantine
from mrv.cli.text import number_text, plus_minus, short_number, unit_text
from mrv.findings import Finding
from mrv.run.results import EquationUse, Figure, QuarantineRecord, Results

CREDIT_LINES = (
    ("net_removals_t_co2e", "Net removals"),
    ("net_removals_per_hectare_year_t_co2e_ha_yr", "per hectare and year"),
    ("relative_uncertainty_sampling", "Relative uncertainty (sampling only)"),
    ("relative_uncertainty_total", "Relative uncertainty (all errors)"),
    ("uncertainty_deduction_t_co2e", "Uncertainty deduction"),
    ("buffer_t_co2e", "Buffer"),
    ("creditable_removals_t_co2e", "Creditable removals"),
    ("creditable_removals_under_total_t_co2e", "if all errors were deducted"),
)


def _half_width(figure: Figure) -> float | None:
    return figure.interval.half_width if figure.interval else None


def _find(results: Results, name: str, index: dict[str, str]) -> Figure | None:
    try:
        return results.figure(name, index)
    except KeyError:
        return None


def _cell(results: Results, name: str, index: dict[str, str], digits: int = 1) -> str:
    figure = _find(results, name, index)
    return plus_minus(figure.value, _half_width(figure), digits) if figure else ""


def _dates(results: Results) -> list[str]:
    return sorted(
        {figure.index["date"] for figure in results.figures if figure.quantity == "biomass_density"}
    )


PLOT_MEANS = frozenset({"soil_carbon_density", "stated_biomass_density", "stated_carbon_density"})
"""Quantities, besides biomass, that are means of plots."""

STOCK_COLUMNS = (
    "stratum",
    "area, ha",
    "date",
    "units",
    "AGB, t/ha",
    "BGB, t/ha",
    "dead wood, t/ha",
    "carbon, t C/ha",
    "sink, t CO₂e/ha/yr",
)


def _stock_row(results: Results, place: dict[str, str], date: str, span: str | None) -> tuple[str, ...]:
    """Replicates, stocks of a date, and at the last one the sink since the first."""
    name = "biomass_density_t_dm_ha"
    agb = _find(results, name, {**place, "pool": "agb", "date": date})
    dead = _find(results, name, {**place, "pool": "dead_wood", "date": date})
    return (
        str(agb.units) if agb and agb.units is not None else "",
        _cell(results, name, {**place, "pool": "agb", "date": date}),
        _cell(results, name, {**place, "pool": "bgb", "date": date}),
        plus_minus(dead.value, _half_width(dead)) if dead and dead.value else "",
        _cell(results, "carbon_density_t_c_ha", {**place, "pool": "total", "date": date}),
        _cell(results, "carbon_sink_t_co2e_ha_yr", {**place, "pool": "total", "date": span}, 2)
        if span
        else "",
    )


def stock_rows(results: Results, whole: str) -> list[tuple[str, ...]]:
    """One row per stratum and date, the project last."""
    dates = _dates(results)
    areas: dict[str | None, float | None] = {s.stratum_id: s.area_ha for s in results.strata}
    strata: list[str | None] = list(areas)
    if len(strata) != 1 and any(
        f.quantity == "biomass_density" and "stratum" not in f.index for f in results.figures
    ):
        strata.append(None)
        total = _find(results, "area_ha", {})
        areas[None] = total.value if total else None
    rows = []
    for stratum in strata:
        place = {"stratum": stratum} if stratum is not None else {}
        for date in dates:
            named = (whole if stratum is None else stratum) if date == dates[0] else ""
            area = areas[stratum] if date == dates[0] else None
            span = f"{dates[0]}/{date}" if date == dates[-1] and len(dates) > 1 else None
            area_text = number_text(area, 1) if area is not None else ""
            rows.append((named, area_text, date, *_stock_row(results, place, date, span)))
    return rows


def _show_stocks(output: Output, results: Results) -> None:
    if not _dates(results):
        return
    rows = stock_rows(results, output.translated("project"))
    filled = [position for position in range(len(STOCK_COLUMNS)) if any(row[position] for row in rows)]
    output.table(
        [STOCK_COLUMNS[position] for position in filled],
        [tuple(row[position] for position in filled) for row in rows],
        title="Stocks per hectare",
    )
    _show_level(output, results)


def _show_level(output: Output, results: Results) -> None:
    """Say what ± is, or why there is none."""
    level = f"{results.confidence_level:.0%}"
    judged = any(figure.interval for figure in results.figures)
    output.say(
        output.translated(
            "± is the half-width of the two-sided {level} interval from the sampling of plots alone.",
            level=level,
        )
        if judged
        else output.translated(
            "No interval: the plots were chosen on purpose, so that no design stands behind one."
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
            text = plus_minus(figure.value, _half_width(figure), 2)
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
                "{rows} rows of {file} left out: {reason}",
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
    _show_stocks(output, results)
    show_sampling(output, results)
    show_alternative(output, results)
    show_stated(output, results)
    show_soil(output, results)
    if not _dates(results) and any(figure.quantity in PLOT_MEANS for figure in results.figures):
        _show_level(output, results)
    show_model(output, results)
    _show_credits(output, results)
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

"""What a field ecologist wants to see when a run ends: a short table, the sink, what to be careful about."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mrv.cli.output import Output
from mrv.cli.text import number_text, plus_minus, unit_text
from mrv.run.results import Figure, Results

CREDIT_LINES = (
    ("net_removals_t_co2e", "Net removals"),
    ("net_removals_per_hectare_year_t_co2e_ha_yr", "per hectare and year"),
    ("relative_uncertainty_sampling", "Relative uncertainty (sampling only)"),
    ("uncertainty_deduction_t_co2e", "Uncertainty deduction"),
    ("buffer_t_co2e", "Buffer"),
    ("creditable_removals_t_co2e", "Creditable removals"),
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


def stock_rows(results: Results, whole: str) -> list[tuple[str, ...]]:
    """One row per stratum and date, the project last: area, biomass, carbon, sink up to that date."""
    dates = _dates(results)
    strata: list[str | None] = [stratum.stratum_id for stratum in results.strata]
    areas: dict[str | None, float | None] = {s.stratum_id: s.area_ha for s in results.strata}
    total = _find(results, "area_ha", {})
    areas[None] = total.value if total else None
    has_whole = any(f.quantity == "biomass_density" and "stratum" not in f.index for f in results.figures)
    rows: list[tuple[str, ...]] = []
    for stratum in [*strata, *([None] if has_whole and len(strata) != 1 else [])]:
        place = {"stratum": stratum} if stratum is not None else {}
        for date in dates:
            first = date == dates[0]
            span = f"{dates[0]}/{dates[-1]}"
            rows.append(
                (
                    (stratum if stratum is not None else whole) if first else "",
                    number_text(areas.get(stratum), 1) if first else "",
                    date,
                    _cell(results, "biomass_density_t_dm_ha", {**place, "pool": "agb", "date": date}),
                    _cell(results, "biomass_density_t_dm_ha", {**place, "pool": "bgb", "date": date}),
                    _cell(results, "carbon_density_t_c_ha", {**place, "pool": "total", "date": date}),
                    _cell(results, "carbon_sink_t_co2e_ha_yr", {**place, "pool": "total", "date": span}, 2)
                    if date == dates[-1] and len(dates) > 1
                    else "",
                )
            )
    return rows


def _show_stocks(output: Output, results: Results) -> None:
    if not _dates(results):
        return
    output.table(
        (
            "stratum",
            "area, ha",
            "date",
            "AGB, t/ha",
            "BGB, t/ha",
            "carbon, t C/ha",
            "sink, t CO₂e/ha/yr",
        ),
        stock_rows(results, output.translated("project")),
        title="Stocks per hectare",
    )
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
        if name == "relative_uncertainty_sampling":
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


def _show_care(output: Output, results: Results) -> None:
    """What a reader must know: trees beyond an equation's range, rows left out, waivers, pools."""
    for use in results.equations:
        if use.component == "agb" or use.outside_range_stems:
            low, high = (f"{bound:g}" if bound is not None else "…" for bound in use.dbh_range_cm)
            output.say(
                output.translated(
                    "{equation}: {stems} stems, {outside} outside its range of D {low}–{high} cm "
                    "({share} of their basal area)",
                    equation=use.equation_id,
                    stems=number_text(use.stems, 0),
                    outside=number_text(use.outside_range_stems, 0),
                    low=low,
                    high=high,
                    share=f"{use.outside_range_basal_area_share:.1%}",
                )
            )
    for exclusion in results.exclusions:
        output.say(
            output.translated(
                "{rows} rows of {file} left out: {reason}",
                rows=exclusion.rows,
                file=exclusion.file,
                reason=exclusion.reason,
            )
        )
    for waiver in results.waivers:
        output.say(output.translated("Waived: {rule}: {reason}", rule=waiver.rule, reason=waiver.reason))
    excluded = [p.pool for p in results.pools if p.state == "not measured (conservatively excluded)"]
    if excluded:
        output.say(
            output.translated(
                "Not measured (conservatively excluded): {pools}.",
                pools=", ".join(output.translated(pool) for pool in excluded),
            )
        )
    counts = Counter(finding.rule for finding in results.findings)
    for finding in results.findings if output.verbosity > 0 else ():
        output.say(f"{finding.where}: {finding.message}  [{finding.rule}]")
    if counts and output.verbosity <= 0:
        rules = ", ".join(f"{rule} × {count}" for rule, count in sorted(counts.items()))
        output.say(output.translated("Notes: {rules} (-v shows them).", rules=rules))


def show_results(output: Output, results: Results, out: Path) -> None:
    """Print the results of a run and where they were written."""
    name = output.bilingual(results.project.name)
    label = "  [" + output.translated("SIMULATED DATA") + "]" if results.project.simulated else ""
    output.say(name + label)
    _show_stocks(output, results)
    _show_credits(output, results)
    output.say("")
    _show_care(output, results)
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

"""The result under every baseline, side by side, and the checklist of conditions, as a run prints them."""

from __future__ import annotations

from mrv.cli.output import Output
from mrv.report.numbers import number_text
from mrv.run.results import IntervalRecord, Results, ScenarioRecord


def _with_interval(value: float | None, interval: IntervalRecord | None) -> str:
    text = number_text(value, 0).replace("-", "−")
    if value is None or interval is None:
        return text
    return f"{text} ({interval.low:,.0f}…{interval.high:,.0f})".replace("-", "−")


def _row(output: Output, entry: ScenarioRecord) -> tuple[str, ...]:
    mark = output.translated("declared") if entry.declared else ""
    if entry.refused:
        mark = output.translated("refused: {rules}", rules=output.listed(entry.refused))
    return (
        output.translated(entry.scenario),
        _with_interval(entry.baseline_removals_t_co2e, entry.baseline_interval),
        _with_interval(entry.net_removals_t_co2e, entry.net_removals_interval),
        number_text(entry.net_removals_per_hectare_year_t_co2e, 2),
        number_text(entry.creditable_removals_t_co2e, 0).replace("-", "−"),
        mark,
    )


def show_scenarios(output: Output, results: Results) -> None:
    """Print the result under each baseline with evidence, where there is more than one."""
    if len(results.scenarios) < 2:
        return
    output.say("")
    output.table(
        ("baseline", "baseline removals", "net removals", "per ha and yr", "creditable", ""),
        [_row(output, entry) for entry in results.scenarios],
        title="Under each baseline that has evidence, t CO₂e",
    )
    output.say(
        output.translated(
            "Each row is the whole result under its baseline, in brackets the interval from all errors; rows "
            "are never added. Credits are counted against the declared one."
        )
    )


def show_conditions(output: Output, results: Results) -> None:
    """Print how many conditions are met, and each one that is not: it stops the issuance."""
    if not results.conditions:
        return
    met = [entry for entry in results.conditions if entry.state == "met"]
    output.say(
        output.translated(
            "Conditions of applicability and additionality: {met} of {all} met.",
            met=len(met),
            all=len(results.conditions),
        )
    )
    for entry in results.conditions:
        if entry.state != "met":
            output.say(
                output.translated(
                    "No credit is issued: {name} is not met ({condition})"
                    if entry.state == "not met"
                    else "No credit is issued: {name} is not answered ({condition})",
                    name=entry.id,
                    condition=output.bilingual(entry.condition),
                )
            )

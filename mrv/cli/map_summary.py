"""Estimates with a map in the summary of a run: both twins, what the map is worth, and by which rule."""

from __future__ import annotations

from collections.abc import Sequence

from mrv.cli.intervals import interval_text, say_half_width
from mrv.cli.output import Output
from mrv.cli.text import plus_minus
from mrv.inference.rules import RULES
from mrv.report.numbers import number_text, unit_text
from mrv.run.results import IntervalRecord, MapEstimateRecord, Results

COLUMNS = (
    "stratum",
    "date",
    "plots",
    "plots alone",
    "with the map",
    "worth, × plots",
    "bias of the map",
    "slope",
    "outside the map",
)
WITHOUT_MAP = ("block_kriging", "mean_only")
"""Rules that rest on plots alone; what was fitted to them is printed."""

TITLES = {
    "biomass_density": "With a map: AGB, t/ha",
    "carbon_density": "With a map: carbon, t C/ha",
    "carbon_stock_change": "With a map: change of carbon, t C/ha",
}
"""Quantity: title of its table."""


def _text(value: float | None, interval: IntervalRecord | None) -> str:
    return plus_minus(value, interval.half_width if interval else None)


def _worth(record: MapEstimateRecord) -> str:
    """By how many times the plots would have to be more for the same error without the map."""
    alone, with_map = record.plots_only_standard_error, record.standard_error
    return number_text((alone / with_map) ** 2, 1) if alone and with_map else ""


def _when(date: str) -> str:
    """A day, or the years of a change."""
    first, change, last = date.partition("/")
    return f"{first[:4]}–{last[:4]}" if change else date


def map_rows(output: Output, records: Sequence[MapEstimateRecord]) -> list[tuple[str, ...]]:
    """One row for each estimate, the project last."""
    return [
        (
            record.stratum_id or output.translated("project"),
            _when(record.date),
            str(record.plots),
            _text(record.plots_only_value, record.plots_only_interval),
            _text(record.value, record.interval),
            _worth(record),
            number_text(-record.mean_residual, 1),
            number_text(record.slope, 2) if record.slope is not None else "",
            f"{record.outside_share:.1%}",
        )
        for record in records
    ]


def _skewed_line(output: Output, record: MapEstimateRecord) -> str:
    intervals = {"bootstrap-t": record.bootstrap_t_interval, "log scale": record.log_scale_interval}
    told = [
        f"{output.translated(name)} {interval_text(output, interval, 1)}"
        for name, interval in intervals.items()
        if interval is not None
    ]
    return output.translated(
        "{place} {date}: the plots are skewed ({skewness}); other intervals, {unit}: {intervals}",
        place=record.stratum_id or output.translated("project"),
        date=record.date,
        skewness=number_text(record.skewness, 1),
        unit=unit_text(record.unit),
        intervals=output.listed(told),
    )


def show_maps(output: Output, results: Results) -> None:
    """Print estimates with a map, where the project has one."""
    records = results.map_estimates
    if not records:
        return
    output.say("")
    for quantity, title in TITLES.items():
        rows = map_rows(output, [record for record in records if record.quantity == quantity])
        if rows:
            output.table(COLUMNS, rows, title=title)
    say_half_width(output, results)
    for name in dict.fromkeys(record.rule for record in records):
        rule = RULES[name]
        output.say(
            output.translated(
                "By rule: {estimator}, because {because}. Error: {variance}.",
                estimator=output.translated(rule.estimator),
                because=output.translated(rule.because),
                variance=output.translated(rule.variance),
            )
        )
    for record in records:
        if record.rule in WITHOUT_MAP and record.stratum_id is None:
            output.say(output.translated("{date}: {source}.", date=record.date, source=record.source))
    for reason in dict.fromkeys(record.because for record in records if record.because):
        output.say(output.translated(reason) + ".")
    for record in records:
        if record.bootstrap_t_interval or record.log_scale_interval:
            output.say(_skewed_line(output, record))
    output.say(
        output.translated(
            "Estimates with a map are reported beside the plots' own; credits rest on the plots alone."
        )
    )

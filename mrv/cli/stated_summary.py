"""Stated biomass and carbon in the summary of a run, with the word that no equation stands behind them."""

from __future__ import annotations

from mrv.cli.intervals import INTERVALS, interval_text
from mrv.cli.output import Output
from mrv.report.numbers import number_text
from mrv.run.results import Figure, Results

STATED = {
    ("stated_biomass_density", "agb"): "AGB, t/ha",
    ("stated_biomass_density", "bgb"): "BGB, t/ha",
    ("stated_carbon_density", "agb"): "above-ground carbon, t C/ha",
    ("stated_carbon_density", "bgb"): "below-ground carbon, t C/ha",
}
"""Quantity and pool: what it is called in the table."""

COLUMNS = ("stratum", "date", "stated", "units", "figure", INTERVALS[0])


def stated_rows(output: Output, figures: list[Figure]) -> list[tuple[str, ...]]:
    """One row for each stratum, date and stated quantity, the project last."""
    strata: list[str | None] = [*sorted({f.index["stratum"] for f in figures if "stratum" in f.index})]
    if len(strata) != 1 and any("stratum" not in figure.index for figure in figures):
        strata.append(None)
    order = list(STATED)
    rows: list[tuple[str, ...]] = []
    for stratum in strata:
        own = [figure for figure in figures if figure.index.get("stratum") == stratum]
        own.sort(key=lambda f: (f.index["date"], order.index((f.quantity, f.index["pool"]))))
        for position, figure in enumerate(own):
            name = output.translated("project") if stratum is None else stratum
            date = figure.index["date"]
            told = position > 0 and own[position - 1].index["date"] == date
            rows.append(
                (
                    "" if position else name,
                    "" if told else date,
                    output.translated(STATED[figure.quantity, figure.index["pool"]]),
                    "" if figure.units is None else str(figure.units),
                    number_text(figure.value, 1),
                    interval_text(output, figure.interval, 1),
                )
            )
    return rows


def show_stated(output: Output, results: Results) -> None:
    """Print what publications state, and which, where the project has any."""
    figures = [figure for figure in results.figures if (figure.quantity, figure.index.get("pool")) in STATED]
    if not figures:
        return
    rows = stated_rows(output, figures)
    filled = [n for n in range(len(COLUMNS)) if any(row[n].strip("–") for row in rows)]
    output.table(
        [COLUMNS[position] for position in filled],
        [tuple(row[position] for position in filled) for row in rows],
        title="Stated by a publication, per hectare",
    )
    for record in results.stated:
        output.say(
            output.translated(
                "{date}: stated by {publication}; no equation was computed, and it is in no sink and in no "
                "credit.",
                date=record.date,
                publication=record.publication,
            )
        )

"""Parcels in the summary of a run: each where they are few, else how many of each kind."""

from __future__ import annotations

from collections import Counter

from mrv.cli.intervals import say_half_width
from mrv.cli.output import Output
from mrv.cli.text import plus_minus
from mrv.report.numbers import number_text
from mrv.run.results import Figure, ParcelRecord, Results

MOST_SHOWN = 20
"""Parcels up to which each has a line."""

KINDS = {
    "direct": "own plots",
    "borrowed": "own plots and the map",
    "synthetic": "the map",
    "map_mean": "the map alone",
}
"""What an estimate rests on, by its kind."""

COLUMNS = ("parcel", "date", "area, ha", "plots", "AGB, t/ha", "AGB, t", "rests on", "outside the map")


def _text(figure: Figure) -> str:
    return plus_minus(figure.value, figure.interval.half_width if figure.interval else None)


def _row(output: Output, results: Results, record: ParcelRecord) -> tuple[str, ...]:
    index = {"parcel": record.parcel_id, "pool": record.pool, "date": record.date}
    return (
        record.parcel_id,
        record.date,
        number_text(record.counted_ha),
        str(record.plots),
        _text(results.figure("parcel_biomass_density_t_dm_ha", index)),
        _text(results.figure("parcel_biomass_stock_t_dm", index)),
        output.translated(KINDS[record.kind]),
        f"{record.outside_share:.1%}",
    )


def show_parcels(output: Output, results: Results) -> None:
    """Print the parcels of a project, where it has any."""
    records = [record for record in results.parcels if record.pool == "agb"]
    if not records:
        return
    if len({record.parcel_id for record in records}) <= MOST_SHOWN:
        rows = [_row(output, results, record) for record in records]
        output.table(COLUMNS, rows, title="Parcels")
        say_half_width(output, results)
    else:
        for date in dict.fromkeys(record.date for record in records):
            counts: Counter[str] = Counter(record.kind for record in records if record.date == date)
            output.say(
                output.translated(
                    "Parcels {date}: {counts}; tables/parcels.csv has each.",
                    date=date,
                    counts=output.listed(
                        f"{output.translated(words)} {counts[kind]}"
                        for kind, words in KINDS.items()
                        if counts[kind]
                    ),
                )
            )
    for reason in dict.fromkeys(record.because for record in records if record.because):
        output.say(output.translated(reason) + ".")

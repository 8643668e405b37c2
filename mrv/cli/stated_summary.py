"""Stated biomass and carbon in the summary of a run, with the word that no equation stands behind them."""

from __future__ import annotations

from mrv.cli.output import Output
from mrv.cli.text import plus_minus
from mrv.run.results import Figure, Results

STATED = (
    ("stated_biomass_density", "agb"),
    ("stated_biomass_density", "bgb"),
    ("stated_carbon_density", "agb"),
    ("stated_carbon_density", "bgb"),
)
"""Quantity and pool of the last columns of the table."""

COLUMNS = (
    "stratum",
    "date",
    "units",
    "AGB, t/ha",
    "BGB, t/ha",
    "above-ground carbon, t C/ha",
    "below-ground carbon, t C/ha",
)


def _cell(figures: list[Figure], key: tuple[str, str]) -> str:
    for figure in figures:
        if (figure.quantity, figure.index["pool"]) == key:
            return plus_minus(figure.value, figure.interval.half_width if figure.interval else None)
    return ""


def stated_rows(figures: list[Figure], whole: str) -> list[tuple[str, ...]]:
    """One row for each stratum and date, the project last."""
    strata: list[str | None] = [*sorted({f.index["stratum"] for f in figures if "stratum" in f.index})]
    if len(strata) != 1 and any("stratum" not in figure.index for figure in figures):
        strata.append(None)
    rows = []
    for stratum in strata:
        own = [figure for figure in figures if figure.index.get("stratum") == stratum]
        for number, date in enumerate(sorted({figure.index["date"] for figure in own})):
            here = [figure for figure in own if figure.index["date"] == date]
            named = (whole if stratum is None else stratum) if number == 0 else ""
            units = sorted({figure.units for figure in here if figure.units is not None})
            cells = (_cell(here, key) for key in STATED)
            rows.append((named, date, "–".join(str(unit) for unit in units), *cells))
    return rows


def show_stated(output: Output, results: Results) -> None:
    """Print what publications state, and which, where the project has any."""
    figures = [figure for figure in results.figures if (figure.quantity, figure.index.get("pool")) in STATED]
    if not figures:
        return
    rows = stated_rows(figures, output.translated("project"))
    filled = [position for position in range(len(COLUMNS)) if any(row[position] for row in rows)]
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

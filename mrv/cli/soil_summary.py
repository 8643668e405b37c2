"""Soil in the summary of a run: stocks to each depth and rates, with the word that they are not credited."""

from __future__ import annotations

from collections.abc import Sequence

from mrv.cli.output import Output
from mrv.cli.text import plus_minus, unit_text
from mrv.run.results import Figure, Results

STOCK = "soil_carbon_density"
STOCK_COLUMNS = ("stratum", "date", "depth", "units", "soil carbon, t C/ha")
RATE_COLUMNS = ("stratum", "rate", "method", "units", "figure", "unit")
RATES = {
    "soil_accumulation_rate": "carbon accumulation",
    "soil_accretion": "accretion",
    "soil_elevation_change": "change of elevation",
    "soil_shallow_subsidence": "shallow subsidence",
}
"""Quantity: what it is called in the table."""
METHODS = {
    "marker horizon": "marker horizon",
    "surface elevation table": "surface elevation table",
    "marker horizon, surface elevation table": "marker horizon, surface elevation table",
    "lead-210, CF:CS": "lead-210, CF:CS",
    "lead-210, CRS": "lead-210, CRS",
}


def _text(figure: Figure, digits: int) -> str:
    return plus_minus(figure.value, figure.interval.half_width if figure.interval else None, digits)


def _strata(figures: Sequence[Figure]) -> list[str | None]:
    """Strata of some figures, the project last."""
    named = sorted({figure.index["stratum"] for figure in figures if "stratum" in figure.index})
    whole = any("stratum" not in figure.index for figure in figures) and len(named) != 1
    return [*named, *([None] if whole else [])]


def _depth_cm(figure: Figure) -> float:
    return float(figure.index["depth"].removeprefix("0-").removesuffix(" cm"))


def stock_rows(results: Results, whole: str) -> list[tuple[str, ...]]:
    """One row for each stratum, date and depth, the project last."""
    figures = [figure for figure in results.figures if figure.quantity == STOCK]
    rows: list[tuple[str, ...]] = []
    for stratum in _strata(figures):
        own = [figure for figure in figures if figure.index.get("stratum") == stratum]
        ordered = sorted(own, key=lambda figure: (figure.index["date"], _depth_cm(figure)))
        for position, figure in enumerate(ordered):
            named = (whole if stratum is None else stratum) if position == 0 else ""
            date = figure.index["date"]
            told = position > 0 and ordered[position - 1].index["date"] == date
            rows.append(
                (
                    named,
                    "" if told else date,
                    figure.index["depth"],
                    str(figure.units),
                    _text(figure, 1),
                )
            )
    return rows


def rate_rows(output: Output, results: Results) -> list[tuple[str, ...]]:
    """One row for each stratum and rate, the project last."""
    figures = [figure for figure in results.figures if figure.quantity in RATES]
    return [
        (
            output.translated("project") if stratum is None else stratum,
            output.translated(RATES[figure.quantity]),
            output.translated(METHODS[figure.index["method"]]),
            str(figure.units),
            _text(figure, 2),
            unit_text(figure.unit),
        )
        for stratum in _strata(figures)
        for figure in figures
        if figure.index.get("stratum") == stratum
    ]


def show_soil(output: Output, results: Results) -> None:
    """Print stocks and rates of soil, where the project has any."""
    stocks = stock_rows(results, output.translated("project"))
    if stocks:
        output.say("")
        output.table(STOCK_COLUMNS, stocks, title="Soil carbon per hectare")
    rates = rate_rows(output, results)
    if rates:
        output.table(RATE_COLUMNS, rates, title="Rates of the soil surface")
    if stocks or rates:
        output.say(output.translated("Soil is reported only: it is in no sink and in no credit."))

"""Soil in the summary of a run: stocks, changes, rates and gases, none of them credited."""

from __future__ import annotations

from collections.abc import Sequence

from mrv.cli.intervals import INTERVALS, interval_cells
from mrv.cli.output import Output
from mrv.report.numbers import number_text, unit_text
from mrv.run.results import Figure, Results

STOCK = "soil_carbon_density"
SAMPLING, ALL_ERRORS = INTERVALS
STOCK_COLUMNS = ("stratum", "date", "depth", "units", "t C/ha", *INTERVALS, "in all, t C")
CHANGES = {
    "soil_carbon_change": "soil_carbon_stock_change",
    "soil_carbon_change_difference": "",
}
"""Quantity per hectare: that over the whole area; empty where none is told."""
CHANGE_COLUMNS = ("stratum", "depth", "compared at", "units", "t C/ha", *INTERVALS, "in all, t C")
RATE_COLUMNS = ("stratum", "rate", "method", "units", "figure", *INTERVALS, "unit")
RATES = {
    "soil_accretion": "accretion",
    "soil_elevation_change": "change of elevation",
    "soil_shallow_subsidence": "shallow subsidence",
    "soil_accumulation_rate": "carbon accumulation",
}
"""Quantity: what it is called in the table."""
BALANCE_COLUMNS = (
    "stratum",
    "soil per hectare and year",
    "method",
    "depth",
    "t CO₂e/ha/yr",
    *INTERVALS,
)
BALANCE = {
    "soil_carbon_sink": "sink",
    "soil_allochthonous_deduction": "of it from elsewhere",
    "soil_carbon_sink_net": "sink of the stand",
    "soil_methane_emission": "methane emitted",
    "soil_nitrous_oxide_emission": "nitrous oxide emitted",
}
GASES = ("soil_methane_emission", "soil_nitrous_oxide_emission")
METHODS = {
    "marker horizon": "marker horizon",
    "surface elevation table": "surface elevation table",
    "marker horizon, surface elevation table": "marker horizon, surface elevation table",
    "lead-210, CF:CS": "lead-210, CF:CS",
    "lead-210, CRS": "lead-210, CRS",
    "VM0033 default": "VM0033 default",
    "measured flux": "measured flux",
    "fixed depth": "fixed depth",
    "equivalent soil mass": "equivalent soil mass",
    "": "difference of the two",
}


def _whole(results: Results, figure: Figure, quantity: str) -> str:
    """The same figure over the whole area of its stratum or of the project; empty where that is not known."""
    found = [other for other in results.figures if other.quantity == quantity and other.index == figure.index]
    return number_text(found[0].value, 0) if found else ""


def _strata(figures: Sequence[Figure]) -> list[str | None]:
    """Strata of some figures, the project last."""
    named = sorted({figure.index["stratum"] for figure in figures if "stratum" in figure.index})
    whole = any("stratum" not in figure.index for figure in figures) and len(named) != 1
    return [*named, *([None] if whole else [])]


def _depth_cm(figure: Figure) -> float:
    return float(figure.index.get("depth", "0-0 cm").removeprefix("0-").removesuffix(" cm"))


def _units(figure: Figure) -> str:
    return "" if figure.units is None else str(figure.units)


def stock_rows(output: Output, results: Results) -> list[tuple[str, ...]]:
    """One row for each stratum, date and depth, the project last."""
    figures = [figure for figure in results.figures if figure.quantity == STOCK]
    rows: list[tuple[str, ...]] = []
    for stratum in _strata(figures):
        own = [figure for figure in figures if figure.index.get("stratum") == stratum]
        ordered = sorted(own, key=lambda figure: (figure.index["date"], _depth_cm(figure)))
        for position, figure in enumerate(ordered):
            name = output.translated("project") if stratum is None else stratum
            named = name if position == 0 else ""
            date = figure.index["date"]
            told = position > 0 and ordered[position - 1].index["date"] == date
            rows.append(
                (
                    named,
                    "" if told else date,
                    figure.index["depth"],
                    _units(figure),
                    number_text(figure.value, 1),
                    *interval_cells(output, figure, 1),
                    _whole(results, figure, "soil_carbon_stock"),
                )
            )
    return rows


def change_rows(output: Output, results: Results) -> list[tuple[str, ...]]:
    """One row for each stratum, depth and way to the change, the project last."""
    figures = [figure for figure in results.figures if figure.quantity in CHANGES]
    rows: list[tuple[str, ...]] = []
    for stratum in _strata(figures):
        own = [figure for figure in figures if figure.index.get("stratum") == stratum]
        order = list(METHODS)
        own.sort(key=lambda figure: (_depth_cm(figure), order.index(figure.index.get("method", ""))))
        for position, figure in enumerate(own):
            new_depth = position == 0 or own[position - 1].index["depth"] != figure.index["depth"]
            named = output.translated("project") if stratum is None else stratum
            rows.append(
                (
                    named if position == 0 else "",
                    figure.index["depth"] if new_depth else "",
                    output.translated(METHODS[figure.index.get("method", "")]),
                    _units(figure),
                    number_text(figure.value, 2),
                    *interval_cells(output, figure, 2),
                    _whole(results, figure, CHANGES[figure.quantity]),
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
            _units(figure),
            number_text(figure.value, 2),
            *interval_cells(output, figure, 2),
            unit_text(figure.unit),
        )
        for stratum in _strata(figures)
        for figure in figures
        if figure.index.get("stratum") == stratum
    ]


def balance_rows(output: Output, results: Results) -> list[tuple[str, ...]]:
    """One row for each stratum and sink or emission of soil, the project last."""
    figures = [figure for figure in results.figures if figure.quantity in BALANCE]
    order = list(BALANCE)
    figures.sort(
        key=lambda f: (f.quantity in GASES, f.index["method"], _depth_cm(f), order.index(f.quantity))
    )
    rows: list[tuple[str, ...]] = []
    for stratum in _strata(figures):
        own = [figure for figure in figures if figure.index.get("stratum") == stratum]
        named = output.translated("project") if stratum is None else stratum
        rows += [
            (
                "" if position else named,
                output.translated(BALANCE[figure.quantity]),
                output.translated(METHODS[figure.index["method"]]),
                figure.index.get("depth", ""),
                number_text(figure.value, 2),
                *interval_cells(output, figure, 2),
            )
            for position, figure in enumerate(own)
        ]
    return rows


def _show_sensitivity(output: Output, results: Results) -> None:
    """Print how much the share from elsewhere hangs on the organic matter of what is laid down."""
    assumed = [f for f in results.figures if f.quantity == "soil_allochthonous_share_sensitivity"]
    for stratum in sorted({figure.index["stratum"] for figure in assumed}):
        own = [figure for figure in assumed if figure.index["stratum"] == stratum]
        shares = [
            output.translated("impossible") if figure.value is None else f"{figure.value:.0%}"
            for figure in own
        ]
        output.say(
            output.translated(
                "{stratum}: soil carbon from elsewhere is {shares} if {assumed} of the deposited sediment is "
                "organic.",
                stratum=stratum,
                shares=output.listed(shares),
                assumed=output.listed(figure.index["deposited"] for figure in own),
            )
        )


def _show_laboratory(output: Output, results: Results) -> None:
    """Print what the laboratory's control shows."""
    for figure in results.figures:
        if figure.value is None:
            continue
        if figure.quantity == "laboratory_duplicate_deviation":
            output.say(
                output.translated(
                    "Laboratory, {date}: an analysis repeats to {share:.1%} "
                    "({count} samples analysed twice).",
                    date=figure.index["date"],
                    share=figure.value,
                    count=figure.units,
                )
            )
        if figure.quantity == "laboratory_recovery":
            output.say(
                output.translated(
                    "Laboratory, {date}, batch {batch}: {share:.1%} of the certified carbon was found "
                    "({count} measurements).",
                    date=figure.index["date"],
                    batch=figure.index["batch"],
                    share=figure.value,
                    count=figure.units,
                )
            )


def _beyond_sampling(results: Results) -> bool:
    """Whether any error of soil is known besides that of sampling."""
    components = results.error_budget.components if results.error_budget else []
    return any(
        component.component.startswith("soil_")
        and component.component != "soil_sampling"
        and component.state in ("drawn", "drawn in part")
        for component in components
    )


def _show(
    output: Output, columns: Sequence[str], rows: Sequence[tuple[str, ...]], title: str, totals: bool
) -> None:
    """Print a table without columns that are empty, or whose intervals are those of sampling again."""
    kept = [
        n
        for n, column in enumerate(columns)
        if any(row[n].strip("–") for row in rows) and (totals or column != ALL_ERRORS)
    ]
    output.table([columns[n] for n in kept], [tuple(row[n] for n in kept) for row in rows], title=title)


def show_soil(output: Output, results: Results) -> None:
    """Print what a run says of soil, where the project has any."""
    totals = _beyond_sampling(results)
    stocks, changes = stock_rows(output, results), change_rows(output, results)
    rates, balance = rate_rows(output, results), balance_rows(output, results)
    if stocks:
        output.say("")
        _show(output, STOCK_COLUMNS, stocks, "Soil carbon per hectare", totals)
    if changes:
        _show(output, CHANGE_COLUMNS, changes, "Change of soil carbon per hectare", totals)
    if rates:
        _show(output, RATE_COLUMNS, rates, "Rates of the soil surface", totals)
    if balance:
        _show(output, BALANCE_COLUMNS, balance, "Soil per hectare and year", totals)
        _show_sensitivity(output, results)
    _show_laboratory(output, results)
    reported = any(pool.pool == "soil" and pool.state == "reported only" for pool in results.pools)
    if reported and (stocks or rates or balance):
        output.say(output.translated("Soil is reported only: it is in no sink and in no credit."))

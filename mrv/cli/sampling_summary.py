"""How the stocks and sinks were estimated, and what stands beside them for comparison."""

from __future__ import annotations

from mrv.cli.intervals import interval_text, say_half_width
from mrv.cli.output import Output
from mrv.cli.text import method_text, plus_minus
from mrv.report.numbers import number_text, unit_text
from mrv.run.results import Figure, Results

COLUMNS = ("stratum", "date", "in use", "beside", "figure", "unit")
BESIDE = {
    "carbon_density_plain": "plots alone",
    "carbon_density_skewed": "interval, skewness out",
    "carbon_density_neighbour_standard_error": "SE from neighbours",
    "carbon_density_grid_standard_error": "SE of a correlated grid",
    "carbon_stock_change_plain": "change, plots alone",
    "carbon_stock_change_skewed": "interval of the change, skewness out",
    "carbon_stock_change_neighbour_standard_error": "SE of the change, neighbours",
    "carbon_stock_change_grid_standard_error": "SE of the change, correlated grid",
    "carbon_stock_change_least_variance": "change, least variance",
}
"""Quantity that stands beside an estimate: what it is called in the table."""


def _shown(output: Output, figure: Figure) -> str:
    """What stands beside: an interval by its ends where it is not symmetric."""
    if figure.quantity.endswith("_skewed"):
        return interval_text(output, figure.interval, 2)
    return _text(figure)


def _text(figure: Figure, digits: int = 2) -> str:
    return plus_minus(figure.value, figure.interval.half_width if figure.interval else None, digits)


def _in_use(results: Results, figure: Figure) -> str:
    """The estimate, or its standard error, that a figure stands beside."""
    change = figure.quantity.startswith("carbon_stock_change")
    wanted = {key: value for key, value in figure.index.items() if not (change and key == "date")}
    name = "carbon_stock_change_t_c_ha" if change else "carbon_density_t_c_ha"
    used = results.figure(name, wanted)
    if figure.quantity.endswith("standard_error"):
        return number_text(used.standard_error)
    return _text(used)


def _methods(results: Results) -> dict[str, list[str]]:
    """Ways in which sinks, or else stocks, were estimated, and their strata; none without an interval."""
    quantity = (
        "carbon_sink" if any(f.quantity == "carbon_sink" for f in results.figures) else "carbon_density"
    )
    found: dict[str, list[str]] = {}
    for figure in results.figures:
        own = figure.quantity == quantity and figure.index["pool"] == "total" and "stratum" in figure.index
        if own and figure.interval is not None:
            strata = found.setdefault(figure.method or "", [])
            if figure.index["stratum"] not in strata:
                strata.append(figure.index["stratum"])
    return found


def show_sampling(output: Output, results: Results) -> None:
    """One line for each way of estimating, and a table of what stands beside."""
    for method, strata in _methods(results).items():
        words = {"strata": output.listed(strata), "method": method_text(output, method)}
        output.say(output.translated("Estimated ({strata}): {method}", **words))
    beside = [
        figure for figure in results.figures if figure.quantity in BESIDE and figure.index.get("stratum")
    ]
    rows = [
        (
            figure.index["stratum"],
            figure.index["date"],
            _in_use(results, figure),
            output.translated(label),
            _shown(output, figure),
            unit_text(figure.unit),
        )
        for quantity, label in BESIDE.items()
        for figure in beside
        if figure.quantity == quantity
    ]
    if rows:
        output.table(COLUMNS, rows, title="Beside the estimates; nothing is accounted by these")
        say_half_width(output, results)

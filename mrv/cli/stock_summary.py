"""Stocks and sinks in the summary of a run: by stratum and pool, each with both of its intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mrv.cli.intervals import INTERVALS, interval_cells, say_intervals
from mrv.report.labels import POOLS, TOTAL
from mrv.report.numbers import number_text

if TYPE_CHECKING:
    from mrv.cli.output import Output
    from mrv.run.results import Figure, Results

BIOMASS, CARBON, SINK = "biomass_density_t_dm_ha", "carbon_density_t_c_ha", "carbon_sink_t_co2e_ha_yr"

STOCK_COLUMNS = ("stratum", "date", "pool", "units", "dry t/ha", "t C/ha", *INTERVALS)
SINK_COLUMNS = ("stratum", "pool", "units", "sink, t CO₂e/ha/yr", *INTERVALS)
REPORTED_COLUMNS = ("stratum", "date", "pool", "units", "t C/ha", "dry t/ha", *INTERVALS)

LEFT_OUT_WHEN_NARROW = ("units",)
LEFT_OUT_OF_STOCKS_WHEN_NARROW = ("units", "dry t/ha")
ROOMY = 100
"""Columns of a terminal in which every column of the tables has room."""

Cells = dict[str, str]


def _intervals(output: Output, figure: Figure | None, digits: int) -> Cells:
    return dict(zip(INTERVALS, interval_cells(output, figure, digits), strict=True))


def _value(figure: Figure | None, digits: int) -> str:
    return number_text(figure.value, digits) if figure is not None else "–"


class _Figures:
    """Figures of a run by name, place, pool and date."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self._by_key = {(f.name, tuple(sorted(f.index.items()))): f for f in results.figures}
        self.dates = sorted({f.index["date"] for f in results.figures if f.name == BIOMASS})
        self.areas: dict[str | None, float | None] = {s.stratum_id: s.area_ha for s in results.strata}
        if len(self.areas) != 1 and any(
            f.name == BIOMASS and "stratum" not in f.index for f in results.figures
        ):
            whole = self._by_key.get(("area_ha", ()))
            self.areas[None] = whole.value if whole else None

    def of(self, name: str, stratum: str | None, pool: str, date: str) -> Figure | None:
        """One figure; None where the run has none."""
        place = {"stratum": stratum} if stratum is not None else {}
        return self._by_key.get((name, tuple(sorted({**place, "pool": pool, "date": date}.items()))))

    @property
    def in_sink(self) -> list[str]:
        """Pools whose carbon is in the sink, and their sum where there are several."""
        accounted = {p.pool for p in self.results.pools if p.state == "accounted"}
        pools = [pool for pool in POOLS if pool in accounted]
        return [*pools, TOTAL] if len(pools) > 1 else pools

    @property
    def reported(self) -> list[str]:
        """Pools that were measured and are in no sink; soil has tables of its own."""
        states = {p.pool: p.state for p in self.results.pools}
        return [pool for pool in POOLS if states.get(pool) == "reported only"]


def _pool_name(output: Output, pool: str) -> str:
    return output.translated("total") if pool == TOTAL else output.translated(POOLS[pool])


def _place(output: Output, stratum: str | None, area_ha: float | None) -> list[str]:
    """What stands in the first rows of a stratum: its name, and its area."""
    name = output.translated("project") if stratum is None else stratum
    return [name, *([f"{number_text(area_ha, 1)} ha"] if area_ha is not None else [])]


def _named(places: Sequence[str], rows: list[Cells]) -> list[Cells]:
    """Rows of a stratum, the first ones with its name and area."""
    padded = [*places, *[""] * len(rows)]
    return [{"stratum": place, **row} for place, row in zip(padded, rows, strict=False)]


def _units(figure: Figure | None) -> str:
    return str(figure.units) if figure is not None and figure.units is not None else ""


def _stock_rows(output: Output, figures: _Figures) -> list[Cells]:
    rows: list[Cells] = []
    for stratum, area_ha in figures.areas.items():
        own: list[Cells] = []
        for date in figures.dates:
            for pool in figures.in_sink:
                biomass = figures.of(BIOMASS, stratum, pool, date)
                carbon = figures.of(CARBON, stratum, pool, date)
                if carbon is None:
                    continue
                own.append(
                    {
                        "date": date if pool == figures.in_sink[0] else "",
                        "pool": _pool_name(output, pool),
                        "units": _units(carbon) if pool == figures.in_sink[0] else "",
                        "dry t/ha": _value(biomass, 1) if biomass is not None else "",
                        "t C/ha": _value(carbon, 1),
                        **_intervals(output, carbon, 1),
                    }
                )
        rows += _named(_place(output, stratum, area_ha), own)
    return rows


def _sink_rows(output: Output, figures: _Figures) -> list[Cells]:
    span = f"{figures.dates[0]}/{figures.dates[-1]}"
    rows: list[Cells] = []
    for stratum in figures.areas:
        own: list[Cells] = []
        for pool in figures.in_sink:
            sink = figures.of(SINK, stratum, pool, span)
            if sink is not None:
                own.append(
                    {
                        "pool": _pool_name(output, pool),
                        "units": _units(sink) if pool == figures.in_sink[0] else "",
                        "sink, t CO₂e/ha/yr": _value(sink, 2),
                        **_intervals(output, sink, 2),
                    }
                )
        rows += _named(_place(output, stratum, None), own)
    return rows


def _reported_rows(output: Output, figures: _Figures) -> list[Cells]:
    rows: list[Cells] = []
    for stratum in figures.areas:
        own: list[Cells] = []
        for date in figures.dates:
            first = True
            for pool in figures.reported:
                biomass = figures.of(BIOMASS, stratum, pool, date)
                if biomass is None:
                    continue
                carbon = figures.of(CARBON, stratum, pool, date)
                own.append(
                    {
                        "date": date if first else "",
                        "pool": _pool_name(output, pool),
                        "units": _units(biomass),
                        "t C/ha": _value(carbon, 2) if carbon is not None else "",
                        "dry t/ha": _value(biomass, 2),
                        **_intervals(output, biomass, 2),
                    }
                )
                first = False
        rows += _named(_place(output, stratum, None), own)
    return rows


def _show(
    output: Output,
    columns: Iterable[str],
    rows: list[Cells],
    title: str,
    less: Sequence[str] = LEFT_OUT_WHEN_NARROW,
) -> None:
    """A table without the columns that are empty, or that a narrow terminal has no room for."""
    narrow = output.console.width < ROOMY
    # Without a design no row has an interval: two columns of dashes tell nothing.
    shown = [
        column
        for column in columns
        if any(row[column].strip("–") for row in rows) and not (narrow and column in less)
    ]
    output.table(shown, [tuple(row[column] for column in shown) for row in rows], title=title)


def show_stocks(output: Output, results: Results) -> None:
    """Print stocks by stratum, date and pool, the sink between the first date and the last, other pools."""
    figures = _Figures(results)
    if not figures.dates:
        return
    stocks = _stock_rows(output, figures)
    if stocks:
        _show(output, STOCK_COLUMNS, stocks, "Stocks per hectare", LEFT_OUT_OF_STOCKS_WHEN_NARROW)
    if len(figures.dates) > 1:
        sinks = _sink_rows(output, figures)
        if sinks:
            title = output.translated(
                "Carbon sink per hectare and year, {start} to {end}",
                start=figures.dates[0],
                end=figures.dates[-1],
            )
            _show(output, SINK_COLUMNS, sinks, title)
    reported = _reported_rows(output, figures)
    if reported:
        _show(output, REPORTED_COLUMNS, reported, "Pools in no sink, per hectare")
    say_intervals(output, results)

"""Estimates and quantities as figures: a value with its error, its clause, and why where there is none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
import xarray as xr

from mrv.accounting.engine import Quantity
from mrv.errors import MethodologyError
from mrv.run.results import Figure, IntervalRecord
from mrv.stock.estimators import Estimate
from mrv.stock.stocks import StockEstimate
from mrv.units import identifier

SAME = 1e-9
"""Relative difference below which two ways to one figure agree."""

NO_INTERVAL = "no design-based interval: the plots were chosen on purpose"
NO_SOIL_ERROR = "no design-based interval: the error of the soil's rate in the sink is not known"
NO_UNCERTAINTY = "the methodology gives no uncertainty"


def finite(value: float) -> float | None:
    """Value for a document without NaN."""
    return float(value) if math.isfinite(value) else None


def interval_record(estimate: Estimate, level: float) -> IntervalRecord | None:
    """Interval of an estimate, where its design gives one."""
    interval = estimate.interval(level)
    if not all(map(math.isfinite, interval)):
        return None
    return IntervalRecord(level=level, low=interval.low, high=interval.high, half_width=interval.half_width)


def index_of(stratum_id: str | None, **others: str) -> dict[str, str]:
    """Index of a figure; the project as a whole has no stratum."""
    return {**({"stratum": stratum_id} if stratum_id is not None else {}), **others}


def figure_of(quantity: str, unit: str, index: Mapping[str, str], estimate: Estimate, level: float) -> Figure:
    """Figure of an estimate."""
    interval = interval_record(estimate, level)
    return Figure(
        name=identifier(quantity, unit),
        quantity=quantity,
        unit=unit,
        index=dict(index),
        value=finite(estimate.value),
        standard_error=finite(estimate.standard_error),
        degrees_of_freedom=finite(estimate.degrees_of_freedom),
        interval=interval,
        units=estimate.units,
        method=estimate.method,
        because=None if interval else NO_INTERVAL,
    )


def stock_figures(quantity: str, estimates: Iterable[StockEstimate], level: float) -> list[Figure]:
    """Figures of stocks or changes, one for each stratum, pool and date."""
    return [
        figure_of(
            quantity,
            stock.unit,
            index_of(stock.stratum_id, pool=stock.pool, date=stock.date),
            stock.estimate,
            level,
        )
        for stock in estimates
    ]


def error_figure(quantity: str, stock: StockEstimate) -> Figure:
    """Figure whose value is the standard error of an estimate, to stand beside another one."""
    return Figure(
        name=identifier(quantity, stock.unit),
        quantity=quantity,
        unit=stock.unit,
        index=index_of(stock.stratum_id, pool=stock.pool, date=stock.date),
        value=finite(stock.estimate.standard_error),
        degrees_of_freedom=finite(stock.estimate.degrees_of_freedom),
        units=stock.estimate.units,
        method=stock.estimate.method,
    )


def cells(array: xr.DataArray) -> list[tuple[dict[str, str], float]]:
    """Value of every cell of an array with the coordinates it stands at."""
    stacked = [np.asarray(array.coords[dim].values).astype(str) for dim in array.dims]
    return [
        (
            {
                str(dim): str(stacked[axis][position])
                for axis, (dim, position) in enumerate(zip(array.dims, at, strict=True))
            },
            float(value),
        )
        for at, value in np.ndenumerate(array.values)
    ]


def quantity_figures(quantity: Quantity, because: str) -> list[Figure]:
    """Figures of a quantity of a methodology, one for each cell."""
    return [
        Figure(
            name=identifier(quantity.name, quantity.unit),
            quantity=quantity.name,
            unit=quantity.unit,
            index=index,
            value=finite(value),
            clause=quantity.clause or None,
            because=None if math.isfinite(value) else because,
        )
        for index, value in cells(quantity.value)
    ]


def merged(estimated: Iterable[Figure], accounted: Iterable[Figure]) -> list[Figure]:
    """Figures of both, each once: an estimate takes the clause of the equation that gives the same.

    Raises
    ------
    MethodologyError
        If the two ways to one figure disagree.
    """
    figures = {(figure.name, tuple(sorted(figure.index.items()))): figure for figure in estimated}
    for figure in accounted:
        key = (figure.name, tuple(sorted(figure.index.items())))
        known = figures.get(key)
        if known is None:
            figures[key] = figure
            continue
        if not _agree(known.value, figure.value):
            raise MethodologyError(
                f"{figure.name} {figure.index}: the plots give {known.value}, the equations {figure.value}"
            )
        figures[key] = known.model_copy(update={"clause": figure.clause})
    return list(figures.values())


def _agree(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=SAME, abs_tol=SAME)

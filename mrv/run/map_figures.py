"""Estimates with a map as figures and records of the results, and the plots behind them as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from mrv.inference.with_map import WithMap
from mrv.run.figures import figure_of, finite, index_of, interval_record
from mrv.run.map_estimates import MapEstimate, MapEstimates
from mrv.run.results import Figure, IntervalRecord, MapEstimateRecord
from mrv.stock.estimators import Interval

TOTALS = {"t_dm/ha": ("biomass_stock_with_map", "t_dm"), "t_c/ha": ("carbon_stock_with_map", "t_c")}
"""Quantity and unit of a stock over an area, by the unit of its density."""


def _record(interval: Interval | None, level: float) -> IntervalRecord | None:
    if interval is None:
        return None
    return IntervalRecord(level=level, low=interval.low, high=interval.high, half_width=interval.half_width)


def _map_record(entry: MapEstimate, level: float) -> MapEstimateRecord:
    told: WithMap = entry.estimate
    both = told.both
    return MapEstimateRecord(
        stratum_id=told.stratum_id,
        quantity=entry.quantity,
        pool=entry.pool,
        date=entry.date,
        unit=entry.unit,
        rule=told.rule.name,
        estimator=told.rule.estimator,
        variance=told.rule.variance,
        method=both.with_map.method,
        value=both.with_map.value,
        standard_error=finite(both.with_map.standard_error),
        degrees_of_freedom=finite(both.with_map.degrees_of_freedom),
        interval=interval_record(both.with_map, level),
        relative_half_width=finite(both.with_map.relative_half_width(level)) if both.with_map.value else None,
        because=told.because,
        plots=both.plots_only.units,
        plots_only_value=both.plots_only.value,
        plots_only_standard_error=finite(both.plots_only.standard_error),
        plots_only_interval=interval_record(both.plots_only, level),
        difference=both.difference,
        difference_standard_error=finite(both.difference_standard_error),
        outside_share=told.outside_share,
        plots_inside=told.plots_inside,
        mean_residual=told.mean_residual,
        rmse=told.rmse,
        slope=finite(told.slope),
        skewness=finite(told.skewness),
        bootstrap_t_interval=_record(told.bootstrap_t, level),
        log_scale_interval=_record(told.log_scale, level),
        source=entry.source,
    )


def map_records(maps: MapEstimates, level: float) -> list[MapEstimateRecord]:
    """Records of all estimates with a map."""
    return [_map_record(entry, level) for entry in maps.estimates]


def map_figures(maps: MapEstimates, areas_ha: Mapping[str, float], level: float) -> list[Figure]:
    """Figures of all estimates with a map, per hectare and, of stocks, over whole areas."""
    whole = math.fsum(areas_ha.values()) if areas_ha else math.nan
    densities, totals = [], []
    for entry in maps.estimates:
        told = entry.estimate
        index = index_of(told.stratum_id, pool=entry.pool, date=entry.date)
        figure = figure_of(
            f"{entry.quantity}_with_map", entry.unit, index, told.both.with_map, level
        ).model_copy(update={"because": told.because})
        densities.append(figure)
        area = whole if told.stratum_id is None else areas_ha[told.stratum_id]
        if entry.quantity != "carbon_stock_change" and math.isfinite(area):
            quantity, unit = TOTALS[entry.unit]
            total = figure_of(quantity, unit, index, told.both.with_map.times(area), level)
            totals.append(total.model_copy(update={"because": told.because}))
    return [*densities, *totals]


def map_table(maps: MapEstimates) -> pd.DataFrame | None:
    """Plots with what the map says of them; None without a map."""
    return maps.plots if len(maps.plots) else None

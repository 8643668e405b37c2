"""Estimates of parcels as figures and records of the results, and as a table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mrv.run.figures import figure_of, finite, interval_record
from mrv.run.parcels import ParcelEstimate
from mrv.run.results import Figure, ParcelRecord

TOTALS = {"biomass_density": ("biomass_stock", "t_dm"), "carbon_density": ("carbon_stock", "t_c")}
"""Quantity and unit of a stock over a parcel, by the quantity of its density."""


def parcel_records(estimates: Sequence[ParcelEstimate]) -> list[ParcelRecord]:
    """What the estimates of each parcel rest on, by date."""
    return [
        ParcelRecord(
            parcel_id=own.parcel_id,
            date=own.date,
            pool=own.pool,
            area_ha=own.area_ha,
            counted_ha=own.counted_ha,
            outside_share=own.outside_share,
            plots=own.plots,
            kind=own.kind,
            because=own.because,
            source=own.source,
        )
        for own in estimates
    ]


def parcel_figures(estimates: Sequence[ParcelEstimate], level: float) -> list[Figure]:
    """Figures of all parcels, per hectare and over the ground that is counted."""
    figures = []
    for own in estimates:
        index = {"parcel": own.parcel_id, "pool": own.pool, "date": own.date}
        total, unit = TOTALS[own.quantity]
        for quantity, of, estimate in (
            (own.quantity, own.unit, own.estimate),
            (total, unit, own.estimate.times(own.counted_ha)),
        ):
            figure = figure_of(f"parcel_{quantity}", of, index, estimate, level)
            figures.append(figure.model_copy(update={"because": own.because}))
    return figures


def parcel_table(estimates: Sequence[ParcelEstimate], level: float) -> pd.DataFrame:
    """One row for each parcel, date and pool."""
    rows = []
    for own in estimates:
        whole = own.estimate.times(own.counted_ha)
        interval, total = interval_record(own.estimate, level), interval_record(whole, level)
        rows.append(
            {
                "parcel_id": own.parcel_id,
                "date": own.date,
                "pool": own.pool,
                "area_ha": own.area_ha,
                "counted_ha": own.counted_ha,
                "outside_share": own.outside_share,
                "plots": own.plots,
                "kind": own.kind,
                "method": own.estimate.method,
                "value": own.estimate.value,
                "unit": own.unit,
                "standard_error": finite(own.estimate.standard_error),
                "interval_low": interval.low if interval else None,
                "interval_high": interval.high if interval else None,
                "total": whole.value,
                "total_unit": TOTALS[own.quantity][1],
                "total_standard_error": finite(whole.standard_error),
                "total_low": total.low if total else None,
                "total_high": total.high if total else None,
                "confidence_level": level,
                "degrees_of_freedom": finite(own.estimate.degrees_of_freedom),
                "because": own.because,
                "source": own.source,
            }
        )
    return pd.DataFrame(rows)
